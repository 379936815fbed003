"""One decision under way: a scratch copy of the case that sees each event as it is emitted.

Opening a step may finish it at once and open the next, so openings wait in an agenda instead of calling each other: a
long chain of automatic steps needs no deep stack, and the branches of a block open in the order they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from procession.engine import events as ev
from procession.engine.case import NO_NAMES, NO_TIMES, Activation, Case, Json
from procession.engine.decide import arrows
from procession.engine.decide.data import write_expressions
from procession.engine.decide.places import CLEANING_UP, Place
from procession.engine.decide.regions import cancel_step, grow_lists
from procession.engine.decide.values import Values, portable
from procession.engine.definition import Step
from procession.engine.evolve import evolve
from procession.engine.instants import Instant, from_instant, to_instant
from procession.engine.moment import Moment
from procession.engine.records import mypyc_attr, value

if TYPE_CHECKING:
    from procession.engine.program import Node, Program

MOST_OPENINGS = 10_000
"""Automatic openings in one command; more is a loop in which nothing waits."""

ARRIVE = "arrive"
END = "end"
REACHED = "reached"


@value()
class _Errand:
    """Something on the agenda: to arrive at a step, to end a list, or to let a wait for a milestone go on."""

    what: str
    name: str
    """The step to arrive at, or the activation of the wait."""
    place: Place


@mypyc_attr(acyclic=True)
class Deciding:
    """Collects the events of one command."""

    __slots__ = (
        "_agenda",
        "_coming",
        "_done",
        "_openings",
        "actor",
        "at",
        "case",
        "events",
        "moment",
        "program",
        "values",
    )

    def __init__(self, program: Program, case: Case, moment: Moment) -> None:
        self.program = program
        self.case = case.scratch()
        self.actor = moment.actor.id
        self.at = to_instant(moment.at)
        if self.at < case.at:  # the clock was set back: the case goes on at the moment of its last event
            self.at, moment = case.at, replace(moment, at=from_instant(case.at))
        self.moment = moment
        self.events: list[ev.Event] = []
        self.values = Values(program, self.case, moment)
        self._agenda: list[_Errand] = []
        self._done = 0
        """How many of the agenda are done."""
        self._coming: dict[tuple[str, str], int] = {}
        """Arrivals on the agenda, by the list they come to: it has not ended before they were there."""
        self._openings = 0

    # --- events -------------------------------------------------------------------------------------------------------

    def emit(self, event: ev.Event) -> None:
        """Record an event; later decisions of the same command already see it."""
        self.events.append(event)
        evolve(self.case, event, self.at, self.actor)

    def run(self) -> None:
        """Work the agenda off, then let data that changed open what it opens."""
        agenda, case = self._agenda, self.case
        while True:
            while self._done < len(agenda) and case.status == "open":
                errand = agenda[self._done]
                self._done += 1
                if errand.what == ARRIVE:
                    self._arrive(errand.name, errand.place)
                elif errand.what == END:
                    self._end_scope(errand.place)
                else:
                    self._milestone_waited_for(errand.name)
            if case.status != "open" or not grow_lists(self):
                return

    def _forget_agenda(self) -> None:
        self._agenda.clear()
        self._done = 0

    def new_id(self, letter: str = "a") -> str:
        return f"{letter}{self.case.n + 1}"

    def node(self, activation: Activation) -> Node:
        return self.program.nodes[activation.step]

    # --- arriving and opening ---------------------------------------------------------------------------------------

    def arrive(self, step_id: str, place: Place) -> None:
        """Come to a step, as soon as what was decided before is done."""
        way = (place.up, place.branch)
        self._coming[way] = self._coming.get(way, 0) + 1
        self._agenda.append(_Errand(ARRIVE, step_id, place))

    def _arrive(self, step_id: str, place: Place) -> None:
        self._coming[place.up, place.branch] -= 1
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

    def open_step(
        self, step: Step, place: Place, *, kind: str | None = None, title: str | None = None,
        assignee: str | None = None, candidates: Sequence[str] = (), guest: bool = False, due_at: Instant | None = None,
        timers: dict[str, Instant] | None = None, seats: Sequence[str] = (), seat: bool = False, need: int | None = None,
        ran: Sequence[str] = (), message: str | None = None, key: str | None = None, reached: str | None = None,
    ) -> str:  # fmt: skip
        """Record that the step is open; returns the activation."""
        activation = self.new_id()
        counts = kind != "pending" and not seat
        # By place: matching twenty keywords takes as long as opening the step.
        self.emit(
            ev.StepOpened(
                activation, step.id, kind or step.kind, step.title if title is None else title, place.up, place.branch,
                self.case.visits.get(step.id, 0) + counts, assignee, list(candidates) if candidates else NO_NAMES, guest,
                step.department or self.program.definition.owner, due_at, timers or NO_TIMES,
                list(seats) if seats else NO_NAMES, seat, need, list(ran) if ran else NO_NAMES, message, key, reached,
                list(place.after),
            )
        )  # fmt: skip
        return activation

    def pend(self, step: Step, place: Place, code: str, sentence: str) -> None:
        """The case cannot get past this step: keep the place, with an incident."""
        activation = self.open_step(step, place, kind="pending")
        self.incident(code, sentence, activation)

    def incident(
        self, code: str, sentence: str, activation: str | None = None, *, step: str | None = None,
        outcome: str | None = None, context: Mapping[str, Json] | None = None, owner: str | None = None,
    ) -> None:  # fmt: skip
        """Make visible that something cannot go on. Its owner is the definition's, unless another is named.

        `outcome`: the step's own work is done and ended so; trying again goes on from there instead of doing it again.
        """
        if activation in self.case.activations:
            step = self.case.activations[activation].step
        self.emit(
            ev.IncidentOpened(
                incident=self.new_id("i"), code=code, sentence=sentence, activation=activation, step=step,
                owner=owner or self.program.definition.owner, outcome=outcome, context=dict(context or {}),
            )
        )  # fmt: skip

    # --- finishing and going on -------------------------------------------------------------------------------------

    def finish(self, activation: str, outcome: str) -> None:
        """The step ends with an outcome: its data is set, its milestone reached, its arrow taken."""
        one = self.case.activations[activation]
        node = self.program.nodes[one.step]
        step = node.step
        if not self._leave_marks(step, activation, outcome):
            return
        if one.touched:
            self.withdraw_inside(activation, f"{step.title} is done")
        self.emit(ev.StepFinished(activation=activation, step=step.id, outcome=outcome))
        self._go_on(Place(one.up, one.branch, tuple(one.enders) or (activation,)), node, outcome)

    def _leave_marks(self, step: Step, activation: str, outcome: str) -> bool:
        """What finishing leaves behind: data, and a milestone. False where data does not fit: an incident then."""
        if step.set and not write_expressions(self, step.set, "set", activation, outcome=outcome):
            return False
        if step.milestone is not None and step.milestone not in self.case.milestones:
            self.reach_milestone(step.milestone, step.id)
        return True

    def _go_on(self, place: Place, node: Node, outcome: str) -> None:
        """Withdraw what `cancel:` names, then take the arrow of the outcome."""
        for other in node.step.cancel:
            cancel_step(self, other, node.step, place)
        arrows.follow(self, node, place, arrows.target_of(node.step, outcome))

    def below(self, node: Node, place: Place) -> None:
        """Go to the next step of the list, or end the list."""
        if node.scope.kind == "steps" and node.index + 1 < len(node.scope.steps):
            self.arrive(node.scope.steps[node.index + 1].id, place)
        else:
            self.end_scope(place)

    def end_scope(self, place: Place) -> None:
        """A list of steps came to its end; a block inside it that still lets its rest finish holds it open."""
        self._agenda.append(_Errand(END, "", place))

    def _end_scope(self, place: Place) -> None:
        if place.up and place.up not in self.case.activations:
            return
        if self._coming.get((place.up, place.branch), 0):
            return
        if any(one.up == place.up and one.branch == place.branch for one in self.case.activations.values()):
            return
        if not place.up:
            if place.branch == CLEANING_UP:
                self.cancel_case(self.case.cancelling or "")
            else:
                self.end_case(self.program.definition.outcome)
            return
        block = self.case.activations[place.up]
        if place.branch in block.ended or place.branch in block.passed:
            return
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
                self.rest_finished(block)
            return
        enough = not open_left if need is None else len(one.ended) >= need
        if not enough and open_left:
            return
        if not open_left or rest == "withdraw":
            self.finish(block, "done")
            return
        node = self.node(one)
        if self._leave_marks(node.step, block, "done"):
            self.emit(ev.BlockDecided(activation=block, outcome="done"))
            self._go_on(Place(one.up, one.branch, tuple(one.enders)), node, "done")

    def rest_finished(self, block: str) -> None:
        """Nothing of a decided block is left; the list ends if its own token had come to the end before."""
        one = self.case.activations[block]
        self.withdraw_inside(block, "it is no longer needed")
        self.emit(ev.StepFinished(activation=block, step=one.step, outcome=one.done or "done"))
        self.end_scope(Place(one.up, one.branch, tuple(one.enders)))

    # --- ending and withdrawing -------------------------------------------------------------------------------------

    def end_case(self, outcome: str) -> None:
        """The whole case ends: what is open is withdrawn and its people told."""
        self.withdraw_all(f"the case ended as {outcome}")
        self._forget_agenda()
        self.emit(ev.CaseClosed(outcome=outcome))
        self._tell_parent("ended", outcome)

    def cancel_case(self, reason: str) -> None:
        self.withdraw_all(f"the case was cancelled: {reason}" if reason else "the case was cancelled")
        self._forget_agenda()
        asked = self.case.cancelled_by
        self.emit(ev.CaseCancelled(reason=reason, by=asked if asked != self.moment.actor.id else None))
        self._tell_parent("ended", "cancelled")

    def _tell_parent(self, what: str, name: str) -> None:
        if self.case.parent is not None and self.case.parent_activation is not None:
            data = portable(self.program.definition, self.case.data)
            self.emit(ev.ParentTold(parent=self.case.parent, activation=self.case.parent_activation, what=what,
                                    name=name, data=data))  # fmt: skip

    def tell_process_reopened(self) -> None:
        """The process that this case is a member of goes on with it."""
        if self.case.member is not None:
            self._tell_parent("reopened", self.case.member)

    def withdraw_all(self, reason: str) -> None:
        for activation in [key for key, one in self.case.activations.items() if not one.up]:
            self.withdraw(activation, reason)

    def withdraw_inside(self, activation: str, reason: str) -> None:
        if not self.case.activations[activation].touched:
            return  # nothing ever opened inside it
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
        self.emit(ev.StepWithdrawn(activation=activation, step=one.step, reason=reason, told=people_at(one)))

    def skip(self, activation: str, reason: str) -> None:
        """Pass over an open step, and tell whoever had it; the case goes on below."""
        one = self.case.activations[activation]
        if one.done is not None:
            self.rest_finished(activation)
            return
        node = self.node(one)
        self.withdraw_inside(activation, reason)
        if node.step.kind == "workflow":
            self.emit(ev.ChildCancelled(activation=activation, child=one.child))
        told = [person for person in people_at(one) if person != self.moment.actor.id]
        if told:
            self.emit(ev.PeopleNotified(to=told, what="withdrawn", text=reason, activation=activation))
        self.emit(ev.StepSkipped(step=one.step, title=node.step.title, up=one.up, branch=one.branch, reason=reason,
                                 activation=activation))  # fmt: skip
        self.below(node, Place(one.up, one.branch, (activation,)))

    # --- milestones and lists ---------------------------------------------------------------------------------------

    def reach_milestone(self, name: str, step: str) -> None:
        """Reach a milestone: waits for it go on, and the process hears of it."""
        self.emit(ev.MilestoneReached(name=name, step=step))
        if self.case.parent is not None and self.case.member is not None:
            self._tell_parent("milestone", name)
        for key, one in list(self.case.activations.items()):
            if one.reached == name and one.incident is None:
                self._agenda.append(_Errand(REACHED, key, Place()))

    def _milestone_waited_for(self, activation: str) -> None:
        if activation in self.case.activations:
            self.finish(activation, "reached")


def people_at(one: Activation) -> list[str]:
    """Who has an open task: its assignee, else everyone who may claim it."""
    return [one.assignee] if one.assignee else list(one.candidates)


def no_answer(condition: str, warnings: Iterable[Any]) -> str:
    """The sentence of a condition that has no answer."""
    told = next((warning.message for warning in warnings), None)
    return told or f"'{condition}' has no answer, because a value it needs is empty."
