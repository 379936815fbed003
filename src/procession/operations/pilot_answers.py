"""What people say of a pilot, and the guard rails that pause it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from procession.engine.commands import TellPeople
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Forbidden, NotFound
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.loading import case_of
from procession.operations.pilot_views import compared
from procession.operations.pilots import percent, short_text
from procession.store.pilots import PilotRow
from procession.store.store import Store
from procession.store.transaction import Transaction

FEWEST_FOR_GUARD: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPilot(Ask):
    """Say whether a case of a pilot went better than before; asked of those who took part in it."""

    case_id: str
    """The case."""
    better: bool
    """Yes or no."""
    text: str = ""
    """What there is to say about it."""


@operation("pilot.answer", scope="cases:write", http="POST /cases/{case_id}/pilot-answer")
def answer_pilot(ctx: Context, ask: AnswerPilot) -> Done:
    text = short_text("text", ask.text)
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
        row = question_for(tx, case.definition, case.version)
        if row is None:
            raise NotFound("This case is not asked about: its version is not being tried.")
        if not was_in(tx, ctx.caller.id, case.id, case.starter):
            raise Forbidden("Only those who started the case or did a task of it are asked.")
        tx.pilots.answer(row.id, case.id, ctx.caller.id, better=ask.better, text=text, at=ctx.at)
    return Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPilotOfCase(Ask):
    """Whether a case takes part in a pilot, and what you are asked about it."""

    case_id: str
    """The case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotOfCase:
    """What a case has to do with a pilot."""

    pilot: str | None
    """The open pilot whose version the case runs; null where it runs none."""
    question: str
    """What you are asked; empty where you are not."""
    better: bool | None
    """What you said; null before you have."""


@operation("pilot.of_case", scope="cases:read", http="GET /cases/{case_id}/pilot")
def pilot_of_case(ctx: Context, ask: GetPilotOfCase) -> PilotOfCase:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
        row = tx.pilots.open_of(case.definition)
        if row is None or row.version != case.version:
            return PilotOfCase(pilot=None, question="", better=None)
        asked = bool(row.question) and was_in(tx, ctx.caller.id, case.id, case.starter)
        said = next(
            (one for one in tx.pilots.answers(row.id) if (one.case_id, one.person) == (case.id, ctx.caller.id)), None
        )
    return PilotOfCase(pilot=row.id, question=row.question if asked else "", better=said.better if said else None)


def question_for(tx: Transaction, definition: str, version: int) -> PilotRow | None:
    """The open pilot that asks about cases of this version; None where nothing is asked."""
    row = tx.pilots.open_of(definition)
    return row if row is not None and row.version == version and row.question else None


def was_in(tx: Transaction, person: str, case_id: str, starter: str) -> bool:
    """Whether somebody started the case or did a task of it."""
    if person == starter:
        return True
    done = tx.rows_of(
        "SELECT 1 FROM tasks WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
        "AND completed_by = :person LIMIT 1",
        case=case_id, person=person,
    )  # fmt: skip
    return bool(done)


# --- guard rails ------------------------------------------------------------------------------------------------------


def guard(store: Store, organisation: str, at: datetime) -> list[str]:
    """Pause the pilots whose guard rails are crossed; ids of those that were. For the worker, every minute."""
    paused: list[tuple[PilotRow, str]] = []
    with store.transaction(organisation) as tx:
        for row in tx.pilots.list():
            if row.status != "running":
                continue
            reason = _crossed(store, tx, row, at)
            if reason is not None and (locked := tx.pilots.find(row.id, lock=True)) and locked.status == "running":
                tx.pilots.change(row, by="system", at=at, what=f"paused by itself: {reason}", status="paused")
                paused.append((row, reason))
    for row, reason in paused:
        _tell(store, organisation, row, reason, at)
    return [row.id for row, _ in paused]


def _tell(store: Store, organisation: str, row: PilotRow, reason: str, at: datetime) -> None:
    """Tell who began the pilot and who answers for its definition, in their inbox and by mail as they want it."""
    with store.transaction(organisation) as tx:
        latest = tx.rows_of(_LATEST, definition=row.definition, version=row.version)
    if not latest:
        return
    definition = store.definition(organisation, row.definition, row.baseline)
    directory = store.surroundings(organisation).directory
    owners = directory.groups.get(definition.owner or "", ())
    people = [one for one in dict.fromkeys((row.begun_by, *owners)) if one in directory.people]
    command = TellPeople(
        what="pilot", people=tuple(people),
        text=f"The pilot of {definition.title} has paused by itself: {reason}. New cases take version {row.baseline} again; "
        "this is one of its cases.",
    )  # fmt: skip
    key = f"pilot-paused/{row.id}/{at.isoformat()}"
    store.execute(organisation, latest[0][0], command, SYSTEM, at=at, key=key, body_hash="pilot")


_LATEST: Final = (
    "SELECT id::text FROM cases WHERE organisation = :organisation AND definition = :definition AND version = :version "
    "ORDER BY started_at DESC, id DESC LIMIT 1"
)


def _crossed(store: Store, tx: Transaction, row: PilotRow, at: datetime) -> str | None:
    guards, found = row.guards, compared(store, tx, row, at)
    low = found.effect.low
    if "slower" in guards and low is not None and low > guards["slower"]:
        return f"cases surely take at least {percent(low)} longer"
    stopped = found.pilot.stopped
    if "stopped" in guards and stopped >= FEWEST_FOR_GUARD and stopped > guards["stopped"] * found.pilot.running:
        return f"{stopped} of its {found.pilot.running} running cases have stopped"
    answers = tx.pilots.answers(row.id)
    disliked = sum(not one.better for one in answers)
    if "disliked" in guards and disliked >= FEWEST_FOR_GUARD and disliked > guards["disliked"] * len(answers):
        return f"{disliked} of the {len(answers)} who answered found it no better"
    return None
