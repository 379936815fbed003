"""How wide the interval must be, learned from forecasts of cases whose end is known.

Split conformal prediction on the whole distribution (Vovk et al. 2005; Chernozhukov, Wüthrich and Zhu 2021,
"Distributional conformal prediction"): newer finished cases are forecast, as they stood at several moments, from the
older ones alone. Of each the place of the true end among the ways looked at is noted: 0 is the first, 1 the last. One of
10 such places lies below the lower learned place, one above the upper, and later intervals reach from the one to the
other; the raw ones from 0.1 to 0.9. An end before or after all ways is noted by how far off it was, in spreads that are
usual among these forecasts, never in its own: where the ways lie close together, that would tell nothing of the others.

Few past cases tell little, and their forecasts at several moments are no more than one case each. So what is learned
counts as much as there are cases, and the raw places as much as `_DOUBT` cases.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log
from typing import Final

HELD: Final = 0.8
"""Of 10 cases 8 end inside the interval."""
_OUTSIDE: Final = (1 - HELD) / 2
FEWEST_SCORES: Final = 30
"""Below so many scores the spread of the comparable cases is taken as it is."""
_DOUBT: Final = 60
"""As many past cases would have to say otherwise for the middle between them and the raw interval. Chosen once for all, on
histories of the demo and made processes that nothing is graded on."""
_TIED: Final = 1.0
"""Seconds between two ends that count as the same."""
_LEAST_SPREAD: Final = 0.03
_MOST_MOVED: Final = 0.25
"""In spreads: so far at most past errors move the middle. What is further off comes from times that were busier."""
_LARGEST: Final = 50.0
_FLOOR: Final = 600.0
"""Seconds that are added to every remaining time, so that the last minutes do not count as large errors."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Remaining time as the comparable cases say."""

    ways: tuple[float, ...]
    """Seconds, the shortest first."""

    @classmethod
    def of(cls, remaining: Sequence[float]) -> Spread:
        return cls(tuple(sorted(remaining)))

    @property
    def low(self) -> float:
        return _at(self.ways, _OUTSIDE)

    @property
    def middle(self) -> float:
        return _at(self.ways, 0.5)

    @property
    def high(self) -> float:
        return _at(self.ways, 1 - _OUTSIDE)

    @property
    def sizes(self) -> tuple[float, float]:
        """From the middle down to the low and up to the high, as logarithms of ratios."""
        middle = _log(self.middle)
        return max(_LEAST_SPREAD, middle - _log(self.low)), max(_LEAST_SPREAD, _log(self.high) - middle)

    def error(self, actual: float) -> float:
        """How far off the middle was: the logarithm of the ratio."""
        return _log(actual) - _log(self.middle)

    def score(self, actual: float) -> float:
        """The same in spreads: 1 is the upper bound, -1 the lower."""
        error = self.error(actual)
        down, up = self.sizes
        return error / (up if error > 0 else down)

    def of_error(self, error: float) -> float:
        """The remaining time that is off the middle by so much."""
        return _time(_log(self.middle) + error)

    def at(self, score: float) -> float:
        """The remaining time of a score."""
        down, up = self.sizes
        return self.of_error(score * (up if score > 0 else down))

    def places(self, actual: float, usual: float) -> tuple[float, float]:
        """The highest and the lowest place of a remaining time among the ways: several where many end together.

        Below 0 and above 1 it lies outside them, by so many `usual` spreads.
        """
        ways = self.ways
        if actual < ways[0] - _TIED:
            outside = (_log(actual) - _log(ways[0])) / usual
            return outside, outside
        if actual > ways[-1] + _TIED:
            outside = 1 + (_log(actual) - _log(ways[-1])) / usual
            return outside, outside
        first, after = bisect_left(ways, actual - _TIED), bisect_right(ways, actual + _TIED)
        if first < after:
            return (after - 1) / max(1, len(ways) - 1), first / max(1, len(ways) - 1)
        between = (actual - ways[first - 1]) / (ways[first] - ways[first - 1])
        place = (first - 1 + between) / (len(ways) - 1)
        return place, place

    def at_place(self, place: float, usual: float) -> float:
        """The remaining time at a place."""
        if place < 0:
            return _time(_log(self.ways[0]) + place * usual)
        if place > 1:
            return _time(_log(self.ways[-1]) + (place - 1) * usual)
        return _at(self.ways, place)


@dataclass(frozen=True, slots=True)
class Past:
    """A forecast of a case whose end is known."""

    case: str
    spread: Spread
    actual: float
    """Seconds that really remained."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What past forecasts teach about this one."""

    low: float = _OUTSIDE
    """The place among the ways at which the interval begins."""
    middle: float = 0.0
    """How far the middle moves, in spreads."""
    high: float = 1 - _OUTSIDE
    """The place at which it ends."""
    scores: int = 0
    """Forecasts it was learned from; none: nothing was learned."""
    most: float = inf
    """How far the middle moves at most, as the logarithm of a ratio: where the ways of one forecast lie much further
    apart than those of the past ones, a share of their spread is more than was ever wrong."""
    usual: float = 1.0
    """The median of the past spreads, as the logarithm of a ratio: the unit outside of all ways."""

    @classmethod
    def learned(cls, found: Sequence[Past]) -> Calibration:
        """From past forecasts."""
        if len(found) < FEWEST_SCORES:
            return cls()
        sizes = sorted(size for one in found for size in one.spread.sizes)
        usual = _at(sizes, 0.5)
        places = [one.spread.places(one.actual, usual) for one in found]
        cases = len({one.case for one in found})
        told = cases / (cases + _DOUBT)
        low = _at(sorted(above for above, _ in places), _OUTSIDE)
        high = _at(sorted(below for _, below in places), 1 - _OUTSIDE)
        scores = sorted(one.spread.score(one.actual) for one in found)
        errors = sorted(one.spread.error(one.actual) for one in found)
        return cls(
            low=told * low + (1 - told) * _OUTSIDE, high=told * high + (1 - told) * (1 - _OUTSIDE),
            middle=max(-_MOST_MOVED, min(_MOST_MOVED, _at(scores, 0.5))), scores=len(found),
            most=abs(_at(errors, 0.5)), usual=usual,
        )  # fmt: skip

    def of(self, spread: Spread) -> tuple[float, float, float]:
        """Low, middle and high remaining time, so that the interval holds what it says."""
        bounds = (spread.of_error(-self.most), spread.of_error(self.most))
        middle = min(max(spread.at(self.middle), bounds[0]), bounds[1])
        low, high = (spread.at_place(place, self.usual) for place in (self.low, self.high))
        return min(low, middle), middle, max(high, middle)


def _log(seconds: float) -> float:
    return log(max(0.0, seconds) + _FLOOR)


def _time(logarithm: float) -> float:
    return max(0.0, exp(min(logarithm, _LARGEST)) - _FLOOR)


def _at(ordered: Sequence[float], share: float) -> float:
    """A quantile between the values, linearly."""
    place = share * (len(ordered) - 1)
    index = int(place)
    after = min(index + 1, len(ordered) - 1)
    return ordered[index] + (place - index) * (ordered[after] - ordered[index])
