"""DBOS on PostgreSQL: a workflow that waits for five messages. Run by its own Python; prints steps a second.

python dbos_durable.py URL CASES
"""

import sys
import time

from dbos import DBOS

STEPS = 5


@DBOS.workflow()
def five() -> int:
    """A human step is a message that the workflow waits for."""
    for _ in range(STEPS):
        DBOS.recv("done", timeout_seconds=60)
    return STEPS


def main(url: str, cases: int) -> None:
    DBOS(config={"name": "bench", "system_database_url": url, "run_admin_server": False, "log_level": "ERROR"})
    DBOS.launch()
    began = 0.0
    for number in range(cases + 1):
        if number == 1:  # the first one warms up
            began = time.perf_counter()
        handle = DBOS.start_workflow(five)
        for step in range(STEPS):
            DBOS.send(handle.get_workflow_id(), f"step {step}", "done")
        assert handle.get_result() == STEPS
    print(cases * (STEPS + 1) / (time.perf_counter() - began))
    DBOS.destroy()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
