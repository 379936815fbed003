"""One evaluation: what it may use, what it has spent, what it warns of."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Protocol

from procession.engine.records import value

from .errors import BudgetExceeded, TooDeep, TooLarge
from .limits import CHARACTERS_A_STEP, DEFAULT_BUDGET, MAX_CALL_DEPTH, MAX_LIST, MAX_STRING, MAX_WARNINGS
from .numbers import from_python as number_from_python
from .values import from_python


class Calendar(Protocol):
    """Working time, as an environment may know it. Negative amounts count back."""

    def add_business_days(self, at: python.datetime, days: int) -> python.datetime: ...

    def add_business_time(self, at: python.datetime, amount: python.timedelta) -> python.datetime: ...


@value()
class Environment:
    """The world an expression may ask about. The engine has no clock, so the time is handed in."""

    now: python.datetime | None = None
    """The moment that ``now()`` and ``today()`` answer with; aware. Without one they have no answer."""

    calendar: Calendar | None = None
    """Counts business days and hours."""

    zone: python.tzinfo = python.UTC
    """Where days begin, and what a date and time without a zone means."""

    budget: int = DEFAULT_BUDGET
    """Steps an evaluation may take; every iteration, call and list entry touched is one."""

    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])
    """Functions beyond FEEL's own, by name; called with Python values. A ValueError of theirs becomes a warning."""


@value()
class Warning_:  # noqa: N801 - `Warning` is a built-in class
    """Why a part of an expression has no answer, as a sentence."""

    message: str


@value()
class Evaluation:
    """What an expression came to. Where it is None, the warnings say why."""

    value: Any
    warnings: tuple[Warning_, ...] = ()


class Run:
    """The state of one evaluation."""

    __slots__ = ("calls", "converted", "environment", "invoke", "local", "steps", "warned")

    def __init__(self, environment: Environment, local: bool, invoke: Callable[[Run, Any, list[Any]], Any]) -> None:
        self.invoke = invoke
        self.environment = environment
        self.steps = environment.budget
        self.calls = 0
        self.local = local
        """Whether moments without a zone are read in the environment's."""
        self.warned: list[str] | None = None
        self.converted: dict[str, Any] | None = None

    def spend(self, steps: int) -> None:
        """Take steps from the budget. Raises BudgetExceeded when it is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetExceeded(f"The expression took more than {self.environment.budget} steps and was stopped")

    def warn(self, message: str) -> None:
        if self.warned is None:
            self.warned = []
        if len(self.warned) < MAX_WARNINGS and message not in self.warned:
            self.warned.append(message)

    def warnings(self) -> tuple[Warning_, ...]:
        return tuple(map(Warning_, self.warned)) if self.warned else ()

    def convert(self, name: str, value: Any) -> Any:
        """A caller's value as FEEL's; done once for each name."""
        if type(value) is int:
            return number_from_python(value)
        if self.converted is None:
            self.converted = {}
        elif name in self.converted:
            return self.converted[name]
        result = self.converted[name] = from_python(value, self.environment.zone if self.local else None)
        return result

    def check_text(self, text: str) -> str:
        """Accounts for a text just made or searched."""
        size = len(text)
        if size >= CHARACTERS_A_STEP:
            self.check_size(size)
            self.spend(size // CHARACTERS_A_STEP)
        return text

    def check_size(self, characters: int) -> None:
        """Refuses a text of that many characters before it is made, if it is too large."""
        if characters > MAX_STRING:
            raise TooLarge(f"The expression made a text of {characters} characters; {MAX_STRING} are the most")

    def check_list(self, items: list[Any]) -> list[Any]:
        """Accounts for a list just made."""
        size = len(items)
        if size > MAX_LIST:
            raise TooLarge(f"The expression made a list of {size} entries; {MAX_LIST} are the most")
        self.spend(size)
        return items

    def apply(self, function: Any, arguments: list[Any]) -> Any:
        """Calls a function that is a value, as ``sort`` and ``list replace`` do."""
        return self.invoke(self, function, arguments)

    def enter_call(self) -> None:
        self.spend(1)
        self.calls += 1
        if self.calls > MAX_CALL_DEPTH:
            raise TooDeep(f"More than {MAX_CALL_DEPTH} functions call each other")

    def leave_call(self) -> None:
        self.calls -= 1


class Scope:
    """Names and their values, on top of an outer scope. The outermost holds the caller's values as they came."""

    __slots__ = ("outer", "run", "values")

    def __init__(self, values: Mapping[str, Any], outer: Scope | None, run: Run) -> None:
        self.values = values
        self.outer = outer
        self.run = run


DEFAULT = Environment()
