"""`set:` — data is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from procession.engine.definition import Expr
from procession.engine.steps.base import StepType


class Set(StepType):
    """Write fields. In a file the key holds the fields themselves, so the title comes from `title:` or the fields' names."""

    name, category, icon = "set", "Data", "pencil-line"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        values: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
        """Field → expression."""
