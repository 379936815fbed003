"""A workflow's steps as nodes: what each takes, and where each leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from procession.analytics.simulation import figures as known
from procession.analytics.simulation.data import answer, condition
from procession.analytics.simulation.distributions import Fixed
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.model import (
    END,
    Await,
    Choice,
    Data,
    Effect,
    End,
    Fork,
    Node,
    Work,
)  # fmt: skip
from procession.analytics.simulation.one_step import FORKS, Steps, elapsed
from procession.analytics.simulation.staff import queue_of
from procession.engine.definition import Scope, Step, walk


class Graph(Steps):
    """One workflow in one part."""

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

    def _after_block(self, step: Step, below: int, block: Callable[[int], int]) -> int:
        return block(self._effect(step, self._leads(step, "done", below)))

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
        by_people = {name: measured.get(name, 0.0) for name in names}
        said = self._given(self.at.figures.outcomes, step) is not None
        if sum(rang.values()) <= 0 or said:
            follows = self._chosen(step, names + timed, tuple(ways), usual, by_people) if ways else END
            task = self._work(step, self._effect(step, follows))
        else:
            task = self._raced(step, ways, by_people, rang)
        return self._scope(config.on_enter, task) if config.on_enter is not None else task

    def _raced(
        self, step: Step, ways: list[int], by_people: Mapping[str, float], rang: Mapping[str, float]
    ) -> int:  # fmt: skip
        """A state that people leave, or else its clock: by how often either did, with the clock's own time."""
        acted, count = sum(by_people.values()), len(by_people)
        total = acted + sum(rang.values())
        begins, chances = list[int](), list[float]()
        if acted:
            follows = self._chosen(step, tuple(by_people), tuple(ways[:count]), by_people, by_people)
            begins.append(self._work(step, self._effect(step, follows)))
            chances.append(acted / total)
        for after, way, times in zip(step.config.after, ways[count:], rang.values(), strict=True):
            begins.append(self.at.nodes.add(Work(
                place=self._place(step), work=Fixed(elapsed(after.span)), outside=True, next=way,
                calendar=self.at.standard if after.span.is_business else None,
            )))  # fmt: skip
            chances.append(times / total)
        return self.at.nodes.add(Choice(chances=tuple(chances), ways=tuple(begins)))

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


def _first(holds: bool | None) -> int | None:
    """The first way when true, the second when false."""
    return None if holds is None else 0 if holds else 1


def _by(holds: Callable[[Data], bool | None]) -> Callable[[Data], int | None]:
    return lambda data: _first(holds(data))
