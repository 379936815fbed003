"""A made-up past in memory, and what diagnosis says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from procession.analytics.log import ProcessLog
from procession.demo import company, preparing
from procession.demo.acting import make
from procession.demo.histories import PROCESS, Batch, Plan, Published, batches, compile_all
from procession.demo.history_file import History
from procession.demo.reading import read_histories
from procession.engine.definition import Workflow
from procession.engine.world import Recorded
from procession.interchange.folder import Folder, read_folder
from procession.operations.insights.facts import of_world
from procession.operations.insights.loader import Loaded, Setting, load
from procession.operations.insights.read_log import Analysis, analyse

NOW = datetime(2026, 11, 18, 10, 15, tzinfo=UTC)


@cache
def written() -> Folder:
    """The examples as they are written."""
    return read_folder(preparing.examples())


@cache
def published() -> Published:
    """The examples, each in its first version."""
    return {name: (one, 1) for name, one in written().definitions.items()}


@cache
def histories() -> tuple[History, ...]:
    """What the examples say of their past."""
    return read_histories(preparing.examples(), written().definitions, written().texts)


def planned(plan: Plan, now: datetime = NOW) -> list[Batch]:
    """The batches of a plan over all examples."""
    return batches("demo", published(), histories(), plan, now)


def lived(plan: Plan, now: datetime = NOW, process: str = PROCESS) -> list[Recorded]:
    """Everything that happens in one process of the company under a plan, and what begins it by hand."""
    begun = {one.definition for one in histories() if process in {after.begin for after in one.following}} | {process}
    programs, at = compile_all(published()), company.moment(now)
    log: list[Recorded] = []
    for batch in planned(plan, now):
        for start in batch.starts:
            if start.definition in begun:
                log.extend(make(start, programs, at, batch.habits, now))
    return log


@cache
def loaded(plan: Plan, process: str = PROCESS) -> Loaded:
    """The records of a process as its diagnosis reads them."""
    programs = compile_all(published())
    workflows = {name: one.definition for name, one in programs.items() if isinstance(one.definition, Workflow)}
    return load(
        of_world(lived(plan, process=process)),
        Setting(
            definition=programs[process].definition,
            workflows=workflows,
            departments=company.GROUPS,
            calendar=company.office_calendar(NOW),
        ),
    )


@cache
def diagnosed(plan: Plan, process: str = PROCESS) -> Analysis:
    """What is said of the past that a plan gives."""
    past = loaded(plan, process)
    assert past.left_out == ()
    return analyse(compile_all(published())[process].definition, past, (), NOW)


__all__ = [
    "NOW", "PROCESS", "Plan", "ProcessLog", "diagnosed", "histories", "lived", "loaded", "planned", "published",
    "written",
]  # fmt: skip
