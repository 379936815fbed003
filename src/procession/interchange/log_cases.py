"""Every case of a diagnosed log in a file beside it, so that one case, or those behind a finding, are read in a moment.

A row stands for a step that was done, as the diagnosis divided its time, in the order of the log. Moments and spans are
whole microseconds. Which findings a row is behind stands in columns of their own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from duckdb import DuckDBPyConnection

from procession.analytics.log_diagnosis import LogDiagnosis
from procession.analytics.log_diagnosis.dividing import divided
from procession.analytics.waiting.causes import WORDS, Cause
from procession.interchange.event_log.gathering import list_of, quoted
from procession.interchange.event_log.reading import connect
from procession.interchange.event_log.writing import kept_columns

_NAMED: Final = ("case", "step", "resource", "department", "group", "workflow")
_CAUSES: Final = tuple(f"cause_{cause.value}" for cause in Cause)
Order = Literal["newest", "longest", "shortest", "oldest"]
ORDERS: Final[Mapping[Order, str]] = {
    "newest": "max(done) desc", "longest": "cycle desc", "shortest": "cycle", "oldest": "min(ready)",
}  # fmt: skip


class NoSuchCase(LookupError):
    """The log has no case of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTime:
    """One case and how its time divides. Spans are microseconds by the clock."""

    case: str
    begin: int
    end: int
    steps: int
    parts: tuple[int, ...]
    """The cycle along what the case really waited for, divided as `SHARES`; adds up to it."""
    unsure: int
    """The part of it that may be work or waiting, since beginnings are not recorded."""

    @property
    def cycle(self) -> int:
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOfCase:
    """One step that was done in a case. Moments are microseconds since 1970, spans microseconds."""

    step: str
    resource: str | None
    department: str | None
    group: str | None
    workflow: str | None
    ready: int
    begun: int
    done: int
    ready_estimated: bool
    begun_estimated: bool
    """Then what lies between ready and done may be work, waiting, or both."""
    on_path: bool
    """Whether the case waited for it: it lies on the critical path."""
    working: int
    paused: int
    """Closed hours between begun and done."""
    causes: Mapping[str, int]
    """The wait from ready to begun by cause, in words, the longest first."""
    behind: bool
    """Whether the finding that was asked for rests on it."""
    more: Mapping[str, str]
    """What else the log says of it."""


class WholeCase(NamedTuple):
    """A case with everything that the log says of it."""

    time: CaseTime
    steps: tuple[StepOfCase, ...]
    fields: Mapping[str, str]
    """What the log says of the case as a whole."""


def finding_ids(found: LogDiagnosis) -> list[str]:
    """The names of the findings: `f1` those of places, `w1` those of waste, in their order."""
    return [f"f{n}" for n in range(1, len(found.findings) + 1)] + [
        f"w{n}" for n in range(1, len(found.waste.findings) + 1)
    ]


def write_cases(found: LogDiagnosis, path: Path, mark: str = "") -> None:
    """Write the rows of a diagnosis as Parquet. `mark` is written beside them, so that no other file has the same bytes."""
    table, rows = found.table, found.rows
    place = np.arange(len(table), dtype=np.int64)
    columns: dict[str, Any] = {
        "place": place, "ready": rows.table.ready, "begun": rows.table.start, "done": rows.table.end,
        "ready_estimated": table.ready_estimated, "begun_estimated": table.start_estimated, "on_path": rows.on_path,
        "working": rows.working, "paused": rows.paused, "before": rows.before,
    }  # fmt: skip
    columns |= {name: np.ascontiguousarray(rows.waits[:, cause]) for name, cause in zip(_CAUSES, Cause, strict=True)}
    findings = (*found.findings, *found.waste.findings)
    for id_, one in zip(finding_ids(found), findings, strict=True):
        behind = np.zeros(len(table), dtype=bool)
        if one.behind is not None:
            behind[one.behind] = True
        columns[id_] = behind
    codes = {f"{name}_code": getattr(table, name) for name in _NAMED}
    with _open() as con:
        con.register("columns", {**columns, **codes})
        for name in _NAMED:
            names = getattr(table, f"{name}_names")
            con.register(f"n_{name}", {"code": np.arange(len(names), dtype=np.int32), "name": _texts(names)})
        named = ", ".join(f"n_{name}.name::varchar as {quoted(name)}" for name in _NAMED)
        joins = " ".join(f"left join n_{name} on n_{name}.code = c.{name}_code" for name in _NAMED)
        own = ", ".join(f"c.{name}" for name in columns)
        marked = f", kv_metadata {{mark: {list_of([mark])}}}" if mark else ""
        con.execute(
            f"copy (select {named}, {own} from columns c {joins} order by c.place) to {_text(path)} "
            f"(format parquet, row_group_size 20480{marked})"
        )


def cases_of(
    path: Path, finding: str | None = None, order: Order = "newest", limit: int = 50, after: int = 0
) -> tuple[int, tuple[CaseTime, ...]]:
    """How many cases there are, or how many are behind a finding, and some of them. Raises KeyError for a finding that
    there is not."""
    with _open() as con:
        _refuse_unknown(con, path, finding)
        which = (
            f'where "case" in (select "case" from {_rows(path)} where {quoted(finding)})' if finding is not None else ""
        )
        count = _count(con, f'select count(distinct "case") from {_rows(path)} {which}')
        rows = con.execute(
            f'select "case", {_SUMS} from {_rows(path)} {which} group by "case" order by {ORDERS[order]}, "case" '
            f"limit {int(limit)} offset {int(after)}"
        ).fetchall()
    return count, tuple(_time(row) for row in rows)


def case_of(path: Path, log: Path, case: str, finding: str | None = None) -> WholeCase:
    """A case, with what the log itself says beside it. Raises NoSuchCase, or KeyError for a finding that there is not."""
    with _open() as con:
        _refuse_unknown(con, path, finding)
        summed = con.execute(
            f'select "case", {_SUMS} from {_rows(path)} where "case" = ? group by "case"', [case]
        ).fetchone()
        if summed is None:
            raise NoSuchCase(case)
        behind = quoted(finding) if finding is not None else "false"
        own = ", ".join(
            ("ready", "begun", "done", "ready_estimated", "begun_estimated", "on_path", "working", "paused")
        )
        named = ", ".join(quoted(name) for name in _NAMED[1:])
        rows = con.execute(
            f'select {named}, {own}, {behind}, {", ".join(_CAUSES)} from {_rows(path)} where "case" = ? order by place',
            [case],
        ).fetchall()
        fields, more = _said(con, log, case, len(rows))
    return WholeCase(_time(summed), tuple(_step(row, said) for row, said in zip(rows, more, strict=True)), fields)


# --- reading ----------------------------------------------------------------------------------------------------------

_ON_PATH: Final = "sum(case when on_path then {} else 0 end)::bigint"
_SUMS: Final = (
    "min(ready), max(done), count(*), " + ", ".join(_ON_PATH.format(name) for name in ("working", "paused", "before"))
    + ", " + _ON_PATH.format("case when begun_estimated then done - ready else 0 end") + ", "
    + ", ".join(_ON_PATH.format(name) for name in _CAUSES) + ", max(done) - min(ready) as cycle"
)  # fmt: skip


@contextmanager
def _open() -> Generator[DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="procession-cases-") as folder:
        con = connect(Path(folder))
        try:
            yield con
        finally:
            con.close()


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _rows(path: Path) -> str:
    return f"read_parquet({_text(path)})"


def _texts(values: Sequence[Any]) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = [str(one) for one in values]
    return array if len(values) else np.empty(0, dtype="U1")


def _count(con: DuckDBPyConnection, statement: str) -> int:
    return int((con.execute(statement).fetchone() or (0,))[0])


def _refuse_unknown(con: DuckDBPyConnection, path: Path, finding: str | None) -> None:
    if finding is None:
        return
    known = {str(row[0]) for row in con.execute(f"describe select * from {_rows(path)}").fetchall()}
    if finding[:1] not in ("f", "w") or not finding[1:].isdigit() or finding not in known:
        raise KeyError(finding)


def _time(row: Sequence[Any]) -> CaseTime:
    case, begin, end, steps, working, paused, before, unsure, *causes = row[:-1]
    return CaseTime(
        case=case, begin=begin, end=end, steps=steps, unsure=unsure,
        parts=divided(working, paused, before, np.array(causes, dtype=np.int64)),
    )  # fmt: skip


def _step(row: Sequence[Any], more: Mapping[str, str]) -> StepOfCase:
    step, resource, department, group, workflow, ready, begun, done, *rest = row
    ready_estimated, begun_estimated, on_path, working, paused, behind, *causes = rest
    waits = {WORDS[cause]: time for cause, time in zip(Cause, causes, strict=True) if time}
    return StepOfCase(
        step=step, resource=resource, department=department, group=group, workflow=workflow, ready=ready, begun=begun,
        done=done, ready_estimated=ready_estimated, begun_estimated=begun_estimated, on_path=on_path, working=working,
        paused=paused, causes=dict(sorted(waits.items(), key=lambda pair: -pair[1])), behind=behind, more=more,
    )  # fmt: skip


def _said(
    con: DuckDBPyConnection, log: Path, case: str, steps: int
) -> tuple[Mapping[str, str], Sequence[Mapping[str, str]]]:
    """What the kept log says of the case as a whole, and of each of its steps, beyond what every log says."""
    names = kept_columns(con, log)
    nothing: list[dict[str, str]] = [{} for _ in range(steps)]
    if not names:
        return {}, nothing
    chosen = ", ".join(f"{quoted(name)}::varchar" for name in names)
    rows = con.execute(
        f'select {chosen} from {_rows(log)} where "case" = ? order by instance', [case]
    ).fetchall()  # fmt: skip
    if len(rows) != steps:  # a part of the cases is diagnosed without some of their steps
        return {}, nothing
    of_case = {
        name.removeprefix("case:"): rows[0][place]
        for place, name in enumerate(names)
        if name.startswith("case:") and rows[0][place]
    }
    more = [
        {name: row[place] for place, name in enumerate(names) if row[place] and not name.startswith("case:")}
        for row in rows
    ]
    return of_case, more
