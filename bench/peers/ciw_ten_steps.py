"""The ten-step reference on ciw: prints cases a second of processor time, and the mean cycle in hours.

People leave at closing time and their work is resumed at the next opening.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict

import ciw

STEPS, PEOPLE, MEAN, PER_HOUR, DAY = 10, 3, 0.5, 1.1, 24.0


def week() -> tuple[list[int], list[float]]:
    """Numbers of people, and until when of the week each holds; time zero is a Monday's midnight."""
    numbers: list[int] = []
    ends: list[float] = []
    for day in range(5):
        numbers += [0, PEOPLE]
        ends += [day * DAY + 9, day * DAY + 17]
    return [*numbers, 0], [*ends, 7 * DAY]


def main(cases: int, seed: int) -> None:
    ciw.seed(seed)
    numbers, ends = week()
    routing = [[1.0 if column == row + 1 else 0.0 for column in range(STEPS)] for row in range(STEPS)]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(PER_HOUR), *([None] * (STEPS - 1))],
        service_distributions=[ciw.dists.Exponential(1 / MEAN)] * STEPS,
        routing=routing,
        number_of_servers=[
            ciw.Schedule(numbers_of_servers=numbers, shift_end_dates=ends, preemption="resume") for _ in range(STEPS)
        ],
    )
    simulation = ciw.Simulation(network)
    began = time.process_time()
    simulation.simulate_until_max_customers(cases, method="Finish")
    took = time.process_time() - began
    records = defaultdict(list)
    for record in simulation.get_all_records():
        if record.record_type == "service":
            records[record.id_number].append(record)
    whole = [own for own in records.values() if {record.node for record in own} == set(range(1, STEPS + 1))]
    cycles = [max(one.exit_date for one in own) - min(one.arrival_date for one in own) for own in whole]
    print(cases / took, sum(cycles) / len(cycles))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
