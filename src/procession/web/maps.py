"""The process map as pages show it: coloured by one of four measures, and what is known of one place on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import quantiles
from typing import Literal

from procession.drawing.map_of_process import Figure, heat_of, map_of_process, step_key
from procession.drawing.model import Legend, ProcessMap
from procession.drawing.picture import members_of
from procession.drawing.words import Called
from procession.engine.definition import Definition, Process
from procession.engine.rejections import NotFound
from procession.operations.context import Context
from procession.operations.definitions import program_of, workflows_by_id
from procession.operations.insights.diagnosing import ProcessInsight, SlowPlace
from procession.operations.insights.places import PlaceView
from procession.operations.insights.stated import StatedPlaceView
from procession.operations.values import DefinitionRef
from procession.web.formats import duration, percent

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
FEWEST = 5
"""Visits below which a place has no colour: too few to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure that the map can be coloured by."""

    name: str
    title: str
    meaning: str
    """What the legend says."""
    value: Callable[[PlaceView], float | None]
    show: Callable[[float], str]
    limits: tuple[float, ...]
    """Where each of the five heats above the lowest begins."""
    steps: tuple[float, ...] = ()
    """Round values that limits are taken from."""
    always: bool = False
    """It is said however few the visits."""
    members: tuple[float, ...] = ()
    """Limits for whole workflows, which take longer than any step; those of the steps where there are none."""

    @property
    def legend(self) -> tuple[str, ...]:
        shown = [self.show(limit) for limit in self.limits]
        return (*shown[:-1], f"{shown[-1]}+")

    @property
    def explained(self) -> str:
        """What the legend says, also of whole workflows where they have limits of their own."""
        return f"{self.meaning}; workflows among themselves" if self.members else self.meaning

    def _limits(self, place: PlaceView) -> tuple[float, ...]:
        return self.members if self.members and place.kind == "member" else self.limits

    def figure(self, place: PlaceView) -> Figure:
        """The figure of a place on the map."""
        value = self.value(place)
        enough = value is not None and (self.always or place.visits >= FEWEST)
        return Figure(
            pill=self.show(value) if value is not None and value > 0 and enough else "",
            heat=heat_of(value, self._limits(place)) if value is not None and enough else None,
            open_count=place.open_now or None, work=place.work, cases_per_month=place.cases_per_month,
        )  # fmt: skip


def _count(value: float) -> str:
    return f"{value:.0f}"


ROUND_TIMES = (
    *(n * MINUTE for n in (1, 2, 3, 5, 10, 15, 20, 30, 45)), *(n * HOUR for n in (1, 1.5, 2, 3, 4, 6, 8, 12, 18)),
    *(n * DAY for n in (1, 1.5, 2, 3, 4, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365)),
)  # fmt: skip
PERIODS = {"30": "30 days", "90": "90 days", "365": "A year", "": "All time"}
"""Periods that the map can show, by the number of days in its address."""

COLOURS = (
    Measured(
        name="waiting", title="Waiting time", meaning="Waiting before it starts (median)", show=duration,
        value=lambda one: one.waiting, limits=(6 * HOUR, 18 * HOUR, 1.5 * DAY, 3 * DAY, 5 * DAY),
        steps=ROUND_TIMES,
    ),
    Measured(
        name="working", title="Working time", meaning="Work itself (median)", show=duration,
        value=lambda one: one.working, limits=(10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR),
        steps=ROUND_TIMES,
    ),
    Measured(
        name="rework", title="Rework", meaning="Cases that did it again", show=percent,
        value=lambda one: one.rework if one.kind == "step" else None, limits=(0.02, 0.05, 0.1, 0.2, 0.4),
        steps=(0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    ),
    Measured(
        name="open", title="Open now", meaning="Cases there now", show=_count,
        value=lambda one: float(one.open_now), limits=(1, 2, 4, 8, 16), always=True,
        steps=(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000),
    ),
)  # fmt: skip


def colour_of(name: str) -> Measured:
    """The measure of this name, else waiting."""
    return next((one for one in COLOURS if one.name == name), COLOURS[0])


FEWEST_PLACES = 3
"""Places below which a process has no limits of its own."""


def fitted(colour: Measured, insight: ProcessInsight | None) -> Measured:
    """The measure with limits of the process's own: sixths of its places, at round values.

    Workflows are held against each other, and steps and handoffs against each other. The limits come from everything
    that is known, whatever period is shown, so that two periods can be compared.
    """
    places = insight.places if insight is not None else ()
    limits = _sixths(colour, [one for one in places if one.kind != "member"])
    members = _sixths(colour, [one for one in places if one.kind == "member"])
    return replace(colour, limits=limits or colour.limits, members=members)


def _sixths(colour: Measured, places: Sequence[PlaceView]) -> tuple[float, ...]:
    """Five limits between the values of these places; none where there are too few."""
    found = ((one, colour.value(one)) for one in places)
    values = sorted(value for one, value in found if value and (colour.always or one.visits >= FEWEST))
    if len(values) < FEWEST_PLACES:
        return ()
    limits: list[float] = []
    for cut in quantiles(values, n=6, method="inclusive"):
        steps = [step for step in colour.steps if not limits or step > limits[-1]]
        if not steps:
            return ()
        limits.append(min(steps, key=lambda step: abs(log(step / cut))))
    return tuple(limits)


def map_of(
    ctx: Context,
    ref: DefinitionRef,
    insight: ProcessInsight | None,
    colour: Measured = COLOURS[0],
    *,
    link: Callable[[str], str | None] | None = None,
    selected: str | None = None,
    figures: Mapping[str, Figure] | None = None,
) -> ProcessMap:
    """The map of a process with the figures of one measure, or with figures of one's own."""
    process, library = _process(ctx, ref)
    if figures is None:
        measured = {key: colour.figure(place) for key, place in places_on_map(process, insight).items()}
        figures = measured | stated_figures(process, insight, colour, measured)
    return map_of_process(
        process, members_of(process, library), figures=figures, link=link, selected=selected,
        legend=Legend(title=meaning_of(colour, figures), limits=colour.legend), called=called(ctx),
    )  # fmt: skip


def meaning_of(colour: Measured, figures: Mapping[str, Figure]) -> str:
    """What the legend says; also what a dashed edge means, where there is one."""
    return f"{colour.explained}; dashed: stated" if any(one.stated for one in figures.values()) else colour.explained


def called(ctx: Context) -> Called:
    """How the organisation calls its people, groups and roles, for diagrams."""
    with ctx.store.transaction(ctx.organisation) as tx:
        groups = {one.id: one.title for one in tx.groups.list() if one.title != one.id}
        roles = {one.id: one.title for one in tx.roles.list() if one.title != one.id}
    people = {one.id: one.name for one in ctx.surroundings.directory.people.values()}
    return Called(people=people, groups=groups, roles=roles)


def _process(ctx: Context, ref: DefinitionRef) -> tuple[Process, Mapping[str, Definition]]:
    definition = program_of(ctx, ref.id, ref.version).definition
    if not isinstance(definition, Process):
        raise NotFound(f"{ref.title} is a workflow, not a process.")
    return definition, workflows_by_id(ctx)


def places_on_map(process: Process, insight: ProcessInsight | None) -> dict[str, PlaceView]:
    """What was measured, by the key of the map. A handoff with several sources is drawn once for each."""
    if insight is None:
        return {}
    found = {one.map_key: one for one in insight.places if one.kind != "handoff"}
    by_key = {one.key: one for one in insight.places if one.kind == "handoff"}
    for handoff in process.handoffs:
        for index, source in enumerate(handoff.sources):
            place = by_key.get(f"{source.member or 'start'}>{handoff.to}/{handoff.id}")
            if place is not None:
                found[handoff.id if index == 0 else f"{handoff.id}~{index}"] = place
    return found


def stated_on_map(process: Process, insight: ProcessInsight | None) -> dict[str, StatedPlaceView]:
    """What people say, by the key of the map, of places that are not measured yet."""
    said = insight.stated.places if insight is not None and insight.stated is not None else ()
    by_key = {one.key: one for one in said if not one.replaced}
    found = {one.map_key: one for one in by_key.values() if one.kind == "step"}
    for handoff in process.handoffs:
        for index, source in enumerate(handoff.sources):
            place = by_key.get(f"{source.member or 'start'}>{handoff.to}/{handoff.id}")
            if place is not None:
                found[handoff.id if index == 0 else f"{handoff.id}~{index}"] = place
    return found


def stated_figures(
    process: Process, insight: ProcessInsight | None, colour: Measured, measured: Mapping[str, Figure]
) -> dict[str, Figure]:
    """The figures of what people say, each marked as stated, for places that are not measured yet."""
    found: dict[str, Figure] = {}
    for key, place in stated_on_map(process, insight).items():
        value = {"waiting": place.waiting, "working": place.working}.get(colour.name)
        before = measured.get(key, Figure())
        if value is None and colour.name == "open":
            continue
        found[key] = replace(
            before,
            pill=colour.show(value) if value else "",
            stated=bool(value),
            heat=heat_of(value, colour.limits) if value else None,
            work=f"{duration(place.working)} work, stated" if place.working else "",
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One place on the map, with all that is known of it."""

    map_key: str
    kind: Literal["member", "step", "handoff"]
    title: str
    over: str
    """What it belongs to."""
    place: PlaceView | None
    """What was measured; nothing where no case has been there."""
    slow: SlowPlace | None
    """What it costs, where it costs more than it should."""
    said: StatedPlaceView | None = None
    """What people say of it, also where it is measured by now."""
    workflow: str = ""
    """The workflow whose cases stand there."""
    step: str = ""
    details: tuple[str, ...] = ()


def inspect(ctx: Context, ref: DefinitionRef, insight: ProcessInsight | None, key: str) -> Inspected:
    """The place of this key; raises NotFound where the map has none. Keys of the map and of the figures both do."""
    process, _ = _process(ctx, ref)
    drawn = map_of(ctx, ref, insight)
    places = places_on_map(process, insight)
    told = insight.stated.places if insight is not None and insight.stated is not None else ()
    by_figure = {one.key: one.map_key for one in told} | {place.key: name for name, place in places.items()}
    key = by_figure.get(key, key)
    place = places.get(key)
    said = next((one for one in told if one.map_key == key), None)
    named = place.key if place is not None else said.key if said is not None else ""
    slow = next((one for one in insight.verdict.places if one.key == named), None) if insight is not None else None
    titles = {one.id: one.title for one in drawn.containers}
    for handoff in drawn.handoffs:
        if handoff.id == key:
            title = f"{titles.get(handoff.source, handoff.source)} to {titles.get(handoff.target, handoff.target)}"
            return Inspected(map_key=key, kind="handoff", title=title, over="Handoff", place=place, slow=slow,
                             said=said, details=(handoff.label,) if handoff.label else ())  # fmt: skip
    for container in drawn.containers:
        use = process.members[container.id].use if container.id in process.members else ""
        if container.id == key:
            return Inspected(
                map_key=key, kind="member", title=container.title, over="Workflow", place=place, slow=slow, workflow=use
            )
        for step in container.steps:
            if step_key(container.id, step.id) == key:
                return Inspected(
                    map_key=key, kind="step", title=step.title, over=f"Step of {container.title}", place=place,
                    slow=slow, said=said, workflow=use, step=step.id,
                )  # fmt: skip
    raise NotFound("The map has no such step or handoff.")
