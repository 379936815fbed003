"""Ping-pong: work goes from one person to another and straight back, to the step it came from, without a decision.

At least a twentieth of the cases that come to the step (lower Wilson bound) bounce, and the bounces take at least one
hundredth of the cycle. A decision in between is a correction, which the finder of rework counts; machines in between
are looked through; loops that the definition means are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import stats, wilson
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import NO_DECISION, Flags, Ints, Material
from procession.analytics.waste.words import a_week, count, percent

FEWEST_CASES: Final = 30
LEAST: Final = 0.05
LEAST_SHARE: Final = 0.01


def look(material: Material) -> Iterator[Finding]:
    """Every pair of steps between which work bounces."""
    return (one for one, _ in _looked_at(material))


def bouncing(material: Material) -> Ints:
    """The rows with which work came back, of pairs between which it bounces enough to be waste."""
    found = [rows for one, rows in _looked_at(material) if one.holds]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _looked_at(material: Material) -> Iterator[tuple[Finding, Ints]]:
    table = material.table
    back, other = bounces(material)
    if not len(back):
        return
    steps = len(table.step_names)
    pair = material.steps[back] * steps + material.steps[other]
    for code in np.unique(pair).tolist():
        rows, between = back[pair == code], other[pair == code]
        name, with_whom = material.step(code // steps), material.step(code % steps)
        cases = len(np.unique(table.case[material.steps == code // steps]))
        if cases < FEWEST_CASES or name in material.loops:
            continue
        hit = len(np.unique(table.case[rows]))
        low, high = wilson(hit, cases)
        both = np.union1d(rows, between)
        spent = float(material.path_time[both].sum())
        hours = material.a_week(spent)
        subject = name if name == with_whom else f"{name} ⇄ {with_whom}"
        finding = Finding(
            waste="", place=f"{material.place(int(rows[0]))} > {material.place(int(between[0]))}", subject=subject,
            number=f"In {percent(hit / cases)} of {count(cases, 'case')} the work goes to somebody else and straight back, "
            f"{count(len(rows), 'time')} in all",
            cause=f"Nothing is decided in between, and it {a_week(hours)}",
            action="Let both look at it together once, or give the first what they need to finish alone", n=cases,
            measures="share of cases that bounce", estimate=hit / cases, low=low, high=high,
            p_value=float(stats().binom.sf(hit - 1, cases, LEAST)), hours_per_week=hours, behind=rows,
            guard="Between two people, without a decision in between; loops that the definition means are left out",
            removes=Removal(both, material.spent[both], worked=True),
            holds=low >= LEAST and material.share(spent) >= LEAST_SHARE,
        )  # fmt: skip
        yield finding, rows


def bounces(material: Material) -> tuple[Ints, Ints]:
    """Rows with which work came straight back to whoever and whatever had it, and the rows in between."""
    table = material.table
    before = _by_people(table.released_by.astype(np.int64), material.person)
    at = np.flatnonzero((before >= 0) & material.person)
    at = at[before[before[at]] >= 0]
    between, origin = before[at], before[before[at]]
    who = table.resource
    undecided = np.ones(len(table), dtype=bool)
    if material.decisions is not None:
        undecided = material.decisions.outcome == NO_DECISION
    kept = (who[at] == who[origin]) & (who[at] != who[between]) & (material.steps[at] == material.steps[origin])
    kept &= undecided[between] & undecided[at] & undecided[origin]
    return at[kept], between[kept]


def _by_people(before: Ints, person: Flags) -> Ints:
    """Of each row the last one before it that a person did."""
    found = before.copy()
    for row in np.flatnonzero(before >= 0).tolist():  # what releases a row stands above it
        one = int(before[row])
        found[row] = one if person[one] else found[one]
    return found
