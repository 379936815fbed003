"""Our own history as an event log, in the formats that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from procession.engine.rejections import NotAvailable
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.values import Download


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportHistory(Ask):
    """The finished cases of a process or workflow as an event log: CSV, XES, OCEL 2.0 (JSON) or Parquet.

    A row is a step that was done, with when it was ready, begun and done, by whom, and the fields of its case that are
    traits. What was estimated is left empty.
    """

    process: str
    """Its id; a workflow that is looked at alone works as well."""
    format: Literal["csv", "xes", "ocel", "parquet"] = "csv"
    """What is to be made of it."""


@operation("insight.event_log", scope="insights:read", http="GET /insights/{process}/event-log", raw=True)
def export_history(ctx: Context, ask: ExportHistory) -> Download:
    analysis, ref = visible(ctx, ask.process)
    try:
        from procession.analytics.table_of_log import table_of
        from procession.operations.logs.keeping import as_download
    except ImportError as missing:
        raise NotAvailable(
            "Event logs need numpy and duckdb, which are not installed.",
            hint="Install them: pip install 'procession[analytics]'.",
        ) from missing
    if not analysis.log.cases:
        raise NotAvailable(f"No case of {ref.title} has finished yet.", hint="An event log holds finished cases.")
    return as_download(table_of(analysis.log), ref.id, ask.format)
