"""What happens to a pilot: it is widened, adjusted, paused, rolled out to everybody or taken back."""

from __future__ import annotations

from dataclasses import dataclass

from procession.engine.rejections import Conflict, InvalidDefinition, InvalidField
from procession.operations import access, publishing
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.pilot_views import PilotView
from procession.operations.pilots import (
    GetPilot,
    accepted_warnings,
    get_pilot,
    percent,
    publish_tried,
    read_tried,
    refuse_other_start,
    rule_of_pilot,
    seen_pilot,
    short_text,
)
from procession.operations.publishing import SourceFile
from procession.store.pilots import PilotRow
from procession.store.transaction import Transaction


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
            what = f"takes {percent(ask.share)} of the cases; the comparison began anew"
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
    tried, folder = read_tried(ctx, ask.file)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _acting(ctx, tx, ask.pilot, "adjust the pilot")
        if tried.id != row.definition:
            raise InvalidField("file", f"This is {tried.id}, and the pilot is of {row.definition}.")
        accepted = accepted_warnings(ctx, folder, ask.accept)
        refuse_other_start(ctx.program(row.definition, row.baseline), tried)
        if tx.definitions.get(row.definition, row.version).text == folder.texts[tried.id]:
            raise InvalidDefinition("This is what is being tried already.", hint="Change something first.")
        version = publish_tried(ctx, tx, tried, folder.texts[tried.id], accepted)
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
        reason = short_text("reason", ask.reason)
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
    """End the pilot and take nothing of it: all new cases take the version it was compared with. What was rolled out is
    taken back as well, as long as nothing newer was published since. Running cases keep their version."""

    pilot: str
    """Its id."""
    reason: str = ""
    """Why."""


@operation("pilot.roll_back", scope="definitions:write", http="POST /pilots/{pilot}/roll-back")
def roll_back(ctx: Context, ask: RollBack) -> PilotView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = seen_pilot(ctx, tx, ask.pilot, lock=True)
        access.may_act_as_owner(ctx.caller, rule_of_pilot(ctx, row), "roll the pilot back")
        if row.status == "rolled out":
            _take_back(ctx, tx, row)
            what = f"taken back from everybody: version {row.baseline} is for everybody again"
        elif row.is_open:
            tx.definitions.withdraw(row.definition, row.version)
            what = "rolled back"
        else:
            raise Conflict(f"The pilot was {row.status} already.")
        reason = short_text("reason", ask.reason)
        if reason:
            what = f"{what}: {reason}" if row.is_open else f"{what} ({reason})"
        tx.pilots.change(row, by=ctx.caller.id, at=ctx.at, what=what, status="rolled back")
    return _after(ctx, ask.pilot)


def _take_back(ctx: Context, tx: Transaction, row: PilotRow) -> None:
    """All new cases take the version before, unless something was built upon the one that was rolled out."""
    title = rule_of_pilot(ctx, row).title
    if tx.definitions.latest(row.definition).version != row.version:
        raise Conflict(
            f"Another version of {title} was published since, so there is nothing to take back.",
            hint="Publish the version that everybody should have.",
        )
    if tx.pilots.open_of(row.definition) is not None:
        raise Conflict(
            f"Another version of {title} is being tried, compared with this one.", hint="End that pilot first."
        )
    folder = publishing.read_files(
        [SourceFile(name=f"{row.definition}.yaml", text=tx.definitions.get(row.definition, row.baseline).text)]
    )
    wrong = [one for one in publishing.findings(ctx, folder) if one.severity == "error"]
    if wrong:
        raise Conflict(
            f"Version {row.baseline} of {title} no longer fits what is published beside it: {wrong[0].sentence}",
            hint="Publish a version that does.",
        )
    tx.definitions.take_back(row.definition, row.version)


def _acting(ctx: Context, tx: Transaction, pilot: str, to: str) -> PilotRow:
    row = seen_pilot(ctx, tx, pilot, lock=True)
    access.may_act_as_owner(ctx.caller, rule_of_pilot(ctx, row), to)
    if not row.is_open:
        raise Conflict(f"The pilot was {row.status} already.")
    return row


def _after(ctx: Context, pilot: str) -> PilotView:
    ctx.memo.clear()
    return get_pilot(ctx, GetPilot(pilot=pilot))
