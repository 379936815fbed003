"""A state of a workflow written as `states:`."""

from __future__ import annotations

from dataclasses import dataclass

from procession.engine.definition import Assignee, Expr, Form, Scope
from procession.engine.durations import Span
from procession.engine.steps.base import StepType


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An arrow out of a state that a person takes."""

    name: str
    to: str
    """A state's id."""
    when: Expr | None = None
    """Sees the form just filled in."""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """An arrow out of a state that time takes, counted from entering."""

    span: Span
    to: str
    line: int = 0


class State(StepType):
    """A state: one task whose buttons are the ways out."""

    name, category, icon = "state", "People", "circle-dot"
    is_task = True

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        assign: tuple[Assignee, ...] = ()
        not_by: tuple[str, ...] = ()
        form: Form = ()
        on_enter: Scope | None = None
        """Steps that run in order before the state's task opens."""
        actions: tuple[Action, ...] = ()
        after: tuple[After, ...] = ()
        outcome: str | None = None
        """Of the case; a state that has one is final."""
        checklist: tuple[str, ...] = ()

        def scopes(self) -> tuple[Scope, ...]:
            return (self.on_enter,) if self.on_enter is not None else ()

    def outcomes(self, step: object) -> tuple[str, ...]:
        return tuple(action.name for action in step.config.actions)  # type: ignore[attr-defined]
