"""Lists with their filters under a name: one's own, and those shared with everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from procession.engine.rejections import Conflict, Forbidden, InvalidField, NotFound
from procession.operations import access
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.values import PersonRef
from procession.store.saved_views import SavedViewRow

PageName = Literal["cases", "inbox"]
LONGEST_NAME, LONGEST_QUERY, MOST = 60, 2_000, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A list with its filters, under a name."""

    id: str
    name: str
    page: str
    """The list: cases or inbox."""
    query: str
    """Its filters, as they stand in the list's address."""
    shared: bool
    """Whether everybody sees it."""
    by: PersonRef
    mine: bool
    """The caller may change and delete it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListViews(Ask):
    """Your saved views of a list, and the shared ones, by name."""

    page: PageName = "cases"
    """The list: cases or inbox."""


@operation("view.list", scope="me", http="GET /views")
def list_views(ctx: Context, ask: ListViews) -> tuple[SavedView, ...]:
    person = access.member(ctx.caller)
    with ctx.store.transaction(ctx.organisation) as tx:
        return tuple(_view(ctx, row) for row in tx.saved_views.of(person.id, ask.page))


def _view(ctx: Context, row: SavedViewRow) -> SavedView:
    person = access.member(ctx.caller)
    known = ctx.surroundings.directory.people.get(row.person)
    return SavedView(
        id=row.id, name=row.name, page=row.page, query=row.query, shared=row.shared,
        by=PersonRef(id=row.person, name=known.name if known is not None else row.person),
        mine=row.person == person.id or (row.shared and person.admin),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveView(Ask):
    """Keep a list with its filters under a name. A view of yours of that name gets the new filters."""

    name: str
    """What it is called; at most 60 characters."""
    query: str
    """The filters, as they stand in the list's address after the question mark."""
    page: PageName = "cases"
    """The list: cases or inbox."""
    shared: bool = False
    """Show it to everybody; what each sees in it stays what each may see."""


@operation("view.save", scope="me", http="POST /views")
def save_view(ctx: Context, ask: SaveView) -> SavedView:
    person = access.member(ctx.caller)
    name = " ".join(ask.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidField("name", f"A view has a name of 1 to {LONGEST_NAME} characters.")
    query = urlencode([(key, value) for key, value in parse_qsl(ask.query.lstrip("?")) if key != "after"])
    if len(query) > LONGEST_QUERY:
        raise InvalidField("query", f"The filters are longer than {LONGEST_QUERY:,} characters.")
    with ctx.store.transaction(ctx.organisation) as tx:
        mine = [row for row in tx.saved_views.of(person.id, ask.page) if row.person == person.id]
        same = next((row for row in mine if row.name.casefold() == name.casefold()), None)
        if same is not None:
            tx.saved_views.change(same.id, query=query, shared=ask.shared)
        elif len(mine) >= MOST:
            raise Conflict(f"You have {MOST} views already; delete one first.")
        id_ = (
            same.id
            if same is not None
            else tx.saved_views.add(
                person=person.id, page=ask.page, name=name, query=query, shared=ask.shared, at=ctx.at
            )
        )
        row = tx.saved_views.find(id_)
    assert row is not None
    return _view(ctx, row)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteView(Ask):
    """Delete a saved view: one of yours; an administrator any that is shared."""

    view: str
    """Its id."""


@operation("view.delete", scope="me", http="DELETE /views/{view}")
def delete_view(ctx: Context, ask: DeleteView) -> Done:
    person = access.member(ctx.caller)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.saved_views.find(ask.view)
        if row is None or (row.person != person.id and not row.shared):
            raise NotFound("There is no such view.")
        if row.person != person.id and not person.admin:
            raise Forbidden("Only whoever saved the view, or an administrator, may delete it.")
        tx.saved_views.delete(row.id)
    return Done()
