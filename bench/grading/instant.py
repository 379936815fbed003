"""What making a step instant is said to save, against the process run again with it (before you automate).

    python -m bench.grading.instant [--json] [--tuning] [--seeds N]

Made-up processes of four to six steps, one of them with two branches side by side, with people who queue in office hours,
notice work late at some steps, and work at loads between 40 and 75 %. From 300 finished cases the saving of each step is
told with its 95 % interval (`analytics.whatif`); the truth is the mean over 6,000 cases of the same process in which the
step takes no time, against the same number in which it does, with the same arrivals. *Few queues* leaves out processes
whose busiest desk works for more than 60 % of its time. *Imported* is what the report of `procession diagnose` says of the
same 300 cases as a CSV file without the moments of looking, by the clock, of a step that takes neither work nor wait; *from
work alone* takes the range from what its work alone saves. Seeds from 7000 on grade.
"""

from __future__ import annotations

import random
import tempfile
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.grading.running import Figures, Grader, mean, ratio
from procession.analytics.counted import working_between
from procession.analytics.log import ProcessLog, Site
from procession.analytics.log_diagnosis import diagnose
from procession.analytics.retiming import Instant
from procession.analytics.simulation.arrivals import Poisson
from procession.analytics.simulation.distributions import Exponential, Fixed, Lognormal
from procession.analytics.simulation.model import END, Fork, Model, Node, Person, Place, Source, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.table_of_log import table_of
from procession.analytics.whatif import make_instant
from procession.engine.calendar import WorkCalendar
from procession.interchange.event_log.reading import Options, read_log
from procession.interchange.event_log.writing import write_log

OFFICE: Final = WorkCalendar(id="office", zone="UTC", hours=(((540, 1020),),) * 5 + ((),) * 2)
GOALS: Final = {"covered": 0.9}
LIMITS: Final[dict[str, float]] = {}
TOLD_FROM, TRUTH_FROM = 300, 6000


@dataclass(frozen=True, slots=True)
class Imported:
    """What the report on the same cases as an imported log says, by the clock, and what is true then. Seconds a case."""

    true: float
    work: float
    """Saved without its work."""
    low: float
    """Saved without its work and its wait, by its 95 % interval."""
    high: float
    cycle: float

    @property
    def covered(self) -> bool:
        return self.low - 0.001 * self.cycle <= self.true <= self.high + 0.001 * self.cycle

    @property
    def covered_from_work(self) -> bool:
        """Whether it lies between the work alone and the most that is said."""
        return min(self.low, self.work) - 0.001 * self.cycle <= self.true <= self.high + 0.001 * self.cycle


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one step, and what is true. Seconds of working time a case."""

    load: float
    true: float
    said: float
    low: float
    high: float
    cycle: float
    imported: Imported | None
    """None: the report does not speak of the step, for it never held up a case."""

    @property
    def covered(self) -> bool:
        """To the thousandth of the cycle that a simulation of so many cases knows."""
        return self.low - 0.001 * self.cycle <= self.true <= self.high + 0.001 * self.cycle

    @property
    def off(self) -> float:
        """How far the middle is off, as a share of the cycle."""
        return abs(self.said - self.true) / self.cycle


def model_of(seed: int) -> tuple[Model, float]:
    """A process, and the load of its busiest desk."""
    draw = random.Random(f"instant {seed}")
    count = draw.randint(4, 6)
    fork = draw.randint(1, count - 2)
    load = draw.uniform(0.4, 0.75)
    nodes: list[Node] = []
    people: list[Person] = []
    hours: dict[str, float] = {}

    def work(name: str, following: int) -> None:
        hours[name] = draw.uniform(0.3, 2.0)
        notice = Exponential(3600 * draw.uniform(1, 6)) if draw.random() < 0.4 else None
        nodes.append(
            Work(
                place=Place("flow", name, name, "flow"), work=Lognormal(3600 * hours[name], 0.7), group=name, notice=notice,
                next=following,
            )
        )  # fmt: skip
        people.extend(Person(name=f"{name}-{n}", groups=frozenset({name})) for n in range(2))

    for step in range(count):
        here = len(nodes)
        if step == fork:
            after = here + 3
            nodes.append(Fork(branches=(here + 1, here + 2), next=after))
            work(f"s{step}a", END)
            work(f"s{step}b", END)
        else:
            work(f"s{step}", here + 1 if step < count - 1 else END)
    per_hour = load * 2 / max(hours.values()) * 40 / 168
    model = Model(
        nodes=tuple(nodes), people=tuple(people), calendars={"standard": OFFICE},
        sources=(Source(name="flow", arrivals=Poisson(per_hour), entry=0),),
    )  # fmt: skip
    return model, load


def mean_cycles(log: ProcessLog) -> tuple[float, float]:
    """The mean cycle in seconds of working time, and by the clock."""
    working = sum(working_between(log.calendar, one.begin, one.end).total_seconds() for one in log.cases)
    clock = sum((one.end - one.begin).total_seconds() for one in log.cases)
    return working / len(log.cases), clock / len(log.cases)


def reported(log: ProcessLog) -> dict[str, Instant]:
    """What `procession diagnose` says by step of the same cases as CSV: who did what, from when to when."""
    table = table_of(log)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        write_log(replace(table, traits={}, case_traits={}, pauses=table.pauses[:0]), path)
        return {one.step: one for one in diagnose(read_log(path, Options()).table).instants}


def answers_of(seed: int) -> list[Answer]:
    """One answer for each step of one process."""
    model, load = model_of(seed)
    told = simulate(model, Limit(cases=TOLD_FROM), seed=seed).process_log()
    report = reported(told)
    with_it = mean_cycles(simulate(model, Limit(cases=TRUTH_FROM), seed=seed + 50_000).process_log())
    found: list[Answer] = []
    for place, node in enumerate(model.nodes):
        if isinstance(node, Work):
            nodes = list(model.nodes)
            nodes[place] = replace(node, work=Fixed(0), group=None, notice=None)
            changed = replace(model, nodes=tuple(nodes))
            without = mean_cycles(simulate(changed, Limit(cases=TRUTH_FROM), seed=seed + 50_000).process_log())
            said = make_instant(told, Site("step", "flow", node.place.step))
            other = report.get(node.place.step)
            clock = None
            if other is not None:
                clock = Imported(
                    with_it[1] - without[1], other.work.mean, other.whole.low, other.whole.high, other.cycle
                )
            found.append(Answer(load, with_it[0] - without[0], said.saved, said.low, said.high, said.before, clock))
    return found


def measure(drawn: range, asked: Namespace) -> Figures:
    """How often the true change lies in the interval, and how far off the middle is."""
    processes = [answers_of(seed) for seed in drawn]
    answers = [one for process in processes for one in process]
    quiet = [process for process in processes if process[0].load <= 0.6]
    imported = [[one.imported for one in process if one.imported is not None] for process in processes]
    return {
        "answers": len(answers),
        "covered": _of_answers(processes, lambda one: one.covered),
        "covered_with_few_queues": _of_answers(quiet, lambda one: one.covered),
        "too_much_said": _of_answers(processes, lambda one: one.true < one.low - 0.001 * one.cycle),
        "too_little_said": _of_answers(processes, lambda one: one.true > one.high + 0.001 * one.cycle),
        "points_of_the_cycle_off_mean": mean(100 * one.off for one in answers),
        "points_of_the_cycle_off_worst": max(100 * one.off for one in answers),
        "imported_answers": sum(len(process) for process in imported),
        "imported_covered": _of_reports(imported, lambda one: one.covered),
        "imported_covered_from_work_alone": _of_reports(imported, lambda one: one.covered_from_work),
        "imported_too_little_said": _of_reports(imported, lambda one: one.true > one.high + 0.001 * one.cycle),
    }


def _of_reports(processes: list[list[Imported]], holds: Callable[[Imported], bool]) -> float:
    return ratio((float(sum(map(holds, process))), float(len(process))) for process in processes)


def _of_answers(processes: list[list[Answer]], holds: Callable[[Answer], bool]) -> float:
    """The share of answers; those of one process go together."""
    return ratio((float(sum(map(holds, process))), float(len(process))) for process in processes)


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=6, grading=7000, tuning=100)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
