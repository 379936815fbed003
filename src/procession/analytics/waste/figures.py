"""The statistics that finders share. Sources are named at each; scipy does the work where it has the test."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from procession.analytics.waste.material import Floats, Ints


def stats() -> Any:
    """scipy.stats, imported only when something is worked out."""
    return import_module("scipy.stats")


def clopper_pearson(hits: int, of: int, level: float = 0.95, side: str = "two") -> tuple[float, float]:
    """The exact interval of a share (Clopper and Pearson 1934); one-sided bounds where asked."""
    tail = (1 - level) / (2 if side == "two" else 1)
    low = float(stats().beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    high = float(stats().beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def wilson(hits: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, width = hits / of, z * z / of
    middle, half = share + width / 2, z * np.sqrt(share * (1 - share) / of + width / (4 * of))
    return float(max(0.0, (middle - half) / (1 + width))), float(min(1.0, (middle + half) / (1 + width)))


def kappa(first: list[str], second: list[str]) -> tuple[float, float, float, float]:
    """Agreement beyond chance (Cohen 1960), its 95 % bounds, and the p-value of so many agreements by chance."""
    n = len(first)
    same = sum(a == b for a, b in zip(first, second, strict=True))
    of_first, of_second = _counts(first), _counts(second)
    chance = sum(count * of_second.get(value, 0) for value, count in of_first.items()) / n**2
    if chance >= 1:
        return 0.0, 0.0, 0.0, 1.0
    low, high = wilson(same, n)
    return (
        (same / n - chance) / (1 - chance), (low - chance) / (1 - chance), (high - chance) / (1 - chance),
        float(stats().binom.sf(same - 1, n, chance)),
    )  # fmt: skip


def entropy(values: list[str]) -> float:
    """In bits (Shannon 1948)."""
    shares = np.array(list(_counts(values).values()), dtype=np.float64) / len(values)
    return float(-(shares * np.log2(shares)).sum())


def _counts(values: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def mean_of_cases(
    values: Floats | Ints, case: NDArray[Any], seed: int = 0, rounds: int = 200
) -> tuple[float, float, float]:
    """A mean over rows and its 95 % interval from resampled cases (Efron 1979): rows of one case go together."""
    codes, place = np.unique(case, return_inverse=True)
    total = np.bincount(place, weights=values.astype(np.float64))
    count = np.bincount(place).astype(np.float64)
    chance = np.random.default_rng(seed)
    # Few rounds at a time where there are many cases, so that memory stays within bounds.
    step = max(1, 2_000_000 // max(1, len(codes)))
    means = np.empty(rounds)
    for begin in range(0, rounds, step):
        drawn = chance.integers(0, len(codes), size=(min(step, rounds - begin), len(codes)))
        means[begin : begin + step] = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    means.sort()
    outside = int(rounds * 0.025)
    return float(total.sum() / count.sum()), float(means[outside]), float(means[-1 - outside])


def larger(first: Floats | Ints, second: Floats | Ints) -> float:
    """The p-value of the first being no larger than the second (Mann and Whitney 1947)."""
    return float(stats().mannwhitneyu(first, second, alternative="greater").pvalue)


def positive(values: Floats | Ints) -> float:
    """The p-value of values lying around zero or below (Wilcoxon 1945)."""
    real = values[values != 0]
    if len(real) < 6:
        return 1.0
    return float(stats().wilcoxon(real.astype(np.float64), alternative="greater", method="approx").pvalue)


def at_least_so_much_more(n: int, expected: float) -> float:
    """An e-value against a count being Poisson with at most this mean: the likelihood ratio, mixed over larger rates.

    Rates are `θ` times the mean, with `θ - 1` exponential with mean 1. It may be looked at at any time, and its inverse is
    a p-value (Ville 1939; Grünwald, de Heide and Koolen 2024). Given as its natural logarithm.
    """
    special = import_module("scipy.special")
    scale = expected + 1
    return float(
        scale + special.gammaln(n + 1) + _log(float(special.gammaincc(n + 1, scale))) - (n + 1) * np.log(scale)
    )


def _log(value: float) -> float:
    return float(np.log(value)) if value > 0 else -np.inf


def shrunk(hits: Ints, of: Ints) -> tuple[Floats, Floats]:
    """Shares of several groups, each drawn towards that of all together, and their lower 95 % bounds.

    Empirical Bayes with a beta prior by moments (Kleinman 1973): where groups do not differ by more than chance, all get
    the common share.
    """
    total, share = float(of.sum()), float(hits.sum() / of.sum())
    spread = float((of * (hits / of - share) ** 2).sum())
    room = total - float((of.astype(np.float64) ** 2).sum()) / total
    between = (spread - (len(of) - 1) * share * (1 - share)) / room if room > 0 else 0.0
    if between <= 0 or not 0 < share < 1:
        return np.full(len(of), share), np.full(len(of), share)
    strength = max(share * (1 - share) / between - 1, 0.0)
    a, b = hits + strength * share, of - hits + strength * (1 - share)
    return np.asarray(a / (a + b)), np.asarray(stats().beta.ppf(0.05, a, b))


def falling(values: Floats) -> float:
    """The p-value of a series not becoming smaller (Mann 1945, Kendall 1948)."""
    return _trend(values, "less")


def rising(values: Floats) -> float:
    """The p-value of a series not becoming larger (the same test)."""
    return _trend(values, "greater")


def _trend(values: Floats, way: str) -> float:
    if len(values) < 3 or len(np.unique(values)) < 2:
        return 1.0
    return float(stats().kendalltau(np.arange(len(values)), values, alternative=way).pvalue)
