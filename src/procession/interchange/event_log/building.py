"""From gathered instances to an `InstanceTable`: names become codes, what is not recorded is estimated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from procession.analytics.estimating import estimate
from procession.analytics.instances import Codes, InstanceTable
from procession.interchange.event_log.gathering import AS_TRAITS, quoted
from procession.interchange.event_log.report import Report

MANY_STEPS = 1000
"""From how many different steps on the report asks whether the column is the right one."""

_NAMED = ("step", "resource", "department", "group", "workflow")


class Coded(Sequence[Any]):
    """Values of many rows, of which there are few: each row keeps a number into the list of them."""

    def __init__(self, codes: Codes, values: Sequence[Any]) -> None:
        self.codes = codes
        self.values = values

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> Coded: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return Coded(self.codes[at], self.values)
        code = int(self.codes[at])
        return None if code < 0 else self.values[code]

    def __iter__(self) -> Iterator[Any]:
        values = self.values
        return (None if code < 0 else values[code] for code in self.codes.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)  # pyright: ignore[reportUnknownArgumentType]

    def __hash__(self) -> int:
        return id(self)


def build(con: DuckDBPyConnection, traits: Sequence[str], report: Report) -> InstanceTable:
    """Make the table of what is in `instance`; cases come in the order of their first moment, then their name."""
    for name in _NAMED:
        con.execute(
            f"create table name_{name} as select distinct {quoted(name)} as name from instance where name is not null"
        )
        con.execute(
            f"create table code_{name} as select name, row_number() over (order by name) - 1 as code from name_{name}"
        )
    con.execute(
        "create table code_case as select name, row_number() over (order by first, name) - 1 as code from "
        '(select "case" as name, min(least("end", coalesce("start", "end"))) as first from instance group by 1)'
    )
    joins = " ".join(f"left join code_{name} c_{name} on c_{name}.name = i.{quoted(name)}" for name in _NAMED)
    codes = ", ".join(f"coalesce(c_{name}.code, -1)::int as {name}_code" for name in _NAMED)
    con.execute(
        f'create table sorted as select c_case.code::int as case_code, {codes}, i."start" as begun, i."end" as done, '
        f'i.ready as enabled, i.place from instance i join code_case c_case on c_case.name = i."case" {joins} '
        "order by case_code, done, coalesce(begun, done), i.place"
    )
    columns = _arrays(con, "select * exclude (place) from sorted")
    case, step = _plain(columns["case_code"]), _plain(columns["step_code"])
    end = _plain(columns["done"])
    start, start_known = _with_gaps(columns["begun"])
    ready, ready_known = _with_gaps(columns["enabled"])
    bound = np.where(start_known, start, end)
    late = ready_known & (ready > bound)
    if late.any():
        report.notes.append(
            f"{int(late.sum()):,} instances were begun before they are said to be ready; that is estimated anew."
        )
        ready_known &= ~late
    found = estimate(
        case=case, step=step, resource=_plain(columns["resource_code"]), ready=ready, start=start, end=end,
        ready_known=ready_known, start_known=start_known,
    )  # fmt: skip
    case_traits, instance_traits = _traits(con, traits)
    names = {name: _names(con, name) for name in ("case", *_NAMED)}
    table = InstanceTable(
        case=case, step=step, resource=_plain(columns["resource_code"]), department=_plain(columns["department_code"]),
        group=_plain(columns["group_code"]), workflow=_plain(columns["workflow_code"]), ready=found.ready,
        start=found.start, end=end, ready_estimated=found.ready_estimated, start_estimated=found.start_estimated,
        released_by=found.released_by, case_names=names["case"], step_names=names["step"],
        resource_names=names["resource"], department_names=names["department"], group_names=names["group"],
        workflow_names=names["workflow"], case_traits=case_traits, traits=instance_traits,
    )  # fmt: skip
    _account(table, report)
    return table


def _arrays(con: DuckDBPyConnection, statement: str) -> dict[str, Any]:
    """What a statement gives, by column."""
    asked: Any = con.execute(statement)  # its stubs name pandas, which is not there
    return asked.fetchnumpy()


def _plain(column: Any) -> NDArray[Any]:
    return np.ascontiguousarray(np.ma.getdata(column))


def _with_gaps(column: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Moments and which of them are there."""
    known = ~np.ma.getmaskarray(column)
    return np.where(known, np.ma.getdata(column), 0).astype(np.int64), known


def _names(con: DuckDBPyConnection, name: str) -> list[str]:
    return [row[0] for row in con.execute(f"select name from code_{name} order by code").fetchall()]


def _account(table: InstanceTable, report: Report) -> None:
    report.instances, report.cases, report.steps = len(table), table.cases, len(table.step_names)
    report.resources = len(table.resource_names)
    report.without_resource = int((table.resource < 0).sum())
    report.without_start = int(table.start_estimated.sum())
    report.ready_recorded = int((~table.ready_estimated).sum())
    if report.steps > MANY_STEPS:
        report.notes.append(
            f"There are {report.steps:,} different steps: is '{report.columns.get('step')}' the right column?"
        )
    if report.cases == report.instances > 1:
        report.notes.append(
            f"Every case has one step only: is '{report.columns.get('case')}' the right column for the case?"
        )
    if report.cases == 1:
        report.notes.append("There is one case only: nothing can be said of how cases differ.")


def _traits(
    con: DuckDBPyConnection, traits: Sequence[str]
) -> tuple[dict[str, Sequence[Any]], dict[str, Sequence[Any]]]:
    """The other columns: of the case, where all its instances that tell it tell the same, else of the instance."""
    of_cases: dict[str, Sequence[Any]] = {}
    of_instances: dict[str, Sequence[Any]] = {}
    if not traits:
        return of_cases, of_instances
    keys = [f"trait_{number}" for number in range(len(traits))]
    used = con.execute(f"select {', '.join(f'count({key})' for key in keys)} from instance").fetchone() or ()
    keys, traits = (tuple(one for one, count in zip(some, used, strict=True) if count) for some in (keys, traits))
    if not keys:
        return of_cases, of_instances
    # What is decided in one step of a case is no trait of the whole, though its other steps say nothing of it.
    same = ", ".join(
        f"min({key}) is not distinct from max({key}){f' and count({key}) in (0, count(*))' if name in AS_TRAITS else ''} "
        f"as {key}"
        for key, name in zip(keys, traits, strict=True)
    )
    alike = con.execute(
        f'select {", ".join(f"bool_and({key})" for key in keys)} from (select {same} from instance group by "case")'
    ).fetchone() or tuple(False for _ in keys)
    for key, name, is_of_case in zip(keys, traits, alike, strict=True):
        value = _as_value(con, key)
        if is_of_case:
            rows = con.execute(
                f'select c.code, min({value}) from instance i join code_case c on c.name = i."case" group by 1 order by 1'
            ).fetchall()
            own = name.removeprefix("case:")
            of_cases[f"other {own}" if own == "begin" else own] = [row[1] for row in rows]
        else:
            values = _coded(con, key, value)
            of_instances[name if _means_that(name, values) else f"other {name}"] = values
    return of_cases, of_instances


_OF_OURS = ("outside", "machine", "first_opened", "place")
"""Traits that the diagnosis reads a meaning from; of cases it is `begin`."""


def _means_that(name: str, values: Coded) -> bool:
    """Whether a column of such a name can be meant: yes or no where the diagnosis wants yes or no."""
    return name not in _OF_OURS or (name in _OF_OURS[:2] and all(isinstance(one, bool) for one in values.values))


def _as_value(con: DuckDBPyConnection, key: str) -> str:
    """A text column of numbers or of yes and no as such, so that it is the same from every format."""
    type_ = (con.execute(f"select typeof({key}) from instance limit 1").fetchone() or ("",))[0]
    if type_.startswith(("TIMESTAMP", "DATE")):
        zone = "Z" if type_.endswith("ZONE") else ""
        return f"strftime({key}::timestamp, '%Y-%m-%dT%H:%M:%S.%f{zone}')"
    if type_ == "BOOLEAN":
        return key
    text = f"nullif(trim({key}::varchar), '')"
    there, numbers, truths = con.execute(
        f"select count({text}), count(try_cast({text} as double)), count(*) filter (lower({text}) in ('true', 'false')) "
        "from instance"
    ).fetchone() or (0, 0, 0)
    if there and there == numbers:
        return f"try_cast({text} as double)"
    return f"(lower({text}) = 'true')" if there and there == truths else text


def _coded(con: DuckDBPyConnection, key: str, value: str) -> Coded:
    con.execute(
        f"create or replace table trait as select v, row_number() over (order by v) - 1 as code from "
        f"(select distinct {value} as v from instance) where v is not null"
    )
    codes = _arrays(
        con,
        f"select coalesce(t.code, -1)::int as code from sorted s join instance i on i.place = s.place left join trait t "
        f"on t.v = {value.replace(key, 'i.' + key)} order by s.rowid",
    )["code"]
    values = [row[0] for row in con.execute("select v from trait order by code").fetchall()]
    return Coded(_plain(codes), values)
