"""How many cases are under way: where work queues, the same step takes longer when there is more of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import exp, log
from typing import Final

from procession.analytics.courses import Course

_FEWEST_CASES: Final = 40
_LEAST_CORRELATION: Final = 0.2
_WIDTH: Final = 0.15
"""How far apart two loads may be, as a ratio's logarithm, before the weight falls to a third."""


class Load:
    """The cases under way at any moment, and whether they matter."""

    def __init__(self, courses: Sequence[Course], running: Sequence[float] = ()) -> None:
        self._begins = sorted([*(one.begin for one in courses), *running])
        self._ends = sorted(one.end for one in courses)
        self._most = log(1 + max((self.at(begin) for begin in self._begins), default=0))
        self.matters = len(courses) >= _FEWEST_CASES and self._correlation(courses) >= _LEAST_CORRELATION

    def at(self, moment: float) -> float:
        """Cases that had begun and not ended."""
        return bisect_right(self._begins, moment) - bisect_right(self._ends, moment)

    def likeness(self, load: float) -> Callable[[float], float]:
        """How much the load at some moment resembles this one: 1 is the same."""
        if not self.matters:
            return lambda moment: 1.0
        own = min(log(1 + max(0.0, load)), self._most)
        return lambda moment: exp(-abs(own - log(1 + self.at(moment))) / _WIDTH) + 1e-3

    def _correlation(self, courses: Sequence[Course]) -> float:
        """Of the load at the beginning with how long cases take, both as logarithms."""
        loads = [log(1 + self.at(one.begin)) for one in courses]
        cycles = [log(max(60.0, one.end - one.begin)) for one in courses]
        x, y = sum(loads) / len(loads), sum(cycles) / len(cycles)
        xy = sum((a - x) * (b - y) for a, b in zip(loads, cycles, strict=True))
        xx, yy = sum((a - x) ** 2 for a in loads), sum((b - y) ** 2 for b in cycles)
        return xy / (xx * yy) ** 0.5 if xx > 0 and yy > 0 else 0.0
