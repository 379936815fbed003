"""Trying a version with some before it is for all: begin, widen, adjust, take it for all, take it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from procession.engine.definition import Definition
from procession.engine.program import Program, compile_definition
from procession.engine.rejections import Conflict, InvalidDefinition, InvalidField, MissingField, NotFound
from procession.operations import access, publishing
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.pilot_views import PilotLine, PilotView, line_of, view_of
from procession.operations.publishing import SourceFile
from procession.store.pilots import PilotRow
from procession.store.transaction import Transaction

GUARDS: Final = {
    "slower": "cases surely take longer, by more than this fraction",
    "stopped": "this share of its running cases has an open incident, five at least",
    "disliked": "this share of those who answered found it no better, five at least",
}
"""What pauses a pilot by itself, each above a fraction from 0 to 1."""
DEFAULT_GUARDS: Final = {"slower": 0.0, "stopped": 0.2, "disliked": 0.6}
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
    return tuple(line_of(ctx, row) for row in rows if access.sees_all_of(ctx.caller, rule_of_pilot(ctx, row)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPilot(Ask):
    """A pilot beside its control: how its cases fare, what people say, what happened to it."""

    pilot: str
    """Its id."""


@operation("pilot.get", scope="insights:read", http="GET /pilots/{pilot}")
def get_pilot(ctx: Context, ask: GetPilot) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = seen_pilot(ctx, tx, ask.pilot)
        return view_of(ctx, tx, row, can_act=access.is_owner(ctx.caller, rule_of_pilot(ctx, row)))


def rule_of_pilot(ctx: Context, row: PilotRow) -> Definition:
    """The definition that says who may see and act: the one for everybody."""
    return ctx.definition(row.definition, row.baseline)


def seen_pilot(ctx: Context, tx: Transaction, pilot: str, *, lock: bool = False) -> PilotRow:
    """A pilot that the caller may see. Raises NotFound."""
    row = tx.pilots.find(pilot, lock=lock)
    if row is None or not access.sees_all_of(ctx.caller, rule_of_pilot(ctx, row)):
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
    tried, folder = read_tried(ctx, ask.file)
    baseline = _baseline(ctx, tried)
    access.may_act_as_owner(ctx.caller, baseline, f"try a version of {baseline.title}")
    audience = _audience(ctx, ask, tried)
    guards = _guards(ask.guards)
    _refuse_share(ask, bool(audience))
    accepted = accepted_warnings(ctx, folder, ask.accept)
    refuse_other_start(ctx.program(tried.id), tried)
    with ctx.store.transaction(ctx.organisation) as tx:
        open_now = tx.pilots.open_of(tried.id)
        if open_now is not None:
            raise Conflict(
                f"Version {open_now.version} of {baseline.title} is being tried.",
                hint="Adjust that pilot, or end it first.",
            )
        version = publish_tried(ctx, tx, tried, folder.texts[tried.id], accepted)
        pilot = tx.pilots.begin(
            definition=tried.id, baseline=ctx.surroundings.latest[tried.id], version=version, share=ask.share,
            audience=audience, why=short_text("why", ask.why), question=short_text("question", ask.question), guards=guards,
            by=ctx.caller.id, at=ctx.at,
        )  # fmt: skip
    ctx.memo.clear()
    return get_pilot(ctx, GetPilot(pilot=pilot))


def read_tried(ctx: Context, file: SourceFile) -> tuple[Definition, publishing.Folder]:
    """The one definition of a changed file, and the folder it makes. Raises InvalidDefinition."""
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


def accepted_warnings(ctx: Context, folder: publishing.Folder, accept: str | None) -> list[dict[str, str]]:
    """Warnings that are accepted; everything else that is wrong is refused."""
    found = publishing.findings(ctx, folder)
    publishing.refuse(found, accept=accept)
    warnings = [one for one in found if one.severity == "warning"]
    return [{"code": one.code, "sentence": one.sentence, "reason": accept or ""} for one in warnings]


def publish_tried(
    ctx: Context, tx: Transaction, tried: Definition, text: str, accepted: Sequence[dict[str, str]]
) -> int:
    """Keep a version that new cases do not take by themselves; its number. Raises InvalidDefinition."""
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


def refuse_other_start(baseline: Program, tried: Definition) -> None:
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


def short_text(name: str, text: str) -> str:
    """A text without what surrounds it. Raises InvalidField where it is too long."""
    if len(text) > LONGEST_TEXT:
        raise InvalidField(name, f"At most {LONGEST_TEXT:,} characters.")
    return text.strip()


def percent(share: float) -> str:
    """A fraction as people write it."""
    return f"{share:.0%}".replace("%", " %")
