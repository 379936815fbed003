"""The one catalogue of operations: every door (REST, command line, pages, models) offers what is listed here.

An operation is a function from a context and an *ask* (a frozen dataclass whose attribute docstrings are the
documentation at every door) to an answer (another dataclass). It is entered by decorating it:

    @operation("task.complete", scope="tasks:write", http="POST /tasks/{task_id}/complete")
    def complete_task(ctx: Context, ask: CompleteTask) -> TaskView: ...

`catalogue()` imports every module of this folder that enters operations and returns them by name.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache, cached_property
from importlib import import_module
from typing import Any, ClassVar, Literal, TypeVar, cast, get_type_hints

from procession.docstrings import attribute_docs
from procession.operations.context import Context
from procession.operations.values import KeptWithCommand

Who = Literal["anyone", "members", "administrators"]
"""The coarse gate: `anyone` needs no log-in. What is asked about is judged by `access`."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

SCOPES: Mapping[str, str] = {
    "cases:read": "See cases, their data, history and comments.",
    "cases:write": "Start, comment, correct, cancel and reopen cases.",
    "tasks:read": "See tasks and their forms.",
    "tasks:write": "Claim, fill in, complete and hand on tasks.",
    "definitions:read": "See workflows, processes and their versions.",
    "definitions:write": "Check and publish workflows and processes.",
    "people:read": "See the people, groups and roles of the organisation.",
    "people:write": "Change people, groups, roles, absences, calendars and settings.",
    "files:read": "Download files.",
    "files:write": "Upload files.",
    "insights:read": "See diagnoses, figures and forecasts.",
    "insights:write": "Bring event logs of other programs, and delete them.",
    "operations:read": "See jobs, incidents and mails.",
    "operations:write": "Retry and skip what has stopped.",
    "me": "Act on one's own account: sessions, tokens, notifications.",
    "public": "Needs no log-in: logging in, the first administrator, private links.",
}
"""What an API token may be limited to."""

MODULES = (
    "sessions",
    "account",
    "tasks",
    "filling",
    "cases",
    "bulk",
    "saved_views",
    "starting",
    "history",
    "messages",
    "definitions",
    "sketching",
    "drafts",
    "pilots",
    "pilot_acts",
    "pilot_answers",
    "schedules",
    "processes",
    "people",
    "calendars",
    "settings",
    "jobs",
    "incidents",
    "notifications",
    "mails",
    "files",
    "guests",
    "measures",
    "pausing",
    "moving",
    "search",
    "insights",
    "insights.period",
    "insights.tactics",
    "insights.holding",
    "insights.behind",
    "insights.saving",
    "insights.fix_first",
    "insights.readying",
    "insights.trending",
    "insights.wasting",
    "insights.exporting",
    "revealing",
    "logs.bringing",
    "logs.cases",
    "logs.keeping",
    "logs.linking",
    "logs.looking",
)
"""The modules of this folder that enter operations."""


class Ask:
    """Base of every input: unknown keys are refused."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing(Ask):
    """An input without any key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It was done; there is nothing to show."""

    done: bool = True


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that may be asked, with all that a door needs to offer it."""

    name: str
    """`noun.verb`, such as `task.complete`."""
    scope: str
    """What an API token needs; one of `SCOPES`."""
    method: Method
    path: str
    """Below `/api/v1`; `{name}` is the ask's attribute of that name."""
    ask: type[Any]
    answer: Any
    run: Callable[[Context, Any], Any]
    who: Who = "members"
    form: str | None = None
    """The attribute that holds values of fields; a wrong field is then pointed at inside it."""
    raw: bool = False
    """The answer (or the request) is a stream of bytes, written by hand at each door."""

    @property
    def safe(self) -> bool:
        """It changes nothing."""
        return self.method == "GET"

    @property
    def is_command(self) -> bool:
        """Its answer is kept under the request's key in the command's own commit."""
        return isinstance(self.answer, type) and issubclass(self.answer, KeptWithCommand)

    @property
    def largest(self) -> int | None:
        """Bytes that a body may have which is received in pieces; None for one that is taken as a whole."""
        return self.ask.MOST_BYTES if hasattr(self.ask, "MOST_BYTES") else None

    @property
    def in_path(self) -> tuple[str, ...]:
        """The attributes that stand in the path."""
        return tuple(re.findall(r"{(\w+)(?::\w+)?}", self.path))

    @cached_property
    def summary(self) -> str:
        """One sentence: what it does."""
        return self.documentation.split("\n\n")[0].replace("\n", " ")

    @cached_property
    def documentation(self) -> str:
        """What it does, in Markdown."""
        return inspect.cleandoc(self.run.__doc__ or self.ask.__doc__ or "")

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ask's attributes, each with its sentence."""
        return tuple(parameters_of(self.ask))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One attribute of an ask."""

    name: str
    type: Any
    doc: str
    required: bool
    default: Any = None


_entered: dict[str, Operation] = {}
_F = TypeVar("_F", bound=Callable[..., Any])


def operation(
    name: str, *, scope: str, http: str, who: Who = "members", form: str | None = None, raw: bool = False
) -> Callable[[_F], _F]:
    """Enter the decorated function `(ctx, ask) -> answer` in the catalogue.

    `http` is `METHOD /path/{attribute}`. A GET must change nothing. Without a docstring of its own the function says
    what its ask says.
    """

    def add(function: _F) -> _F:
        hints = get_type_hints(function)
        enter(
            name,
            scope=scope,
            http=http,
            who=who,
            form=form,
            raw=raw,
            ask=hints["ask"],
            answer=hints["return"],
            run=function,
        )
        return function

    return add


def enter(
    name: str,
    *,
    scope: str,
    http: str,
    ask: type[Any],
    answer: Any,
    run: Callable[[Context, Any], Any],
    who: Who = "members",
    form: str | None = None,
    raw: bool = False,
) -> None:
    """Enter an operation that no function of its own stands for, such as a plain command of the engine."""
    method, path = http.split(" ", 1)
    if scope not in SCOPES:
        raise ValueError(f"{name}: no scope {scope!r}")
    if name in _entered:
        raise ValueError(f"two operations are called {name}")
    _entered[name] = Operation(
        name=name,
        scope=scope,
        method=cast(Method, method),
        path=path,
        ask=ask,
        answer=answer,
        run=run,
        who=who,
        form=form,
        raw=raw,
    )


@cache
def catalogue() -> Mapping[str, Operation]:
    """Every operation by name, in the order of the names."""
    for module in MODULES:
        import_module(f"procession.operations.{module}")
    return dict(sorted(_entered.items()))


def parameters_of(ask: type[Any]) -> Iterator[Parameter]:
    """The attributes of a dataclass with types, sentences and defaults."""
    hints = get_type_hints(ask)
    docs = attribute_docs(ask)
    for one in fields(ask):
        required = one.default is MISSING and one.default_factory is MISSING
        default = None
        if not required:
            default = one.default_factory() if one.default_factory is not MISSING else one.default
        yield Parameter(
            name=one.name, type=hints[one.name], doc=docs.get(one.name, ""), required=required, default=default
        )
