"""Dates that cases name themselves: which answer of the start form a wait is for.

A wait for a date ends when the date comes: an embargo, a last day, the day from which a rule holds. The log tells when it
ended and what was known of the case at its beginning. Where one answer is a date, and nearly all waits at a place ended
as long after the beginning of that day, the wait is for it; a running case then waits for its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from procession.analytics.log import ActivityInstance, ProcessCase, Site

FEWEST: Final = 5
"""Waits below which a likeness may be chance."""
_ALIKE: Final = 0.8
"""The share of waits that end as long after the beginning of the day."""
_HOUR: Final = 3600.0
_MOMENT: Final = 60.0
"""Seconds: whoever waited less found the date passed."""


@dataclass(frozen=True, slots=True)
class NamedDate:
    """The answer that a wait is for."""

    trait: str
    after: float
    """Seconds from the beginning of that day to the end of the wait."""
    zone: str

    def of(self, traits: Mapping[str, object]) -> float | None:
        """The moment that a case with these answers waits for, in seconds since 1970; None where it names none."""
        day = _day(traits.get(self.trait))
        return _midnight(day, self.zone) + self.after if day is not None else None


def named_dates(cases: Iterable[ProcessCase], zone: str) -> dict[Site, NamedDate]:
    """Of each place at which cases wait for a date of their own: the answer that names it."""
    waits: dict[Site, list[tuple[Mapping[str, object], ActivityInstance]]] = defaultdict(list)
    for case in cases:
        for one in case.instances:
            if one.fixed_end and (one.ended - one.ready).total_seconds() >= _MOMENT:
                waits[one.site].append((case.traits, one))
    found = {site: _named(of, zone) for site, of in waits.items() if len(of) >= FEWEST}
    return {site: one for site, one in found.items() if one is not None}


def _named(waits: list[tuple[Mapping[str, object], ActivityInstance]], zone: str) -> NamedDate | None:
    for trait in sorted(waits[0][0]):
        after = [
            one.ended.timestamp() - _midnight(day, zone)
            for traits, one in waits
            if (day := _day(traits.get(trait))) is not None
        ]
        if len(after) < _ALIKE * len(waits):
            continue
        middle = median(after)
        if sum(abs(one - middle) <= _HOUR for one in after) >= _ALIKE * len(waits):
            return NamedDate(trait, middle, zone)
    return None


def _day(value: object) -> date | None:
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        return datetime.fromisoformat(value).date()
    except ValueError:
        return None


def _midnight(day: date, zone: str) -> float:
    return datetime.combine(day, time(), ZoneInfo(zone)).timestamp()
