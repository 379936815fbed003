"""From a table of instances to what is told of it: the figures as JSON holds them, and the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from pydantic import TypeAdapter

from procession.analytics.instances import InstanceTable
from procession.analytics.log_diagnosis import SHARES, LogDiagnosis, Rate, hours_per_week
from procession.analytics.log_measures.figures import LogFigures
from procession.analytics.waste import Finding
from procession.interchange.event_log.report import Report, RowError
from procession.interchange.log_cases import finding_ids
from procession.interchange.log_report import checked, sentences
from procession.interchange.log_report import told as in_words
from procession.operations.logs.views import (
    ChecksOfLog,
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


def told(whole: InstanceTable, found: LogDiagnosis, *, people: bool, rate: Rate) -> dict[str, Any]:
    """What some cases of a log say. Figures of single people only where that is asked for."""
    ids = finding_ids(found)
    places = len(found.findings)
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
            FindingInLog(
                id=id_, kind=one.kind, sentence=one.sentence, measured="", estimated=one.estimated, cases=one.cases,
                case_count=one.case_count, hours_per_week=hours_per_week(found, one), money=rate.told(hours_per_week(found, one)),
            )
            for id_, one in zip(ids[:places], found.findings, strict=True)
        ),
        lost=tuple(
            LostAt(title=one.title, lost=one.excess, share=one.share, cumulative=one.cumulative, low=one.low, high=one.high)
            for one in found.pareto.items[:MOST]
        ),
        vital=found.pareto.vital, lost_sentences=tuple(filter(None, (in_words.few(found), in_words.stable(found)))),
        wasted=tuple(
            _wasted(id_, one, rate, estimated=found.is_guessed)
            for id_, one in zip(ids[places:], found.waste.findings, strict=True)
        ),
        wasted_sentences=_of_waste(found),
        instants=tuple(in_words.instant(one) for one in found.instants[:5]), day=found.day,
        money=rate.sentence, checks=ChecksOfLog(
            sentences=tuple(checked.sentences(found)), desks=tuple(checked.desks(found)), steps=tuple(checked.steps(found)),
        ),
        evidence=sentences.evidence(found), choices=_choices(whole),
    )  # fmt: skip
    return TypeAdapter(LogDiagnosisView).dump_python(view, mode="json")


def report_of(name: str, kept: Mapping[str, Any]) -> Report:
    """The account of an import, as it was kept."""
    known = {one.name for one in fields(Report)}
    errors = [RowError(one["row"], one["reason"]) for one in kept["errors"]]
    return Report(
        name=name, errors=errors, **{key: kept[key] for key in known & set(kept) if key not in ("name", "errors")}
    )


def _wasted(id_: str, one: Finding, rate: Rate, *, estimated: bool) -> FindingInLog:
    what = f"{one.measures[:1].upper()}{one.measures[1:]}"
    measured = f"{what}: {one.estimate:.3g} (95 % interval {one.low:.3g} to {one.high:.3g}). {in_words.without(one)}"
    return FindingInLog(
        id=id_,
        case_count=one.case_count,
        kind=one.waste,
        sentence=one.sentence,
        measured=measured.strip(),
        estimated=estimated,
        hours_per_week=one.hours_per_week,
        money=rate.told(one.hours_per_week),
        cases=one.cases,
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
