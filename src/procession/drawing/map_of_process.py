"""A process as a map: its members with their steps, the handoffs between them, and the figures somebody counted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from procession.drawing.flow_of_definition import flow_of_workflow
from procession.drawing.model import (
    DOTS,
    FlowDiagram,
    FlowEdge,
    Heat,
    Legend,
    MapContainer,
    MapHandoff,
    MapStep,
    ProcessMap,
)
from procession.drawing.words import Called, plain
from procession.engine.definition import Handoff, HandoffSource, Process, Workflow, walk

HOURS_OF_WAITING = (6.0, 18.0, 36.0, 72.0, 120.0)
"""The limits between the six heats of waiting, until a process has limits of its own."""

START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was counted for a member, a step or a handoff."""

    pill: str = ""
    """The measure as it is printed, such as `1.1 d`."""

    stated: bool = False
    """It is what people say, not what was counted."""

    heat: Heat | None = None
    open_count: int | None = None
    work: str = ""
    """Working time of a step, such as `8 min work`."""

    cases_per_month: float = 0


def heat_of(value: float, limits: Sequence[float] = HOURS_OF_WAITING) -> Heat:
    """How many of the five limits the value reaches."""
    heats: tuple[Heat, ...] = (0, 1, 2, 3, 4, 5)
    return heats[min(sum(value >= limit for limit in limits), 5)]


def step_key(member: str, step: str) -> str:
    """The key of a step's figure; those of a member and of a handoff are their ids."""
    return f"{member}/{step}"


def map_of_process(
    process: Process,
    workflows: Mapping[str, Workflow],
    *,
    figures: Mapping[str, Figure] | None = None,
    link: Callable[[str], str | None] | None = None,
    selected: str | None = None,
    legend: Legend | None = None,
    called: Called | None = None,
) -> ProcessMap:
    """The map. `workflows` are the members' definitions by member id; one that is missing is drawn without steps.

    `figures`, `link` and `selected` use the ids of members and handoffs and, for steps, `step_key`.
    """
    builder = _Builder(process, workflows, figures or {}, link or _nowhere, selected, called or Called())
    containers = [builder.container(member) for member in process.members]
    handoffs = tuple(builder.handoffs())
    touched = {end for one in handoffs for end in (one.source, one.target)}
    if START in touched:
        containers.insert(0, MapContainer(id=START, title="Start", kind="start"))
    ends = dict.fromkeys(one.target for one in handoffs if one.target.startswith("end/"))
    containers += [MapContainer(id=end, title=f"End: {end.removeprefix('end/')}", kind="end") for end in ends]
    return ProcessMap(title=process.title, containers=tuple(containers), handoffs=handoffs, legend=legend)


def _nowhere(key: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class _Builder:
    process: Process
    workflows: Mapping[str, Workflow]
    figures: Mapping[str, Figure]
    link: Callable[[str], str | None]
    selected: str | None
    called: Called

    def container(self, member: str) -> MapContainer:
        workflow = self.workflows.get(member)
        figure = self.figures.get(member, Figure())
        title = self.process.members[member].title or (workflow.title if workflow is not None else plain(member))
        return MapContainer(
            id=member,
            title=title,
            team=self.called.group(workflow.owner) if workflow is not None and workflow.owner else "",
            open_count=figure.open_count,
            pill=figure.pill,
            heat=figure.heat,
            href=self.link(member),
            selected=member == self.selected,
            steps=tuple(self._steps(member, workflow)) if workflow is not None else (),
        )

    def _steps(self, member: str, workflow: Workflow) -> Iterator[MapStep]:
        flow = flow_of_workflow(workflow, called=self.called)
        blocks = {node.parent for node in flow.nodes}
        following = _following(flow)
        for node in flow.nodes:
            if node.kind in DOTS or node.id in blocks:
                continue
            key = step_key(member, node.id)
            figure = self.figures.get(key, Figure())
            ways = following.get(node.id, {})
            yield MapStep(
                id=node.id,
                title=node.title,
                subtitle=" · ".join(part for part in (node.subtitle.partition(" · ")[0], figure.work) if part),
                heat=figure.heat,
                pill=figure.pill,
                stated=figure.stated,
                href=self.link(key),
                selected=key == self.selected,
                next=tuple(target for target, back in ways.items() if not back),
                back=tuple(target for target, back in ways.items() if back),
            )

    def handoffs(self) -> Iterator[MapHandoff]:
        for handoff in self.process.handoffs:
            for index, source in enumerate(handoff.sources):
                yield self._handoff(handoff, source, handoff.id if index == 0 else f"{handoff.id}~{index}")

    def _handoff(self, handoff: Handoff, source: HandoffSource, name: str) -> MapHandoff:
        figure = self.figures.get(name, self.figures.get(handoff.id, Figure()))
        return MapHandoff(
            id=name,
            source=source.member or START,
            source_step=self._step_of(source),
            target=handoff.to or f"end/{handoff.end or self.process.outcome}",
            pill=figure.pill,
            stated=figure.stated,
            label=_label(handoff, source),
            heat=figure.heat,
            cases_per_month=figure.cases_per_month,
            optional=handoff.optional,
            back=handoff.again,
            href=self.link(name),
            selected=name == self.selected,
        )

    def _step_of(self, source: HandoffSource) -> str | None:
        """The step that reaches the milestone; everything else is handed over at the end."""
        workflow = self.workflows.get(source.member or "")
        if workflow is None or source.milestone is None:
            return None
        drawn = {node.id for node in flow_of_workflow(workflow).nodes}
        reaching = (step.id for step in walk(workflow.body) if step.milestone == source.milestone and not step.scopes())
        return next((step for step in reaching if step in drawn), None)


def _label(handoff: Handoff, source: HandoffSource) -> str:
    event = "" if source.member is None else source.milestone or source.outcome or ""
    stated = handoff.usually.get("wait")
    parts = (
        plain(event),
        f"if {handoff.when}" if handoff.when else "",
        f"carries {', '.join(plain(name).lower() for name in handoff.carry)}" if handoff.carry else "",
        f"said to take {stated}" if stated is not None else "",
    )
    return ", ".join(part for part in parts if part)


def _following(flow: FlowDiagram) -> dict[str, dict[str, bool]]:
    """Per step the steps that can come next, through marks, and whether that goes back."""
    kinds = {node.id: node.kind for node in flow.nodes}
    leaving: dict[str, list[FlowEdge]] = {}
    for edge in flow.edges:
        leaving.setdefault(edge.source, []).append(edge)

    def reached(edge: FlowEdge, seen: frozenset[str]) -> Iterator[tuple[str, bool]]:
        if kinds[edge.target] not in DOTS:
            yield edge.target, edge.back
        elif edge.target not in seen:
            for onward in leaving.get(edge.target, []):
                for target, back in reached(onward, seen | {edge.target}):
                    yield target, back or edge.back

    found: dict[str, dict[str, bool]] = {}
    for source, edges in leaving.items():
        for edge in edges:
            for target, back in reached(edge, frozenset()):
                if target != source:
                    found.setdefault(source, {}).setdefault(target, back)
    return found
