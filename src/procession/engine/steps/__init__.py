"""The kinds of step, one file each. Built-ins and plug-ins enter the same registry."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from procession.engine.steps.approval import Approval
from procession.engine.steps.archive import Archive
from procession.engine.steps.automate import Automate
from procession.engine.steps.base import StepType
from procession.engine.steps.child import ChildWorkflow
from procession.engine.steps.choose import Choose
from procession.engine.steps.decide import Decide
from procession.engine.steps.each import Each
from procession.engine.steps.email import Email
from procession.engine.steps.end import End
from procession.engine.steps.parallel import Parallel
from procession.engine.steps.set import Set
from procession.engine.steps.state import State
from procession.engine.steps.survey import Survey
from procession.engine.steps.task import Task
from procession.engine.steps.wait import Wait

BUILT_IN: tuple[type[StepType], ...] = (
    Task, Approval, Decide, Choose, Parallel, Each, Wait, ChildWorkflow, Set, Email, Survey, Archive, End, Automate, State,
)  # fmt: skip

LATER_KINDS = ("agent", "bot")
"""Kinds of the language that a later version brings; `check` answers them with `not_available`."""


@cache
def step_types() -> dict[str, StepType]:
    """Every kind by its name: the built-in ones, then those of installed plug-ins."""
    kinds = {kind.name: kind() for kind in BUILT_IN}
    for entry in entry_points(group="procession.step_types"):
        kind: type[StepType] = entry.load()
        kinds.setdefault(kind.name, kind())
    return kinds
