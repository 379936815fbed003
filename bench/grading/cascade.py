"""How right the cascade is: what a delay does to the end, against the same process run again with the delay (G2).

    python -m bench.grading.cascade [--json] [--tuning] [--seeds N]

The truth is a second run of a made process with the same luck for every visit, in which one step of one case took
longer, with all queues, calendars, joins and meetings; the cascade sees only the log of the first run. Asked are closed
cases, at tasks of theirs, with delays of one, three and six working days. *Within a gate* is the share of answers that
are off by no more than the period of the process's meeting (a week where it has none). *Median error* and *mean error*
are how far the answer is off, as a share of the delay that was asked about or of what it really cost, whichever is
more. The same is said of the cascade without queues. Seeds 500 and on grade; seeds 300 and on (`--tuning`) are those
that limits were chosen by.
"""

from __future__ import annotations

import statistics
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.grading.running import Figures, Grader, mean, ratio
from procession.analytics.cascade import Delay, cascade, shift, way_of
from procession.analytics.courses import Course, Courses
from procession.analytics.forecast import Forecaster, running_at
from procession.analytics.forecast.forecaster import WAYS
from procession.analytics.log import ProcessLog, Site
from procession.analytics.queues import Queues
from tests.analytics.made_processes import Made

CASES = 160
DAY = 86_400.0
GOALS: Final = {"within_a_gate": 0.95}
LIMITS: Final = {"median_error": 0.15, "while_running_median_error": 0.15}


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what came of it, in days."""

    asked: float
    true: float
    queued: float
    """What the cascade says."""
    plain: float
    """What it says without queues."""
    running: float | None
    """What it says while the case runs and the step is open, from the cases that had ended by then; None where it is
    silent."""
    period: float

    def error(self, said: float) -> float:
        """How far off, as a share of the delay or of its true cost."""
        return abs(said - self.true) / max(self.asked, self.true)


def measure(drawn: range, asked: Namespace) -> Figures:
    """The figures over these processes, each answer alike."""
    processes = [list(answers_of(seed)) for seed in drawn]
    answers = [one for process in processes for one in process]
    figures: Figures = {"answers": len(answers), "truly_unchanged": _share(processes, lambda one: one.true < 0.01)}
    for name, said in (("", lambda one: one.queued), ("without_queues_", lambda one: one.plain)):
        figures |= _said(name, processes, said)
    running = [[one for one in process if one.running is not None] for process in processes]
    found = _said("while_running_", running, lambda one: one.running or 0.0)
    kept = ("within_a_gate", "median_error", "mean_error")
    figures["while_running_answers"] = sum(len(process) for process in running)
    return figures | {f"while_running_{name}": found[f"while_running_{name}"] for name in kept}


def _said(name: str, processes: Sequence[Sequence[Answer]], said: Callable[[Answer], float]) -> Figures:
    """How far off one way to say it is."""
    answers = [one for process in processes for one in process]
    errors = sorted(one.error(said(one)) for one in answers)
    return {
        f"{name}within_a_gate": _share(processes, lambda one: abs(said(one) - one.true) <= one.period),
        f"{name}median_error": statistics.median(errors),
        f"{name}mean_error": mean(errors),
        f"{name}mean_days_off": mean(said(one) - one.true for one in answers),
        f"{name}eight_of_ten_errors_under": errors[int(0.8 * len(errors))],
    }


def _share(processes: Iterable[Sequence[Answer]], holds: Callable[[Answer], bool]) -> float:
    """The share of answers; those of one process go together."""
    return ratio((float(sum(map(holds, process))), float(len(process))) for process in processes)


def answers_of(seed: int) -> Iterator[Answer]:
    """Questions about the cases in the middle of one process."""
    plain = Made(seed, paired=True).log(CASES)
    period = max(7, Made(seed).meeting)
    courses = Courses(plain)
    queues = Queues(courses.all, courses.line())
    for number, course in list(enumerate(courses.all))[70:140:5]:
        tasks = [one.site for one in course.stops if one.key[1] == 1 and one.instance.resource is not None]
        site = tasks[number % len(tasks)]
        hours = (8, 24, 48)[number % 3] * 3600.0
        late = Made(seed, paired=True, late={(course.id, site.part, site.name): hours}).log(CASES)
        yield answer(plain, late, number, course, site, hours, queues, period)


def answer(
    plain: ProcessLog,
    late: ProcessLog,
    number: int,
    course: Course,
    site: Site,
    hours: float,
    queues: Queues,
    period: float,
) -> Answer:
    way, delay = way_of(course), Delay(hours)
    queued, without = shift(way, site, delay, queues), shift(way, site, delay)
    assert queued is not None
    assert without is not None
    running = while_running(plain, number, site, delay)
    true = (late.cases[number].end - plain.cases[number].end).total_seconds()
    return Answer(
        queued.links[0].seconds / DAY, true / DAY, queued.seconds / DAY, without.seconds / DAY, running, period
    )


def while_running(log: ProcessLog, number: int, site: Site, delay: Delay) -> float | None:
    """What is said of the case in the middle of the step, knowing what had ended by then."""
    case = log.cases[number]
    step = next(one for one in case.instances if one.site == site)
    at = step.ready + (step.ended - step.ready) / 2
    known = replace(log, cases=tuple(one for one in log.cases if one.end <= at))
    forecaster = Forecaster(known)
    found = forecaster.past.futures(running_at(case, at), at.timestamp(), ways=WAYS)
    said = cascade(found.ways, site, delay, Queues(forecaster.courses.all, forecaster.courses.line()))
    return said.usually / DAY if said is not None else None


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=24, grading=500, tuning=300)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
