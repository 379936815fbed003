"""Causes of waiting, against the causes that a simulation knows (G1).

    python -m bench.grading.causes [--json] [--tuning] [--seeds N] [--sizes N …] [--logs FOLDER]

Every combination of few or many people, day and night or office hours, with or without delays that the log does not
show, priorities, and collecting; in two sizes. Each share of all waiting is held against the simulator's own. The
moment at which somebody first looked is kept from the decomposition. Thresholds were set on seed 1; seeds 101 to 103
grade. `--logs` reads the public logs of the extraneous-activity-delays and batch-processing-analysis repositories
(`ead__*.csv.gz`, `bpa__*.csv.gz`) as well, in which one step has a planted delay, or some steps are done in batches.
"""

from __future__ import annotations

import itertools
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.grading.running import Figures, Grader, ratio
from procession.analytics.estimating import estimate
from procession.analytics.instances import InstanceTable
from procession.analytics.simulation.arrivals import Poisson
from procession.analytics.simulation.causes import COARSE
from procession.analytics.simulation.distributions import Exponential
from procession.analytics.simulation.model import END, Batch, Model, Person, Place, Source, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.table_of_log import table_of
from procession.analytics.waiting.causes import EXTRANEOUS, Cause
from procession.analytics.waiting.decompose import Decomposition, decompose
from procession.engine.calendar import WorkCalendar

ALWAYS = WorkCalendar(id="always", zone="UTC", hours=(((0, 1440),),) * 7)
OFFICE = WorkCalendar(id="office", zone="UTC", hours=(((540, 1020),),) * 5 + ((),) * 2)
STEPS = ("receive", "check", "sign", "file", "close")
DELAYED, COLLECTED = 1, 3
LYING = 0.5
"""The share of visits that lie without a reason, from which a step counts as delayed by something planted."""


@dataclass(frozen=True, slots=True)
class Setup:
    """One combination."""

    many: bool
    office: bool
    delays: bool
    priorities: bool
    collecting: bool

    def model(self) -> Model:
        people = 4 if self.many else 1
        nodes = tuple(
            Work(
                place=Place("flow", name, name, "flow"), work=Exponential(1800.0), group=name,
                notice=Exponential(7200.0) if self.delays and at == DELAYED else None,
                batch=Batch(size=5) if self.collecting and at == COLLECTED else None,
                next=at + 1 if at + 1 < len(STEPS) else END,
            )
            for at, name in enumerate(STEPS)
        )  # fmt: skip
        urgent = ((0.3, 5),) if self.priorities else ()
        return Model(
            nodes=nodes,
            people=tuple(Person(name=f"{s}-{p}", groups=frozenset((s,))) for s in STEPS for p in range(people)),
            calendars={"standard": OFFICE if self.office else ALWAYS},
            order="priority" if self.priorities else "fifo",
            sources=(Source(name="flow", arrivals=Poisson(self.rate(people)), entry=0, urgent=urgent),),
        )

    @property
    def kind(self) -> str:
        """What is hardest about it."""
        if self.delays:
            return "delays"
        return "collecting" if self.collecting else "priorities" if self.priorities else "plain"

    def rate(self, people: int) -> float:
        """Cases an hour that keep everybody busy for 60 % of their time."""
        return 0.6 * people / 0.5 * (40 / 168 if self.office else 1)


SETUPS = [Setup(*values) for values in itertools.product((False, True), repeat=5)]


def compared(setup: Setup, cases: int, seed: int) -> tuple[Decomposition, NDArray[np.float64], NDArray[np.float64]]:
    """What was found, and its sums by cause beside the simulator's."""
    log = simulate(setup.model(), Limit(cases=cases), seed=seed)
    table = table_of(log.process_log())
    table = replace(table, traits={name: v for name, v in table.traits.items() if name != "first_opened"})
    found = decompose(table)
    tasks = np.array([int(one) for one in table.traits["id"]])
    truth = np.zeros(len(Cause))
    for cause, name in COARSE.items():
        truth[Cause[name.upper()]] += log.by_cause[tasks, cause].sum()
    return found, found.waits.sum(axis=0).astype(float), truth


def unmasked(found: Decomposition) -> NDArray[np.float64]:
    """The sums of causes in which what provably lay behind other work is taken for lying."""
    sums = found.waits.sum(axis=0).astype(float)
    work = found.waits[:, [Cause.CONTENTION, Cause.PRIORITISATION]].astype(float)
    share = np.divide(found.hidden, work.sum(axis=1), out=np.zeros(len(work)), where=work.sum(axis=1) > 0)
    sums[[Cause.CONTENTION, Cause.PRIORITISATION]] -= (work * share[:, None]).sum(axis=0)
    sums[Cause.UNEXPLAINED] += found.hidden.sum()
    return sums


def _shares(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    known = [seconds[cause] for cause in Cause if cause not in EXTRANEOUS]
    return np.array([*known, sum(seconds[cause] for cause in EXTRANEOUS)]) / max(seconds.sum(), 1.0)


def factorial(drawn: range, sizes: Sequence[int]) -> Figures:
    """Largest errors in points by kind of setup, false batches, exactness."""
    errors: dict[str, list[float]] = {"plain": [], "priorities": [], "collecting": [], "delays": []}
    # The same with what provably lay behind other work.
    seen: dict[str, list[float]] = {kind: [] for kind in errors}
    false_lying: list[float] = []
    delayed_found: list[tuple[int, int, int]] = []
    false_batches: list[float] = []
    exact = True
    for setup, seed, cases in itertools.product(SETUPS, drawn, sizes):
        found, ours, true = compared(setup, cases, seed)
        errors[setup.kind].append(100 * float(np.abs(_shares(ours) - _shares(true)).max()))
        seen[setup.kind].append(100 * float(np.abs(_shares(unmasked(found)) - _shares(true)).max()))
        if not setup.delays and not setup.collecting:
            false_lying.append(float(found.hidden.sum()) / max(1.0, float(found.waits.sum())))
        table = found.table
        exact &= bool((found.waits.sum(axis=1) == table.start - table.ready).all())
        if not setup.collecting:
            false_batches.append(float((found.batch >= 0).mean()))
        steps = delayed_steps(found)
        wanted = {STEPS[DELAYED]} if setup.delays else set[str]()
        delayed_found.append((len(steps & wanted), len(steps), len(wanted)))
    figures: Figures = {
        "logs": len(delayed_found),
        "partition_exact": float(exact),
        "false_batching_worst": max(false_batches),
        "said_to_lie_where_nothing_does_worst": max(false_lying),
        "delayed_step_precision": ratio((hit, said) for hit, said, _ in delayed_found),
        "delayed_step_recall": ratio((hit, there) for hit, _, there in delayed_found),
    }
    for what, kinds in (("", errors), ("_with_what_lay", seen)):
        for kind, values in kinds.items():
            figures[f"{kind}{what}_points_off_median"] = float(np.median(values))
            figures[f"{kind}{what}_points_off_worst"] = max(values)
    return figures


def delayed_steps(found: Decomposition) -> set[str]:
    """Steps of which at least half of the visits lie for no reason of work or hours."""
    lies = found.waits[:, list(EXTRANEOUS)].sum(axis=1) > 0
    steps = len(found.table.step_names)
    visits = np.bincount(found.table.step, minlength=steps)
    share = np.bincount(found.table.step, weights=lies, minlength=steps) / np.maximum(visits, 1)
    return {found.table.step_names[step] for step in np.flatnonzero(share >= LYING).tolist()}


# --- public logs -------------------------------------------------------------------------------------------------------


def public_logs(folder: Path) -> Figures:
    """Planted delays found, and planted batches found."""
    hit = said = there = 0
    for path in sorted(folder.glob("ead__*.csv.gz")):
        table, extra = read(path, "extraneous_delay")
        steps = delayed_steps(decompose(table))
        planted = {table.step_names[step] for step in np.unique(table.step[extra.astype(float) > 0]).tolist()}
        hit, said, there = hit + len(steps & planted), said + len(steps), there + len(planted)
    figures: Figures = {"ead_precision": hit / said, "ead_recall": hit / there, "ead_planted": there}
    for path in sorted(folder.glob("bpa__*.csv.gz")):
        table, batch = read(path, "batch_instance_id")
        planted = np.array([bool(one) for one in batch])
        ours = decompose(table).batch >= 0
        figures["bpa_precision"] = float((ours & planted).sum() / max(ours.sum(), 1))
        figures["bpa_recall"] = float((ours & planted).sum() / planted.sum())
    return figures


def read(path: Path, extra: str) -> tuple[InstanceTable, NDArray[Any]]:
    """A log with begin and end, and one more column in the order of its rows."""
    import duckdb

    ready = "enabled_time" if extra == "batch_instance_id" else "start_time"
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT case_id::VARCHAR c, trim(activity) a, coalesce(resource, '') r, epoch_us(start_time::TIMESTAMPTZ) s, "
            f"epoch_us(end_time::TIMESTAMPTZ) e, epoch_us({ready}::TIMESTAMPTZ) q, coalesce({extra}::VARCHAR, '') x "
            f"FROM '{path}' ORDER BY c, e, s"
        )
        .fetchall()
    )
    columns = [list(column) for column in zip(*rows, strict=True)]
    coded = [np.unique(np.array(column), return_inverse=True) for column in columns[:3]]
    start, end, known = (np.array(column, dtype=np.int64) for column in columns[3:6])
    order = np.lexsort((start, end, coded[0][1]))
    case, step, resource = (codes[order].astype(np.int32) for _, codes in coded)
    resource = np.where(np.array(coded[2][0])[resource] == "", -1, resource).astype(np.int32)
    known_ready = np.full(len(rows), extra == "batch_instance_id")
    guessed = estimate(
        case=case, step=step, resource=resource, ready=np.minimum(known, start)[order], start=start[order],
        end=end[order], ready_known=known_ready, start_known=np.ones(len(rows), dtype=bool),
    )  # fmt: skip
    none = np.full(len(rows), -1, dtype=np.int32)
    table = InstanceTable(
        case=case, step=step, resource=resource, department=none, workflow=none, ready=guessed.ready,
        start=guessed.start, end=end[order], ready_estimated=guessed.ready_estimated,
        start_estimated=guessed.start_estimated, released_by=guessed.released_by,
        case_names=coded[0][0].tolist(), step_names=coded[1][0].tolist(), resource_names=coded[2][0].tolist(),
    )  # fmt: skip
    return table, np.array(columns[6])[order]


def measure(drawn: range, asked: Namespace) -> Figures:
    """Of simulated logs, and of public ones where a folder is given."""
    return factorial(drawn, asked.sizes) | (public_logs(asked.logs) if asked.logs else {})


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1000], help="cases of each log")
    parser.add_argument("--logs", type=Path, help="a folder with the public logs")


GOALS: Final = {"partition_exact": 1.0, "delayed_step_precision": 0.95, "delayed_step_recall": 0.9}
LIMITS: Final = {
    "false_batching_worst": 0.01, "plain_points_off_worst": 3, "priorities_points_off_worst": 3,
    "collecting_points_off_worst": 3, "delays_points_off_worst": 3,
}  # fmt: skip
GRADER: Final = Grader(
    about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=3, grading=101, tuning=1, options=_options
)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
