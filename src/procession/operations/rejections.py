"""Refusals that only doors know; those of the engine are in `engine.rejections`."""

from __future__ import annotations

from procession.engine.rejections import FieldRejection


class UnknownKey(FieldRejection):
    """The request has a key that the operation does not know."""

    kind = "unknown_key"
