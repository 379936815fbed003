"""How right the cascade is: what a delay does to the end, against the same process run again with the delay.

    python -m bench.cascade [--json] [--tuning] [--seeds N]

The truth is a second run of a made process with the same luck for every visit, in which one step of one case took
longer, with all queues, calendars, joins and meetings; the cascade sees only the log of the first run. Asked are closed
cases, at tasks of theirs, with delays of one, three and six working days. *Within a gate* is the share of answers that
are off by no more than the period of the process's meeting (a week where it has none). *Median error* and *mean error*
are how far the answer is off, as a share of the delay that was asked about or of what it really cost, whichever is
more. The same is said of the cascade without queues. Seeds 500 and on grade; seeds 300 and on (`--tuning`) are those
that limits were chosen by.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bench.telling import tell
from procession.analytics.cascade import Delay, cascade, shift, way_of
from procession.analytics.courses import Course, Courses
from procession.analytics.forecast import Forecaster, running_at
from procession.analytics.forecast.forecaster import WAYS
from procession.analytics.log import ProcessLog, Site
from procession.analytics.queues import Queues
from tests.analytics.made_processes import Made

GRADING, TUNING = 500, 300
CASES = 160
DAY = 86_400.0
GOALS = {"within_a_gate": 0.95, "close_enough": 1.0}
ENOUGH = 0.15
"""The median error that is aimed at, of closed and of running cases."""


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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cascade", description="Grades what a delay is said to do.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--tuning", action="store_true", help="the seeds that limits were chosen by")
    parser.add_argument("--seeds", type=int, default=24, help="how many processes")
    options = parser.parse_args(arguments)
    first = TUNING if options.tuning else GRADING
    return tell(measure(range(first, first + options.seeds)), GOALS, as_json=options.json)


def measure(seeds: Iterable[int]) -> dict[str, float]:
    """The figures over these processes, each answer alike."""
    answers: list[Answer] = []
    seconds = 0.0
    for seed in seeds:
        began = time.process_time()
        answers += answers_of(seed)
        seconds += time.process_time() - began
    figures = {"answers": float(len(answers)), "truly_unchanged": share(one.true < 0.01 for one in answers)}
    for name, said in (("", lambda one: one.queued), ("without_queues_", lambda one: one.plain)):
        figures |= {
            f"{name}within_a_gate": share(abs(said(one) - one.true) <= one.period for one in answers),
            f"{name}median_error": statistics.median(one.error(said(one)) for one in answers),
            f"{name}mean_error": statistics.fmean(one.error(said(one)) for one in answers),
            f"{name}mean_days_off": statistics.fmean(said(one) - one.true for one in answers),
            f"{name}eight_of_ten_errors_under": sorted(one.error(said(one)) for one in answers)[
                int(0.8 * len(answers))
            ],
        }
    asked = [one for one in answers if one.running is not None]
    errors = [one.error(one.running) for one in asked if one.running is not None]
    figures |= {
        "while_running_answers": float(len(asked)),
        "while_running_within_a_gate": share(abs((one.running or 0) - one.true) <= one.period for one in asked),
        "while_running_median_error": statistics.median(errors),
        "while_running_mean_error": statistics.fmean(errors),
    }
    worst = max(figures["median_error"], figures["while_running_median_error"])
    figures["close_enough"] = float(worst <= ENOUGH)
    return figures


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


def share(found: Iterable[bool]) -> float:
    known = list(found)
    return sum(known) / len(known)


if __name__ == "__main__":
    sys.exit(main())
