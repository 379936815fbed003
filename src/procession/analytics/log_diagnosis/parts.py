"""What a log is made of: its workflows, or what stands for them where it names none.

A workflow is what one department or owner can put right, so departments stand for workflows where only they are known,
then groups or roles; then the roles that names of people say (`Clerk-01`, `Clerk-02`), which is marked as read off.
Where nothing of that is known, whether it is a workflow problem or a process problem stays open.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from procession.analytics.instances import Codes, InstanceTable

Kind = Literal["workflow", "department", "group", "role"]

COVERED: Final = 0.8
"""The share of rows that must say their part."""
_NUMBERED: Final = re.compile(r"^(.*\D)[-_ .#]*\d+$")
_FEWEST_OF_ROLE: Final = 2
"""So many people of one role at least, so that a name with a number in it is no role."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a log."""

    kind: Kind | None
    """None: the log names none."""
    table: InstanceTable
    """The log with its parts as workflows, and as departments where it names none."""
    names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is taken for a part, and why."""
        count = len(self.names)
        match self.kind:
            case None:
                return (
                    "The log names no workflows, departments or groups, so it cannot tell whether this is a workflow problem "
                    "or a process problem. A column that says who is responsible would: --column department=NAME."
                )
            case "workflow":
                return f"The log is made of {count} workflows."
            case "role":
                return (
                    f"The log names no workflows or departments; the {count} roles that the names of its people say stand for "
                    "them (estimated)."
                )
            case _:
                return f"The log names no workflows; its {count} {self.kind}s stand for them."

    @property
    def is_estimated(self) -> bool:
        """Whether they are read off names rather than said."""
        return self.kind == "role"


def parts_of(table: InstanceTable) -> Parts:
    """The parts of a table with rows."""
    department = _useful(table.department, table.department_names)
    if _useful(table.workflow, table.workflow_names):
        other = table if department else _as_departments(table, table.workflow, table.workflow_names)
        return Parts("workflow", other, tuple(table.workflow_names))
    if department:
        return _standing(table, "department", table.department, tuple(table.department_names))
    if _useful(table.group, table.group_names):
        return _standing(table, "group", table.group, tuple(table.group_names))
    codes, names = _roles(table)
    if _useful(codes, names):
        return _standing(table, "role", codes, names)
    return Parts(None, table, ())


def _useful(codes: Codes, names: object) -> bool:
    known = codes >= 0
    return bool(names) and float(known.mean()) >= COVERED and len(np.unique(codes[known])) >= 2


def _standing(table: InstanceTable, kind: Kind, codes: Codes, names: tuple[str, ...]) -> Parts:
    stands = replace(table, workflow=codes, workflow_names=names)
    return Parts(kind, stands if kind == "department" else _as_departments(stands, codes, names), names)


def _as_departments(table: InstanceTable, codes: Codes, names: object) -> InstanceTable:
    return replace(table, department=codes, department_names=tuple(names))  # type: ignore[call-overload]


def _roles(table: InstanceTable) -> tuple[Codes, tuple[str, ...]]:
    """The role that each name of a person says, where several people share one; a name without a number is its own. One
    word before all numbers is no role (`EMP-007`), but how people are numbered."""
    said = [_NUMBERED.match(name.strip()) for name in table.resource_names]
    roles = [found.group(1).rstrip("-_ .#").strip() if found else "" for found in said]
    counted = Counter(role for role in roles if role)
    if len(counted) < 2 or max(counted.values()) < _FEWEST_OF_ROLE:
        return np.full(len(table), -1, np.int32), ()
    named = [role or name for role, name in zip(roles, table.resource_names, strict=True)]
    names = tuple(sorted(set(named)))
    code_of = {name: code for code, name in enumerate(names)}
    of_resource = np.array([code_of[name] for name in named], np.int32)
    return np.where(table.resource >= 0, of_resource[np.maximum(table.resource, 0)], -1).astype(np.int32), names
