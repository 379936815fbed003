"""A made-up past in memory, and what diagnosis says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from procession.analytics.log import ProcessLog
from procession.demo import company, preparing
from procession.demo.acting import make
from procession.demo.habits import PLANTS, Habits
from procession.demo.histories import PROCESS, Plan, Published, batches, compile_all
from procession.engine.definition import Workflow
from procession.engine.world import Recorded
from procession.interchange.folder import read_folder
from procession.operations.insights.analysis import Analysis, analyse
from procession.operations.insights.facts import of_world
from procession.operations.insights.loader import Loaded, Setting, load

NOW = datetime(2026, 11, 18, 10, 15, tzinfo=UTC)


@cache
def published() -> Published:
    """The examples, each in its first version."""
    return {name: (one, 1) for name, one in read_folder(preparing.examples()).definitions.items()}


def lived(plan: Plan, now: datetime = NOW) -> list[Recorded]:
    """Everything that happens in the company's process under a plan."""
    programs, at = compile_all(published()), company.moment(now)
    log: list[Recorded] = []
    for batch in batches("demo", published(), plan, now):
        for start in batch.starts:
            if start.definition == PROCESS:
                log.extend(make(start, programs, at, Habits(PLANTS[plan.plant]), now))
    return log


def loaded(plan: Plan) -> Loaded:
    programs = compile_all(published())
    workflows = {name: one.definition for name, one in programs.items() if isinstance(one.definition, Workflow)}
    return load(
        of_world(lived(plan)),
        Setting(
            definition=programs[PROCESS].definition,
            workflows=workflows,
            departments=company.GROUPS,
            calendar=company.office_calendar(NOW),
        ),
    )


def diagnosed(plan: Plan) -> Analysis:
    past = loaded(plan)
    assert past.left_out == ()
    definition = compile_all(published())[PROCESS].definition
    return analyse(definition, past, (), NOW)


__all__ = ["NOW", "PROCESS", "Plan", "ProcessLog", "diagnosed", "lived", "loaded", "published"]
