"""Waste: one finder a file, all in one list, and one run that keeps what chance does not explain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from procession.analytics.waste import (
    approval_pairs,
    approvals,
    batching,
    chasing,
    errors,
    feedback,
    mail,
    missing,
    pingpong,
    retyped,
    rework,
    silos,
    unconnected,
)
from procession.analytics.waste.finding import Finder, Finding, Report, run
from procession.analytics.waste.material import Material

__all__ = ["FINDERS", "Finder", "Finding", "Material", "Report", "find_waste"]


def _does_not_flow(material: Material) -> Iterator[Finding]:
    yield from retyped.look_across(material)
    yield from missing.look(material)


FINDERS: Final = (
    Finder("unnecessary approval", "Unnecessary approvals", approvals.look, "what was decided"),
    Finder("redundant approval", "Our process has 12 approval steps", approval_pairs.look, "what was decided"),
    Finder("duplicate data entry", "Duplicate data entry", retyped.look, "who gave which value"),
    Finder("e-mail handoff", "Email chains for handoffs", mail.look, "what was sent"),
    Finder("manual status check", "Manual status checking", chasing.look, "who looked at open work"),
    Finder("workflows not connected", "Workflows that don't connect", unconnected.look, "several workflows"),
    Finder("data does not flow", "Data that doesn't flow between systems", _does_not_flow, "who gave which value"),
    Finder("silo", "Departments working in silos", silos.look, "departments"),
    Finder("missing feedback", "Missing feedback loops", feedback.look, "what was decided, and why"),
    Finder(
        "repeated error", "We keep forgetting to attach the compliance form", errors.look, "what was decided, and why"
    ),
    Finder("ping-pong", "Everybody points at somebody else", pingpong.look),
    Finder("rework", "Nothing works the way it should", rework.look),
    Finder("batching", "Approvals take 3 days when they should take 3 hours", batching.look),
)


def find_waste(material: Material) -> Report:
    """Let every finder look at a log."""
    return run(material, FINDERS)
