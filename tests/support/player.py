"""Plays cases at random: every command, by every person, with restarts in between, holding the engine to its laws.

The laws, after every single command: a refused command changes nothing; nothing but a Rejection is ever raised; the same
question has the same answer; its events lead to the case it tells; the case survives its own JSON; and at the end,
replaying the events gives the live case.
"""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from procession.engine import commands as ask_
from procession.engine.case import NO_NAMES, NO_TIMES, NO_VOTES, Case, task_id
from procession.engine.decide import advance, decide
from procession.engine.definition import Definition
from procession.engine.evolve import evolve, replay
from procession.engine.instants import to_instant
from procession.engine.moment import SYSTEM, Actor, Directory, Moment, Person
from procession.engine.program import compile_definition
from procession.engine.rejections import Rejection
from procession.engine.world import World

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
PEOPLE = ("ana", "bo", "cy", "dee")
DIRECTORY = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.com", manager="dee"),
        "bo": Person(id="bo", name="Bo", groups=("team",), manager="dee"),
        "cy": Person(id="cy", name="Cy", groups=("team",), manager="dee"),
        "dee": Person(id="dee", name="Dee", groups=("team",), roles=("manager",)),
    },
    groups={"team": ("bo", "cy", "dee")},
    roles={"manager": ("dee",)},
)
HOSTILE: tuple[Any, ...] = (
    None, "", " ", "x" * 20_000, "\0", "\ud800", -1, 0, 10**40, 1e308, float("nan"), float("inf"), True, [], {}, [[]], [None],
    {"$number": "x"}, [{"x": {"y": 1}}], "2026-02-30", "0001-01-01", "9999-12-31", "P1Y", "1e999", "🧨", {"a": {"b": []}},
)  # fmt: skip


class Player:
    """One world, and somebody who does things in it at random."""

    def __init__(self, *definitions: Definition, seed: int, restarts: bool = True) -> None:
        self.random = Random(seed)
        self.restarts = restarts
        self._ids = 0
        programs = {one.id: compile_definition(one, version=1) for one in definitions}
        self.world = World(programs, Moment(at=MONDAY, directory=DIRECTORY), self._new_id)
        self.first = definitions[0].id
        self.done = 0
        """Commands that were carried out."""

    def _new_id(self) -> str:
        self._ids += 1
        return f"c{self._ids}"

    def start(self, data: dict[str, Any]) -> Case:
        return self.world.start(self.first, data, Actor("ana"))

    def ask(self, case: Case, command: ask_.Command, by: Actor) -> None:
        """Ask, and hold the engine to its laws."""
        world = self.world
        before = json.dumps({key: one.to_json() for key, one in world.cases.items()}, sort_keys=True)
        program = world.programs[case.definition]
        moment = Moment(at=world.at, actor=by, directory=DIRECTORY)
        try:
            decision = advance(program, case, command, moment)
        except Rejection as refused:
            assert refused.message
            assert json.dumps({key: one.to_json() for key, one in world.cases.items()}, sort_keys=True) == before
            return
        answer = decision.events
        assert decide(program, case, command, moment) == answer
        assert json.dumps({key: one.to_json() for key, one in world.cases.items()}, sort_keys=True) == before
        evolved = case.scratch()
        for event in answer:
            evolve(evolved, event, to_instant(world.at), by.id)
        assert evolved == decision.after
        assert not (NO_NAMES or NO_TIMES or NO_VOTES), "something changed what all activations share"
        world.ask(case.id, command, by)
        self.done += 1
        if self.restarts:
            for key, one in list(world.cases.items()):
                again = Case.from_json(json.loads(json.dumps(one.to_json())))
                assert again == one
                world.cases[key] = again

    def step(self, hostile: float = 0.0) -> None:
        """Do one thing."""
        case = self.random.choice(list(self.world.cases.values()))
        if self.random.random() < 0.15:
            self.world.advance(self.world.at + timedelta(minutes=self.random.choice([1, 61, 1441, 10_000])))
            return
        command = self.random.choice(MOVES)(self, case, hostile)
        by = SYSTEM if isinstance(command, MACHINE) else Actor(self.random.choice(PEOPLE), admin=True)
        holder = getattr(case.activations.get(getattr(command, "task_id", "").partition(".")[2]), "assignee", None)
        if holder is not None and self.random.random() < 0.8:
            by = Actor(holder)
        self.ask(case, command, by)

    def push_on(self, case: Case) -> None:
        """Complete a task, or let time pass and conditions change; never anything that only an administrator does."""
        program = self.world.programs[case.definition]
        tasks = [key for key, one in case.activations.items() if program.nodes[one.step].type.is_task and not one.seats]
        if not tasks or self.random.random() < 0.1:
            self.ask(case, ask_.EditData(values={"ok": self.random.random() < 0.5}, reason="another day"), SYSTEM)
            self.world.advance(self.world.at + timedelta(hours=1))
            return
        key = self.random.choice(tasks)
        node = program.nodes[case.activations[key].step]
        command = ask_.CompleteTask(
            task_id=task_id(case.id, key), outcome=self.random.choice(node.type.outcomes(node.step)),
            values={"ok": self.random.random() < 0.5} if node.step.config.form else {},
        )  # fmt: skip
        self.ask(case, command, Actor(case.activations[key].assignee or "ana"))

    def replayed(self) -> None:
        """Every case is what its events say."""
        for case in self.world.cases.values():
            rows = [
                (row.event.type, json.loads(json.dumps(row.event.to_json())), row.at, row.actor)
                for row in self.world.log
                if row.case_id == case.id
            ]
            assert replay(case.id, rows) == case
            assert not case.incidents or case.is_open
            assert case.is_open or not case.activations
            assert [row.seq for row in self.world.log if row.case_id == case.id][-1] == case.seq

    # --- what a command is made of ------------------------------------------------------------------------------------

    def activation(self, case: Case) -> str:
        known = [*case.activations, "a1"] if self.random.random() < 0.95 else ["", "a0", "a99", "x", "a²"]
        return self.random.choice(known)

    def task(self, case: Case) -> str:
        return task_id(case.id, self.activation(case))

    def step_name(self, case: Case) -> str:
        return self.random.choice([*self.world.programs[case.definition].nodes, "nowhere"])

    def value(self, hostile: float, name: str) -> Any:
        if self.random.random() < hostile:
            return self.random.choice(HOSTILE)
        return {"ok": self.random.random() < 0.5, "rows": [{"x": "1"}] * self.random.randint(0, 3)}.get(
            name, self.random.choice(["1", "600", "small", "2026-01-06", True, "bo"])
        )

    def values(self, case: Case, hostile: float, key: str = "") -> dict[str, Any]:
        one = case.activations.get(key.partition(".")[2])
        program = self.world.programs[case.definition]
        step = program.nodes[one.step].step if one is not None and one.step in program.nodes else None
        asked = [entry.field for entry in getattr(step.config, "form", ())] if step is not None else []
        if step is None or self.random.random() < hostile:
            asked = self.random.sample([*program.definition.fields, "item.x", "nope", "a[0].x"], 2)
        return {name: self.value(hostile, name) for name in asked}

    def outcome(self, case: Case, key: str) -> str | None:
        one = case.activations.get(key.partition(".")[2])
        node = self.world.programs[case.definition].nodes.get(one.step) if one is not None else None
        offered = node.type.outcomes(node.step) if node is not None else ("done",)
        return self.random.choice([*offered, *offered, *offered, None, "nope"])

    def due(self) -> datetime | None:
        return self.random.choice(
            [
                None,
                self.world.at + timedelta(days=2),
                datetime(2026, 2, 1),
                datetime.max,
                datetime.min.replace(tzinfo=UTC),
            ]
        )

    def incident(self, case: Case) -> str:
        return self.random.choice([*case.incidents, "i0"])


def _complete(play: Player, case: Case, hostile: float) -> ask_.Command:
    key = play.task(case)
    return ask_.CompleteTask(
        task_id=key, outcome=play.outcome(case, key), values=play.values(case, hostile, key), checked=(0, 1, 2)
    )


def _job(play: Player, case: Case, hostile: float) -> ask_.Command:
    key = play.activation(case)
    attempt = (case.activations[key].job if key in case.activations else None) or 1
    if play.random.random() < 0.5:
        return ask_.FailJob(activation=key, attempt=attempt, error="no", retry=play.random.random() < 0.7)
    return ask_.FinishJob(activation=key, attempt=attempt, result=play.value(hostile, "result"))


def _timer(play: Player, case: Case, hostile: float) -> ask_.Command:
    key = play.activation(case)
    timers = case.activations[key].timers if key in case.activations else {}
    return ask_.FireTimer(activation=key, timer=play.random.choice([*timers, "time", "after-9", "remind-x"]))


def _take(play: Player, case: Case, hostile: float) -> ask_.Command:
    key = play.activation(case)
    one = case.activations.get(key)
    return ask_.TakeMessage(
        activation=key, name=(one.message if one is not None else None) or "go", key=one.key if one is not None else None,
        data=play.value(hostile, "data"),
    )  # fmt: skip


_COMPLETING: list[Callable[[Player, Case, float], ask_.Command]] = [_complete] * 12
MOVES: list[Callable[[Player, Case, float], ask_.Command]] = [
    *_COMPLETING,
    lambda p, c, h: ask_.ClaimTask(task_id=p.task(c)),
    lambda p, c, h: ask_.ReleaseTask(task_id=p.task(c)),
    lambda p, c, h: ask_.DelegateTask(task_id=p.task(c), to=p.random.choice([*PEOPLE, "zoe", ""])),
    lambda p, c, h: ask_.ReassignTask(task_id=p.task(c), to=p.random.choice([*PEOPLE, "zoe", ""])),
    lambda p, c, h: ask_.LookAtTask(task_id=p.task(c)),
    lambda p, c, h: ask_.BeginTask(task_id=p.task(c)),
    lambda p, c, h: ask_.SendBack(task_id=p.task(c), to=p.step_name(c), reason="again"),
    lambda p, c, h: ask_.SkipStep(task_id=p.task(c), reason=p.random.choice(["so", " "])),
    lambda p, c, h: ask_.ChangeDue(task_id=p.task(c), due_at=p.due(), reason="so"),
    lambda p, c, h: ask_.CompleteNow(task_id=p.task(c), reason="enough"),
    lambda p, c, h: ask_.EditData(values=p.values(c, h), reason="so"),
    lambda p, c, h: ask_.ChangeCaseDue(due_at=p.due(), reason="so"),
    lambda p, c, h: ask_.AddComment(text=p.random.choice(["hm", " "]), mentions=p.random.choice([(), ("bo",), ("zoe",)])),
    lambda p, c, h: ask_.SendMessage(name=p.random.choice(["go", "stop"]), data=p.value(h, "data")),
    lambda p, c, h: ask_.RetryIncident(incident=p.incident(c)),
    lambda p, c, h: ask_.RetryIncident(incident=p.incident(c)),
    lambda p, c, h: ask_.SkipIncident(incident=p.incident(c), reason="so"),
    lambda p, c, h: (
        ask_.CancelCase(reason="no") if p.random.random() < 0.2 else ask_.ReopenCase(step=p.step_name(c), reason="more")
    ),
    lambda p, c, h: ask_.HearChild(
        activation=p.activation(c), child="c9", what=p.random.choice(["ended", "milestone"]), name=p.random.choice(["done", "cancelled"])
    ),
    lambda p, c, h: ask_.RejectChild(activation=p.activation(c), code="missing_field", sentence="Nothing there."),
    _job, _timer, _take,
]  # fmt: skip
MACHINE = (ask_.FireTimer, ask_.FinishJob, ask_.FailJob, ask_.TakeMessage, ask_.HearChild, ask_.RejectChild)
