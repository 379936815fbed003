"""What is kept: one PostgreSQL database, reached through named statements and one transaction per command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from procession.store.store import Committed, Store

__all__ = ["Committed", "Store"]


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the embedded database and the command line need no SQL."""
    if name in __all__:
        from procession.store import store

        return getattr(store, name)
    raise AttributeError(name)
