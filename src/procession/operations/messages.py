"""Messages from outside that cases wait for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from procession.engine.case import Json
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Ask):
    """Send a message: the oldest step that waits for this name and key takes it, once; otherwise it is kept as
    long as the steps that wait for this name say (`keep:`), 7 days where there is none."""

    name: str
    """The message's name."""
    key: str
    """What the waiting step's `match:` must equal."""
    data: Json = None
    """What it carries; expressions read it as `message`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """What became of a message."""

    taken: bool
    """A step took it; otherwise it is kept."""


LONGEST_NAME = 200


@operation("message.send", scope="cases:write", http="POST /messages", who="administrators")
def send_message(ctx: Context, ask: SendMessage) -> MessageSent:
    for name, text in (("name", ask.name), ("key", ask.key)):
        if not 0 < len(text) <= LONGEST_NAME:
            raise InvalidField(name, f"{name} has 1 to {LONGEST_NAME} characters.")
    committed = ctx.store.send_message(
        ctx.organisation, ask.name, ask.key, message_data(ask.data), actor=ctx.caller.as_actor(), at=ctx.at
    )
    return MessageSent(taken=committed is not None)


def message_data(value: Any) -> Json:
    """Data from outside as events keep it: decimals with all their digits as `{"$number": text}`."""
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53):
        return {"$number": format(value, "f") if isinstance(value, Decimal) else str(value)}
    if isinstance(value, dict):
        return {key: message_data(inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [message_data(inner) for inner in cast("list[Any]", value)]
    return value
