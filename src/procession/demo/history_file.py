"""What a history file says: how many cases of one definition there are, how they go, and what is planted in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from procession.demo.answers import Answer
from procession.demo.company import DEFAULT_PERSON
from procession.demo.habits import Cause, Habits, Place
from procession.demo.troubles import Following
from procession.engine.definition import Definition

SHIPPED: Final = "shipped"
"""The name of what a file plants unless another plant is asked for."""
NOTHING: Final = "nothing"
"""The plant that is always there: no place holds cases up."""

USUAL_SPAN: Final = 8.0
"""Working hours that a step on a desk may take."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Cases that began within a stretch of time, evenly spread."""

    begin: int
    first: float
    """Days ago."""
    last: float
    weekday: int | None = None
    """They begin on this day of the week only (Monday is 0) …"""
    weeks: int = 1
    """… of every nth week, counted from 5 January 1970, as when a meeting hands them in together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What is wrong in the made-up history, so that what the diagnosis says can be held against it."""

    finds: str
    """What a right diagnosis finds."""
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDesk:
    """A case that stands at a step today, with its task on somebody's desk."""

    step: str
    due: str
    """overdue, today, soon."""
    starter: str
    values: Mapping[str, object]
    span: float = USUAL_SPAN
    """Working hours that the step may take."""
    person: str = DEFAULT_PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A case that began so many days ago and stands still at a step: it is late today."""

    step: str
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What those who worked with a version that is tried say of it."""

    share: float
    """Of those who started a case or did a task of it, how many answer."""
    better: float
    """The share of answers that find it better."""
    when_better: tuple[str, ...]
    """What they write then; empty text is nothing."""
    when_not: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A changed version that is tried with some of the cases, and how cases go in it."""

    finds: str
    """What a right comparison finds: the effect that is planted."""
    begun: float
    """Days ago."""
    by: str
    """Who began it."""
    share: float
    why: str
    text: str
    """The changed definition."""
    definition: Definition
    places: Mapping[str, Place]
    """Where cases go otherwise than in the version for everybody."""
    feedback: Feedback


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One file."""

    definition: str
    """Whose cases begin."""
    file: str
    cases: tuple[Spell, ...]
    plants: Mapping[str, Plant]
    """The one that ships is `SHIPPED`."""
    places: Mapping[str, Place] = field(default_factory=dict[str, Place])
    answers: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict[str, Mapping[str, Answer]])
    counts: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    messages: Mapping[str, float] = field(default_factory=dict[str, float])
    on_desk: tuple[OnDesk, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    trial: Trial | None = None
    following: tuple[Following, ...] = ()
    """What somebody begins by hand once a case has ended."""

    def causes(self, plant: str) -> tuple[Cause, ...]:
        """Those of a plant; of the one that ships where the file knows no other of this name."""
        if plant == NOTHING:
            return ()
        return self.plants.get(plant, self.plants[SHIPPED]).causes


def habits_of(histories: Sequence[History], plant: str = SHIPPED) -> Habits:
    """Everything that the files say, together."""
    places: dict[str, Place] = {}
    answers: dict[str, dict[str, Answer]] = {}
    counts: dict[str, Answer] = {}
    messages: dict[str, float] = {}
    causes: list[Cause] = []
    for one in histories:
        places.update(one.places)
        for definition, fields in one.answers.items():
            answers.setdefault(definition, {}).update(fields)
        counts.update(one.counts)
        messages.update(one.messages)
        causes.extend(one.causes(plant))
    following = {one.definition: one.following for one in histories if one.following}
    return Habits(places, answers, messages, tuple(causes), counts, following)
