"""Cases that a test says there were already: what `count of cases` counts beside the cases of the test itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from procession.engine.calendar import WorkCalendar
from procession.engine.durations import Span
from procession.engine.moment import Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """So many cases alike."""

    cases: int
    of: str
    """Id of their workflow or process."""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ago: Span | None = None
    """How long before the test's clock begins they began; None: just then."""
    outcome: str | None = None
    """How they ended; None: they are open."""
    by: str | None = None
    line: int = 0


def inward(value: Any) -> Any:
    """YAML's decimals as the text that fields accept."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {key: inward(one) for key, one in cast("dict[str, Any]", value).items()}
    return [inward(one) for one in cast("list[Any]", value)] if isinstance(value, list) else value


def counting(given: Iterable[Given], begin: datetime, calendar: WorkCalendar) -> Callable[[Counted], int]:
    """Counts those that are asked for. `begin`: when the test's clock begins."""
    known = [(one, one.ago.subtract_from(begin, calendar) if one.ago is not None else begin) for one in given]

    def count(asked: Counted) -> int:
        facts, fields = asked.apart()
        return sum(
            one.cases
            for one, began in known
            if one.of == asked.workflow
            and (asked.since is None or began >= asked.since)
            and all(_facts(one).get(name) == value for name, value in facts.items())
            and all(_stored(one.data.get(name)) == value for name, value in fields.items())
        )

    return count


def _facts(one: Given) -> dict[str, str | None]:
    return {
        "status": "open" if one.outcome is None else "done",
        "outcome": one.outcome,
        "starter": one.by,
        "version": "1",
    }


def _stored(value: Any) -> object:
    """A value of a test file as it would be stored."""
    return value if isinstance(value, bool) or value is None else str(value)
