"""Places that hold most of the lost time, each as a finding: subject, number, cause, action, and the cases behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from procession.analytics.attribution import Attribution, SiteCost
from procession.analytics.log import Site
from procession.analytics.pareto import Pareto
from procession.analytics.sentences_of_table import UNSURE, cause_and_action
from procession.analytics.waiting.decompose import Decomposition
from procession.analytics.waste.material import Ints
from procession.analytics.words import percent, spell

MOST: Final = 5
LEAST_SHARE: Final = 0.05
"""Of all lost time: what holds less is not worth a finding of its own."""
LEAST_OF_CYCLE: Final = 0.02
"""Of the mean cycle, likewise."""
FEWEST_VISITS: Final = 10
"""What happened less often is no finding: its time may be one accident."""
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFinding:
    """A step or handoff that holds much of the lost time. Times are seconds of working time."""

    kind: str
    """`step` or `handoff`."""
    subject: str
    number: str
    cause: str
    action: str
    seconds: float
    """Lost by a case: beyond what the quickest quarter of visits takes, along critical paths, on average."""
    share: float
    """Of all lost time."""
    cumulative: float
    """Of it and those before it."""
    low: float
    high: float
    """The 95 % interval of the cumulative share."""
    visits: int
    """On critical paths."""
    estimated: bool
    """Whether most of its time may be work or waiting, as beginnings are not recorded."""
    place: Site
    all_cases: tuple[str, ...] = field(repr=False)
    """Those that lost time there, most first."""
    behind: Ints | None = field(default=None, repr=False, compare=False)
    """Their rows at this place along critical paths, in the whole log."""

    @property
    def cases(self) -> tuple[str, ...]:
        """Those that lost most there."""
        return self.all_cases[:SHOWN]

    @property
    def case_count(self) -> int:
        """How many cases are behind it."""
        return len(self.all_cases)

    @property
    def sentence(self) -> str:
        """All of it as a manager would say it."""
        cause = self.cause[:1].upper() + self.cause[1:]
        return f"{self.subject}: {self.number}. {cause}. {self.action}."


def place_findings(
    measured: Attribution, found: Pareto, slow: Collection[str], case_names: Sequence[str]
) -> tuple[PlaceFinding, ...]:
    """The greatest places of a Pareto by place; `case_names` in the order of the attribution. That the work of a step
    takes longer in some cases than in others is a finding only at places that are slow (`slow`: their keys)."""
    by_key = {cost.site.key: cost for cost in measured.costs}
    cycle = sum(measured.cycles) / measured.cases if measured.cases else 0.0
    findings: list[PlaceFinding] = []
    for item in found.items:
        cost = by_key[item.key]
        visits = sum(cost.path_visits)
        if len(findings) == MOST or item.share < LEAST_SHARE:
            break
        ordinary = item.key not in slow and not _waits(cost)
        if visits < FEWEST_VISITS or ordinary or item.excess < LEAST_OF_CYCLE * cycle:
            continue
        cause, action = cause_and_action(cost, measured)
        findings.append(
            PlaceFinding(
                kind=cost.site.kind,
                subject=item.title,
                number=f"a case loses {spell(item.excess, measured.day)} of {spell(cycle, measured.day)} there beyond what the "
                f"quickest quarter takes, {percent(item.share)} of all lost time",
                cause=cause,
                action=action,
                seconds=item.excess,
                share=item.share,
                cumulative=item.cumulative,
                low=item.low,
                high=item.high,
                visits=visits,
                estimated=cost.unsure > UNSURE,
                place=cost.site,
                all_cases=_worst(cost, case_names),
            )
        )
    return tuple(findings)


def with_rows(
    findings: Sequence[PlaceFinding], whole: Decomposition, judged: Collection[str]
) -> tuple[PlaceFinding, ...]:
    """The findings with their rows in the whole log. A step that is not `judged` for itself is one of the others."""
    table = whole.table
    code_of = {name: code for code, name in enumerate(table.case_names)}
    step_of = {name: code for code, name in enumerate(table.step_names)}
    part_of = {name: code for code, name in enumerate(table.workflow_names)}
    released = table.released_by.astype(np.int64)
    source = np.where(released >= 0, table.workflow[np.maximum(released, 0)], -1)
    others = np.array([name not in judged for name in table.step_names], dtype=bool)
    found: list[PlaceFinding] = []
    for one in findings:
        chosen = np.zeros(table.cases, dtype=bool)
        chosen[[code_of[name] for name in one.all_cases]] = True
        there = whole.on_path & chosen[table.case] & (table.workflow == part_of.get(one.place.part, -1))
        if one.kind == "handoff":
            there &= (source == part_of.get(one.place.source or "", -1)) & (released >= 0)
        elif one.place.name in step_of:
            there &= table.step == step_of[one.place.name]
        else:
            there &= others[table.step]
        found.append(replace(one, behind=np.flatnonzero(there)))
    return tuple(found)


def _waits(cost: SiteCost) -> bool:
    waited, worked = cost.longer
    return cost.unsure > UNSURE or waited > worked


def _worst(cost: SiteCost, case_names: Sequence[str]) -> tuple[str, ...]:
    beyond = cost.excess()
    order = sorted(range(len(beyond)), key=lambda place: (-beyond[place], place))
    return tuple(case_names[place] for place in order if beyond[place] > 0)
