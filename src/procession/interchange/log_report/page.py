"""The page of a report."""

from __future__ import annotations

from procession.analytics.log_diagnosis import OF_OTHERS, SHARES, LogDiagnosis, Rate
from procession.analytics.log_measures.figures import Handover, LogFigures
from procession.analytics.words import elapsed, percent
from procession.drawing import charts
from procession.drawing.palette import COLOURS, Theme
from procession.drawing.svg import element, words
from procession.interchange.event_log.report import Report
from procession.interchange.log_report import checked, diagnosed, sentences, told
from procession.interchange.log_report.parts import (
    SERIES,
    SHOWN,
    UNKNOWN,
    figure,
    hours,
    legend,
    more,
    said,
    section,
    series,
    table,
)

LONGEST_VARIANT = 30


def report_page(
    name: str, found: LogDiagnosis, report: Report, *, people: bool = False, rate: Rate | None = None
) -> str:
    """The whole page as HTML. Figures of single people are shown only where that is asked for. `rate` is what an hour is
    taken to cost."""
    figures, rate = found.figures, rate or Rate()
    parts = [
        element("h1", {}, words(name)),
        *said(sentences.headline(figures), sentences.cycle(figures)),
        section("Verdict", *diagnosed.verdict(found)),
        section("What to look at first", *diagnosed.first(found, rate)),
        section("What is wasted", *diagnosed.wasted(found, rate)),
        section("Where the time goes", *_split(found)),
        section("The critical path", *diagnosed.path(found)),
        section("If a step took no time", *diagnosed.instant(found)),
        section("The slowest places", *_places(found)),
        section("From step to step", *_follows(figures)),
        section("Variants", *_variants(figures)),
        section("Done again", *_again(figures)),
        section("Who hands over to whom", *_handovers(figures, people=people)),
        section("Arrivals and open cases", *_flow(figures)),
        section("Whether the figures hold", *_checked(found)),
        section("What was read", *_imported(report)),
        section("How this was counted", *_method(found)),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{words(name)}: where its time goes</title><style>{_style()}</style>"
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>\n'


def _split(found: LogDiagnosis) -> list[str]:
    meant = (*SERIES, UNKNOWN) if found.figures.estimated_starts else SERIES
    sure = [100 * low for low, _ in found.bounds]
    values = [*sure, max(0.0, 100 - sum(sure))][: len(meant)]
    shares = ", ".join(f"{sentences.share(found, part)} {part}" for part in SHARES)
    bar = charts.stacked(
        [charts.Bar("All cases", values)], meant, lambda v: f"{v:.0f} %", f"The time of all cases: {shares}.", width=760,
    )  # fmt: skip
    rows = [(part, sentences.MEANING[part], sentences.share(found, part)) for part in SHARES]
    causes = [
        (cause, percent(time / found.cycle if found.cycle else 0), elapsed(time))
        for cause, time in found.causes.items()
    ]
    mark = sentences.evidence(found)
    return [
        figure(bar), legend(meant),
        *([element("p", {"class": "mark"}, words(mark))] if mark else []),
        table(("time", "which is", "share"), rows, left=2),
        *said(sentences.connections(found), OF_OTHERS),
        *([element("h3", {}, "Why it waits"), table(("cause", "share", "all cases"), causes)]
          if causes and not found.is_guessed else []),
        *said(told.lay(found)),
    ]  # fmt: skip


def _places(found: LogDiagnosis) -> list[str]:
    shown = found.places[:SHOWN]
    items = [charts.Bar(one.step, hours(one.parts, one.visits, found)) for one in shown]
    label = "Time of a visit to the slowest places, by what it is."
    chart = charts.stacked(items, series(found), lambda v: elapsed(v * 3.6e9), label, width=760)
    return [
        "<ol>" + "".join(f"<li>{words(sentences.place(one))}</li>" for one in shown[:5]) + "</ol>",
        figure(chart), legend(series(found)), *said(more(len(found.places), "place")),
    ]  # fmt: skip


def _follows(figures: LogFigures) -> list[str]:
    rows = [
        (one.before, one.step, f"{one.count:,}", f"{one.cases:,}", sentences.spread(one.between),
         "–" if one.between.p90 is None else elapsed(one.between.p90), elapsed(one.total))
        for one in sorted(figures.follows, key=lambda one: (-one.total, one.before, one.step))[:SHOWN]
    ]  # fmt: skip
    if not rows:
        return said("No case has a second step.")
    head = ("from", "to", "times", "cases", "half within", "90 of 100 within", "all")
    return [table(head, rows, left=2), *said(more(len(figures.follows), "transition"))]


def _variants(figures: LogFigures) -> list[str]:
    rows = [
        (" → ".join((*one.steps[:LONGEST_VARIANT], *(["…"] if len(one.steps) > LONGEST_VARIANT else []))),
         f"{one.cases:,}", percent(one.share), sentences.spread(one.cycle))
        for one in figures.variants[:SHOWN]
    ]  # fmt: skip
    told = f"There {'is one way' if figures.variant_count == 1 else f'are {figures.variant_count:,} ways'} through the steps."
    return [*said(told), table(("steps", "cases", "share", "half within"), rows)]


def _again(figures: LogFigures) -> list[str]:
    rows = [
        (one.step, f"{one.again_cases:,}", percent(one.again_cases / one.cases), f"{one.again:,}",
         elapsed(one.again_work) if one.is_sure else f"at most {elapsed(one.again_work)}")
        for one in sorted(figures.steps, key=lambda one: (-one.again, one.step)) if one.again
    ]  # fmt: skip
    if not rows:
        return said("No step was done twice in a case.")
    return [
        table(("step", "cases", "of its cases", "times again", "work of those"), rows[:SHOWN]),
        *said(more(len(rows), "step")),
    ]


def _handovers(figures: LogFigures, *, people: bool) -> list[str]:
    kinds: list[tuple[str, tuple[Handover, ...]]] = [
        ("Departments", figures.handovers_departments),
        ("Groups", figures.handovers_groups),
    ]
    if people:
        kinds.append(("People", figures.handovers_people))
    parts: list[str] = []
    for title, found in kinds:
        if found:
            rows = [(one.giver, one.taker, f"{one.count:,}", sentences.spread(one.between), elapsed(one.total))
                    for one in sorted(found, key=lambda one: (-one.total, one.giver, one.taker))[:SHOWN]]  # fmt: skip
            parts += [element("h3", {}, title), table(("from", "to", "times", "half within", "all"), rows, left=2)]
            parts += said(more(len(found), "pair"))
    if not parts:
        many = len(figures.handovers_people)
        parts += said(f"The log names no departments or groups; work passed between {sentences.counted(many, 'pair')} of "
                           "people, who are not shown one by one.")  # fmt: skip
    return parts


def _flow(figures: LogFigures) -> list[str]:
    named = "day" if figures.bucket_days == 1 else "week"
    points = [charts.Point(sentences.day(one.begin), one.open) for one in figures.buckets]
    parts: list[str] = []
    if len(points) > 1:
        chart = charts.line(
            points, lambda v: f"{v:.0f}" if v >= 10 else f"{v:.1f}", f"Open cases on average, by {named}.", width=760
        )
        arrivals = sum(one.arrivals for one in figures.buckets) / len(figures.buckets)
        parts += [figure(chart), *said(f"Open cases on average, by {named}; {arrivals:.1f} cases begin in a {named}.")]
    return parts or said("The log is too short to show how many cases are open over time.")


def _checked(found: LogDiagnosis) -> list[str]:
    parts = ["<ul>" + "".join(f"<li>{words(text)}</li>" for text in checked.sentences(found)) + "</ul>"]
    if desks := checked.desks(found):
        parts += [element("h3", {}, "Who works, as queues"), table(checked.DESKS, desks), *said(checked.OF_DESKS)]
    if steps := checked.steps(found):
        parts += [
            element("h3", {}, "How well the time at a step is used"),
            table(checked.STEPS, steps),
            *said(checked.OF_STEPS),
        ]
    return parts


def _imported(report: Report) -> list[str]:
    parts = ["<ul>" + "".join(f"<li>{words(text)}</li>" for text in sentences.imported(report)) + "</ul>"]
    if report.errors:
        rows = [(str(one.row), one.reason) for one in report.errors[:SHOWN]]
        parts += [table(("row", "left out because"), rows, left=2), *said(more(report.error_count, "row"))]
    return parts


def _method(found: LogDiagnosis) -> list[str]:
    hours = "Working hours were read off the log: the hours of the week in which work begins and ends."
    always = "The log shows no working hours: everybody is taken to be always there."
    return [
        *said(
            "Time is counted along what each case really waited for: from its end back to the step that released the last "
            "one, and so on to its beginning. The shares add up to the whole cycle.",
            hours if found.hours_discovered else always,
            "What lies behind busy people or closed hours counts as that, so a cause says what it explains, not what removing "
            "it would save. All spans are by the clock unless they say working.",
        )
    ]


def _style() -> str:
    plain = "bg surface line line-2 text text-2 text-3 warn warn-bg".split()
    used = (*plain, *(colour for _, colour in SERIES))
    light, dark = ("".join(f"--{one}:{COLOURS[one].on(theme)};" for one in used) for theme in _THEMES)
    swatches = "".join(f".{colour}{{background:var(--{colour})}}" for _, colour in SERIES)
    dark_or_paper = f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}@media print{{:root{{{light}}}}}"
    return f":root{{{light}}}{dark_or_paper}{swatches}{_RULES}"


_THEMES: tuple[Theme, Theme] = ("light", "dark")
_RULES = """
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 Inter,system-ui,sans-serif}
main{max-width:820px;margin:0 auto;padding:24px 20px 48px}
h1{font-size:24px;line-height:1.3;margin:0 0 8px;overflow-wrap:anywhere}h2{font-size:17px;line-height:1.3;margin:0 0 10px}
h3{font-size:14px;margin:16px 0 6px}
section{background:var(--surface);border:1px solid var(--line-2);border-radius:10px;padding:14px 16px;margin:16px 0}
p{margin:0 0 8px;max-width:70ch}figure{margin:0 0 8px}svg.chart{display:block;width:100%;height:auto}
.mark{background:var(--warn-bg);color:var(--warn);border-radius:6px;padding:8px 10px}
.lead{font-size:16px}.findings li{margin:0 0 8px;max-width:76ch}small{color:var(--text-3);font-size:12px}
summary{color:var(--text-3);font-size:12px;cursor:pointer}details small{overflow-wrap:anywhere}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 14px;padding:0;margin:0 0 12px;color:var(--text-2);font-size:12px}
.legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
.wide{overflow-x:auto;margin:0 0 10px}table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;vertical-align:top;padding:5px 8px;border-bottom:1px solid var(--line);overflow-wrap:break-word}
td:not(.n){min-width:8em}
th{color:var(--text-3);font-weight:500}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
@media print{body{background:none}main{max-width:none;padding:0}
section{break-inside:avoid;border:0;padding:0}.wide{overflow:visible}}
"""
