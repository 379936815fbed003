"""A small log with everything in it."""

from __future__ import annotations

import csv
import io

HEADER = ("case", "step", "ready", "start", "end", "resource", "department", "group", "workflow", "case:amount",
          "case:region", "note", "urgent")  # fmt: skip
ROWS = (
    ("=1+1", "Check, then \"sign\"", "2026-01-05T08:00:00Z", "2026-01-05T08:30:00Z", "2026-01-05T09:00:00.000001Z",
     "@ann", "Sales & Co <EU>", "clerks", "order", "12.5", "Süd;Ost", "two\nlines", "true"),
    ("=1+1", "Zahlung prüfen", "", "", "2026-01-05T12:00:00Z", "", "-finance", "", "order", "12.5", "Süd;Ost", "", "false"),
    ("=1+1", "Zahlung prüfen", "", "", "2026-01-05T12:00:00Z", "", "-finance", "", "order", "12.5", "Süd;Ost", "", "false"),
    ("b'2", "支払い", "", "2026-01-06T08:00:00+05:30", "2026-01-06T09:00:00+05:30", "ben\ttab", "", "", "", "7", "", "x", "true"),
)  # fmt: skip


def made() -> str:
    """As CSV, with an instance's number so that two equal rows are two."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*HEADER, "instance"])
    writer.writerows([*row, number] for number, row in enumerate(ROWS, 1))
    return out.getvalue()
