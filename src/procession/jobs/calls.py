"""`automate: http` and `automate: webhook`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from procession.connectors.http import Call, CallFailed, call_of
from procession.connectors.secrets import SecretMissing, headers_with_secrets, variable
from procession.engine.case import Json
from procession.engine.events import JobRequested
from procession.engine.other_definitions import Connection
from procession.jobs.work import JobFailed, Work
from procession.store.reading import read_connection

Build = Callable[[Mapping[str, Json], str | None, Mapping[str, str]], Call]
"""Config, base address and secret headers → the call."""


def run_http(work: Work) -> Json:
    """Call another system."""
    return _make(work, lambda config, base, secrets: call_of(config, base=base, secret_headers=secrets))


def run_webhook(work: Work) -> Json:
    """Tell another system what happened here: a POST whose body names case and step, signed where a secret is set.

    The signature follows the Standard Webhooks scheme: HMAC-SHA256 over `id.timestamp.body`.
    """

    def call(config: Mapping[str, Json], base: str | None, secrets: Mapping[str, str]) -> Call:
        told = {
            "id": work.key,
            "case": {"id": work.case.id, "name": work.case.name, "number": {"$number": str(work.case.number)},
                     "definition": work.case.definition},
            "step": work.case.activations[work.row.activation].step,
            "data": config.get("json"),
        }  # fmt: skip
        plain = call_of(
            {**config, "method": config.get("method") or "POST", "json": told}, base=base, secret_headers=secrets
        )
        connection = config.get("connection")
        secret = os.environ.get(variable(str(connection), "signing")) if connection else None
        return (
            plain
            if secret is None
            else replace(plain, headers={**plain.headers, **signature(work, secret, plain.content)})
        )

    return _make(work, call)


def signature(work: Work, secret: str, body: bytes | None) -> dict[str, str]:
    """The headers by which a receiver knows that a webhook is ours."""
    stamp = str(int(work.now().timestamp()))
    signed = f"{work.key}.{stamp}.".encode() + (body or b"")
    code = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return {"Webhook-Id": work.key, "Webhook-Timestamp": stamp, "Webhook-Signature": f"v1,{code}"}


def _make(work: Work, build: Build) -> Json:
    event = cast("JobRequested", work.event)
    try:
        connection = _connection(work, event.config)
        secrets = headers_with_secrets(connection) if connection is not None else {}
        call = build(event.config, connection.url if connection is not None else None, secrets)
        return work.tools.caller.make(call, work.key)
    except CallFailed as failed:
        raise JobFailed(str(failed), again=failed.again) from None
    except SecretMissing as missing:
        raise JobFailed(str(missing), again=False) from None


def _connection(work: Work, config: Mapping[str, Json]) -> Connection | None:
    name = config.get("connection")
    if not name:
        return None
    with work.store.transaction(work.organisation) as tx:
        text = tx.definitions.shared("connection").get(str(name))
    if text is None:
        raise JobFailed(f"There is no connection '{name}'; publish its file.", again=False)
    return read_connection(text)
