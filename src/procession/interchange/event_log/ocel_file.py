"""OCEL 2.0 JSON: events that belong to objects. The objects of one type are taken as the cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import orjson
from duckdb import DuckDBPyConnection

from procession.interchange.event_log.errors import CasesUnknown, LogFileError
from procession.interchange.event_log.gathering import Raw
from procession.interchange.event_log.report import Progress, Report
from procession.interchange.event_log.rows import Rows
from procession.interchange.event_log.source import pieces
from procession.interchange.event_log.words import WORDS, Role, plain

LARGEST = 1 << 30
"""Bytes of a file when it is unpacked; JSON is read as a whole, and a larger one is refused."""

_ACTING: tuple[Role, ...] = ("resource", "department", "group", "workflow")
"""What objects stand for that are no cases."""


def load(
    con: DuckDBPyConnection,
    path: Path,
    folder: Path,
    report: Report,
    object_type: str | None,
    progress: Progress | None,
) -> Raw:
    """Read the file into the table `raw`: a row for each event and each object of the case's type that it belongs to."""
    data = _parsed(path, report.name, progress)
    objects = {one["id"]: one for one in data["objects"]}
    kinds: dict[str, Role | None] = {kind: _acting(kind) for kind in {str(one["type"]) for one in objects.values()}}
    cases = _case_type(object_type, kinds, objects)
    report.encoding = "UTF-8"
    traits = {name: _attributes(one) for name, one in objects.items() if one["type"] == cases}
    rows = Rows(folder)
    stray = 0
    for event in data["events"]:
        row = {"step": str(event["type"]), "end": str(event.get("time", "")), "instance": str(event["id"])}
        row |= _attributes(event)
        mine: list[str] = []
        for relation in event.get("relationships") or ():
            one = objects.get(relation.get("objectId"))
            if one is None:
                continue
            if one["type"] == cases:
                mine.append(one["id"])
            elif role := kinds[one["type"]]:
                row.setdefault(role, _attributes(one).get("name") or str(one["id"]))
        stray += not mine
        for name in mine:
            rows.add(row | {"case": name} | {f"case:{key}": value for key, value in traits[name].items()})
    if stray:
        report.notes.append(f"{stray:,} events belong to no object of type '{cases}'; they are left out.")
    return rows.into(con)


def _parsed(path: Path, name: str, progress: Progress | None) -> dict[str, Any]:
    whole = bytearray()
    for piece in pieces(path, progress):
        whole += piece
        if len(whole) > LARGEST:
            raise LogFileError(
                f"'{name}' has more than {LARGEST >> 30} GB of JSON, which is the limit.",
                "Export it as CSV or Parquet.",
            )
    try:
        data = orjson.loads(whole)
    except orjson.JSONDecodeError as problem:
        raise LogFileError(
            f"'{name}' is no whole JSON: {problem.msg}, at line {problem.lineno}.", "Export or copy the file again."
        ) from None
    for part in ("objects", "events"):
        entries: Any = cast(dict[str, Any], data).get(part) if isinstance(data, dict) else None
        if not isinstance(entries, list):
            raise LogFileError(
                f"'{name}' is JSON, but no OCEL 2.0: it has no list '{part}'.",
                "Export the log as OCEL 2.0 (JSON), CSV, XES or Parquet.",
            )
        for place, one in enumerate(cast(list[Any], entries), 1):
            if not _has_id_and_type(one):
                raise LogFileError(f"'{name}' is no OCEL 2.0: entry {place} of '{part}' has no id or no type.")
    return cast(dict[str, Any], data)


def _has_id_and_type(one: Any) -> bool:
    entry = cast(dict[str, Any], one) if isinstance(one, dict) else {}
    return isinstance(entry.get("id"), str) and isinstance(entry.get("type"), str)


def _acting(kind: str) -> Role | None:
    """What an object type stands for, by its name: `employees` are resources."""
    said = plain(kind)
    for role in _ACTING:
        words = WORDS[role].split("|")
        if said in words or said.removesuffix("s") in words:
            return role
    return None


def _case_type(wanted: str | None, kinds: Mapping[str, Role | None], objects: Mapping[str, Any]) -> str:
    counts = Counter(one["type"] for one in objects.values())
    if wanted is not None:
        if wanted not in kinds:
            listed = ", ".join(f"'{kind}' ({count:,})" for kind, count in counts.most_common())
            raise LogFileError(f"There are no objects of type '{wanted}'.", f"There are {listed}.")
        return wanted
    free = [kind for kind, role in kinds.items() if role is None]
    named = [kind for kind in free if plain(kind).removesuffix("s") == "case"]
    if len(named or free) != 1:
        raise CasesUnknown(dict(counts.most_common()))
    return (named or free)[0]


def _attributes(one: Mapping[str, Any]) -> dict[str, str]:
    """Attributes by name; of a value that changed, the last."""
    found: dict[str, str] = {}
    for attribute in one.get("attributes") or ():
        value = attribute.get("value")
        if value is not None:
            said = str(value).lower() if isinstance(value, bool) else str(value)
            found[str(attribute.get("name"))] = said
    return found
