"""Between cases: starting a child or a member, telling the case that started it, cancelling.

Each is a command to another case under a key that repeats find again: a handoff has happened exactly once, or not yet.
"""

from __future__ import annotations

from typing import cast

from procession.engine.case import Json
from procession.engine.commands import (
    CancelCase,
    HearChild,
    NoteChild,
    PauseCase,
    ResumeCase,
    StartCase,
    rejected_child,
)
from procession.engine.events import ChildCancelled, ChildRequested, ChildToFollow, ParentTold
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Conflict, NotFound, Rejection
from procession.jobs.work import JobFailed, Work
from procession.store.projections import TELL_PARENT


def run_start_child(work: Work) -> Json:
    """Start the case that a step or a handoff asks for, and tell its parent; what is refused becomes its incident."""
    event = cast("ChildRequested", work.event)
    parent = work.case
    command = StartCase(
        data=event.data,
        parent=parent.id,
        parent_activation=event.activation,
        process_case=parent.id if parent.kind == "process" else parent.process_case,
        member=event.member,
        starter=parent.starter,
    )
    key = f"child/{parent.id}/{event.activation}"
    try:
        started = work.store.start(work.organisation, event.definition, command, SYSTEM, key=key, body_hash="child")
    except Rejection as refused:
        answer = rejected_child(event.activation, refused, _owner_of(work, event.definition))
        work.store.execute(work.organisation, parent.id, answer, SYSTEM)
        return None
    if event.detached:
        return None  # its step is done, and withdraws nothing
    noted = NoteChild(activation=event.activation, child=started.case.id)
    work.store.execute(work.organisation, parent.id, noted, SYSTEM, key=f"{key}/noted", body_hash="noted")
    return None


def _owner_of(work: Work, definition: str) -> str | None:
    """Who answers for a definition; None where nobody does, or where it is not there."""
    try:
        return work.store.program(work.organisation, definition).definition.owner
    except NotFound:
        return None


def run_tell_parent(work: Work) -> Json:
    """Tell the case that started this one of its end, a milestone or a measure: once, in the order it happened."""
    with work.store.transaction(work.organisation) as tx:
        before = [
            (one.seq, tx.jobs.event(one.case_id, one.seq))
            for one in tx.jobs.of_case(work.case.id)
            if one.kind == TELL_PARENT and one.status == "waiting" and one.seq < work.row.seq
        ]
    for seq, event in (*before, (work.row.seq, work.event)):
        _tell(work, seq, cast("ParentTold", event))
    return None


def _tell(work: Work, seq: int, event: ParentTold) -> None:
    heard = HearChild(
        activation=event.activation, child=work.case.id, what=event.what, name=event.name, data=event.data,
        definition=work.case.definition,
    )  # fmt: skip
    key = f"told/{work.row.case_id}/{seq}"
    try:
        work.store.execute(work.organisation, event.parent, heard, SYSTEM, key=key, body_hash="told")
    except (Conflict, NotFound):
        return  # the parent no longer runs


def run_cancel_child(work: Work) -> Json:
    """Cancel the case that a withdrawn step had started. One that is not there yet is cancelled when it is noted."""
    event = cast("ChildCancelled", work.event)
    with work.store.transaction(work.organisation) as tx:
        child = event.child or tx.cases.child_of(work.case.id, event.activation)
    if child is None:
        return None
    try:
        reason = f"no longer needed by {work.case.name or work.case.definition}"
        work.store.execute(work.organisation, child, CancelCase(reason=reason), SYSTEM)
    except (Conflict, NotFound):
        return None  # it has ended by itself
    return None


MOST_TURNS = 5
"""How often the parent may change its mind while its child follows; the job is tried again after that."""


def run_align_child(work: Work) -> Json:
    """Let a child pause, or go on, as its parent does now: what several of these do, in any order, ends alike."""
    child = cast("ChildToFollow", work.event).child
    for _ in range(MOST_TURNS):
        with work.store.transaction(work.organisation) as tx:
            parent = tx.cases.get(work.case.id)
        command = (
            PauseCase(reason=parent.paused_why, with_parent=True)
            if parent.is_paused
            else ResumeCase(with_parent=True)
        )  # fmt: skip
        try:
            work.store.execute(work.organisation, child, command, SYSTEM)
        except NotFound:
            return None
        with work.store.transaction(work.organisation) as tx:
            if tx.cases.get(work.case.id).is_paused == parent.is_paused:
                return None
    raise JobFailed("The case is paused and resumed again and again.")
