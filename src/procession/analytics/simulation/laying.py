"""A scenario laid over its definition: the names it uses are looked up, and the model is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from procession.analytics.simulation.arrivals import Arrivals
from procession.analytics.simulation.distributions import Fixed, scaled
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import NONE, SECONDS, Figures, read_arrivals
from procession.analytics.simulation.from_definition import from_definition, working_seconds
from procession.analytics.simulation.model import Batch, Model, Person, Work
from procession.analytics.simulation.scenario import Problem, Scenario, ScenarioProblems, StepChange
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.definition import Process, Workflow, walk
from procession.engine.findings import did_you_mean
from procession.engine.moment import Directory
from procession.engine.program import Program
from procession.engine.schedules import Schedule

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
URGENT = 100
"""What urgency adds to the priority of a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a scenario is laid over: the definition, and what is known besides it."""

    program: Program
    workflows: Mapping[str, Program] = field(default_factory=dict[str, Program])
    figures: Figures = NONE
    arrivals: Arrivals | None = None
    """Where a scenario says nothing."""
    directory: Directory | None = None
    calendar: WorkCalendar = STANDARD
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    begin: datetime = BEGIN

    def model(self, scenario: Scenario | None = None) -> Model:
        """The model of the definition with the scenario, or as it stands.

        Raises `ScenarioProblems` where the scenario names what there is not, and `SimulationError`.
        """
        return self._plain(self.figures) if scenario is None else _Laying(self, scenario).model()

    def _plain(self, figures: Figures, arrivals: Arrivals | None = None) -> Model:
        return from_definition(
            self.program, arrivals or self.arrivals, workflows=self.workflows, figures=figures,
            directory=self.directory, calendar=self.calendar, calendars=self.calendars, begin=self.begin,
        )  # fmt: skip

    def rate(self, text: str) -> Arrivals:
        """Arrivals from text. Raises `SimulationError`."""
        week = sum(end - start for day in self.calendar.hours for start, end in day)
        return read_arrivals(text, working_share=week / (7 * 1440))

    def parts(self) -> Iterator[tuple[str, Workflow]]:
        """The workflows by the name of their part."""
        definition = self.program.definition
        if isinstance(definition, Workflow):
            yield definition.id, definition
        else:
            for name, member in definition.members.items():
                inside = self.workflows.get(member.use)
                if inside is not None and isinstance(inside.definition, Workflow):
                    yield name, inside.definition


class _Laying:
    """One scenario on its ground."""

    def __init__(self, ground: Ground, scenario: Scenario) -> None:
        self.ground, self.scenario = ground, scenario
        self.problems: list[Problem] = []
        self.known = [f"{part}/{step.id}" for part, one in ground.parts() for step in walk(one.body)]
        self.steps = {key: (name, one) for name, one in scenario.steps.items() if (key := self._step(name)) is not None}

    def model(self) -> Model:
        self._refuse_handoffs()
        people = {_queue(name): number for name, number in self.scenario.people.items()}
        figures = self._figures(people, self.steps)
        arrivals = self._arrivals()
        try:
            made = self.ground._plain(figures, arrivals)  # pyright: ignore[reportPrivateUsage]
        except SimulationError as problem:
            self._blame(problem, people, arrivals)
            raise ScenarioProblems(tuple(self.problems)) from None
        self._refuse_groups(made)
        self._refuse_idle(made)
        calendars = self._hours()
        if self.problems:
            raise ScenarioProblems(tuple(self.problems))
        return self._changed(made, calendars)

    def _arrivals(self) -> Arrivals | None:
        if self.scenario.arrivals is None:
            return None
        try:
            return self.ground.rate(self.scenario.arrivals)
        except SimulationError as problem:
            self._say("arrivals", "type_mismatch", _sentence(problem), problem.hint)
            return None

    def _say(self, path: str, code: str, sentence: str, hint: str | None = None) -> None:
        self.problems.append(Problem(path, code, sentence, hint))

    def _step(self, name: str) -> str | None:
        if name in self.known:
            return name
        found = [key for key in self.known if key.rpartition("/")[2] == name]
        if len(found) == 1:
            return found[0]
        path = f"steps/{name}"
        if found:
            self._say(path, "unknown_step", f"Several steps are called {name!r}.", f"write {' or '.join(found)}")
        else:
            title = self.ground.program.definition.title
            hint = did_you_mean(name, [*self.known, *(key.rpartition("/")[2] for key in self.known)])
            self._say(path, "unknown_step", f"{title} has no step {name!r}.", hint)
        return None

    def _refuse_handoffs(self) -> None:
        definition = self.ground.program.definition
        there = [one.id for one in definition.handoffs] if isinstance(definition, Process) else []
        for name in self.scenario.handoffs:
            if name not in there:
                hint = did_you_mean(name, there, otherwise="its handoffs are {}") or "a workflow alone has none"
                self._say(f"handoffs/{name}", "unknown_handoff", f"{definition.title} has no handoff {name!r}.", hint)

    def _refuse_groups(self, made: Model) -> None:
        groups = sorted({node.group for node in made.nodes if isinstance(node, Work) and node.group is not None})
        for key, names in (("people", self.scenario.people), ("hours", self.scenario.hours)):
            for name in names:
                if _queue(name) not in groups:
                    hint = did_you_mean(_queue(name), groups, otherwise="work goes to {}")
                    self._say(f"{key}/{name}", "unknown_group", f"No work goes to {_queue(name)!r}.", hint)

    def _refuse_idle(self, made: Model) -> None:
        """What would have no effect is refused, so that no figure is thought to count that does not."""
        takes: dict[str, list[Work]] = {}
        for node in made.nodes:
            if isinstance(node, Work):
                takes.setdefault(node.place.key, []).append(node)
        conditional = {f"{part}/{step.id}" for part, one in self.ground.parts() for step in walk(one.body) if step.when}
        for key, (name, one) in self.steps.items():
            timed = {"work": one.work, "wait": one.wait, "takes": one.takes is not None, "lies": one.lies is not None,
                     "priority": one.priority, "batch": one.batch, "gate": one.gate,
                     "instant": one.instant}  # fmt: skip
            said = [word for word, value in timed.items() if value]
            if said and key not in takes:
                self._say(f"steps/{name}/{said[0]}", "type_mismatch", f"{name} takes no time of its own.",
                          "say it of the steps inside it, or after it")  # fmt: skip
            elif one.wait is not None and all(node.outside or node.place.kind == "wait" for node in takes[key]):
                self._say(f"steps/{name}/wait", "type_mismatch", f"Nobody of ours turns to {name}: it is waited for.",
                          "say with work: how long it takes")  # fmt: skip
            self._refuse_shares(name, one, takes.get(key, []))
            if one.happens is not None and key not in conditional:
                self._say(f"steps/{name}/happens", "type_mismatch", f"{name} has no when:, so it always happens.",
                          "leave happens: out, or give the step a when:")  # fmt: skip

    def _refuse_shares(self, name: str, one: StepChange, nodes: list[Work]) -> None:
        """Shares of a time that is said anew, or that there is not."""
        for word, other, said in (("takes", "work", one.work), ("lies", "wait", one.wait)):
            if getattr(one, word) is not None and said is not None:
                self._say(f"steps/{name}/{word}", "type_mismatch", f"{name} says both {word}: and {other}:.",
                          f"leave one of them out: {other}: is a time, {word}: a share of today's")  # fmt: skip
        if one.takes is not None and nodes and all(node.until is not None for node in nodes):
            self._say(f"steps/{name}/takes", "type_mismatch", f"{name} ends on a date, however long anything takes.",
                      "say with work: how long it takes")  # fmt: skip
        if one.lies is not None and nodes and all(node.notice is None for node in nodes):
            self._say(f"steps/{name}/lies", "type_mismatch", f"Nothing is known of how long {name} lies today.",
                      "say with wait: how long it lies")  # fmt: skip

    def _figures(self, people: Mapping[str, int], steps: Mapping[str, tuple[str, StepChange]]) -> Figures:
        known, seconds, scenario = self.ground.figures, working_seconds(self.ground.calendar), self.scenario
        work, wait = dict(known.work), dict(known.wait)
        happens, outcomes = dict(known.happens), dict(known.outcomes)
        gates, batches, priorities = dict(known.gates), dict(known.batches), dict(known.priorities)
        follows, ended = dict(known.follows), dict(known.ended)
        calendar = self.ground.calendar
        for key, (_, one) in steps.items():
            if one.work is not None:
                work[key] = one.work.drawn(seconds)
            if one.wait is not None:
                wait[key] = one.wait.drawn(seconds)
            if one.happens is not None:
                happens[key] = one.happens
            if one.outcomes:
                outcomes[key] = one.outcomes
                follows.pop(key, None)
                ended.pop(key, None)
            if one.gate:
                gates[key] = Runs(one.gate, calendar)
            if one.batch is not None:
                batches[key] = Batch(at=Runs(one.batch.at, calendar) if one.batch.at else None, size=one.batch.size)
            if one.priority is not None:
                priorities[key] = one.priority
        for name, handoff in scenario.handoffs.items():
            if handoff.wait is not None:
                wait[name] = handoff.wait.drawn(seconds)
            if handoff.happens is not None:
                happens[name] = handoff.happens
        order = {"arrival": "fifo", None: known.order}.get(scenario.order, scenario.order)
        return replace(
            known, work=work, wait=wait, happens=happens, outcomes=outcomes, follows=follows, ended=ended, gates=gates,
            batches=batches, priorities=priorities, people={**known.people, **people}, order=order or "fifo",
        )  # fmt: skip

    def _blame(self, problem: SimulationError, people: Mapping[str, int], arrivals: Arrivals | None) -> None:
        """Which part of the scenario makes the model impossible: each is tried alone."""
        for key, (name, one) in self.steps.items():
            if one.outcomes:
                try:
                    self.ground._plain(self._figures(people, {key: (name, one)}), arrivals)  # pyright: ignore[reportPrivateUsage]
                except SimulationError as own:
                    if str(own) == str(problem):
                        self._say(f"steps/{name}/outcomes", "unknown_outcome", _sentence(own), own.hint)
                        return
        missing = arrivals is None and self.ground.arrivals is None
        hint = "write such as arrivals: 12 per week" if missing else problem.hint
        self._say("", "missing_key" if missing else "type_mismatch", _sentence(problem), hint)

    def _hours(self) -> dict[str, WorkCalendar]:
        """The calendar of each group whose hours are said."""
        from procession.engine.calendar import CalendarError

        found: dict[str, WorkCalendar] = {}
        calendars = {**self.ground.calendars, "standard": self.ground.calendar}
        for name, said in self.scenario.hours.items():
            queue = _queue(name)
            if isinstance(said, str):
                if said in calendars:
                    found[queue] = calendars[said]
                else:
                    hint = did_you_mean(said, calendars, otherwise="the calendars are {}")
                    self._say(f"hours/{name}", "unknown_calendar", f"There is no calendar {said!r}.", hint)
                continue
            base = self.ground.calendar.to_json()
            try:
                found[queue] = WorkCalendar.from_json({**base, "id": f"hours of {queue}", "hours": dict(said)})
            except CalendarError as problem:
                self._say(f"hours/{name}", "type_mismatch", _sentence(problem), problem.hint)
        return found

    def _changed(self, made: Model, calendars: Mapping[str, WorkCalendar]) -> Model:
        nodes = tuple(self._node(node) if isinstance(node, Work) else node for node in made.nodes)
        sources = made.sources
        if self.scenario.urgent is not None:
            sources = tuple(replace(one, urgent=((self.scenario.urgent, URGENT),)) for one in sources)
        return replace(
            made, nodes=nodes, sources=sources, people=tuple(_in(calendars, one) for one in made.people),
            calendars={**made.calendars, **{f"hours of {queue}": one for queue, one in calendars.items()}},
        )  # fmt: skip

    def _node(self, node: Work) -> Work:
        said = self.steps.get(node.place.key)
        if said is None:
            return node
        _, change = said
        if change.instant:
            return replace(
                node, work=Fixed(0.0), group=None, calendar=None, outside=False, notice=None, gate=None, batch=None,
                seat=None, until=None,
            )  # fmt: skip
        if change.takes is not None:
            node = replace(node, work=scaled(node.work, change.takes))
        if change.lies is not None and node.notice is not None:
            node = replace(node, notice=scaled(node.notice, change.lies))
        if change.work is not None and (node.outside or node.place.kind == "wait"):
            elapsed = change.work.drawn(lambda span: float(span.amount) * SECONDS[span.unit])
            return replace(node, work=elapsed, calendar=None, until=None)
        return node


@dataclass(frozen=True, slots=True)
class Runs:
    """The moments of schedules, such as every Tuesday at two."""

    schedules: tuple[Schedule, ...]
    calendar: WorkCalendar

    def between(self, begin: datetime, end: datetime) -> list[datetime]:
        """Those from `begin` on and before `end`, in order."""
        return sorted({at for one in self.schedules for at in self._of(one, begin, end)})

    def _of(self, schedule: Schedule, begin: datetime, end: datetime) -> Iterator[datetime]:
        at: datetime | None = begin - timedelta(microseconds=1)
        while at is not None:
            last: datetime | None = None
            for last in schedule.runs_after(at, self.calendar):  # these end after some years
                if last >= end:
                    return
                yield last
            at = last


def _in(calendars: Mapping[str, WorkCalendar], person: Person) -> Person:
    own = next((queue for queue in sorted(person.groups) if queue in calendars), None)
    return person if own is None else replace(person, calendar=f"hours of {own}")


def _queue(name: str) -> str:
    return name if ":" in name else f"group:{name}"


def _sentence(problem: Exception) -> str:
    said = str(problem)
    return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
