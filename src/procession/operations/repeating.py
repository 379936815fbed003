"""The same request sent twice is carried out once, for requests that are no command of a case.

The key is taken before the request is carried out and holds its answer afterwards. Where the machine dies in between,
the repeat is refused instead of done twice. Answers that hold a secret are not kept: their repeat is refused as well.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import Any

from procession.engine.rejections import Conflict, Rejection
from procession.operations.catalogue import Operation
from procession.operations.context import Context
from procession.operations.reading import adapter

SHOWN_ONCE = frozenset({"session.open", "setup.first_administrator", "me.make_token", "link.make"})
"""Operations whose answer holds a secret."""

SECRETS = frozenset({"password", "current", "token", "nonce"})
"""Attributes of asks that must not be kept, not even hashed quickly."""


def once(ctx: Context, one: Operation, ask: Any) -> Any:
    """Carry out a request that came with a key, or answer as at first. Raises `Conflict`."""
    key = f"{one.name}:{ctx.caller.id or ctx.address}:{ctx.key}"
    body_hash = _hash(ask)
    with ctx.store.transaction(ctx.organisation) as tx:
        before = tx.answers.reserve(key, body_hash, ctx.at)
    if before is not None:
        if before.body_hash != body_hash:
            raise Conflict("This key was used with another request.", hint="Use a new key for each new request.")
        if before.answer is None:
            raise Conflict(
                "A request with this key is under way, or was done and its answer is not kept.",
                hint="Look whether it was done before you ask again with another key.",
            )
        return adapter(one.answer).validate_python(before.answer)
    try:
        answer = one.run(ctx, ask)
    except Rejection:
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.answers.drop(key)
        raise
    if one.name not in SHOWN_ONCE:
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.answers.keep(key, adapter(one.answer).dump_python(answer, mode="json"))
    return answer


def _hash(ask: Any) -> str:
    told = [(one.name, getattr(ask, one.name)) for one in fields(ask) if one.name not in SECRETS]
    return hashlib.sha256(repr(told).encode(errors="surrogatepass")).hexdigest()
