"""Has a command carried out on a case: once for each key, and only for those who may know of the case."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from procession.engine.case import Case, split_task_id
from procession.engine.commands import Command, StartCase
from procession.engine.events import Event
from procession.engine.rejections import Conflict, NotFound, Rejection
from procession.operations import access
from procession.operations.context import Context
from procession.operations.loading import NO_CASE, case_of, may_see, moment, rule_of
from procession.operations.reading import adapter
from procession.store.requests import Committed

T = TypeVar("T")
Make = Callable[[Case, Sequence[Event]], T]


def execute(
    ctx: Context, case_id: str, command: Command, answer: type[T], make: Make[T], *, version: int | None = None
) -> T:
    """Carry out a command; the engine judges whether the caller may.

    `make` builds the answer, which is kept under the request's key: a repeat gets the very same. `version` is what the
    caller has seen; when the case has moved on since, the command is refused with `Conflict`. A refusal never tells
    those who may not see the case that there is one.
    """
    answers, dump = _kept(answer, make, version)
    try:
        committed = ctx.store.execute(
            ctx.organisation, case_id, command, ctx.caller.as_actor(), at=ctx.at, key=_key(ctx),
            body_hash=_hash(case_id, command), answer=dump,
        )  # fmt: skip
    except NotFound:
        raise
    except Rejection:
        with ctx.store.transaction(ctx.organisation) as tx:
            found = tx.cases.find(case_id)
            if found is None or not (_is_their_task(ctx, command) or may_see(ctx, tx, found)):
                raise NotFound(NO_CASE) from None
        raise
    _take_files(ctx, case_id, getattr(command, "values", None))
    return _answer(committed, answer, answers)


def _take_files(ctx: Context, case_id: str, values: object) -> None:
    """Files that the caller uploaded before belong to the case from now on: whoever sees it may download them."""
    given = cast("dict[str, Any]", values) if isinstance(values, dict) else {}
    rows = [row for value in given.values() if isinstance(value, list) for row in cast("list[Any]", value)]
    cells = [cell for row in rows if isinstance(row, dict) for cell in cast("dict[str, Any]", row).values()]
    files = [str(cast("dict[str, Any]", one)["id"]) for one in (*given.values(), *cells) if _is_file(one)]
    if not files:
        return
    with ctx.store.transaction(ctx.organisation) as tx:
        for file in files:
            row = tx.files.find(file)
            if row is not None and row.uploaded_by == ctx.caller.id:
                tx.files.attach(file, case_id)


def _is_file(value: object) -> bool:
    return isinstance(value, dict) and {"id", "sha256"} <= cast("dict[str, Any]", value).keys()


def execute_as_owner(
    ctx: Context, case_id: str, command: Command, answer: type[T], make: Make[T], *, to: str, version: int | None = None
) -> T:
    """Carry out a command of those who answer for the workflow. `to` completes "Only … may …"."""
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, case_id)
    definition = rule_of(ctx, case.definition, case.version)
    try:
        access.may_act_as_owner(ctx.caller, definition, to)
    except Rejection as forbidden:
        _refuse_what_comes_first(ctx, case, command)
        raise forbidden from None
    return execute(ctx, case_id, command, answer, make, version=version)


def _refuse_what_comes_first(ctx: Context, case: Case, command: Command) -> None:
    """That a task is closed is told before that one may not act on it: the order of refusals is the same everywhere."""
    from procession.engine.decide.deciding import Deciding
    from procession.engine.decide.tasks import open_activation

    task: str | None = getattr(command, "task_id", None)
    if task is not None:
        program = ctx.program(case.definition, case.version)
        open_activation(Deciding(program, case, moment(ctx)), task)


def start(
    ctx: Context, definition: str, command: StartCase, answer: type[T], make: Make[T], *, version: int | None = None,
    case_id: str | None = None,
) -> T:  # fmt: skip
    """Start a case."""
    answers, dump = _kept(answer, make, None)
    committed = ctx.store.start(
        ctx.organisation, definition, command, ctx.caller.as_actor(), at=ctx.at, key=_key(ctx),
        body_hash=_hash(definition, command), version=version, answer=dump, case_id=case_id,
    )  # fmt: skip
    _take_files(ctx, committed.case.id, command.data)
    return _answer(committed, answer, answers)


def case_of_task(task: str) -> str:
    """The case that a task belongs to."""
    return split_task_id(task)[0]


def _is_their_task(ctx: Context, command: Command) -> bool:
    """A guest may know of the one task the link opens, and of nothing else."""
    if ctx.caller.kind != "guest" or ctx.caller.task_id is None:
        return False
    survey: str | None = getattr(command, "survey", None)
    return getattr(command, "task_id", None) == ctx.caller.task_id or survey == split_task_id(ctx.caller.task_id)[1]


def _key(ctx: Context) -> str | None:
    """The key within its caller's own: nobody gets another's answer by guessing a key."""
    return f"{ctx.caller.id or ctx.address}:{ctx.key}" if ctx.key is not None else None


def _hash(about: str, command: Command) -> str:
    return hashlib.sha256(f"{about} {command!r}".encode(errors="surrogatepass")).hexdigest()


def _kept(
    answer: type[T], make: Make[T], version: int | None
) -> tuple[list[T], Callable[[Case, Sequence[Event]], Any]]:
    """Where the answer lands, and what the store is to call for it."""
    answers: list[T] = []

    def dump(case: Case, events: Sequence[Event]) -> Any:
        if version is not None and case.seq - len(events) != version:
            raise Conflict(
                "The case has changed since you looked at it.", hint="Load it again.", version=case.seq - len(events)
            )
        answers[:] = [make(case, events)]
        return adapter(answer).dump_python(answers[0], mode="json")

    return answers, dump


def _answer(committed: Committed, answer: type[T], answers: list[T]) -> T:
    if committed.replayed or not answers:
        return adapter(answer).validate_python(committed.answer)
    return answers[0]
