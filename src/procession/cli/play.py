"""`procession run`: play a workflow in the terminal. Time is virtual, nothing is stored, nothing leaves."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import click
import orjson

from procession.cli.door import say_refused
from procession.cli.output import FINE, PROBLEMS, as_json, print_json, say_findings, wrong_usage
from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Case, task_id
from procession.engine.definition import Assignee, Definition, Form
from procession.engine.moment import Actor, Directory, Moment, Person
from procession.engine.program import compile_definition
from procession.engine.rejections import InvalidForm, Rejection
from procession.engine.world import World
from procession.interchange.folder import read_folder
from procession.interchange.neighbours import needed

YOU = "you"


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--id", "chosen", help="Which definition, where the path holds several.")
@click.option("--with", "data", help="Start with this JSON object instead of asking.")
@as_json
def run(path: Path, chosen: str | None, data: str | None, as_json: bool) -> None:
    """Play a workflow: you are everyone in it, the clock jumps to the next thing that happens.

    \b
    Example:
      procession run examples/purchase-approval
      procession run examples/purchase-approval --with '{"item": "mouse", "amount": 499.99}'
    """
    definitions, library, definition = _choose(path, chosen)
    world = _world(definitions, library)
    program = world.programs[definition.id]
    if as_json and data is None:
        wrong_usage("--json asks no questions: give the first form with --with, such as '{\"amount\": 12}'.")
    values = _json(data) if data is not None else _ask_form(world, program.start_form, definition, {}, None)
    while True:
        try:
            case = world.start(definition.id, values, Actor(YOU))
            break
        except Rejection as refused:
            if data is not None:
                say_refused(refused)
                sys.exit(PROBLEMS)
            _say_refused(refused)
            values = _ask_form(world, program.start_form, definition, values, None)
    seen = 0
    interactive = not as_json and (data is None or sys.stdin.isatty())
    while True:
        seen = seen if as_json else _tell(world, seen)
        if not case.is_open or not _step(world, interactive=interactive):
            break
    if as_json:
        print_json(_summary(world, case))
    else:
        _tell(world, seen)
        click.secho(_ending(case), bold=True)
    sys.exit(FINE if not case.incidents else PROBLEMS)


def _choose(path: Path, chosen: str | None) -> tuple[dict[str, Definition], Mapping[str, Any], Definition]:
    if not path.exists():
        wrong_usage(f"There is no file or folder '{path}'.")
    home = path.parent if path.is_file() else path
    folder = read_folder(home)
    if beside := needed(home, folder.definitions):
        folder = read_folder(home, *beside)  # what it runs of its neighbours is played too
    errors = [one for one in folder.check() if one.severity == "error"]
    if errors:
        say_findings(errors)
        sys.exit(PROBLEMS)
    mine = read_folder(path).definitions
    if chosen is None and len(mine) > 1:
        processes = [name for name, one in mine.items() if one.kind == "process"]
        chosen = processes[0] if len(processes) == 1 else None
        if chosen is None:
            wrong_usage(f"Choose one with --id: {', '.join(sorted(mine))}.")
    name = chosen or next(iter(mine), "")
    if name not in mine:
        wrong_usage(f"There is no definition '{name}' in {path}." if name else f"There is no definition in {path}.")
    return dict(folder.definitions), folder.library, mine[name]


class _Everyone(dict[str, tuple[str, ...]]):
    """A company of three in which every group and every role exists."""

    def __init__(self, *members: str) -> None:
        super().__init__()
        self.members = members

    def get(self, key: str, default: Any = ()) -> Any:
        return self.members


def _world(definitions: Mapping[str, Definition], library: Mapping[str, Any]) -> World:
    """A world in which you start cases, your manager leads everything, and a colleague is in every group too."""
    people = {
        YOU: Person(id=YOU, name="You", email="you@example.com", manager="manager"),
        "colleague": Person(id="colleague", name="Colleague", email="colleague@example.com", manager="manager"),
        "manager": Person(id="manager", name="Manager", email="manager@example.com", manager="colleague"),
    }
    for definition in definitions.values():
        for name in sorted(_named(definition)):
            people.setdefault(
                name, Person(id=name, name=name.capitalize(), email=f"{name}@example.com", manager="manager")
            )
    directory = Directory(people=people, groups=_Everyone("colleague", YOU), roles=_Everyone("manager", "colleague"))
    counter = iter(range(1, 1_000_000))
    programs = {name: compile_definition(one, library, 1) for name, one in definitions.items()}
    moment = Moment(at=datetime(2026, 1, 5, 9, tzinfo=UTC), directory=directory)
    return World(
        programs,
        moment,
        lambda: f"case-{next(counter)}",
        answer=lambda job: ask_.FinishJob(activation=job.activation, attempt=job.attempt),
    )


def _named(part: object) -> set[str]:
    """The people whom a definition calls by name, so that each of them is there to be played."""
    if isinstance(part, Assignee):
        plain = part.kind == "person" and "{" not in part.name
        return {str(part.name)} if plain else _named(part.of)
    if is_dataclass(part):
        return set[str]().union(*(_named(getattr(part, one.name)) for one in fields_of(part)))
    if isinstance(part, tuple):
        return set[str]().union(*(_named(one) for one in cast("tuple[object, ...]", part)))
    if isinstance(part, Mapping):
        return set[str]().union(*(_named(one) for one in cast("Mapping[str, object]", part).values()))
    return set()


def _json(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        wrong_usage(f"--with is not JSON: {problem}. Write it as '{{\"amount\": 12}}'.")
    if not isinstance(value, dict):
        wrong_usage("--with needs one JSON object, such as '{\"amount\": 12}'.")
    return value  # pyright: ignore[reportUnknownVariableType]


def _ask_form(
    world: World, form: Form, definition: Definition, last: Mapping[str, Any], case: Case | None
) -> dict[str, Any]:
    """Ask a form, one field a line; an empty answer keeps what is in brackets, or nothing."""
    answers: dict[str, Any] = {}
    for entry in form:
        field = definition.fields.get(entry.field)
        if field is None or field.type in ("table", "file"):
            if field is not None:
                answers.update(_ask_json(field.title, entry.field))
            continue
        known = last.get(entry.field) or (
            fields.show(field, case.data[entry.field]) if case and case.data.get(entry.field) else ""
        )
        options = f" [{', '.join(field.options)}]" if field.options else ""
        required = field.required if entry.required is None else entry.required
        text = click.prompt(
            f"  {field.title}{options}{'' if required else ' (may stay empty)'}",
            default=known,
            show_default=bool(known),
        )
        if text != "":
            answers[entry.field] = text
    return answers


def _ask_json(title: str, name: str) -> dict[str, Any]:
    """Ask until the answer is JSON or empty."""
    while True:
        text = click.prompt(f"  {title} (JSON)", default="", show_default=False)
        try:
            return {name: orjson.loads(text)} if text else {}
        except orjson.JSONDecodeError as problem:
            click.secho(f"  That is not JSON: {problem}.", fg="red")


def _say_refused(refused: Rejection) -> None:
    problems = refused.problems if isinstance(refused, InvalidForm) else (refused,)
    for one in problems:
        click.secho(f"  {one.message}" + (f" {one.hint}" if one.hint else ""), fg="red")


def _tell(world: World, seen: int) -> int:
    """Print what happened since the last look, in plain words."""
    for row in world.log[seen:]:
        sentence = _sentence(world, row.event)
        if sentence:
            click.echo(click.style(f"{row.at[:10]} {row.at[11:16]}  ", dim=True) + sentence)
    return len(world.log)


def _sentence(world: World, event: ev.Event) -> str | None:
    match event:
        case ev.CaseStarted():
            return click.style(f"{event.name} started", bold=True)
        case ev.StepOpened() if event.is_task:
            who = event.assignee or " or ".join(event.candidates)
            return f"{event.title}: with {who}" + (
                f", due {event.due_at[:16].replace('T', ' ')}" if event.due_at else ""
            )
        case ev.StepOpened(kind="wait"):
            return f"{event.title}: waiting"
        case ev.StepSkipped():
            return f"{event.title or event.step}: skipped, {event.reason}"
        case ev.TaskCompleted():
            return f"{event.person}: {event.outcome}"
        case ev.StepWithdrawn():
            return f"{event.step}: withdrawn, {event.reason}"
        case ev.JobRequested():
            return f"{event.kind} job asked for (nothing leaves here)"
        case ev.DataWritten():
            return ", ".join(f"{name} = {value}" for name, value in event.values.items()) + f" ({event.origin})"
        case ev.PeopleNotified():
            return f"{', '.join(event.to)} told: {event.text}"
        case ev.IncidentOpened():
            return click.style(f"incident {event.code}: {event.sentence}", fg="red")
        case ev.HandoffHappened():
            return f"handoff to {event.to or 'the end'}"
        case ev.CaseClosed():
            return f"ended: {event.outcome}"
        case _:
            return None


def _open_tasks(world: World) -> list[tuple[Case, str]]:
    found: list[tuple[Case, str]] = []
    for case in world.cases.values():
        nodes = world.programs[case.definition].nodes
        for key, one in case.activations.items():
            node = nodes.get(one.step)
            if node is not None and not one.seats and (one.assignee or one.candidates):
                found.append((case, key))
    return found


def _step(world: World, *, interactive: bool) -> bool:
    """One choice of the player; False when there is nothing left to do."""
    tasks = _open_tasks(world)
    later = world.next_moment()
    if not tasks and later is None:
        return False
    if not tasks:
        assert later is not None
        world.advance(later)
        return True
    if not interactive:
        return False
    click.echo()
    for number, (case, key) in enumerate(tasks, 1):
        one = case.activations[key]
        step = world.programs[case.definition].nodes[one.step].step
        click.echo(f"  {number}  {step.title} ({one.assignee or ' or '.join(one.candidates)})")
    click.echo("  t  let time pass" if later is not None else "", nl=later is not None)
    try:
        choice = click.prompt("  Which? q ends", default="1", show_default=False).strip().lower()
    except click.Abort:
        return False
    if choice == "q":
        return False
    if choice == "t" and later is not None:
        world.advance(later)
    elif choice.isdecimal() and 0 < int(choice) <= len(tasks):
        return _complete(world, *tasks[int(choice) - 1])
    return True


def _complete(world: World, case: Case, key: str) -> bool:
    one = case.activations[key]
    program = world.programs[case.definition]
    node = program.nodes[one.step]
    step = node.step
    outcomes: tuple[str, ...] = ("send",) if step.kind == "email" else node.type.outcomes(step)
    try:
        outcome = (
            click.prompt("  Outcome", type=click.Choice(outcomes), default=outcomes[0])
            if len(outcomes) > 1
            else next(iter(outcomes), None)
        )
        values = _ask_form(world, getattr(step.config, "form", ()), program.definition, {}, case)
    except click.Abort:
        return False
    points = tuple(range(len(getattr(step.config, "checklist", ()))))
    who = one.assignee or one.candidates[0]
    actor = Actor(who, "guest" if who.startswith("guest:") else "person")
    try:
        world.ask(
            case.id,
            ask_.CompleteTask(task_id=task_id(case.id, key), outcome=outcome, values=values, checked=points),
            actor,
        )
    except Rejection as refused:
        _say_refused(refused)
    return True


def _ending(case: Case) -> str:
    if case.is_open:
        return f"{case.name} is still open"
    return f"{case.name}: {case.outcome}"


def _summary(world: World, case: Case) -> dict[str, Any]:
    return {
        "case": case.name,
        "status": case.status,
        "outcome": case.outcome,
        "data": case.data,
        "open": [
            world.programs[one.definition].nodes[one.activations[key].step].step.title
            for one, key in _open_tasks(world)
        ],
        "incidents": [{"code": one.code, "sentence": one.sentence} for one in case.incidents.values()],
        "events": [
            {"at": row.at, "actor": row.actor, "type": row.event.type, **row.event.to_json()} for row in world.log
        ],
    }
