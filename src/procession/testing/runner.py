"""Runs the tests of a suite, each in a world of its own, and says in a sentence what did not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine import fields
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.case import Case, task_id
from procession.engine.definition import Definition, Scope, Workflow, walk
from procession.engine.durations import SpanError, parse_span
from procession.engine.moment import Actor, Moment
from procession.engine.program import compile_definition
from procession.engine.rejections import Rejection
from procession.engine.world import OpenJob, World
from procession.testing.suite import Line, Suite, Test

MONDAY = datetime(2026, 1, 5, 9, 0)
"""When the clock of a test begins, in the organisation's zone."""


class Failure(Exception):
    """Something a test said is not true."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass(frozen=True, slots=True)
class Result:
    """How one test went."""

    file: str
    test: str
    line: int
    passed: bool
    sentence: str = ""
    """What did not hold."""


def run_suite(
    suite: Suite,
    definitions: Mapping[str, Definition],
    library: Mapping[str, Any] | None = None,
    calendars: Mapping[str, WorkCalendar] | None = None,
) -> list[Result]:
    """Run every test of the suite. `definitions` holds the tested one and all it uses, by id; `library` shared decisions."""
    results: list[Result] = []
    for test in suite.tests:
        try:
            _Run(suite, test, definitions, library or {}, calendars or {}).run()
            results.append(Result(suite.file, test.name, test.line, passed=True))
        except Failure as failure:
            results.append(Result(suite.file, test.name, failure.line, passed=False, sentence=str(failure)))
    return results


class _Run:
    """One test under way."""

    def __init__(
        self, suite: Suite, test: Test, definitions: Mapping[str, Definition], library: Mapping[str, Any],
        calendars: Mapping[str, WorkCalendar],
    ) -> None:  # fmt: skip
        self.suite = suite
        self.test = test
        self.definitions = definitions
        calendar = calendars.get("organisation", STANDARD)
        begin = (test.at or MONDAY)
        begin = begin if begin.tzinfo is not None else begin.replace(tzinfo=ZoneInfo(calendar.zone))
        moment = Moment(at=begin.astimezone(UTC), directory=suite.directory, settings=suite.settings, calendar=calendar,
                        calendars=calendars)  # fmt: skip
        programs = {name: compile_definition(one, library, 1) for name, one in definitions.items()}
        self.world = World(programs, moment, self._new_id, answer=self._answer)
        self.case: Case | None = None
        self.seen = 0
        """Notifications looked at so far."""
        self.later_jobs = {line.values["job"] for line in test.steps if line.kind == "job"}
        self._ids = 0

    def _new_id(self) -> str:
        self._ids += 1
        return f"c{self._ids}"

    def _answer(self, job: OpenJob) -> ask_.FinishJob | None:
        """A job that no line names succeeds, empty, at once."""
        if job.title in self.later_jobs or job.step in self.later_jobs:
            return None
        return ask_.FinishJob(activation=job.activation, attempt=job.attempt)

    def run(self) -> None:
        if self.suite.subject not in self.definitions:
            raise Failure(self.test.line, f"There is no workflow or process '{self.suite.subject}' beside this test.")
        start = self.test.start
        self.expecting_refusal(self.test.line, start.get("refused"), self._start)
        for number, line in enumerate(self.test.steps):
            if line.kind != "notified" and number and self.test.steps[number - 1].kind == "notified":
                self.seen = len(self.world.notifications)
            if line.kind == "job":
                self.later_jobs = {one.values["job"] for one in self.test.steps[number:] if one.kind == "job"}
            self.expecting_refusal(line.line, line.values.get("refused"), lambda line=line: _LINES[line.kind](self, line))
        self.expect()

    def _start(self) -> None:
        who = str(self.test.start.get("by", next(iter(self.suite.directory.people), "somebody")))
        self.case = self.world.start(self.suite.subject, _inward(self.test.start.get("with") or {}), self.actor(who, self.test.line))

    def actor(self, name: str, line: int) -> Actor:
        if name in self.suite.directory.people:
            return Actor(name, admin=False)
        if "@" in name or name.startswith("guest:"):
            return Actor(f"guest:{name.removeprefix('guest:')}", "guest")
        raise Failure(line, f"'{name}' is not among the people of this file.")

    def expecting_refusal(self, line: int, code: str | None, action: Callable[[], None]) -> None:
        """Do it; with `refused:` it must be refused with that code and change nothing."""
        before = {key: case.seq for key, case in self.world.cases.items()}
        try:
            action()
        except Rejection as refused:
            if code is None:
                hint = f" {refused.hint}" if refused.hint else ""
                raise Failure(line, f"It was refused ({refused.kind}): {refused.message}{hint}") from refused
            if refused.kind != code:
                raise Failure(line, f"It was refused as {refused.kind} ({refused.message}), not as {code}.") from refused
            if before != {key: case.seq for key, case in self.world.cases.items()}:
                raise Failure(line, "It was refused, but something changed.") from refused
            return
        if code is not None:
            raise Failure(line, f"It should be refused as {code}, but it was not.")

    # --- lines --------------------------------------------------------------------------------------------------------

    def case_of(self, line: Line) -> Case:
        """The case a line speaks of: the tested one, or a member's."""
        if self.case is None:
            raise Failure(line.line, "No case was started.")
        member = line.values.get("in")
        if member is None:
            return self.case
        for case in reversed(list(self.world.cases.values())):
            if case.member == member and case.process_case == self.case.id:
                return case
        raise Failure(line.line, f"Member '{member}' has not started.")

    def task(self, line: Line) -> None:
        case = self.case_of(line)
        name = str(line.values["task"])
        found = self.find(case, name, line)
        one = case.activations[found]
        wanted = line.values.get("assigned to")
        if wanted is not None and one.assignee != wanted and f"guest:{wanted}" != one.assignee:
            who = one.assignee or ("nobody yet; candidates " + ", ".join(one.candidates) if one.candidates else "nobody")
            raise Failure(line.line, f"'{name}' is with {who}, not with {wanted}.")
        if not {"by", "outcome", "with", "checked", "refused"} & set(line.values):
            return
        who = str(line.values.get("by") or wanted or one.assignee or "")
        checked = line.values.get("checked")
        step = self.world.programs[case.definition].nodes[one.step].step
        points = range(len(getattr(step.config, "checklist", ()))) if checked is None else [int(place) - 1 for place in checked]
        outcome = line.values.get("outcome")
        self.world.ask(
            case.id,
            ask_.CompleteTask(
                task_id=task_id(case.id, found), outcome=str(outcome) if outcome is not None else None,
                values=_inward(line.values.get("with") or {}), checked=tuple(points),
            ),
            self.actor(who, line.line),
        )  # fmt: skip

    def find(self, case: Case, name: str, line: Line) -> str:
        """The latest open activation of a step by title or id; of a quorum, the seat of whoever the line names."""
        program = self.world.programs[case.definition]
        item = line.values.get("item")
        who = line.values.get("by") or line.values.get("assigned to")
        titles = {row.event.activation: row.event.title for row in self.world.log
                  if row.case_id == case.id and isinstance(row.event, ev.StepOpened)}  # fmt: skip
        found: list[str] = []
        for key, one in case.activations.items():
            node = program.nodes.get(one.step)
            if node is None or not (node.type.is_task or node.step.kind == "email") or one.seats:
                continue
            if name not in (one.step, node.step.title, titles.get(key)):
                continue
            if item is not None and not self._inside_item(case, key, str(item)):
                continue
            found.append(key)
        mine = [key for key in found if case.activations[key].assignee == who]
        if mine or found:
            return (mine or found)[-1]
        open_now = ", ".join(sorted(self.open_titles(case))) or "nothing"
        raise Failure(line.line, f"'{name}' is not open; open now: {open_now}.")

    def _inside_item(self, case: Case, activation: str, item: str) -> bool:
        program = self.world.programs[case.definition]
        while activation:
            one = case.activations[activation]
            around = case.activations.get(one.up)
            if around is not None and program.nodes[around.step].step.kind == "each" and one.branch == item:
                return True
            activation = one.up
        return False

    def passes(self, line: Line) -> None:
        text = str(line.values["pass"])
        try:
            span = parse_span(text)
        except SpanError as problem:
            raise Failure(line.line, str(problem)) from problem
        self.world.advance(span.add_to(self.world.at, self.world.moment.calendar))

    def notified(self, line: Line) -> None:
        wanted = line.values["notified"]
        told = {note.to for note in self.world.notifications[self.seen :]}
        told |= {one.removeprefix("guest:") for one in told}
        for person in _listed(wanted):
            if person not in told:
                raise Failure(line.line, f"{person} was not told anything; told: {', '.join(sorted(told)) or 'nobody'}.")

    def job(self, line: Line) -> None:
        name = str(line.values["job"])
        jobs = [one for one in self.world.jobs if name in (one.title, one.step)]
        if not jobs:
            raise Failure(line.line, f"No job '{name}' is waiting.")
        job = jobs[-1]
        fails = line.values.get("fails")
        if fails is not None:
            self.world.ask(job.case_id, ask_.FailJob(activation=job.activation, attempt=job.attempt, error=str(fails), retry=False))
        else:
            result = _inward(line.values.get("gives"))
            self.world.ask(job.case_id, ask_.FinishJob(activation=job.activation, attempt=job.attempt, result=result))

    def message(self, line: Line) -> None:
        key = line.values.get("key")
        data = _inward(line.values.get("data"))
        if key is None:
            self.world.ask(self.case_of(line).id, ask_.SendMessage(name=str(line.values["message"]), data=data))
        else:
            self.world.send(str(line.values["message"]), str(key), data)

    # --- expectations -------------------------------------------------------------------------------------------------

    def expect(self) -> None:
        if self.case is None:
            if self.test.expect:
                raise Failure(self.test.expect_line, "No case was started, so nothing can be expected of it.")
            return
        for name, wanted in self.test.expect.items():
            _EXPECTATIONS[name](self, wanted)
        incidents = [one for case in self.family() for one in case.incidents.values()]
        if incidents and "incident" not in self.test.expect:
            raise Failure(self.test.expect_line, f"An incident is open: {incidents[0].code}: {incidents[0].sentence}")

    def family(self) -> list[Case]:
        """The case and every case it started, directly or not."""
        assert self.case is not None
        found = [self.case]
        for case in self.world.cases.values():
            if case.parent in {one.id for one in found}:
                found.append(case)
        return found

    def fail(self, sentence: str) -> None:
        raise Failure(self.test.expect_line, sentence)

    def outcome(self, wanted: Any) -> None:
        assert self.case is not None
        if self.case.outcome != wanted:
            state = f"ended as {self.case.outcome}" if self.case.outcome else f"is {self.case.status}"
            open_now = ", ".join(sorted(self.open_titles(self.case)))
            self.fail(f"The case {state}, not as {wanted}." + (f" Open: {open_now}." if open_now else ""))

    def open_titles(self, case: Case) -> set[str]:
        """Titles of what is open and not a block."""
        program = self.world.programs[case.definition]
        blocks = {one.up for one in case.activations.values()}
        titles: set[str] = set()
        for key, one in case.activations.items():
            if one.seat:
                titles.add(program.nodes[one.step].step.title)
            elif key not in blocks and not one.seats:
                node = program.nodes.get(one.step)
                titles.add(node.step.title if node is not None else one.step)
        return titles

    def open(self, wanted: Any) -> None:
        assert self.case is not None
        found = set[str]().union(*(self.open_titles(case) for case in self.family()))
        if self.case.kind == "process":
            found -= {one.step for one in self.case.activations.values()}
        self.same_set("Open", found, wanted, self.case)

    def skipped(self, wanted: Any) -> None:
        assert self.case is not None
        found = {row.event.title for row in self.world.log if row.case_id == self.case.id and isinstance(row.event, ev.StepSkipped)}
        found |= self._branches_not_taken(self.case)
        found |= {f"{member}" for member, outcome in self.case.ended.items() if outcome == "not started"}
        self.same_set("Skipped", found, wanted, self.case)

    def _branches_not_taken(self, case: Case) -> set[str]:
        definition = self.definitions[case.definition]
        if not isinstance(definition, Workflow):
            return set()
        ran = {(row.event.step, branch) for row in self.world.log
               if row.case_id == case.id and isinstance(row.event, ev.StepOpened) for branch in row.event.ran}  # fmt: skip
        opened = {step for step, _ in ran} | set(case.visits)
        found: set[str] = set()
        for step in walk(definition.body):
            if step.kind == "choose" and step.id in opened:
                for scope in step.scopes():
                    if (step.id, scope.name) not in ran:
                        found |= {inner.title for inner in _top(scope)}
        return found

    def same_set(self, what: str, found: set[str], wanted: Any, case: Case) -> None:
        program = self.world.programs[case.definition]
        names = _listed(wanted)
        titles = {program.nodes[name].step.title if name in program.nodes else name for name in names}
        if titles != found:
            self.fail(f"{what}: {', '.join(sorted(found)) or 'nothing'}; expected {', '.join(sorted(titles)) or 'nothing'}.")

    def jobs(self, wanted: Any) -> None:
        found: set[str] = set()
        family = {case.id: case for case in self.family()}
        for row in self.world.log:
            if row.case_id in family and isinstance(row.event, ev.JobRequested):
                step = self._step_of(row.case_id, row.event.activation)
                found.add(self.world.programs[family[row.case_id].definition].nodes[step].step.title)
        assert self.case is not None
        self.same_set("Jobs", found, wanted, self.case)

    def _step_of(self, case_id: str, activation: str) -> str:
        return next(
            row.event.step for row in self.world.log
            if row.case_id == case_id and isinstance(row.event, ev.StepOpened) and row.event.activation == activation
        )  # fmt: skip

    def fields(self, wanted: Any) -> None:
        assert self.case is not None
        known = self.definitions[self.case.definition].fields
        for name, value in wanted.items():
            if name not in known:
                self.fail(f"There is no field '{name}'.")
            stored = self.case.data.get(name)
            field = known[name]
            if field.formula is not None:
                stored, expected = fields.outward(field, stored), value
            else:
                expected = _expected(field, value)
            if stored != expected and not (stored in (None, "") and expected in (None, "")):
                found = fields.show(field, self.case.data.get(name))
                self.fail(f"{field.title} is {found or 'empty'}, not {value}.")

    def tasks(self, wanted: Any) -> None:
        self._sequence("Tasks", wanted, lambda event: event.is_task)

    def path(self, wanted: Any) -> None:
        self._sequence("The path", wanted, lambda event: not event.seat and event.kind not in ("entering", "pending"))

    def _sequence(self, what: str, wanted: Any, counts: Callable[[ev.StepOpened], bool]) -> None:
        family = {case.id for case in self.family()}
        found = [(row.event.step, row.event.title) for row in self.world.log
                 if row.case_id in family and isinstance(row.event, ev.StepOpened) and counts(row.event)]  # fmt: skip
        matches = len(found) == len(wanted) and all(str(name) in pair for name, pair in zip(wanted, found, strict=False))
        if not matches:
            titles = ", ".join(title for _, title in found) or "nothing"
            self.fail(f"{what}: {titles}; expected {', '.join(str(one) for one in wanted) or 'nothing'}.")

    def incident(self, wanted: Any) -> None:
        found = [one for case in self.family() for one in case.incidents.values()]
        if not any(one.code == wanted or str(wanted) in one.sentence for one in found):
            told = "; ".join(f"{one.code}: {one.sentence}" for one in found) or "none"
            self.fail(f"No incident '{wanted}' is open; open: {told}.")


def _expected(field: Any, value: Any) -> Any:
    """An expected value in stored form."""
    value = _inward(value)
    if value is None:
        return None
    try:
        return fields.coerce(field, value)
    except Rejection:
        return value


def _top(scope: Scope) -> tuple[Any, ...]:
    return scope.steps


def _inward(value: Any) -> Any:
    """YAML's decimals as the text that fields accept."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {key: _inward(one) for key, one in cast("dict[str, Any]", value).items()}
    return [_inward(one) for one in cast("list[Any]", value)] if isinstance(value, list) else value


def _listed(value: Any) -> list[str]:
    """One name or a list of names."""
    return [str(one) for one in cast("list[Any]", value)] if isinstance(value, list) else [str(value)]


_LINES: dict[str, Callable[[_Run, Line], None]] = {
    "task": _Run.task, "pass": _Run.passes, "notified": _Run.notified, "job": _Run.job, "message": _Run.message,
}  # fmt: skip
_EXPECTATIONS: dict[str, Callable[[_Run, Any], None]] = {
    "outcome": _Run.outcome, "open": _Run.open, "skipped": _Run.skipped, "jobs": _Run.jobs, "fields": _Run.fields,
    "tasks": _Run.tasks, "path": _Run.path, "incident": _Run.incident,
}  # fmt: skip
