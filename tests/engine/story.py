"""Small stories for tests of the engine: a definition in YAML, people, and what happens, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Case, task_id
from procession.engine.definition import Process, Workflow
from procession.engine.durations import parse_span
from procession.engine.evolve import replay
from procession.engine.moment import Absence, Actor, Directory, Moment, Person
from procession.engine.program import compile_definition
from procession.engine.world import OpenJob, World
from procession.interchange.yaml import read

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def directory(**people: dict[str, Any]) -> Directory:
    """People by name; each may have `groups`, `roles`, `manager`, `away`."""
    known: dict[str, Person] = {}
    groups: dict[str, list[str]] = {}
    roles: dict[str, list[str]] = {}
    for name, facts in people.items():
        known[name] = Person(
            id=name, name=name.capitalize(), email=f"{name}@example.com", manager=facts.get("manager"),
            groups=tuple(facts.get("groups", ())), roles=tuple(facts.get("roles", ())), absences=tuple(facts.get("away", ())),
        )  # fmt: skip
        for group in facts.get("groups", ()):
            groups.setdefault(group, []).append(name)
        for role in facts.get("roles", ()):
            roles.setdefault(role, []).append(name)
    return Directory(
        people=known,
        groups={key: tuple(one) for key, one in groups.items()},
        roles={key: tuple(one) for key, one in roles.items()},
    )


PEOPLE = directory(
    ana={}, bo={"groups": ["team"]}, cy={"groups": ["team"], "manager": "dee"}, dee={"roles": ["manager"]},
    eve={"groups": ["team"], "roles": ["cfo"]},
)  # fmt: skip


class Story:
    """One case and what people do with it."""

    def __init__(self, *texts: str, people: Directory = PEOPLE, auto_jobs: bool = True, **settings: Any) -> None:
        programs = {}
        for text in texts:
            result = read(text)
            assert not [one for one in result.findings if one.severity == "error"], result.findings
            assert isinstance(result.definition, Workflow | Process)
            programs[result.definition.id] = compile_definition(result.definition, version=1)
        self.first = next(iter(programs))
        self._count = 0
        self.world = World(programs, Moment(at=MONDAY, directory=people, settings=settings), self._new_id)
        if auto_jobs:
            self.world.answer = lambda job: ask_.FinishJob(activation=job.activation, attempt=job.attempt)
        self.case: Case = Case(id="none")

    def _new_id(self) -> str:
        self._count += 1
        return f"c{self._count}"

    def start(self, by: str = "ana", **data: Any) -> Story:
        self.case = self.world.start(self.first, data, Actor(by))
        return self

    def key(self, title: str, who: str | None = None, case: Case | None = None) -> str:
        """The latest open activation of that title, the one of `who` where several are."""
        case = case or self.case
        nodes = self.world.programs[case.definition].nodes
        found = [
            key for key, one in case.activations.items()
            if one.step in nodes and title in (nodes[one.step].step.title, one.step) and not one.seats
        ]  # fmt: skip
        mine = [key for key in found if case.activations[key].assignee == who]
        assert found, f"{title!r} is not open; open: {self.open}"
        return (mine or found)[-1]

    def do(
        self, title: str, by: str | None = None, outcome: str | None = None, case: Case | None = None, **values: Any
    ) -> Story:
        """Complete a task."""
        case = case or self.case
        key = self.key(title, by, case)
        who = by or case.activations[key].assignee or next(iter(case.activations[key].candidates))
        self.world.ask(
            case.id, ask_.CompleteTask(task_id=task_id(case.id, key), outcome=outcome, values=values), Actor(who)
        )
        return self

    def ask(self, command: ask_.Command, by: str = "ana", *, admin: bool = False) -> list[ev.Event]:
        return self.world.ask(self.case.id, command, Actor(by, admin=admin))

    def task(self, title: str, who: str | None = None) -> str:
        """The task's public id."""
        return task_id(self.case.id, self.key(title, who))

    def passes(self, span: str) -> Story:
        self.world.advance(parse_span(span).add_to(self.world.at, self.world.moment.calendar))
        return self

    @property
    def open(self) -> list[str]:
        """Titles of what is open and not a block around something."""
        blocks = {one.up for one in self.case.activations.values()}
        nodes = self.world.programs[self.case.definition].nodes
        return sorted(
            nodes[one.step].step.title if one.step in nodes else one.step
            for key, one in self.case.activations.items()
            if key not in blocks
        )

    def events(self, kind: type[ev.Event], case: Case | None = None) -> Iterator[Any]:
        case = case or self.case
        return (row.event for row in self.world.log if row.case_id == case.id and isinstance(row.event, kind))

    @property
    def path(self) -> list[str]:
        """Titles of the steps that opened, in order; blocks left out."""
        blocks = ("parallel", "choose", "each", "entering")
        return [one.title for one in self.events(ev.StepOpened) if one.kind not in blocks and not one.seats]

    def told(self, who: str) -> list[str]:
        return [note.text for note in self.world.notifications if note.to == who]

    def member(self, name: str) -> Case:
        """The latest case of a process's member."""
        return [case for case in self.world.cases.values() if case.member == name][-1]

    def job(self, title: str) -> OpenJob:
        return next(job for job in self.world.jobs if job.title == title)

    def replayed(self) -> None:
        """The law: every case equals the fold of its events."""
        for case in self.world.cases.values():
            rows = [
                (row.event.type, row.event.to_json(), row.at, row.actor)
                for row in self.world.log
                if row.case_id == case.id
            ]
            assert replay(case.id, rows) == case
            assert Case.from_json(case.to_json()) == case


__all__ = ["MONDAY", "PEOPLE", "Absence", "Story", "directory"]
