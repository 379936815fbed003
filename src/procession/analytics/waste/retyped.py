"""Values that people type although the case has them: within a workflow (duplicate data entry), or after they were
given in another one (data does not flow).

Two fields of one case hold the same beyond chance: Cohen's kappa, with the lower 95 % bound of agreement, is at least .8
over at least 30 cases. The later one is typed by a person: what was carried, calculated or offered for confirmation is
none. Fields of fewer than three bits, such as yes and no or the country everybody writes, prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import entropy, kappa
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import Entries, Floats, Ints, Material
from procession.analytics.waste.words import a_week, count, lasting

AGREE: Final = 0.8
FEWEST: Final = 30
BITS: Final = 3.0
_TRIED: Final = 60
"""Cases that a pair of fields is tried on before all are compared."""
_HOPE: Final = 0.5

Given = dict[int, tuple[int, str]]
"""Case → the entry and its value."""


def look(material: Material) -> Iterator[Finding]:
    """Within one workflow."""
    return (one for _, one in _found(material, across=False))


def look_across(material: Material) -> Iterator[Finding]:
    """From one workflow to another, where the workflow itself does not know the value."""
    known = {later for later, one in _found(material, across=False) if one.holds}
    return (one for later, one in _found(material, across=True) if later not in known)


def _found(material: Material, *, across: bool) -> Iterator[tuple[int, Finding]]:
    """Of each field that is typed later, the earlier one that agrees best."""
    entries, table = material.entries, material.table
    if entries is None or not len(entries.row):
        return
    given = _given(entries, table.case[entries.row].tolist())
    typed = entries.typed
    kept: set[int] = set()
    found: list[tuple[float, Finding, int]] = []
    for later in sorted(given):
        for earlier in sorted(given):
            if earlier == later or len(given[earlier]) < FEWEST:
                continue
            pairs = [
                (given[earlier][case], given[later][case]) for case in given[later]
                if case in given[earlier] and given[earlier][case][0] < given[later][case][0]
            ]  # fmt: skip
            pairs = [(a, b) for a, b in pairs if typed[b[0]] and _apart(entries, a[0], b[0])]
            pairs = [(a, b) for a, b in pairs if _crosses(material, entries, a[0], b[0]) == across]
            if len(pairs) < FEWEST or not _hopeful(pairs):
                continue
            one = _finding(material, entries, earlier, later, pairs, across=across)
            if one is not None:
                found.append((-one.low, one, later))
    for _, one, later in sorted(found, key=lambda entry: (entry[0], entry[1].place)):
        if later not in kept:
            kept.add(later)
            yield later, one


def _given(entries: Entries, cases: list[int]) -> dict[int, Given]:
    """By field, the first value of each case."""
    given: dict[int, Given] = {}
    for place, (case, field) in enumerate(zip(cases, entries.field.tolist(), strict=True)):
        value = " ".join(entries.value[place].casefold().split())
        if value:
            given.setdefault(field, {}).setdefault(case, (place, value))
    return given


def _apart(entries: Entries, earlier: int, later: int) -> bool:
    """Two fields of one form are no repetition."""
    return not entries.is_start(later) and (entries.row[earlier] != entries.row[later] or entries.is_start(earlier))


def _crosses(material: Material, entries: Entries, earlier: int, later: int) -> bool:
    workflow = material.table.workflow
    return bool(workflow[entries.row[earlier]] != workflow[entries.row[later]])


def _hopeful(pairs: list[tuple[tuple[int, str], tuple[int, str]]]) -> bool:
    tried = pairs[:_TRIED]
    return sum(a[1] == b[1] for a, b in tried) >= _HOPE * len(tried)


def _finding(
    material: Material, entries: Entries, earlier: int, later: int,
    pairs: list[tuple[tuple[int, str], tuple[int, str]]], *, across: bool,
) -> Finding | None:  # fmt: skip
    first, second = [a[1] for a, _ in pairs], [b[1] for _, b in pairs]
    agree, low, high, p = kappa(first, second)
    varied = min(entropy(first), entropy(second)) >= BITS
    places = np.array([b[0] for _, b in pairs], dtype=np.int64)
    before = np.array([a[0] for a, _ in pairs], dtype=np.int64)
    rows, sources = entries.row[places], entries.row[before]
    table = material.table
    alike = np.array([a == b for a, b in zip(first, second, strict=True)], dtype=bool)
    each = _typing(material, entries, rows)
    spent = float(each.sum())
    hours = material.a_week(spent)
    lag = float(np.median(table.start[rows] - table.end[sources]))
    field, source = entries.fields[later], entries.fields[earlier]
    step, from_step = material.step(int(table.step[rows[0]])), _named(material, entries, int(before[0]))
    where = f"{_workflow(material, int(sources[0]))} knows it {lasting(max(lag, 0))} earlier" if across else (
        f"It was given as {source} in {from_step}"
    )  # fmt: skip
    return Finding(
        waste="", place=f"{material.place(int(sources[0]))} > {material.place(int(rows[0]))}",
        subject=f"{field} in {step}", number=f"It is typed again in {int(alike.sum())} of {count(len(pairs), 'case')}",
        cause=where + (f", and typing it {a_week(hours)}" if hours else ""),
        action=f"Carry {source} over{' with the handoff' if across else ''}, and ask for {field} only where it differs",
        n=len(pairs), measures="agreement beyond chance (kappa)", estimate=agree, low=low, high=high, p_value=p,
        hours_per_week=hours or None, behind=rows[alike], removes=Removal(rows, each.astype(np.int64), worked=True),
        guard="Typed by people, not carried, calculated or confirmed; the values differ from case to case",
        holds=low >= AGREE and varied,
    )  # fmt: skip


def _typing(material: Material, entries: Entries, rows: Ints) -> Floats:
    """The part of the work in these rows that this one field takes: all fields typed there are taken as alike."""
    fields = np.bincount(entries.row[entries.typed], minlength=len(material.table))
    return material.causes.working[rows] / np.maximum(fields[rows], 1)


def _named(material: Material, entries: Entries, place: int) -> str:
    """The step in which a value was given."""
    if entries.is_start(place):
        return "the form that starts it"
    return material.step(int(material.steps[entries.row[place]]))


def _workflow(material: Material, row: int) -> str:
    code = int(material.table.workflow[row])
    return material.table.workflow_names[code] if code >= 0 else "Another workflow"
