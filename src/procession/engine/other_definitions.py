"""What stands in a folder beside workflows and processes: shared decisions, data sets, connections, people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from procession.engine.calendar import WorkCalendar
from procession.engine.definition import Expr, Field
from procession.engine.moment import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`decision: ID` — a table that several workflows use, in the same words as a `decide:` step."""

    id: str
    title: str
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    """Types of its inputs and outputs."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    hit: str = "unique"
    rules: tuple[tuple[Any, ...], ...] = ()
    expression: Expr | None = None
    """Instead of a table: one expression for the first output (`is:`)."""

    kind: Literal["decision"] = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """`data set: ID` — typed rows."""

    id: str
    title: str
    columns: Mapping[str, Field] = field(default_factory=dict[str, Field])
    rows: tuple[Mapping[str, Any], ...] = ()
    """Cells in their stored form (`procession.engine.fields`)."""
    csv: str | None = None
    """A file beside it that holds the rows instead."""

    kind: Literal["data set"] = "data set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`connection: ID` — where a job may call, with which secrets, how often."""

    id: str
    url: str
    """The base: a job's address is below it."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """May hold `{secrets.NAME}`."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets; their values never stand in a file."""
    limit: int | None = None
    """Calls a minute."""

    kind: Literal["connection"] = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFile:
    """`calendar: ID` — working hours, holidays and closures."""

    id: str
    calendar: WorkCalendar

    kind: Literal["calendar"] = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """`people:` — who there is, for checks, tests and demos."""

    directory: Directory

    kind: Literal["people"] = "people"
    id: str = "people"


OtherDefinition = Decision | DataSet | Connection | CalendarFile | People
