"""Where each kind of event is given its meaning, and what that needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from procession.engine import events as ev
from procession.engine.case import Case, Json
from procession.engine.instants import Instant

Apply = Callable[[Case, Any, Instant, str], None]
APPLY: Final[dict[type[ev.Event], Apply]] = {}
"""Kind of event → what it does to a case, in place."""


def applies(kind: type[ev.Event]) -> Callable[[Apply], Apply]:
    """Registers the meaning of a kind of event."""

    def register(function: Apply) -> Apply:
        APPLY[kind] = function
        return function

    return register


_CELL = re.compile(r"^(\w+)\[(\d+)\]\.(\w+)$")


def write(data: dict[str, Json], values: dict[str, Json]) -> None:
    """Write values into a case's data; `lines[2].serial` writes one cell without touching the old list."""
    for name, value in values.items():
        cell = _CELL.match(name) if "[" in name else None
        if cell is None:
            data[name] = value
            continue
        rows = [dict(row) for row in cast("list[dict[str, Json]]", data.get(cell[1]) or [])]
        place = int(cell[2])
        if place < len(rows):
            rows[place][cell[3]] = value
            data[cell[1]] = rows


Held = TypeVar("Held")


def without(values: dict[str, Held], *names: str) -> dict[str, Held]:
    """The map without these; itself where it has none of them."""
    if not values or not any(name in values for name in names):
        return values
    return {name: value for name, value in values.items() if name not in names}
