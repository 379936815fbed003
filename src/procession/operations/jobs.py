"""Jobs: the machine work of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from procession.engine.case import Case
from procession.engine.commands import RetryIncident
from procession.engine.rejections import Conflict, NotFound
from procession.operations import access
from procession.operations.cases import CaseChanged, changed
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.executing import execute_as_owner
from procession.operations.loading import case_of
from procession.operations.values import CaseRef
from procession.store.jobs import JobRow


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One attempt at machine work."""

    id: str
    """Case and number of the event that asked for it: `CASE.SEQ`."""
    case: CaseRef
    step: str | None
    """The title of its step."""
    kind: str
    attempt: int
    status: str
    """waiting, done, failed, moot."""
    requested_at: datetime
    not_before: datetime
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListJobs(Ask):
    """The machine work of one case, or, for administrators, of all cases."""

    case_id: str | None = None
    """The case; only administrators may leave it out."""
    status: Literal["waiting", "done", "failed", "moot"] | None = None
    """Only in this state."""


@operation("job.list", scope="operations:read", http="GET /jobs")
def list_jobs(ctx: Context, ask: ListJobs) -> tuple[JobView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        if ask.case_id is not None:
            case = case_of(ctx, tx, ask.case_id)
            rows = [row for row in tx.jobs.of_case(case.id) if ask.status in (None, row.status)]
        else:
            access.administrator(ctx.caller)
            rows = tx.jobs.list(status=ask.status)
        cases = tx.cases.find_many(list(dict.fromkeys(row.case_id for row in rows)))
    return tuple(_view(ctx, row, cases[row.case_id]) for row in rows)


def _view(ctx: Context, row: JobRow, case: Case) -> JobView:
    one = case.activations.get(row.activation)
    program = ctx.program(case.definition, case.version)
    node = program.nodes.get(one.step) if one is not None else None
    return JobView(
        id=f"{row.case_id}.{row.seq}", case=CaseRef(id=case.id, name=case.name, status=case.status),
        step=node.step.title if node is not None else None, kind=row.kind, attempt=row.attempt, status=row.status,
        requested_at=row.requested_at, not_before=row.after, finished_at=row.finished_at, error=row.error,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryJob(Ask):
    """Try a failed job again."""

    job: str
    """The job: `CASE.SEQ`."""


@operation("job.retry", scope="operations:write", http="POST /jobs/{job}/retry")
def retry_job(ctx: Context, ask: RetryJob) -> CaseChanged:
    case_id, _, seq = ask.job.partition(".")
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, case_id)
        row = tx.jobs.get(case.id, int(seq)) if seq.isdecimal() and len(seq) < 10 else None
    if row is None:
        raise NotFound("There is no such job.")
    incident = next((key for key, one in case.incidents.items() if one.activation == row.activation), None)
    if incident is None:
        raise Conflict("Nothing stops this job.", hint="Attempts that are left follow by themselves.")
    return execute_as_owner(
        ctx, case.id, RetryIncident(incident=incident), CaseChanged, changed(ctx), to="try it again"
    )
