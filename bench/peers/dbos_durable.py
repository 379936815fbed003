"""DBOS on PostgreSQL: a workflow that waits for five messages. Run by its own Python; prints steps a second.

python dbos_durable.py URL CLIENTS CASES_A_CLIENT
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS

STEPS = 5


@DBOS.workflow()
def five() -> int:
    """A human step is a message that the workflow waits for."""
    for _ in range(STEPS):
        DBOS.recv("done", timeout_seconds=60)
    return STEPS


def client(cases: int) -> None:
    """Start a workflow, send it its five messages, wait for its end; again and again."""
    for _ in range(cases):
        handle = DBOS.start_workflow(five)
        for step in range(STEPS):
            DBOS.send(handle.get_workflow_id(), f"step {step}", "done")
        assert handle.get_result() == STEPS


def main(url: str, clients: int, cases: int) -> None:
    DBOS(config={"name": "bench", "system_database_url": url, "run_admin_server": False, "log_level": "ERROR"})
    DBOS.launch()
    client(1)  # warms up
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(client, [cases] * clients))
    print(clients * cases * (STEPS + 1) / (time.perf_counter() - began))
    DBOS.destroy()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
