"""`count of cases(workflow, filter, period)` of the expression language."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from procession.engine.moment import Counted


def count_cases(connection: Connection[Any], organisation: str, asked: Counted) -> int:
    """How many cases there are as they are stored now."""
    where, parameters = ["organisation = %s", "definition = %s"], list[Any]([organisation, asked.workflow])
    facts, fields = asked.apart()
    for name, value in facts.items():
        where.append(f"{name} = %s" if value is not None else f"{name} IS NULL")
        parameters += [value] if value is not None else []
    known = {name: value for name, value in fields.items() if value is not None}
    if known:
        where.append("snapshot->'data' @> %s")
        parameters.append(Jsonb(known))
    for name in fields.keys() - known.keys():
        where.append("snapshot->'data'->>%s IS NULL")
        parameters.append(name)
    if asked.since is not None:
        where.append("started_at >= %s")
        parameters.append(asked.since)
    if asked.but:
        where.append("id::text <> %s")
        parameters.append(asked.but)
    statement = f"SELECT count(*) FROM cases WHERE {' AND '.join(where)}"
    row = connection.execute(statement.encode(), parameters).fetchone()
    return row[0] if row is not None else 0
