"""A wait for a date that the case names is forecast with that date."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from procession.analytics.cascade import Delay, cascade
from procession.analytics.courses import Courses
from procession.analytics.forecast import Forecaster
from procession.analytics.log import OpenActivity, ProcessCase, ProcessLog, RunningCase, Site
from procession.analytics.whatif import make_instant
from tests.analytics.build import at, case, did, log

EMBARGO = Site("step", "b", "embargo")
WRITE = Site("step", "a", "write")


def texts(*, named: bool = True) -> ProcessLog:
    """Sixty texts: written in 3 to 6 hours, held back until eight o'clock of a day 10 to 30 days later, published."""
    draw = random.Random(3)
    cases: list[ProcessCase] = []
    for n in range(60):
        begin = 24.0 * n
        wrote = begin + draw.uniform(3, 6)
        day = at(begin) + timedelta(days=draw.randint(10, 30))
        out = (day.replace(hour=8, minute=0) - at(0)) / timedelta(hours=1)
        traits = {"data.title": f"Text {n}", "data.embargo": day.date().isoformat()}
        cases.append(
            case(
                did("a.write", begin, begin, wrote),
                did("b.embargo", wrote, None, out, "a.write", kind="wait", fixed_end=True),
                did("b.publish", out, out, out + 1, "b.embargo"),
                name=str(n), begin=begin,
            )
        )  # fmt: skip
        if named:
            object.__setattr__(cases[-1], "traits", traits)
    return log(*cases)


def running(embargo: str) -> RunningCase:
    opened = OpenActivity(case_id="now", part="a", step="write", ready=at(3000))
    return RunningCase(id="now", begin=at(3000), open=(opened,), traits={"data.title": "x", "data.embargo": embargo})


def test_the_answer_that_a_wait_is_for_is_found_with_its_hour() -> None:
    (found,) = Courses(texts()).dates.items()
    assert (found[0], found[1].trait, found[1].after) == (EMBARGO, "data.embargo", 8 * 3600.0)


def overtaken() -> ProcessLog:
    """Every third text is written so late that its day has passed: it is published at once."""
    cases: list[ProcessCase] = []
    for n, one in enumerate(texts().cases):
        embargo = one.instances[1]
        if n % 3:
            cases.append(one)
            continue
        late = (embargo.ended - at(0)) / timedelta(hours=1) + 30
        begin = (one.begin - at(0)) / timedelta(hours=1)
        cases.append(
            case(
                did("a.write", begin, begin, late),
                did("b.embargo", late, None, late, "a.write", kind="wait"),
                did("b.publish", late, late, late + 1, "b.embargo"),
                name=str(n), begin=begin,
            )
        )  # fmt: skip
        object.__setattr__(cases[-1], "traits", one.traits)
    return log(*cases)


def test_a_case_whose_day_had_passed_tells_nothing_of_other_days() -> None:
    """It is a model of how late texts are written, and still the running one waits for its own day."""
    day = (at(3001) + timedelta(days=40)).date()
    found = Forecaster(overtaken()).forecast(running(day.isoformat()), at(3001))
    opens = at(3001).replace(hour=8, minute=0) + timedelta(days=40)
    assert opens.date() == day
    assert min(one.end for one in found.futures) >= opens.timestamp()


def test_sooner_written_is_no_sooner_published_than_on_the_day() -> None:
    """Texts whose day had passed are published on their day if they are written at once, not before it."""
    records = overtaken()
    answer = make_instant(records, WRITE)
    late = [n for n in range(60) if n % 3 == 0]
    for n, saved in enumerate(answer.savings):
        assert saved == pytest.approx(30 * 3600 if n in late else 0, abs=60)


@pytest.mark.parametrize("days", [12, 40])
def test_a_running_case_is_forecast_to_its_own_date(days: int) -> None:
    day = (at(3001) + timedelta(days=days)).date()
    found = Forecaster(texts()).forecast(running(day.isoformat()), at(3001))
    assert found.usually is not None
    assert found.usually.date() == day
    assert found.usually.hour in (8, 9)


def test_what_is_late_before_the_date_is_taken_in_by_it() -> None:
    day = (at(3001) + timedelta(days=12)).date()
    found = Forecaster(texts()).forecast(running(day.isoformat()), at(3001))
    said = cascade(found.futures, WRITE, Delay(3 * 86_400.0, working=False))
    assert said is not None
    assert said.unchanged == 1
    assert [link.cause for link in said.links][:2] == ["delay", "date"]


def test_where_no_answer_names_it_the_date_is_as_far_from_the_beginning_as_it_was() -> None:
    assert Courses(texts(named=False)).dates == {}
    found = Forecaster(texts(named=False)).forecast(running("2026-01-01"), at(3001))
    assert found.usually is not None
    assert timedelta(days=10) < found.usually - at(3001) < timedelta(days=30)
