"""The vital few: which workflows, steps and handoffs hold most of the lost time.

They are ranked by excess on the critical path times how often it happens, never by mean duration: a long step that
runs beside a longer one delays nobody.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from procession.analytics.attribution import Attribution
from procession.analytics.bootstrap import interval, resamples

VITAL_SHARE = 0.8
STABLE_PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoItem:
    """One bar. Times are seconds of working time per case."""

    key: str
    title: str
    excess: float
    share: float
    """Of all excess."""
    cumulative: float
    """Of this bar and those before it."""
    low: float
    high: float
    """The 95 % interval of the cumulative share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto:
    """All bars, most excess first; their excess adds up to `total`."""

    items: tuple[ParetoItem, ...]
    total: float
    vital: int | None
    """The fewest bars that surely (lower bound) hold 80 % of the excess; None when no number is sure to."""
    gini: float
    """0: all alike; towards 1: few hold it all."""
    stability: float
    """The share of resamples with the same three at the top."""
    removable: float
    """The share of the cycle that goes when the vital few take their reference time."""


def pareto(measured: Attribution, by: Literal["workflow", "place"] = "workflow", *, seed: int = 0) -> Pareto:
    """Rank by workflow (handoffs stand beside them) or by single step and handoff."""
    columns: dict[str, list[float]] = defaultdict(lambda: [0.0] * measured.cases)
    titles: dict[str, str] = {}
    for cost in measured.costs:
        whole = by == "workflow" and cost.site.kind == "step"
        key = cost.site.part if whole else cost.site.key
        titles[key] = measured.part_titles.get(key, key) if whole else cost.title
        columns[key] = [total + own for total, own in zip(columns[key], cost.excess(), strict=True)]
    # Less than the reference on average is no excess: such places hold none of the lost time.
    excess = {key: max(0.0, sum(column) / measured.cases) for key, column in columns.items() if measured.cases}
    order = sorted((key for key, value in excess.items() if value > 0), key=lambda key: (-excess[key], key))
    total = sum(excess.values())
    if not order:
        return Pareto(items=(), total=0.0, vital=None, gini=0.0, stability=1.0, removable=0.0)
    replicates = [_replicate(columns, drawn) for drawn in resamples(measured.cases, seed=seed)]
    shares = [_cumulative(order, replicate) for replicate in replicates]
    bounds = [interval([share[place] for share in shares]) for place in range(len(order))]
    cumulative = _cumulative(order, excess)
    items = tuple(
        ParetoItem(
            key=key,
            title=titles[key],
            excess=excess[key],
            share=excess[key] / total,
            cumulative=cumulative[place],
            low=bounds[place][0],
            high=bounds[place][1],
        )
        for place, key in enumerate(order)
    )
    vital = next((place + 1 for place, item in enumerate(items) if item.low >= VITAL_SHARE), None)
    cycle = sum(measured.cycles) / measured.cases
    top = set(order[:STABLE_PLACES])
    same = sum(set(sorted(r, key=lambda key: (-r[key], key))[:STABLE_PLACES]) == top for r in replicates)
    return Pareto(
        items=items,
        total=total,
        vital=vital,
        gini=gini([excess[key] for key in columns]),
        stability=same / len(replicates),
        removable=sum(item.excess for item in items[: vital or 0]) / cycle if cycle else 0.0,
    )


def _replicate(columns: dict[str, list[float]], drawn: list[int]) -> dict[str, float]:
    return {key: max(0.0, sum(map(column.__getitem__, drawn)) / len(drawn)) for key, column in columns.items()}


def _cumulative(order: list[str], excess: dict[str, float]) -> list[float]:
    """The share that the first place, the first two, and so on hold."""
    total = sum(excess.values())
    sums = itertools.accumulate(excess[key] for key in order)
    return [value / total if total else 0.0 for value in sums]


def gini(values: list[float]) -> float:
    """Gini's coefficient of concentration (Gini 1912), from the ordered values."""
    ordered = sorted(values)
    total = sum(ordered)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)
