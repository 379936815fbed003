"""The ten-step reference on SimPy: prints cases a second of processor time, and the mean cycle in hours.

Service is interrupted at closing time and goes on at the next opening, as in the reference.
"""

from __future__ import annotations

import random
import sys
import time

import simpy

STEPS, PEOPLE, MEAN, PER_HOUR, WEEK, DAY = 10, 3, 0.5, 1.1, 168.0, 24.0


def opening(at: float) -> float:
    """The first moment from `at` on inside Monday to Friday, nine to five; time zero is a Monday's midnight."""
    day, hour = divmod(at, DAY)
    if day % 7 < 5 and hour < 17:
        return day * DAY + max(hour, 9.0)
    day += 1
    while day % 7 >= 5:
        day += 1
    return day * DAY + 9.0


def finish(at: float, work: float) -> float:
    at = opening(at)
    while work > (left := at // DAY * DAY + 17 - at):
        work -= left
        at = opening(at // DAY * DAY + 17)
    return at + work


def main(cases: int, seed: int) -> None:
    chance = random.Random(seed)
    env = simpy.Environment()
    teams = [simpy.Resource(env, PEOPLE) for _ in range(STEPS)]
    log: list[tuple[int, int, float, float, float]] = []
    cycles: list[float] = []

    def case(number: int):
        arrived = env.now
        for step, team in enumerate(teams):
            ready = env.now
            with team.request() as request:
                yield request
                started = opening(env.now)
                ended = finish(started, chance.expovariate(1 / MEAN))
                yield env.timeout(ended - env.now)
                log.append((number, step, ready, started, ended))
        cycles.append(env.now - arrived)

    def arrivals():
        for number in range(cases):
            yield env.timeout(chance.expovariate(PER_HOUR))
            env.process(case(number))

    began = time.process_time()
    env.process(arrivals())
    env.run()
    print(cases / (time.process_time() - began), sum(cycles) / len(cycles))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
