"""The REST door in an application: `/api/v1`, `/healthz`, `/metrics`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from procession.rest.api import PREFIX, Settings, create_api
from procession.store.store import Store


def install(app: FastAPI, store: Store, settings: Settings | None = None) -> None:
    """Mount the API in an application that may have pages as well."""
    settings = settings or Settings()
    meter = Meter()
    app.router.routes.append(_Mount(PREFIX, _Metered(create_api(store, settings), meter)))

    async def healthz(request: Request) -> Response:
        """Whether the server and its database answer."""
        ready = await run_in_threadpool(_is_ready, store)
        return PlainTextResponse("ok\n" if ready else "the database does not answer\n", 200 if ready else 503)

    async def metrics(request: Request) -> Response:
        """Figures in Prometheus' text format."""
        lines = meter.lines() + await run_in_threadpool(_stored, store)
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    app.add_route("/healthz", healthz, methods=["GET"])
    app.add_route("/metrics", metrics, methods=["GET"])


def create_app(store: Store, settings: Settings | None = None) -> FastAPI:
    """An application with the REST door alone."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    install(app, store, settings)
    return app


def _is_ready(store: Store) -> bool:
    try:
        return store.is_ready()
    except SQLAlchemyError:
        return False


def _stored(store: Store) -> list[str]:
    """What waits in the database, of all organisations together."""
    jobs = incidents = cases = 0
    try:
        for organisation in store.organisations():
            with store.transaction(organisation) as tx:
                jobs += tx.jobs.waiting()
                incidents += tx.incidents.count_open()
                cases += tx.run(
                    "SELECT count(*) FROM cases WHERE organisation = :organisation AND status = 'open'"
                ).scalar_one()
    except SQLAlchemyError:
        return _figure("procession_up", "gauge", "Whether the database answers.", 0)
    return [
        *_figure("procession_up", "gauge", "Whether the database answers.", 1),
        *_figure("procession_open_cases", "gauge", "Cases that are open.", cases),
        *_figure("procession_waiting_jobs", "gauge", "Jobs that no worker has finished.", jobs),
        *_figure("procession_open_incidents", "gauge", "Incidents that wait for somebody.", incidents),
    ]


def _figure(name: str, kind: str, about: str, value: float) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}", f"{name} {value}"]


BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""


class Meter:
    """Counts requests by method and status, and how long they took."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._buckets = [0] * len(BUCKETS)
        self._sum = 0.0
        self._all = 0

    def note(self, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._counts[method, status] = self._counts.get((method, status), 0) + 1
        self._all += 1
        self._sum += seconds
        for place, bound in enumerate(BUCKETS):
            if seconds <= bound:
                self._buckets[place] += 1

    def lines(self) -> list[str]:
        """In Prometheus' text format."""
        count, took = "procession_requests_total", "procession_request_seconds"
        lines = [f"# HELP {count} Requests to the API.", f"# TYPE {count} counter"]
        lines += [
            f'{count}{{method="{method}",status="{status}"}} {number}'
            for (method, status), number in sorted(self._counts.items())
        ]
        lines += [f"# HELP {took} How long requests to the API took.", f"# TYPE {took} histogram"]
        lines += [f'{took}_bucket{{le="{bound}"}} {n}' for bound, n in zip(BUCKETS, self._buckets, strict=True)]
        return [
            *lines,
            f'{took}_bucket{{le="+Inf"}} {self._all}',
            f"{took}_sum {self._sum:.6f}",
            f"{took}_count {self._all}",
        ]


class _Mount(Mount):
    """Also takes addresses that hold a line break, so that every answer below the prefix is ours."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


class _Metered:
    """Tells the meter of every request; an odd method is counted as `other`, so that nobody makes up series."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            known = _known_method(scope["method"])
            self._meter.note(known, status, time.perf_counter() - began)


def _known_method(
    method: str, known: Iterable[str] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
) -> str:
    return method if method in known else "other"
