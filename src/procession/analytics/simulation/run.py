"""Simulate: a model, how much, a seed; the log comes out."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal

from procession.analytics.simulation.compiled import unsupported
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.flow import Flow
from procession.analytics.simulation.hours import HorizonReached
from procession.analytics.simulation.loop import Columns, Loop
from procession.analytics.simulation.members import Processes
from procession.analytics.simulation.model import Bound, Choice, End, Members, Model, Work
from procession.analytics.simulation.prepare import Limit, Plan, first_horizon, further, prepare
from procession.analytics.simulation.result import SimulatedLog

Engine = Literal["auto", "loop", "kernel"]

WORTH_COMPILING = 50_000
"""Cases from which on `auto` takes the kernel: below, compiling it takes longer than the loop."""

Progress = Callable[[int, int], None]
"""Told now and then how many cases have arrived, of how many."""


def simulate(
    model: Model, limit: Limit, *, seed: int = 0, engine: Engine = "auto", progress: Progress | None = None
) -> SimulatedLog:
    """Run a model until its last case has ended. The same seed gives the same log, with either engine.

    Raises `SimulationError` where the model cannot be run, or its work is never done.
    """
    if seed < 0:
        raise SimulationError(f"the seed {seed} is below 0", "take a whole number from 0 up")
    chosen = _engine(model, limit, engine)
    horizon = first_horizon(model, limit)
    while True:
        try:
            plan = prepare(model, limit, seed, horizon)
            return SimulatedLog(plan, _run(plan, chosen, progress))
        except HorizonReached:
            horizon = further(horizon)


def _engine(model: Model, limit: Limit, engine: Engine) -> Literal["loop", "kernel"]:
    lacking = unsupported(model)
    if engine == "kernel":
        if lacking is not None:
            raise SimulationError(f"the kernel does not run {lacking}", "leave the choice of engine to auto")
        if find_spec("numba") is None:
            raise SimulationError("the kernel needs numba", "install procession[analytics]")
        return "kernel"
    volume = limit.cases is not None and limit.cases >= WORTH_COMPILING
    if engine == "auto" and volume and lacking is None and find_spec("numba") is not None:
        return "kernel"
    return "loop"


def _run(plan: Plan, engine: Literal["loop", "kernel"], progress: Progress | None) -> Columns:
    if engine == "kernel":
        from procession.analytics.simulation import kernel

        return kernel.run(plan)
    loop = loop_for(plan)
    loop.progress = progress
    return loop.run()


def loop_for(plan: Plan) -> Loop:
    """The least of the loops that knows everything in the model."""
    nodes = plan.model.nodes
    if any(isinstance(node, Members) for node in nodes):
        return Processes(plan)
    plain = all(_is_plain(node) for node in nodes) and all(source.begin is None for source in plan.model.sources)
    return Loop(plan) if plain else Flow(plan)


def _is_plain(node: object) -> bool:
    if isinstance(node, Work):
        return not node.not_by and node.until is None
    if isinstance(node, Choice):
        return node.decide is None
    if isinstance(node, Bound):
        return node.levels == 0
    return isinstance(node, End)
