"""How long something takes, or how much something is: values drawn by chance.

Spreads are given as a coefficient of variation, the standard deviation as a share of the mean: people's work lies
between 0.5 and 1.5 in most logs, 1 is the exponential distribution's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from procession.analytics.simulation.errors import SimulationError

Draws = npt.NDArray[np.float64]


def _refuse_negative(what: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise SimulationError(f"{what} is {value:g}", "write a number from 0 up")


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    value: float

    def __post_init__(self) -> None:
        _refuse_negative("a fixed value", self.value)

    @property
    def mean(self) -> float:
        return self.value

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        return np.full(count, self.value)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory: what is left takes as long on average as the whole."""

    mean: float

    def __post_init__(self) -> None:
        _refuse_negative("a mean", self.mean)

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        return chance.exponential(self.mean, count)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Most are short and some long, as people's work is."""

    mean: float
    cv: float = 1.0
    """Coefficient of variation."""

    def __post_init__(self) -> None:
        _refuse_negative("a mean", self.mean)
        _refuse_negative("a coefficient of variation", self.cv)

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        if self.mean == 0:
            return chance.standard_normal(count) * 0.0
        variance = math.log1p(self.cv * self.cv)
        return chance.lognormal(math.log(self.mean) - variance / 2, math.sqrt(variance), count)


@dataclass(frozen=True, slots=True)
class Gamma:
    """Between always the same (`cv` towards 0) and without memory (`cv` of 1)."""

    mean: float
    cv: float = 0.5
    """Coefficient of variation."""

    def __post_init__(self) -> None:
        _refuse_negative("a mean", self.mean)
        if not (math.isfinite(self.cv) and self.cv > 0):
            raise SimulationError(f"a coefficient of variation is {self.cv:g}", "write a number above 0")

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        shape = 1 / (self.cv * self.cv)
        return chance.gamma(shape, self.mean / shape, count)


@dataclass(frozen=True, slots=True)
class Triangular:
    """At least, mostly, at most: what people say when they are asked."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _refuse_negative("the least", self.low)
        if not (math.isfinite(self.high) and self.low <= self.mode <= self.high):
            raise SimulationError(
                f"at least {self.low:g}, mostly {self.mode:g}, at most {self.high:g} are not in order",
                "write the least first and the most last",
            )

    @property
    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        if self.low == self.high:
            return np.full(count, self.low)
        return chance.triangular(self.low, self.mode, self.high, count)


def survived(seen: Sequence[float], censored: Sequence[float], points: int = 400) -> Empirical:
    """The distribution of times of which some were cut short (Kaplan and Meier, 1958): `seen` came to their end,
    `censored` would have gone on.

    What is left beyond the longest that was seen counts as that. Given as `points` values of the same weight.
    """
    ends = sorted([(value, 0) for value in seen] + [(value, 1) for value in censored])
    at_risk, left = len(ends), 1.0
    values, reached = list[float](), list[float]()
    for value, cut in ends:
        if not cut:
            left *= 1 - 1 / at_risk
            values.append(value)
            reached.append(1 - left)
        at_risk -= 1
    levels = (np.arange(points) + 0.5) / points
    places = np.minimum(np.searchsorted(np.array(reached), levels), len(values) - 1)
    return Empirical(tuple(float(values[int(place)]) for place in places))


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the values that were seen, each as often as it was."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise SimulationError("an empirical distribution has no values", "give at least one")
        for value in self.values:
            _refuse_negative("an observed value", value)

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        return np.asarray(self.values)[chance.integers(0, len(self.values), count)]


@dataclass(frozen=True, slots=True)
class Scaled:
    """Another distribution, longer or shorter by a factor. The same chance draws the same value, scaled."""

    of: Fixed | Exponential | Lognormal | Gamma | Triangular | Empirical
    factor: float

    def __post_init__(self) -> None:
        _refuse_negative("a factor", self.factor)

    @property
    def mean(self) -> float:
        return self.of.mean * self.factor

    def draw(self, chance: np.random.Generator, count: int) -> Draws:
        """So many values."""
        return self.of.draw(chance, count) * self.factor


def scaled(of: Distribution, factor: float) -> Distribution:
    """A distribution, longer or shorter by a factor."""
    if isinstance(of, Scaled):
        return Scaled(of.of, of.factor * factor)
    return Fixed(of.value * factor) if isinstance(of, Fixed) else Scaled(of, factor)


Distribution = Fixed | Exponential | Lognormal | Gamma | Triangular | Empirical | Scaled
"""Seconds where it says how long something takes."""
