"""Run the measures over a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable, Moments
from procession.analytics.log_measures.answers import Answers, Rows
from procession.analytics.log_measures.by_sql import BySql
from procession.analytics.log_measures.figures import (
    Bucket,
    Follows,
    Handover,
    Little,
    LogFigures,
    Party,
    State,
    StepFigures,
    Variant,
    quantiles,
)

MOST_VARIANTS = 50
DAY = 86_400_000_000
DAYS_UNTIL_WEEKS = 120
"""A log that is longer is told by weeks."""

FEWEST_FOR_LITTLE = 20

COMPILED_FROM = 20_000
"""Instances from which on the compiled passes are worth the moment they take to load."""


def measure_log(table: InstanceTable) -> LogFigures:
    """Measure a table with at least one instance. Memory: for each instance about 24 bytes beside the table itself."""
    if len(table) >= COMPILED_FROM:
        from procession.analytics.log_measures.by_kernels import ByKernels

        return measured(ByKernels(table), table)
    with BySql(table) as answers:
        return measured(answers, table)


def measured(answers: Answers, table: InstanceTable) -> LogFigures:
    """The figures from whoever counts; both give the same."""
    began, ended = answers.cycles()
    spans = ended - began
    at = {"p": np.percentile(spans, [50, 90, 99]).tolist()}
    days, buckets = _buckets(began, ended)
    variant_count, variants = answers.variants(MOST_VARIANTS)
    named = {"resource": table.resource_names, "department": table.department_names, "grp": table.group_names}
    return LogFigures(
        cases=table.cases, instances=len(table), begin=int(began.min()), end=int(ended.max()),
        cycle=quantiles(len(spans), at["p"]), mean_cycle=float(spans.mean()),
        steps=_steps(answers, table.step_names), follows=_follows(answers, table.step_names),
        variant_count=variant_count, variants=_variants(variants, table),
        people=_parties(answers, table.step_names, "resource", named),
        groups=_parties(answers, table.step_names, "grp", named),
        departments=_parties(answers, table.step_names, "department", named),
        handovers_people=_handovers(answers, "resource", named), handovers_groups=_handovers(answers, "grp", named),
        handovers_departments=_handovers(answers, "department", named),
        states=_states(answers, table.step_names), buckets=buckets, bucket_days=days, little=little(began, ended),
        estimated_starts=float(table.start_estimated.mean()),
    )  # fmt: skip


def _name(names: Sequence[str], code: int) -> str:
    return names[code]


def _steps(answers: Answers, names: Sequence[str]) -> tuple[StepFigures, ...]:
    again = {row[0]: row[1:] for row in answers.rework()}
    found = [
        StepFigures(
            _name(names, step), n, cases, int(sure), quantiles(n, waiting), quantiles(n, working), quantiles(n, both),
            int(waited), int(worked), *(int(one) for one in again.get(step, (0, 0, 0))),
        )
        for step, n, cases, sure, waited, worked, waiting, working, both in answers.steps()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-(one.waited + one.worked), one.step)))


def _follows(answers: Answers, names: Sequence[str]) -> tuple[Follows, ...]:
    return tuple(
        Follows(_name(names, before), _name(names, step), n, cases, quantiles(n, between), int(total))
        for before, step, n, between, total, cases in answers.follows()
    )


def _variants(counts: Rows, table: InstanceTable) -> tuple[Variant, ...]:
    first = table.first_rows
    found: list[Variant] = []
    for n, example, _, cycle in counts:
        codes = table.step[first[example] : first[example + 1]].tolist()
        steps = tuple(_name(table.step_names, code) for code in codes)
        found.append(Variant(steps, n, n / table.cases, quantiles(n, cycle)))
    return tuple(found)


def _parties(answers: Answers, steps: Sequence[str], who: str, named: Mapping[str, Sequence[str]]) -> tuple[Party, ...]:
    names = named[who]
    if not names:
        return ()
    return tuple(
        Party(
            _name(steps, step), _name(names, code) if code >= 0 else "", n, cases, int(sure), quantiles(n, waiting),
            quantiles(n, working), int(waited), int(worked),
        )
        for step, code, n, cases, waited, worked, sure, waiting, working in answers.parties(who)
    )  # fmt: skip


def _handovers(answers: Answers, who: str, named: Mapping[str, Sequence[str]]) -> tuple[Handover, ...]:
    names = named[who]
    return tuple(
        Handover(_name(names, giver), _name(names, taker), n, quantiles(n, between), int(total))
        for giver, taker, n, total, between in (answers.handovers(who) if names else ())
    )


def _states(answers: Answers, names: Sequence[str]) -> tuple[State, ...]:
    return tuple(
        State(_name(names, step), quantiles(n, lasting), int(total)) for step, n, total, lasting in answers.states()
    )


def _buckets(began: Moments, ended: Moments) -> tuple[int, tuple[Bucket, ...]]:
    """Arrivals, ends and open cases by day, or by week where the log is long."""
    low, high = int(began.min()), int(ended.max())
    days = 1 if (high - low) <= DAYS_UNTIL_WEEKS * DAY else 7
    width = days * DAY
    monday = 4 * DAY  # 5 January 1970
    edge = low - (low - monday) % width if days == 7 else low - low % DAY
    edges = np.arange(edge, high + 1, width, dtype=np.int64)
    edges = np.r_[edges, edges[-1] + width]
    arrivals, gone = (np.histogram(one, edges)[0] for one in (began, ended))
    starts, ends = np.sort(began), np.sort(ended)

    def before(ordered: Moments, at: Moments) -> NDArray[np.float64]:
        """The time up to each moment that has passed since each of the moments before it, in all."""
        count = np.searchsorted(ordered, at)
        relative = np.concatenate([[0.0], np.cumsum((ordered - low).astype(np.float64))])
        return count * (at - low).astype(np.float64) - relative[count]

    open_time = np.diff(before(starts, edges)) - np.diff(before(ends, edges))
    return days, tuple(
        Bucket(int(at), int(new), int(done), float(spent) / width)
        for at, new, done, spent in zip(edges, arrivals, gone, open_time, strict=False)
    )


def little(began: Moments, ended: Moments) -> Little | None:
    """Little's law between the tenth and the ninetieth of a hundred arrivals; None where too few arrive in between."""
    begin, end = (int(at) for at in np.percentile(began, [10, 90]))
    inside = (began >= begin) & (began < end)
    if end <= begin or inside.sum() < FEWEST_FOR_LITTLE:
        return None
    overlap = np.minimum(ended, end) - np.maximum(began, begin)
    open_ = float(np.maximum(overlap, 0).astype(np.float64).sum()) / (end - begin)
    rate = float(inside.sum()) / (end - begin)
    cycle = float((ended - began)[inside].mean())
    gap = abs(open_ - rate * cycle) / open_ if open_ else 0.0
    return Little(begin, end, open_, rate * DAY, cycle, gap)
