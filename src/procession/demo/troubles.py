"""What people of the invented company do beside their work: they ask how far it is, send it back, collect it, and begin by
hand what nothing connects. What of this is waste, and what only looks like it, is said in the history files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from procession.demo.answers import Answer
from procession.engine.calendar import WorkCalendar

STARTER: Final = "starter"
"""Whoever began the case, where a file names a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A time of the week."""

    weekday: int
    """Monday is 0."""
    hour: int
    """By the clock of the office."""
    weeks: int = 1
    """Of every nth week, counted from 5 January 1970."""

    def next(self, at: datetime, calendar: WorkCalendar) -> datetime:
        """The first such time after a moment that is a time of work; on a holiday it is left out."""
        day = calendar.local_day(at)
        for _ in range(_DAYS):
            if day.weekday() == self.weekday and (day.toordinal() - _EPOCH) // 7 % self.weeks == 0:
                found = calendar.at_clock(day, timedelta(hours=self.hour))
                if found > at and calendar.is_working(found):
                    return found
            day += timedelta(days=1)
        return calendar.next_working(at)


_DAYS: Final = 100
"""In which such a time must come, holidays or not; an hour at which nobody ever works is passed over."""
_EPOCH: Final = date(1970, 1, 5).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody whose work it is not asks how far it is, again and again, as long as it is open."""

    every: float
    """In working hours, on average."""
    by: str
    """A person, or `STARTER`."""
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Somebody whose work it is not looks at what is open, at a set time of the week."""

    when: Weekly
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingBack:
    """The work goes back to an earlier step rather than on, at most once in a case."""

    to: str
    """The step's id."""
    share: float
    """Of the cases that get here."""
    because: tuple[str, ...]

    def reason(self, rng: Random) -> str | None:
        """Why this case goes back; None where it goes on."""
        return rng.choice(self.because) if rng.random() < self.share else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Once a case has ended, somebody begins one of another workflow by hand."""

    begin: str
    """The workflow's id."""
    outcomes: tuple[str, ...]
    """After which outcomes."""
    share: float
    least: float
    most: float
    """In working days after the end."""
    carry: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field of what is begun → field of what has ended that somebody copies into it."""
    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    """What else is entered."""

    def draw(self, rng: Random) -> float | None:
        """Working hours until it is begun; None where it never is."""
        return 8 * rng.uniform(self.least, self.most) if rng.random() < self.share else None
