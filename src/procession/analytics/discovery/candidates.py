"""Every pair of workflows whose cases seem to follow each other, with the evidence, before it is asked which pairs do
so directly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from procession.analytics.discovery.keys import Codes, Directory, Ints, View, normal, views_of
from procession.analytics.discovery.logs import Moments, WorkflowLog
from procession.analytics.discovery.matching import (
    Chance,
    Entries,
    Match,
    chance,
    match,
    moves_together,
    pairs,
    statistics_package,
)

FEWEST_MATCHES: Final = 8
LEAST_COVERAGE: Final = 0.2
"""Of the target cases that have a key, after allowing for source cases without one."""
SHARED: Final = 0.4
"""A key with more repeated values than this is shared by cases that have nothing to do with each other …"""
LEAST_COVERAGE_OF_SHARED: Final = 0.5
"""… so that chance alone gives exactly one source to a quarter of the targets, and more where work grows."""
LEAST_FORWARD: Final = 0.8
"""Of the target cases whose key a source case has: the source comes first."""
MOST_LAG: Final = 0.35
"""The median lag, as a part of what chance would give: a handoff is soon, or it is only the same person again."""
LEAST_LIFT: Final = 1.15
AS_ONE: Final = 0.5
"""Where a target's key looks like its own running number, how closely ends and beginnings have to go together."""
FALSE_DISCOVERIES: Final = 0.01
"""The share of proposed pairs that may be there by chance (Benjamini and Hochberg 1995)."""
MOST_KEYS: Final = 3
"""Pairs of fields looked at closely for each pair of workflows: those with the highest coverage."""

Likeness = Literal["identical", "normalised", "person", "inside text"]


class Anchor(NamedTuple):
    """What of a source case its targets wait for."""

    milestone: str | None
    """None: its end."""
    moments: Moments


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvidence:
    """Two fields whose values agree."""

    source_field: str
    target_field: str
    likeness: Likeness
    source_view: View
    target_view: View
    match: Match
    matched: int
    """Target cases with exactly one plausible source."""
    coverage: float
    """Their share of all target cases."""
    linked: float
    """Their share of the target cases that have a key, allowing for source cases that have none: an estimate of how many
    really follow."""
    forward: float
    """Of the target cases whose key a source case has, the share whose source came first."""
    chance: Chance
    p: float
    """The probability of such an agreement by chance, all pairs of fields that were tried for the two workflows
    allowed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One workflow whose cases seem to follow another's."""

    source: int
    target: int
    anchor: Anchor
    keys: tuple[KeyEvidence, ...]
    """Best first."""
    found: Ints
    """For each target case its source by any of the keys; -1 without one."""
    paired: Ints
    """For each target case the only source case with its best key, whenever it was; -1 without one."""
    q: float
    """The probability of chance, after Benjamini and Hochberg over all pairs of workflows."""

    @property
    def best(self) -> KeyEvidence:
        return self.keys[0]

    @property
    def linked(self) -> float:
        """An estimate of the share of target cases that really follow a source."""
        return self.best.linked


def candidates(logs: Sequence[WorkflowLog], directory: Directory, seed: int) -> list[Candidate]:
    """Every ordered pair of workflows that holds against chance."""
    codes = Codes()
    views = [view for place, log in enumerate(logs) for view in views_of(place, log, codes, directory)]
    found: dict[tuple[int, int], tuple[Anchor, list[KeyEvidence]]] = {}
    worst = {(a, b): 1.0 for a in range(len(logs)) for b in range(len(logs)) if a != b}
    for (a, b), tried in _worth_trying(views, codes).items():
        draw = np.random.default_rng((seed, a, b))
        anchor, keys = _best_anchor(logs[a], logs[b], tried, draw)
        if keys:
            found[a, b] = anchor, keys
            worst[a, b] = keys[0].p
    adjusted: Any = statistics_package().false_discovery_control(list(worst.values())) if worst else []
    qs = dict(zip(worst, map(float, adjusted), strict=True))
    return [
        _candidate(logs, pair, anchor, keys, qs[pair])
        for pair, (anchor, keys) in found.items()
        if qs[pair] <= FALSE_DISCOVERIES
    ]


Tried = list[tuple[float, View, View]]
"""Highest possible coverage, the source's view, the target's."""


def _worth_trying(views: Sequence[View], codes: Codes) -> Mapping[tuple[int, int], Tried]:
    """The pairs of views that share enough values, for each ordered pair of workflows. One product of sparse matrices
    counts, for all pairs of views, the target entries whose value the source has."""
    tried: dict[tuple[int, int], Tried] = {}
    if not views:
        return tried
    sparse: Any = import_module("scipy.sparse")
    of_view = np.concatenate([np.full(len(view.codes), place) for place, view in enumerate(views)])
    all_codes = np.concatenate([view.codes for view in views])
    shape = (len(views), len(codes))
    counts: Any = sparse.csr_matrix((np.ones(len(all_codes)), (of_view, all_codes)), shape=shape)
    there: Any = (counts > 0).astype(np.float64)
    shared: Any = (counts @ there.T).toarray()
    for t, target in enumerate(views):
        for s, source in enumerate(views):
            entries = float(shared[t, s])
            if source.log == target.log or entries < FEWEST_MATCHES or not target.allows(source):
                continue
            highest = entries / len(target.filled)
            if highest >= LEAST_COVERAGE / 2:
                tried.setdefault((source.log, target.log), []).append((highest, source, target))
    return tried


def _best_anchor(
    source: WorkflowLog, target: WorkflowLog, tried: Tried, draw: np.random.Generator
) -> tuple[Anchor, list[KeyEvidence]]:
    """Evidence that targets follow the source's end; where they do not, one of its milestones, the latest that fits."""
    end = Anchor(None, source.ends)
    keys = _keys(source, target, end, tried, draw)
    if keys or not source.milestones:
        return end, keys
    by_moment = sorted(source.milestones.items(), key=lambda item: -_typical(item[1] - source.begins))
    for name, moments in by_moment:
        anchor = Anchor(name, moments)
        if keys := _keys(source, target, anchor, tried, draw):
            return anchor, keys
    return end, []


def _typical(spans: Moments) -> float:
    known = spans[~np.isnan(spans)]
    return float(np.median(known)) if len(known) else 0.0


def _keys(
    source: WorkflowLog, target: WorkflowLog, anchor: Anchor, tried: Tried, draw: np.random.Generator
) -> list[KeyEvidence]:
    """The pairs of fields that hold, best first."""
    held: list[tuple[View, View, Match]] = []
    for _, one, other in tried:
        targets, sources = Entries.of(other, target.begins), Entries.of(one, anchor.moments)
        found = match(targets, sources, len(target))
        if _is_strong(found, one, other, anchor):
            held.append((one, other, found))
    held.sort(key=lambda item: (-int((item[2].source >= 0).sum()), item[1].kind != "same", item[0].kind != "same"))
    keys: list[KeyEvidence] = []
    for one, other, found in held[:MOST_KEYS]:
        evidence = _weigh(source, target, anchor, (one, other), found, len(tried), draw)
        if evidence is not None:
            keys.append(evidence)
    most = max((one.matched for one in keys), default=0)
    return sorted(
        keys, key=lambda one: (one.p > FALSE_DISCOVERIES, one.source_view.is_bare_number and one.matched < 1.2 * most)
    )


def _figures(found: Match, source: View, target: View, anchor: Anchor) -> tuple[int, float, float]:
    """Matched cases, the share that is linked, the share that is forward."""
    matched = int((found.source >= 0).sum())
    can_match = ~np.isnan(anchor.moments)
    with_key = np.isin(np.flatnonzero(can_match), source.filled).mean() if can_match.any() else 0.0
    linked = matched / max(len(target.filled), 1) / max(float(with_key), 0.05)
    first, late = int(found.plausible.sum()), int(found.too_late.sum())
    return matched, min(linked, 1.0), first / max(first + late, 1)


def _is_strong(found: Match, source: View, target: View, anchor: Anchor) -> bool:
    matched, linked, forward = _figures(found, source, target, anchor)
    least = LEAST_COVERAGE_OF_SHARED if max(source.repeats, target.repeats) > SHARED else LEAST_COVERAGE
    return matched >= FEWEST_MATCHES and linked >= least and forward >= LEAST_FORWARD


def _weigh(
    source: WorkflowLog,
    target: WorkflowLog,
    anchor: Anchor,
    views: tuple[View, View],
    found: Match,
    tried: int,
    draw: np.random.Generator,
) -> KeyEvidence | None:
    """The evidence of two fields, where it is better than chance by enough."""
    one, other = views
    targets, sources = Entries.of(other, target.begins), Entries.of(one, anchor.moments)
    by_chance = chance(targets, sources, target.begins, anchor.moments, found, draw)
    if by_chance.lift < LEAST_LIFT or by_chance.lag_ratio > MOST_LAG:
        return None
    p = by_chance.p
    if one.is_bare_number and other.is_bare_number:
        least = AS_ONE if other.is_own_number else 0.0
        p = max(p, moves_together(source, target, anchor.moments, pairs(targets, sources, len(target)), least))
    matched, linked, forward = _figures(found, one, other, anchor)
    return KeyEvidence(
        source_field=one.column.name, target_field=other.column.name, likeness=_likeness(one, other, found),
        source_view=one, target_view=other, match=found, matched=matched, coverage=matched / len(target),
        linked=linked, forward=forward, chance=by_chance, p=min(1.0, p * tried),
    )  # fmt: skip


def _likeness(source: View, target: View, found: Match) -> Likeness:
    if "inside" in (source.kind, target.kind):
        return "inside text"
    if "person" in (source.kind, target.kind):
        return "person"
    rows = np.flatnonzero(found.source >= 0)[:2000]
    texts = ((source.column.values[int(found.source[row])], target.column.values[int(row)]) for row in rows)
    same = sum(one == other for one, other in texts)
    return "identical" if same >= 0.99 * len(rows) else "normalised"


def _candidate(
    logs: Sequence[WorkflowLog], pair: tuple[int, int], anchor: Anchor, keys: Sequence[KeyEvidence], q: float
) -> Candidate:
    found = keys[0].match.source.copy()
    for key in keys[1:]:
        found = np.where(found >= 0, found, key.match.source)
    begins = logs[pair[1]].begins
    best = keys[0]
    targets, sources = Entries.of(best.target_view, begins), Entries.of(best.source_view, anchor.moments)
    return Candidate(
        source=pair[0], target=pair[1], anchor=anchor, keys=tuple(keys), found=found,
        paired=pairs(targets, sources, len(begins)), q=q,
    )  # fmt: skip


def carried(
    source: WorkflowLog, target: WorkflowLog, found: Ints, least: float = 0.8
) -> Iterator[tuple[str, str, float]]:
    """Pairs of fields whose values agree in matched cases, far more often than in cases that do not belong together:
    data that people take over. Source field, target field, share of agreement."""
    rows = np.flatnonzero(found >= 0)
    if len(rows) > 500:
        rows = rows[:: len(rows) // 500]
    apart = np.roll(rows, max(1, len(rows) // 2))
    for other in target.columns:
        for one in source.columns:
            own = _agreement(one.values, other.values, found[rows], rows)
            if own >= least and own - _agreement(one.values, other.values, found[apart], rows) >= 0.3:
                yield one.name, other.name, own


def _agreement(one: Sequence[str | None], other: Sequence[str | None], sources: Ints, rows: Ints) -> float:
    agree = known = 0
    for source, row in zip(sources, rows, strict=True):
        left, right = one[int(source)], other[int(row)]
        if left is not None and right is not None:
            known += 1
            agree += left == right or normal(left) == normal(right)
    return agree / known if known >= FEWEST_MATCHES else 0.0
