"""The sections of the page that say whose problem it is, what to look at first, and what is wasted."""

from __future__ import annotations

from collections.abc import Sequence

from procession.analytics.log_diagnosis import SHARES, LogDiagnosis, Rate, cases_behind, hours_per_week
from procession.analytics.log_diagnosis.places import PlaceFinding
from procession.analytics.waste import Finding
from procession.analytics.words import elapsed, number, percent, spell
from procession.drawing import charts
from procession.drawing.svg import element, words
from procession.interchange.log_report import told
from procession.interchange.log_report.parts import SHOWN, figure, hours, legend, more, said, series, table

CHANGED = 10
"""Steps made instant that are shown."""
FIRST_NAMED = 5
MOST_NAMED = 1_000
"""Cases behind a finding that are named at once, and that can be unfolded."""


def verdict(found: LogDiagnosis) -> list[str]:
    judged = found.judgement
    first, *rest = judged.sentences
    parts = [element("p", {"class": "lead"}, words(first)), *said(*rest)]
    if found.wrong_fix is not None:
        parts += said(found.wrong_fix.sentence)
    if judged.verdict.evidence:
        day = judged.verdict.measured.day
        rows = [(one.cost.title, one.cost.site.kind, spell(one.seconds, day), percent(one.share))
                for one in judged.verdict.evidence[:SHOWN]]  # fmt: skip
        parts += [
            element("h3", {}, "What it rests on"),
            table(("slow place", "kind", "lost by a case", "of what is lost"), rows, left=2),
        ]
    mark = "mark" if found.made_of.is_estimated or found.made_of.kind is None else None
    return [*parts, element("p", {"class": mark}, words(found.made_of.sentence)), *said(told.rests_on(found))]


def first(found: LogDiagnosis, rate: Rate) -> list[str]:
    """The findings, and the Pareto chart they come from."""
    items = [
        _finding(found, one, estimated=one.estimated, note=rate.told(hours_per_week(found, one)))
        for one in found.findings
    ]
    parts = [_list(items)] if items else said("No step or handoff stands out.")
    shown = found.pareto.items[:CHANGED]
    if len(shown) > 1:
        bars = [charts.Bar(one.title, [one.excess / 3600]) for one in shown]
        parts.append(figure(charts.pareto(
            bars, lambda value: f"{number(value)} h", "Time lost by a case, by place, and the running share.",
            vital=found.pareto.vital or 0, width=760,
        )))  # fmt: skip
        parts += said(more(len(found.pareto.items), "place", CHANGED))
    return [*parts, *said(told.few(found), told.stable(found), rate.sentence if found.findings else "")]


def wasted(found: LogDiagnosis, rate: Rate) -> list[str]:
    waste = found.waste
    items = [
        _finding(
            found,
            one,
            note=f"{_measured(one.measures, one.estimate, one.low, one.high)} {told.without(one)} "
            f"{rate.told(one.hours_per_week)}",
        )
        for one in waste.findings
    ]
    parts = [_list(items)] if items else []
    if not items:
        parts += said(told.nothing_wasted(waste))
    elif waste.tested:
        parts += said(
            f"{waste.tested} places were looked at; of what is reported at most one in twenty is there by chance."
        )
    return [*parts, *said(waste.lacking, rate.sentence if waste.findings else "")]


def _measured(what: str, estimate: float, low: float, high: float) -> str:
    return f"{what[:1].upper()}{what[1:]}: {estimate:.3g} (95 % interval {low:.3g} to {high:.3g})."


def path(found: LogDiagnosis) -> list[str]:
    parts = said(*told.path(found))
    paths = found.paths
    if paths.parts:
        bars = [charts.Bar(one.part, hours(one.parts, found.figures.cases, found)) for one in paths.parts[:SHOWN]]
        label = f"Time of a case along its critical path, by {found.made_of.kind}: {', '.join(SHARES)}."
        parts += [
            figure(charts.stacked(bars, series(found), lambda value: elapsed(value * 3.6e9), label, width=760)),
            legend(series(found)),
        ]
    passed = [] if found.is_guessed else [one for one in paths.passings if one.total > 0][:SHOWN]
    if passed:
        rows = [
            (one.source, one.target, f"{one.count:,}", elapsed(one.total / one.count), percent(one.share))
            for one in passed
        ]
        parts.append(table(("from", "to", "times", "lies each time", "of all time"), rows, left=2))
    return parts


def instant(found: LogDiagnosis) -> list[str]:
    shown = found.instants[:CHANGED]
    if not shown:
        return said("No step takes any time.")
    bars = [
        charts.Bar(one.step, [one.work.mean / 3600, max(0.0, one.whole.mean - one.work.mean) / 3600]) for one in shown
    ]
    meant = (("its work alone", "c2"), ("its wait as well", "c3"))
    rows = [
        (one.step, _bounds(one.work_least.mean, one.work.mean), told.saving(one.whole), percent(one.unchanged))
        for one in shown
    ]
    return [
        *said(*(told.instant(one) for one in shown[:3])),
        figure(charts.stacked(bars, meant, lambda value: elapsed(value * 3.6e9), "How much sooner a case would end, by step.",
                              width=760)),
        legend(meant),
        table(("step", "its work alone", "its wait as well (95 % interval)", "cases it does not help"), rows),
        *said(more(len(found.instants), "step", CHANGED), "Finished cases are played again along what each really waited for. "
              "Queues that would move elsewhere are not played."),
    ]  # fmt: skip


def _bounds(least: float, most: float) -> str:
    return elapsed(1e6 * most) if most - least < 1 else f"{elapsed(1e6 * least)} to {elapsed(1e6 * most)}"


def _list(items: Sequence[str]) -> str:
    return element("ol", {"class": "findings"}, *items)


def _finding(found: LogDiagnosis, one: PlaceFinding | Finding, *, estimated: bool = False, note: str = "") -> str:
    """The sentence, what it rests on, and the cases behind it: all of them to unfold, as many as fit a page."""
    marks = [element("small", {}, words(text)) for text in ("Estimated." if estimated else "", note) if text]
    names = cases_behind(found, one)
    if len(names) <= told.SHOWN_CASES:
        marks.append(element("small", {}, words(told.behind(found, one))))
    else:
        more = f", and {len(names) - MOST_NAMED:,} more, which --json lists" if len(names) > MOST_NAMED else ""
        listed = words(", ".join(names[:MOST_NAMED]) + more + ".")
        marks.append(
            f"<details><summary>{words(told.behind(found, one, FIRST_NAMED))}</summary><small>{listed}</small></details>"
        )
    return element("li", {}, words(one.sentence), *(f" {text}" for text in marks if text))
