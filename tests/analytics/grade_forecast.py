"""Grade the forecast on finished cases that it has not seen.

`python -m bench.grading.forecast` grades made processes, with seeds that nothing was fitted to; with `--logs FOLDER`, real and
simulated logs of others, as CSV.

A log is divided in time: the cases that had ended when three fifths of all had begun are learned from, the later ones
are forecast at the beginning and after their steps, four times learned
anew from all that had ended by then. The baseline is what process mining papers call the mean
per prefix: the mean remaining time of the learned cases that had done the same steps in the same order (shorter ends
of the order where none had). It gets the same information, open steps included.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import mean, median

from procession.analytics.courses import Courses
from procession.analytics.forecast import Forecaster, running_at
from procession.analytics.forecast.load import Load
from procession.analytics.log import ProcessCase, ProcessLog, RunningCase
from tests.analytics.foreign_logs import Columns, read_log
from tests.analytics.made_processes import Made

MOST_CASES = 60
"""Later cases that are forecast, evenly spread."""
MOST_MOMENTS = 8


@dataclass(slots=True)
class Grade:
    """How forecasts of one log compare; errors in hours."""

    name: str
    learned: int = 0
    cases: int = 0
    errors: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    silent: int = 0
    seconds: list[float] = field(default_factory=list)
    """Of processor time, one forecast each."""

    @property
    def gain(self) -> float:
        """By how much the mean absolute error is below the baseline's."""
        return 1 - mean(self.errors) / mean(self.baseline) if self.errors and mean(self.baseline) else 0.0

    @property
    def coverage(self) -> float:
        return mean(self.held) if self.held else 0.0


class MeanPerPrefix:
    """The baseline."""

    def __init__(self, cases: Sequence[ProcessCase], open_is_all: bool) -> None:
        self._sums: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for case in cases:
            for at in moments(case):
                left = (case.end - at).total_seconds()
                prefix = prefix_of(running_at(case, at, open_is_all=open_is_all))
                for cut in range(len(prefix) + 1):
                    entry = self._sums[prefix[cut:]]
                    entry[0] += left
                    entry[1] += 1

    def remaining(self, case: RunningCase) -> float:
        prefix = prefix_of(case)
        for cut in range(len(prefix) + 1):
            entry = self._sums.get(prefix[cut:])
            if entry is not None:
                return entry[0] / entry[1]
        return 0.0


def prefix_of(case: RunningCase) -> tuple[str, ...]:
    done = [one.site.key for one in sorted(case.done, key=lambda one: one.ended)]
    return (*done, "|", *sorted(one.site.key for one in case.open))


def moments(case: ProcessCase) -> list[datetime]:
    """The beginning, and the end of each step but the last."""
    found = sorted({case.begin} | {one.ended for one in case.instances})
    return [at for at in found if at < case.end]


def divided(log: ProcessLog, cases: int) -> Iterator[tuple[ProcessLog, list[ProcessCase]]]:
    """What is learned from, and the cases that began after it: four windows, each learned anew from all before it."""
    ordered = sorted(log.cases, key=lambda one: one.begin)
    for window in range(6, 10):
        first, last = (len(ordered) * n // 10 for n in (window, window + 1))
        since = ordered[first].begin
        learned = [one for one in ordered if one.end <= since]
        begun = [RunningCase(id=one.id, begin=one.begin) for one in ordered if one.begin < since < one.end]
        later = ordered[first:last]
        yield replace(log, cases=tuple(learned), running=tuple(begun)), later[:: max(1, -(-len(later) * 4 // cases))]


def grade(
    name: str, log: ProcessLog, *, open_is_all: bool, cases: int = MOST_CASES, moments_each: int = MOST_MOMENTS
) -> Grade:
    found = Grade(name)
    load = Load(Courses(log).all)
    for learned, later in divided(log, cases):
        found.learned, found.cases = len(learned.cases), found.cases + len(later)
        forecaster = Forecaster(learned)
        _ = forecaster.calibration  # learned beforehand, as a server does beside its requests
        _grade(found, forecaster, MeanPerPrefix(learned.cases, open_is_all), later, load, open_is_all, moments_each)
    return found


def _grade(
    found: Grade,
    forecaster: Forecaster,
    baseline: MeanPerPrefix,
    later: Sequence[ProcessCase],
    load: Load,
    open_is_all: bool,
    moments_each: int,
) -> None:
    for case in later:
        asked = moments(case)
        every = -(-len(asked) // moments_each)
        for at in asked[::every]:
            running = running_at(case, at, open_is_all=open_is_all)
            begun = time.process_time()
            forecast = forecaster.forecast(running, at, load=int(load.at(at.timestamp())))
            found.seconds.append(time.process_time() - begun)
            if forecast.usually is None:
                found.silent += 1
                continue
            hour = 3600.0
            found.errors.append(abs((forecast.usually - case.end).total_seconds()) / hour)
            found.baseline.append(abs(baseline.remaining(running) - (case.end - at).total_seconds()) / hour)
            found.held.append(forecast.earliest <= case.end <= forecast.latest)
            found.widths.append((forecast.latest - forecast.earliest).total_seconds() / hour)


def row(of: Grade) -> str:
    """A line of the table; the error is the mean absolute one."""
    if not of.errors:
        return f"| {of.name} | {of.learned} | 0 ({of.silent}) | | | | | |"
    return (
        f"| {of.name} | {of.learned} | {len(of.errors)} ({of.silent}) | {mean(of.errors):.1f} h "
        f"| {mean(of.baseline):.1f} h | {100 * of.gain:.0f} % | {100 * of.coverage:.0f} % "
        f"| {1000 * median(of.seconds):.0f} ms |"
    )


BIMP = ("case:concept:name", "concept:name", "time:timestamp", "start_timestamp")
EAD = Columns("case_id", "activity", "end_time", "start_time", "resource")
LOGS: dict[str, Columns] = {
    "ead__Insurance_Claims.csv.gz": EAD,
    "ead__Insurance_Claims_1_timer.csv.gz": EAD,
    "ead__Loan_Application.csv.gz": EAD,
    "ead__Loan_Application_1_timer.csv.gz": EAD,
    "ead__Pharmacy.csv.gz": EAD,
    "ead__Pharmacy_1_timer.csv.gz": EAD,
    "ead__Procure_to_Pay.csv.gz": EAD,
    "ead__Procure_to_Pay_1_timer.csv.gz": EAD,
    "pix__loan_MC_LU.csv": EAD,
    "pix__loan_SC_HU.csv": EAD,
    "simod__LoanApp_simplified.csv.gz": Columns(*BIMP, "org:resource", ("Loan_Amount", "Stand")),
    "simod__Simple_log_with_batching.csv": Columns(*BIMP, "org:resource"),
    "wta__BIMP_example.csv": Columns(*BIMP, "org:resource"),
    "wta__PurchasingExample.csv": Columns(*BIMP, "org:resource"),
    "opm__raw_billing_2024.csv": Columns("bill_id", "bill_status", "status_changed_at", None, "employee_id"),
    "opm__raw_invoice_approval_2024.csv": Columns("invoice_id", "approval_status", "status_time", None, "processor_id"),
    "opm__raw_itsm_2024.csv": Columns("incident_id", "status", "reported_at", None, "assigned_to"),
    "opm__raw_order_to_cash_2024.csv": Columns("order_id", "order_status", "status_changed_at", None, "employee_id"),
    "bpa__Loan_Application_batched.csv.gz": Columns("case_id", "Activity", "end_time", "start_time", "Resource"),
}


def of_logs(directory: Path, only: str = "") -> Iterator[Grade]:
    for name, columns in LOGS.items():
        if only in name:
            yield grade(name.split(".")[0], read_log(directory / name, columns), open_is_all=False, cases=40)


def of_processes(seeds: Iterable[int], cases: int = 60) -> Iterator[Grade]:
    """Made processes: four hundred cases each, of which the later ones are forecast."""
    for seed in seeds:
        log = Made(seed).log(400)
        yield grade(f"made process {seed}", log, open_is_all=True, cases=cases, moments_each=8)


def of_demo() -> Iterator[Grade]:
    """What the demo company lived through, without the cases that are put on a desk."""
    from tests.demo.past import Plan, histories, loaded  # needs the examples, the others do not

    for one in histories():
        log = loaded(Plan(inbox=False), one.definition).log
        yield grade(log.title, log, open_is_all=True)


HEAD = """\
| log | finished cases | forecasts (silent) | error | mean per prefix | less by | 80 % interval holds | one forecast |
| --- | --- | --- | --- | --- | --- | --- | --- |"""
