"""Under which circumstances a source is followed: after one of its outcomes only, or where a choice says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.discovery.candidates import Candidate
from procession.analytics.discovery.keys import Ints
from procession.analytics.discovery.logs import Column, WorkflowLog

NEARLY_ALL: Final = 0.95
FEWEST_EITHER_WAY: Final = 8
"""Cases with and without a follower, below which a field's value explains nothing."""
MOST_VALUES: Final = 12
RARELY: Final = 0.1
"""Cases of a value that says no are followed at most so often, compared with those of a value that says yes."""


def outcome_of(source: WorkflowLog, found: Ints) -> str | None:
    """The one outcome after which targets follow; None where they follow several, or where there is only one."""
    followed = [source.outcomes[int(place)] for place in found[found >= 0]]
    named = [one for one in followed if one is not None]
    if len(named) < NEARLY_ALL * len(followed) or not named:
        return None
    usual = max(set(named), key=named.count)
    ended = [one for one in source.outcomes if one is not None]
    other = sum(one != usual for one in ended)
    if named.count(usual) < NEARLY_ALL * len(named) or other < max(FEWEST_EITHER_WAY, 0.02 * len(ended)):
        return None
    return usual


def when_of(source: WorkflowLog, found: Ints, outcome: str | None) -> str | None:
    """The condition on one field (a choice, or yes/no) that tells followed cases from others; None where none does."""
    counted = _counted(source, outcome)
    followed = np.zeros(len(source), dtype=bool)
    followed[found[found >= 0]] = True
    if min((followed & counted).sum(), (~followed & counted).sum()) < FEWEST_EITHER_WAY:
        return None
    for column in source.columns:
        if column.type in ("choice", "yes/no"):
            for condition in _condition(column, followed, counted):
                return condition
    return None


def _condition(column: Column, followed: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Iterator[str]:
    rows = {value: np.array([one == value for one in column.values]) & counted for value in set(column.values)}
    rates = {value: float(followed[mine].mean()) for value, mine in rows.items() if mine.any()}
    if not 2 <= len(rates) <= MOST_VALUES or None in rates:
        return
    limit = max(rates.values())
    yes = sorted(value for value, rate in rates.items() if value is not None and rate >= 0.5 * limit)
    no = [value for value, rate in rates.items() if rate <= RARELY * limit]
    if yes and no and len(yes) + len(no) == len(rates) and sum(rows[value].sum() for value in no) >= FEWEST_EITHER_WAY:
        yield " or ".join(_equals(column, value) for value in yes)


def _equals(column: Column, value: str) -> str:
    if column.type == "yes/no":
        return f"{column.name} = {value}"
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{column.name} = "{quoted}"'


def _counted(source: WorkflowLog, outcome: str | None) -> NDArray[np.bool_]:
    """The ended cases, with the outcome where one is asked for."""
    ended = ~np.isnan(source.ends)
    return ended & np.array([one == outcome for one in source.outcomes]) if outcome is not None else ended


def followed_share(source: WorkflowLog, one: Candidate, outcome: str | None, when: str | None) -> float:
    """The share of source cases that are followed, allowing for keys that are missing on either side."""
    counted = _counted(source, outcome)
    if when is not None:
        return 1.0
    followed = np.zeros(len(source), dtype=bool)
    followed[one.found[one.found >= 0]] = True
    known = len(one.best.source_view.filled) / len(source) * len(one.best.target_view.filled) / len(one.found)
    share = float((followed & counted).sum()) / max(float(counted.sum()), 1.0)
    return min(1.0, share / max(known, 0.05))
