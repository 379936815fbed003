"""What every bench ends with: its figures as words or JSON, and whether its goals are met."""

from __future__ import annotations

import json
from collections.abc import Mapping


def tell(
    figures: Mapping[str, float],
    goals: Mapping[str, float],
    limits: Mapping[str, float] | None = None,
    *,
    as_json: bool,
    digits: int = 2,
) -> int:
    """Print the figures by name, beside the goals they have; returns 0 where each goal is met, else 1.

    Args:
        goals: what a figure must reach at least.
        limits: what it must not go beyond.
    """
    limits = limits or {}
    if as_json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=2))
    else:
        for name, value in figures.items():
            goal = f" (goal ≥ {goals[name]:,g})" if name in goals else ""
            goal = f" (goal ≤ {limits[name]:,g})" if name in limits else goal
            print(f"{name.replace('_', ' ')}: {value:,.{digits}f}{goal}")
    reached = all(figures[name] >= goal for name, goal in goals.items())
    return 0 if reached and all(figures[name] <= limit for name, limit in limits.items()) else 1
