"""The draft of a workflow or process: what its owners are changing before it is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.definition import Definition
from procession.engine.rejections import Conflict
from procession.operations import access, publishing
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.publishing import SourceFile
from procession.operations.values import PersonRef


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What is being changed; the published version where nobody has begun."""

    definition: str
    files: tuple[SourceFile, ...]
    """The definition's own file first, then workflows that are new with it."""
    revision: int
    """How often it was saved; 0 where there is no draft. Name it when saving."""
    based_on: int
    """The version it began with."""
    newest: int
    """The version that is published now; another one than `based_on` where somebody published meanwhile."""
    saved_by: PersonRef | None
    saved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDraft(Ask):
    """The draft of a workflow or process; its published file where there is no draft."""

    definition: str
    """Its id."""


@operation("draft.get", scope="definitions:write", http="GET /definitions/{definition}/draft")
def get_draft(ctx: Context, ask: GetDraft) -> DraftView:
    _owned(ctx, ask.definition)
    with ctx.store.transaction(ctx.organisation) as tx:
        newest = tx.definitions.latest(ask.definition)
        row = tx.definition_drafts.find(ask.definition)
        person = tx.people.find(row.saved_by) if row is not None else None
    if row is None:
        own = SourceFile(name=f"{ask.definition}.yaml", text=newest.text)
        return DraftView(
            definition=ask.definition, files=(own,), revision=0, based_on=newest.version, newest=newest.version,
            saved_by=None, saved_at=None,
        )  # fmt: skip
    return DraftView(
        definition=ask.definition, files=tuple(SourceFile(name=one["name"], text=one["text"]) for one in row.files),
        revision=row.revision, based_on=row.based_on, newest=newest.version,
        saved_by=PersonRef(id=row.saved_by, name=person.name if person else row.saved_by), saved_at=row.saved_at,
    )  # fmt: skip


def _owned(ctx: Context, definition: str) -> Definition:
    """The published definition. Raises `NotFound`, and `Forbidden` for those who may not publish it."""
    access.member(ctx.caller)
    one = ctx.definition(definition)
    access.may_act_as_owner(ctx.caller, one, f"change {one.title}")
    return one


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft(Ask):
    """Keep a draft, right or not; nothing is published. A draft that was saved since it was read is not overwritten."""

    definition: str
    """Its id."""
    files: tuple[SourceFile, ...]
    """The definition's own file first, then workflows that are new with it."""
    revision: int
    """Of the draft that was read; 0 where there was none."""


@operation("draft.save", scope="definitions:write", http="PUT /definitions/{definition}/draft")
def save_draft(ctx: Context, ask: SaveDraft) -> DraftView:
    _owned(ctx, ask.definition)
    publishing.read_files(ask.files)  # refuses what is too large; what is wrong inside is no reason not to keep it
    files = [{"name": one.name, "text": one.text} for one in ask.files]
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.definition_drafts.find(ask.definition)
        based_on = row.based_on if row is not None else tx.definitions.latest(ask.definition).version
        # compared here as well, for a revision may be a number that no column holds
        kept = ask.revision == (row.revision if row is not None else 0) and tx.definition_drafts.save(
            ask.definition, files, based_on=based_on, revision=ask.revision, by=ctx.caller.id, at=ctx.at
        )
        person = tx.people.find(row.saved_by) if row is not None else None
    if not kept and row is None:
        raise Conflict("This draft was published or discarded meanwhile.", hint="Open it again.")
    if not kept and row is not None:
        raise Conflict(
            f"{person.name if person else row.saved_by} changed this draft at {row.saved_at:%H:%M} UTC.",
            hint="Open it again and make your change there.",
        )
    return get_draft(ctx, GetDraft(definition=ask.definition))


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDraft(Ask):
    """Forget the draft of a workflow or process; what is published stays."""

    definition: str
    """Its id."""


@operation("draft.discard", scope="definitions:write", http="DELETE /definitions/{definition}/draft")
def discard_draft(ctx: Context, ask: DiscardDraft) -> Done:
    _owned(ctx, ask.definition)
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.definition_drafts.delete(ask.definition)
    return Done()
