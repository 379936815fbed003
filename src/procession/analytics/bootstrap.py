"""Resampling whole cases, to say how sure a figure is.

Repeatable: the same seed draws the same cases, so that a page shows the same figure until the log changes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

REPLICATES = 200


def resamples(cases: int, *, replicates: int = REPLICATES, seed: int = 0) -> Iterator[list[int]]:
    """Indices of cases drawn with replacement, as many as there are, once for each replicate."""
    draw = random.Random(seed)  # not for secrets: only which cases a replicate holds
    indices = range(cases)
    for _ in range(replicates):
        yield draw.choices(indices, k=cases)


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """The middle part of replicate results: the percentile bootstrap interval (Efron 1979)."""
    ordered = sorted(values)
    outside = int(len(ordered) * (1 - level) / 2)
    return ordered[outside], ordered[-1 - outside]


def mean_interval(values: Sequence[float], *, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """The bootstrap interval of a mean over cases."""
    means = [sum(map(values.__getitem__, drawn)) / len(values) for drawn in resamples(len(values), seed=seed)]
    return interval(means, level)
