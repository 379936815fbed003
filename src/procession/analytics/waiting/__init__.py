"""Why work waits: each moment between ready and begun gets one cause, and the causes add up exactly (`decompose`)."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def compiled() -> Any:
    """The compiled part. Importing it imports numba, which start-up must not."""
    return import_module("procession.analytics.waiting.kernel")
