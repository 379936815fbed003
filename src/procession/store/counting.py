"""`count of cases(workflow, filter)` of the expression language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from psycopg import Connection
from psycopg.types.json import Jsonb

_COLUMNS = ("status", "outcome", "starter", "version")


def count_cases(connection: Connection[Any], organisation: str, workflow: str, condition: object) -> int:
    """Cases of a workflow whose columns or fields have the values that a context names; no context counts all."""
    where, values = ["organisation = %s", "definition = %s"], [organisation, workflow]
    fields: dict[str, object] = {}
    wanted = cast("Mapping[str, object]", condition) if isinstance(condition, Mapping) else dict[str, object]()
    for name, value in wanted.items():
        if name in _COLUMNS:
            where.append(f"{name} = %s")
            values.append(str(value))
        else:
            fields[name] = value if isinstance(value, bool) or value is None else str(value)
    parameters: list[Any] = list(values)
    if fields:
        where.append("snapshot->'data' @> %s")
        parameters.append(Jsonb(fields))
    statement = f"SELECT count(*) FROM cases WHERE {' AND '.join(where)}"
    row = connection.execute(statement.encode(), parameters).fetchone()
    return row[0] if row is not None else 0
