"""From the logs of separate workflows to the processes that they seem to form, with the evidence for every link."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, NamedTuple

import numpy as np

from procession.analytics.discovery.candidates import Candidate, Likeness, candidates, carried
from procession.analytics.discovery.conditions import followed_share, outcome_of, when_of
from procession.analytics.discovery.keys import Directory, Ints
from procession.analytics.discovery.logs import WorkflowLog
from procession.analytics.discovery.structure import direct

FEWEST_WORKFLOWS: Final = 3
"""A process is never proposed from fewer."""
FEWEST_CASES: Final = 8
"""A workflow with fewer cases says nothing."""
FIRM: Final = 30
"""Matched cases below which the evidence is called thin."""
FIRM_SHARE: Final = 0.4
"""… and the share of target cases that are matched."""
OPTIONAL: Final = 0.75
"""A source that takes part in fewer of a target's cases than this, compared with its other sources, is optional."""
MEET: Final = 0.3
"""Two sources that share fewer of a target's cases than this replace each other."""


class Pair(NamedTuple):
    """Two workflows, by their ids."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkKey:
    """Two fields whose values agree."""

    source_field: str
    source_title: str
    target_field: str
    target_title: str
    likeness: Likeness
    matched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """From the source to the beginning of the target, in seconds, nights and weekends included."""

    low: float
    """A tenth of the cases is quicker."""
    median: float
    high: float
    """A tenth of the cases is slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One workflow that hands over to another, with what shows it."""

    pair: Pair
    source_title: str
    target_title: str
    milestone: str | None = None
    """The target follows this milestone of the source; None: its end."""
    outcome: str | None = None
    """The one outcome of the source that it follows; None: any."""
    when: str | None = None
    """A FEEL condition on the source's fields under which it follows; None: always, or it cannot be told."""
    followed: float
    """An estimate of the share of source cases, with that outcome and condition, that a target follows."""
    keys: tuple[LinkKey, ...]
    """Best first."""
    matched: int
    """Target cases with exactly one plausible source."""
    cases: int
    """All target cases."""
    forward: float
    """Of the target cases whose key a source case has, the share whose source came first."""
    lag: Lag
    p: float
    """The probability of such an agreement by chance, corrected for all pairs of workflows that were compared."""
    optional: bool = False
    """The target waits for it only while it can still happen."""
    instead_of: tuple[str, ...] = ()
    """Other sources of the target of which one is enough."""
    carries: Mapping[str, str]
    """Data people take over: the target's field → the source's."""
    examples: tuple[tuple[str, str], ...]
    """Up to three pairs of cases: the source's id, the target's."""

    @property
    def coverage(self) -> float:
        """The share of target cases that have exactly one plausible source."""
        return self.matched / self.cases

    @property
    def is_thin(self) -> bool:
        """Whether the evidence is too little to rely on."""
        return self.matched < FIRM or self.coverage < FIRM_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Workflows that seem to form a process."""

    id: str
    """The same for the same workflows and links."""
    members: tuple[str, ...]
    """Ids of the workflows, sources before targets."""
    links: tuple[Link, ...]
    """The links to be made."""
    process: str | None = None
    """The published process that they would extend; None: a new one."""

    @property
    def is_thin(self) -> bool:
        return any(link.is_thin for link in self.links)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revelation:
    """What the logs say about processes."""

    proposals: tuple[Proposal, ...]
    pairs: tuple[Link, ...]
    """Links that are too few for a process."""
    workflows: int
    """Workflows with enough cases to look at."""
    cases: int


def reveal(
    logs: Sequence[WorkflowLog],
    *,
    processes: Mapping[str, Collection[Pair]] | None = None,
    people: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Revelation:
    """Propose the processes that separate workflows form.

    Args:
        logs: the cases of each workflow; those with fewer than `FEWEST_CASES` are left out.
        processes: published processes: id → the pairs of workflows they connect already.
        people: e-mail address in small letters → the person's id.
        seed: the same seed gives the same answer.
    """
    enough = _from_zero([log for log in logs if len(log) >= FEWEST_CASES])
    if len(enough) < FEWEST_WORKFLOWS:
        return Revelation(proposals=(), pairs=(), workflows=len(enough), cases=sum(map(len, enough)))
    found = direct(candidates(enough, Directory(people or {}), seed), enough)
    links = _joined([_link(enough, one) for one in found], enough, found)
    known = {pair: process for process, pairs in (processes or {}).items() for pair in pairs}
    new = [link for link in links if link.pair not in known]
    proposals = [
        _proposal(part, [link for link in new if link.pair.source in part], processes or {})
        for part in _parts([*known, *(link.pair for link in new)])
    ]
    firm = tuple(one for one in proposals if one is not None)
    proposed = {link.pair for one in firm for link in one.links}
    rest = tuple(link for link in new if link.pair not in proposed)
    return Revelation(proposals=firm, pairs=rest, workflows=len(enough), cases=sum(map(len, enough)))


def _from_zero(logs: Sequence[WorkflowLog]) -> list[WorkflowLog]:
    """The logs with moments counted from their first one."""
    first = min((float(log.begins.min()) for log in logs), default=0.0)
    return [
        replace(
            log, begins=log.begins - first, ends=log.ends - first,
            milestones={name: moments - first for name, moments in log.milestones.items()},
        )
        for log in logs
    ]  # fmt: skip


def _link(logs: Sequence[WorkflowLog], one: Candidate) -> Link:
    source, target = logs[one.source], logs[one.target]
    rows = np.flatnonzero(one.found >= 0)
    lags = target.begins[rows] - one.anchor.moments[one.found[rows]]
    low, median, high = (float(value) for value in np.quantile(lags, (0.1, 0.5, 0.9)))
    outcome = outcome_of(source, one.found) if one.anchor.milestone is None else None
    when = when_of(source, one.found, outcome)
    return Link(
        pair=Pair(source.id, target.id), source_title=source.title, target_title=target.title,
        milestone=one.anchor.milestone, outcome=outcome, when=when, followed=followed_share(source, one, outcome, when),
        keys=tuple(_keys(source, target, one)), matched=len(rows), cases=len(target), forward=one.best.forward,
        lag=Lag(low=low, median=median, high=high), p=one.q, carries=_carries(source, target, one.found),
        examples=tuple((source.cases[int(one.found[row])], target.cases[int(row)]) for row in rows[-3:][::-1]),
    )  # fmt: skip


def _keys(source: WorkflowLog, target: WorkflowLog, one: Candidate) -> Iterator[LinkKey]:
    seen: set[tuple[str, str]] = set()
    for key in one.keys:
        fields = (key.source_field, key.target_field)
        if fields not in seen:
            seen.add(fields)
            yield LinkKey(
                source_field=key.source_field, source_title=source.column(key.source_field).title,
                target_field=key.target_field, target_title=target.column(key.target_field).title,
                likeness=key.likeness, matched=key.matched,
            )  # fmt: skip


def _carries(source: WorkflowLog, target: WorkflowLog, found: Ints) -> dict[str, str]:
    best: dict[str, tuple[float, bool, str]] = {}
    for own, other, share in carried(source, target, found):
        best[other] = max(best.get(other, (0.0, False, "")), (round(share, 2), own == other, own))
    return {other: own for other, (_, _, own) in best.items()}


# --- joins ------------------------------------------------------------------------------------------------------------


def _joined(links: Sequence[Link], logs: Sequence[WorkflowLog], found: Sequence[Candidate]) -> list[Link]:
    """The links with what they mean for one another where a target has several sources."""
    joined: list[Link] = []
    for link, one in zip(links, found, strict=True):
        others = [other for other in found if other.target == one.target and other is not one]
        instead = tuple(logs[other.source].id for other in others if not _meet(one, other))
        strongest = max((other.linked for other in others), default=0.0)
        optional = bool(others) and not instead and one.linked < OPTIONAL * strongest
        joined.append(replace(link, instead_of=instead, optional=optional))
    return joined


def _meet(one: Candidate, other: Candidate) -> bool:
    """Whether both take part in the same cases of their target."""
    mine, its = one.found >= 0, other.found >= 0
    return float((mine & its).sum()) >= MEET * float(min(mine.sum(), its.sum()))


# --- parts that hang together -----------------------------------------------------------------------------------------


def _parts(pairs: Sequence[Pair]) -> list[frozenset[str]]:
    """The workflows that hang together, part by part."""
    part_of: dict[str, set[str]] = {}
    for source, target in pairs:
        merged = part_of.get(source, {source}) | part_of.get(target, {target})
        for one in merged:
            part_of[one] = merged
    return sorted({frozenset(part) for part in part_of.values()}, key=sorted)


def _proposal(
    part: frozenset[str], links: Sequence[Link], processes: Mapping[str, Collection[Pair]]
) -> Proposal | None:
    """What is proposed for the part: a process that grows, or a new one; None where there is too little for either."""
    bases = sorted(id_ for id_, pairs in processes.items() if any({*pair} & part for pair in pairs))
    base = bases[0] if len(bases) == 1 else None
    members = part if base is not None else frozenset(id_ for link in links for id_ in link.pair)
    if not links or len(members) < FEWEST_WORKFLOWS:
        return None
    pairs = [link.pair for link in links] + list(processes[base] if base is not None else ())
    ordered = _in_order(members, pairs)
    told = "|".join((base or "", *ordered, *(f"{link.pair}{link.outcome}{link.milestone}" for link in links)))
    ranked = tuple(sorted(links, key=lambda link: (ordered.index(link.pair.source), ordered.index(link.pair.target))))
    return Proposal(id=sha256(told.encode()).hexdigest()[:12], members=ordered, links=ranked, process=base)


def _in_order(members: Collection[str], pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Sources before targets; members of a circle, which published processes may have, in the order of their ids."""
    left, ordered = sorted(members), list[str]()
    while left:
        free = [one for one in left if not any(b == one and a in left and a != one for a, b in pairs)]
        ordered.append((free or left)[0])
        left.remove(ordered[-1])
    return tuple(ordered)
