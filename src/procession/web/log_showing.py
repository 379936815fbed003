"""From what a log says to what its page draws: tiles, charts, tables, the matrix of handovers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup

from procession.analytics.log_measures.figures import Bucket, Handover, Party, Quantiles, StepFigures
from procession.analytics.words import elapsed, percent, spell
from procession.drawing import charts
from procession.operations.logs.views import LogAnswer, LogDiagnosisView, LogFiguresView, PlaceInLog
from procession.web import formats
from procession.web.pages.home import LOOKS

SHOWN: Final = 12
"""Rows of a table; how many there are is said."""
WIDEST: Final = 8
"""Rows and columns of the matrix of handovers."""
SERIES: Final = (("working", "c2"), ("waiting", "c3"), ("handoff", "c1"), ("outside", "c4"), ("closed hours", "c5"))
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "working": ("working", "somebody or something works on it"),
    "waiting": ("waiting", "it is ready, and nobody has begun"),
    "handoff": ("handed over, not begun", "it has passed to somebody else, who has not begun"),
    "outside": ("outside people", "it is with somebody outside"),
    "closed hours": ("nights and weekends", "nights, weekends and absences of whoever does it"),
}


def context_of(answer: LogAnswer) -> dict[str, Any]:
    """Everything that the page of a log shows of its figures."""
    found = answer.diagnosis
    if found is None:
        return {"found": None}
    from procession.interchange.log_report import checked

    figures = found.figures
    return {
        "found": found, "checked": checked, "look": LOOKS[found.verdict.kind], "lost": _lost(found),
        "kpis": _kpis(found), "division": _division(found), "split": _split(found), "causes": _causes(found),
        "places": _places(found.places), "picture": Markup(answer.picture or ""),  # noqa: S704 - our own SVG
        "follows": _follows(figures), "variants": _variants(figures), "steps": _steps(figures.steps),
        "parties": _parties(figures), "matrices": _matrices(figures), "again": _again(figures.steps),
        "flow": _flow(figures.buckets, figures.bucket_days), "shown": SHOWN, "mark": "" if not found.evidence else "estimated",
    }  # fmt: skip


def _lost(found: LogDiagnosisView) -> dict[str, Any] | None:
    """The vital few as a chart with its data."""
    shown = [one for one in found.lost if one.lost > 0][:8]
    if len(shown) < 2:
        return None
    items = [charts.Bar(one.title, [one.lost / 3600]) for one in shown]
    svg = charts.pareto(
        items, lambda hours: spell(hours * 3600, found.day), "Time lost by a case, by place, and the running share.",
        vital=found.vital or 0,
    )  # fmt: skip
    rows = [(one.title, spell(one.lost, found.day), percent(one.share), percent(one.cumulative),
             f"{percent(one.low)} to {percent(one.high)}") for one in shown]  # fmt: skip
    return {"svg": svg, "rows": rows}


def half(of: Quantiles) -> str:
    """A median, or why there is none."""
    return elapsed(of.p50) if of.p50 is not None else f"too few ({of.count})"


def _high(of: Quantiles) -> str:
    return elapsed(of.p90) if of.p90 is not None else formats.MISSING


def _said(found: LogDiagnosisView, part: str) -> str:
    least, most = (percent(one) for one in found.bounds[part])
    return least if least == most else f"{least} to {most}"


def _kpis(found: LogDiagnosisView) -> list[tuple[str, str, str]]:
    figures = found.figures
    cycle = figures.cycle
    low, high = found.efficiency
    work = percent(low) if round(100 * low) == round(100 * high) else f"{percent(low)} to {percent(high)}"
    return [
        ("Cases", formats.number(figures.cases), f"{formats.number(figures.instances)} steps done"),
        ("Half finish within", elapsed(cycle.p50) if cycle.p50 is not None else formats.MISSING,
         cycle.note or f"{elapsed(figures.mean_cycle)} on average"),
        ("90 of 100 finish within", _high(cycle), cycle.note or ""),
        ("Work share of total time", work, "estimated" if found.evidence else ""),
    ]  # fmt: skip


def _division(found: LogDiagnosisView) -> list[tuple[float, str, str]]:
    return [(found.shares[part], WORDS[part][0], colour) for part, colour in SERIES if found.shares[part]]


def _split(found: LogDiagnosisView) -> list[tuple[str, str, str, str]]:
    return [(WORDS[part][0], WORDS[part][1], _said(found, part), elapsed(found.parts[part])) for part, _ in SERIES]


def _causes(found: LogDiagnosisView) -> list[tuple[str, float, str, str]]:
    """Cause, its share of the longest, its share of all time, and the time."""
    most = max(found.causes.values(), default=0)
    return [
        (cause[:1].upper() + cause[1:], time / most, percent(time / found.cycle if found.cycle else 0), elapsed(time))
        for cause, time in found.causes.items()
    ]


def _places(places: Sequence[PlaceInLog]) -> dict[str, Any]:
    shown = places[:SHOWN]
    items = [charts.Bar(one.step, [one.parts[part] / one.visits / 3.6e9 for part, _ in SERIES]) for one in shown]
    svg = charts.stacked(
        items,
        SERIES,
        lambda hours: elapsed(hours * 3.6e9),
        "Time of a visit to the slowest steps, by what it is.",
        width=620,
    )
    rows = [
        (one.step, formats.number(one.visits), percent(one.share), elapsed(one.total / one.visits), one.cause or formats.MISSING,
         percent(one.estimated) if one.estimated else "none")
        for one in shown
    ]  # fmt: skip
    return {"svg": svg, "rows": rows, "first": [one.sentence for one in places[:4]], "more": len(places) - len(shown)}


def _follows(figures: LogFiguresView) -> list[tuple[str, ...]]:
    ordered = sorted(figures.follows, key=lambda one: (-one.total, one.before, one.step))[:SHOWN]
    return [
        (one.before, one.step, formats.number(one.count), formats.number(one.cases), half(one.between), _high(one.between),
         elapsed(one.total))
        for one in ordered
    ]  # fmt: skip


def _variants(figures: LogFiguresView) -> list[tuple[str, str, str, str]]:
    return [
        (" → ".join((*one.steps[:20], *(["…"] if len(one.steps) > 20 else []))), formats.number(one.cases),
         percent(one.share), half(one.cycle))
        for one in figures.variants[:SHOWN]
    ]  # fmt: skip


def _steps(steps: Sequence[StepFigures]) -> list[tuple[str, ...]]:
    return [
        (one.step, formats.number(one.count), formats.number(one.cases), half(one.waiting), half(one.working), half(one.both),
         "" if one.is_sure else "estimated")
        for one in steps[: 2 * SHOWN]
    ]  # fmt: skip


def _parties(figures: LogFiguresView) -> list[tuple[str, str, list[tuple[str, ...]], int]]:
    """By kind: title, the name of one, rows (who, step, times, waiting, working, mark), and how many there are."""
    kinds: list[tuple[str, str, tuple[Party, ...]]] = [
        ("Departments", "Department", figures.departments), ("Groups", "Group", figures.groups),
        ("People", "Person", figures.people),
    ]  # fmt: skip
    found: list[tuple[str, str, list[tuple[str, ...]], int]] = []
    for title, one_of, parties in kinds:
        named = sorted(
            (one for one in parties if one.who), key=lambda one: (-(one.waited + one.worked), one.who, one.step)
        )
        if named:
            rows = [
                (one.who, one.step, formats.number(one.count), half(one.waiting), half(one.working),
                 "" if one.recorded == one.count else "estimated")
                for one in named[:SHOWN]
            ]  # fmt: skip
            found.append((title, one_of, rows, len(named)))
    return found


def _matrices(figures: LogFiguresView) -> list[dict[str, Any]]:
    kinds: list[tuple[str, tuple[Handover, ...]]] = [
        ("Departments", figures.handovers_departments), ("Groups", figures.handovers_groups),
        ("People", figures.handovers_people),
    ]  # fmt: skip
    return [_matrix(title, handovers) for title, handovers in kinds if handovers]


def _matrix(title: str, handovers: Sequence[Handover]) -> dict[str, Any]:
    """From whom to whom: how often, coloured by how long half of the passings take."""
    busy: dict[str, int] = {}
    for one in handovers:
        for who in (one.giver, one.taker):
            busy[who] = busy.get(who, 0) + one.count
    names = sorted(busy, key=lambda who: (-busy[who], who))[:WIDEST]
    by_pair = {(one.giver, one.taker): one for one in handovers}
    longest = max((one.between.p50 or 0 for one in handovers), default=0) or 1
    rows: list[tuple[str, list[tuple[str, str, int] | None]]] = []
    for giver in names:
        cells: list[tuple[str, str, int] | None] = []
        for taker in names:
            one = by_pair.get((giver, taker))
            heat = min(5, int(5.99 * (one.between.p50 or 0) / longest)) if one is not None else 0
            cells.append(None if one is None else (formats.number(one.count), half(one.between), heat))
        rows.append((giver, cells))
    return {"title": title, "names": names, "rows": rows, "more": len(busy) - len(names)}


def _again(steps: Sequence[StepFigures]) -> list[tuple[str, ...]]:
    repeated = sorted((one for one in steps if one.again), key=lambda one: (-one.again, one.step))
    return [
        (one.step, formats.number(one.again_cases), percent(one.again_cases / one.cases), formats.number(one.again),
         elapsed(one.again_work) if one.is_sure else f"at most {elapsed(one.again_work)}")
        for one in repeated[:SHOWN]
    ]  # fmt: skip


def _flow(buckets: Sequence[Bucket], days: int) -> dict[str, Any] | None:
    if len(buckets) < 2:
        return None
    named = "day" if days == 1 else "week"
    points = [charts.Point(formats.day(datetime.fromtimestamp(one.begin / 1e6, UTC)), one.open) for one in buckets]
    rows = [
        (point.label, f"{one.open:.1f}", str(one.arrivals), str(one.ended))
        for point, one in zip(points, buckets, strict=True)
    ]
    svg = charts.line(
        points, lambda value: f"{value:.0f}" if value >= 10 else f"{value:.1f}", f"Open cases by {named}."
    )
    return {"svg": svg, "rows": rows, "named": named}
