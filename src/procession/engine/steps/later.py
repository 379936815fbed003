"""Kinds of step that the language has and this version does not run: their keys are kept as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterConfig:
    """What `agent:` or `bot:` says. `check` forbids publishing it, so no case ever meets one."""

    keys: Mapping[str, Any] = field(default_factory=dict[str, Any])
