"""Which of the things known at the beginning of a case tell how long it will take.

A trait (the version it runs, an answer of the start form) counts when it explains a share of the spread of cycle times
that chance does not explain: one-way analysis of variance on the logarithm, p < .01, and at least three in a hundred.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import exp, log
from typing import Final

from procession.analytics.courses import Course

FEWEST_IN_A_CLASS: Final = 5
_MOST_CLASSES: Final = 12
"""More different answers than that tell cases apart rather than kinds of case."""
_QUARTERS: Final = 4
_LEAST_SHARE: Final = 0.03
_UNLIKE: Final = 2.5
"""How fast the weight of a case falls with each trait that differs."""


class Likeness:
    """The traits that matter, and how alike two cases are in them."""

    def __init__(self, courses: Sequence[Course]) -> None:
        self._bounds: dict[str, Sequence[float]] = {}
        names = sorted({name for course in courses for name in course.traits})
        cycles = [log(max(60.0, course.end - course.begin)) for course in courses]
        self.relevant: tuple[str, ...] = ()
        for name in names:
            values = [course.traits.get(name) for course in courses]
            numbers = sorted(float(one) for one in values if isinstance(one, int | float) and not isinstance(one, bool))
            if len(numbers) > len(values) / 2 and len(set(numbers)) > _QUARTERS:
                self._bounds[name] = [numbers[len(numbers) * n // _QUARTERS] for n in range(1, _QUARTERS)]
            if _matters([self._class(name, one) for one in values], cycles):
                self.relevant += (name,)
        self._classes = {course.id: self._classes_of(course.traits) for course in courses}

    def of(self, traits: Mapping[str, object]) -> Callable[[Course], float]:
        """How much each case resembles one with these traits: 1 is alike."""
        own = self._classes_of(traits)

        def weight(course: Course) -> float:
            differ = sum(a != b for a, b in zip(own, self._classes[course.id], strict=True))
            return exp(-_UNLIKE * differ)

        return weight

    def _classes_of(self, traits: Mapping[str, object]) -> tuple[Hashable, ...]:
        return tuple(self._class(name, traits.get(name)) for name in self.relevant)

    def _class(self, name: str, value: object) -> Hashable:
        bounds = self._bounds.get(name)
        if bounds is not None and isinstance(value, int | float):
            return bisect_right(bounds, float(value))
        return value if isinstance(value, Hashable) else str(value)


def _matters(classes: Sequence[Hashable], cycles: Sequence[float]) -> bool:
    """Whether the classes explain the spread (F test; its 99 % point by the normal approximation of Paulson, 1942)."""
    groups: dict[Hashable, list[float]] = {}
    for name, cycle in zip(classes, cycles, strict=True):
        groups.setdefault(name, []).append(cycle)
    kept = [group for group in groups.values() if len(group) >= FEWEST_IN_A_CLASS]
    count = sum(map(len, kept))
    if not 2 <= len(kept) <= _MOST_CLASSES or count < 0.8 * len(cycles):
        return False
    mean = sum(map(sum, kept)) / count
    between = sum(len(group) * (sum(group) / len(group) - mean) ** 2 for group in kept)
    total = sum((one - mean) ** 2 for group in kept for one in group)
    a, b = len(kept) - 1, count - len(kept)
    if b <= 0 or total <= 0 or between / total < _LEAST_SHARE:
        return False
    if between >= total:
        return True
    f = (between / a) / ((total - between) / b)
    ninth = 2 / 9
    z = ((1 - ninth / b) * f ** (1 / 3) - (1 - ninth / a)) / (ninth / b * f ** (2 / 3) + ninth / a) ** 0.5
    return z > 2.326
