"""A finding: what is wasted where, how sure that is, what it costs, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from procession.analytics.waste.figures import stats
from procession.analytics.waste.material import Ints, Material
from procession.analytics.waste.removing import Costs, Saved, priced


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that was looked at. It is reported only where it `holds` and its p-value survives the run."""

    waste: str
    """Which finder's it is: `unnecessary approval`."""
    place: str
    """The key of the step, or of the steps or workflows with ` > ` between."""
    subject: str
    """What it is about: `Approve order`."""
    number: str
    """The figure in a sentence."""
    cause: str
    """What goes on."""
    action: str
    """What to do about it."""
    n: int
    """How many observations it rests on."""
    measures: str
    """What `estimate` is."""
    estimate: float
    low: float
    high: float
    """The 95 % interval of the estimate."""
    p_value: float
    """The probability of it where there is no such waste."""
    hours_per_week: float | None
    """What it costs in working and waiting time on the critical path; None where the log does not say."""
    removes: Removal | None = field(default=None, repr=False, compare=False)
    """The time that would be gone without it; None where it lies on no case's way."""
    saved: Saved | None = None
    """What cases would gain if it were gone; None where that cannot be said."""
    costs: Costs | None = None
    """What it costs in hours a week; None where the log does not say."""
    behind: Ints | None = field(default=None, repr=False, compare=False)
    """The rows behind it; None where it rests on something else than rows of the log."""
    cases: tuple[str, ...] = ()
    """The newest cases behind it."""
    case_count: int = 0
    """How many cases are behind it."""
    guard: str
    """What was looked at so that the innocent are not blamed."""
    assumed: str = ""
    """What is assumed rather than measured."""
    holds: bool = True
    """Whether its size and its guards are met."""
    phrase: str = ""
    """The words of the complaint it answers."""

    @property
    def sentence(self) -> str:
        """All of it as a manager would say it."""
        return f"{self.subject}: {self.number}. {self.cause}. {self.action}."


class Removal(NamedTuple):
    """What would be gone."""

    rows: Ints
    micros: Ints
    """So much less of each; no more than it takes."""
    worked: bool = False
    """People would not do this work at all; otherwise it only lies for less."""


class Finder(NamedTuple):
    """One kind of waste."""

    name: str
    phrase: str
    """The complaint it answers, as people put it."""
    look: Callable[[Material], Iterator[Finding]]
    needs: str = ""
    """What a log must know beyond who did what when; empty: nothing."""


class Report(NamedTuple):
    """The outcome of one run."""

    findings: tuple[Finding, ...]
    """Most hours first."""
    tested: int
    """How many places were looked at."""
    silent: tuple[str, ...]
    """Finders that had nothing to look at, by name."""


def _priced(material: Material, one: Finding) -> Finding:
    """With what cases would gain without it, and what it costs."""
    gone = one.removes
    if gone is None:
        return one
    micros = np.asarray(gone.micros, dtype=np.int64)
    saved, costs = priced(material, np.asarray(gone.rows), micros, worked=gone.worked)
    return replace(one, saved=saved, costs=costs if costs.together.hours > 0 else None)


def _with_cases(material: Material, one: Finding) -> Finding:
    if one.behind is None:
        return replace(one, case_count=len(one.cases))
    count = len(np.unique(material.table.case[one.behind]))
    return replace(one, cases=material.examples(one.behind), case_count=count)


FALSE_DISCOVERIES = 0.05
"""The share of findings that may be there by chance (Benjamini and Hochberg 1995)."""


def run(material: Material, finders: Sequence[Finder]) -> Report:
    """Let every finder look, and keep what chance does not explain, over all that was looked at."""
    tested: list[Finding] = []
    silent: list[str] = []
    for finder in finders:
        found = [replace(one, waste=finder.name, phrase=finder.phrase) for one in finder.look(material)]
        tested += found
        if not found:
            silent.append(finder.name)
    kept = [
        one for one, sure in zip(tested, surviving([one.p_value for one in tested]), strict=True) if sure and one.holds
    ]
    kept = [_with_cases(material, _priced(material, one)) for one in kept]
    kept.sort(key=lambda one: (-(one.hours_per_week or 0.0), one.p_value, one.place))
    return Report(tuple(kept), len(tested), tuple(silent))


def surviving(p_values: Sequence[float], rate: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which hypotheses are rejected at this false discovery rate."""
    if not p_values:
        return []
    return [bool(one <= rate) for one in stats().false_discovery_control(p_values, method="bh")]
