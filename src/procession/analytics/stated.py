"""A process by what people say its steps and handoffs take, before there is history.

`usually:` of a step says how long the work is and how long it waits before that; of a handoff, how long it waits. One
case that takes all of it gives the critical path (the longest way: of choices the longest branch, of loops no round),
and what lies on it. A step should take the work alone, or its due time where it has one; a handoff should take
nothing. So what counts as lost is stated waiting, held against the same rule as measured figures (`verdict`).

Stated and measured figures are never added up: everything here rests on what was said alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from procession.analytics.attribution import Attribution, SiteCost, working_day
from procession.analytics.critical_path import Phase
from procession.analytics.log import MACHINE_KINDS, ProcessLog, Site
from procession.engine.definition import Definition, Handoff, Process, Scope, Step, Workflow
from procession.engine.durations import Span

ENOUGH = 0.5
"""The share of the steps of people that must have a stated time for a verdict."""

FEWEST = 3
"""Stated steps below which there is no median to hold a slow one against."""

Seconds = Callable[[Span], float]
"""A span in seconds of working time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPlace:
    """What is said of one step or handoff. Times are seconds of working time."""

    site: Site
    title: str
    work: Span | None
    wait: Span | None
    work_for: float
    wait_for: float
    on_path: bool
    """Whether it lies on the longest way."""

    @property
    def is_stated(self) -> bool:
        """Whether anything is said of it."""
        return self.work is not None or self.wait is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A process, or a workflow alone, by what is said of it."""

    said: Attribution
    """One case that takes as long as is said."""
    path: tuple[StatedPlace, ...]
    """The longest way, first to last."""
    places: tuple[StatedPlace, ...]
    """Every step and handoff of which something is said."""
    steps: int
    """Steps that people do or that wait."""
    stated: int
    """Those of which something is said."""

    @property
    def is_enough(self) -> bool:
        """Whether a verdict can rest on it."""
        return self.stated >= FEWEST and self.stated >= ENOUGH * self.steps


def stated(
    definition: Definition, workflows: Mapping[str, Workflow], log: ProcessLog, seconds: Seconds
) -> Stated | None:
    """What is said of a definition; None where nothing is. `log` gives titles, owners, targets and the calendar."""
    walking = _Walk(workflows, log, seconds)
    last = walking.process(definition) if isinstance(definition, Process) else walking.workflow(definition)
    if not any(node.is_stated for node in walking.nodes):
        return None
    path: list[_Node] = []
    while last is not None:
        path.append(last)
        last = last.after
    path.reverse()
    on_path = {id(node) for node in path}
    people = [node for node in walking.nodes if node.site.kind == "step" and node.kind not in MACHINE_KINDS]
    costs = tuple(walking.cost(node, id(node) in on_path) for node in walking.nodes)
    return Stated(
        said=Attribution(
            process=log.process, title=log.title, cases=1, cycles=(sum(node.spent for node in path),), costs=costs,
            part_titles={node.site.part: log.part_title(node.site.part) for node in walking.nodes}, owners=log.owners,
            target=log.target.total_seconds() if log.target else None, day=working_day(log.calendar),
        ),
        path=tuple(walking.place(node, True) for node in path),
        places=tuple(walking.place(node, id(node) in on_path) for node in walking.nodes if node.is_stated),
        steps=len(people), stated=sum(node.is_stated for node in people),
    )  # fmt: skip


@dataclass(slots=True, eq=False)
class _Node:
    """A step or handoff on its way, once."""

    site: Site
    kind: str
    title: str
    departments: tuple[str, ...]
    work: Span | None
    wait: Span | None
    work_for: float
    wait_for: float
    after: _Node | None
    end: float = 0.0

    @property
    def spent(self) -> float:
        return self.work_for + self.wait_for

    @property
    def is_stated(self) -> bool:
        return self.work is not None or self.wait is not None


class _Walk:
    """Goes through a process as one case would, noting when each place would end."""

    def __init__(self, workflows: Mapping[str, Workflow], log: ProcessLog, seconds: Seconds) -> None:
        self.workflows = workflows
        self.log = log
        self.seconds = seconds
        self.nodes: list[_Node] = []
        self.milestones: dict[tuple[str, str], _Node] = {}

    # --- the process --------------------------------------------------------------------------------------------------

    def process(self, process: Process) -> _Node | None:
        """The place that ends last."""
        ends: dict[str, _Node | None] = {}
        waiting = list(process.members)
        moved = True
        while waiting and moved:
            moved = False
            for member in list(waiting):
                into = [one for one in process.handoffs if one.to == member and not one.again]
                if not into or not all(self._is_known(one, ends) for one in into):
                    continue
                before = max((self._handoff(one, ends) for one in into), key=lambda node: node.end)
                use = self.workflows.get(process.members[member].use)
                ends[member] = self._body(use, member, before) if use is not None else before
                waiting.remove(member)
                moved = True
        return max((node for node in ends.values() if node is not None), key=lambda node: node.end, default=None)

    def _is_known(self, handoff: Handoff, ends: Mapping[str, _Node | None]) -> bool:
        return all(source.member is None or source.member in ends for source in handoff.sources)

    def _handoff(self, handoff: Handoff, ends: Mapping[str, _Node | None]) -> _Node:
        """The handoff as a place; of several sources (`any of`) the first that comes."""

        def come(member: str | None, milestone: str | None) -> _Node | None:
            if member is None:
                return None
            return self.milestones.get((member, milestone), ends[member]) if milestone else ends[member]

        found = [(source.member, come(source.member, source.milestone)) for source in handoff.sources]
        source, before = min(found, key=lambda pair: pair[1].end if pair[1] is not None else 0.0)
        to = handoff.to or ""
        owners = [self.log.owners.get(part) for part in (source, to) if part is not None]
        wait = handoff.usually.get("wait")
        title = f"{self.log.part_title(source) if source else 'Start'} → {self.log.part_title(to)}"
        return self._add(
            Site("handoff", to, handoff.id, source), "handoff", title,
            tuple(dict.fromkeys(one for one in owners if one)), None, wait, before,
        )  # fmt: skip

    # --- a workflow ---------------------------------------------------------------------------------------------------

    def workflow(self, workflow: Workflow) -> _Node | None:
        """The place that ends last, of a workflow that runs alone."""
        return self._body(workflow, workflow.id, None)

    def _body(self, workflow: Workflow, part: str, before: _Node | None) -> _Node | None:
        return self._scope(workflow.body, part, before)

    def _scope(self, scope: Scope, part: str, before: _Node | None) -> _Node | None:
        for step in scope.steps:
            inside = step.scopes() if scope.kind == "steps" else ()
            before = self._block(step, inside, part, before) if inside else self._step(step, part, before)
        return before

    def _block(self, step: Step, inside: tuple[Scope, ...], part: str, before: _Node | None) -> _Node | None:
        ends = [self._scope(scope, part, before) for scope in inside]
        ordered = sorted(ends, key=lambda node: node.end if node is not None else 0.0)
        wanted = getattr(step.config, "done_when", "all") if step.kind == "parallel" else "all"
        need = {"all": len(ordered), "any": 1}.get(wanted, wanted)
        last = ordered[min(int(need), len(ordered)) - 1]
        self._reach(step, part, last)
        return last

    def _step(self, step: Step, part: str, before: _Node | None) -> _Node:
        wait = step.usually.get("wait")
        if step.kind == "wait" and wait is None and isinstance(step.config.for_, Span):
            wait = step.config.for_
        own = step.department or self.log.owners.get(part)
        node = self._add(
            Site("step", part, step.id), step.kind, step.title, (own,) if own else (), step.usually.get("work"), wait,
            before,
        )  # fmt: skip
        self._reach(step, part, node)
        return node

    def _reach(self, step: Step, part: str, node: _Node | None) -> None:
        if step.milestone is not None and node is not None:
            self.milestones[part, step.milestone] = node

    def _add(
        self, site: Site, kind: str, title: str, departments: tuple[str, ...], work: Span | None, wait: Span | None,
        before: _Node | None,
    ) -> _Node:  # fmt: skip
        node = _Node(
            site=site, kind=kind, title=title, departments=departments, work=work, wait=wait, after=before,
            work_for=self.seconds(work) if work is not None else 0.0,
            wait_for=self.seconds(wait) if wait is not None else 0.0,
        )  # fmt: skip
        node.end = (before.end if before is not None else 0.0) + node.spent
        self.nodes.append(node)
        return node

    # --- what it comes to ---------------------------------------------------------------------------------------------

    def place(self, node: _Node, on_path: bool) -> StatedPlace:
        """The node as a value."""
        return StatedPlace(
            site=node.site, title=node.title, work=node.work, wait=node.wait, work_for=node.work_for,
            wait_for=node.wait_for, on_path=on_path,
        )  # fmt: skip

    def cost(self, node: _Node, on_path: bool) -> SiteCost:
        """What the one case spends there."""
        target = self.log.step_targets.get(node.site)
        reference = target.total_seconds() if target is not None else node.work_for
        return SiteCost(
            site=node.site, title=node.title, departments=node.departments,
            reference=reference, has_target=target is not None, quickest=reference,
            visits=(1,), spent=(node.spent,), path_visits=(int(on_path),), path_spent=(node.spent if on_path else 0.0,),
            path_planned=(0.0,),
            phases=dict(_phases(node)) if on_path else {},
        )  # fmt: skip


def _phases(node: _Node) -> Iterator[tuple[Phase, float]]:
    if node.wait_for:
        yield (
            ("transit" if node.site.kind == "handoff" else "outside" if node.kind == "wait" else "unstarted"),
            node.wait_for,
        )
    if node.work_for:
        yield "working", node.work_for
