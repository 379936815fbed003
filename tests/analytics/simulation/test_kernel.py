"""The compiled kernel leaves the same log as the loop. It is compiled once, and kept on disk."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings

from procession.analytics.simulation.compiled import unsupported
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.flow import Flow
from procession.analytics.simulation.model import Effect, Model, Node
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.reference import ten_steps
from procession.analytics.simulation.run import simulate
from tests.analytics.simulation.build import model, step
from tests.analytics.simulation.generate import models
from tests.analytics.simulation.test_laws import SEEDS, same

pytestmark = pytest.mark.timeout(600)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(everything=False), SEEDS)
def test_the_same_draws_give_the_same_log(made: Model, seed: int) -> None:
    assert unsupported(made) is None
    by_loop = simulate(made, Limit(cases=40), seed=seed, engine="loop")
    by_kernel = simulate(made, Limit(cases=40), seed=seed, engine="kernel")
    same(by_loop.columns, by_kernel.columns)
    assert by_loop.truth.cause.tolist() == by_kernel.truth.cause.tolist()


def test_the_reference_is_the_same_to_the_microsecond() -> None:
    limit = Limit(cases=3000)
    by_loop = simulate(ten_steps(), limit, seed=7, engine="loop")
    same(by_loop.columns, simulate(ten_steps(), limit, seed=7, engine="kernel").columns)
    same(by_loop.columns, Flow(by_loop.plan).run())


def test_other_seeds_give_cycle_times_of_the_same_distribution() -> None:
    """Two-sample Kolmogorov and Smirnov on every tenth case, as neighbours are alike: not told apart at 1 %."""
    import numpy as np

    one = np.sort(simulate(ten_steps(), Limit(cases=6000), seed=1, engine="loop").cycles[500::10])
    other = np.sort(simulate(ten_steps(), Limit(cases=6000), seed=2, engine="kernel").cycles[500::10])
    both = np.concatenate((one, other))
    distance = np.abs(
        np.searchsorted(one, both, side="right") / len(one) - np.searchsorted(other, both, side="right") / len(other)
    ).max()
    assert distance < 1.628 * np.sqrt(2 / len(one))


def test_what_it_does_not_run_is_said() -> None:
    nodes: tuple[Node, ...] = (step("do", next=1), Effect(milestone="done"))
    with pytest.raises(SimulationError, match="does not run effect steps"):
        simulate(model(*nodes), Limit(cases=1), engine="kernel")


def test_only_the_kernel_imports_numba() -> None:
    code = (
        "import sys; import procession.cli.simulating, procession.analytics.simulation.summary; "
        "from procession.analytics.simulation import run, from_definition; sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
