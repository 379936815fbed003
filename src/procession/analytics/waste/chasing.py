"""Manual status checking: people look at, or ask about, open work that is not theirs.

Looks by one person within five minutes count as one. The rate per open day at a step is held against the median step's
(Poisson; the e-value against twice that rate); at least twice as often, and ten times in all. Who looks at set hours of
the week, week after week, reviews the work as agreed, and is left out. A step that is open for a long time is looked at
more, which is why the rate counts and not the number. It needs a log that records looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from typing import Final

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting.standing import stood_still, windows
from procession.analytics.waste.figures import at_least_so_much_more, stats
from procession.analytics.waste.finding import Finding
from procession.analytics.waste.material import HOUR, WEEK, Looks, Material
from procession.analytics.waste.removing import Costs, Saved
from procession.analytics.waste.words import count, number

SESSION: Final = HOUR // 12
FEWEST: Final = 10
TIMES: Final = 2.0
RARE: Final = 0.02
"""Looks per open day below which nobody is chasing anything, however seldom others look."""
EACH: Final = 5 / 60
"""Hours that one look is assumed to take."""
REVIEWS: Final = 6
REVIEW_WEEKS: Final = 3
SET: Final = 0.8
"""The share of somebody's looks in two hours of the week, from which on they are a review."""
_DAY: Final = 24 * HOUR


def look(material: Material) -> Iterator[Finding]:
    """Every step that people do."""
    if material.looks is None or not len(material.table):
        return
    table, steps = material.table, len(material.table.step_names)
    sessions = _sessions(by_chance(_while_it_went_on(table, material.looks)))
    looks = np.bincount(material.steps[sessions], minlength=steps)
    is_open = table.end - table.ready - stood_still(table, table.ready, table.end)
    days = np.bincount(material.steps, weights=is_open / _DAY, minlength=steps)
    counted = np.flatnonzero((days > 0) & (np.bincount(material.steps, weights=material.person, minlength=steps) > 0))
    if len(counted) < 3:
        return
    rates = looks[counted] / days[counted]
    for place, step in enumerate(counted.tolist()):
        n = int(looks[step])
        if n < FEWEST:
            continue
        usual = max(float(np.median(np.delete(rates, place))), RARE)
        low, high = (
            stats().chi2.ppf(0.025, 2 * n) / 2 / days[step],
            stats().chi2.ppf(0.975, 2 * (n + 1)) / 2 / days[step],
        )
        rows = sessions[material.steps[sessions] == step]
        hours = n * EACH / material.weeks
        each = float(days[step]) * EACH / material.weeks
        taken = Saved(hours, float(low) * each, float(high) * each)
        yield Finding(
            waste="", place=material.place(int(rows[0])), subject=material.step(step),
            number=f"People whose work it is not looked at it or asked {count(n, 'time')}, "
            f"{number(n / days[step])} times a day that it is open; elsewhere {number(usual)}",
            cause="They cannot see otherwise how far it is",
            action="Give whoever waits for it the tracking link, and tell them when it is due to be done", n=n,
            measures="looks per open day", estimate=n / float(days[step]), low=float(low), high=float(high),
            p_value=min(1.0, exp(-min(at_least_so_much_more(n, TIMES * usual * float(days[step])), 700.0))), hours_per_week=hours,
            behind=rows,
            guard="Several looks within five minutes count as one; rates, not numbers; reviews at set hours are left out",
            assumed="each look takes five minutes", costs=Costs(taken, taken), holds=n / float(days[step]) >= TIMES * usual,
        )  # fmt: skip


def _while_it_went_on(table: InstanceTable, looks: Looks) -> Looks:
    """Without looks at cases that stood still: that nothing moves there is known."""
    kept = np.ones(len(looks.row), dtype=bool)
    for low, high in windows(table):
        kept &= (looks.at < low[looks.row]) | (looks.at >= high[looks.row])
    return Looks(row=looks.row[kept], who=looks.who[kept], at=looks.at[kept])


def by_chance(looks: Looks) -> Looks:
    """Without those of people who look in two hours of the week at most, over three weeks and more."""
    slot, week = (looks.at // HOUR) % 168, looks.at // WEEK
    kept = np.ones(len(looks.row), dtype=bool)
    for who in np.unique(looks.who).tolist():
        own = looks.who == who
        counts = np.sort(np.bincount(slot[own]))
        if own.sum() >= REVIEWS and len(np.unique(week[own])) >= REVIEW_WEEKS and counts[-2:].sum() >= SET * own.sum():
            kept[own] = False
    return Looks(row=looks.row[kept], who=looks.who[kept], at=looks.at[kept])


def _sessions(looks: Looks) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The rows that were looked at, once for each person and five minutes."""
    order = np.lexsort((looks.at, looks.row, looks.who))
    who, row, at = looks.who[order], looks.row[order], looks.at[order]
    same = np.zeros(len(order), dtype=bool)
    same[1:] = (who[1:] == who[:-1]) & (row[1:] == row[:-1]) & (at[1:] - at[:-1] <= SESSION)
    return row[~same]
