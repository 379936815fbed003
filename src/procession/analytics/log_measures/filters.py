"""Which cases are looked at. Every filter chooses whole cases, so that a cycle stays a cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from procession.analytics.instances import Flags, InstanceTable


class FilterError(ValueError):
    """A filter that names nothing of the log; the sentence says what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the cases have in common; without anything, all of them."""

    begun_from: int | None = None
    """Microseconds: cases that began at this moment or later."""
    begun_before: int | None = None
    """Microseconds: cases that began before this moment."""
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """By the name of a trait of cases, the value it has."""
    version: str | None = None
    """The value of the trait `version`."""
    department: str | None = None
    """Cases in which this department did something."""
    workflow: str | None = None
    """Cases in which this workflow took part."""

    @property
    def is_empty(self) -> bool:
        """Whether every case passes."""
        return self == Filter()


def chosen(table: InstanceTable, wanted: Filter) -> Flags:
    """A flag for each case. Raises `FilterError` where the log knows no such trait, department or workflow."""
    flags = np.ones(table.cases, np.bool_)
    if wanted.begun_from is not None or wanted.begun_before is not None:
        began = np.minimum.reduceat(table.start, table.first_rows[:-1])
        flags &= began >= (wanted.begun_from if wanted.begun_from is not None else began.min())
        flags &= began < (wanted.begun_before if wanted.begun_before is not None else began.max() + 1)
    values = dict(wanted.values) | ({"version": wanted.version} if wanted.version is not None else {})
    for name, value in values.items():
        if name not in table.case_traits:
            known = ", ".join(sorted(table.case_traits)) or "none"
            raise FilterError(f"the cases have no field '{name}'; there are: {known}")
        flags &= np.array([_said(one) == _said(value) for one in table.case_traits[name]], np.bool_)
    for kind, name in (("department", wanted.department), ("workflow", wanted.workflow)):
        if name is not None:
            flags &= _took_part(table, kind, name)
    return flags


def _took_part(table: InstanceTable, kind: str, name: str) -> Flags:
    names = list(getattr(table, f"{kind}_names"))
    if name not in names:
        raise FilterError(f"there is no {kind} '{name}'; there are: {', '.join(names) or 'none'}")
    flags = np.zeros(table.cases, np.bool_)
    flags[table.case[getattr(table, kind) == names.index(name)]] = True
    return flags


def _said(value: Any) -> str:
    """Numbers by their value: `5` is `5.0`; the rest as text, small and large letters alike."""
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        return str(value).casefold()
