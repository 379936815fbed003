"""Write a table as CSV, XES, OCEL 2.0 JSON or Parquet, so that reading it again gives the same table.

What is estimated is left empty: an estimate must not come back as a record.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson
from duckdb import DuckDBPyConnection

from procession.analytics.instances import InstanceTable
from procession.interchange.event_log.cells import harmless
from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.gathering import list_of, quoted
from procession.interchange.event_log.reading import Format, connect
from procession.interchange.event_log.xes_writing import write_xes

PIECE = 20_000
"""Instances that are in memory as objects at one time."""

_NAMED = ("case", "step", "resource", "department", "group", "workflow")


_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".xes": "xes", ".json": "ocel", ".jsonocel": "ocel", ".parquet": "parquet",
}  # fmt: skip


def format_of(path: Path) -> Format:
    """The format that a file's name asks for; raises `LogFileError` for others."""
    name = path.name.lower().removesuffix(".gz")
    for ending, format_ in _ENDINGS.items():
        if name.endswith(ending):
            return format_
    raise LogFileError(
        f"'{path.name}' names no format.", "End it in .csv, .xes, .json (OCEL 2.0) or .parquet; .gz may follow."
    )


def write_log(table: InstanceTable, path: Path, format_: Format | None = None, *, mark: str = "") -> None:
    """Write the table into a file; packed with gzip where its name ends in `.gz`.

    `mark` is written beside the data of a Parquet file, so that no other file has the same bytes.

    In CSV, a text that a spreadsheet would calculate gets an apostrophe before it, which reading takes away again.
    """
    chosen = format_ or format_of(path)
    with tempfile.TemporaryDirectory(prefix="procession-log-") as folder:
        con = connect(Path(folder))
        try:
            columns = _flat(con, table)
            if chosen in ("csv", "parquet"):
                _copy(con, columns, path, chosen, mark)
            else:
                with _text(path) as file:
                    (write_xes if chosen == "xes" else _write_ocel)(file, _instances(con), table)
        finally:
            con.close()


def _flat(con: DuckDBPyConnection, table: InstanceTable) -> dict[str, str]:
    """Make the table `flat` with names, moments and traits; gives the type of each column."""
    codes: dict[str, Any] = {f"{name}_code": getattr(table, name) for name in _NAMED}
    codes["place"] = np.arange(len(table), dtype=np.int64)
    codes |= {"start_us": table.start, "end_us": table.end, "ready_us": table.ready}
    codes |= {"no_start": table.start_estimated, "no_ready": table.ready_estimated}
    con.register("codes", codes)
    for name in _NAMED:
        names = getattr(table, f"{name}_names")
        con.register(f"n_{name}", {"code": np.arange(len(names), dtype=np.int32), "name": _objects(names)})
    arrays = {name: _typed(values) for name, values in _traits(table).items()}
    keys = {name: f"trait_{number}" for number, name in enumerate(arrays)}
    if arrays:
        con.register("traits", {"place": codes["place"], **{keys[name]: array for name, array in arrays.items()}})
    named = ", ".join(f"n_{name}.name::varchar as {quoted(name)}" for name in _NAMED)
    more = "".join(
        f", nullif(t.{keys[name]}, 'nan'::double) as {quoted(name)}" if array.dtype.kind == "f"
        else f", t.{keys[name]} as {quoted(name)}"
        for name, array in arrays.items()
    )  # fmt: skip
    joins = " ".join(f"left join n_{name} on n_{name}.code = c.{name}_code" for name in _NAMED)
    moment = "make_timestamptz"
    con.execute(
        f'create table flat as select {named}, case when not no_start then {moment}(start_us) end as "start", '
        f'{moment}(end_us) as "end", case when not no_ready then {moment}(ready_us) end as ready, '
        f"c.place + 1 as instance{more} from codes c {joins} {'join traits t on t.place = c.place' if arrays else ''} "
        "order by c.place"
    )
    return {row[0]: str(row[1]) for row in con.execute("describe flat").fetchall()}


_RESERVED = ("case", "step", "start", "end", "ready", "resource", "department", "group", "workflow", "instance")


def kept_columns(con: DuckDBPyConnection, path: Path) -> list[str]:
    """The columns of a log that `write_log` wrote as Parquet, without those that every log has."""
    place = str(path).replace("'", "''")
    found = con.execute(f"describe select * from read_parquet('{place}')").fetchall()
    return [str(row[0]) for row in found if row[0] not in _RESERVED]


def _traits(table: InstanceTable) -> dict[str, Sequence[Any]]:
    """The traits by the names of their columns; one that is called like another column is called other."""
    wanted: dict[str, Sequence[Any]] = {f"case:{n}": _take(v, table.case) for n, v in table.case_traits.items()}
    wanted |= table.traits
    found: dict[str, Sequence[Any]] = {}
    taken: set[str] = set(_RESERVED)
    for name, values in wanted.items():
        own = name
        while own.casefold() in taken:
            own = f"other {own}"
        taken.add(own.casefold())
        found[own] = values
    return found


def _objects(values: Sequence[Any]) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    return array if len(values) else np.empty(0, dtype="U1")


def _take(values: Sequence[Any], codes: Any) -> list[Any]:
    return [values[code] for code in codes.tolist()]


def _typed(values: Sequence[Any]) -> Any:
    """An array of numbers, of yes and no, or of texts: what all the values are."""
    there = [one for one in values if one is not None]
    if there and len(there) == len(values) and all(isinstance(one, bool) for one in there):
        return np.array(values, np.bool_)
    if there and all(isinstance(one, int | float) and not isinstance(one, bool) for one in there):
        return np.array([np.nan if one is None else float(one) for one in values], np.float64)
    return _objects([None if one is None else _said(one) for one in values])


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _copy(con: DuckDBPyConnection, columns: Mapping[str, str], path: Path, chosen: Format, mark: str) -> None:
    target = "'" + str(path).replace("'", "''") + "'"
    kept = [name for name in columns if name in ("case", "step", "end", "instance") or _is_used(con, name)]
    if chosen == "parquet":
        marked = f", kv_metadata {{mark: {list_of([mark])}}}" if mark else ""
        con.execute(
            f"copy (select {', '.join(quoted(one) for one in kept)} from flat) to {target} (format parquet{marked})"
        )
        return
    fields: list[str] = []
    for name in kept:
        if columns[name].startswith("TIMESTAMP"):
            fields.append(f"strftime({quoted(name)}, '%Y-%m-%dT%H:%M:%S.%fZ') as {quoted(name)}")
        elif columns[name] == "VARCHAR":
            dangerous = (
                f"regexp_matches({quoted(name)}, '^[=+@\\t\\r\\n-]') and try_cast({quoted(name)} as double) is null"
            )
            fields.append(
                f"case when {dangerous} then '''' || {quoted(name)} else {quoted(name)} end as {_heading(name)}"
            )
        else:
            fields.append(quoted(name))
    packed = "gzip" if path.name.lower().endswith(".gz") else "none"
    con.execute(
        f"copy (select {', '.join(fields)} from flat) to {target} (format csv, header true, compression {packed})"
    )


def _heading(name: str) -> str:
    return quoted(harmless(name))


def _is_used(con: DuckDBPyConnection, name: str) -> bool:
    return bool((con.execute(f"select count({quoted(name)}) from flat").fetchone() or (0,))[0])


def _instances(con: DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Each instance with what is known of it, by column; moments as aware times."""
    con.execute("select * from flat order by instance")
    names = [column[0] for column in con.description or ()]
    while rows := con.fetchmany(PIECE):
        for row in rows:
            yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


@contextmanager
def _text(path: Path) -> Generator[IO[bytes]]:
    """A file to write into; nothing is left of it when writing fails."""
    packed = path.name.lower().endswith(".gz")
    with cast(IO[bytes], gzip.open(path, "wb") if packed else path.open("wb")) as file:
        try:
            yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def iso(moment: datetime) -> str:
    """A moment in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write_ocel(file: IO[bytes], instances: Iterator[dict[str, Any]], table: InstanceTable) -> None:
    """Cases and resources are objects; what else is known of an instance are attributes of its event."""
    file.write(b'{"objectTypes":')
    case_attributes = [{"name": name, "type": _kind(values)} for name, values in table.case_traits.items()]
    file.write(orjson.dumps([{"name": "case", "attributes": case_attributes},
                             {"name": "resource", "attributes": [{"name": "name", "type": "string"}]}]))  # fmt: skip
    attributes = [{"name": name, "type": "time"} for name in ("start", "ready")]
    attributes += [{"name": name, "type": "string"} for name in ("department", "group", "workflow")]
    attributes += [{"name": name, "type": _kind(values)} for name, values in table.traits.items()]
    file.write(b',"eventTypes":')
    file.write(orjson.dumps([{"name": name, "attributes": attributes} for name in table.step_names]))
    file.write(b',"objects":[')
    parts = _ocel_objects(table)
    file.write(next(parts, b""))
    for part in parts:
        file.write(b"," + part)
    file.write(b'],"events":[')
    cases = frozenset(table.case_names)
    for place, one in enumerate(instances):
        file.write((b"," if place else b"") + orjson.dumps(_ocel_event(one, cases)))
    file.write(b"]}")


def _kind(values: Sequence[Any]) -> str:
    return {"f": "float", "b": "boolean"}.get(_typed(values).dtype.kind, "string")


def _ocel_objects(table: InstanceTable) -> Iterator[bytes]:
    began = "1970-01-01T00:00:00Z"
    for code, name in enumerate(table.case_names):
        known = {trait: values[code] for trait, values in table.case_traits.items() if values[code] is not None}
        attributes = [{"name": trait, "time": began, "value": _plain(value)} for trait, value in known.items()]
        yield orjson.dumps({"id": name, "type": "case", "attributes": attributes, "relationships": []})
    cases = frozenset(table.case_names)
    for name in table.resource_names:
        attributes = [{"name": "name", "time": began, "value": name}]
        yield orjson.dumps({"id": _object_id(name, cases), "type": "resource", "attributes": attributes})


def _object_id(name: str, cases: frozenset[str]) -> str:
    """Objects of all types share one space of ids."""
    return f"resource {name}" if name in cases else name


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _ocel_event(one: Mapping[str, Any], cases: frozenset[str]) -> dict[str, Any]:
    relations = [{"objectId": one["case"], "qualifier": "case"}]
    if "resource" in one:
        relations.append({"objectId": _object_id(one["resource"], cases), "qualifier": "done by"})
    skipped = {"case", "step", "end", "resource", "instance"}
    attributes = [
        {"name": name, "value": iso(value) if isinstance(value, datetime) else _plain(value)}
        for name, value in one.items()
        if name not in skipped and not name.startswith("case:")
    ]
    return {"id": f"e{one['instance']}", "type": one["step"], "time": iso(one["end"]), "attributes": attributes,
            "relationships": relations}  # fmt: skip
