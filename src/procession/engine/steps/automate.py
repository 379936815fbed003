"""`automate:` — a job for a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from procession.engine.decide import jobs
from procession.engine.definition import Expr, Step, Target
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Automate(StepType):
    """Let a machine do it: an HTTP call, a webhook, a transformation of data."""

    name, category, icon = "automate", "Automation", "zap"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        do: str
        """http, webhook, transform, or a plug-in's name."""
        with_: Mapping[str, Any] = field(default_factory=dict[str, Any])
        """What it needs; texts may hold `{expr}`."""
        take: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
        """Field → expression over `result` (`result.status`, `result.body`)."""
        retry: int = 3
        """Attempts after the first."""
        backoff: str = "exponential"
        """`exponential` (10 s doubling to 1 h, give or take 20 %) or `fixed` (10 s)."""
        on_failure: Target | None = None
        """What happens when every attempt failed; without it an incident."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        jobs.open_job(deciding, step, place)
