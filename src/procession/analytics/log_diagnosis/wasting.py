"""What is wasted in a log: the finders of waste, as far as a log of another program can answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from procession.analytics.log_diagnosis.evidence import Evidence
from procession.analytics.waiting.decompose import Decomposition
from procession.analytics.waste import FINDERS, Finding, Material, find_waste
from procession.analytics.words import listed

FEWEST_CASES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """Findings, and what could not be looked for."""

    findings: tuple[Finding, ...]
    """Most hours first."""
    tested: int
    """Places looked at; of what is reported at most one in twenty is there by chance."""
    silent: tuple[str, ...]
    """Kinds of waste about which the log says nothing."""
    lacking: str
    """What could not be looked for and what a log would have to record, in a sentence; empty where nothing."""


def waste_of(causes: Decomposition, known: Evidence) -> Waste:
    """Let every finder look at a log."""
    cases = causes.table.cases
    if cases < FEWEST_CASES:
        return Waste(
            findings=(), tested=0, silent=(), lacking=f"Waste needs {FEWEST_CASES} cases; there {_are(cases)}."
        )
    report = find_waste(Material(causes=causes, decisions=known.decisions, sent=known.sent))
    return Waste(
        findings=report.findings, tested=report.tested, silent=report.silent, lacking=_lacking(report.silent, known)
    )


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"


def _lacking(silent: tuple[str, ...], known: Evidence) -> str:
    needs: dict[str, list[str]] = {}
    for one in FINDERS:
        if one.name in silent and one.needs:
            needs.setdefault(_why(one.needs, known), []).append(one.name)
    if not needs:
        return ""
    return "Not looked for: " + "; ".join(
        f"{listed(names)} ({need})" for need, names in needs.items()
    ) + "."  # fmt: skip


def _why(need: str, known: Evidence) -> str:
    """Why a finder could not run on this log, or found nothing to look at."""
    if need in known.why:
        return known.why[need]
    if need.startswith("what was decided") or need == "what was sent":
        return "it happens too seldom in the log"
    return f"the log does not say {need}"
