"""Running one job, from its row to its result."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import structlog

from procession.engine.commands import FailJob, FinishJob
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Rejection
from procession.jobs.kinds import OWN_WORK, machine_work
from procession.jobs.work import JobFailed, Tools, Work

log = structlog.get_logger()

MOST_TRIES = 10
"""Tries of work that the store asks for itself, some hours in all; then the row says why it failed."""


def run_job(tools: Tools, organisation: str, case_id: str, seq: int, tries: int = 0) -> None:
    """Run the job that an event asked for; does nothing where it is over already.

    Args:
        tries: how often the queue has tried before.

    Raises:
        JobFailed: work of the store's own that the queue should try again later.
    """
    work = _load(tools, organisation, case_id, seq)
    if work is None:
        return
    own = OWN_WORK.get(work.row.kind)
    if own is None:
        _run_machine_work(work)
        return
    try:
        own(work)
    except JobFailed as failed:
        if failed.again and tries + 1 < MOST_TRIES:
            raise
        _finish(work, "failed", str(failed))
        log.warning("job failed", organisation=organisation, case=case_id, kind=work.row.kind, error=str(failed))
    else:
        _finish(work, "done")


def _load(tools: Tools, organisation: str, case_id: str, seq: int) -> Work | None:
    with tools.store.transaction(organisation) as tx:
        row = tx.jobs.get(case_id, seq)
        case = tx.cases.find(case_id)
        if row is None or row.status != "waiting" or case is None:
            return None
        event = tx.jobs.event(case_id, seq)
    return Work(tools, organisation, row, event, case)


def _run_machine_work(work: Work) -> None:
    run = machine_work().get(work.row.kind)
    activation, attempt = work.row.activation, work.row.attempt
    current = work.case.activations.get(activation)
    if current is None or current.job != attempt:
        _finish(work, "moot")
        return
    command: FinishJob | FailJob
    try:
        if run is None:
            raise JobFailed(f"No installed plug-in does '{work.row.kind}'.", again=False)
        command = FinishJob(activation=activation, attempt=attempt, result=run(work))
    except JobFailed as failed:
        command = FailJob(
            activation=activation, attempt=attempt, error=str(failed), retry=failed.again, jitter=random.random()
        )
    try:
        committed = work.store.execute(work.organisation, work.row.case_id, command, SYSTEM)
    except Rejection as refused:
        # The result cannot be taken (it holds what cannot be stored): that is a failure of the job, not of the worker.
        fail = FailJob(activation=activation, attempt=attempt, error=refused.message, retry=False)
        committed = work.store.execute(work.organisation, work.row.case_id, fail, SYSTEM)
    if not committed.events:
        _finish(work, "moot", "The result came too late.")
        log.info("late result", organisation=work.organisation, case=work.row.case_id, job=work.key, attempt=attempt)


def _finish(work: Work, status: str, error: str | None = None) -> None:
    with work.store.transaction(work.organisation) as tx:
        tx.jobs.finish(work.row.case_id, work.row.seq, datetime.now(UTC), status, error)
