"""The web server: Uvicorn, which ends the streams of open pages before it waits for answers under way."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from procession.web.live import Live


class Server(uvicorn.Server):
    """Stops at once when it is told to, however many pages stand open."""

    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        """`ready` is called once requests are answered."""
        super().__init__(
            uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=5)
        )
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then answer what is under way."""
        live: Live | None = getattr(self._app.state, "live", None)
        if live is not None:
            live.close()
        await super().shutdown(sockets)
