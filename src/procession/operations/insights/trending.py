"""How a process or workflow has done over the last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from procession.analytics.trend import Stretch, trend
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.values import DefinitionRef

LONGEST: Final = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTrend(Ask):
    """How the cases of a process or workflow did, by when they began: time to finish, on time, share of work, done again."""

    process: str
    """Its id."""
    weeks: int = 26
    """How far back; 1 to 260."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchView:
    """The cases that began in one stretch of weeks. Times in seconds, nights and weekends included; null below five cases."""

    begin: datetime
    cases: int
    running: int
    median: float | None
    high: float | None
    """85 of 100 take no longer."""
    on_time: float | None
    work: float | None
    """Time in which somebody worked on it, as a share of the time to finish."""
    again: float | None
    """The share of cases in which a step was done more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendView:
    """The stretches, oldest first."""

    process: DefinitionRef
    weeks: int
    stretches: tuple[StretchView, ...]


@operation("insight.trend", scope="insights:read", http="GET /insights/{process}/trend")
def get_trend(ctx: Context, ask: GetTrend) -> TrendView:
    if not 1 <= ask.weeks <= LONGEST:
        raise InvalidField("weeks", f"weeks is 1 to {LONGEST}.")
    analysis, ref = visible(ctx, ask.process)
    found = trend(analysis.log, ctx.at, ask.weeks)
    return TrendView(process=ref, weeks=ask.weeks, stretches=tuple(_view(one) for one in found))


def _view(one: Stretch) -> StretchView:
    return StretchView(
        begin=one.begin, cases=one.cases, running=one.running, median=one.median, high=one.high, on_time=one.on_time,
        work=one.work, again=one.again,
    )  # fmt: skip
