"""From a definition and figures to a model: what is not said is taken from `usually:`, or assumed and said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from procession.analytics.attribution import working_day
from procession.analytics.simulation.arrivals import Arrivals
from procession.analytics.simulation.data import answer, calculate, condition
from procession.analytics.simulation.distributions import Lognormal
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import NONE, Figures
from procession.analytics.simulation.graph import Graph
from procession.analytics.simulation.model import (
    END,
    Bound,
    Choice,
    Data,
    Effect,
    Fork,
    Handoff,
    Happening,
    Leave,
    Member,
    Members,
    Model,
    Node,
    Source,
)  # fmt: skip
from procession.analytics.simulation.one_step import SPREAD, Building, Nodes
from procession.analytics.simulation.staff import Staff
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.definition import Handoff as Defined
from procession.engine.definition import Process, Workflow
from procession.engine.durations import Span
from procession.engine.moment import Directory
from procession.engine.program import Program

Draw = Callable[[str], Any]


def from_definition(
    program: Program,
    arrivals: Arrivals | None,
    *,
    workflows: Mapping[str, Program] | None = None,
    figures: Figures = NONE,
    directory: Directory | None = None,
    calendar: WorkCalendar = STANDARD,
    calendars: Mapping[str, WorkCalendar] | None = None,
    begin: datetime = datetime(2026, 1, 5, tzinfo=UTC),
) -> Model:
    """The model of a workflow, or of a process with its members (`workflows`, by id).

    Raises `SimulationError` that says what is missing and what to write.
    """
    definition = program.definition
    if arrivals is None:
        raise SimulationError(
            f"nothing says how many cases of {definition.title} arrive", 'say it, such as --arrivals "12 per week"'
        )
    known = {**(calendars or {}), "standard": calendar}
    known = {"standard": calendar, **known}
    staff = Staff(directory, figures, known, "standard")
    building = Building(
        Nodes(), figures, staff, workflows or {}, working_seconds(calendar), "standard", calendar, {}, []
    )
    if isinstance(definition, Process):
        entry, begins = _process(building, program, definition), None
    else:
        graph = Graph(building, program, definition.id)
        entry, begins = graph.build(), _begin(program, definition.id) if graph.uses_data else None
    nodes, entries = _simplified(building.nodes.made, [entry])
    return Model(
        nodes=nodes, sources=(Source(name=definition.id, arrivals=arrivals, entry=entries[0],
                                     outcome=definition.outcome, begin=begins),),
        people=staff.people(), calendars=known, begin=begin, order=figures.order, fields=building.fields,
        assumptions=tuple(dict.fromkeys((*building.assumptions, *staff.assumptions))),
    )  # fmt: skip


def working_seconds(calendar: WorkCalendar) -> Callable[[Span], float]:
    """Spans in seconds of the calendar's working time; a day of elapsed time is a seventh of a week's."""
    day = working_day(calendar)
    week = sum(60.0 * (end - start) for hours in calendar.hours for start, end in hours)
    seconds = {
        "business days": day, "business hours": 3600.0, "months": week * 365.25 / 84, "weeks": week, "days": week / 7,
        "hours": 3600.0, "minutes": 60.0, "seconds": 1.0,
    }  # fmt: skip
    return lambda span: float(span.amount) * seconds[span.unit]


def _begin(program: Program, part: str) -> Callable[[Draw], Data]:
    """The data that a case begins with."""

    def begin(draw: Draw) -> Data:
        data = _drawn(program, part, {}, draw)
        calculate(program, data)
        return data

    return begin


def _drawn(program: Program, part: str, carried: Data, draw: Draw) -> Data:
    data = dict(carried)
    for entry in program.start_form:
        if data.get(entry.field) is None:
            data[entry.field] = draw(f"{part}/{entry.field}")
    return data


# --- processes -------------------------------------------------------------------------------------------------------


def _process(building: Building, program: Program, process: Process) -> int:
    place = building.nodes.reserve()
    members: list[Member] = []
    for name, member in process.members.items():
        inside = building.workflows.get(member.use)
        if inside is None or not isinstance(inside.definition, Workflow):
            raise SimulationError(
                f"{process.title} needs the workflow {member.use}, which is not here",
                "name the folder that holds them all",
            )
        graph = Graph(building, inside, name)
        members.append(Member(
            name=name, entry=graph.build(), outcome=inside.definition.outcome, begin=_member_begin(inside, name),
            take=_take(inside, member.take) if member.take else None,
        ))  # fmt: skip
    handoffs = tuple(_handoff(building, program, process, one) for one in process.handoffs)
    return building.nodes.fill(
        place,
        Members(
            members=tuple(members),
            handoffs=handoffs,
            outcome=process.outcome,
            next=END,
            handings=_handings(building.figures, process),
        ),
    )


def _member_begin(program: Program, part: str) -> Callable[[Data, Draw], Data]:
    def begin(carried: Data, draw: Draw) -> Data:
        data = _drawn(program, part, carried, draw)
        calculate(program, data)
        return data

    return begin


def _take(program: Program, take: Mapping[str, str]) -> Callable[[Data, Data], None]:
    def back(data: Data, into: Data) -> None:
        for name, text in take.items():
            into[name] = answer(program, text, data)

    return back


def _handings(figures: Figures, process: Process) -> Mapping[Happening, tuple[tuple[frozenset[str], float], ...]]:
    """What each event hands over together, as a log shows it; handoffs whose share is said are left to that."""
    there = frozenset(one.id for one in process.handoffs if one.id not in figures.happens)
    found: dict[Happening, tuple[tuple[frozenset[str], float], ...]] = {}
    for source, counts in figures.handings.items():
        total = sum(counts.values())
        found[source] = tuple((together & there, count / total) for together, count in sorted(
            counts.items(), key=lambda one: sorted(one[0])))  # fmt: skip
    return found


def _handoff(building: Building, program: Program, process: Process, one: Defined) -> Handoff:
    figures = building.figures
    sources = {source.member for source in one.sources if source.member is not None}
    seen = [building.workflows[process.members[name].use] for name in sources]
    given = figures.happens.get(one.id)
    decide = None
    chance = 1.0 if given is None else given
    if one.when is not None and given is None and not building.figures.handings:
        decide, chance = condition(_eyes(program, seen), one.when), 0.5
        building.assume(f"Where the data does not decide about the handoff {one.id}, it happens in half of the cases.")
    stated = one.usually.get("wait")
    lag = figures.wait.get(one.id) or (Lognormal(building.hours(stated), SPREAD) if stated is not None else None)
    return Handoff(
        id=one.id, sources=tuple((s.member, s.outcome, s.milestone) for s in one.sources), to=one.to,
        outcome=one.end or "", chance=chance, decide=decide, carry=_carry(_eyes(program, seen), one.carry), lag=lag,
        optional=one.optional, again=one.again, at_most=one.at_most, by_chance=given is not None,
    )  # fmt: skip


def _eyes(program: Program, seen: list[Program]) -> Program:
    """The process as its handoffs see it: with the fields of their sources in scope."""
    fields = {name: field for one in seen for name, field in one.definition.fields.items()}
    definition = program.definition
    assert isinstance(definition, Process)
    return Program(replace(definition, fields={**fields, **definition.fields}), program.version, program.library)


def _carry(program: Program, carry: Mapping[str, str]) -> Callable[[Data, Data], Data] | None:
    if not carry:
        return None

    def carried(source: Data, process: Data) -> Data:
        seen = {**process, **source}
        found = {name: answer(program, text, seen) for name, text in carry.items()}
        return {name: value for name, value in found.items() if value is not None}

    return carried


# --- tidying up ------------------------------------------------------------------------------------------------------


def _simplified(nodes: list[Node], entries: list[int]) -> tuple[tuple[Node, ...], list[int]]:
    """Without nodes that only lead on, and without those that nothing leads to."""

    def through(place: int) -> int:
        seen: set[int] = set()
        while place != END and place not in seen:
            node = nodes[place]
            if not isinstance(node, Effect) or node.write or node.milestone or node.cancel or node.against:
                break
            seen.add(place)
            place = node.next
        return place

    kept: dict[int, int] = {}
    waiting = [through(entry) for entry in entries]
    while waiting:
        place = waiting.pop(0)
        if place != END and place not in kept:
            kept[place] = len(kept)
            waiting += [through(one) for one in _leads(nodes[place])]

    def to(place: int) -> int:
        place = through(place)
        return END if place == END else kept[place]

    return tuple(_redirected(nodes[place], to, kept) for place in kept), [to(entry) for entry in entries]


def _leads(node: Node) -> list[int]:
    from procession.analytics.simulation.prepare import successors

    return list(successors(node))


def _redirected(node: Node, to: Callable[[int], int], kept: Mapping[int, int]) -> Node:
    match node:
        case Choice():
            return replace(node, ways=tuple(map(to, node.ways)))
        case Bound():
            return replace(node, back=to(node.back), exhausted=to(node.exhausted))
        case Fork():
            votes = None if node.votes is None else (to(node.votes[0]), to(node.votes[1]))
            outcomes = tuple((name, to(way)) for name, way in node.outcomes)
            return replace(
                node, branches=tuple(map(to, node.branches)), votes=votes, outcomes=outcomes, next=to(node.next)
            )
        case Leave():
            return replace(node, to=to(node.to))
        case Members():
            members = tuple(replace(member, entry=to(member.entry)) for member in node.members)
            return replace(node, members=members, next=to(node.next))
        case Effect():
            return replace(node, cancel=tuple(kept[one] for one in node.cancel if one in kept), next=to(node.next))
        case _ if hasattr(node, "next"):
            changed: Any = node
            barred = (
                {"not_by": tuple(kept[one] for one in changed.not_by if one in kept)} if hasattr(node, "not_by") else {}
            )
            return replace(changed, next=to(changed.next), **barred)
        case _:
            return node
