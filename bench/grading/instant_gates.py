"""What making a step instant is said to save where work waits for a weekly meeting, against the process run again with it.

    python -m bench.grading.instant_gates [--json] [--seeds N]

The processes of `bench.grading.instant`, in which one step is a meeting: it is held once a week, and takes up all that is
ready by then. What is saved before it counts only where it reaches an earlier meeting. Half of the processes meet at
their second step, so that much comes after it, half at their last but one. The truth is told as there; the meeting itself is made
instant by not being waited for. *As if there were no meeting* is the share that would be covered by answers that carry every
saving through it. Seeds from 7000 on grade; those below were used to write this.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final
from unittest.mock import patch

from bench.grading.instant import OFFICE, TOLD_FROM, TRUTH_FROM, Answer, mean_cycle, model_of
from bench.grading.running import Figures, grader
from procession.analytics import whatif
from procession.analytics.log import Site
from procession.analytics.simulation.distributions import Fixed, Lognormal
from procession.analytics.simulation.hours import Weekly
from procession.analytics.simulation.model import Model, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate

GOALS: Final = {"covered": 0.9}
LIMITS: Final[dict[str, float]] = {}
SEEDS: Final = 12
FIRST: Final = 7000


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


def answers_of(seed: int) -> list[tuple[Answer, Answer, bool]]:
    """Of each step of one process: the answer, what it would be without gates, and whether it is the meeting."""
    model, load, meeting = with_meeting(seed)
    told = simulate(model, Limit(cases=TOLD_FROM), seed=seed).process_log()
    with_it = mean_cycle(simulate(model, Limit(cases=TRUTH_FROM), seed=seed + 50_000).process_log())
    found: list[tuple[Answer, Answer, bool]] = []
    for place, node in enumerate(model.nodes):
        if not isinstance(node, Work):
            continue
        nodes = list(model.nodes)
        nodes[place] = replace(node, work=Fixed(0), group=None, notice=None, gate=None)
        without = replace(model, nodes=tuple(nodes))
        true = with_it - mean_cycle(simulate(without, Limit(cases=TRUTH_FROM), seed=seed + 50_000).process_log())
        site = Site("step", "flow", node.place.step)
        said = whatif.make_instant(told, site)
        with patch.object(whatif, "gates_of", lambda log: {}):
            carried = whatif.make_instant(told, site)
        answer, other = (Answer(load, true, one.saved, one.low, one.high, one.before) for one in (said, carried))
        found.append((answer, other, place == meeting))
    return found


def measure(seeds: int) -> Figures:
    """How often the true change lies in the interval, and how far off the middle is."""
    found = [one for seed in range(FIRST, FIRST + seeds) for one in answers_of(seed)]
    answers = [one for one, _, _ in found]
    others = [one for one, _, is_meeting in found if not is_meeting]
    return {
        "answers": len(answers),
        "covered": _covered(answers),
        "covered_of_steps_beside_the_meeting": _covered(others),
        "covered_as_if_there_were_no_meeting": _covered([one for _, one, _ in found]),
        "too_much_said": sum(one.true < one.low - 0.001 * one.cycle for one in answers) / len(answers),
        "too_little_said": sum(one.true > one.high + 0.001 * one.cycle for one in answers) / len(answers),
        "points_of_the_cycle_off_mean": _off(answers),
        "points_of_the_cycle_off_mean_as_if_there_were_no_meeting": _off([one for _, one, _ in found]),
    }


def _covered(answers: list[Answer]) -> float:
    return sum(one.covered for one in answers) / len(answers)


def _off(answers: list[Answer]) -> float:
    return 100 * sum(abs(one.said - one.true) / one.cycle for one in answers) / len(answers)


if __name__ == "__main__":
    raise SystemExit(grader(measure, GOALS, LIMITS, SEEDS, __doc__))
