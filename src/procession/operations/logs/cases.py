"""The cases of an imported log: all of them, those behind a finding, and one with everything that the log says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from procession.engine.rejections import InvalidField, NotFound
from procession.operations.catalogue import operation
from procession.operations.context import Context
from procession.operations.logs.keeping import files_of, fingerprint
from procession.operations.logs.looking import SomeCases, figures_of, refuse_unready, view_of_figures
from procession.operations.logs.views import CaseInLog, CaseOfLog, CasesOfLog, FindingInLog, StepInCase
from procession.store.imported_logs import FiguresRow, LogRow

if TYPE_CHECKING:
    from procession.interchange.log_cases import CaseTime, StepOfCase

MOST_AT_ONCE: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLogCases(SomeCases):
    """The cases of an imported log, or those behind one of its findings: as many as the finding says."""

    finding: str | None = None
    """The `id` of a finding, as `log.diagnosis` gives it; left out: all cases."""
    order: Literal["newest", "oldest", "longest", "shortest"] = "newest"
    """Which come first: by their end, their beginning, or how long they took."""
    limit: int = 50
    """How many, 1 to 200."""
    after: int = 0
    """So many are passed over."""


@operation("log.cases", scope="insights:read", http="GET /logs/{log}/cases")
def cases(ctx: Context, ask: ListLogCases) -> CasesOfLog:
    if not 1 <= ask.limit <= MOST_AT_ONCE:
        raise InvalidField("limit", f"limit is 1 to {MOST_AT_ONCE}.")
    if ask.after < 0:
        raise InvalidField("after", "after is 0 or more.")
    row, found = figures_of(ctx, ask)
    finding, path = _finding(found, ask.finding), _rows(ctx, row, found)
    from procession.interchange.log_cases import cases_of

    count, some = cases_of(path, ask.finding, ask.order, ask.limit, ask.after)
    return CasesOfLog(
        finding=finding, count=count, cases=tuple(_case(one) for one in some), after=ask.after,
        more=max(0, count - ask.after - len(some)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLogCase(SomeCases):
    """One case of an imported log: what was done when and by whom, how its time divides, and why it waited."""

    case: str
    """Its name in the log."""
    finding: str | None = None
    """The `id` of a finding: which steps it rests on is said."""


@operation("log.case", scope="insights:read", http="GET /logs/{log}/case")
def case_of_log(ctx: Context, ask: GetLogCase) -> CaseOfLog:
    row, found = figures_of(ctx, ask)
    finding, path = _finding(found, ask.finding), _rows(ctx, row, found)
    assert row.log_sha256 is not None
    from procession.interchange.log_cases import NoSuchCase, case_of

    try:
        one = case_of(path, files_of(ctx).path(row.log_sha256), ask.case, ask.finding)
    except NoSuchCase:
        raise NotFound(f"The log has no case '{ask.case[:100]}' among those that are chosen.") from None
    return CaseOfLog(
        case=_case(one.time), finding=finding, steps=tuple(_step(step) for step in one.steps), fields=one.fields
    )


def _rows(ctx: Context, row: LogRow, found: FiguresRow) -> Path:
    """The file of the cases. Raises Conflict where a worker has not made it yet."""
    refuse_unready(found)
    path = files_of(ctx).path(found.rows_sha256) if found.rows_sha256 is not None else None
    if path is None or not path.is_file():  # such as after a backup from the middle of a change
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.imported_logs.ask(row.id, found.chosen, found.filter, fingerprint(), ctx.at, "waiting for a worker")
            again = tx.imported_logs.figures(row.id, found.chosen)
        assert again is not None
        refuse_unready(again)
    assert path is not None
    return path


def _finding(found: FiguresRow, wanted: str | None) -> FindingInLog | None:
    refuse_unready(found)
    if wanted is None:
        return None
    view = view_of_figures(found)
    every = (*view.findings, *view.wasted)
    one = next((one for one in every if one.id == wanted), None)
    if one is None:
        known = ", ".join(one.id for one in every) or "none"
        raise InvalidField("finding", f"There is no finding '{wanted[:40]}'.", hint=f"There are: {known}.")
    return one


def _case(one: CaseTime) -> CaseInLog:
    from procession.analytics.log_diagnosis import SHARES

    return CaseInLog(
        case=one.case, begin=_moment(one.begin), end=_moment(one.end), steps=one.steps, cycle=one.cycle,
        parts=dict(zip(SHARES, one.parts, strict=True)), unsure=one.unsure,
    )  # fmt: skip


def _step(one: StepOfCase) -> StepInCase:
    return StepInCase(
        step=one.step, resource=one.resource, department=one.department, group=one.group, workflow=one.workflow,
        ready=_moment(one.ready), begun=_moment(one.begun), done=_moment(one.done), ready_estimated=one.ready_estimated,
        begun_estimated=one.begun_estimated, on_path=one.on_path, waiting=one.begun - one.ready, working=one.working,
        closed=one.paused, causes=one.causes, behind=one.behind, more=one.more,
    )  # fmt: skip


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
