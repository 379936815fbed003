"""What one step does to others: `cancel:` withdraws them, a longer list opens more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine.case import Activation
from procession.engine.decide.places import Place
from procession.engine.definition import Step

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def cancel_step(deciding: Deciding, name: str, by: Step, place: Place) -> None:
    """`cancel:` of a step that finished at a place: the named step, where open, is withdrawn and counts as skipped.

    Inside an `each` that holds both, only the same item's is meant.
    """
    step = deciding.program.step(name)
    if step is None or step.kind == "state":
        return
    here = _items(deciding, place.up, place.branch)
    for key, one in list(deciding.case.activations.items()):
        if one.step != step.id or one.seat or key not in deciding.case.activations:
            continue
        there = _items(deciding, one.up, one.branch)
        if all(there.get(each, item) == item for each, item in here.items()):
            deciding.skip(key, f"{by.title} made it moot")


def _items(deciding: Deciding, up: str, branch: str) -> dict[str, str]:
    """Every `each` around a place, with the item the place stands in."""
    found: dict[str, str] = {}
    while up in deciding.case.activations:
        around = deciding.case.activations[up]
        if deciding.node(around).step.kind == "each":
            found[up] = branch
        up, branch = around.up, around.branch
    return found


def grow_lists(deciding: Deciding) -> bool:
    """A row added to the list of an open `each` opens too. True where something was put on the agenda."""
    if not deciding.program.has_each:
        return False
    grown = [grow(deciding, key, one) for key, one in list(deciding.case.activations.items())]
    return any(grown)


def grow(deciding: Deciding, key: str, one: Activation) -> bool:
    """Open the items of one `each` that came to its list since."""
    step = deciding.node(one).step
    if step.kind != "each" or not step.config.at_once or one.done is not None or not one.ran:
        return False
    count = deciding.values.length(step.config.of, key)
    more = range(len(one.ran) + 1, count + 1)
    for place in more:
        deciding.emit(ev.BranchOpened(activation=key, branch=str(place)))
        deciding.arrive(step.config.body.steps[0].id, Place(key, str(place)))
    return len(more) > 0


def length(rows: object) -> int:
    """How many items a list has; null is empty."""
    return len(cast("list[object]", rows)) if isinstance(rows, list) else 0
