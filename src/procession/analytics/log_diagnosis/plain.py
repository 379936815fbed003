"""The diagnosis as plain values for JSON: what a program reads, with the sentences that people read."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, Final

from procession.analytics.log_diagnosis.dividing import SHARES
from procession.analytics.log_diagnosis.judging import Judgement
from procession.analytics.log_diagnosis.money import Rate
from procession.analytics.log_diagnosis.places import PlaceFinding
from procession.analytics.log_diagnosis.whole import LogDiagnosis, cases_behind, hours_per_week
from procession.analytics.pareto import Pareto
from procession.analytics.waste import Finding

OF_PEOPLE: Final = ("people", "handovers_people")
"""Figures of single people: only where they are asked for."""


def as_plain(found: LogDiagnosis, *, people: bool = False, rate: Rate | None = None) -> dict[str, Any]:
    """Times are microseconds by the clock, except where a name ends in `_seconds`: those are seconds of working time a
    case; and below `instant`, where they are seconds by the clock a case."""
    rate = rate or Rate()
    figures = {name: value for name, value in asdict(found.figures).items() if people or name not in OF_PEOPLE}
    return {
        "figures": figures,
        "cycle": found.cycle,
        "parts": found.parts,
        "shares": {part: found.share(part) for part in SHARES},
        "bounds": dict(zip(SHARES, found.bounds, strict=True)),
        "causes": found.causes,
        "lay_behind_work": found.lay,
        "efficiency": found.efficiency,
        "places": [asdict(one) for one in found.places],
        "hours_discovered": found.hours_discovered,
        "working_day_seconds": found.day,
        "made_of": {"kind": found.made_of.kind, "names": found.made_of.names, "sentence": found.made_of.sentence,
                    "estimated": found.made_of.is_estimated},
        "verdict": _verdict(found.judgement),
        "wrong_fix": None if found.wrong_fix is None else {
            "what": found.wrong_fix.what, "gain": found.wrong_fix.gain, "sentence": found.wrong_fix.sentence,
        },
        "findings": [_finding(one, found, rate) for one in found.findings],
        "pareto": _pareto(found.pareto),
        "critical_path": asdict(found.paths),
        "instant": [asdict(one) for one in found.instants],
        "waste": {
            "findings": [_waste(one, found, rate) for one in found.waste.findings],
            "tested": found.waste.tested, "silent": found.waste.silent, "lacking": found.waste.lacking,
        },
        "money": {"rate": float(rate.amount), "stated": rate.stated, "assumption": rate.sentence},
        "checks": _checks(found),
        "sampled_cases": found.sampled,
        "judged_steps": found.judged_steps,
    }  # fmt: skip


def _verdict(found: Judgement) -> dict[str, Any]:
    verdict, words = found.verdict, found.words
    return {
        "kind": verdict.kind,
        "leaning": verdict.leaning,
        "confidence": verdict.confidence,
        "cases": verdict.cases,
        "effect": verdict.effect,
        "lost_seconds": verdict.lost,
        "cycle_seconds": verdict.cycle,
        "top_part": verdict.top_part,
        "top_share": verdict.top_share,
        "handoff_share": verdict.handoff_share,
        "departments": verdict.departments,
        "evidence": [
            {"place": one.cost.title, "kind": one.cost.site.kind, "part": one.cost.site.part, "lost_seconds": one.seconds,
             "share": one.share} for one in verdict.evidence
        ],
        "missing": verdict.missing,
        "estimated": verdict.measured.estimated,
        "subject": words.subject, "number": words.number, "cause": words.cause, "detail": words.detail, "action": words.action,
        "sentences": list(found.sentences),
    }  # fmt: skip


def _pareto(found: Pareto) -> dict[str, Any]:
    return {
        "items": [
            {"place": one.title, "key": one.key, "lost_seconds": one.excess, "share": one.share,
             "cumulative": one.cumulative, "low": one.low, "high": one.high} for one in found.items
        ],
        "vital": found.vital, "gini": found.gini, "stability": found.stability, "removable": found.removable,
    }  # fmt: skip


def _finding(one: PlaceFinding, found: LogDiagnosis, rate: Rate) -> dict[str, Any]:
    plain = {
        name.name: getattr(one, name.name) for name in fields(one) if name.name not in ("place", "all_cases", "behind")
    }
    return {
        **plain,
        "cases": one.all_cases,
        "case_count": one.case_count,
        "sentence": one.sentence,
        **_cost(one, found, rate),
    }


def _waste(one: Finding, found: LogDiagnosis, rate: Rate) -> dict[str, Any]:
    """Every field but the rows, for which all their cases stand."""
    plain = {
        name.name: getattr(one, name.name) for name in fields(one) if name.name not in ("removes", "saved", "behind")
    }
    saved = None if one.saved is None else one.saved._asdict()
    cases = cases_behind(found, one)
    return {**plain, "cases": cases, "saved_hours_per_week": saved, "sentence": one.sentence, **_cost(one, found, rate)}


def _cost(one: PlaceFinding | Finding, found: LogDiagnosis, rate: Rate) -> dict[str, Any]:
    hours = hours_per_week(found, one)
    return {"hours_per_week": hours, "money_per_week": None if hours is None else int(rate.of(hours))}


def _checks(found: LogDiagnosis) -> dict[str, Any]:
    checks = found.checks
    return {
        "little": None if checks.little is None else {**asdict(checks.little), "holds": checks.little.holds},
        "open_cases": checks.open_cases, "open_cases_estimated": True, "median": checks.median,
        "median_with_open": checks.median_with_open,
        "desks": [{**asdict(one), "unstable": one.is_unstable} for one in checks.desks],
        "effectiveness": [{**asdict(one), "overall": one.overall} for one in checks.steps],
    }  # fmt: skip
