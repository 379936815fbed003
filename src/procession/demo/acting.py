"""People of the invented company doing their work: one case with its members, driven through the real engine.

Each case has a world of its own, so that cases can be made in several processes at once; the clock is the same for all.
Whatever opens gets a plan: when somebody looks, when they begin, when they are done. The earliest thing happens next,
and timers ring in between, until the case has ended or the present is reached.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from procession.demo.answers import Drawing, of_type
from procession.demo.habits import Around, Habits
from procession.demo.troubles import STARTER, Asking, Following, Review, SendingBack
from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.calendar import WorkCalendar
from procession.engine.case import Activation, Case, Json, task_id
from procession.engine.definition import FormEntry, Step
from procession.engine.moment import Actor, Counted, Moment
from procession.engine.pilots import Pilot, takes_part
from procession.engine.program import Program
from procession.engine.rejections import SeparationOfDuties
from procession.engine.world import OpenJob, Recorded, World

Do = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One case to be made."""

    definition: str
    at: datetime
    number: int
    seed: int
    hold: tuple[str, str] | None = None
    """A step that is left open, and who has its task then (empty: nobody takes it where several could)."""
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Answers that are not left to chance."""
    starter: str | None = None
    hurry: bool = False
    """Everything before is done within minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A version that some of the cases take by lot, from a day on."""

    pilot: Pilot
    since: datetime
    program: Program
    manner: Habits
    """How cases go in it."""


def make(
    start: Start, programs: dict[str, Program], company: Moment, manner: Habits, until: datetime,
    tried: Tried | None = None,
) -> list[Recorded]:  # fmt: skip
    """All events of a case and its members, in the order they happened.

    Args:
        tried: the version of its definition that is tried with some.
    """
    return Acting(start, programs, company, manner, until, tried).run()


def id_at(at: datetime, rng: Random) -> str:
    """A UUIDv7 of a moment, by chance of a seed."""
    milliseconds = int(at.timestamp() * 1000)
    value = milliseconds << 80 | 0x7 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _busy(company: Moment, start: Start) -> Moment:
    """With what else lies on everybody's desk: each case has a world of its own, in which all would be idle."""
    rng = Random(f"{start.seed}/busy")
    elsewhere = {one: rng.randrange(1, 9) for one in company.directory.people}
    return replace(company, directory=replace(company.directory, open_tasks=elsewhere))


class Acting:
    """One case under way."""

    def __init__(
        self, start: Start, programs: dict[str, Program], company: Moment, manner: Habits, until: datetime,
        tried: Tried | None = None,
    ) -> None:  # fmt: skip
        self.start = start
        self.rng = Random(start.seed)
        self.manner = manner
        self.tried = tried
        self.until = until
        self.calendar: WorkCalendar = company.calendar
        self.world = World(
            programs, replace(_busy(company, start), at=start.at), self._new_id, answer=self._take_job,
            numbers=dict.fromkeys(programs, start.number - 1), elsewhere=self._count_of_cases,
        )  # fmt: skip
        self._plan: list[tuple[datetime, int, Do]] = []
        self._ticks = 0
        self._planned: set[tuple[str, str]] = set()
        self._done_by: dict[tuple[str, str], str] = {}
        """Case and step → who did it last."""
        self._sent_back: dict[tuple[str, str], str] = {}
        """Case and step that the work came back to → the step that it came from."""
        self._followed: set[str] = set()

    def run(self) -> list[Recorded]:
        self._begin()
        self._look_around()
        while self._plan or self.world.next_moment() is not None:
            rings = self.world.next_moment()
            due = self._plan[0][0] if self._plan else None
            upcoming = min(at for at in (rings, due) if at is not None)
            if upcoming > self.until:
                break
            if rings is not None and rings == upcoming:
                self.world.advance(rings)
            else:
                at, _, do = heapq.heappop(self._plan)
                self.world.advance(at)
                do()
            self._look_around()
        return self.world.log

    def _new_id(self) -> str:
        """A UUIDv7 whose time is the world's and whose chance is the seed's."""
        return id_at(self.world.at, self.rng)

    def _count_of_cases(self, asked: Counted) -> int:
        """How many other cases there were, as the history says; none where it says nothing."""
        answer = self.manner.counts.get(asked.workflow)
        return 0 if answer is None else int(answer.draw(Drawing(self.world.at, self.rng, {})))

    def _at(self, at: datetime, do: Do) -> None:
        self._ticks += 1
        heapq.heappush(self._plan, (at, self._ticks, do))

    # --- starting -----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        program = self.world.programs[self.start.definition]
        given = self._answers(program, program.start_form, None)
        starter, case = self.start.starter or self._starter(program), self._new_id()
        if self._takes_part(case, starter, given):
            assert self.tried is not None
            self.world.programs = {**self.world.programs, self.start.definition: self.tried.program}
            self.manner = self.tried.manner
        self.world.start(self.start.definition, given, Actor(starter), case_id=case)

    def _takes_part(self, case: str, starter: str, given: Mapping[str, Json]) -> bool:
        """Whether the lot gives it the version that is tried; the same lot that falls for real cases."""
        if self.tried is None or self.start.at < self.tried.since:
            return False
        person = self.world.moment.directory.people.get(starter)
        return takes_part(self.tried.pilot, case, starter, person, given)

    def _begin_by_hand(self, one: Following, ended: Case) -> None:
        """Somebody begins what nothing connects, and copies what it has to know."""
        program = self.world.programs[one.begin]
        given = self._answers(program, program.start_form, None)
        drawing = Drawing(self.world.at, self.rng, given)
        given |= {name: answer.draw(drawing) for name, answer in one.answers.items()}
        given |= {name: ended.data.get(source) for name, source in one.carry.items()}
        self.world.start(one.begin, given, Actor(self._starter(program)))

    def _starter(self, program: Program) -> str:
        by = program.definition.start.by
        directory = self.world.moment.directory
        if by.startswith("group:"):
            return self.rng.choice(directory.groups[by.removeprefix("group:")])
        if by.startswith("role:"):
            return self.rng.choice(directory.roles[by.removeprefix("role:")])
        return self.rng.choice([one.id for one in directory.people.values() if one.manager is not None])

    def _answers(self, program: Program, form: Iterable[FormEntry], case: Case | None) -> dict[str, Json]:
        given: dict[str, Json] = {}
        known: dict[str, Json] = dict(case.data) if case is not None else {}
        if case is not None and case.process_case is not None:
            around = self.world.cases[case.process_case].data
            known |= {f"process.{name}": value for name, value in around.items()}
        told = self.manner.answers.get(program.definition.id, {})
        for entry in form:
            name = entry.field
            if "." in name:
                continue
            if name in self.start.values:
                given[name] = self.start.values[name]
            elif name in told:
                given[name] = told[name].draw(self._drawing(case, known))
            else:
                given[name] = of_type(program.definition.fields[name], self.world.moment, self.rng)
            known[name] = given[name]
        return given

    def _drawing(self, case: Case | None, known: Mapping[str, Json]) -> Drawing:
        who = {step: by for (of, step), by in self._done_by.items() if case is not None and of == case.id}
        return Drawing(self.world.at, self.rng, known, who)

    # --- seeing what is to be done ------------------------------------------------------------------------------------

    def _look_around(self) -> None:
        """Plan whatever is open and has no plan yet."""
        for case in list(self.world.cases.values()):
            if not case.is_open and case.id not in self._followed:
                self._let_follow(case)
            if not case.is_open or case.kind == "process":
                continue
            program = self.world.programs[case.definition]
            for name, one in list(case.activations.items()):
                if (case.id, name) not in self._planned:
                    self._planned.add((case.id, name))
                    self._plan_for(program, case, name, one)

    def _let_follow(self, case: Case) -> None:
        """Once a case has ended, somebody may begin what comes next by hand."""
        self._followed.add(case.id)
        for one in self.manner.following.get(case.definition, ()):
            if case.outcome in one.outcomes and (hours := one.draw(self.rng)) is not None:
                self._at(self._working(hours), lambda one=one: self._begin_by_hand(one, case))

    def _plan_for(self, program: Program, case: Case, name: str, one: Activation) -> None:
        node = program.nodes.get(one.step)
        if node is None or one.seats or one.ran:
            return
        if one.message is not None and one.key is None:
            if self.rng.random() < self.manner.messages.get(one.message, 1.0):
                message = one.message
                self._at(self._later(minutes=self.rng.uniform(1, 9)), lambda: self._send(case, name, message))
        elif node.type.is_task and one.incident is None:
            self._plan_task(case, name, one, node.step)
        elif node.type.is_task and case.incidents[one.incident or ""].code == "nobody_eligible":
            hours = self.manner.until_looked_at((f"{case.definition}/{one.step}",), Around(), self.rng)
            self._at(self._working(hours), lambda: self._give(case, name, node.step))

    def _later(self, **span: float) -> datetime:
        return self.world.at + timedelta(**span)

    def _send(self, case: Case, name: str, message: str) -> None:
        if name in case.activations:
            self.world.ask(case.id, ask_.SendMessage(name=message), Actor(case.starter))

    # --- machines -----------------------------------------------------------------------------------------------------

    def _take_job(self, job: OpenJob) -> None:
        """Machines answer after some seconds; now and then the first attempt fails."""
        case = self.world.cases[job.case_id]
        place = self.manner.at(f"{case.definition}/{job.step}")
        fails = job.attempt == 1 and self.rng.random() < place.fails
        drawing = Drawing(self.world.at, self.rng, case.data)
        body = {name: one.draw(drawing) for name, one in place.gives.items()}
        result: Json = {"status": 200, "body": body} if job.kind == "http" else None
        command = (
            ask_.FailJob(activation=job.activation, attempt=job.attempt, error="The other side did not answer in time.")
            if fails
            else ask_.FinishJob(activation=job.activation, attempt=job.attempt, result=result)
        )
        self._at(self._later(seconds=self.rng.uniform(1, 6)), lambda: self._answer(job, command))

    def _answer(self, job: OpenJob, command: ask_.FinishJob | ask_.FailJob) -> None:
        if job.activation in self.world.cases[job.case_id].activations:
            self.world.ask(job.case_id, command)

    # --- people -------------------------------------------------------------------------------------------------------

    def _plan_task(self, case: Case, name: str, one: Activation, step: Step) -> None:
        key = f"{case.definition}/{step.id}"
        if self.start.hold is not None and step.id == self.start.hold[0]:
            self._leave_open(case, name, one, self.start.hold[1])
            return
        if self.rng.random() < self.manner.at(key).unanswered:
            return
        places = (self._handoff_into(case), key) if case.member is not None and self._is_first(case, name) else (key,)
        actor = Actor(*self._actor(one, self._earlier(case, one)))
        around = self._around(case, name, places)
        hours = self._minutes() if self.start.hurry else self.manner.until_looked_at(places, around, self.rng)
        self._at(self._working(hours), lambda: self._look(case, name, actor, key, places))
        place = self.manner.at(key)
        if place.asked is not None:
            self._ask_later(case, name, place.asked)
        if place.reviewed is not None:
            self._review_later(case, name, place.reviewed)

    def _give(self, case: Case, name: str, step: Step) -> None:
        """Nobody may take it, such as the head of finance's own expenses: an administrator gives it to whom they
        report to."""
        people = self.world.moment.directory.people
        boss = people[case.starter].manager if case.starter in people else None
        admin = next((one.id for one in people.values() if one.admin), None)
        one = case.activations.get(name)
        if boss is None or admin is None or one is None or one.incident is None:
            return
        command = ask_.ReassignTask(task_id=task_id(case.id, name), to=boss, reason="Nobody else may do this one.")
        with suppress(SeparationOfDuties):  # then it does lie
            self._ask(case, name, command, Actor(admin))
            self._plan_task(case, name, case.activations[name], step)

    def _minutes(self) -> float:
        return self.rng.uniform(0.02, 0.1)

    def _working(self, hours: float) -> datetime:
        return self.calendar.add_business_time(self.world.at, timedelta(hours=hours))

    def _handoff_into(self, case: Case) -> str:
        process = self.world.cases[case.process_case or ""].definition
        return f"into {process} {case.member}"

    def _is_first(self, case: Case, name: str) -> bool:
        """Whether the start of the case itself opened it."""
        opened = self._opening(case, name)
        return opened is not None and not opened.released_by

    def _opening(self, case: Case, name: str) -> ev.StepOpened | None:
        for row in self.world.log:
            if row.case_id == case.id and isinstance(row.event, ev.StepOpened) and row.event.activation == name:
                return row.event
        return None

    def _around(self, case: Case, name: str, places: tuple[str, ...]) -> Around:
        """Which steps led to this one where that matters, and what the case knows."""
        if not any(one.after for one in self.manner.causes if one.place in places):
            return Around(data=case.data)
        opened = self._opening(case, name)
        released = set(opened.released_by) if opened is not None else set[str]()
        steps = (
            row.event.step for row in self.world.log
            if row.case_id == case.id and isinstance(row.event, ev.StepOpened) and row.event.activation in released
        )  # fmt: skip
        return Around(frozenset(steps), case.data)

    def _earlier(self, case: Case, one: Activation) -> str | None:
        """Who did it before it was sent back to them, or sent it back."""
        returned = (case.id, one.step) in self._sent_back or one.step in {
            step for (of, _), step in self._sent_back.items() if of == case.id
        }
        return self._done_by.get((case.id, one.step)) if returned else None

    def _actor(self, one: Activation, earlier: str | None = None) -> tuple[str, Any]:
        again = earlier if earlier in one.candidates else None
        person = one.assignee or again or self.rng.choice(one.candidates)
        return person, "guest" if person.startswith("guest:") else "person"

    def _leave_open(self, case: Case, name: str, one: Activation, person: str) -> None:
        if one.assignee is None and person in one.candidates:
            task = task_id(case.id, name)
            self._at(
                self._working(self._minutes()),
                lambda: self._ask(case, name, ask_.ClaimTask(task_id=task), Actor(person)),
            )

    def _ask(self, case: Case, name: str, command: ask_.Command, actor: Actor) -> bool:
        """Do it, unless something else has closed the task meanwhile."""
        if not case.is_open or name not in case.activations:
            return False
        self.world.ask(case.id, command, actor)
        return True

    def _look(self, case: Case, name: str, actor: Actor, key: str, places: tuple[str, ...]) -> None:
        actor = self._whoever(case, name, actor)
        if self._ask(case, name, ask_.LookAtTask(task_id=task_id(case.id, name)), actor):
            begin = self._until_begun(case, name, actor, key, places)
            self._at(begin, lambda: self._start_work(case, name, actor, key))

    def _until_begun(self, case: Case, name: str, actor: Actor, key: str, places: tuple[str, ...]) -> datetime:
        """When somebody who has looked begins; what holds it up may be written down meanwhile."""
        if self.start.hurry:
            return self._working(self._minutes())
        hours, says = self.manner.until_begun(places, self._around(case, name, places), self.rng)
        for text in says:
            self._ask(case, name, ask_.AddComment(text=text, activation=name), actor)
        begin = self._working(hours)
        collected = self.manner.at(key).collected
        if collected is None:
            return begin
        return collected.next(begin, self.calendar) + timedelta(minutes=self.rng.uniform(0, 3))

    def _whoever(self, case: Case, name: str, actor: Actor) -> Actor:
        """Whoever has the task by now: it may have been handed on."""
        one = case.activations.get(name)
        if one is None or one.assignee in (None, actor.id):
            return actor
        return Actor(one.assignee or actor.id)

    def _start_work(self, case: Case, name: str, actor: Actor, key: str) -> None:
        actor = self._whoever(case, name, actor)
        one = case.activations.get(name)
        task = task_id(case.id, name)
        command = ask_.ClaimTask(task_id=task) if one and one.assignee is None else ask_.BeginTask(task_id=task)
        if self._ask(case, name, command, actor):
            hours = self._minutes() if self.start.hurry else self.manner.work(key, self.rng)
            self._at(self._working(hours), lambda: self._complete(case, name, actor, key))

    def _complete(self, case: Case, name: str, actor: Actor, key: str) -> None:
        one = case.activations.get(name)
        if not case.is_open or one is None:
            return
        program = self.world.programs[case.definition]
        node = program.nodes[one.step]
        values = self._answers(program, getattr(node.step.config, "form", ()), case)
        sends = self.manner.at(key).sends_back
        if sends is not None and self._send_back(case, name, one.step, sends, actor):
            return
        chosen = self._chosen(node.type.outcomes(node.step), key, values, case)
        checked = tuple(range(len(getattr(node.step.config, "checklist", ()))))
        command = ask_.CompleteTask(task_id=task_id(case.id, name), outcome=chosen, values=values, checked=checked)
        by = self._whoever(case, name, actor)
        self._done_by[case.id, one.step] = by.id
        self.world.ask(case.id, command, by)

    def _send_back(self, case: Case, name: str, step: str, one: SendingBack, actor: Actor) -> bool:
        """Whether the work goes back rather than on; it does so once in a case."""
        if self.start.hurry or (case.id, one.to) in self._sent_back or one.to not in case.visits:
            return False
        reason = one.reason(self.rng)
        if reason is None:
            return False
        self._done_by[case.id, step] = actor.id
        self._sent_back[case.id, one.to] = step
        return self._ask(case, name, ask_.SendBack(task_id=task_id(case.id, name), to=one.to, reason=reason), actor)

    def _chosen(self, offered: tuple[str, ...], key: str, values: dict[str, Json], case: Case) -> str | None:
        """What is chosen, and answers that go with it: a state's action may ask for a certain one."""
        chosen = self.manner.outcome(key, offered, self.rng)
        answers = self.manner.at(key).together.get(chosen or "", {})
        drawing = self._drawing(case, case.data)
        values.update({name: answer.draw(drawing) for name, answer in answers.items() if name in values})
        return chosen

    # --- people whose work it is not ----------------------------------------------------------------------------------

    def _ask_later(self, case: Case, name: str, one: Asking) -> None:
        """Somebody asks how far it is, as long as it is open."""
        self._at(self._working(self.rng.expovariate(1 / one.every)), lambda: self._ask_about(case, name, one))

    def _ask_about(self, case: Case, name: str, one: Asking) -> None:
        by = case.starter if one.by == STARTER else one.by
        text = self.rng.choice(one.says)
        if self._ask(case, name, ask_.AddComment(text=text, activation=name), Actor(by)):
            self._ask_later(case, name, one)

    def _review_later(self, case: Case, name: str, one: Review) -> None:
        at = one.when.next(self.world.at, self.calendar) + timedelta(minutes=self.rng.uniform(0, 40))
        self._at(at, lambda: self._review(case, name, one))

    def _review(self, case: Case, name: str, one: Review) -> None:
        if self._ask(case, name, ask_.LookAtTask(task_id=task_id(case.id, name)), Actor(one.by)):
            self._review_later(case, name, one)
