"""What an imported log says: of all its cases, or of chosen ones. A worker works it out once, and it is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from procession.engine.rejections import Conflict, InvalidField, NotFound
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.logs.keeping import fingerprint, line_of, seen
from procession.operations.logs.views import FilterChoices, LogAnswer, LogDiagnosisView
from procession.operations.reading import adapter
from procession.operations.values import Download
from procession.store.imported_logs import WHOLE, FiguresRow, LogRow
from procession.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeCases(Ask):
    """All cases of an imported log, or some."""

    log: str
    """Its id."""
    begun_from: str | None = None
    """Only cases that began on this day (2026-12-31) or later, in the log's time zone."""
    begun_before: str | None = None
    """Only cases that began before this day."""
    version: str | None = None
    """Only cases of this version."""
    department: str | None = None
    """Only cases in which this department did something."""
    workflow: str | None = None
    """Only cases in which this workflow took part."""
    field: str | None = None
    """A field of cases, for `value`."""
    value: str | None = None
    """Only cases whose `field` has this value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnoseLog(SomeCases):
    """What an imported log says: measures, where time goes, and its places. Times are microseconds.

    What nobody has asked before is worked out by a worker: ask again until `status` is `ready`.
    """


@operation("log.diagnosis", scope="insights:read", http="GET /logs/{log}/diagnosis")
def diagnosis(ctx: Context, ask: DiagnoseLog) -> LogAnswer:
    row, found = figures_of(ctx, ask)
    ready = found.status == "ready" and found.figures is not None
    return LogAnswer(
        log=line_of(row), status="ready" if ready else "failed" if found.status == "failed" else "waiting",
        doing=found.doing, share=found.share, error=found.error, as_of=found.as_of,
        diagnosis=view_of_figures(found) if ready else None, picture=found.picture if ready else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOfLog(SomeCases):
    """The report of an imported log as one page to read, send and print: what `procession diagnose --html` writes."""


@operation("log.report", scope="insights:read", http="GET /logs/{log}/report", raw=True)
def report(ctx: Context, ask: ReportOfLog) -> Download:
    row, found = figures_of(ctx, ask)
    refuse_unready(found)
    with ctx.store.transaction(ctx.organisation) as tx:
        page = tx.imported_logs.page(row.id, found.chosen)
    return Download(name=f"{row.title} - report.html", type="text/html; charset=utf-8", content=page.encode())


def figures_of(ctx: Context, ask: SomeCases) -> tuple[LogRow, FiguresRow]:
    """A log and what was worked out of the cases that are asked for; a worker is asked where that is not done yet. Raises
    NotFound or InvalidField."""
    wanted = _wanted(ask)
    chosen = _mark(wanted)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = seen(ctx, tx, ask.log)
        if row.log_sha256 is None:
            raise NotFound("The log is not read yet.")
        found = tx.imported_logs.figures(row.id, chosen)
        if found is None or (found.status != "waiting" and found.fingerprint != fingerprint()):
            if chosen != WHOLE:
                _refuse_unknown(tx, row.id, ask)
            tx.imported_logs.ask(row.id, chosen, wanted, fingerprint(), ctx.at, "waiting for a worker")
            found = tx.imported_logs.figures(row.id, chosen)
    assert found is not None
    return row, found


def refuse_unready(found: FiguresRow) -> None:
    """Refuse what a worker has not worked out yet. Raises Conflict."""
    if found.status == "failed":
        raise Conflict(found.error or "Nothing can be said of these cases.")
    if found.status != "ready":
        raise Conflict("The log is not diagnosed yet.", hint="Ask log.diagnosis again until its status is ready.")


def _wanted(ask: SomeCases) -> dict[str, str]:
    for name in ("begun_from", "begun_before"):
        text = getattr(ask, name)
        if text:
            try:
                datetime.fromisoformat(text)
            except ValueError:
                raise InvalidField(name, f"'{text[:40]}' is no date.", hint="Write it like 2026-12-31.") from None
    if bool(ask.field) != (ask.value is not None and ask.value != ""):
        raise InvalidField("value" if ask.field else "field", "A field and a value go together.")
    names = ("begun_from", "begun_before", "version", "department", "workflow", "field", "value")
    return {name: str(value) for name in names if (value := getattr(ask, name))}


def _mark(wanted: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:24] if wanted else WHOLE


def _refuse_unknown(tx: Transaction, log: str, ask: SomeCases) -> None:
    """Refuse what the log does not know, where that is known already."""
    whole = tx.imported_logs.figures(log)
    if whole is None or whole.status != "ready" or whole.fingerprint != fingerprint():
        return
    choices: FilterChoices = view_of_figures(whole).choices
    for name, known in (
        ("department", choices.departments),
        ("workflow", choices.workflows),
        ("version", choices.versions),
    ):
        asked = getattr(ask, name)
        if asked and asked not in known:
            listed = ", ".join(known[:20]) or "none"
            raise InvalidField(name, f"The log has no {name} '{asked[:60]}'.", hint=f"It has: {listed}.")
    if ask.field and ask.value and ask.field in choices.fields and ask.value not in choices.fields[ask.field]:
        listed = ", ".join(choices.fields[ask.field][:20])
        raise InvalidField("value", f"No case has the {ask.field} '{ask.value[:60]}'.", hint=f"There are: {listed}.")


def view_of_figures(found: FiguresRow) -> LogDiagnosisView:
    """What was worked out."""
    return cast("LogDiagnosisView", adapter(LogDiagnosisView).validate_python(found.figures))
