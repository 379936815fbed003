"""Reading and diagnosing imported logs: each in a process of its own, watched from here."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import structlog

from procession.jobs.work import Tools
from procession.operations.logs.bringing import kept_values, put_file
from procession.operations.logs.keeping import forget_files
from procession.store.ids import new_id
from procession.store.imported_logs import WHOLE, FiguresRow, LogRow
from procession.store.store import Store

log = structlog.get_logger()

LONGEST: Final = 3600.0
"""Seconds that one piece of work may take."""
TOLD_EVERY: Final = 0.5
"""Seconds between two notes of how far it is."""
DRAFTS_KEPT: Final = 7.0
CHOICES_KEPT: Final = 30.0
"""In days."""


class NotDone(Exception):
    """What was to be worked out could not be; the sentence says why."""

    def __init__(self, sentence: str, hint: str = "", row_errors: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint
        self.row_errors = row_errors


class Unwanted(Exception):
    """Nobody waits for it any more."""


def run_log(tools: Tools, organisation: str, log_id: str, chosen: str) -> None:
    """Do what waits for a log: look at its columns, read it, say what it says. Does nothing where nobody waits."""
    found = _waiting(tools.store, organisation, log_id, chosen)
    if found is None:
        return
    row, figures = found
    try:
        if row.status == "looking":
            _look(tools, organisation, row)
            return
        if row.status == "reading":
            row = _read(tools, organisation, row)
        _work_out(tools, organisation, row, figures)
    except Unwanted:
        return
    except NotDone as problem:
        _fail(tools.store, organisation, row, chosen, problem)


def _waiting(store: Store, organisation: str, log_id: str, chosen: str) -> tuple[LogRow, FiguresRow] | None:
    with store.transaction(organisation) as tx:
        row, figures = tx.imported_logs.find(log_id), tx.imported_logs.figures(log_id, chosen)
    return None if row is None or figures is None or figures.status != "waiting" else (row, figures)


def _fail(store: Store, organisation: str, row: LogRow, chosen: str, problem: NotDone) -> None:
    said = f"{problem} {problem.hint}".strip()
    with store.transaction(organisation) as tx:
        tx.imported_logs.failed(row.id, chosen, said)
        if row.status in ("looking", "reading"):
            tx.imported_logs.change(row.id, status="failed", error=str(problem), hint=problem.hint or None,
                                    row_errors=problem.row_errors or None)  # fmt: skip
    log.info("log not read", organisation=organisation, log=row.id, error=said)


def _look(tools: Tools, organisation: str, row: LogRow) -> None:
    found = _apart(tools, organisation, row, WHOLE, {"task": "look", "path": _upload(tools, row)})
    with tools.store.transaction(organisation) as tx:
        tx.imported_logs.change(row.id, preview=found, status="draft")
        tx.imported_logs.failed(row.id, WHOLE, "The log is not read yet.")


def _read(tools: Tools, organisation: str, row: LogRow) -> LogRow:
    with tempfile.TemporaryDirectory(prefix="procession-log-") as name:
        folder = Path(name)
        asked = {"task": "read", "path": _upload(tools, row), "mark": row.id}
        found = _apart(tools, organisation, row, WHOLE, asked, folder)
        values = kept_values(tools.files, found, folder / "log.parquet")
    with tools.store.transaction(organisation) as tx:
        there = tx.imported_logs.change(row.id, **values)
    tools.files.drop_upload(row.id)
    if not there:
        tools.files.remove(values["log_sha256"])
        raise Unwanted
    with tools.store.transaction(organisation) as tx:
        return tx.imported_logs.get(row.id)


def _work_out(tools: Tools, organisation: str, row: LogRow, figures: FiguresRow) -> None:
    if row.log_sha256 is None:
        raise NotDone("The log is not read yet.")
    path = tools.files.path(row.log_sha256)
    if not path.is_file():
        raise NotDone("The file of the log is not there any more.", "Bring it again.")
    asked = {
        "task": "diagnose", "path": str(path), "filter": figures.filter, "people": row.people, "report": row.report,
        "mark": f"{row.id} {figures.chosen} {new_id()}",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="procession-cases-") as name:
        folder = Path(name)
        found = _apart(tools, organisation, row, figures.chosen, asked, folder)
        rows = put_file(tools.files, folder / "rows.parquet")
    with tools.store.transaction(organisation) as tx:
        there = tx.imported_logs.made(
            row.id, figures.chosen, found["figures"], found["picture"], found["page"], rows, datetime.now(UTC)
        )
    for gone in [figures.rows_sha256] if there else [rows]:
        if gone is not None:
            tools.files.remove(gone)


def _upload(tools: Tools, row: LogRow) -> str:
    path = tools.files.upload(row.id)
    if not path.is_file():
        raise NotDone("The file is not there any more.", "Bring it again.")
    return str(path)


def _apart(
    tools: Tools, organisation: str, row: LogRow, chosen: str, asked: Mapping[str, Any], folder: Path | None = None
) -> dict[str, Any]:
    """Do it in a process of its own, and note how far it is. Raises NotDone, or Unwanted."""
    with tempfile.TemporaryDirectory(prefix="procession-work-") as name:
        place = folder or Path(name)
        work = {"folder": str(place), "name": row.file_name, "options": row.options, **asked}
        with (place / "said").open("wb") as said, subprocess.Popen(
            [sys.executable, "-m", "procession.operations.logs.working"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=said, text=True,
        ) as process:  # fmt: skip
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(json.dumps(work))
                process.stdin.close()
                _watch(tools.store, organisation, row.id, chosen, process.stdout)
                process.wait(10)
            except BaseException:
                process.kill()
                raise
        result = place / "result.json"
        if process.returncode or not result.is_file():
            trouble = (place / "said").read_text(errors="replace")[-2000:]
            log.error(
                "work on a log ended", organisation=organisation, log=row.id, code=process.returncode, said=trouble
            )
            raise NotDone("Working it out ended early. This was our fault, and it was recorded.")
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    if "error" in found:
        raise NotDone(found["error"], found.get("hint", ""), found.get("row_errors", ""))
    return found


def _watch(store: Store, organisation: str, log_id: str, chosen: str, lines: IO[str]) -> None:
    begun = told = time.monotonic()
    for line in lines:
        now = time.monotonic()
        if now - begun > LONGEST:
            raise NotDone(f"It took longer than {LONGEST / 60:.0f} minutes.", "Choose a shorter period.")
        try:
            note = json.loads(line)
        except ValueError:
            continue  # a library that speaks
        if now - told < TOLD_EVERY and told != begun:
            continue
        told = now
        with store.transaction(organisation) as tx:
            if not tx.imported_logs.went_on(log_id, chosen, str(note["doing"]), float(note["share"])):
                raise Unwanted


def tidy_logs(tools: Tools, at: datetime | None = None) -> None:
    """Forget files that nobody has said anything about, and what was worked out of chosen cases long ago."""
    at = at or datetime.now(UTC)
    for organisation in tools.store.organisations():
        with tools.store.transaction(organisation) as tx:
            unneeded = tx.imported_logs.forget_choices(at, CHOICES_KEPT)
            rows = [tx.imported_logs.get(one) for one in tx.imported_logs.stale(at, DRAFTS_KEPT)]
            for row in rows:
                tx.imported_logs.delete(row.id)
        for sha256 in unneeded:
            tools.files.remove(sha256)
        for row in rows:
            forget_files(tools.files, row)
