"""One step of a workflow as nodes: what it takes, whose it is, and where its outcomes lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from procession.analytics.simulation import figures as known
from procession.analytics.simulation.data import chance_of, clock, deciding, uses_data, writing
from procession.analytics.simulation.distributions import Distribution, Fixed, Lognormal
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import Figures
from procession.analytics.simulation.model import (
    Bound,
    Choice,
    Effect,
    End,
    FieldChance,
    Leave,
    Node,
    Place,
    Work,
)  # fmt: skip
from procession.analytics.simulation.staff import Staff, is_guest, queue_of
from procession.engine.calendar import WorkCalendar
from procession.engine.decide.arrows import target_of
from procession.engine.definition import Step, Target, Workflow
from procession.engine.durations import Span
from procession.engine.program import Program

SPREAD = 1.0
"""Coefficient of variation of times that people state: a usual time is a mean, and real ones scatter."""
FORKS = frozenset(("parallel", "each"))


class Nodes:
    """The nodes of a model in the making."""

    def __init__(self) -> None:
        self.made: list[Node] = []

    def add(self, node: Node) -> int:
        self.made.append(node)
        return len(self.made) - 1

    def reserve(self) -> int:
        """A place that `fill` gives its node later."""
        return self.add(Effect())

    def fill(self, place: int, node: Node) -> int:
        self.made[place] = node
        return place


@dataclass(slots=True)
class Building:
    """What all workflows of one model share."""

    nodes: Nodes
    figures: Figures
    staff: Staff
    workflows: Mapping[str, Program]
    """By id: those that other workflows run."""
    hours: Callable[[Span], float]
    """A span in seconds of working time."""
    standard: str
    calendar: WorkCalendar
    """The standard one."""
    fields: dict[str, FieldChance]
    assumptions: list[str]

    def assume(self, sentence: str) -> None:
        """Note an assumption, once."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)


class Steps:
    """The steps of one workflow in one part; `Graph` puts them together."""

    def __init__(self, building: Building, program: Program, part: str, depth: int = 0) -> None:
        if depth > 8:
            raise SimulationError(
                f"{program.definition.title} runs itself, workflow in workflow", "simulate one of them"
            )
        self.at = building
        self.program, self.part, self.depth = program, part, depth
        self.workflow = cast(Workflow, program.definition)
        self.entries: dict[str, int] = {}
        self.works: dict[str, int] = {}
        self.uses_data = uses_data(program, building.workflows)
        if self.uses_data:
            for field in self.workflow.fields.values():
                chance = chance_of(field, building.figures, self.key(field.name))
                if chance is not None:
                    building.fields[self.key(field.name)] = chance

    def key(self, name: str) -> str:
        """How figures name a step or a field of this part."""
        return f"{self.part}/{name}"

    def _given(self, of: Mapping[str, Any], step: Step) -> Any:
        """A figure of a step: by part and id, or by id alone."""
        return of.get(self.key(step.id), of.get(step.id))

    def _say_chance(self, step: Step, what: str) -> None:
        self.at.assume(f"Where the data does not decide whether {step.title} {what}, it is in half of the cases.")

    def _place(self, step: Step) -> Place:
        return Place(self.part, step.id, step.title, self.workflow.id, step.kind)

    # --- where it leads --------------------------------------------------------------------------------------------------

    def _leads(self, step: Step, outcome: str, below: int) -> int:
        return self._arrow(step, target_of(step, outcome), below)

    def _arrow(self, step: Step, target: Target | None, below: int) -> int:
        nodes = self.at.nodes
        if target is None:
            return below
        if target.inline is not None:
            return self.entries[target.inline.id]
        if target.step is None:
            return nodes.add(End(outcome=target.end or self.workflow.outcome))
        goal, here = self.program.nodes[target.step], self.program.nodes[step.id]
        levels, back, owner, index = 0, False, here.owner, here.index
        while owner != goal.owner:
            around = self.program.nodes[owner]
            levels += _is_block(around.step)
            owner, index = around.owner, around.index
        back = goal.index <= index
        to = self.entries[target.step]
        if levels:
            to = nodes.add(Leave(blocks=levels, to=to))
        if step.at_most is not None and back:
            exhausted = self._arrow(replace(step, at_most=None), step.on_exhausted, below)
            return nodes.add(Bound(at_most=step.at_most, back=to, exhausted=exhausted, levels=levels))
        return to

    def _outcomes(self, step: Step, below: int) -> int:
        """What follows a step's work: data, then the way its outcome leads."""
        if step.kind == "automate":
            names: tuple[str, ...] = ("done", "failed") if step.config.on_failure is not None else ("done",)
            usual: Mapping[str, float] = {"done": 1.0}
        elif step.kind == "approval" and len(step.config.outcomes) > 1:
            names = step.config.outcomes
            usual = {name: 0.9 if place == 0 else 0.1 / (len(names) - 1) for place, name in enumerate(names)}
            if (
                self._given(self.at.figures.outcomes, step) is None
                and self._given(self.at.figures.follows, step) is None
                and self._given(self.at.figures.ended, step) is None
            ):
                self.at.assume(f"{step.title} ends with {names[0]} nine times of ten.")
        else:
            offered = self.program.nodes[step.id].type.outcomes(step)
            names = tuple(name for name in offered if step.kind != "wait" or self._can_end(step, name)) or offered
            usual = {}
        ways = tuple(self._leads(step, name, below) for name in names)
        return self._effect(step, self._chosen(step, names, ways, usual))

    def _can_end(self, step: Step, outcome: str) -> bool:
        config = step.config
        return {"time": config.for_ is not None or config.until is not None, "message": config.message is not None,
                "reached": config.reached is not None}.get(outcome, False)  # fmt: skip

    def _chosen(
        self, step: Step, names: tuple[str, ...], ways: tuple[int, ...], usual: Mapping[str, float],
        counted: Mapping[str, float] | None = None,
    ) -> int:  # fmt: skip
        """A choice among outcomes; none where they all lead to the same place."""
        if len(set(ways)) == 1:
            return ways[0]
        given: Mapping[str, float] | None = self._given(self.at.figures.outcomes, step)
        if given is None:
            as_counted = counted if counted and sum(counted.values()) > 0 else None
            given = as_counted or self._as_it_ended(step, names) or self._told_by_what_follows(step, names)
        if given is not None:
            unknown = [name for name in given if name not in names]
            if unknown:
                raise SimulationError(
                    f"{step.title} has no outcome {unknown[0]!r}", f"its outcomes are {', '.join(names)}"
                )
        weights = given or usual
        if not weights:
            self.at.assume(f"The outcomes of {step.title} ({', '.join(names)}) are equally frequent.")
            weights = dict.fromkeys(names, 1.0)
        total = sum(weights.get(name, 0.0) for name in names)
        if total <= 0:
            raise SimulationError(f"the shares of the outcomes of {step.title} are all 0", "give at least one a share")
        chances = tuple(weights.get(name, 0.0) / total for name in names)
        return self.at.nodes.add(Choice(chances=chances, ways=ways, outcomes=names))

    def _as_it_ended(self, step: Step, names: tuple[str, ...]) -> Mapping[str, float] | None:
        """Shares of outcomes as a log has them, of those that there still are."""
        counts: Mapping[str, float] = self._given(self.at.figures.ended, step) or {}
        known = {name: counts[name] for name in names if counts.get(name)}
        return known or None

    def _told_by_what_follows(self, step: Step, names: tuple[str, ...]) -> Mapping[str, float] | None:
        """Shares of outcomes, told from which step came next: those that lead to the same one share it."""
        counts: Mapping[str, float] | None = self._given(self.at.figures.follows, step)
        if counts is None:
            return None
        leads = {name: target_of(step, name) for name in names}
        goals = {name: (target.step or (target.inline.id if target.inline else "") if target else "")
                 for name, target in leads.items()}  # fmt: skip
        named = {goal for goal in goals.values() if goal}
        rest = sum(count for goal, count in counts.items() if goal not in named)
        found: dict[str, float] = {}
        for name, goal in goals.items():
            sharing = sum(other == goal for other in goals.values())
            found[name] = (counts.get(goal, 0.0) if goal else rest) / sharing
        return found if sum(found.values()) > 0 else None

    def _effect(self, step: Step, after: int) -> int:
        """Data that a step writes, its milestone, the work it calls off."""
        form = [entry.field for entry in getattr(step.config, "form", ()) if "." not in entry.field]
        values: Mapping[str, str] = step.config.values if step.kind == "set" else {}
        expressions: dict[str, str] = {**values, **step.set}
        write = writing(self.program, form, expressions, f"{self.part}/") if self.uses_data else None
        if step.kind == "decide" and self.uses_data:
            write = deciding(self.program, step, f"{self.part}/")
        cancel = tuple(self.works[name] for name in map(self._id_of, step.cancel) if name in self.works)
        if write is None and step.milestone is None and not cancel:
            return after
        return self.at.nodes.add(Effect(write=write, milestone=step.milestone, cancel=cancel, next=after))

    def _id_of(self, name: str) -> str:
        found = self.program.step(name)
        return found.id if found is not None else name

    # --- work ------------------------------------------------------------------------------------------------------------

    def _work(self, step: Step, after: int, seat: int | None = None) -> int:
        figures, config = self.at.figures, step.config
        words = tuple(getattr(config, "assign", ()) or getattr(config, "draft_for", ()))
        guest = is_guest(words)
        person = self.program.nodes[step.id].type.is_task or step.kind == "email"
        queue = queue_of(words) if person else None
        outside = guest or (step.kind == "wait" and config.message is not None)
        wait = self._given(figures.wait, step) or self._stated(step, "wait")
        work = self._given(figures.work, step) or self._working(step, person, outside)
        barred = [self._id_of(name) for name in getattr(config, "not_by", ())]
        made = Work(
            place=self._place(step), work=work, group=self.at.staff.add(queue, self.workflow) if queue else None,
            calendar=self.at.standard if (person and not guest and not queue) or self._in_hours(step) else None, outside=outside,
            notice=wait if person and not outside else None, gate=self._given(figures.gates, step),
            batch=self._given(figures.batches, step), priority=self._given(figures.priorities, step) or 0,
            due=self.at.hours(step.due) if isinstance(step.due, Span) else None,
            not_by=tuple(self.works[name] for name in barred if name in self.works), seat=seat, next=after,
            until=self._until(step),
        )  # fmt: skip
        self.works[step.id] = node = self.at.nodes.add(made)
        return node

    def _in_hours(self, step: Step) -> bool:
        """Whether an outsider does it in working hours only."""
        return self.key(step.id) in self.at.figures.in_hours

    def _until(self, step: Step) -> Callable[[datetime], datetime | None] | None:
        """When a wait for a date is over, where the definition alone says it."""
        if step.kind != "wait" or step.config.until is None or step.config.message or step.config.for_ is not None:
            return None
        return clock(self.program, step.config.until, self.at.calendar)

    def _stated(self, step: Step, what: str) -> Distribution | None:
        span = step.usually.get(what)
        return Lognormal(self.at.hours(span), SPREAD) if span is not None else None

    def _working(self, step: Step, person: bool, outside: bool) -> Distribution:
        """What a step takes, as its definition says it, else as is assumed."""
        if step.kind == "wait" and isinstance(step.config.for_, Span) and step.config.message is None:
            return Fixed(elapsed(step.config.for_))
        if outside or step.kind == "wait":
            span = step.usually.get("wait")
            if span is not None:
                return Lognormal(elapsed(span), SPREAD)
            self.at.assume(f"{step.title} takes a day on average, because nothing is known of it.")
            return Lognormal(known.OUTSIDE, SPREAD)
        stated = self._stated(step, "work")
        if stated is not None:
            return stated
        if not person:
            return Fixed(known.MACHINE)
        self.at.assume(f"{step.title} is 15 minutes of work on average, because nothing is known of it.")
        return Lognormal(known.WORK, SPREAD)


def _is_block(step: Step) -> bool:
    return step.kind in FORKS or (step.kind == "choose" and step.config.take == "all")


def elapsed(span: Span) -> float:
    """Seconds of a span; a business day has eight hours."""
    return float(span.amount) * known.SECONDS[span.unit]
