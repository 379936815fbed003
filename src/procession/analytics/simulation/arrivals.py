"""When cases arrive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import SECOND, Hours, micros

Moments = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Poisson:
    """At random, independently of one another."""

    per_hour: float
    """On average, an hour of the calendar."""
    calendar: str | None = None
    """Only in these hours; None: day and night."""

    def __post_init__(self) -> None:
        _refuse_rate(self.per_hour)

    def gaps(self, chance: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
        """Seconds between one and the next."""
        return chance.exponential(3600.0 / self.per_hour, count)


@dataclass(frozen=True, slots=True)
class Spaced:
    """At a fixed distance."""

    every: float
    """In seconds, of the calendar."""
    calendar: str | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.every) and self.every > 0):
            raise SimulationError(f"a case every {self.every:g} seconds", "write a distance above 0")

    @property
    def per_hour(self) -> float:
        """On average, an hour of the calendar."""
        return 3600.0 / self.every

    def gaps(self, chance: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
        """Seconds between one and the next."""
        return np.full(count, self.every)


@dataclass(frozen=True, slots=True)
class Listed:
    """At given moments."""

    at: tuple[datetime, ...]

    def __post_init__(self) -> None:
        if not self.at:
            raise SimulationError("the list of arrivals is empty", "give at least one moment")
        if any(moment.tzinfo is None for moment in self.at):
            raise SimulationError("an arrival has no time zone", "write it with one, such as 2026-01-05T09:00Z")


@dataclass(frozen=True, slots=True)
class Replayed:
    """As they were, in the same hours and weeks of four; from another of them on each time, and again when they end."""

    at: tuple[datetime, ...]
    """In order."""
    zone: tzinfo = UTC
    """Whose clock they keep to, summer and winter."""

    def __post_init__(self) -> None:
        if len(self.at) < 2 or self.at[0] == self.at[-1]:
            raise SimulationError("there are too few arrivals to replay", "give at least two moments")

    @property
    def round(self) -> timedelta:
        """After how long they come again: whole four weeks, so that meetings every second or fourth week fit."""
        first = self.at[0].astimezone(self.zone)
        monday = first - timedelta(days=first.weekday(), hours=first.hour, minutes=first.minute)
        return math.ceil((self.at[-1] - monday + timedelta(hours=1)) / FOUR_WEEKS) * FOUR_WEEKS

    @property
    def per_hour(self) -> float:
        """On average, an hour of day and night."""
        return len(self.at) / ((self.at[-1] - self.at[0]) * len(self.at) / (len(self.at) - 1) / timedelta(hours=1))

    def _weeks(self) -> tuple[datetime, list[list[timedelta]]]:
        """The Monday before the first, by the clock of the zone, and what came in each week of a round.

        The weeks that the records begin and end in were seen in part only, and a round ends after the last. What is
        missing there is taken from the nearest week that lies whole four weeks away, or the case load would have a hole.
        """
        local = [at.astimezone(self.zone).replace(tzinfo=None) for at in self.at]
        midnight = local[0].replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight - timedelta(days=midnight.weekday())
        weeks: list[list[timedelta]] = [[] for _ in range(self.round // _WEEK)]
        for at in local:
            weeks[min((at - monday) // _WEEK, len(weeks) - 1)].append((at - monday) % _WEEK)
        last = min((local[-1] - monday) // _WEEK, len(weeks) - 1)
        if last < 4:
            return monday, weeks
        begun, ended = weeks[0][0], weeks[last][-1]
        weeks[0] = [one for one in weeks[4] if one < begun] + weeks[0]
        weeks[last] += [one for one in weeks[last - 4] if one > ended]
        for number in range(last + 1, len(weeks)):
            weeks[number] = list(weeks[number - 4])
        return monday, weeks

    def resampled(self, chance: np.random.Generator) -> Replayed:
        """Other weeks of the same kind: each week takes what came in one of the weeks that lie whole four weeks from it."""
        monday, weeks = self._weeks()
        again: list[datetime] = []
        for number in range(len(weeks)):
            alike = weeks[number % 4 :: 4]
            again += [monday + number * _WEEK + one for one in alike[int(chance.integers(len(alike)))]]
        if len(again) < 2 or min(again) == max(again):
            return self
        return Replayed(tuple(one.replace(tzinfo=self.zone).astimezone(UTC) for one in sorted(again)), self.zone)

    def first(self, chance: np.random.Generator, count: int, begin: datetime) -> Moments:
        """The first so many, in microseconds from `begin`."""
        clock = begin.astimezone(self.zone).replace(tzinfo=None)
        monday, weeks = self._weeks()
        listed = [monday + number * _WEEK + one for number, week in enumerate(weeks) for one in week]
        known = np.array([micros(at - clock) for at in listed], dtype=np.int64)
        round_, block = micros(len(weeks) * _WEEK), micros(FOUR_WEEKS)
        place = int(chance.integers(len(known)))
        turns = -(-(count + place) // len(known))
        again = (known[None, :] + round_ * np.arange(turns)[:, None]).ravel()[place : place + count]
        again -= (again[0] // block) * block
        moments = (clock + timedelta(microseconds=int(one)) for one in again)
        return np.array([micros(one.replace(tzinfo=self.zone).astimezone(UTC) - begin) for one in moments], np.int64)


FOUR_WEEKS = timedelta(weeks=4)
_WEEK = timedelta(weeks=1)

Arrivals = Poisson | Spaced | Listed | Replayed


def _refuse_rate(per_hour: float) -> None:
    if not (math.isfinite(per_hour) and per_hour > 0):
        raise SimulationError(f"{per_hour:g} cases an hour arrive", "write a number above 0")


def moments_of(
    arrivals: Arrivals,
    hours: Hours | None,
    begin: datetime,
    chance: np.random.Generator,
    *,
    count: int | None,
    until: int | None,
) -> Moments:
    """When cases arrive, in microseconds from the beginning: `count` of them, or all before `until`.

    Raises `HorizonReached` where `count` needs more hours than were read.
    """
    if isinstance(arrivals, Listed):
        found = np.sort(np.array([micros(at - begin) for at in arrivals.at], dtype=np.int64))
        if found[0] < 0:
            raise SimulationError("a listed arrival lies before the simulation begins", "begin earlier")
        found = found[:count] if count is not None else found
        return found[found < until] if until is not None else found
    if isinstance(arrivals, Replayed):
        many = count or 2 * math.ceil(arrivals.per_hour * (until or 0) / SECOND / 3600) + len(arrivals.at)
        found = arrivals.first(chance, many, begin)
        return found[found < until] if until is not None else found
    if count is None:
        assert until is not None
        count = _enough(arrivals, hours, until)
    worked = np.cumsum(np.rint(arrivals.gaps(chance, count) * SECOND).astype(np.int64))
    at = worked if hours is None else _open_moments(hours, worked, until)
    return at[at < until] if until is not None else at


def _enough(arrivals: Poisson | Spaced, hours: Hours | None, until: int) -> int:
    """So many gaps that they surely reach `until`: six standard deviations above the mean."""
    time = until if hours is None else hours.worked(until)
    mean = time / SECOND / 3600 * arrivals.per_hour
    return math.ceil(mean + 6 * math.sqrt(mean) + 10)


def _open_moments(hours: Hours, worked: Moments, until: int | None) -> Moments:
    done = np.array(hours.done, dtype=np.int64)
    if until is not None:
        worked = worked[worked <= hours.total]
    place = np.searchsorted(done, worked, side="left")
    if len(place) and place[-1] == len(done):
        from procession.analytics.simulation.hours import HorizonReached

        raise HorizonReached
    return np.array(hours.closes, dtype=np.int64)[place] - (done[place] - worked)


def per_week(number: float) -> Poisson:
    """So many a week, day and night."""
    return Poisson(number / (timedelta(weeks=1) / timedelta(hours=1)))
