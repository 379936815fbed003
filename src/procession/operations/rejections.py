"""Refusals that only doors know; those of the engine are in `engine.rejections`."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError

from procession.engine.rejections import FieldRejection, Rejection


class UnknownKey(FieldRejection):
    """The request has a key that the operation does not know."""

    kind = "unknown_key"


class Unavailable(Rejection):
    """The database cannot be reached."""

    kind = "unavailable"


class StorageFull(Rejection):
    """The disk of the database is full."""

    kind = "storage_full"


OUTAGES = (DBAPIError, psycopg.Error)
"""What the database raises; `outage_of` says which of it is an outage."""


def outage_of(error: Exception) -> Rejection | None:
    """The refusal to answer with when the database failed for want of space or altogether; None for faults of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.DiskFull):
        return StorageFull(
            "The disk of the database is full. Nothing has changed.",
            hint="Whoever hosts Procession has to free some space; then it works again by itself.",
        )
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable(
            "The database cannot be reached just now.",
            hint="Try again in a moment. Sent with the same Idempotency-Key, nothing is done twice.",
        )
    return None
