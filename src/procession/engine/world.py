"""A whole organisation in memory: the engine with its own timers, jobs, messages and children, on a clock of its own.

Tests of workflows, playing a workflow in the terminal, and made-up histories all run here, on the same `decide` that
serves real cases. Nothing leaves: jobs wait for an answer from whoever drives the world.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Case, Json
from procession.engine.decide import decide
from procession.engine.decide.waiting import kept_until, oldest_taken
from procession.engine.evolve import evolve
from procession.engine.instants import Instant, from_instant, to_instant
from procession.engine.moment import SYSTEM, Actor, Counted, Directory, Moment
from procession.engine.program import Program
from procession.engine.rejections import Conflict, NotFound, Rejection


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the log."""

    case_id: str
    seq: int
    at: Instant
    actor: str
    event: ev.Event


@dataclass(slots=True)
class OpenJob:
    """A job that waits for its answer."""

    case_id: str
    activation: str
    step: str
    title: str
    kind: str
    attempt: int
    config: dict[str, Json]
    after: Instant | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody was told something."""

    at: Instant
    to: str
    what: str
    text: str
    case_id: str
    activation: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that waits for a step that wants it."""

    name: str
    key: str | None
    data: Json
    at: Instant
    until: Instant


@dataclass(slots=True)
class World:
    """Definitions, people, cases, and the time."""

    programs: dict[str, Program]
    """By definition id."""
    moment: Moment
    """People, calendars and settings; its time is the world's clock."""
    new_id: Callable[[], str]
    cases: dict[str, Case] = field(default_factory=dict[str, Case])
    log: list[Recorded] = field(default_factory=list[Recorded])
    jobs: list[OpenJob] = field(default_factory=list[OpenJob])
    notifications: list[Notification] = field(default_factory=list[Notification])
    kept: list[Kept] = field(default_factory=list["Kept"])
    """Messages nobody waited for."""
    answer: Callable[[OpenJob], ask_.FinishJob | ask_.FailJob | None] | None = None
    """Answers jobs as they come; None leaves them open."""
    elsewhere: Callable[[Counted], int] | None = None
    """Counts cases that are not in this world, where there are any."""
    _timers: list[tuple[Instant, int, str, str, str]] = field(default_factory=list[tuple[Instant, int, str, str, str]])
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    """Definition → the last running number used."""
    _ticks: int = 0

    @property
    def at(self) -> datetime:
        return self.moment.at

    # --- asking -----------------------------------------------------------------------------------------------------

    def start(
        self, definition: str, data: Mapping[str, Any], by: Actor, *, case_id: str | None = None, **details: Any
    ) -> Case:
        """Start a case, with a new id where none is given. Raises Rejection."""
        program = self.programs.get(definition)
        if program is None:
            raise NotFound(f"There is no workflow '{definition}'.")
        number = self.numbers.get(definition, 0) + 1
        case = Case(id=case_id or self.new_id())
        events = decide(program, case, ask_.StartCase(data=dict(data), number=number, **details), self._as(program, by))
        self.numbers[definition] = number
        self.cases[case.id] = case
        self._commit(case, events, by)
        return case

    def ask(self, case_id: str, command: ask_.Command, by: Actor = SYSTEM) -> list[ev.Event]:
        """Carry out a command. Raises Rejection; then nothing has changed."""
        case = self.cases.get(case_id)
        if case is None:
            raise NotFound("There is no such case.")
        program = self.programs[case.definition]
        events = decide(program, case, command, self._as(program, by))
        self._commit(case, events, by)
        return events

    def send(self, name: str, key: str | None, data: Json = None) -> bool:
        """Send a message: the oldest wait of that name with that key takes it, else it is kept. True when taken."""
        waiting = [
            (one.opened_at, case.id, activation)
            for case in self.cases.values()
            for activation, one in case.activations.items()
            if one.message == name
            and one.key == key
            and key is not None
            and one.incident is None
            and not case.is_paused
        ]
        if waiting:
            _, case_id, activation = min(waiting, key=lambda found: found[0])
            self.ask(case_id, ask_.TakeMessage(activation=activation, name=name, key=key, data=data))
            return True
        until = kept_until(self.programs.values(), name, self.at, self.moment.calendar)
        self.kept.append(Kept(name, key, data, to_instant(self.at), to_instant(until)))
        return False

    def _as(self, program: Program, by: Actor) -> Moment:
        directory = self._with_workload(self.moment.directory) if program.needs_workload else self.moment.directory
        return replace(self.moment, actor=by, directory=directory, count_of_cases=self._count_of_cases)

    def _count_of_cases(self, asked: Counted) -> int:
        """Cases of this world, and those elsewhere."""
        facts, fields = asked.apart()
        since = to_instant(asked.since) if asked.since is not None else ""
        here = sum(
            case.definition == asked.workflow
            and case.id != asked.but
            and case.started_at >= since
            and all(_fact(case, name) == value for name, value in facts.items())
            and all(case.data.get(name) == value for name, value in fields.items())
            for case in self.cases.values()
        )
        return here + (self.elsewhere(asked) if self.elsewhere is not None else 0)

    def _with_workload(self, directory: Directory) -> Directory:
        load = dict(directory.open_tasks)  # what they have to do outside this world
        for case in self.cases.values():
            for one in case.activations.values():
                if one.assignee is not None:
                    load[one.assignee] = load.get(one.assignee, 0) + 1
        given: dict[str, datetime] = {}
        for row in self.log:
            if isinstance(row.event, ev.StepOpened) and row.event.assignee is not None:
                given[row.event.assignee] = from_instant(row.at)
        return replace(directory, open_tasks=load, last_given=given)

    # --- what follows ----------------------------------------------------------------------------------------------

    def _commit(self, case: Case, events: list[ev.Event], by: Actor) -> None:
        at = max(to_instant(self.at), case.at)
        for event in events:
            evolve(case, event, at, by.id)
            self.log.append(Recorded(case.id, case.seq, at, by.id, event))
        for event in events:
            self._follow(case, event)

    def _follow(self, case: Case, event: ev.Event) -> None:
        match event:
            case ev.StepOpened() | ev.DueChanged():
                for name, at in event.timers.items():
                    self._ticks += 1
                    heapq.heappush(self._timers, (at, self._ticks, case.id, event.activation, name))
                if isinstance(event, ev.StepOpened) and event.message is not None and event.key is not None:
                    self._deliver_kept(case, event)
            case ev.CaseResumed():
                self._ring_again(case)
            case ev.ChildToFollow():
                self._let_follow(case, event.child)
            case ev.JobRequested():
                self._open_job(case, event)
            case ev.JobSucceeded() | ev.StepWithdrawn() | ev.StepSkipped():
                self.jobs = [one for one in self.jobs if (one.case_id, one.activation) != (case.id, event.activation)]
                if isinstance(event, ev.StepWithdrawn):
                    self._tell(case, event.told, "withdrawn", event.reason, event.activation)
            case ev.JobFailed():
                self.jobs = [one for one in self.jobs if (one.case_id, one.activation) != (case.id, event.activation)]
            case ev.PeopleNotified():
                self._tell(case, event.to, event.what, event.text, event.activation)
            case ev.ChildRequested():
                self._start_child(case, event)
            case ev.ChildCancelled():
                self._cancel_child(event)
            case ev.ParentTold():
                self.ask(event.parent, ask_.HearChild(activation=event.activation, child=case.id, what=event.what,
                                                      name=event.name, data=event.data))  # fmt: skip
            case _:
                pass

    def _tell(self, case: Case, people: list[str], what: str, text: str, activation: str | None) -> None:
        at = to_instant(self.at)
        self.notifications.extend(Notification(at, person, what, text, case.id, activation) for person in people)

    def _deliver_kept(self, case: Case, event: ev.StepOpened) -> None:
        now = to_instant(self.at)
        self.kept = [one for one in self.kept if one.until >= now]
        step = self.programs[case.definition].nodes[event.step].step
        oldest = to_instant(oldest_taken(step, self.at, self.moment.calendar))
        for place, one in enumerate(self.kept):
            fits = (one.name, one.key) == (event.message, event.key) and one.at >= oldest
            if fits and event.activation in case.activations:
                del self.kept[place]
                taken = ask_.TakeMessage(activation=event.activation, name=one.name, key=one.key, data=one.data)
                self.ask(case.id, taken)
                return

    def _ring_again(self, case: Case) -> None:
        """What stood still while the case was paused is waited for again."""
        for activation, one in list(case.activations.items()):
            for name, at in one.timers.items():
                self._ticks += 1
                heapq.heappush(self._timers, (at, self._ticks, case.id, activation, name))
            if one.message is not None and one.key is not None:
                opened = ev.StepOpened(activation, one.step, "wait", one.step, message=one.message, key=one.key)
                self._deliver_kept(case, opened)

    def _let_follow(self, case: Case, child: str) -> None:
        """Let a child pause, or go on, as its parent does."""
        if case.is_paused:
            self.ask(child, ask_.PauseCase(reason=case.paused_why, with_parent=True))
        else:
            self.ask(child, ask_.ResumeCase(with_parent=True))

    def _open_job(self, case: Case, event: ev.JobRequested) -> None:
        one = case.activations.get(event.activation)
        if one is None:
            return
        title = self.programs[case.definition].nodes[one.step].step.title
        job = OpenJob(case.id, event.activation, one.step, title, event.kind, event.attempt, event.config, event.after)
        self.jobs.append(job)
        if event.after is None:
            self._answer(job)

    def _answer(self, job: OpenJob) -> None:
        reply = self.answer(job) if self.answer is not None else None
        if reply is not None:
            self.ask(job.case_id, reply)

    def _start_child(self, case: Case, event: ev.ChildRequested) -> None:
        process_case = case.id if case.kind == "process" else case.process_case
        starter = Actor(case.starter, "guest" if case.starter.startswith("guest:") else "person")
        try:
            child = self.start(
                event.definition, event.data, starter, parent=case.id, parent_activation=event.activation,
                process_case=process_case, member=event.member,
            )  # fmt: skip
        except Rejection as problem:
            program = self.programs.get(event.definition)
            owner = program.definition.owner if program is not None else None
            self.ask(case.id, ask_.rejected_child(event.activation, problem, owner))
            return
        if not event.detached and event.activation in case.activations:
            self.ask(case.id, ask_.NoteChild(activation=event.activation, child=child.id))

    def _cancel_child(self, event: ev.ChildCancelled) -> None:
        child = self.cases.get(event.child or "")
        if child is not None and child.is_open:
            self.ask(child.id, ask_.CancelCase(reason="the case that started it no longer needs it"))

    # --- time ---------------------------------------------------------------------------------------------------------

    def next_moment(self) -> datetime | None:
        """When the next timer rings or the next delayed attempt of a job is due."""
        self._drop_cancelled()
        found = [self._timers[0][0]] if self._timers else []
        found += [job.after for job in self.jobs if job.after is not None]
        return from_instant(min(found)) if found else None

    def _drop_cancelled(self) -> None:
        while self._timers:
            at, _, case_id, activation, name = self._timers[0]
            case = self.cases[case_id]
            one = case.activations.get(activation)
            if one is not None and one.timers.get(name) == at and not case.is_paused:
                return
            heapq.heappop(self._timers)

    def advance(self, to: datetime) -> None:
        """Let time pass: timers ring in order, each at its moment."""
        while (at := self.next_moment()) is not None and at <= to:
            self.moment = replace(self.moment, at=max(at, self.at))
            job = next((one for one in self.jobs if one.after is not None and from_instant(one.after) <= at), None)
            if job is not None:
                job.after = None
                self._answer(job)
                continue
            _, _, case_id, activation, name = heapq.heappop(self._timers)
            self.ask(case_id, ask_.FireTimer(activation=activation, timer=name))
        self.moment = replace(self.moment, at=max(to, self.at))

    def cancel(self, case_id: str, reason: str, by: Actor) -> None:
        """Cancel a case that is open. Raises Conflict when it is not."""
        if not self.cases[case_id].is_open:
            raise Conflict("This case is no longer running.")
        self.ask(case_id, ask_.CancelCase(reason=reason), by)


def _fact(case: Case, name: str) -> str | None:
    """A fact of a case as it is counted by."""
    known = {"status": case.status, "outcome": case.outcome, "starter": case.starter, "version": str(case.version)}
    return known[name]
