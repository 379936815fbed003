"""What a test expects of a case at its end, and the sentence that says what is not so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Case
from procession.engine.decide.measuring import measure_field
from procession.engine.definition import Definition, Workflow, walk
from procession.engine.rejections import Rejection
from procession.engine.world import World
from procession.testing.given import inward
from procession.testing.suite import Test


class Failure(Exception):
    """Something a test said is not true."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


class Looking:
    """A test's case and its world, as they are now."""

    def __init__(self, test: Test, definitions: Mapping[str, Definition], world: World) -> None:
        self.test = test
        self.definitions = definitions
        self.world = world
        self.case: Case | None = None

    def expect(self) -> None:
        if self.case is None:
            if self.test.expect:
                raise Failure(self.test.expect_line, "No case was started, so nothing can be expected of it.")
            return
        for name, wanted in self.test.expect.items():
            EXPECTATIONS[name](self, wanted)
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
        found = {
            row.event.title
            for row in self.world.log
            if row.case_id == self.case.id and isinstance(row.event, ev.StepSkipped)
        }
        found |= self._branches_not_taken(self.case)
        found |= {f"{member}" for member, outcome in self.case.ended.items() if outcome == "not started"}
        self.same_set("Skipped", found, wanted, self.case)

    def _branches_not_taken(self, case: Case) -> set[str]:
        definition = self.definitions[case.definition]
        if not isinstance(definition, Workflow):
            return set()
        ran = {
            (row.event.step, branch)
            for row in self.world.log
            if row.case_id == case.id and isinstance(row.event, ev.StepOpened)
            for branch in row.event.ran
        }
        opened = {step for step, _ in ran} | set(case.visits)
        found: set[str] = set()
        for step in walk(definition.body):
            if step.kind == "choose" and step.id in opened:
                for scope in step.scopes():
                    if (step.id, scope.name) not in ran:
                        found |= {inner.title for inner in scope.steps}
        return found

    def same_set(self, what: str, found: set[str], wanted: Any, case: Case) -> None:
        program = self.world.programs[case.definition]
        names = listed(wanted)
        titles = {program.nodes[name].step.title if name in program.nodes else name for name in names}
        if titles != found:
            self.fail(
                f"{what}: {', '.join(sorted(found)) or 'nothing'}; expected {', '.join(sorted(titles)) or 'nothing'}."
            )

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

    def measures(self, wanted: Any) -> None:
        """What is known of the case; null: nobody has said."""
        assert self.case is not None
        definition = self.definitions[self.case.definition]
        for name, value in wanted.items():
            known = measure_field(definition, name)
            if known is None:
                self.fail(f"There is no measure '{name}'.")
                continue
            stored = self.case.measures.get(name)
            if stored != _expected(known, value):
                self.fail(f"{known.title} is {fields.show(known, stored) or 'unknown'}, not {value}.")

    def tasks(self, wanted: Any) -> None:
        self._sequence("Tasks", wanted, lambda event: event.is_task)

    def path(self, wanted: Any) -> None:
        self._sequence("The path", wanted, lambda event: not event.seat and event.kind not in ("entering", "pending"))

    def _sequence(self, what: str, wanted: Any, counts: Callable[[ev.StepOpened], bool]) -> None:
        family = {case.id for case in self.family()}
        found = [(row.event.step, row.event.title) for row in self.world.log
                 if row.case_id in family and isinstance(row.event, ev.StepOpened) and counts(row.event)]  # fmt: skip
        matches = len(found) == len(wanted) and all(
            str(name) in pair for name, pair in zip(wanted, found, strict=False)
        )
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
    value = inward(value)
    if value is None:
        return None
    try:
        return fields.coerce(field, value)
    except Rejection:
        return value


def listed(value: Any) -> list[str]:
    """One name or a list of names."""
    return [str(one) for one in cast("list[Any]", value)] if isinstance(value, list) else [str(value)]


EXPECTATIONS: dict[str, Callable[[Looking, Any], None]] = {
    "outcome": Looking.outcome, "open": Looking.open, "skipped": Looking.skipped, "jobs": Looking.jobs,
    "fields": Looking.fields, "measures": Looking.measures,
    "tasks": Looking.tasks, "path": Looking.path, "incident": Looking.incident,
}  # fmt: skip
