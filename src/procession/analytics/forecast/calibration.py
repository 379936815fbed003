"""How wide the interval must be, learned from forecasts of cases whose end is known.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018, "Distribution-free predictive inference for regression"):
newer finished cases are forecast, as they stood at several moments, from the older ones alone. The error of each is
measured in units of its own spread, upwards and downwards apart, and the quantiles of these scores stretch the spread
of every later forecast, so that it holds as many ends as it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, inf, log
from typing import Final

HELD: Final = 0.8
"""Of 10 cases 8 end inside the interval."""
FEWEST_SCORES: Final = 30
"""Below so many scores the spread of the comparable cases is taken as it is."""
_LEAST_SPREAD: Final = 0.03
_MOST_MOVED: Final = 0.25
"""In spreads: so far at most past errors move the middle. What is further off comes from times that were busier."""
_LARGEST: Final = 50.0
_FLOOR: Final = 600.0
"""Seconds that are added to every remaining time, so that the last minutes do not count as large errors."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Remaining time as the comparable cases say: seconds."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, remaining: Sequence[float]) -> Spread:
        ordered = sorted(remaining)
        share = (1 - HELD) / 2
        return cls(_at(ordered, share), _at(ordered, 0.5), _at(ordered, 1 - share))

    @property
    def _up(self) -> float:
        return max(_LEAST_SPREAD, log((self.high + _FLOOR) / (self.middle + _FLOOR)))

    @property
    def _down(self) -> float:
        return max(_LEAST_SPREAD, log((self.middle + _FLOOR) / (self.low + _FLOOR)))

    def error(self, actual: float) -> float:
        """How far off the middle was: the logarithm of the ratio."""
        return log((actual + _FLOOR) / (self.middle + _FLOOR))

    def score(self, actual: float) -> float:
        """The same in spreads: 1 is the upper bound, -1 the lower."""
        error = self.error(actual)
        return error / (self._up if error > 0 else self._down)

    def of_error(self, error: float) -> float:
        """The remaining time that is off the middle by so much."""
        return max(0.0, (self.middle + _FLOOR) * exp(min(error, _LARGEST)) - _FLOOR)

    def at(self, score: float) -> float:
        """The remaining time of a score."""
        spread = self._up if score > 0 else self._down
        return max(0.0, (self.middle + _FLOOR) * exp(score * spread) - _FLOOR)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What past forecasts teach about this one."""

    low: float = -1.0
    middle: float = 0.0
    high: float = 1.0
    scores: int = 0
    """Forecasts it was learned from; none: nothing was learned."""
    most: float = inf
    """How far the middle moves at most, as the logarithm of a ratio: where the ways of one forecast lie much further
    apart than those of the past ones, a share of their spread is more than was ever wrong."""

    @classmethod
    def learned(cls, scores: Sequence[float], errors: Sequence[float] = ()) -> Calibration:
        """From the scores of past forecasts, and the errors they are of."""
        count = len(scores)
        if count < FEWEST_SCORES:
            return cls()
        ordered = sorted(scores)
        share = (1 - HELD) / 2
        outer = min(count, ceil((count + 1) * (1 - share))) - 1
        middle = max(-_MOST_MOVED, min(_MOST_MOVED, _at(ordered, 0.5)))
        most = abs(_at(sorted(errors), 0.5)) if errors else inf
        return cls(ordered[count - 1 - outer], middle, ordered[outer], count, most)

    def of(self, spread: Spread) -> Spread:
        """A spread that holds what it says."""
        middle = spread.at(self.middle)
        bounds = (spread.of_error(-self.most), spread.of_error(self.most))
        return Spread(spread.at(self.low), min(max(middle, bounds[0]), bounds[1]), spread.at(self.high))


def _at(ordered: Sequence[float], share: float) -> float:
    """A quantile between the values, linearly."""
    place = share * (len(ordered) - 1)
    index = int(place)
    after = min(index + 1, len(ordered) - 1)
    return ordered[index] + (place - index) * (ordered[after] - ordered[index])
