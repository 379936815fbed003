"""What discovery reads: for each workflow its cases with their moments and values, as columns.

A loader makes them from recorded cases; imported logs make them from whatever they hold. Moments are seconds since
1970 (UTC), NaN where something has not happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.analytics.log import LogError, in_words

Moments = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCase:
    """One case of a workflow, whatever system it ran in."""

    id: str
    begin: datetime
    """Aware."""
    end: datetime | None = None
    """None while it runs."""
    outcome: str | None = None
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    """Field → value; what is missing or empty counts as not known."""
    milestones: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """Milestone → when it was reached first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of a workflow: what each case holds in it, as text."""

    name: str
    title: str
    type: str = "text"
    """One of the language's field types; `text` where it is not known."""
    values: Sequence[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowLog:
    """The cases of one workflow. Every sequence has one entry for each case; `LogError` where that is not so."""

    id: str
    title: str
    cases: Sequence[str]
    """Their ids."""
    begins: Moments
    ends: Moments
    outcomes: Sequence[str | None]
    columns: tuple[Column, ...]
    milestones: Mapping[str, Moments] = field(default_factory=dict[str, Moments])

    def __post_init__(self) -> None:
        lengths = {len(one) for one in (self.cases, self.begins, self.ends, self.outcomes)}
        lengths |= {len(one.values) for one in self.columns} | {len(one) for one in self.milestones.values()}
        if len(lengths) != 1:
            raise LogError(f"workflow {self.id}: its columns differ in length")
        if np.isnan(self.begins).any():
            raise LogError(f"workflow {self.id}: every case needs the moment it began")
        early = np.flatnonzero(self.ends < self.begins)
        if len(early):
            raise LogError(f"workflow {self.id}: case {self.cases[int(early[0])]} ends before it begins")

    def __len__(self) -> int:
        return len(self.cases)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)


def log_of(
    workflow: str,
    cases: Iterable[PlainCase],
    *,
    title: str = "",
    types: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> WorkflowLog:
    """The log of a workflow from its cases.

    Args:
        workflow: its id.
        types: field → its type, where it is known.
        titles: field → what people call it.
    """
    found = list(cases)
    names = dict.fromkeys(name for case in found for name in case.values)
    reached = dict.fromkeys(name for case in found for name in case.milestones)
    return WorkflowLog(
        id=workflow,
        title=title or in_words(workflow),
        cases=[case.id for case in found],
        begins=_seconds([case.begin for case in found]),
        ends=_seconds([case.end for case in found]),
        outcomes=[case.outcome for case in found],
        columns=tuple(
            Column(
                name=name,
                title=(titles or {}).get(name) or in_words(name),
                type=(types or {}).get(name, "text"),
                values=[as_text(case.values.get(name)) for case in found],
            )
            for name in names
        ),
        milestones={name: _seconds([case.milestones.get(name) for case in found]) for name in reached},
    )


def log_of_table(table: InstanceTable, workflow: str, *, title: str = "") -> WorkflowLog:
    """The log of one workflow from activity instances, all of which are taken for finished cases of it.

    A case begins with the first and ends with the last of its instances. What may link it to others: its own id, what is
    known of the whole case, and the last value of each further column in it.

    Args:
        workflow: its id.
    """
    first, last = table.first_rows[:-1], table.first_rows[1:]
    begins = np.minimum.reduceat(table.ready, first) / 1e6
    ends = np.maximum.reduceat(table.end, first) / 1e6
    columns = [Column(name="case", title="Case", values=[str(one) for one in table.case_names])]
    for name, whole in table.case_traits.items():
        columns.append(Column(name=name, title=in_words(name), values=[as_text(one) for one in whole]))
    for name, each in table.traits.items():
        if name not in table.case_traits:
            texts = [as_text(one) for one in each]
            held = [
                next((one for one in reversed(texts[begin:end]) if one is not None), None)
                for begin, end in zip(first.tolist(), last.tolist(), strict=True)
            ]
            columns.append(Column(name=name, title=in_words(name), values=held))
    return WorkflowLog(
        id=workflow, title=title or in_words(workflow), cases=list(table.case_names), begins=begins, ends=ends,
        outcomes=[None] * table.cases, columns=tuple(columns),
    )  # fmt: skip


def as_text(value: Any) -> str | None:
    """A value as text; None for what is empty, and for lists and groups of values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (list, tuple, dict)):
        return None
    return str(value).strip() or None  # pyright: ignore[reportUnknownArgumentType] - any value has a text


def _seconds(moments: Sequence[datetime | None]) -> Moments:
    for one in moments:
        if one is not None and one.tzinfo is None:
            raise LogError(f"{one.isoformat()} has no time zone")
    return np.array([one.timestamp() if one is not None else np.nan for one in moments], dtype=np.float64)
