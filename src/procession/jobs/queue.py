"""The queue: Procrastinate, in the same database. Two kinds of entry: one names the row of a job, the other a log."""

from __future__ import annotations

import logging
from typing import Any

import procrastinate
from procrastinate import JobContext, PsycopgConnector, RetryStrategy

from procession.jobs.logs import run_log
from procession.jobs.running import MOST_TRIES, run_job
from procession.jobs.work import Tools
from procession.store.address import psycopg_url
from procession.store.connecting import session_options
from procession.store.imported_logs import LOG_TASK
from procession.store.writing import JOB_TASK

_RETRY = RetryStrategy(max_attempts=MOST_TRIES, exponential_wait=3)
"""3 seconds, then three times as long each time."""


def queue_app(tools: Tools, url: str) -> procrastinate.App:
    """The queue of a database, with the job it runs."""
    connector = PsycopgConnector(
        conninfo=psycopg_url(url),
        kwargs={"options": session_options(url), "application_name": "procession-worker"},
        min_size=1,
        max_size=4,
    )
    app = procrastinate.App(connector=connector)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)

    def job(context: JobContext, **args: Any) -> None:
        run_job(tools, args["organisation"], args["case_id"], args["seq"], context.job.attempts)

    def log(**args: Any) -> None:
        run_log(tools, args["organisation"], args["log"], args["chosen"])

    app.task(name=JOB_TASK, pass_context=True, retry=_RETRY)(job)
    app.task(name=LOG_TASK)(log)
    return app
