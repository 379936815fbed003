"""A server process as the crash tests run it: clients and a worker. It writes down each command that was acknowledged.

python -m tests.crash.node URL ORGANISATION FOLDER NAME drain|load
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from pathlib import Path

from procession.jobs.worker import Worker
from procession.settings import Settings
from procession.store.store import Store
from tests.crash.story import complete_if_open, start_relay

CLIENTS = 4


def main(url: str, organisation: str, folder: str, name: str, mode: str) -> None:
    journal = os.open(Path(folder) / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def acknowledged(key: str) -> None:
        os.write(journal, f"{key}\n".encode())

    with Store(url, pool_size=CLIENTS) as store:
        worker = Worker(store, Settings(data=Path(folder)), poll=0.1, rescue_after=1.5)
        worker.start()

        def client(number: int) -> None:
            turn = 0
            while mode == "load" or not _is_over(store, organisation):
                turn += 1
                if mode == "load" and (item := f"{name}-{number}-{turn}"):
                    os.write(journal, f"asked {item}\n".encode())
                    start_relay(store, organisation, item)
                    acknowledged(f"start/{item}")
                with store.transaction(organisation) as tx:
                    tasks = tx.tasks.inbox("ana", limit=8)
                for task in random.sample(tasks, len(tasks)):
                    if complete_if_open(store, organisation, task.id):
                        acknowledged(f"task/{task.id}")
                if not tasks:
                    time.sleep(0.05)

        threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        worker.stop()


def _is_over(store: Store, organisation: str) -> bool:
    with store.transaction(organisation) as tx:
        waiting = tx.jobs.waiting()
        open_ = tx.run("SELECT count(*) FROM cases WHERE organisation = :organisation AND status = 'open'").scalar_one()
    return not waiting and not open_


if __name__ == "__main__":
    main(*sys.argv[1:])
