"""Runs the tests of a suite, each in a world of its own, and says in a sentence what did not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.case import Case, task_id
from procession.engine.decide.values import json_of
from procession.engine.definition import Definition
from procession.engine.durations import SpanError, parse_span
from procession.engine.findings import did_you_mean
from procession.engine.moment import SYSTEM, Actor, Moment
from procession.engine.program import compile_definition
from procession.engine.rejections import Forbidden, Rejection
from procession.engine.world import OpenJob, World
from procession.testing.given import counting, inward
from procession.testing.looking import Failure, Looking, listed
from procession.testing.suite import Line, Suite, Test

MONDAY = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 - meant in the zone of whoever runs it
"""When the clock of a test begins, in the organisation's zone."""


_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def listed_words(words: Iterable[str]) -> str:
    """`a, b`, or that there is nothing."""
    return ", ".join(words) or "nothing"


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
    """Run every test of the suite. `definitions` holds the tested one and all it uses, by id; `library` shared
    decisions."""
    results: list[Result] = []
    for test in suite.tests:
        try:
            _Run(suite, test, definitions, library or {}, calendars or {}).run()
            results.append(Result(suite.file, test.name, test.line, passed=True))
        except Failure as failure:
            results.append(Result(suite.file, test.name, failure.line, passed=False, sentence=str(failure)))
    return results


class _Run(Looking):
    """One test under way."""

    def __init__(
        self, suite: Suite, test: Test, definitions: Mapping[str, Definition], library: Mapping[str, Any],
        calendars: Mapping[str, WorkCalendar],
    ) -> None:  # fmt: skip
        self.suite = suite
        calendar = calendars.get("organisation", STANDARD)
        begin = test.at or MONDAY
        begin = begin if begin.tzinfo is not None else begin.replace(tzinfo=ZoneInfo(calendar.zone))
        moment = Moment(at=begin.astimezone(UTC), directory=suite.directory, settings=suite.settings, calendar=calendar,
                        calendars=calendars)  # fmt: skip
        programs = {name: compile_definition(one, library, 1) for name, one in definitions.items()}
        elsewhere = counting(test.given, moment.at, calendar)
        world = World(programs, moment, self._new_id, answer=self._answer, elsewhere=elsewhere)
        super().__init__(test, definitions, world)
        self.seen = 0
        """Notifications looked at so far."""
        self.seen_events = 0
        """Events there were then; mails of steps are among those that came since."""
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
        for one in self.test.given:
            if one.of not in self.definitions:
                hint = did_you_mean(one.of, self.definitions) or ""
                raise Failure(one.line, f"'given:' names '{one.of}', which is not beside this test. {hint}".rstrip())
        start = self.test.start
        self.expecting_refusal(self.test.line, start.get("refused"), self._start)
        for number, line in enumerate(self.test.steps):
            if line.kind != "notified":
                self.seen, self.seen_events = len(self.world.notifications), len(self.world.log)
            if line.kind == "job":
                self.later_jobs = {one.values["job"] for one in self.test.steps[number:] if one.kind == "job"}
            self.expecting_refusal(
                line.line, line.values.get("refused"), lambda line=line: _LINES[line.kind](self, line)
            )
        self.expect()

    def _start(self) -> None:
        line = self.test.line
        who = str(self.test.start.get("by", next(iter(self.suite.directory.people), "somebody")))
        actor = self._schedule(line) if who == "schedule" else self.actor(who, line)
        if actor is not SYSTEM:
            self._may_start(actor)
        self.case = self.world.start(self.suite.subject, inward(self.test.start.get("with") or {}), actor)

    def _schedule(self, line: int) -> Actor:
        """The case starts by itself, so nobody fills in a form."""
        if self.definitions[self.suite.subject].start.schedule is None:
            raise Failure(line, f"{self.suite.subject} has no schedule that could start it.")
        if self.test.start.get("with"):
            raise Failure(line, "A case that the schedule starts is given nothing: remove with:.")
        return SYSTEM

    def _may_start(self, actor: Actor) -> None:
        """Refuse as every door does; where nobody may start it, the test stands for the workflow that does."""
        by = self.definitions[self.suite.subject].start.by
        kind, _, name = by.partition(":")
        groups = {"group": self.suite.directory.groups, "role": self.suite.directory.roles}.get(kind)
        guest = actor.kind == "guest" and by not in ("public", "nobody")
        if guest or (groups is not None and actor.id not in groups.get(name, ())):
            raise Forbidden(f"{self.suite.subject} is started by {by.replace(':', ' ')}.")

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
                raise Failure(
                    line, f"It was refused as {refused.kind} ({refused.message}), not as {code}."
                ) from refused
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
            if case.parent == self.case.id and member in self._step_that_started(case):
                return case
        raise Failure(line.line, f"Member '{member}' has not started.")

    def _step_that_started(self, child: Case) -> set[str]:
        """Title and id of the step of the tested workflow that started a child."""
        opened = (
            row.event for row in self.world.log
            if row.case_id == child.parent and isinstance(row.event, ev.StepOpened)
        )  # fmt: skip
        return {name for one in opened if one.activation == child.parent_activation for name in (one.title, one.step)}

    def task(self, line: Line) -> None:
        case = self.case_of(line)
        name = str(line.values["task"])
        found = self.find(case, name, line)
        one = case.activations[found]
        wanted = line.values.get("assigned to")
        if wanted is not None and one.assignee != wanted and f"guest:{wanted}" != one.assignee:
            who = one.assignee or (
                "nobody yet; candidates " + ", ".join(one.candidates) if one.candidates else "nobody"
            )
            raise Failure(line.line, f"'{name}' is with {who}, not with {wanted}.")
        if not {"by", "outcome", "with", "checked", "refused"} & set(line.values):
            return
        who = str(line.values.get("by") or wanted or one.assignee or "")
        checked = line.values.get("checked")
        step = self.world.programs[case.definition].nodes[one.step].step
        points = (
            range(len(getattr(step.config, "checklist", ())))
            if checked is None
            else [int(place) - 1 for place in checked]
        )
        outcome = line.values.get("outcome")
        self.world.ask(
            case.id,
            ask_.CompleteTask(
                task_id=task_id(case.id, found), outcome=str(outcome) if outcome is not None else None,
                values=inward(line.values.get("with") or {}), checked=tuple(points),
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
        called = {one.email or one.id: one.id for one in self.suite.directory.people.values()}
        told = {one.removeprefix("guest:") for one in told}
        told |= {called.get(address, address) for address in self._mailed()}
        for person in listed(wanted):
            if called.get(person, person.removeprefix("guest:")) not in told:
                raise Failure(
                    line.line, f"{person} was not told anything; told: {', '.join(sorted(told)) or 'nobody'}."
                )

    def _mailed(self) -> set[str]:
        """The addresses that mails of steps and surveys went to."""
        mails = [
            cast("list[str]", row.event.config.get("to") or [])
            for row in self.world.log[self.seen_events :]
            if isinstance(row.event, ev.JobRequested) and row.event.kind == "email"
        ]
        asked = [row.event.to.removeprefix("guest:") for row in self.world.log[self.seen_events :]
                 if isinstance(row.event, ev.SurveyAsked)]  # fmt: skip
        return {*asked, *(address for to in mails for address in to)}

    def job(self, line: Line) -> None:
        name = str(line.values["job"])
        jobs = [one for one in self.world.jobs if name in (one.title, one.step)]
        if not jobs:
            raise Failure(line.line, f"No job '{name}' is waiting.")
        job = jobs[-1]
        fails = line.values.get("fails")
        if fails is not None:
            self.world.ask(
                job.case_id, ask_.FailJob(activation=job.activation, attempt=job.attempt, error=str(fails), retry=False)
            )
        else:
            result = json_of(line.values.get("gives"))
            self.world.ask(job.case_id, ask_.FinishJob(activation=job.activation, attempt=job.attempt, result=result))

    def survey(self, line: Line) -> None:
        """Whoever a survey asks answers it, also after the case has ended."""
        case, name = self.case_of(line), str(line.values["survey"])
        nodes = self.world.programs[case.definition].nodes
        found = [key for key, one in case.surveys.items() if name in (one["step"], nodes[one["step"]].step.title)]
        if not found:
            asked = listed_words(nodes[one["step"]].step.title for one in case.surveys.values())
            raise Failure(line.line, f"No survey '{name}' waits for an answer; there waits: {asked}.")
        survey = found[-1]
        who = str(line.values.get("by") or case.surveys[survey]["to"])
        answer = ask_.AnswerSurvey(survey=survey, value=inward(line.values.get("gives")))
        self.world.ask(case.id, answer, self.actor(who, line.line))

    def feedback(self, line: Line) -> None:
        """Somebody answers what the process asked back."""
        case, question = self.case_of(line), str(line.values["feedback"])
        found = [key for key, one in case.feedback.items() if one["question"] == question and "good" not in one]
        if not found:
            asked = listed_words(one["question"] for one in case.feedback.values() if "good" not in one)
            raise Failure(line.line, f"'{question}' is not asked; asked is: {asked}.")
        good = _YES_NO.get(str(line.values.get("gives")).lower())
        if good is None:
            raise Failure(line.line, "What is asked back is answered with yes or no: write gives: yes.")
        who = str(line.values.get("by") or case.feedback[found[-1]]["to"][0])
        self.world.ask(case.id, ask_.AnswerFeedback(feedback=found[-1], good=good), self.actor(who, line.line))

    def message(self, line: Line) -> None:
        key = line.values.get("key")
        data = json_of(line.values.get("data"))
        if key is None:
            self.world.ask(self.case_of(line).id, ask_.SendMessage(name=str(line.values["message"]), data=data))
        else:
            self.world.send(str(line.values["message"]), str(key), data)


_LINES: dict[str, Callable[[_Run, Line], None]] = {
    "task": _Run.task, "pass": _Run.passes, "notified": _Run.notified, "job": _Run.job, "message": _Run.message,
    "survey": _Run.survey, "feedback": _Run.feedback,
}  # fmt: skip
