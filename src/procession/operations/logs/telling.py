"""From a table of instances to what is told of it: the figures as JSON holds them, and the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from procession.analytics.instances import InstanceTable
from procession.analytics.log_diagnosis import SHARES, LogDiagnosis, diagnose
from procession.analytics.log_measures.figures import LogFigures
from procession.analytics.waste import Finding
from procession.interchange.event_log.report import Progress
from procession.interchange.log_report import sentences
from procession.interchange.log_report import told as in_words
from procession.operations.logs.picture import picture_of
from procession.operations.logs.views import (
    FilterChoices,
    FindingInLog,
    LogDiagnosisView,
    LogFiguresView,
    LostAt,
    PlaceInLog,
    VerdictOfLog,
)

MOST: Final = 500
"""Entries of a list."""
MOST_VALUES: Final = 50
"""Different values of a field that one is chosen from."""


def told(
    whole: InstanceTable,
    some: InstanceTable,
    zone: ZoneInfo,
    outside: Sequence[str],
    *,
    people: bool,
    progress: Progress | None = None,
) -> tuple[dict[str, Any], str]:
    """What some cases of a log say. Figures of single people only where that is asked for."""
    if progress is not None:
        progress("diagnosing", 0.3)
    found = diagnose(some, zone, outside, progress and _within(progress))
    if progress is not None:
        progress("drawing", 0.95)
    view = LogDiagnosisView(
        figures=_figures(found.figures, people=people), cycle=found.cycle,
        shares={part: found.share(part) for part in SHARES}, parts=dict(zip(SHARES, found.parts, strict=True)),
        bounds=dict(zip(SHARES, found.bounds, strict=True)), causes=found.causes, efficiency=found.efficiency,
        places=tuple(
            PlaceInLog(
                step=one.step, visits=one.visits, total=one.total, share=one.share, cause=one.cause,
                parts=dict(zip(SHARES, one.parts, strict=True)), estimated=one.estimated, sentence=sentences.place(one),
            )
            for one in found.places[:MOST]
        ),
        hours_discovered=found.hours_discovered,
        sentences=(sentences.headline(found.figures), sentences.cycle(found.figures), sentences.connections(found),
                   sentences.little(found.figures.little)),
        verdict=VerdictOfLog(
            kind=found.judgement.verdict.kind, sentences=found.judgement.sentences,
            confidence=found.judgement.verdict.confidence, cases=found.judgement.verdict.cases, made_of=found.made_of.sentence,
            wrong_fix=found.wrong_fix.sentence if found.wrong_fix is not None else None,
        ),
        findings=tuple(
            FindingInLog(kind=one.kind, sentence=one.sentence, measured="", estimated=one.estimated, cases=one.cases)
            for one in found.findings
        ),
        lost=tuple(
            LostAt(title=one.title, lost=one.excess, share=one.share, cumulative=one.cumulative, low=one.low, high=one.high)
            for one in found.pareto.items[:MOST]
        ),
        vital=found.pareto.vital, lost_sentences=tuple(filter(None, (in_words.few(found), in_words.stable(found)))),
        wasted=tuple(_wasted(one) for one in found.waste.findings), wasted_sentences=_of_waste(found),
        instants=tuple(in_words.instant(one) for one in found.instants[:5]), day=found.day,
        evidence=sentences.evidence(found), choices=_choices(whole),
    )  # fmt: skip
    plain = TypeAdapter(LogDiagnosisView).dump_python(view, mode="json")
    return plain, picture_of(some, found.figures)


def _within(progress: Progress) -> Progress:
    """Tells the part of the work that is between reading and drawing."""

    def tell(doing: str, share: float) -> None:
        progress(doing if share < 1 else "drawing", 0.3 + 0.65 * share)

    return tell


def _wasted(one: Finding) -> FindingInLog:
    what = f"{one.measures[:1].upper()}{one.measures[1:]}"
    measured = f"{what}: {one.estimate:.3g} (95 % interval {one.low:.3g} to {one.high:.3g}). {in_words.without(one)}"
    return FindingInLog(
        kind=one.waste, sentence=one.sentence, measured=measured.strip(), estimated=False, cases=one.cases
    )


def _of_waste(found: LogDiagnosis) -> tuple[str, ...]:
    tested = (
        f"{found.waste.tested} places were looked at; of what is reported at most one in twenty is there by chance."
        if found.waste.findings
        else in_words.nothing_wasted(found.waste)
    )
    return tuple(filter(None, (tested, found.waste.lacking, in_words.rests_on(found))))


def _figures(of: LogFigures, *, people: bool) -> LogFiguresView:
    return LogFiguresView(
        cases=of.cases, instances=of.instances, begin=of.begin, end=of.end, cycle=of.cycle, mean_cycle=of.mean_cycle,
        steps=of.steps[:MOST], step_count=len(of.steps), follows=of.follows[:MOST], follows_count=len(of.follows),
        variants=of.variants[:MOST], variant_count=of.variant_count, people=of.people[:MOST] if people else (),
        groups=of.groups[:MOST], departments=of.departments[:MOST],
        handovers_people=of.handovers_people[:MOST] if people else (), handovers_groups=of.handovers_groups[:MOST],
        handovers_departments=of.handovers_departments[:MOST], buckets=of.buckets, bucket_days=of.bucket_days,
        little=of.little, estimated_starts=of.estimated_starts,
    )  # fmt: skip


def _choices(table: InstanceTable) -> FilterChoices:
    fields: dict[str, tuple[str, ...]] = {}
    for name, values in table.case_traits.items():
        different = sorted({str(one) for one in values if one is not None})
        if 1 < len(different) <= MOST_VALUES:
            fields[name] = tuple(different)
    versions = fields.pop("version", ())
    return FilterChoices(
        departments=tuple(table.department_names[:MOST]),
        workflows=tuple(table.workflow_names[:MOST]),
        versions=versions,
        fields=_limited(fields),
    )


def _limited(fields: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return dict(sorted(fields.items())[:MOST_VALUES])
