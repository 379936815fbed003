"""Matching the cases of one workflow with those of another by a key, and how likely it is that chance did it.

A target's case has *exactly one plausible source* when, of all source cases with its key, exactly one had reached the
moment in question before the target began and after the last target with the same key began. Keys that many cases
share (a department) fail this by themselves: where sources and targets follow each other at random, at most a quarter
of the targets has exactly one source since the target before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from procession.analytics.discovery.keys import Ints, View, ranks
from procession.analytics.discovery.logs import Moments, WorkflowLog

SHUFFLES: Final = 99
SAMPLE: Final = 1000
"""So many target cases are shuffled at most: more would only make a small probability smaller."""
WEEK: Final = 7 * 86400.0
_STEPS_PER_SECOND = 1000  # moments are compared to the millisecond


@cache
def statistics_package() -> Any:
    """scipy.stats, at first use: importing it takes a second."""
    return import_module("scipy.stats")


@dataclass(frozen=True, slots=True)
class Entries:
    """Values of a view with the moments they count from, ordered by value and moment."""

    rows: Ints
    codes: Ints
    keys: Ints
    """Value and moment as one number."""

    @classmethod
    def of(cls, view: View, moments: Moments) -> Entries:
        there = ~np.isnan(moments[view.rows])
        rows, codes = view.rows[there], view.codes[there]
        keys = _key(codes, moments[rows])
        order = np.argsort(keys, kind="stable")
        return cls(rows[order], codes[order], keys[order])


def _key(codes: Ints, moments: Moments) -> Ints:
    # 2**41 milliseconds reach from 1970 to 2039, with room for 4 million values above them.
    return (codes << 41) + (moments * _STEPS_PER_SECOND).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Match:
    """Which source each target case has."""

    source: Ints
    """For each target case the source's place; -1 without exactly one plausible."""
    plausible: NDArray[np.bool_]
    """For each target case: it has at least one."""
    too_late: NDArray[np.bool_]
    """For each target case: it has none, but one with its key comes afterwards."""


def match(targets: Entries, sources: Entries, cases: int) -> Match:
    """The match of the target's entries with the source's; `cases` is the number of target cases."""
    low = np.searchsorted(sources.keys, _since(targets), side="right")
    high = np.searchsorted(sources.keys, targets.keys, side="right")
    count = high - low
    later = high < np.searchsorted(sources.keys, (targets.codes + 1) << 41, side="left")
    found = np.full(cases, -1, dtype=np.int64)
    several = np.zeros(cases, dtype=bool)
    hit = count > 0
    several[targets.rows[count > 1]] = True
    if len(sources.rows):
        rows, candidates = targets.rows[count == 1], sources.rows[high[count == 1] - 1]
        found[rows] = candidates
        several[rows[found[rows] != candidates]] = True  # two of its references name two cases
    plausible = np.zeros(cases, dtype=bool)
    plausible[targets.rows[hit]] = True
    too_late = np.zeros(cases, dtype=bool)
    too_late[targets.rows[later & ~hit]] = True
    found[several] = -1
    return Match(found, plausible, too_late & ~plausible)


def _since(targets: Entries) -> Ints:
    """For each entry: just after the last target with the same value began; else the beginning of time."""
    since = targets.codes << 41
    if len(since) > 1:
        same = targets.codes[1:] == targets.codes[:-1]
        since[1:][same] = targets.keys[:-1][same]
    return since


def pairs(targets: Entries, sources: Entries, cases: int) -> Ints:
    """For each target case the only source case with its key, whenever it was; -1 where there is not exactly one."""
    low = np.searchsorted(sources.codes, targets.codes, side="left")
    high = np.searchsorted(sources.codes, targets.codes, side="right")
    found = np.full(cases, -1, dtype=np.int64)
    alone = high - low == 1
    if len(sources.rows):
        found[targets.rows[alone]] = sources.rows[low[alone]]
    repeated = np.unique(targets.codes, return_counts=True)
    again = np.isin(targets.codes, repeated[0][repeated[1] > 1])
    found[targets.rows[again]] = -1
    return found


# --- chance -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chance:
    """How the match compares with what chance would do."""

    p: float
    """The probability that shuffled cases fit as well."""
    lift: float
    """How many times better than shuffled ones."""
    lag_ratio: float
    """The median lag as a part of what it would be if targets came at any moment."""


def chance(
    targets: Entries, sources: Entries, begins: Moments, moments: Moments, found: Match, draw: np.random.Generator
) -> Chance:
    """Compare with target cases whose beginnings are shuffled among those of about the same time.

    The score of a case is 0 without exactly one plausible source, else the share of all source cases before the target
    that came no later than its own: 1 for the latest one. Beginnings change places within stretches of four typical
    lags (at least a week, and ten cases), so that what cases of a season have in common explains nothing. The tail that
    shuffles cannot show is that of a normal distribution with their mean and deviation: sums over permutations tend to
    it (Hoeffding 1951).
    """
    known = np.sort(moments[~np.isnan(moments)])
    lags = begins[found.source >= 0] - moments[found.source[found.source >= 0]]
    rows = np.flatnonzero((found.source >= 0) | found.plausible | found.too_late)
    if len(rows) > SAMPLE:
        rows = np.sort(draw.choice(rows, SAMPLE, replace=False))
    place = np.full(len(begins), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    mine = place[targets.rows] >= 0
    entries = Entries(place[targets.rows[mine]], targets.codes[mine], targets.keys[mine])
    own = begins[rows]
    before = np.searchsorted(known, own, side="right")
    rank = np.searchsorted(known, moments, side="right")  # NaN ranks last; no entry points to one

    observed = _score(match(entries, sources, len(rows)), rank, before)
    ten_cases = 10.0 * float(np.ptp(own)) / len(own)
    stretch = np.floor(own / max(WEEK, 4.0 * float(np.median(lags)), ten_cases)).astype(np.int64)
    order = np.lexsort((own, stretch))
    scores: list[float] = []
    for _ in range(SHUFFLES):
        moved = np.empty(len(rows), dtype=np.int64)
        moved[order] = np.lexsort((draw.random(len(rows)), stretch))
        keys = _key(entries.codes, own[moved][entries.rows])
        again = np.argsort(keys, kind="stable")
        shuffled = Entries(entries.rows[again], entries.codes[again], keys[again])
        scores.append(_score(match(shuffled, sources, len(rows)), rank, before[moved]))
    lift = observed / max(float(np.mean(scores)), 1e-9)
    return Chance(_tail(observed, scores), lift, _lag_ratio(lags, begins, moments, found, draw))


def _score(found: Match, rank: Ints, before: Ints) -> float:
    own = found.source >= 0
    return float((rank[found.source[own]] / np.maximum(before[own], 1)).sum())


def _tail(observed: float, scores: list[float]) -> float:
    """The share of shuffles that are as good; beyond them, the normal tail."""
    reached = sum(one >= observed - 1e-9 for one in scores)
    if reached:
        return (1 + reached) / (1 + len(scores))
    spread = max(float(np.std(scores)), 0.5)
    z = (observed - float(np.mean(scores))) / spread
    return min(1 / (1 + len(scores)), float(statistics_package().norm.sf(z)))


def _lag_ratio(lags: Moments, begins: Moments, moments: Moments, found: Match, draw: np.random.Generator) -> float:
    """The median lag over the median of the positive lags when beginnings come in any order."""
    rows = np.flatnonzero(found.source >= 0)
    ends = moments[found.source[rows]]
    shuffled = np.concatenate([begins[draw.permutation(rows)] - ends for _ in range(max(1, 2000 // len(rows)))])
    forward = shuffled[shuffled >= 0]
    return float(np.median(lags)) / max(float(np.median(forward)), 1.0) if len(forward) else 0.0


def moves_together(
    source: WorkflowLog, target: WorkflowLog, moments: Moments, paired: Ints, least: float = 0.0
) -> float:
    """The probability that targets begin when they do although their sources' ends do not matter to them.

    Running numbers of two workflows agree case by case without any link, and both grow with time. What they cannot do by
    chance: where a source came later than those around it, its own target begins later than those around it, and not
    the target some places further on. The correlation of both deviations is compared with those at shifted places, which
    keeps what the two have in common through the calendar. `paired` ignores which came first, so that the choice of pairs
    does not make them agree. Under the correlation `least`, they do not agree at all.
    """
    rows = np.flatnonzero(paired >= 0)
    if len(rows) < FEWEST_TO_SHIFT:
        return 1.0
    rows = rows[np.argsort(source.begins[paired[rows]], kind="stable")]
    places = ranks(source.begins)[paired[rows]]
    ends = _deviations(moments[paired[rows]], places)
    begins = _deviations(target.begins[rows], places)
    far = min(_FARTHEST, len(rows) // 2)
    shifted = [float((ends * np.roll(begins, by)).sum()) for k in range(1, far) for by in (k, -k)]
    own = float((ends * begins).sum())
    if own <= max(least, *shifted):
        return 1.0
    beyond = np.array(shifted[2 * _WINDOW :])  # those next to it share what is near in time
    return float(statistics_package().norm.sf((own - beyond.mean()) / max(float(beyond.std()), 1e-12)))


FEWEST_TO_SHIFT: Final = 48
_FARTHEST = 80
_WINDOW = 11


def _deviations(values: Moments, places: Moments) -> Moments:
    """How each differs from the line through those around it (where it has enough of them), as ranks about 0 of length
    1. The line runs over the places, so that gaps between them do not count."""
    half = _WINDOW // 2
    ys, xs = sliding_window_view(values, _WINDOW), sliding_window_view(places, _WINDOW)
    y, x = ys.mean(axis=-1), xs.mean(axis=-1)
    apart = xs - x[:, None]
    slope = (apart * (ys - y[:, None])).sum(axis=-1) / np.maximum((apart**2).sum(axis=-1), 1e-12)
    own = ranks(values[half:-half] - y - slope * (places[half:-half] - x))
    own -= own.mean()
    return own / max(float(np.sqrt((own**2).sum())), 1e-12)
