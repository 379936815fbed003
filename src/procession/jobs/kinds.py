"""The kinds of job. Built-ins and plug-ins (`procession.job_kinds`) enter the same registry."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from procession.jobs.calls import run_http, run_webhook
from procession.jobs.children import run_align_child, run_cancel_child, run_start_child, run_tell_parent
from procession.jobs.mail import run_ask_survey, run_email, run_invite_guest, run_tell_people
from procession.jobs.work import Run
from procession.store.projections import (
    ALIGN_CHILD,
    ASK_SURVEY,
    CANCEL_CHILD,
    INVITE_GUEST,
    START_CHILD,
    TELL_PARENT,
    TELL_PEOPLE,
)

MACHINE_WORK: dict[str, Run] = {"http": run_http, "webhook": run_webhook, "email": run_email}
"""Work of a step: its result goes back to the case."""

OWN_WORK: dict[str, Run] = {
    START_CHILD: run_start_child,
    TELL_PARENT: run_tell_parent,
    CANCEL_CHILD: run_cancel_child,
    TELL_PEOPLE: run_tell_people,
    INVITE_GUEST: run_invite_guest,
    ASK_SURVEY: run_ask_survey,
    ALIGN_CHILD: run_align_child,
}
"""What the store asks for by itself."""


@cache
def machine_work() -> dict[str, Run]:
    """Every kind of machine work by its name."""
    kinds = dict(MACHINE_WORK)
    for entry in entry_points(group="procession.job_kinds"):
        kinds.setdefault(entry.name, entry.load())
    return kinds
