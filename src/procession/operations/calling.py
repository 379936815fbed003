"""How a door asks: who stands there, the gate before every operation, the operation itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from procession.engine.rejections import Unauthenticated
from procession.operations import access, identity
from procession.operations.access import NOBODY, Caller
from procession.operations.catalogue import Operation, catalogue
from procession.operations.context import Context, Files
from procession.operations.reading import read
from procession.operations.repeating import once

if TYPE_CHECKING:
    from procession.store.store import Store


def context(
    store: Store,
    organisation: str,
    *,
    at: datetime,
    bearer: str | None = None,
    session: str | None = None,
    key: str | None = None,
    address: str = "",
    files: Files | None = None,
) -> Context:
    """The context of a request. A wrong bearer token is refused; a session that has ended counts as nobody."""
    found = None
    if bearer is not None:
        found = identity.by_bearer(store, organisation, bearer, at)
    elif session is not None:
        found = identity.by_session(store, organisation, session, at)
    if found is None:
        return Context(
            store=store, organisation=organisation, caller=NOBODY, at=at, key=key, address=address, files=files
        )
    return Context(
        store=store,
        organisation=found.organisation,
        caller=found.caller,
        at=at,
        key=key,
        address=address,
        files=files,
        memo={found.organisation: found.surroundings},
    )


def as_person(
    store: Store, organisation: str, person: str, *, at: datetime, key: str | None = None, files: Files | None = None
) -> Context:
    """The context of somebody known already: the command line with `--as`, tests. Raises `Unauthenticated`."""
    found = identity.person(store, organisation, person)
    if found is None:
        raise Unauthenticated(f"There is no {person} here.")
    caller = Caller(kind="person", person=found)
    return Context(store=store, organisation=organisation, caller=caller, at=at, key=key, files=files)


def call(ctx: Context, operation: Operation | str, values: Mapping[str, Any]) -> Any:
    """Ask an operation with values from outside. Raises a `Rejection`."""
    one = catalogue()[operation] if isinstance(operation, str) else operation
    gate(ctx, one)
    ask = read(one, values)
    if ctx.key is None or one.safe or one.is_command:
        return one.run(ctx, ask)
    return once(ctx, one, ask)


def gate(ctx: Context, one: Operation) -> None:
    """Raises `Unauthenticated` or `Forbidden` where the caller may not ask this at all."""
    access.scope(ctx.caller, one.scope)
    if one.who != "anyone" and ctx.caller.kind != "system":
        access.member(ctx.caller)
    if one.who == "administrators":
        access.administrator(ctx.caller)
