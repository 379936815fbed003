"""What every operation is given: who asks, of which organisation, when, and the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from procession.operations.access import Caller

if TYPE_CHECKING:
    from procession.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request, whatever door it came through."""

    store: Store
    organisation: str
    caller: Caller
    at: datetime
    """Now; aware, in UTC."""
    key: str | None = None
    """The idempotency key: the same request sent twice is done once."""
    address: str = ""
    """Where the request came from, for rate limits."""
