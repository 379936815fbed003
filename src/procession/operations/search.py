"""Search over everything that has a page, for the palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from procession.engine.rejections import InvalidField
from procession.operations import access
from procession.operations.cases import ListCases, case_filter
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found."""

    kind: Literal["case", "task", "workflow", "process", "person"]
    id: str
    title: str
    detail: str
    """What tells it from others of that title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search(Ask):
    """Cases, workflows, processes and people whose name holds the text."""

    text: str
    """At least two characters."""
    limit: int = 8
    """How many of each kind at most; 1 to 50."""


SHORTEST, MOST = 2, 50


@operation("search", scope="cases:read", http="GET /search")
def search(ctx: Context, ask: Search) -> tuple[Hit, ...]:
    text = ask.text.strip()
    if len(text) < SHORTEST:
        return ()
    if not 1 <= ask.limit <= MOST:
        raise InvalidField("limit", f"limit is 1 to {MOST}.")
    access.member(ctx.caller)
    surroundings = ctx.surroundings
    lower = text.lower()
    with ctx.store.transaction(ctx.organisation) as tx:
        cases = tx.cases.list(case_filter(ctx, ListCases(text=text)), limit=ask.limit)
    hits = [
        Hit(
            kind="case",
            id=row.id,
            title=row.name,
            detail=f"{ctx.definition(row.definition, row.version).title}, {row.status}",
        )
        for row in cases
    ]
    definitions = [ctx.definition(id_) for id_ in surroundings.latest]
    found = [one for one in definitions if lower in f"{one.title} {one.id} {' '.join(one.tags)}".lower()]
    hits += [Hit(kind=one.kind, id=one.id, title=one.title, detail=one.owner or "") for one in found[: ask.limit]]
    people = [
        one
        for one in surroundings.directory.people.values()
        if one.active and lower in f"{one.name} {one.email}".lower()
    ]
    hits += [Hit(kind="person", id=one.id, title=one.name, detail=one.email) for one in people[: ask.limit]]
    return tuple(hits)
