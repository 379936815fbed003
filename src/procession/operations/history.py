"""The history of a case: its events, as they were recorded, to read, export and verify."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from procession.operations import access
from procession.operations.case_shapes import Recorded
from procession.operations.case_views import redacted, timeline
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.loading import case_of, rule_of, seen_in
from procession.operations.tasks import page_size
from procession.operations.values import Download, Page, PersonRef
from procession.store import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One recorded event."""

    seq: int
    at: datetime
    actor: PersonRef
    type: str
    sentence: str | None
    """What it means; null where there is nothing to tell."""
    payload: dict[str, Any]
    """As recorded, without the values of fields that the caller may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHistory(Ask):
    """Everything that was recorded of a case, in order."""

    case_id: str
    """The case."""
    after: str | None = None
    """The `next` of the page before: a number of an event."""
    limit: int = 200
    """How many at most; 1 to 200."""


@operation("case.history", scope="cases:read", http="GET /cases/{case_id}/history")
def get_history(ctx: Context, ask: GetHistory) -> Page[EventView]:
    page_size(ask.limit)
    last = int(ask.after) if ask.after and ask.after.isdecimal() and len(ask.after) < 10 else 0
    events = [event for event in _events(ctx, ask.case_id) if event.seq > last]
    more = len(events) > ask.limit
    return Page(items=tuple(events[: ask.limit]), next=str(events[ask.limit - 1].seq) if more else None)


def _events(ctx: Context, case_id: str) -> list[EventView]:
    with ctx.store.transaction(ctx.organisation) as tx:
        seen = seen_in(ctx, tx, case_of(ctx, tx, case_id), with_children=False)
    told = {entry.seq: entry.sentence for entry in timeline(seen)}
    hidden = seen.hidden
    return [
        EventView(
            seq=row.seq,
            at=row.at,
            actor=seen.names.ref(row.actor),
            type=row.event.type,
            sentence=told.get(row.seq),
            payload=redacted(row.event, hidden).to_json(),
        )
        for row in seen.history
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportHistory(Ask):
    """The history of a case as a file."""

    case_id: str
    """The case."""
    format: Literal["json", "csv"] = "json"
    """`json` with whole payloads, or `csv` for spreadsheets."""


@operation("case.export", scope="cases:read", http="GET /cases/{case_id}/history/export", raw=True)
def export_history(ctx: Context, ask: ExportHistory) -> Download:
    events = _events(ctx, ask.case_id)
    name = f"case-{ask.case_id[:8]}.{ask.format}"
    if ask.format == "json":
        lines = [
            {
                "seq": one.seq,
                "at": one.at.isoformat(),
                "actor": one.actor.id,
                "type": one.type,
                "sentence": one.sentence,
                "payload": one.payload,
            }
            for one in events
        ]
        return Download(
            name=name, type="application/json", content=json.dumps(lines, ensure_ascii=False, indent=1).encode()
        )
    rows = [
        (
            str(one.seq),
            one.at.isoformat(),
            one.actor.name,
            one.type,
            one.sentence or "",
            json.dumps(one.payload, ensure_ascii=False),
        )
        for one in events
    ]
    return Download(
        name=name,
        type="text/csv; charset=utf-8",
        content=csv_of(("seq", "at", "actor", "type", "sentence", "payload"), rows),
    )


def csv_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file (RFC 4180) that no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless(cell: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection)."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCase(Ask):
    """Check the hash chain of a case, and that its state follows from its events."""

    case_id: str
    """The case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the check found."""

    sound: bool
    events: int
    problems: tuple[str, ...] = ()
    """What is wrong, in words."""


@operation("case.verify", scope="cases:read", http="GET /cases/{case_id}/verify")
def verify_case(ctx: Context, ask: VerifyCase) -> Verified:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
        found = verify.verify_case(tx, case.id)
    return Verified(sound=found.is_sound, events=found.events, problems=tuple(found.problems))


def recorded(ctx: Context, case_id: str) -> list[Recorded]:
    """The events of a case that the caller may see whole, for analysis. Raises `NotFound`."""
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, case_id)
        hidden = access.hidden_fields(ctx.caller, rule_of(ctx, case.definition, case.version), case)
        return [Recorded(row.seq, row.at, row.actor, redacted(row.event, hidden)) for row in tx.events.of_case(case_id)]
