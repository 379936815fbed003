"""One decision under way: a scratch copy of the case that sees each event as it is emitted.

Opening a step may finish it at once and open the next, so openings wait in an agenda instead of calling each other: a long
chain of automatic steps needs no deep stack, and the branches of a block open in the order they are written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from procession.engine import events as ev
from procession.engine.case import Activation, Case
from procession.engine.decide.data import write_expressions
from procession.engine.decide.values import Values, portable
from procession.engine.definition import Step, Target
from procession.engine.evolve import evolve
from procession.engine.instants import to_instant
from procession.engine.moment import Moment

if TYPE_CHECKING:
    from procession.engine.program import Node, Program

MOST_OPENINGS = 10_000
"""Automatic openings in one command; more is a loop in which nothing waits."""

CLEANING_UP = "on cancel"
"""The branch in which the steps of `on cancel:` run; its end cancels the case."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step opens: the activation around it, the branch inside it, and whose end led here."""

    up: str = ""
    branch: str = "main"
    after: tuple[str, ...] = ()


class Deciding:
    """Collects the events of one command."""

    def __init__(self, program: Program, case: Case, moment: Moment) -> None:
        self.program = program
        self.case = case.scratch()
        self.moment = moment
        self.at = to_instant(moment.at)
        self.events: list[ev.Event] = []
        self.values = Values(program, self.case, moment)
        self._agenda: deque[Callable[[], None]] = deque()
        self._openings = 0

    # --- events -------------------------------------------------------------------------------------------------------

    def emit(self, event: ev.Event) -> None:
        """Record an event; later decisions of the same command already see it."""
        self.events.append(event)
        evolve(self.case, event, self.at, self.moment.actor.id)

    def later(self, action: Callable[[], None]) -> None:
        """Put something on the agenda."""
        self._agenda.append(action)

    def run(self) -> None:
        """Work the agenda off, then let data that changed open what it opens."""
        while True:
            while self._agenda and self.case.is_open:
                self._agenda.popleft()()
            if not self.case.is_open or not self._grow_lists():
                return

    def new_id(self, letter: str = "a") -> str:
        return f"{letter}{self.case.n + 1}"

    def node(self, activation: Activation) -> Node:
        return self.program.nodes[activation.step]

    # --- arriving and opening ------------------------------------------------------------------------------------------

    def arrive(self, step_id: str, place: Place) -> None:
        """Come to a step, as soon as what was decided before is done."""
        self.later(lambda: self._arrive(step_id, place))

    def _arrive(self, step_id: str, place: Place) -> None:
        if place.up and place.up not in self.case.activations:
            return
        node = self.program.nodes[step_id]
        step = node.step
        self._openings += 1
        if self._openings > MOST_OPENINGS:
            self.pend(step, place, "runaway", f"{step.title} opened again and again without anything to wait for.")
            return
        if step.when is not None:
            answer = self.values.evaluate(step.when, place.up or "", self.item_scope(place))
            if answer.value is None:
                self.pend(step, place, "no_answer", no_answer(step.when, answer.warnings))
                return
            if answer.value is not True:
                self.emit(ev.StepSkipped(step=step.id, title=step.title, up=place.up, branch=place.branch,
                                         reason=f"{step.when} is not true"))  # fmt: skip
                self.below(node, place)
                return
        node.type.open(self, step, place)

    def item_scope(self, place: Place) -> dict[str, object] | None:
        """Inside an `each`, the item that steps opening at this place see."""
        if not self.program.has_each:
            return None
        found: dict[str, object] = {}
        up, branch = place.up, place.branch
        while up:
            around = self.case.activations.get(up)
            if around is None:
                break
            step = self.node(around).step
            if step.kind == "each" and step.config.as_ not in found and branch.isdecimal():
                found[step.config.as_] = self.values.item(step.config.of, branch, up)
            up, branch = around.up, around.branch
        return found

    def open_step(self, step: Step, place: Place, **details: Any) -> str:
        """Record that the step is open; returns the activation."""
        activation = self.new_id()
        kind = details.pop("kind", step.kind)
        attempt = self.case.visits.get(step.id, 0) + (0 if details.get("seat") or kind == "pending" else 1)
        self.emit(
            ev.StepOpened(
                activation=activation, step=step.id, kind=kind, title=details.pop("title", step.title), up=place.up,
                branch=place.branch, attempt=attempt, released_by=list(place.after),
                department=step.department or self.program.definition.owner, **details,
            )
        )  # fmt: skip
        return activation

    def pend(self, step: Step, place: Place, code: str, sentence: str) -> None:
        """The case cannot get past this step: keep the place, with an incident."""
        activation = self.open_step(step, place, kind="pending")
        self.incident(code, sentence, activation)

    def incident(self, code: str, sentence: str, activation: str | None = None) -> None:
        """Make visible that something cannot go on."""
        step = self.case.activations[activation].step if activation in self.case.activations else None
        self.emit(
            ev.IncidentOpened(incident=self.new_id("i"), code=code, sentence=sentence, activation=activation, step=step,
                              owner=self.program.definition.owner)
        )  # fmt: skip

    # --- finishing and going on ----------------------------------------------------------------------------------------

    def finish(self, activation: str, outcome: str, target: Target | None = None) -> None:
        """The step ends with an outcome: its data is set, its milestone reached, its arrow taken."""
        one = self.case.activations[activation]
        node = self.node(one)
        step = node.step
        if not self._write_set(step, activation):
            return
        if step.milestone is not None and step.milestone not in self.case.milestones:
            self.reach_milestone(step.milestone, step.id)
        self.withdraw_inside(activation, f"{step.title} is done")
        after = tuple(one.enders) or (activation,)
        self.emit(ev.StepFinished(activation=activation, step=step.id, outcome=outcome))
        place = Place(one.up, one.branch, after)
        for other in step.cancel:
            self._cancel_step(other, step)
        if target is None:
            target = self._arrow(step, outcome)
        self.follow(node, place, target)

    def _write_set(self, step: Step, activation: str) -> bool:
        return not step.set or write_expressions(self, step.set, "set", activation)

    def _arrow(self, step: Step, outcome: str) -> Target | None:
        found = step.on.get(outcome)
        if found is not None:
            return found
        if step.kind == "approval" and outcome == "reject":
            return Target(end="rejected")
        return step.next

    def follow(self, node: Node, place: Place, target: Target | None) -> None:
        """Take an arrow from a place; None goes to the step below."""
        if target is None:
            self.below(node, place)
        elif target.inline is not None:
            self.arrive(target.inline.id, place)
        elif target.step is not None:
            if node.step.at_most is not None and self._leads_back(node, target.step):
                self._follow_bounded(node, place, target.step, node.step.at_most)
            else:
                self.go(place, target.step)
        else:
            self.end_case(target.end or self.program.definition.outcome)

    def _leads_back(self, node: Node, step_id: str) -> bool:
        """To itself, to an earlier step of its list, or to the block around it or one before that."""
        goal = self.program.nodes[step_id]
        here = node
        while here.owner != goal.owner:
            here = self.program.nodes[here.owner]
        return goal.index <= here.index

    def _follow_bounded(self, node: Node, place: Place, step_id: str, at_most: int) -> None:
        landing = self._landing(place, step_id)
        loop = f"{landing.up}/{landing.branch}/{node.step.id}"
        taken = self.case.loops.get(loop, 0)
        if taken >= at_most:
            exhausted = node.step.on_exhausted
            if exhausted is not None and exhausted.step is not None:
                self.go(place, exhausted.step)
            else:
                self.follow(node, place, exhausted)
            return
        self.emit(ev.LoopCounted(loop=loop, count=taken + 1))
        self.go(place, step_id)

    def _landing(self, place: Place, step_id: str) -> Place:
        owner = self.program.nodes[step_id].owner
        up, branch = place.up, place.branch
        while up and self.case.activations[up].step != owner:
            around = self.case.activations[up]
            up, branch = around.up, around.branch
        return Place(up, branch, place.after)

    def go(self, place: Place, step_id: str) -> None:
        """Go to a step of the same list or an enclosing one; blocks that are left are withdrawn."""
        landing = self._landing(place, step_id)
        left = place.up
        while left != landing.up:
            around = self.case.activations[left].up
            if around == landing.up:
                goal = self.program.nodes[step_id].step
                self.withdraw(left, f"the case went to {goal.title}")
            left = around
        self.arrive(step_id, landing)

    def below(self, node: Node, place: Place) -> None:
        """Go to the next step of the list, or end the list."""
        if node.scope.kind == "steps" and node.index + 1 < len(node.scope.steps):
            self.arrive(node.scope.steps[node.index + 1].id, place)
        else:
            self.end_scope(place)

    def end_scope(self, place: Place) -> None:
        """A list of steps came to its end; a block inside it that still lets its rest finish holds it open."""
        self.later(lambda: self._end_scope(place))

    def _end_scope(self, place: Place) -> None:
        if place.up and place.up not in self.case.activations:
            return
        if any(one.up == place.up and one.branch == place.branch for one in self.case.activations.values()):
            return
        if not place.up:
            if place.branch == CLEANING_UP:
                self.cancel_case("")
            else:
                self.end_case(self.program.definition.outcome)
            return
        block = self.case.activations[place.up]
        empty = place.branch not in block.touched
        self.emit(ev.BranchEnded(activation=place.up, branch=place.branch, empty=empty, by=list(place.after)))
        node = self.node(block)
        node.type.branch_done(self, node.step, place.up)

    def branches_done(self, block: str, need: int | None, rest: str) -> None:
        """Go on after a block of several branches when enough of them came to their end, or none is left."""
        one = self.case.activations[block]
        open_left = [branch for branch in one.ran if branch not in one.ended and branch not in one.passed]
        if one.done is not None:
            if not open_left:
                self.emit(ev.StepFinished(activation=block, step=one.step, outcome=one.done))
                self.end_scope_if_quiet(Place(one.up, one.branch, tuple(one.enders)))
            return
        enough = not open_left if need is None else len(one.ended) >= need
        if not enough and open_left:
            return
        if open_left and rest == "finish":
            node = self.node(one)
            self.emit(ev.BlockDecided(activation=block, outcome="done"))
            self.follow(node, Place(one.up, one.branch, tuple(one.enders)), self._arrow(node.step, "done"))
            return
        self.finish(block, "done")

    def end_scope_if_quiet(self, place: Place) -> None:
        """After a block's rest has finished: the list ends if its own token had come to the end before."""
        waiting = any(one.up == place.up and one.branch == place.branch for one in self.case.activations.values())
        if not waiting:
            self.end_scope(place)

    # --- ending and withdrawing ----------------------------------------------------------------------------------------

    def end_case(self, outcome: str) -> None:
        """The whole case ends: what is open is withdrawn and its people told."""
        self.withdraw_all(f"the case ended as {outcome}")
        self._agenda.clear()
        self.emit(ev.CaseClosed(outcome=outcome))
        self._tell_parent("ended", outcome)

    def cancel_case(self, reason: str) -> None:
        self.withdraw_all(f"the case was cancelled: {reason}" if reason else "the case was cancelled")
        self._agenda.clear()
        self.emit(ev.CaseCancelled(reason=reason))
        self._tell_parent("ended", "cancelled")

    def _tell_parent(self, what: str, name: str) -> None:
        if self.case.parent is not None and self.case.parent_activation is not None:
            data = portable(self.program.definition, self.case.data)
            self.emit(ev.ParentTold(parent=self.case.parent, activation=self.case.parent_activation, what=what,
                                    name=name, data=data))  # fmt: skip

    def withdraw_all(self, reason: str) -> None:
        for activation in [key for key, one in self.case.activations.items() if not one.up]:
            self.withdraw(activation, reason)

    def withdraw_inside(self, activation: str, reason: str) -> None:
        for child in [key for key, one in self.case.activations.items() if one.up == activation]:
            self.withdraw(child, reason)

    def withdraw(self, activation: str, reason: str) -> None:
        """Take back an activation and everything inside it, innermost first."""
        if activation not in self.case.activations:
            return
        self.withdraw_inside(activation, reason)
        one = self.case.activations[activation]
        node = self.node(one) if one.step in self.program.nodes else None
        if node is None or node.step.kind == "workflow":
            self.emit(ev.ChildCancelled(activation=activation, child=one.child))
        told = [one.assignee] if one.assignee else list(one.candidates)
        if one.seats or (node is not None and not node.type.is_task):
            told = []
        self.emit(ev.StepWithdrawn(activation=activation, step=one.step, reason=reason, told=told))

    def _cancel_step(self, name: str, by: Step) -> None:
        """`cancel:` of a finished step: the named step, where open, is withdrawn and counts as skipped."""
        step = self.program.step(name)
        if step is None:
            return
        for key in [key for key, one in self.case.activations.items() if one.step == step.id and not one.seat]:
            self.skip(key, f"{by.title} made it moot")

    def skip(self, activation: str, reason: str) -> None:
        """Pass over an open step; the case goes on below it."""
        one = self.case.activations[activation]
        node = self.node(one)
        self.withdraw_inside(activation, reason)
        self.emit(ev.StepSkipped(step=one.step, title=node.step.title, up=one.up, branch=one.branch, reason=reason,
                                 activation=activation))  # fmt: skip
        self.below(node, Place(one.up, one.branch, (activation,)))

    # --- milestones and lists --------------------------------------------------------------------------------------------

    def reach_milestone(self, name: str, step: str) -> None:
        """Reach a milestone: waits for it go on, and the process hears of it."""
        self.emit(ev.MilestoneReached(name=name, step=step))
        if self.case.parent is not None and self.case.member is not None:
            self._tell_parent("milestone", name)
        for key, one in list(self.case.activations.items()):
            if one.reached == name:
                node = self.node(one)
                self.later(lambda key=key, node=node: self._milestone_waited_for(key, node))

    def _milestone_waited_for(self, activation: str, node: Node) -> None:
        if activation in self.case.activations:
            self.finish(activation, "reached", node.step.config.on_reached)

    def _grow_lists(self) -> bool:
        """A row added to the list of an open `each` opens too. True where something was put on the agenda."""
        if not self.program.has_each:
            return False
        grown = False
        for key, one in list(self.case.activations.items()):
            step = self.node(one).step
            if step.kind != "each" or not step.config.at_once or one.done is not None or not one.ran:
                continue
            rows = self.values.evaluate(step.config.of, key).value
            count = len(cast("list[object]", rows)) if isinstance(rows, list) else 0
            for place in range(len(one.ran) + 1, count + 1):
                self.emit(ev.BranchOpened(activation=key, branch=str(place)))
                self.arrive(step.config.body.steps[0].id, Place(key, str(place)))
                grown = True
        return grown


def no_answer(condition: str, warnings: Iterable[Any]) -> str:
    """The sentence of a condition that has no answer."""
    told = next((warning.message for warning in warnings), None)
    return told or f"'{condition}' has no answer, because a value it needs is empty."
