"""What would be saved if a waste were gone: every case played again along its links, with less at some of its rows.

Level one of the counterfactuals: people do not become free for other work by it, so queues stay as they are. Time is
working time, in which people were there and the case was not paused. What runs side by side still has to be waited for;
that is why less may be saved than the critical path was charged with.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from procession.analytics.bootstrap import REPLICATES
from procession.analytics.waiting import compiled
from procession.analytics.waste.material import HOUR, Floats, Ints, Material


class Saved(NamedTuple):
    """Working hours a week by which all cases together would end sooner, with its 95 % interval from resampled cases."""

    hours: float
    low: float
    high: float


class Costs(NamedTuple):
    """Hours a week that a waste costs, by what is counted. Both have a 95 % interval."""

    work: Saved
    """Work of people that would not be needed."""
    together: Saved
    """The same, and the working hours that cases wait for it; an hour that is both counts once."""


OUTSIDE: Final = int(REPLICATES * 0.025)


def saved_without(material: Material, rows: Ints, micros: Ints) -> Saved:
    """What is saved when these rows, each named once, take so much less (never less than nothing)."""
    return priced(material, rows, micros)[0]


def priced(material: Material, rows: Ints, micros: Ints, *, worked: bool = False) -> tuple[Saved, Costs]:
    """What is saved without so much of these rows, each named once, and what it costs as long as it is there.

    Args:
        worked: people would not do this work at all; otherwise it only lies for less.
    """
    table = material.table
    spent = material.spent
    less = spent.copy()
    less[rows] = np.maximum(spent[rows] - np.maximum(micros, 0), 0)
    sooner = (_ends(material, spent) - _ends(material, less)).astype(np.float64)
    work = np.zeros(len(sooner))
    if worked:
        done = np.minimum(np.maximum(micros, 0), material.causes.working[rows])
        np.add.at(work, np.searchsorted(np.unique(table.case), table.case[rows]), done * material.person[rows])
    saved = _a_week(material, sooner)
    return saved, Costs(_a_week(material, work), _a_week(material, np.maximum(work, sooner)))


def _a_week(material: Material, by_case: Floats) -> Saved:
    # Cases that save nothing are many, and alike.
    gains, draw = by_case[by_case > 0], np.random.default_rng(0)
    # One after another: all at once would be hundreds of numbers for each of a million cases.
    totals = np.sort([float(draw.poisson(1.0, size=len(gains)) @ gains) for _ in range(REPLICATES)])
    scale = HOUR * material.weeks
    return Saved(float(by_case.sum()) / scale, float(totals[OUTSIDE]) / scale, float(totals[-1 - OUTSIDE]) / scale)


def _ends(material: Material, spent: Ints) -> Ints:
    table = material.table
    links = material.links
    first, to = links if links is not None else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    return compiled().longest(material.case_first, table.ready, table.end, spent, first, to)
