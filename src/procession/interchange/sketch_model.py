"""What was told of a process: its workflows, their steps, the handoffs, and what is wrong with the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from procession.engine.durations import Span
from procession.engine.findings import Finding

LONGEST: Final = 100_000
"""Characters of a sketch."""

MOST_PARTS: Final = 200
"""Workflows of a sketch, and steps of one workflow."""

HEAD: Final[Mapping[str, str]] = {
    "goal": "what is reached when it is over",
    "begins": "what sets it off",
    "ends": "what is true at its end",
    "customer": "who it is for",
    "data": "what every workflow has to know, such as employee, start date",
    "target": "how long it may take, such as 15bd",
    "owner": "the group that answers for all of it",
    "feedback": "what those who begin are told at the end, such as was everything there?",
}
"""What may be said of the whole, in the order in which it is asked."""

DATA_TYPES: Final = ("text", "long text", "integer", "number", "date", "datetime", "yes/no", "email", "person", "file")
"""What data may be; text where nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """Something a case knows."""

    name: str
    """As fields are called: `start_date`."""
    title: str
    type: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchedStep:
    """One step as it was told."""

    id: str
    title: str
    who: str
    """As `assign:` takes it: `group:it`."""
    work: Span | None = None
    wait: Span | None = None
    decision: bool = False
    milestone: str | None = None
    """Reached when it is finished."""
    back: str | None = None
    """Of a decision: the step a no leads back to; None ends the workflow."""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchedWorkflow:
    """One workflow as it was told."""

    id: str
    title: str
    owner: str | None
    """A group."""
    steps: tuple[SketchedStep, ...]
    line: int = 0

    @property
    def can_reject(self) -> bool:
        """Whether a no in it ends it."""
        return any(step.decision and step.back is None for step in self.steps)


@dataclass(frozen=True, slots=True)
class SketchedSource:
    """What sets a handoff off."""

    workflow: str | None = None
    """None: the start."""
    milestone: str | None = None
    """Its end, where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchedHandoff:
    """Work passing to a workflow from another, or from the first of several."""

    sources: tuple[SketchedSource, ...]
    """Several: whichever comes first."""
    to: str
    optional: bool = False
    """It is waited for only while it can still happen."""
    wait: Span | None = None
    data: tuple[Datum, ...] = ()
    line: int = 0
    """0 where it was not told but taken from the order."""

    def comes_from(self, workflow: str) -> bool:
        """Whether a workflow may set it off."""
        return any(one.workflow == workflow for one in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What was told, and what is wrong with it."""

    title: str = ""
    said: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is said of the whole, by the words of `HEAD`."""
    owner: str | None = None
    target: Span | None = None
    data: tuple[Datum, ...] = ()
    workflows: tuple[SketchedWorkflow, ...] = ()
    handoffs: tuple[SketchedHandoff, ...] = ()
    findings: tuple[Finding, ...] = ()
    next: str = ""
    """What the next line may say."""

    @property
    def ok(self) -> bool:
        """Whether definitions can be made of it."""
        return not any(one.severity == "error" for one in self.findings)


def unclear(line: int, sentence: str, hint: str | None = None) -> Finding:
    """A finding about a line."""
    return Finding(code="unclear_line", sentence=sentence, hint=hint, line=line, column=1)


def named(word: str, titles: Sequence[str]) -> int | None:
    """The place of what is meant by a number (from 1), a name, or the only one that begins so."""
    if word.isdigit():
        return int(word) - 1 if 1 <= int(word) <= len(titles) else None
    folded = word.casefold()
    exact = [place for place, title in enumerate(titles) if title.casefold() == folded]
    begun = [place for place, title in enumerate(titles) if title.casefold().startswith(folded)]
    return exact[0] if exact else begun[0] if len(begun) == 1 else None


def upper(text: str) -> str:
    """One line that begins with a capital."""
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]


def shown(text: str) -> str:
    """A line as a sentence quotes it."""
    return repr(text if len(text) <= 50 else f"{text[:50]}…")
