"""When a running case ends: the middle of the ways it may go on, and an interval that has held before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from procession.analytics.courses import Course, Courses
from procession.analytics.forecast.calibration import HELD, Calibration, Spread
from procession.analytics.forecast.calibration import Past as PastForecast
from procession.analytics.forecast.futures import FEWEST_CASES, Future, Futures, Past
from procession.analytics.forecast.looking_back import moments_of, running_at
from procession.analytics.forecast.prospects import PartProspect, Prospect, part_prospects, prospects_of
from procession.analytics.log import ProcessCase, ProcessLog, RunningCase, Site
from procession.analytics.queues import Queues
from procession.analytics.workline import WorkLine

WAYS: Final = 200
"""In which a case may go on, that a forecast looks at."""
_WAYS_BACK: Final = 40
"""The same for the forecasts that the interval is learned from."""
_CASES_BACK: Final = 120
"""Finished cases that the interval is learned from, at most."""
_INSIDE: Final = 0.9
"""The share of ends within working hours from which on remaining time is counted in working time."""
_MOMENT: Final = 1.0
"""A second: who ends at the closing ends within working hours."""
_OLDER: Final = 0.6
"""The share of finished cases that these are forecast from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a case ends, or why that cannot be said."""

    usually: datetime | None
    """Half of such cases end by then."""
    earliest: datetime | None
    """One of 10 such cases ends earlier."""
    latest: datetime | None
    """One of 10 such cases ends later."""
    cases: int
    """How many finished cases it rests on."""
    checked: int
    """Past forecasts whose errors the interval was widened or narrowed by; 0: there were too few."""
    site: Site | None
    """The open step that decides it."""
    reason: str | None
    """Why nothing is said."""
    prospects: tuple[Prospect, ...] = ()
    """What is open and what is to come, in order of its likely beginning."""
    parts: tuple[PartProspect, ...] = ()
    """The same by member."""
    futures: tuple[Future, ...] = ()
    """The ways it was taken from."""

    @property
    def held(self) -> float:
        """The share of such cases that end between `earliest` and `latest`."""
        return HELD


class Forecaster:
    """Learns once from the finished cases of a log, and is asked for many running cases."""

    def __init__(self, log: ProcessLog) -> None:
        self.log = log

    @cached_property
    def courses(self) -> Courses:
        """The finished cases, taken apart when first needed."""
        return Courses(self.log)

    @cached_property
    def _line(self) -> WorkLine:
        return self.courses.line()

    @cached_property
    def past(self) -> Past:
        """All finished cases."""
        return Past(self.courses)

    @cached_property
    def queues(self) -> Queues:
        """The desks at which work queues; looked for when first needed."""
        return Queues(self.courses.all, self._line)

    @cached_property
    def calibration(self) -> Calibration:
        """Learned when first needed: the newer finished cases, forecast from the older ones."""
        return Calibration.learned(self._past_forecasts())

    def go_on_from(self, before: Forecaster) -> None:
        """Keep what an earlier one has learned while the same cases are finished; learn it at once where it had to."""
        if "calibration" not in vars(before):
            return  # nobody has asked it for a forecast yet
        same = [one.id for one in before.log.cases] == [one.id for one in self.log.cases]
        self.calibration = before.calibration if same else self.calibration

    def forecast(self, case: RunningCase, now: datetime, *, load: int | None = None) -> Forecast:
        """When a case will have ended, with so many cases under way (None: as many as the log has)."""
        at = now.timestamp()
        found = self.past.futures(case, at, ways=WAYS, load=load)
        if not found.ways:
            return _silent(found)
        low, middle, high = self.calibration.of(Spread.of(self._remaining(found.ways, at)))
        return Forecast(
            usually=self._moment(at, middle), earliest=self._moment(at, low), latest=self._moment(at, high),
            cases=found.cases, checked=self.calibration.scores,
            site=_deciding(found.ways), reason=None, prospects=prospects_of(found.ways),
            parts=part_prospects(found.ways), futures=found.ways,
        )  # fmt: skip

    @cached_property
    def _by_the_clock(self) -> bool:
        """Whether remaining time is counted by the clock: cases end at any hour, not only in working hours."""
        inside = sum(self._line.is_working(one.end - _MOMENT) for one in self.courses.all)
        return inside < _INSIDE * len(self.courses.all)

    def _between(self, at: float, end: float) -> float:
        """Time that remains at one moment until another: working time, where cases end in working hours."""
        return end - at if self._by_the_clock else self._line.worked(end) - self._line.worked(at)

    def _remaining(self, ways: Sequence[Future], at: float) -> list[float]:
        """How long each way takes from `at`."""
        return [self._between(at, one.end) for one in ways]

    def _moment(self, at: float, remaining: float) -> datetime:
        end = at + remaining if self._by_the_clock else self._line.moment(self._line.worked(at) + remaining)
        return datetime.fromtimestamp(max(at, end), UTC)

    def _past_forecasts(self) -> list[PastForecast]:
        """Forecasts of the newer finished cases, from the older ones."""
        older, newer = _divided(self.courses.all)
        if len(older) < FEWEST_CASES:
            return []
        past = Past(self.courses, older, self.past.load)
        by_id = {case.id: case for case in self.log.cases}
        found: list[PastForecast] = []
        for course in (one for one in newer if not one.was_paused):  # nobody can foresee a pause
            found += self._forecasts_of(past, by_id[course.id])
        return found

    def _forecasts_of(self, past: Past, case: ProcessCase) -> list[PastForecast]:
        found: list[PastForecast] = []
        for moment in moments_of(case):
            at = moment.timestamp()
            futures = past.futures(running_at(case, moment), at, ways=_WAYS_BACK)
            if futures.ways:
                actual = self._between(at, case.end.timestamp())
                found.append(PastForecast(case.id, Spread.of(self._remaining(futures.ways, at)), actual))
        return found


def _divided(courses: Sequence[Course]) -> tuple[list[Course], list[Course]]:
    """Older cases to forecast from, and newer ones to forecast, which began after the older ones had ended.

    Of those that began last only the quick ones have ended yet; they are left out, or every case would seem quick.
    """
    if len(courses) < 2 * FEWEST_CASES:
        return [], []
    by_begin = sorted(courses, key=lambda one: one.begin)
    since = by_begin[int(_OLDER * len(by_begin))].begin
    cycles = sorted(one.end - one.begin for one in courses)
    until = max(one.end for one in courses) - cycles[int(0.95 * len(cycles))]
    newer = [one for one in by_begin if one.begin >= since]
    settled = [one for one in newer if one.begin <= until]
    chosen = settled if len(settled) >= FEWEST_CASES else newer
    every = max(1, -(-len(chosen) // _CASES_BACK))
    return [one for one in courses if one.end <= since], chosen[::every]


def _deciding(ways: Sequence[Future]) -> Site | None:
    """The open step at the head of most paths to the end."""
    heads = Counter(head for one in ways if (head := _head(one)) is not None)
    return heads.most_common(1)[0][0] if heads else None


def _head(way: Future) -> Site | None:
    """Where the path to the end of a way begins."""
    if not way.legs:
        return None
    leg = max(way.legs, key=lambda one: one.ended)
    while leg.before:
        leg = max((way.legs[one] for one in leg.before), key=lambda one: one.ended)
    return leg.stop.site


def _silent(found: Futures) -> Forecast:
    return Forecast(
        usually=None, earliest=None, latest=None, cases=found.cases, checked=0, reason=found.reason,
        site=found.deciding[0] if found.deciding is not None else None,
    )  # fmt: skip
