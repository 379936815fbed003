"""Calls to other systems: guarded, bounded in time and size, with a stable key for whoever wants to drop repeats."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import orjson

from procession.connectors.addresses import AddressRefused, HostUnknown, Resolve, allowed_address, resolve
from procession.engine.case import Json

LARGEST_ANSWER: Final = 5_000_000
"""In bytes, unpacked."""

LONGEST_WAIT: Final = 60.0
"""In seconds, for the whole call."""

_USUAL_WAIT = 30.0
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_AGAIN = (408, 425, 429)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_NOT_KEPT = frozenset(("set-cookie", "set-cookie2", "authorization", "proxy-authorization", "www-authenticate"))
"""Headers of an answer that do not go into the case."""


class CallFailed(Exception):
    """The call gave no result."""

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again
        """Whether another attempt may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, ready to be made."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    secret_headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Sent to the first host only, and never written anywhere."""
    content: bytes | None = None
    content_type: str | None = None
    wait: float = _USUAL_WAIT
    """In seconds."""


def call_of(
    config: Mapping[str, Json], *, base: str | None = None, secret_headers: Mapping[str, str] | None = None
) -> Call:
    """The call that a job's `with:` describes: method, url, headers, json or form or text, timeout.

    Args:
        base: the address of the job's connection; the job's own is below it.

    Raises:
        CallFailed: it makes no sense; another attempt does not help.
    """
    url = str(config.get("url") or "")
    if base is not None:
        url = _below(base, url)
    content, content_type = _content(config)
    method = str(config.get("method") or ("POST" if content is not None else "GET")).upper()
    if method not in _METHODS:
        raise CallFailed(f"There is no method {method}; use one of {', '.join(_METHODS)}.", again=False)
    headers = {
        str(name): _text(value) for name, value in cast("Mapping[str, Json]", config.get("headers") or {}).items()
    }
    return Call(
        method=method, url=url, headers=headers, secret_headers=secret_headers or {}, content=content,
        content_type=content_type, wait=_wait(config.get("timeout")),
    )  # fmt: skip


def _below(base: str, url: str) -> str:
    """An address below a base; a whole address must begin with it, so that a connection's secrets go nowhere else."""
    root = base.rstrip("/") + "/"
    whole = url if urlsplit(url).scheme else urljoin(root, url.lstrip("/"))
    climbs = ".." in unquote(urlsplit(whole).path).replace("\\", "/").split("/")
    if climbs or not (whole + "/").startswith(root):
        raise CallFailed(f"The address {url} is not below its connection's, {base}.", again=False)
    return whole


def _wait(value: Json) -> float:
    if value is None:
        return _USUAL_WAIT
    try:
        seconds = float(_text(value))
    except ValueError:
        raise CallFailed(f"The timeout must be seconds, not {value!r}.", again=False) from None
    return min(max(seconds, 0.1), LONGEST_WAIT)


def _content(config: Mapping[str, Json]) -> tuple[bytes | None, str | None]:
    if config.get("json") is not None:
        return exact_json(config["json"]), "application/json"
    if config.get("form") is not None:
        fields = {str(name): _text(value) for name, value in cast("Mapping[str, Json]", config["form"]).items()}
        return httpx.Request("POST", "http://x", data=fields).content, "application/x-www-form-urlencoded"
    body = config.get("body", config.get("text"))
    if body is None:
        return None, None
    return (
        (body.encode(), "text/plain; charset=utf-8")
        if isinstance(body, str)
        else (exact_json(body), "application/json")
    )


def _text(value: Json) -> str:
    if isinstance(value, Mapping) and set(cast("Mapping[str, Json]", value)) == {"$number"}:
        return str(cast("Mapping[str, Json]", value)["$number"])
    return value if isinstance(value, str) else json.dumps(value)


def exact_json(value: Json) -> bytes:
    """JSON in which `{"$number": text}` is that number, with all its digits."""

    def unfold(one: Json) -> Any:
        if isinstance(one, Mapping):
            mapping = cast("Mapping[str, Json]", one)
            if set(mapping) == {"$number"}:
                return orjson.Fragment(format(Decimal(str(mapping["$number"])), "f"))
            return {str(key): unfold(inner) for key, inner in mapping.items()}
        return [unfold(inner) for inner in cast("list[Json]", one)] if isinstance(one, list) else one

    return orjson.dumps(unfold(value))


def read_exact_json(text: bytes) -> Json:
    """JSON whose numbers keep all their digits, as `{"$number": text}`. Raises ValueError."""

    def number(digits: str) -> Json:
        return {"$number": format(Decimal(digits), "f") if len(digits) < 100 else digits}

    def refuse(name: str) -> Json:
        raise ValueError(f"{name} is no number")

    return json.loads(text, parse_float=number, parse_int=number, parse_constant=refuse)


class Caller:
    """Makes calls, for one worker. It keeps no connection open, because each call is pinned to an address.

    Args:
        allow: private hosts that may be called; see `addresses.allowed_address`.
    """

    def __init__(self, allow: Sequence[str] = (), resolver: Resolve = resolve) -> None:
        self._allow = allow
        self._resolver = resolver

    def make(self, call: Call, key: str) -> Json:
        """Make the call and return `{status, headers, body}`.

        Args:
            key: sent as `Idempotency-Key`; the same for every attempt of a job.

        Raises:
            CallFailed: refused, not reached, or answered with an error.
        """
        first_host = _host(call.url)
        url, method, content = call.url, call.method, call.content
        for _ in range(_MOST_REDIRECTS + 1):
            headers = {"Idempotency-Key": key, "User-Agent": "Procession", **call.headers}
            if _host(url) == first_host:
                headers |= call.secret_headers
            else:
                headers = {
                    name: value for name, value in headers.items() if name.lower() not in ("authorization", "cookie")
                }
            if content is not None and call.content_type is not None:
                headers.setdefault("Content-Type", call.content_type)
            answer, body = self._one(method, url, headers, content, call.wait)
            target = answer.headers.get("location")
            if answer.status_code not in _REDIRECTS or target is None:
                return _result(answer, body, call)
            url = urljoin(url, target)
            if answer.status_code == 303 or (answer.status_code in (301, 302) and method == "POST"):
                method, content = "GET", None
        raise CallFailed(f"{call.url} redirects more than {_MOST_REDIRECTS} times.", again=False)

    def _one(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, wait: float
    ) -> tuple[httpx.Response, bytes]:
        parts = httpx.URL(url)
        if parts.scheme not in ("http", "https") or not parts.host:
            raise CallFailed(f"{url or 'An empty text'} is no web address.", again=False)
        if parts.userinfo:
            raise CallFailed("A web address may not hold a password; use a connection.", again=False)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            address = allowed_address(parts.host, port, self._allow, self._resolver)
        except AddressRefused as refused:
            raise CallFailed(str(refused), again=False) from None
        except HostUnknown as unknown:
            raise CallFailed(str(unknown), again=True) from None
        pinned = parts.copy_with(host=address)
        sent = {"Host": parts.netloc.decode(), **headers}
        try:
            with (
                httpx.Client(timeout=wait, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    method, pinned, headers=sent, content=content, extensions={"sni_hostname": parts.host}
                ) as answer,
            ):
                return answer, _read(answer, wait)
        except httpx.TimeoutException:
            raise CallFailed(f"{parts.host} did not answer within {wait:g} seconds.", again=True) from None
        except httpx.HTTPError as trouble:
            raise CallFailed(f"{parts.host} could not be reached: {trouble}.", again=True) from None


def _host(url: str) -> tuple[str, str, int | None]:
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port


def _read(answer: httpx.Response, wait: float) -> bytes:
    """The body, as far as it is allowed to be long and to take."""
    deadline = time.monotonic() + wait
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise CallFailed(f"The answer is larger than {LARGEST_ANSWER // 1_000_000} MB.", again=False)
        if time.monotonic() > deadline:
            raise CallFailed(f"The answer did not end within {wait:g} seconds.", again=True)
        parts.append(part)
    return b"".join(parts)


def _result(answer: httpx.Response, body: bytes, call: Call) -> Json:
    status = answer.status_code
    if status >= 400:
        again = status >= 500 or status in _TRY_AGAIN
        start = body[:300].decode(errors="replace").strip()
        raise CallFailed(
            f"{httpx.URL(call.url).host} answered {status} {answer.reason_phrase}. {start}".strip(), again=again
        )
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _NOT_KEPT}
    return {"status": {"$number": str(status)}, "headers": headers, "body": _body(answer, body)}


def _body(answer: httpx.Response, body: bytes) -> Json:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return read_exact_json(body)
        except ValueError:
            raise CallFailed("The answer says it is JSON, and is not.", again=False) from None
    return body.decode(answer.encoding or "utf-8", errors="replace").replace("\x00", "")
