"""How the invented company works: how long things lie, how long they take, what people choose.

The figures stand beside the examples, in their history files (`reading`). Times are working hours, drawn from
log-normal distributions around the medians given, so that most are short and some long. A place is named as it is in
those files: `workflow/step`, `workflow` for all its steps, and `into PROCESS MEMBER` for the handoff that starts a
member.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from procession.demo.answers import Answer
from procession.demo.troubles import Asking, Following, Review, SendingBack, Weekly
from procession.engine.case import Json


@dataclass(frozen=True, slots=True)
class Lying:
    """How long work lies at a place before somebody looks at it, or begins it, or how long it takes."""

    median: float
    """In working hours."""
    spread: float = 0.7
    """Of the logarithm."""

    def draw(self, rng: Random) -> float:
        """Working hours."""
        return rng.lognormvariate(math.log(self.median), self.spread)


@dataclass(frozen=True, slots=True)
class Around:
    """What a visit to a step finds: which steps led to it, and what the case knows."""

    before: frozenset[str] = frozenset()
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What holds cases up at one place."""

    place: str
    share: float
    """Of the visits that are held up."""
    least: float
    most: float
    """In working days."""
    before: str = "looking"
    """`looking`: nobody knows of it; `beginning`: it is known, and lies on a desk."""
    after: str = ""
    """Only what comes from this step; empty: whatever comes."""
    without: str = ""
    """Only where this field is empty; empty: wherever."""
    says: str = ""
    """What whoever is held up writes in a comment; with `before` beginning."""

    def concerns(self, places: tuple[str, ...], before: str, around: Around) -> bool:
        """Whether it can hold this visit up."""
        return (
            self.before == before
            and self.place in places
            and (not self.after or self.after in around.before)
            and (not self.without or around.data.get(self.without) is None)
        )

    def hits(self, rng: Random) -> bool:
        """Whether this visit is among those that are held up."""
        return rng.random() < self.share

    def hours(self, rng: Random) -> float:
        """Working hours on top."""
        return 8 * rng.uniform(self.least, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of a step, of all steps of a workflow, or of a handoff. None: as is usual in the company."""

    looks: Lying | None = None
    """Until somebody looks."""
    begins: Lying | None = None
    """Between looking and beginning."""
    works: Lying | None = None
    """The work itself."""
    outcomes: Mapping[str, float] = field(default_factory=dict[str, float])
    """Outcome → its weight; without any, the first that is offered."""
    together: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict[str, Mapping[str, Answer]])
    """Outcome → answers that go with it."""
    unanswered: float = 0.0
    """The share of tasks that nobody ever does: their clock ends them."""
    gives: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    """What a machine answers."""
    fails: float = 0.0
    """The share of a machine's first attempts that fail."""
    collected: Weekly | None = None
    """Everything that lies here is begun at this time of the week; None: each as it comes."""
    asked: Asking | None = None
    reviewed: Review | None = None
    sends_back: SendingBack | None = None


LOOKING: Final = Lying(0.9)
"""Until somebody looks, where nothing else is said."""
BEGINNING: Final = Lying(0.4)
WORKING: Final = Lying(0.4, 0.5)
_UNKNOWN: Final = Place()


@dataclass(frozen=True, slots=True)
class Habits:
    """How long each thing takes, and what people answer, under what is planted."""

    places: Mapping[str, Place]
    answers: Mapping[str, Mapping[str, Answer]] = field(default_factory=dict[str, Mapping[str, Answer]])
    """Definition → field → what is entered there."""
    messages: Mapping[str, float] = field(default_factory=dict[str, float])
    """Message → the share of waits in which somebody sends it, within minutes."""
    causes: tuple[Cause, ...] = ()
    counts: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    """Definition → what `count of cases` of it answers: each case is lived through by itself, so the others are said."""
    following: Mapping[str, tuple[Following, ...]] = field(default_factory=dict[str, tuple[Following, ...]])
    """Definition → what somebody begins by hand once a case of it has ended."""

    def with_places(self, places: Mapping[str, Place]) -> Habits:
        """The same, with other places where some are given."""
        return replace(self, places={**self.places, **places})

    def at(self, step: str) -> Place:
        """What is known of a step."""
        return self.places.get(step, _UNKNOWN)

    def until_looked_at(self, places: tuple[str, ...], around: Around, rng: Random) -> float:
        """Working hours until somebody looks; the first place that is known counts, every cause adds."""
        known = (one.looks for one in self._known(places))
        return _first(known, LOOKING).draw(rng) + self._held_up(places, "looking", around, rng)[0]

    def until_begun(self, places: tuple[str, ...], around: Around, rng: Random) -> tuple[float, list[str]]:
        """Working hours between looking and beginning, and what is written about it meanwhile."""
        known = (one.begins for one in self._known(places))
        usual = _first(known, BEGINNING).draw(rng)
        hours, says = self._held_up(places, "beginning", around, rng)
        return usual + hours, says

    def work(self, step: str, rng: Random) -> float:
        """Working hours of the work itself."""
        return _first((one.works for one in self._known((step,))), WORKING).draw(rng)

    def outcome(self, step: str, offered: tuple[str, ...], rng: Random) -> str | None:
        """What somebody chooses; None where there is nothing to choose."""
        if len(offered) < 2:
            return None
        weights = self.at(step).outcomes
        weighed = [weights.get(one, 0.0) for one in offered]
        return rng.choices(offered, weighed)[0] if any(weighed) else offered[0]

    def _known(self, places: tuple[str, ...]) -> Iterable[Place]:
        """Of the places, then of the whole workflow of the last."""
        for name in (*places, places[-1].partition("/")[0]):
            if name in self.places:
                yield self.places[name]

    def _held_up(self, places: tuple[str, ...], before: str, around: Around, rng: Random) -> tuple[float, list[str]]:
        hours, says = 0.0, list[str]()
        for one in self.causes:
            if one.concerns(places, before, around) and one.hits(rng):
                hours += one.hours(rng)
                says += [one.says] if one.says else []
        return hours, says


def _first(known: Iterable[Lying | None], usual: Lying) -> Lying:
    return next((one for one in known if one is not None), usual)
