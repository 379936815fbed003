"""Between the database and the engine: the case as read, the moment, the decision, and the rows it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from procession.engine.case import Case
from procession.engine.commands import Command, StartCase
from procession.engine.decide import advance
from procession.engine.instants import to_instant
from procession.engine.moment import Actor, Counted, Directory, Moment
from procession.engine.program import Program
from procession.store.chain import FIRST
from procession.store.requests import Committed, Request, default_answer
from procession.store.surroundings import Surroundings
from procession.store.writing import Write, prepare

Count = Callable[[Counted], int]


@dataclass(frozen=True, slots=True)
class Known:
    """A case as read, with the end of its hash chain."""

    case: Case
    hash: bytes = FIRST


def moment_of(
    surroundings: Surroundings, actor: Actor, at: datetime | None, count: Count, directory: Directory | None = None
) -> Moment:
    """Now, as seen by an actor of this organisation."""
    return Moment(
        at=at.astimezone(UTC) if at is not None else datetime.now(UTC),
        actor=actor,
        directory=directory or surroundings.directory,
        calendars=surroundings.calendars,
        calendar=surroundings.calendar,
        settings=surroundings.settings,
        count_of_cases=count,
    )


def decide_request(request: Request, program: Program, known: Known, moment: Moment, number: int) -> Write:
    """Decide, and work out what to write. Raises Rejection. `number` is the running number of a start."""
    command: Command = request.command
    if isinstance(command, StartCase):
        command = replace(command, number=number)
    decision = advance(program, known.case, command, moment)
    events, after = decision.events, decision.after
    at = after.at if events else to_instant(moment.at)  # the clock may have been set back since the last event
    write = prepare(known.case, known.hash, events, after, at, moment.actor.id)
    write.key = request.key
    if request.starts is not None:
        write.number_of = request.starts
    if request.key is not None:
        write.answer = (request.answer or default_answer)(write.after, events)
    elif request.answer is not None:
        write.answer = request.answer(write.after, events)
    return write


def extend(write: Write, program: Program, command: Command, moment: Moment) -> Write:
    """Decide one more command on the state that a write leads to, as part of the same commit."""
    more = advance(program, write.after, command, moment)
    events = [*write.events, *more.events]
    longer = prepare(write.before, write.before_hash, events, more.after, write.at, write.actor)
    longer.key, longer.number_of, longer.taken = write.key, write.number_of, write.taken
    longer.answer = write.answer
    return longer


def committed_of(write: Write) -> Committed:
    """What the caller is told."""
    return Committed(
        case=write.after, events=tuple(write.events), answer=write.answer, at=write.at, first_seq=write.before.seq + 1
    )
