"""What making a step instant is said to save where work waits for a weekly meeting, against the process run again with it.

    python -m bench.grading.instant_gates [--json] [--tuning] [--seeds N]

The processes of `bench.grading.instant`, in which one step is a meeting: it is held once a week, and takes up all that is
ready by then. What is saved before it counts only where it reaches an earlier meeting. Half of the processes meet at
their second step, so that much comes after it, half at their last but one. The truth is told as there; the meeting itself is made
instant by not being waited for. *As if there were no meeting* is the share that would be covered by answers that carry every
saving through it. Limits were
chosen on no seeds: nothing here was fitted.
"""

from __future__ import annotations

import random
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from bench.grading.instant import OFFICE, TOLD_FROM, TRUTH_FROM, mean_cycles, model_of
from bench.grading.running import Figure, Figures, Grader, ratio
from procession.analytics.bootstrap import mean_interval
from procession.analytics.counted import working_between
from procession.analytics.log import ProcessLog, Site
from procession.analytics.named_dates import named_dates
from procession.analytics.simulation.distributions import Fixed, Lognormal
from procession.analytics.simulation.hours import Weekly
from procession.analytics.simulation.model import Model, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.whatif import Change, Removed, make_instant, retime

GOALS: Final = {"covered": 0.9}
LIMITS: Final[dict[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds of working time a case."""

    true: float
    said: float
    low: float
    high: float
    cycle: float

    @property
    def covered(self) -> bool:
        """To the thousandth of the cycle that a simulation of so many cases knows."""
        return self.low - 0.001 * self.cycle <= self.true <= self.high + 0.001 * self.cycle


def with_meeting(seed: int) -> tuple[Model, float, int]:
    """A process with a meeting, the load of its busiest desk, and the node that is the meeting."""
    model, load = model_of(seed)
    draw = random.Random(f"meeting {seed}")
    single = [
        place for place, node in enumerate(model.nodes) if isinstance(node, Work) and node.place.step[-1].isdigit()
    ]
    place = single[1 if draw.random() < 0.5 else -2] if len(single) > 2 else single[-1]
    gate = Weekly(((draw.randint(0, 4), draw.choice((600, 780, 900))),), OFFICE)
    nodes = list(model.nodes)
    nodes[place] = replace(
        nodes[place], work=Lognormal(1800, 0.5), group=None, notice=None, gate=gate, calendar="standard"
    )
    return replace(model, nodes=tuple(nodes)), load, place


def carried(log: ProcessLog, site: Site, true: float, cycle: float) -> Answer:
    """The answer that carries every saving through the meeting."""

    def saved(remove: Removed) -> list[float]:
        dates = named_dates(log.cases, log.calendar.zone)
        ends = (max(retime(one, log, Change(site, remove), dates).values()) for one in log.cases)
        return [
            working_between(log.calendar, end, one.end).total_seconds()
            for one, end in zip(log.cases, ends, strict=True)
        ]

    savings = saved("everything")
    low, high = mean_interval(savings)
    return Answer(true, fmean(savings), min(low, mean_interval(saved("working"))[0]), high, cycle)


def answers_of(seed: int) -> list[tuple[Answer, Answer, bool]]:
    """Of each step of one process: the answer, what it would be without gates, and whether it is the meeting."""
    model, _, meeting = with_meeting(seed)
    told = simulate(model, Limit(cases=TOLD_FROM), seed=seed).process_log()
    with_it, _ = mean_cycles(simulate(model, Limit(cases=TRUTH_FROM), seed=seed + 50_000).process_log())
    found: list[tuple[Answer, Answer, bool]] = []
    for place, node in enumerate(model.nodes):
        if not isinstance(node, Work):
            continue
        nodes = list(model.nodes)
        nodes[place] = replace(node, work=Fixed(0), group=None, notice=None, gate=None)
        changed = simulate(replace(model, nodes=tuple(nodes)), Limit(cases=TRUTH_FROM), seed=seed + 50_000)
        true = with_it - mean_cycles(changed.process_log())[0]
        site = Site("step", "flow", node.place.step)
        said = make_instant(told, site)
        answer = Answer(true, said.saved, said.low, said.high, said.before)
        found.append((answer, carried(told, site, true, said.before), place == meeting))
    return found


def measure(drawn: range, asked: Namespace) -> Figures:
    """How often the true change lies in the interval, and how far off the middle is."""
    runs = [answers_of(seed) for seed in drawn]
    answers = [[one for one, _, _ in run] for run in runs]
    through = [[one for _, one, _ in run] for run in runs]
    beside = [[one for one, _, is_meeting in run if not is_meeting] for run in runs]
    return {
        "answers": sum(map(len, answers)),
        "covered": _share(answers, lambda one: one.covered),
        "covered_of_steps_beside_the_meeting": _share(beside, lambda one: one.covered),
        "covered_as_if_there_were_no_meeting": _share(through, lambda one: one.covered),
        "too_much_said": _share(answers, lambda one: one.true < one.low - 0.001 * one.cycle),
        "too_little_said": _share(answers, lambda one: one.true > one.high + 0.001 * one.cycle),
        "points_of_the_cycle_off_mean": _share(answers, _off),
        "points_of_the_cycle_off_mean_as_if_there_were_no_meeting": _share(through, _off),
    }


def _share(runs: Sequence[Sequence[Answer]], of: Callable[[Answer], float]) -> Figure:
    """The mean over all answers; those of one process go together."""
    return ratio((sum(map(of, run)), len(run)) for run in runs)


def _off(one: Answer) -> float:
    return 100 * abs(one.said - one.true) / one.cycle


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=12, grading=7000, tuning=60)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
