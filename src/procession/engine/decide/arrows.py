"""Where an arrow leads, which blocks are left on the way, and how often it may lead back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine.decide.places import CLEANING_UP, Place
from procession.engine.definition import Step, Target

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding
    from procession.engine.program import Node


def target_of(step: Step, outcome: str) -> Target | None:
    """The arrow of an outcome; None goes to the step below."""
    config = step.config
    found = step.on.get(outcome)
    if found is not None:
        return found
    if step.kind == "end":
        return Target(end=config.outcome)
    if step.kind == "state":
        return _way_out(step, outcome)
    if step.kind == "approval" and outcome == "reject":
        return Target(end="rejected")
    if step.kind == "wait":
        return getattr(config, f"on_{outcome}") or step.next
    if outcome == "failed" and getattr(config, "on_failure", None) is not None:
        return config.on_failure
    return step.next


def _way_out(state: Step, outcome: str) -> Target:
    """The arrow of a state's action; a final state ends the case."""
    if state.config.outcome is not None:
        return Target(end=state.config.outcome)
    return Target(step=next(action.to for action in state.config.actions if action.name == outcome))


def follow(deciding: Deciding, node: Node, place: Place, target: Target | None) -> None:
    """Take an arrow from a place. Where the place was withdrawn meanwhile, nothing is left to go on."""
    if place.up and place.up not in deciding.case.activations:
        return
    if target is None:
        deciding.below(node, place)
    elif target.inline is not None:
        deciding.arrive(target.inline.id, place)
    elif target.step is not None:
        if node.step.at_most is not None and _leads_back(deciding, node, target.step):
            _follow_bounded(deciding, node, place, target.step, node.step.at_most)
        else:
            go(deciding, place, target.step)
    else:
        _end(deciding, node, place, target.end or deciding.program.definition.outcome)


def _end(deciding: Deciding, node: Node, place: Place, outcome: str) -> None:
    """End the case. Only an `end:` step does so from a branch whose block went on without it."""
    stop, left = _way_to(deciding, place, "")
    if stop.up and node.step.kind != "end":
        _end_late_branch(deciding, stop, left)
    elif _root_branch(deciding, place) == CLEANING_UP:
        deciding.cancel_case(deciding.case.cancelling or "")
    else:
        deciding.end_case(outcome)


def _root_branch(deciding: Deciding, place: Place) -> str:
    up, branch = place.up, place.branch
    while up in deciding.case.activations:
        around = deciding.case.activations[up]
        up, branch = around.up, around.branch
    return branch


def _leads_back(deciding: Deciding, node: Node, step_id: str) -> bool:
    """To itself, to an earlier step of its list, or to the block around it or one before that."""
    goal = deciding.program.nodes[step_id]
    here = node
    while here.owner != goal.owner:
        here = deciding.program.nodes[here.owner]
    return goal.index <= here.index


def _follow_bounded(deciding: Deciding, node: Node, place: Place, step_id: str, at_most: int) -> None:
    landing = _landing(deciding, place, step_id)
    loop = f"{landing.up}/{landing.branch}/{node.step.id}"
    taken = deciding.case.loops.get(loop, 0)
    if taken < at_most:
        deciding.emit(ev.LoopCounted(loop=loop, count=taken + 1))
        go(deciding, place, step_id)
        return
    exhausted = node.step.on_exhausted
    if exhausted is not None and exhausted.step is not None:
        go(deciding, place, exhausted.step)
    else:
        follow(deciding, node, place, exhausted)


def _landing(deciding: Deciding, place: Place, step_id: str) -> Place:
    """Where an arrow to a step of the same list or of an enclosing one lands."""
    owner = deciding.program.nodes[step_id].owner
    up, branch = place.up, place.branch
    while up and deciding.case.activations[up].step != owner:
        around = deciding.case.activations[up]
        up, branch = around.up, around.branch
    return Place(up, branch, place.after)


def _way_to(deciding: Deciding, place: Place, up: str) -> tuple[Place, str]:
    """Climb to the list inside `up`: where that ends, and the outermost block left on the way.

    The way ends early inside a block that is decided and lets its rest finish: what comes late has no effect outside.
    """
    left = ""
    here = place
    while here.up != up:
        around = deciding.case.activations[here.up]
        if around.done is not None:
            break
        left = here.up
        here = Place(around.up, around.branch, place.after)
    return here, left


def _end_late_branch(deciding: Deciding, stop: Place, left: str) -> None:
    if left:
        deciding.withdraw(left, "the case has gone on without it")
    deciding.end_scope(stop)


def go(deciding: Deciding, place: Place, step_id: str) -> None:
    """Go to a step of the same list or an enclosing one; blocks that are left are withdrawn."""
    landing = _landing(deciding, place, step_id)
    stop, left = _way_to(deciding, place, landing.up)
    if stop.up != landing.up:
        _end_late_branch(deciding, stop, left)
        return
    if left:
        deciding.withdraw(left, f"the case went to {deciding.program.nodes[step_id].step.title}")
    deciding.arrive(step_id, landing)
