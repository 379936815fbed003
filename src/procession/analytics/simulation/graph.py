"""A workflow's steps as nodes: what each takes, and where each leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from procession.analytics.simulation import figures as known
from procession.analytics.simulation.data import answer, chance_of, clock, condition, deciding, uses_data, writing
from procession.analytics.simulation.distributions import Distribution, Fixed, Lognormal
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import Figures
from procession.analytics.simulation.model import (
    END,
    Await,
    Bound,
    Choice,
    Data,
    Effect,
    End,
    FieldChance,
    Fork,
    Leave,
    Node,
    Place,
    Work,
)  # fmt: skip
from procession.analytics.simulation.staff import Staff, is_guest, queue_of
from procession.engine.calendar import WorkCalendar
from procession.engine.decide.arrows import target_of
from procession.engine.definition import Scope, Step, Target, Workflow, walk
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


class Graph:
    """One workflow in one part."""

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

    def build(self) -> int:
        """All steps; gives where a case begins."""
        self._reserve(self.workflow.body)
        body = self.workflow.body
        return self._states(body) if body.kind == "states" else self._scope(body, END)

    def _reserve(self, scope: Scope) -> None:
        for step in scope.steps:
            self._reserve_step(step)

    def _reserve_step(self, step: Step) -> None:
        self.entries[step.id] = self.at.nodes.reserve()
        for inside in step.scopes():
            self._reserve(inside)
        for _, target in step.targets():
            if target.inline is not None:
                self._reserve_step(target.inline)

    def _states(self, scope: Scope) -> int:
        for step in scope.steps:
            self._step(step, END)
        return self.entries[scope.initial or scope.steps[0].id]

    def _scope(self, scope: Scope, after: int) -> int:
        """The steps of a list; gives where it begins. `after` is where its end leads."""
        for place, step in enumerate(scope.steps):
            below = self.entries[scope.steps[place + 1].id] if place + 1 < len(scope.steps) else after
            self._step(step, below)
        return self.entries[scope.steps[0].id] if scope.steps else after

    # --- one step --------------------------------------------------------------------------------------------------------

    def _step(self, step: Step, below: int) -> None:
        """A step with its condition, into its reserved place; and the steps written in place on its arrows."""
        for _, target in step.targets():
            if target.inline is not None:
                self._step(target.inline, below)
        inside = self._inside(step, below)
        entry: Node = Effect(next=inside)
        if step.when is not None:
            given = self._given(self.at.figures.happens, step)
            if given is None:
                self._say_chance(step, "is done")
            happens = 0.5 if given is None else given
            holds = condition(self.program, step.when) if given is None and self.uses_data else None
            entry = Choice(
                chances=(happens, 1 - happens), ways=(inside, below),
                decide=_by(holds) if holds is not None else None,
            )  # fmt: skip
        self.at.nodes.fill(self.entries[step.id], entry)

    def _given(self, of: Mapping[str, Any], step: Step) -> Any:
        """A figure of a step: by part and id, or by id alone."""
        return of.get(self.key(step.id), of.get(step.id))

    def _say_chance(self, step: Step, what: str) -> None:
        self.at.assume(f"Where the data does not decide whether {step.title} {what}, it is in half of the cases.")

    def _inside(self, step: Step, below: int) -> int:
        """What happens when a step is not skipped."""
        kind = step.kind
        if kind == "choose":
            return self._after_block(step, below, lambda after: self._choose(step, after))
        if kind in FORKS:
            return self._after_block(step, below, lambda after: self._fork(step, after))
        if kind == "workflow":
            return self._child(step, below)
        if kind == "state":
            return self._state(step)
        if kind == "approval" and step.config.quorum is not None:
            return self._quorum(step, below)
        if kind == "wait" and self._only_milestone(step):
            after = self._leads(step, "reached", below)
            return self.at.nodes.add(Await(place=self._place(step), milestone=step.config.reached, next=after))
        if kind in ("decide", "set", "archive", "survey", "end") or (kind == "email" and not step.config.draft_for):
            return self._effect(step, self._leads(step, "done", below))
        return self._work(step, self._outcomes(step, below))

    def _place(self, step: Step) -> Place:
        return Place(self.part, step.id, step.title, self.workflow.id, step.kind)

    def _after_block(self, step: Step, below: int, block: Callable[[int], int]) -> int:
        return block(self._effect(step, self._leads(step, "done", below)))

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
            calendar=self.at.standard if person and not guest and not queue else None, outside=outside,
            notice=wait if person and not outside else None, gate=self._given(figures.gates, step),
            batch=self._given(figures.batches, step), priority=self._given(figures.priorities, step) or 0,
            due=self.at.hours(step.due) if isinstance(step.due, Span) else None,
            not_by=tuple(self.works[name] for name in barred if name in self.works), seat=seat, next=after,
            until=self._until(step),
        )  # fmt: skip
        self.works[step.id] = node = self.at.nodes.add(made)
        return node

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
            return Fixed(_elapsed(step.config.for_))
        if outside or step.kind == "wait":
            span = step.usually.get("wait")
            if span is not None:
                return Lognormal(_elapsed(span), SPREAD)
            self.at.assume(f"{step.title} takes a day on average, because nothing is known of it.")
            return Lognormal(known.OUTSIDE, SPREAD)
        stated = self._stated(step, "work")
        if stated is not None:
            return stated
        if not person:
            return Fixed(known.MACHINE)
        self.at.assume(f"{step.title} is 15 minutes of work on average, because nothing is known of it.")
        return Lognormal(known.WORK, SPREAD)

    def _only_milestone(self, step: Step) -> bool:
        config = step.config
        return config.reached is not None and config.for_ is None and config.until is None and config.message is None

    # --- states, blocks, children ----------------------------------------------------------------------------------------

    def _state(self, step: Step) -> int:
        config = step.config
        if config.outcome is not None:
            return self.at.nodes.add(End(outcome=config.outcome))
        names = tuple(action.name for action in config.actions)
        ways = [self.entries[action.to] for action in config.actions]
        timed = tuple(f"after {after.span}" for after in config.after)
        ways += [self.entries[after.to] for after in config.after]
        usual = dict.fromkeys(names or timed, 1.0)
        measured: Mapping[str, float] = self._given(self.at.figures.ended, step) or {}
        if names and not measured and self._given(self.at.figures.outcomes, step) is None:
            self.at.assume(
                f"The ways out of {step.title} ({', '.join(names)}) are equally frequent, none by time alone."
            )
        rang = {one: measured.get(f"after-{number}", 0.0) for number, one in enumerate(timed, 1)}
        counts = {**{name: measured.get(name, 0.0) for name in names}, **rang}
        follows = self._chosen(step, names + timed, tuple(ways), usual, counts) if ways else END
        task = self._work(step, self._effect(step, follows))
        return self._scope(config.on_enter, task) if config.on_enter is not None else task

    def _choose(self, step: Step, after: int) -> int:
        config = step.config
        cases = list(config.cases)
        branches = [*cases, *([config.otherwise] if config.otherwise is not None else [])]
        if config.take == "all":
            return self._choose_all(step, after)
        ways = [self._scope(branch, after) for branch in branches]
        if config.otherwise is None:
            ways.append(after)
        names = [branch.name for branch in branches] + (["otherwise"] if config.otherwise is None else [])
        said: Mapping[str, float] | None = self._given(self.at.figures.outcomes, step)
        given = said or self._as_recorded(step, names) or self._as_it_went(branches, names)
        weights = [given.get(name, 0.0) for name in names] if given else [1.0] * len(ways)
        if not given:
            self.at.assume(f"Where the data does not decide at {step.title}, its branches are equally frequent.")
        holds = [condition(self.program, case.when or "true") for case in cases]

        def decide(data: Data) -> int | None:
            for place, one in enumerate(holds):
                found = one(data)
                if found is None:
                    return None
                if found:
                    return place
            return len(holds)

        by_data = decide if self.uses_data and not given else None
        chances = tuple(weight / sum(weights) for weight in weights)
        return self.at.nodes.add(Choice(chances=chances, ways=tuple(ways), outcomes=tuple(names), decide=by_data))

    def _as_recorded(self, step: Step, names: list[str]) -> Mapping[str, float]:
        """How often each branch was taken, where a log says it of branches that there still are."""
        counts: Mapping[str, float] = self._given(self.at.figures.branches, step) or {}
        found = {name: counts.get("" if name == "otherwise" else name, 0.0) for name in names}
        return found if sum(found.values()) > 0 else {}

    def _as_it_went(self, branches: list[Scope], names: list[str]) -> Mapping[str, float]:
        """Shares of branches as a log shows them, by how often the steps inside each were done; of at most one branch
        without steps it is the rest. Empty where no log says it."""
        if not self.at.figures.ended:
            return {}
        done = [[self._given(self.at.figures.happens, one) or 0.0 for one in walk(branch)] for branch in branches]
        found = {name: max(own) for name, own in zip(names, done, strict=False) if own}
        silent = [name for name in names if name not in found]
        if len(silent) > 1 or sum(found.values()) <= 0:
            return {}
        return {**found, **dict.fromkeys(silent, max(0.0, 1.0 - sum(found.values())))}

    def _choose_all(self, step: Step, after: int) -> int:
        nodes, branches = self.at.nodes, list[int]()
        counts: Mapping[str, float] = self._given(self.at.figures.branches, step) or {}
        visits = counts.get(known.VISITS, 0.0)
        if not visits:
            self.at.assume(
                f"Where the data does not decide at {step.title}, each branch is taken in half of the cases."
            )
        for case in step.config.cases:
            inside = self._scope(case, END)
            holds = condition(self.program, case.when or "true") if self.uses_data and not visits else None
            share = min(1.0, counts.get(case.name, 0.0) / visits) if visits else 0.5
            branches.append(nodes.add(Choice(
                chances=(share, 1 - share), ways=(inside, END),
                decide=_by(holds) if holds is not None else None,
            )))  # fmt: skip
        return nodes.add(Fork(branches=tuple(branches), next=after))

    def _fork(self, step: Step, after: int) -> int:
        config = step.config
        need = {"all": None, "any": 1}.get(config.done_when, config.done_when)
        fork = Fork(branches=(), need=need, finish_rest=config.rest == "finish", next=after)
        if step.kind == "parallel":
            branches = tuple(self._scope(branch, END) for branch in config.branches)
            return self.at.nodes.add(replace(fork, branches=branches))
        self.at.assume(f"{step.title} goes through {known.ITEMS} rows where their number is not known.")
        inside = self._scope(config.body, END)

        def rows(data: Data) -> tuple[int, ...]:
            found = answer(self.program, config.of, data)
            return (0,) * (len(cast("list[object]", found)) if isinstance(found, list) else known.ITEMS)

        return self.at.nodes.add(replace(fork, branches=(inside,), pick=rows, in_turn=not config.at_once))

    def _quorum(self, step: Step, below: int) -> int:
        """Each person asked has a task of their own; enough votes decide."""
        queue = queue_of(tuple(step.config.assign))
        if queue is None:
            return self._work(step, self._outcomes(step, below))
        quorum, outcomes = step.config.quorum, step.config.outcomes
        self.at.staff.add(queue, self.workflow, at_least=quorum if isinstance(quorum, int) else 2)
        size = self.at.staff.sizes[queue]
        need = quorum if isinstance(quorum, int) else {"any": 1, "majority": size // 2 + 1}.get(quorum, size)
        if need > size:
            raise SimulationError(
                f"{step.title} needs {need} people, and {queue} has {size}",
                f"say how many there are: --people '{queue}=N'",
            )
        nodes = self.at.nodes
        said: Mapping[str, float] | None = self._given(self.at.figures.outcomes, step)
        given = said or self._as_it_ended(step, outcomes) or {}
        yes = given.get(outcomes[0], 0.0) / (sum(given.values()) or 1) if given else 0.9
        if not given:
            self.at.assume(f"Everybody who is asked at {step.title} says {outcomes[0]} nine times of ten.")
        seats: list[int] = []
        for seat in range(size):
            no = nodes.add(Effect(against=True))
            seats.append(self._work(step, nodes.add(Choice(chances=(yes, 1 - yes), ways=(END, no))), seat))
        agreed = self._effect(step, self._leads(step, outcomes[0], below))
        refused = self._effect(step, self._leads(step, outcomes[-1], below))
        return nodes.add(Fork(branches=tuple(seats), need=need, votes=(agreed, refused), next=agreed))

    def _child(self, step: Step, below: int) -> int:
        program = self.at.workflows.get(step.config.use)
        if program is None:
            raise SimulationError(
                f"{step.title} runs the workflow {step.config.use}, which is not here",
                "name the folder that holds both",
            )
        child = Graph(self.at, program, f"{self.part}/{step.id}", self.depth + 1)
        after = self._effect(step, self._leads(step, "done", below))
        outcomes = tuple((name, self._arrow(step, target, below)) for name, target in step.on.items())
        return self.at.nodes.add(Fork(
            branches=(child.build(),), inner="run", detached=step.config.detached, outcomes=outcomes, next=after
        ))  # fmt: skip


def _is_block(step: Step) -> bool:
    return step.kind in FORKS or (step.kind == "choose" and step.config.take == "all")


def _first(holds: bool | None) -> int | None:
    """The first way when true, the second when false."""
    return None if holds is None else 0 if holds else 1


def _by(holds: Callable[[Data], bool | None]) -> Callable[[Data], int | None]:
    return lambda data: _first(holds(data))


def _elapsed(span: Span) -> float:
    return float(span.amount) * known.SECONDS[span.unit]
