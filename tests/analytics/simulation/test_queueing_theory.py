"""Where theory has a formula, a simulation has to find it: waiting in queues of one step."""

from __future__ import annotations

import math
import statistics

import pytest

from procession.analytics.simulation.distributions import Distribution, Exponential, Fixed, Gamma
from tests.analytics.simulation.build import HOUR, hours_waited, line, queue, run

BATCHES = 20


def mean_wait(servers: int, per_hour: float, work: Distribution | None, seed: int) -> tuple[float, float]:
    """The mean wait in hours, and half of its 99 % interval by batch means."""
    waits = hours_waited(run(queue(servers, per_hour, work), 40_000, seed=seed))[2_000:]
    size = len(waits) // BATCHES
    means = [statistics.fmean(waits[k * size : (k + 1) * size]) for k in range(BATCHES)]
    return statistics.fmean(means), 2.861 * statistics.stdev(means) / math.sqrt(BATCHES)


def erlang_c(servers: int, load: float) -> float:
    """The probability that a case has to wait at all."""
    full = load**servers / math.factorial(servers) * servers / (servers - load)
    return full / (sum(load**k / math.factorial(k) for k in range(servers)) + full)


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_one_server_without_memory_waits_as_m_m_1(load: float) -> None:
    found, half = mean_wait(1, load, Exponential(HOUR), seed=11)
    assert abs(found - load / (1 - load)) <= half
    assert half < 0.25 * load / (1 - load)


@pytest.mark.parametrize(("servers", "load"), [(2, 1.6), (5, 4.0)])
def test_several_servers_wait_as_erlang_c(servers: int, load: float) -> None:
    found, half = mean_wait(servers, load, Exponential(HOUR), seed=5)
    assert abs(found - erlang_c(servers, load) / (servers - load)) <= half


def test_fixed_work_waits_half_as_long_as_m_m_1() -> None:
    found, half = mean_wait(1, 0.8, Fixed(HOUR), seed=3)
    assert abs(found - 0.8 / (2 * (1 - 0.8))) <= half


def test_any_work_waits_as_pollaczek_and_khinchine_say() -> None:
    found, half = mean_wait(1, 0.7, Gamma(HOUR, 0.5), seed=3)
    assert abs(found - 0.7 * (1 + 0.25) / (2 * 0.3)) <= half


def test_people_are_as_busy_as_the_load_says() -> None:
    log = run(queue(3, 2.1), 40_000, seed=1)
    span = int(log.columns.completed.max())
    assert log.columns.work.sum() / (3 * span) == pytest.approx(0.7, abs=0.02)


def test_littles_law_is_exact() -> None:
    """The area under the number of cases in the system is the sum of their times, to the microsecond."""
    log = run(line(3, 2, 1.5, Exponential(HOUR)), 2_000, seed=2)
    changes = sorted([(int(at), 1) for at in log.plan.arrived] + [(int(at), -1) for at in log.columns.ended])
    area = present = before = 0
    for moment, change in changes:
        area += present * (moment - before)
        present, before = present + change, moment
    assert area == int(log.cycles.sum())
    assert present == 0
