"""Workflows that do not connect: cases of one follow cases of another with the same key, started by hand.

The pairs come from discovery, which asks for coverage, order and chance (`analytics.discovery`). Here at least 30 % of
the target's cases must have exactly one source, 90 % of them later than it, at p < .01; and half of them must be started
by a person: what a process or another case starts is connected already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import wilson
from procession.analytics.waste.finding import Finding
from procession.analytics.waste.material import Material
from procession.analytics.waste.words import count, lasting, listed, percent

COVERED: Final = 0.3
FORWARD: Final = 0.9
SURE: Final = 0.01
BY_HAND: Final = 0.5


def look(material: Material) -> Iterator[Finding]:
    """Every pair that discovery found."""
    for one in material.connections:
        low, high = wilson(one.matched, one.cases)
        lag = float(np.median(one.lags)) * 1e6 if len(one.lags) else 0.0
        typed = f"; people type {listed(one.retyped)} again" if one.retyped else ""
        yield Finding(
            waste="", place=f"{one.source} > {one.target}", subject=f"{one.source} → {one.target}",
            number=f"{one.matched} of {count(one.cases, 'case')} of {one.target} follow one of {one.source} with the same "
            f"{one.key}, {lasting(lag)} later on average, {percent(one.forward)} in that order",
            cause=f"Nothing connects the two: somebody starts the second by hand{typed}",
            action="Connect them, so that the end of the first starts the second with its data", n=one.cases,
            measures="share of cases with exactly one source", estimate=one.matched / one.cases, low=low, high=high,
            p_value=one.p_value, hours_per_week=None, cases=one.examples,
            guard="The key tells cases apart, and shuffled keys do not agree as often",
            holds=one.matched / one.cases >= COVERED and one.forward >= FORWARD and one.p_value < SURE
            and one.by_hand >= BY_HAND,
        )  # fmt: skip
