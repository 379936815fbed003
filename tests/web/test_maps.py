"""Limits of a map's colours: from the process's own places, at round values."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from procession.operations.insights.diagnosing import ProcessInsight
from procession.operations.insights.places import PlaceView
from procession.web.maps import DAY, HOUR, colour_of, fitted


def place(waiting: float, visits: int = 9) -> PlaceView:
    blank: dict[str, Any] = dict.fromkeys(one.name for one in fields(PlaceView))
    return PlaceView(**{**blank, "kind": "step", "waiting": waiting, "visits": visits, "open_now": 0, "rework": 0.0})


def insight(*places: PlaceView) -> ProcessInsight:
    blank: dict[str, Any] = dict.fromkeys(one.name for one in fields(ProcessInsight))
    return ProcessInsight(**{**blank, "places": places})


def test_limits_are_sixths_of_the_places_at_round_values() -> None:
    seen = insight(*(place(days * DAY) for days in (1, 2, 3, 4, 5, 6, 7)))
    assert fitted(colour_of("waiting"), seen).limits == (2 * DAY, 3 * DAY, 4 * DAY, 5 * DAY, 7 * DAY)


def test_limits_rise_even_where_places_are_alike() -> None:
    limits = fitted(colour_of("waiting"), insight(*(place(2 * HOUR) for _ in range(5)))).limits
    assert limits[0] == 2 * HOUR and list(limits) == sorted(set(limits))


def test_too_few_places_keep_the_usual_limits() -> None:
    usual = colour_of("waiting")
    assert fitted(usual, insight(place(HOUR), place(DAY), place(3 * DAY, visits=4))) == usual
    assert fitted(usual, None) == usual
