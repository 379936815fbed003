"""What is done with a log, from file to figures. Nothing here knows the database.

As a program (`python -m procession.operations.logs.working`) it takes one piece of work as JSON on its input, tells how far
it is in lines of JSON on its output, and leaves what it made in a folder. So a large log cannot take the server's memory
or its time, and what goes wrong ends this process alone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from procession.interchange.event_log.reading import Options
    from procession.interchange.event_log.report import Progress

MOST_UNPACKED: Final = 4 << 30
"""Bytes of an uploaded file when it is unpacked."""
MOST_EVENTS: Final = 5_000_000
"""Steps of a log that is kept."""
ROWS_SHOWN: Final = 8


class Unreadable(Exception):
    """A file that cannot be read; the sentence says why, the hint what would be right, the field what it is about."""

    def __init__(self, sentence: str, hint: str = "", field: str = "content") -> None:
        super().__init__(sentence)
        self.hint = hint
        self.field = field
        self.row_errors = ""
        """Why each row was left out, as CSV; empty where it did not come to single rows."""


def options_of(said: Mapping[str, Any]) -> Options:
    """How a log is read, from the values of a form or request."""
    from procession.interchange.event_log.reading import Options

    pairs = [one.partition("=") for one in said.get("columns") or ()]
    day_first = {"day-first": True, "month-first": False}.get(str(said.get("dates") or ""))
    separator = {"tab": "\t", "comma": ",", "semicolon": ";", "bar": "|"}.get(
        str(said.get("separator") or ""), said.get("separator") or None
    )
    return Options(
        columns={meaning.strip(): name.strip() for meaning, _, name in pairs if name.strip()},
        left_out=frozenset(meaning.strip() for meaning, _, name in pairs if not name.strip()),
        zone=said.get("zone") or "UTC", day_first=day_first, separator=separator,
        encoding=said.get("encoding") or None, object_type=said.get("object_type") or None,
    )  # fmt: skip


def look(path: Path, name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The first rows and what the columns seem to mean. Raises `Unreadable`."""
    from procession.interchange.event_log.errors import CasesUnknown, LogFileError
    from procession.interchange.event_log.reading import preview

    with _Named(path, name) as file:
        _refuse_bomb(file)
        try:
            found = preview(file, options_of(said), ROWS_SHOWN)
        except CasesUnknown as unknown:
            return {"format": "OCEL 2.0 JSON", "names": [], "rows": [], "columns": {}, "problem": str(unknown),
                    "object_types": list(unknown.types)}  # fmt: skip
        except LogFileError as problem:
            raise _unreadable(problem) from None
    if not found.rows:
        raise Unreadable(f"'{name}' has no events.", "A log has a header and a row for each event.")
    columns = found.columns
    return {
        "format": found.format, "names": list(found.names), "rows": [list(row) for row in found.rows],
        "columns": dict(columns.by_role) if columns is not None else {},
        "dialect": columns.dialect if columns is not None else "", "problem": found.problem, "object_types": [],
    }  # fmt: skip


def read(
    path: Path, name: str, said: Mapping[str, Any], target: Path, mark: str, progress: Progress | None = None
) -> dict[str, Any]:
    """Read a file and write it as a log of ours into `target`; gives the account. Raises `Unreadable`."""
    from dataclasses import asdict

    from procession.interchange.event_log.errors import LogFileError
    from procession.interchange.event_log.reading import read_log
    from procession.interchange.event_log.writing import write_log
    from procession.interchange.log_report.sentences import imported as told

    with _Named(path, name) as file:
        _refuse_bomb(file)
        try:
            imported = read_log(file, options_of(said), progress)
        except LogFileError as problem:
            refused = _unreadable(problem)
            refused.row_errors = problem.row_errors
            raise refused from None
    table, report = imported.table, imported.report
    if len(table) > MOST_EVENTS:
        raise Unreadable(
            f"The log has {len(table):,} steps, and at most {MOST_EVENTS:,} are kept here.",
            "Choose a shorter period, or use procession diagnose on the command line, which has no such limit.",
        )
    write_log(table, target, "parquet", mark=mark)
    account = {
        key: value for key, value in asdict(report).items() if key not in ("name", "errors")
    } | {"errors": [asdict(one) for one in report.errors[:100]], "sentences": told(report)}  # fmt: skip
    return {
        "report": account, "row_errors": report.errors_as_csv() if report.errors else "", "cases": table.cases,
        "events": len(table), "begins": int(table.start.min()), "ends": int(table.end.max()),
    }  # fmt: skip


def work_out(work: Mapping[str, Any], target: Path, progress: Progress | None = None) -> dict[str, Any]:
    """What some cases of a kept log say: the figures as JSON holds them, the picture and the report; the cases row by row
    are written into `target`. Raises `Unreadable`."""
    from procession.analytics.log_diagnosis import diagnose, rate_of
    from procession.analytics.log_measures.filters import FilterError, chosen
    from procession.interchange.event_log.reading import read_log
    from procession.interchange.log_cases import write_cases
    from procession.interchange.log_report.page import report_page
    from procession.operations.logs.picture import picture_of
    from procession.operations.logs.telling import report_of, told

    tell, said = progress or _silently, work["options"]
    zone, rate = ZoneInfo(str(said.get("zone") or "UTC")), rate_of(said.get("rate"))
    table = read_log(Path(work["path"]), None, _part(tell, 0.0, 0.3, "diagnosing")).table
    try:
        flags = chosen(table, _filter(work["filter"], zone))
    except FilterError as problem:
        sentence = str(problem)
        raise Unreadable(f"{sentence[:1].upper()}{sentence[1:]}.") from None
    if not flags.any():
        raise Unreadable(f"None of the {table.cases:,} cases is chosen.", "Leave out one of the conditions.")
    some = table if flags.all() else table.only(flags)
    found = diagnose(some, zone, _said_of(said), _part(tell, 0.3, 0.92, "writing"))
    write_cases(found, target, work["mark"])
    tell("drawing", 0.96)
    return {
        "figures": told(table, found, people=work["people"], rate=rate), "picture": picture_of(some, found.figures),
        "page": report_page(work["name"], found, report_of(work["name"], work["report"]), people=work["people"], rate=rate),
    }  # fmt: skip


def _said_of(said: Mapping[str, Any]) -> Any:
    from procession.analytics.log_diagnosis import Said

    return Said(**{name: tuple(said.get(name) or ()) for name in ("outside", "mail", "automatic", "refused")})


def _part(progress: Progress, begin: float, end: float, then: str) -> Progress:
    """Tells a part of the work; when that is done, what comes then."""

    def tell(doing: str, done: float) -> None:
        progress(doing if done < 1 else then, begin + (end - begin) * done)

    return tell


def _silently(doing: str, share: float) -> None:
    pass


def _filter(wanted: Mapping[str, str], zone: ZoneInfo) -> Any:
    from procession.analytics.log_measures.filters import Filter

    def moment(name: str) -> int | None:
        text = wanted.get(name)
        if not text:
            return None
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1e6)

    values = {wanted["field"]: wanted.get("value", "")} if wanted.get("field") else {}
    return Filter(
        begun_from=moment("begun_from"), begun_before=moment("begun_before"), values=values,
        version=wanted.get("version"), department=wanted.get("department"), workflow=wanted.get("workflow"),
    )  # fmt: skip


class _Named:
    """The file under the name that people know, so that sentences about it can be understood."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name or "file"

    def __enter__(self) -> Path:
        self._folder = Path(tempfile.mkdtemp(prefix="procession-named-"))
        named = self._folder / self._name
        try:
            named.symlink_to(self._path.resolve())
        except OSError:  # a system without links
            shutil.copyfile(self._path, named)
        return named

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _refuse_bomb(path: Path) -> None:
    """Refuse what unpacks to more than is read here. Raises `Unreadable`."""
    if unpacked_more_than(path, MOST_UNPACKED):
        raise Unreadable(
            f"'{path.name}' unpacks to more than {MOST_UNPACKED >> 30} GB, which is the limit here.",
            "Choose a shorter period, or use procession diagnose on the command line.",
        )


def unpacked_more_than(path: Path, most: int) -> bool:
    """Whether a file has more bytes, once it is unpacked. Raises `Unreadable` for a damaged archive."""
    from procession.interchange.event_log import source
    from procession.interchange.event_log.errors import LogFileError

    if not source.is_compressed(path):
        return path.stat().st_size > most
    size = 0
    try:
        for piece in source.pieces(path):
            size += len(piece)
            if size > most:
                return True
    except LogFileError as problem:
        raise _unreadable(problem) from None
    return False


def _unreadable(problem: Any) -> Unreadable:
    """The same in words that fit every door: there are no options of a command line here."""
    from procession.interchange.event_log.errors import AmbiguousDates, CasesUnknown, ColumnsUnknown

    sentence, hint = str(problem), str(problem.hint)
    if isinstance(problem, ColumnsUnknown):
        return Unreadable(sentence, "Say which column is the case, which the step, and which the time.", "columns")
    if isinstance(problem, AmbiguousDates):
        return Unreadable(sentence, "Say whether the day or the month comes first.", "dates")
    if isinstance(problem, CasesUnknown):
        return Unreadable(sentence, "Say which objects are the cases.", "object_type")
    if "--column" in hint:
        return Unreadable(
            sentence, "Name another column, or write moments like 2026-12-31 08:15 or 31.12.2026 08:15.", "columns"
        )
    if "--separator" in hint:
        return Unreadable(
            sentence, "A log has at least a case, a step and a time; say what separates them.", "separator"
        )
    if "--encoding" in hint:
        return Unreadable(sentence, "Say its encoding, such as utf-16 or latin-1.", "encoding")
    field = "zone" if "time zone" in sentence and sentence.startswith("There is no") else "content"
    return Unreadable(sentence, hint, field)


# --- as a program -----------------------------------------------------------------------------------------------------


def main() -> None:
    """Do one piece of work; what comes of it is `result.json` in its folder."""
    os.nice(5)  # pages are answered by the same machine
    work: dict[str, Any] = json.load(sys.stdin)
    folder = Path(work["folder"])

    def tell(doing: str, share: float) -> None:
        sys.stdout.write(json.dumps({"doing": doing, "share": share}) + "\n")
        sys.stdout.flush()

    try:
        result = _done(work, folder, tell)
    except Unreadable as problem:
        result = {"error": str(problem), "hint": problem.hint, "row_errors": problem.row_errors}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def _done(work: Mapping[str, Any], folder: Path, tell: Progress) -> dict[str, Any]:
    path, said = Path(work["path"]), cast("dict[str, Any]", work["options"])
    if work["task"] == "look":
        return look(path, work["name"], said)
    if work["task"] == "read":
        return read(path, work["name"], said, folder / "log.parquet", work["mark"], tell)
    return work_out(work, folder / "rows.parquet", tell)


if __name__ == "__main__":
    main()
