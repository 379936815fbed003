"""The short way to an operation: found by method, first word and number of parts of the address.

The router behind it would try more than a hundred patterns one by one, twice. It still answers whatever is not found
here: unknown addresses, methods that an address does not take, and the description.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from procession.operations.catalogue import Operation

Answer = Callable[[Operation, Request], Awaitable[Response]]
Place = tuple[str, str, int]
"""Method, first word, number of parts."""


class Straight:
    """Middleware in front of the router."""

    def __init__(self, app: ASGIApp, operations: Iterable[Operation], answer: Answer) -> None:
        """`operations` in the order in which they are to be tried."""
        self._app = app
        self._answer = answer
        self._places: dict[Place, list[tuple[re.Pattern[str], Operation]]] = {}
        for one in operations:
            self._places.setdefault(_place(one.method, one.path), []).append((compile_path(one.path)[0], one))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand the request on."""
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        one, values = found
        response = await self._answer(one, Request({**scope, "path_params": values}, receive, send))
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[Operation, dict[str, str]] | None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for pattern, one in self._places.get(_place(scope["method"], path), ()):
            if (match := pattern.match(path)) is not None:
                return one, match.groupdict()
        return None


def _place(method: str, path: str) -> Place:
    parts = path.split("/")
    return method, parts[1] if len(parts) > 1 else "", len(parts)
