"""Steps open, finish, are skipped and withdrawn; branches and loops are counted."""

from __future__ import annotations

from procession.engine import events as ev
from procession.engine.case import NO_NAMES, NO_VOTES, Activation, Case
from procession.engine.evolve.applying import applies, without
from procession.engine.instants import Instant


@applies(ev.StepOpened)
def step_opened(case: Case, event: ev.StepOpened, at: Instant, actor: str) -> None:
    number = int(event.activation[1:])
    if number > case.n:
        case.n = number
    if not event.seat and event.kind != "pending":
        case.visits[event.step] = event.attempt
    around = case.activations.get(event.up)
    if around is not None and event.branch not in around.touched:
        around = case.changing(event.up)
        around.touched = [*around.touched, event.branch]
    # Matching seventeen keywords would take longer than all the rest.
    case.activations[event.activation] = one = Activation(
        event.step, event.up, event.branch, event.attempt, at, event.assignee, event.candidates, event.guest,
        event.due_at, event.timers, event.seats, NO_VOTES, event.seat, event.need, event.ran, NO_NAMES, NO_NAMES, NO_NAMES,
        NO_NAMES,
    )  # fmt: skip
    one.message, one.key, one.reached = event.message, event.key, event.reached


@applies(ev.StepSkipped)
def _step_skipped(case: Case, event: ev.StepSkipped, at: Instant, actor: str) -> None:
    if event.activation is not None:
        close(case, event.activation)
    case.last[event.step] = "skipped"


@applies(ev.StepFinished)
def step_finished(case: Case, event: ev.StepFinished, at: Instant, actor: str) -> None:
    closed = close(case, event.activation)
    if closed is not None and closed.seat and closed.up in case.activations:
        vote(case, closed.up, event.activation, event.outcome)
    else:
        case.last[event.step] = event.outcome
    if closed is not None and case.kind == "process":
        case.ended = {**case.ended, event.step: event.outcome}
        case.carried = without(case.carried, event.step)


@applies(ev.StepWithdrawn)
def _step_withdrawn(case: Case, event: ev.StepWithdrawn, at: Instant, actor: str) -> None:
    close(case, event.activation)


def close(case: Case, activation: str) -> Activation | None:
    closed = case.activations.pop(activation, None)
    if case.loops:
        case.loops = {loop: count for loop, count in case.loops.items() if not loop.startswith(f"{activation}/")}
    if case.incidents:
        drop_incidents(case, activation)
    return closed


def drop_incidents(case: Case, activation: str) -> None:
    case.incidents = {key: one for key, one in case.incidents.items() if one.activation != activation}


def vote(case: Case, approval: str, seat: str, outcome: str) -> None:
    around = case.changing(approval)
    around.votes = {**around.votes, seat: outcome}


@applies(ev.BranchOpened)
def _branch_opened(case: Case, event: ev.BranchOpened, at: Instant, actor: str) -> None:
    block = case.changing(event.activation)
    block.ran = [*block.ran, event.branch]


@applies(ev.BranchEnded)
def _branch_ended(case: Case, event: ev.BranchEnded, at: Instant, actor: str) -> None:
    block = case.changing(event.activation)
    if event.empty:
        block.passed = [*block.passed, event.branch]
    else:
        block.ended = [*block.ended, event.branch]
    block.enders = [*block.enders, *event.by]


@applies(ev.BlockDecided)
def _block_decided(case: Case, event: ev.BlockDecided, at: Instant, actor: str) -> None:
    case.changing(event.activation).done = event.outcome


@applies(ev.LoopCounted)
def _loop_counted(case: Case, event: ev.LoopCounted, at: Instant, actor: str) -> None:
    if event.count:
        case.loops = {**case.loops, event.loop: event.count}
    else:
        case.loops = without(case.loops, event.loop)
