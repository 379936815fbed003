"""What a change would do, against worlds in which it is known: does the interval hold the true effect?

    python -m bench.grading.whatif [--json] [--tuning] [--seeds N]

Each scenario is a world of its own: a workflow with drawn arrivals, people, work, delays and shares, at 50 to 85 % use of its
busiest group. Its log is measured as a log of the records is, a change is asked of the fitted model (another person,
a faster step, a step that lies shorter, a step gone), and the interval of the mean time of a case is held against what the change
does in the world itself, simulated often. A fit that fails its calibration is silent and counts as that. Thresholds and
the way the interval is made were set on seeds below 1,000; seeds from 5,000 on grade.
"""

from __future__ import annotations

import statistics
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bench.grading.running import Figures, Grader, share
from procession.analytics.simulation.comparing import Estimate, Noise, compare
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.fitting import fit
from procession.analytics.simulation.laying import Ground
from procession.analytics.simulation.model import Model
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.simulation.scenario import Scenario
from procession.engine.definition import Definition
from procession.engine.program import compile_definition
from procession.interchange.scenarios import read_scenario
from procession.interchange.yaml import read

GOALS: Final = {"covered": 0.9}
LIMITS: Final = {"covered": 0.98}
CASES = 150
"""Of each run that a change is asked of."""
TRUE_RUNS = 60

FLOW = """
workflow: flow
title: Flow
fields: {risky: yes/no}
start: {form: [risky]}
steps:
  - {task: Prepare, assign: "group:desk"}
  - {task: Look closer, when: risky, assign: "group:desk"}
  - {task: Agree, assign: "group:boss"}
  - {task: File, assign: "group:archive"}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A world in figures; times are hours."""

    week: float
    """Cases a week."""
    people: Mapping[str, int]
    work: Mapping[str, tuple[float, float]]
    """By step: mean and spread."""
    lies: Mapping[str, tuple[float, float]]
    risky: float
    gone: str = ""

    def scenario(self) -> Scenario:
        """As a scenario laid over the bare workflow."""
        steps: list[str] = []
        for step, (hours, spread) in self.work.items():
            if step == self.gone:
                steps.append(f"  {step}: {{instant: true}}\n")
                continue
            said = f"work: {{usually: {3600 * hours:.0f} seconds, spread: {spread:.2f}}}"
            if step in self.lies:
                lies, scatter = self.lies[step]
                said += f", wait: {{usually: {3600 * lies:.0f} seconds, spread: {scatter:.2f}}}"
            steps.append(f"  {step}: {{{said}{f', happens: {self.risky:.2f}' if step == 'look-closer' else ''}}}\n")
        people = ", ".join(f"{name}: {count}" for name, count in self.people.items())
        return scenario(
            f"scenario: World\narrivals: {self.week:.2f} per week\npeople: {{{people}}}\nsteps:\n{''.join(steps)}"
        )


@dataclass(frozen=True, slots=True)
class World:
    """One planted scenario."""

    before: Said
    after: Said
    asked: str
    """The change, as it is asked of the fitted model."""
    kind: str
    cases: int
    """Of the log."""


def measure(drawn: range, asked: Namespace) -> Figures:
    """How many intervals hold the true effect, beside those that hold chance alone; and how wide they are."""
    by_kind: dict[str, list[bool]] = {}
    alone: list[bool] = []
    wide: list[float] = []
    for seed in drawn:
        world = planted(seed)
        found = graded(world, seed)
        if found is None:
            continue
        with_log, chance, true = found
        inside = with_log.low <= true <= with_log.high
        by_kind.setdefault(world.kind, []).append(inside)
        alone.append(chance.low <= true <= chance.high)
        if true:
            wide.append((with_log.high - with_log.low) / 2 / abs(true))
        print(f"{seed} {world.kind}: {true / 3600:.2f} h in {with_log.low / 3600:.2f} to {with_log.high / 3600:.2f}"
              f"{'' if inside else '  MISSED'}", file=sys.stderr, flush=True)  # fmt: skip
    return {
        "scenarios": len(drawn), "silent": len(drawn) - len(alone),
        "covered": share(one for held in by_kind.values() for one in held), "covered_by_chance_alone": share(alone),
        "half_width_of_effect": statistics.median(wide),
        **{f"covered_{kind.replace(' ', '_')}": share(held) for kind, held in sorted(by_kind.items())},
    }  # fmt: skip


def ground() -> Ground:
    """The workflow, of which nothing is known yet."""
    definition = read(FLOW).definition
    assert isinstance(definition, Definition)
    return Ground(program=compile_definition(definition))


def planted(seed: int) -> World:
    """A world by its number."""
    rng = Random(seed)
    work = {"prepare": rng.uniform(0.5, 2), "look-closer": rng.uniform(1, 4), "agree": rng.uniform(0.1, 0.6),
            "file": rng.uniform(0.2, 1)}  # fmt: skip
    risky, people = rng.uniform(0.2, 0.7), {"desk": rng.randint(1, 3), "boss": 1, "archive": 1}
    load = {"desk": work["prepare"] + risky * work["look-closer"], "boss": work["agree"], "archive": work["file"]}
    busiest = max(load[group] / people[group] for group in people)
    week = 40 * rng.uniform(0.5, 0.85) / busiest
    lying = {step: (rng.uniform(0.5, 8), rng.uniform(0.5, 1)) for step in work if rng.random() < 0.6} or {
        "agree": (4.0, 1.0)
    }
    drawn = {step: (hours, rng.uniform(0.4, 1.1)) for step, hours in work.items()}
    before = Said(week, people, drawn, lying, risky)
    kind = rng.choice(("more people", "faster", "lies shorter", "gone"))
    part, cases = rng.choice((0.2, 0.5, 0.7)), rng.randint(150, 400)
    if kind == "more people":
        more = people["desk"] + 1
        return World(before, replace(before, people={**people, "desk": more}), f"people: {{desk: {more}}}", kind, cases)
    if kind == "gone":
        step = rng.choice(("agree", "file"))
        return World(before, replace(before, gone=step), f"steps: {{{step}: {{instant: true}}}}", kind, cases)
    if kind == "faster":
        step = rng.choice(("prepare", "look-closer"))
        hours, spread = drawn[step]
        after = replace(before, work={**drawn, step: (hours * part, spread)})
        return World(before, after, f"steps: {{{step}: {{takes: {part}}}}}", kind, cases)
    step = rng.choice(sorted(lying))
    lies, spread = lying[step]
    after = replace(before, lies={**lying, step: (lies * part, spread)})
    return World(before, after, f"steps: {{{step}: {{lies: {part}}}}}", kind, cases)


def scenario(text: str) -> Scenario:
    """A scenario from its text. Raises `ValueError` where something is wrong with it."""
    found = read_scenario(text)
    if found.scenario is None:
        raise ValueError(f"{text}: {[one.sentence for one in found.findings]}")
    return found.scenario


def graded(world: World, seed: int) -> tuple[Estimate, Estimate, float] | None:
    """The interval, the one that holds chance alone, and the true effect; None where the fit is silent."""
    bare, limit = ground(), Limit(cases=CASES)
    before, after = bare.model(world.before.scenario()), bare.model(world.after.scenario())
    true = statistics.fmean(
        float(simulate(after, limit, seed=run).cycles.mean() - simulate(before, limit, seed=run).cycles.mean()) / 1e6
        for run in range(90_000 + 100 * seed, 90_000 + 100 * seed + TRUE_RUNS)
    )
    log = simulate(before, Limit(cases=world.cases), seed=seed).process_log()
    known = replace(bare.figures, people={f"group:{name}": count for name, count in world.before.people.items()})
    asked = scenario(f"scenario: Change\n{world.asked}")
    try:
        fitted = fit(log, replace(bare, figures=known), seed=seed + 1)
        if not fitted.calibration.is_good:
            return None

        def models(number: int) -> tuple[Model, Model]:
            other = fitted.resampled(number)
            return other.model(), other.model(asked)

        first, second = fitted.ground.model(), fitted.ground.model(asked)
        found = compare(first, second, limit, seed=seed + 2, noise=Noise(models))
        chance = compare(first, second, limit, seed=seed + 2)
    except SimulationError as problem:
        print(f"{seed}: {problem}", file=sys.stderr)
        return None
    return found.cycle, chance.cycle, true


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=200, tuning=1)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
