"""A state of a workflow written as `states:`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine.decide.people import open_task
from procession.engine.decide.places import Place
from procession.engine.definition import Assignee, Expr, Form, Scope, Step
from procession.engine.durations import Span
from procession.engine.instants import to_instant
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An arrow out of a state that a person takes."""

    name: str
    to: str
    """A state's id."""
    when: Expr | None = None
    """Sees the form just filled in."""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """An arrow out of a state that time takes, counted from entering."""

    span: Span
    to: str
    line: int = field(default=0, compare=False)


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

    def outcomes(self, step: Step) -> tuple[str, ...]:
        return tuple(action.name for action in step.config.actions)

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        """Entering: the `on enter` steps run first, the timers count from here."""
        config = step.config
        timers = {
            f"after-{number}": to_instant(after.span.add_to(deciding.moment.at, deciding.moment.calendar))
            for number, after in enumerate(config.after, 1)
        }
        if config.on_enter is None or not config.on_enter.steps:
            self._entered(deciding, step, place, timers)
            return
        entering = deciding.open_step(step, place, kind="entering", timers=timers, ran=[config.on_enter.name])
        deciding.arrive(config.on_enter.steps[0].id, Place(entering, config.on_enter.name, place.after))

    def branch_done(self, deciding: Deciding, step: Step, block: str) -> None:
        one = deciding.case.activations[block]
        deciding.emit(ev.StepFinished(activation=block, step=step.id, outcome="entered"))
        self._entered(deciding, step, Place(one.up, one.branch, tuple(one.enders)), dict(one.timers))

    def _entered(self, deciding: Deciding, step: Step, place: Place, timers: dict[str, str]) -> None:
        if step.config.outcome is not None:
            activation = deciding.open_step(step, place, kind="final")
            deciding.finish(activation, step.config.outcome)
        else:
            open_task(deciding, step, place, rings=timers)
