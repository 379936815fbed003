"""The measures by the statements in SQL, on DuckDB: what the compiled passes are held against, and quick to begin."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection

from procession.analytics.instances import InstanceTable, Moments
from procession.analytics.log_measures import statements
from procession.analytics.log_measures.answers import Rows
from procession.analytics.log_measures.dialects import DUCKDB


class BySql:
    """Answers for one table; to be closed."""

    def __init__(self, table: InstanceTable) -> None:
        self.con = loaded(table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.con.close()

    def cycles(self) -> tuple[Moments, Moments]:
        """Of each case the first beginning and the last end."""
        asked: Any = self.con.execute(statements.cycles(DUCKDB))  # its stubs name pandas, which is not there
        found = asked.fetchnumpy()
        return np.asarray(found["began"]), np.asarray(found["ended"])

    def variants(self, most: int) -> tuple[int, Rows]:
        """How many sequences there are, and of the most frequent: cases, the first of them, its length, median cycle."""
        rows = self._rows(statements.variants(DUCKDB))
        return len(rows), rows[:most]

    def follows(self) -> Rows:
        """Before, step, count, quantiles and sum of the time between, and the cases of each pair."""
        cases = {(row[0], row[1]): row[3] for row in self._rows(statements.follows(DUCKDB))}
        return [(*row, cases[row[0], row[1]]) for row in self._rows(statements.follows_times(DUCKDB))]

    def steps(self) -> Rows:
        """As `statements.steps`."""
        return self._rows(statements.steps(DUCKDB))

    def rework(self) -> Rows:
        """As `statements.rework`."""
        return self._rows(statements.rework(DUCKDB))

    def parties(self, who: str) -> Rows:
        """As `statements.parties`."""
        return self._rows(statements.parties(DUCKDB, who))

    def handovers(self, who: str) -> Rows:
        """As `statements.handovers`."""
        return self._rows(statements.handovers(DUCKDB, who))

    def states(self) -> Rows:
        """As `statements.states`."""
        return self._rows(statements.states(DUCKDB))

    def _rows(self, statement: str) -> Rows:
        return self.con.execute(statement).fetchall()


def loaded(table: InstanceTable, threads: int | None = None) -> DuckDBPyConnection:
    """A database with the table `flow` of the instances."""
    con = duckdb.connect(":memory:")
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    if threads:
        con.execute(f"set threads = {threads}")
    con.register("columns", flow_columns(table))
    con.execute("create table flow as select * from columns")
    con.unregister("columns")
    return con


def flow_columns(table: InstanceTable) -> dict[str, Any]:
    """The columns of `flow`. The rows are in order, so that the one before is one row above."""
    rows = len(table)
    first = table.first_rows[:-1]
    place = np.arange(rows, dtype=np.int32) - np.repeat(first, np.diff(table.first_rows)).astype(np.int32)
    begun = np.where(table.start_estimated, table.end, table.start)
    found: dict[str, Any] = {
        "case_code": table.case, "place": place, "step": table.step, "resource": table.resource,
        "department": table.department, "grp": table.group, "workflow": table.workflow, "ready": table.ready,
        "begun": begun, "done": table.end, "waited": table.start - table.ready, "worked": table.end - table.start,
        "sure": (~table.start_estimated).astype(np.int32),
    }  # fmt: skip
    for name in ("step", "resource", "department", "grp"):
        found[f"before_{name}"] = _shifted(found[name], first, -1)
    found["before_done"] = _shifted(table.end, first, 0)
    return found


def _shifted(column: Any, first: Moments, nothing: int) -> Any:
    before = np.empty_like(column)
    before[1:] = column[:-1]
    before[first] = nothing
    return before
