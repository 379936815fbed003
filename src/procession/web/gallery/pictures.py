"""Charts and diagrams for the gallery, drawn by the product's own functions from invented values."""

from __future__ import annotations

from typing import Any, cast

from procession.drawing import charts
from procession.drawing.flow import draw_flow
from procession.drawing.model import (
    FlowDiagram,
    FlowEdge,
    FlowNode,
    Heat,
    MapContainer,
    MapHandoff,
    MapStep,
    ProcessMap,
)
from procession.drawing.process_map import draw_map


def pareto(width: float) -> str:
    items = [
        ("Access ready handoff", 6.2),
        ("Vendor check", 5.2),
        ("Approve permissions", 4.8),
        ("Approve spend", 3.4),
        ("Check passed handoff", 3.1),
        ("Order and configure", 2.2),
        ("Security review", 1.9),
        ("Choose equipment", 1.7),
        ("All others", 1.6),
    ]
    chosen = items if width > 500 else items[:5]
    return charts.pareto(
        [charts.Bar(label, [days]) for label, days in chosen],
        lambda value: f"{value:g} d",
        "Waiting per case by place: seven of nine places hold 80 % of it, access ready handoff first with 6.2 days",
        vital=7 if width > 500 else 4,
        width=width,
    )


def by_group() -> str:
    bars = [charts.Bar("People ops", [6.1]), charts.Bar("IT support", [4.4]), charts.Bar("Facilities", [2.0])]
    return charts.bars(
        bars, lambda value: f"{value:g} d", "Waiting by group: People ops longest with 6.1 days", width=268
    )


def where_time_goes() -> str:
    rows = [
        ("Background check", (0.4, 7.6, 0.9)),
        ("Access setup", (0.9, 4.6, 1.4)),
        ("Equipment", (1.8, 4.9, 0.2)),
        ("Offer and contract", (0.8, 1.9, 0.5)),
        ("First week", (3.1, 1.9, 0.0)),
    ]
    series = [("working", "c2"), ("waiting", "c3"), ("rework", "c4")]
    return charts.stacked(
        [charts.Bar(name, values) for name, values in rows],
        series,
        lambda value: f"{value:.1f} d",
        "Where time goes per case: background check takes 8.9 days, most of it waiting",
        width=520,
    )


def trend() -> str:
    weeks = (
        "3 Aug",
        "10 Aug",
        "17 Aug",
        "24 Aug",
        "31 Aug",
        "7 Sep",
        "14 Sep",
        "21 Sep",
        "28 Sep",
        "5 Oct",
        "12 Oct",
        "19 Oct",
    )
    medians = (19.6, 20.2, 18.8, 21.4, 20.6, 20.0, 17.2, 15.1, 14.4, 13.2, 13.6, 12.4)
    return charts.line(
        [charts.Point(week, value, value * 1.45) for week, value in zip(weeks, medians, strict=True)],
        lambda value: f"{value:g} d",
        "Time to finish by week started: the median fell from 20 to 12.4 days",
        mark=(6, "Change starts, 14 Sep"),
    )


def spark() -> str:
    return charts.sparkline((20, 19, 21, 20, 18, 16, 15, 13, 12.4), "falling from 20 to 12.4 days")


# id, title, who, kind, state
STEPS = (
    ("capture", "Capture invoice", "AP clerk · same day", "task", "done"),
    ("match", "Match purchase order", "Automatic", "automate", "done"),
    ("fix", "Fix mismatch", "AP clerk · 1 business day", "task", "skipped"),
    ("manager", "Manager approval", "Cost-centre owner · 1 business day", "approval", "late"),
    ("pay", "Schedule payment", "Treasury · 1 business day", "task", "none"),
)
ARROWS = (
    ("start", "capture", ""),
    ("capture", "match", ""),
    ("match", "fix", "no match"),
    ("match", "manager", "$500 or more"),
    ("match", "pay", "under $500"),
    ("manager", "pay", "approve"),
    ("pay", "end", ""),
)


def flow(*, running: bool = True) -> str:
    """A workflow; with a case in it when it is running."""
    nodes: list[FlowNode] = [FlowNode(id="start", title="", kind="start", state="done" if running else "none")]
    for number, (name, title, who, kind, state) in enumerate(STEPS, 1):
        more: dict[str, Any] = {"state": state, "badge": "2 d late" if state == "late" else ""} if running else {}
        href = f"/dev/ui/workflow?step={name}"
        nodes.append(FlowNode(id=name, title=title, subtitle=who, kind=kind, number=str(number), href=href, **more))
    nodes.append(FlowNode(id="end", title="approved", kind="end"))
    arrows = [FlowEdge(id=f"{a}-{b}", source=a, target=b, label=label) for a, b, label in ARROWS]
    arrows.append(FlowEdge(id="again", source="fix", target="match", back=True))
    return draw_flow(FlowDiagram(title="Vendor invoice approval", nodes=tuple(nodes), edges=tuple(arrows)))


# id, title, team, open cases, waiting, heat, steps: (title, who and work, waiting, heat)
WORKFLOWS: tuple[tuple[Any, ...], ...] = (
    ("offer", "Offer and contract", "People", 6, "14 h", 1, (
        ("Record accepted offer", "Recruiter · 10 min", "2 h", 0),
        ("Draft contract", "People ops · 25 min", "12 h", 1),
        ("Approve contract", "Hiring manager · 8 min", "1.1 d", 2),
        ("Send for signature", "Automatic", "1 h", 0),
    )),
    ("check", "Background check", "People, vendor", 11, "5.4 d", 5, (
        ("Request consent", "New hire (guest) · 6 min", "19 h", 2),
        ("Vendor check", "Checkright (guest) · 1 h", "6.2 d", 5),
        ("Review result", "People ops · 15 min", "22 h", 2),
    )),
    ("equipment", "Equipment", "IT", 9, "2.6 d", 3, (
        ("Choose equipment", "Hiring manager · 5 min", "1.7 d", 3),
        ("Approve spend", "Finance · 4 min", "3.4 d", 4),
        ("Order and configure", "IT support · 1.5 h", "2.2 d", 3),
        ("Deliver to desk", "Facilities · 20 min", "17 h", 1),
    )),
    ("access", "Access setup", "IT security", 14, "3.8 d", 4, (
        ("Create accounts", "IT support · 20 min", "10 h", 1),
        ("Approve permissions", "Hiring manager · 6 min", "4.8 d", 4),
        ("Security review", "Security · 30 min", "1.9 d", 3),
    )),
    ("week", "First week", "People", 5, "7 h", 1, (
        ("Assign buddy", "Hiring manager · 3 min", "7 h", 1),
        ("Training plan", "Team lead · 40 min", "14 h", 1),
        ("30-day check-in", "People ops · 30 min", "5 h", 0),
    )),
)  # fmt: skip
HANDOFFS = (
    ("offer", "check", "10 h", 1, 42.0),
    ("offer", "equipment", "1.6 d", 3, 42.0),
    ("check", "access", "3.1 d", 4, 36.0),
    ("equipment", "access", "1.2 d", 2, 36.0),
    ("access", "week", "5.2 d", 5, 36.0),
    ("equipment", "week", "19 h", 2, 36.0),
)


def process_map() -> str:
    """A process coloured by waiting."""
    containers: list[MapContainer] = []
    for name, title, team, count, pill, heat, steps in WORKFLOWS:
        drawn = tuple(
            MapStep(
                id=str(place),
                title=step,
                subtitle=who,
                pill=wait,
                heat=cast("Heat", warm),
                href=f"/dev/ui/map?step={name}.{place}",
                selected=step == "Approve permissions",
                next=(str(place + 1),) if place + 1 < len(steps) else (),
            )
            for place, (step, who, wait, warm) in enumerate(steps)
        )
        containers.append(
            MapContainer(id=name, title=title, team=team, open_count=count, pill=pill, heat=heat, steps=drawn)
        )
    handoffs = tuple(
        MapHandoff(id=f"{a}-{b}", source=a, target=b, pill=pill, heat=cast("Heat", heat), cases_per_month=cases)
        for a, b, pill, heat, cases in HANDOFFS
    )
    return draw_map(ProcessMap(title="New-hire onboarding", containers=tuple(containers), handoffs=handoffs))
