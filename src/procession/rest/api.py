"""The application below `/api/v1`: one route for each operation, the description, and refusals as problems."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from procession.engine.rejections import Forbidden, InvalidField, RateLimited, Rejection, TooLarge
from procession.operations import calling
from procession.operations.catalogue import Operation, catalogue
from procession.operations.context import Files
from procession.operations.logs.received import Received
from procession.operations.reading import adapter
from procession.operations.rejections import outage_of
from procession.operations.values import Download
from procession.rest.description import describe
from procession.rest.json import parse, render
from procession.rest.limits import Rate, RateLimit
from procession.rest.problems import problem
from procession.rest.straight import Straight
from procession.store.store import Store

log = logging.getLogger(__name__)

PREFIX = "/api/v1"
SESSION_COOKIE = "procession_session"
LONGEST_KEY = 200
USUAL_RATE = Rate(per_second=50, burst=200)


class UnsupportedMediaType(Rejection):
    """The body's content type is not one that is read here."""

    kind = "unsupported_media_type"


class MethodNotAllowed(Rejection):
    """The address exists, the method does not."""

    kind = "method_not_allowed"


class NoSuchAddress(Rejection):
    """Nothing is at this address."""

    kind = "not_found"


class Internal(Rejection):
    """A fault of ours."""

    kind = "internal"


def now() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the door is set up."""

    organisation: str = "default"
    """Whose requests these are when no token says so."""
    body_limit: int = 1_000_000
    """Bytes of a JSON body."""
    file_limit: int = 25_000_000
    """Bytes of an uploaded file."""
    rate: Rate | None = USUAL_RATE
    """For each caller; None is no limit."""
    files: Files | None = None
    """Where the bytes of files lie."""
    clock: Callable[[], datetime] = now


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, read: what is needed to answer it in a thread."""

    values: Mapping[str, Any]
    bearer: str | None
    cookie: str | None
    key: str | None
    address: str


def create_api(store: Store, settings: Settings | None = None) -> FastAPI:
    """The application to mount at `/api/v1`."""
    settings = settings or Settings()
    api = FastAPI(title="Procession", docs_url=None, redoc_url=None, openapi_url=None)
    door = _Door(store, settings)
    operations = sorted(catalogue().values(), key=lambda one: one.path.count("{"))
    for one in operations:  # `/tasks/count` before `/tasks/{task_id}`
        api.add_route(one.path, partial(door.handle, one), methods=[one.method], name=one.name)
    api.add_route("/openapi.json", door.description, methods=["GET"], name="description")
    api.add_exception_handler(HTTPException, _http_problem)
    api.add_middleware(Straight, operations=operations, answer=door.handle)
    return api


class _Door:
    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._limit = RateLimit(settings.rate) if settings.rate else None
        self._description: bytes | None = None

    async def description(self, request: Request) -> Response:
        """OpenAPI 3.1."""
        if self._description is None:
            self._description = render(await run_in_threadpool(describe, catalogue().values()))
        return Response(self._description, media_type="application/json")

    async def handle(self, one: Operation, request: Request) -> Response:
        """Read the request, ask the operation, answer."""
        try:
            asked = await self._read(one, request)
            try:
                return await run_in_threadpool(self._answer, one, asked)
            finally:
                if isinstance(content := asked.values.get("content"), Received):
                    content.close()
        except Rejection as rejection:
            return _refuse(rejection, one)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            if (outage := outage_of(error)) is not None:
                log.error("%s: %s", one.name, error)
                return _refuse(outage, one)
            log.exception("%s failed", one.name)
            return _refuse(Internal("This was our fault, and it was recorded. Nothing has changed."), one)

    async def _read(self, one: Operation, request: Request) -> _Asked:
        cookie = request.cookies.get(SESSION_COOKIE)
        bearer = _bearer(request)
        if not one.safe and bearer is None and cookie is not None:
            _from_here(request)
        address = request.client.host if request.client else ""
        if self._limit is not None:
            self._limit.take(bearer or cookie or address)
        key = None if one.safe else _key(request)
        values = dict(request.path_params)
        if one.safe or one.raw:
            _take(values, _query(one, request))
        elif request.query_params:
            raise InvalidField("", "Values belong into the body here, not into the address.")
        if not one.safe:
            _take(values, await self._body(one, request))
        return _Asked(values, bearer, cookie, key, address)

    async def _body(self, one: Operation, request: Request) -> Mapping[str, Any]:
        limit = one.largest or (self._settings.file_limit if one.raw else self._settings.body_limit)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and len(length) < 20 and int(length) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.", limit=limit)
        if one.largest is not None:
            return {"content": await _received(request, limit)}
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge(f"The body is larger than {limit:,} bytes.", limit=limit)
            parts.append(part)
        body = b"".join(parts)
        if one.raw:
            return {"content": body}
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.", received=kind or None)
        return parse(body)

    def _answer(self, one: Operation, asked: _Asked) -> Response:
        ctx = calling.context(
            self._store,
            self._settings.organisation,
            at=self._settings.clock(),
            bearer=asked.bearer,
            session=asked.cookie,
            key=asked.key,
            address=asked.address,
            files=self._settings.files,
        )
        answer = calling.call(ctx, one, asked.values)
        if isinstance(answer, Download):
            return _download(answer)
        return Response(render(adapter(one.answer).dump_python(answer)), media_type="application/json")


async def _received(request: Request, limit: int) -> Received:
    """A large body, written to disk as it comes; the file is gone when nobody reads it any more."""
    file = SpooledTemporaryFile(1 << 20)  # noqa: SIM115 - read after this returns
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge(f"The body is larger than {limit:,} bytes.", limit=limit)
            await run_in_threadpool(file.write, part)
    except BaseException:
        file.close()
        raise
    return Received(cast("IO[bytes]", file), size)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidField("", f"Idempotency-Key is 1 to {LONGEST_KEY} printable ASCII characters.")
    return key


def _from_here(request: Request) -> None:
    """A change asked for with a cookie must come from our own pages."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    here = site in ("same-origin", "none") if site else origin is None or urlsplit(origin).netloc == request.url.netloc
    if not here:
        raise Forbidden("This change was asked for by another site, so nothing was done.")


def _query(one: Operation, request: Request) -> Mapping[str, Any]:
    many = {parameter.name for parameter in one.parameters if "tuple" in str(parameter.type)}
    values: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in many:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise InvalidField(name, f"{name} is given twice.")
        else:
            values[name] = value
    return values


def _take(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if name in values:
            raise InvalidField(name, f"{name} already stands in the address.")
        values[name] = value


def _refuse(rejection: Rejection, one: Operation | None = None) -> Response:
    keys = frozenset(parameter.name for parameter in one.parameters) if one else frozenset[str]()
    body = problem(rejection, form=one.form if one else None, keys=keys)
    response = Response(render(body), body["status"], media_type="application/problem+json")
    if isinstance(rejection, RateLimited):
        response.headers["Retry-After"] = str(rejection.details.get("retry_after", 1))
    if body["status"] == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="procession"'
    return response


def _download(answer: Download) -> Response:
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_" for letter in answer.name
    )
    return Response(
        answer.content,
        media_type=answer.type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(answer.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )


async def _http_problem(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: an unknown address, a method that the address does not take."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        response = _refuse(MethodNotAllowed(f"This address does not take {request.method}."))
        response.headers.update(error.headers or {})
        return response
    if error.status_code == 404:
        return _refuse(NoSuchAddress("Nothing is at this address.", hint=f"{PREFIX}/openapi.json lists what there is."))
    return _refuse(InvalidField("", str(error.detail)))
