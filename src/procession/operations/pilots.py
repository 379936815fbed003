"""Trying a version with some before it is for all: begin, widen, adjust, take it for all, take it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from procession.engine.definition import Definition
from procession.engine.program import Program, compile_definition
from procession.engine.rejections import Conflict, Forbidden, InvalidDefinition, InvalidField, MissingField, NotFound
from procession.operations import access, publishing
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.loading import case_of
from procession.operations.pilot_views import PilotLine, PilotView, compared, line_of, view_of
from procession.operations.publishing import SourceFile
from procession.store.pilots import PilotRow
from procession.store.store import Store
from procession.store.transaction import Transaction

GUARDS: Final = {
    "slower": "cases surely take longer, by more than this fraction",
    "stopped": "this share of its running cases has an open incident, five at least",
    "disliked": "this share of those who answered found it no better, five at least",
}
"""What pauses a pilot by itself, each above a fraction from 0 to 1."""
DEFAULT_GUARDS: Final = {"slower": 0.0, "stopped": 0.2, "disliked": 0.6}
FEWEST_FOR_GUARD: Final = 5
QUESTION: Final = "Did this go better than before?"
LONGEST_TEXT: Final = 2_000


# --- looking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPilots(Ask):
    """Versions that are tried with some, or were: of workflows and processes whose cases you may all see."""

    definition: str | None = None
    """Only those of this workflow or process."""


@operation("pilot.list", scope="insights:read", http="GET /pilots")
def list_pilots(ctx: Context, ask: ListPilots) -> tuple[PilotLine, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.pilots.list(ask.definition)
    return tuple(line_of(ctx, row) for row in rows if access.sees_all_of(ctx.caller, _rule(ctx, row)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPilot(Ask):
    """A pilot beside its control: how its cases fare, what people say, what happened to it."""

    pilot: str
    """Its id."""


@operation("pilot.get", scope="insights:read", http="GET /pilots/{pilot}")
def get_pilot(ctx: Context, ask: GetPilot) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _seen(ctx, tx, ask.pilot)
        return view_of(ctx, tx, row, can_act=access.is_owner(ctx.caller, _rule(ctx, row)))


def _rule(ctx: Context, row: PilotRow) -> Definition:
    """The definition that says who may see and act: the one for everybody."""
    return ctx.definition(row.definition, row.baseline)


def _seen(ctx: Context, tx: Transaction, pilot: str, *, lock: bool = False) -> PilotRow:
    row = tx.pilots.find(pilot, lock=lock)
    if row is None or not access.sees_all_of(ctx.caller, _rule(ctx, row)):
        raise NotFound("There is no such pilot, or none whose cases you may all see.")
    return row


# --- beginning --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPilot(Ask):
    """Try a changed workflow or process with some of the new cases; all others go on with the present version. A case
    keeps the version it began with."""

    file: SourceFile
    """The changed definition."""
    share: float = 0.5
    """Of the new cases that it is meant for, how many take part, by lot; above 0, up to 1."""
    people: tuple[str, ...] = ()
    """Whose cases it is meant for: ids or e-mail addresses. Without people, groups and values: everybody's."""
    groups: tuple[str, ...] = ()
    """Whose members' cases it is meant for."""
    field: str | None = None
    """A field of the start form, such as the site."""
    values: tuple[str, ...] = ()
    """The values of that field that it is meant for."""
    why: str = ""
    """What it is hoped to do."""
    question: str = QUESTION
    """What those who worked with it are asked, answered by yes or no; empty asks nothing."""
    guards: dict[str, float] = dataclasses.field(default_factory=lambda: dict(DEFAULT_GUARDS))
    """What pauses it by itself, each with a fraction: `slower`, `stopped`, `disliked`."""
    accept: str | None = None
    """Why warnings of the check may stand."""


@operation("pilot.begin", scope="definitions:write", http="POST /pilots", form="guards")
def begin_pilot(ctx: Context, ask: BeginPilot) -> PilotView:
    tried, folder = _read(ctx, ask.file)
    baseline = _baseline(ctx, tried)
    access.may_act_as_owner(ctx.caller, baseline, f"try a version of {baseline.title}")
    audience = _audience(ctx, ask, tried)
    guards = _guards(ask.guards)
    _refuse_share(ask, bool(audience))
    accepted = _checked(ctx, folder, ask.accept)
    _refuse_other_start(ctx.program(tried.id), tried)
    with ctx.store.transaction(ctx.organisation) as tx:
        open_now = tx.pilots.open_of(tried.id)
        if open_now is not None:
            raise Conflict(
                f"Version {open_now.version} of {baseline.title} is being tried.",
                hint="Adjust that pilot, or end it first.",
            )
        version = _publish(ctx, tx, tried, folder.texts[tried.id], accepted)
        pilot = tx.pilots.begin(
            definition=tried.id, baseline=ctx.surroundings.latest[tried.id], version=version, share=ask.share,
            audience=audience, why=_text("why", ask.why), question=_text("question", ask.question), guards=guards,
            by=ctx.caller.id, at=ctx.at,
        )  # fmt: skip
    ctx.memo.clear()
    return get_pilot(ctx, GetPilot(pilot=pilot))


def _read(ctx: Context, file: SourceFile) -> tuple[Definition, publishing.Folder]:
    folder = publishing.read_files([file])
    if len(folder.definitions) != 1 or folder.shared or folder.calendars:
        publishing.refuse(publishing.findings(ctx, folder), accept="")
        raise InvalidDefinition(
            "A pilot tries one workflow or process.", hint="The file begins with workflow: or process:."
        )
    (tried,) = folder.definitions.values()
    return tried, folder


def _baseline(ctx: Context, tried: Definition) -> Definition:
    if tried.id not in ctx.surroundings.latest:
        raise InvalidDefinition(
            f"{tried.title} is not published, so there is nothing to compare a pilot with.",
            hint="Publish it for everybody.",
        )
    return ctx.definition(tried.id)


def _checked(ctx: Context, folder: publishing.Folder, accept: str | None) -> list[dict[str, str]]:
    """Warnings that are accepted; everything else that is wrong is refused."""
    found = publishing.findings(ctx, folder)
    publishing.refuse(found, accept=accept)
    warnings = [one for one in found if one.severity == "warning"]
    return [{"code": one.code, "sentence": one.sentence, "reason": accept or ""} for one in warnings]


def _publish(ctx: Context, tx: Transaction, tried: Definition, text: str, accepted: Sequence[dict[str, str]]) -> int:
    row = tx.definitions.publish(
        text,
        id=tried.id,
        kind=tried.kind,
        title=tried.title,
        by=ctx.caller.id,
        at=ctx.at,
        accepted=accepted,
        pilot=True,
    )
    if row.status != "pilot":
        raise InvalidDefinition(
            f"This is version {row.version} of {tried.title}, which everybody has already.",
            hint="Change something first.",
        )
    return row.version


def _refuse_share(ask: BeginPilot, chosen: bool) -> None:
    if not 0 < ask.share <= 1:
        raise InvalidField("share", "The share is above 0 and at most 1.", hint="A half is 0.5.")
    if ask.share == 1 and not chosen:
        raise InvalidField(
            "share", "That would be everybody, and nothing would be left to compare with.",
            hint="Try it with a part, or publish it for everybody.",
        )  # fmt: skip


def _refuse_other_start(baseline: Program, tried: Definition) -> None:
    """Whoever starts a case fills in the form before the lot falls, so both versions have to ask the same."""
    before, asked = baseline.definition, compile_definition(tried, baseline.library).start_form
    same = (
        before.kind == tried.kind
        and replace(before.start, form=None) == replace(tried.start, form=None)
        and baseline.start_form == asked
        and all(tried.fields.get(one.field) == before.fields.get(one.field) for one in asked)
    )
    if not same:
        raise InvalidDefinition(
            f"The start of {tried.title} differs, and a pilot has to begin like the version it is compared with.",
            hint="Keep start: and the fields it asks as they are; publish a changed start for everybody.",
        )


def _audience(ctx: Context, ask: BeginPilot, tried: Definition) -> dict[str, object]:
    directory = ctx.surroundings.directory
    by_email = {one.email.lower(): one.id for one in directory.people.values()}
    people: list[str] = []
    for who in ask.people:
        found = who if who in directory.people else by_email.get(who.strip().lower())
        if found is None:
            raise InvalidField(
                "people", f"There is nobody called '{who}' here.", hint="Give an id or an e-mail address."
            )
        people.append(found)
    for group in ask.groups:
        if group not in directory.groups:
            raise InvalidField("groups", f"There is no group '{group}'.", hint=_known(directory.groups))
    if ask.values and ask.field is None:
        raise MissingField("field", "Values need the field they are of.")
    if ask.field is not None:
        asked = [one.field for one in ctx.program(tried.id).start_form]
        if ask.field not in asked:
            raise InvalidField("field", f"The start form does not ask '{ask.field}'.", hint=_known(asked))
        if not ask.values:
            raise MissingField("values", "Name the values of the field that it is meant for.")
    named = {"people": people, "groups": list(ask.groups), "field": ask.field, "values": list(ask.values)}
    return {name: one for name, one in named.items() if one}


def _known(names: Iterable[str]) -> str:
    known = ", ".join(sorted(names))
    return f"There are: {known}." if known else "There are none."


def _guards(guards: dict[str, float]) -> dict[str, float]:
    for name, value in guards.items():
        if name not in GUARDS:
            raise InvalidField(
                f"guards.{name}", f"There is no guard '{name}'.", hint=f"There are: {', '.join(GUARDS)}."
            )
        if not 0 <= value <= 1:
            raise InvalidField(f"guards.{name}", "A guard is a fraction from 0 to 1.")
    return dict(guards)


def _text(name: str, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise InvalidField(name, f"At most {LONGEST_TEXT:,} characters.")
    return text.strip()


# --- what happens to it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WidenPilot(Ask):
    """Let more (or fewer) of the new cases take part. The comparison begins anew, since the lot has changed."""

    pilot: str
    """Its id."""
    share: float
    """Above 0, up to 1; at 1 where it is meant for everybody it is rolled out."""


@operation("pilot.widen", scope="definitions:write", http="POST /pilots/{pilot}/share")
def widen_pilot(ctx: Context, ask: WidenPilot) -> PilotView:
    if not 0 < ask.share <= 1:
        raise InvalidField("share", "The share is above 0 and at most 1.", hint="A tenth is 0.1.")
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _acting(ctx, tx, ask.pilot, "widen the pilot")
        if ask.share == 1 and not row.audience:
            _roll_out(ctx, tx, row)
        else:
            what = f"takes {_percent(ask.share)} of the cases; the comparison began anew"
            tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, share=ask.share, restart=True)
    return _after(ctx, ask.pilot)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustPilot(Ask):
    """Change the version that is tried. Its running cases keep theirs; the comparison begins anew."""

    pilot: str
    """Its id."""
    file: SourceFile
    """The definition as it is tried from now on."""
    accept: str | None = None
    """Why warnings of the check may stand."""


@operation("pilot.adjust", scope="definitions:write", http="POST /pilots/{pilot}/adjust")
def adjust_pilot(ctx: Context, ask: AdjustPilot) -> PilotView:
    tried, folder = _read(ctx, ask.file)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _acting(ctx, tx, ask.pilot, "adjust the pilot")
        if tried.id != row.definition:
            raise InvalidField("file", f"This is {tried.id}, and the pilot is of {row.definition}.")
        accepted = _checked(ctx, folder, ask.accept)
        _refuse_other_start(ctx.program(row.definition, row.baseline), tried)
        if tx.definitions.get(row.definition, row.version).text == folder.texts[tried.id]:
            raise InvalidDefinition("This is what is being tried already.", hint="Change something first.")
        version = _publish(ctx, tx, tried, folder.texts[tried.id], accepted)
        tx.definitions.withdraw(row.definition, row.version)
        what = f"tries version {version} instead of {row.version}; the comparison began anew"
        tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, version=version, restart=True)
    return _after(ctx, ask.pilot)


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePilot(Ask):
    """Let all new cases take the version of everybody, until the pilot is resumed. Its running cases go on."""

    pilot: str
    """Its id."""
    reason: str = ""
    """Why."""


@operation("pilot.pause", scope="definitions:write", http="POST /pilots/{pilot}/pause")
def pause_pilot(ctx: Context, ask: PausePilot) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _acting(ctx, tx, ask.pilot, "pause the pilot")
        if row.status == "paused":
            raise Conflict("The pilot is paused already.")
        reason = _text("reason", ask.reason)
        what = f"paused: {reason}" if reason else "paused"
        tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, status="paused")
    return _after(ctx, ask.pilot)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePilot(Ask):
    """Let new cases take part again. The comparison begins anew: cases of the pause were not drawn by lot."""

    pilot: str
    """Its id."""


@operation("pilot.resume", scope="definitions:write", http="POST /pilots/{pilot}/resume")
def resume_pilot(ctx: Context, ask: ResumePilot) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _acting(ctx, tx, ask.pilot, "resume the pilot")
        if row.status != "paused":
            raise Conflict("The pilot is not paused.")
        what = "resumed; the comparison began anew"
        tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, status="running", restart=True)
    return _after(ctx, ask.pilot)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOut(Ask):
    """Give the version that is tried to everybody: all new cases take it. Running cases keep theirs."""

    pilot: str
    """Its id."""


@operation("pilot.roll_out", scope="definitions:write", http="POST /pilots/{pilot}/roll-out")
def roll_out(ctx: Context, ask: RollOut) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        _roll_out(ctx, tx, _acting(ctx, tx, ask.pilot, "roll the pilot out"))
    return _after(ctx, ask.pilot)


def _roll_out(ctx: Context, tx: Transaction, row: PilotRow) -> None:
    tx.definitions.take(row.definition, row.version)
    what = f"rolled out: version {row.version} is for everybody"
    tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, status="rolled out")


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack(Ask):
    """End the pilot and take nothing of it: all new cases take the version of everybody. Running cases keep theirs."""

    pilot: str
    """Its id."""
    reason: str = ""
    """Why."""


@operation("pilot.roll_back", scope="definitions:write", http="POST /pilots/{pilot}/roll-back")
def roll_back(ctx: Context, ask: RollBack) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _acting(ctx, tx, ask.pilot, "roll the pilot back")
        tx.definitions.withdraw(row.definition, row.version)
        reason = _text("reason", ask.reason)
        what = f"rolled back: {reason}" if reason else "rolled back"
        tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, status="rolled back")
    return _after(ctx, ask.pilot)


def _acting(ctx: Context, tx: Transaction, pilot: str, to: str) -> PilotRow:
    row = _seen(ctx, tx, pilot, lock=True)
    access.may_act_as_owner(ctx.caller, _rule(ctx, row), to)
    if not row.is_open:
        raise Conflict(f"The pilot was {row.status} already.")
    return row


def _after(ctx: Context, pilot: str) -> PilotView:
    ctx.memo.clear()
    return get_pilot(ctx, GetPilot(pilot=pilot))


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


# --- what people say --------------------------------------------------------------------------------------------------


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
    text = _text("text", ask.text)
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
    paused: list[str] = []
    with store.transaction(organisation) as tx:
        for row in tx.pilots.list():
            if row.status != "running":
                continue
            reason = _crossed(store, tx, row, at)
            if reason is not None and (locked := tx.pilots.find(row.id, lock=True)) and locked.status == "running":
                tx.pilots.change(row, by="system", at=at, what=f"paused by itself: {reason}", status="paused")
                paused.append(row.id)
    return paused


def _crossed(store: Store, tx: Transaction, row: PilotRow, at: datetime) -> str | None:
    guards, found = row.guards, compared(store, tx, row, at)
    low = found.effect.low
    if "slower" in guards and low is not None and low > guards["slower"]:
        return f"cases surely take at least {_percent(low)} longer"
    stopped = found.pilot.stopped
    if "stopped" in guards and stopped >= FEWEST_FOR_GUARD and stopped > guards["stopped"] * found.pilot.running:
        return f"{stopped} of its {found.pilot.running} running cases have stopped"
    answers = tx.pilots.answers(row.id)
    disliked = sum(not one.better for one in answers)
    if "disliked" in guards and disliked >= FEWEST_FOR_GUARD and disliked > guards["disliked"] * len(answers):
        return f"{disliked} of the {len(answers)} who answered found it no better"
    return None
