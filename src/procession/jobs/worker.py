"""A worker: takes jobs from the queue, fires timers, starts cases that are due, rescues, tidies.

It runs in the server, or in a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from procession.jobs import housekeeping
from procession.jobs.forecasts import Forecasts
from procession.jobs.logs import tidy_logs
from procession.jobs.queue import queue_app
from procession.jobs.rescue import SILENT_FOR, rescue
from procession.jobs.schedules import start_due
from procession.jobs.timers import fire_due
from procession.jobs.work import Tools
from procession.settings import Settings
from procession.store.checkpoints import checkpoint
from procession.store.store import Store
from procession.store.writing import QUEUE

log = structlog.get_logger()

CONCURRENCY = 8
"""Jobs at once: they mostly wait for others."""


class Worker:
    """Runs until it is stopped.

    Args:
        rescue_after: seconds of silence after which a worker counts as dead.
        poll: seconds between looks for due timers.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        concurrency: int = CONCURRENCY,
        rescue_after: float = SILENT_FOR,
        poll: float = 1.0,
    ) -> None:
        self._store = store
        self._tools = Tools.of(store, settings)
        self._concurrency = concurrency
        self._rescue_after = rescue_after
        self._forecasts = Forecasts(store)
        self._poll = poll
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._up = threading.Event()

    # --- in a thread of the server ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin working, in a thread of its own."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self.run()), name="worker", daemon=True)
        self._thread.start()
        self._up.wait(10)

    def stop(self, patience: float = 30.0) -> None:
        """Finish what is under way, then end."""
        loop, main = self._loop, self._main
        if loop is not None and main is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(main.cancel)
        if self._thread is not None:
            self._thread.join(patience)
            self._thread = None

    # --- in a process of its own -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()
        self._loop.set_default_executor(ThreadPoolExecutor(self._concurrency + 4, thread_name_prefix="job"))
        tasks = [
            asyncio.create_task(self._work_queue(), name="queue"),
            asyncio.create_task(self._every(self._poll, lambda: fire_due(self._store)), name="timers"),
            asyncio.create_task(self._every(self._poll, lambda: start_due(self._store)), name="schedules"),
            asyncio.create_task(
                self._every(max(self._rescue_after / 3, 0.5), lambda: rescue(self._store, self._rescue_after)),
                name="rescue",
            ),
            asyncio.create_task(self._every(60, self._checkpoints), name="checkpoints"),
            asyncio.create_task(self._every(60, self._forecasts.look, first_after=30), name="forecasts"),
            asyncio.create_task(self._every(60, lambda: housekeeping.guard_pilots(self._store)), name="pilots"),
            asyncio.create_task(self._every(3600, lambda: housekeeping.tidy(self._store)), name="tidying"),
            asyncio.create_task(self._every(3600, lambda: tidy_logs(self._tools)), name="tidying logs"),
        ]
        self._up.set()
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work_queue(self) -> None:
        """Take jobs; when the database is away, begin again."""
        while True:
            try:
                app = queue_app(self._tools, self._store.url)
                async with app.open_async():
                    await app.run_worker_async(
                        queues=[QUEUE],
                        concurrency=self._concurrency,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        update_heartbeat_interval=max(self._rescue_after / 3, 0.5),
                        stalled_worker_timeout=self._rescue_after,
                        shutdown_graceful_timeout=20,
                    )
            except asyncio.CancelledError:
                raise
            except Exception as trouble:
                log.warning("queue interrupted", error=str(trouble))
            await asyncio.sleep(1)

    async def _every(self, seconds: float, action: Callable[[], object], *, first_after: float = 0.0) -> None:
        await asyncio.sleep(first_after)
        failing = False
        while True:
            try:
                await asyncio.to_thread(action)
                failing = False
            except asyncio.CancelledError:
                raise
            except Exception as trouble:  # whatever it was, a worker goes on
                if not failing:
                    log.warning("worker interrupted", error=str(trouble))
                failing = True
            await asyncio.sleep(seconds)

    def _checkpoints(self) -> None:
        for organisation in self._store.organisations():
            checkpoint(self._store, organisation)


def run_worker(store: Store, settings: Settings) -> None:
    """Work in this process until it is interrupted (SIGINT or SIGTERM)."""
    import signal

    async def main() -> None:
        worker = asyncio.create_task(Worker(store, settings).run())
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(one, worker.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await worker

    asyncio.run(main())
