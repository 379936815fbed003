"""Handoffs by mail: one person sends the work on, another finds it in the inbox.

Looked at are passes from one person to another where the first sent or uploaded something. At least half of the wait in
working hours passes before anybody looks, and that is longer than where the system passes work on (Mann and Whitney),
twice as long on average. Without such passes to compare with, its mean must be above one twentieth of the cycle. A log
that does not say when somebody looked shows only what no other work explains; busy people hide most of a delay there, so
that a fifth of the wait is enough. What a machine sends, and mails that only inform, are no handoffs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import larger, mean_of_cases, positive
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import Ints, Material
from procession.analytics.waste.words import a_week, count, percent, working

FEWEST: Final = 20
HALF: Final = 0.5
MASKED: Final = 0.2
LEAST_SHARE: Final = 0.01
ALONE: Final = 0.05


def look(material: Material) -> Iterator[Finding]:
    """Every pair of steps between which something is sent."""
    if material.sent is None:
        return
    table = material.table
    before = table.released_by.astype(np.int64)
    lying = material.unseen
    passes = (before >= 0) & material.person
    passes &= material.person[np.maximum(before, 0)] & (table.resource != table.resource[np.maximum(before, 0)])
    by_mail = passes & material.sent[np.maximum(before, 0)]
    twins = lying[passes & ~by_mail]
    steps = len(table.step_names)
    pair = np.where(by_mail, material.steps[np.maximum(before, 0)] * steps + material.steps, -1)
    for code in np.unique(pair[pair >= 0]).tolist():
        rows = np.flatnonzero(pair == code)
        if len(rows) >= FEWEST:
            yield _finding(material, rows, before[rows], lying, twins)


def _finding(material: Material, rows: Ints, before: Ints, lying: Ints, twins: Ints) -> Finding:
    waited = float(material.waited[rows].sum())
    share = float(lying[rows].sum()) / waited if waited else 0.0
    compared = len(twins) >= FEWEST
    p = larger(lying[rows], twins) if compared else positive(lying[rows].astype(np.float64) - ALONE * material.cycle)
    on_path = float(np.where(material.causes.on_path[rows], lying[rows], 0).sum())
    hours = material.a_week(on_path)
    mean, low, high = mean_of_cases(lying[rows] / 3.6e9, material.table.case[rows])
    first, second = (material.step(int(material.steps[one])) for one in (int(before[0]), int(rows[0])))
    usual = f", where others take {working(float(np.median(twins)))}" if compared else ""
    return Finding(
        waste="", place=f"{material.place(int(before[0]))} > {material.place(int(rows[0]))}",
        subject=f"{first} → {second}",
        number=f"Work passes by mail in {count(len(rows), 'case')} and then lies {working(float(np.median(lying[rows])))}{usual}",
        cause=f"{percent(share)} of the wait passes before anybody looks, which {a_week(hours)}",
        action=f"Let the end of {first} open {second} for whoever does it, with what was in the mail", n=len(rows),
        measures="hours that it lies", estimate=mean, low=low, high=high, p_value=p, hours_per_week=hours,
        behind=rows, removes=Removal(rows, lying[rows]),
            guard="From person to person; mails that the system sends are left out",
        holds=share >= (HALF if "first_opened" in material.table.traits else MASKED) and material.share(on_path) >= LEAST_SHARE
        and (not compared or float(np.mean(lying[rows])) > 2 * float(np.mean(twins))),
    )  # fmt: skip
