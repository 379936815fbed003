"""What every event is, and how it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procession.engine.case import Json, JsonValue

REGISTRY: dict[str, type[Event]] = {}
"""Event type → class."""


class Event(JsonValue):
    """Something that happened to one case."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        REGISTRY[cls.__name__] = cls

    @property
    def type(self) -> str:
        return type(self).__name__


def decode(type_: str, payload: Mapping[str, Json]) -> Event:
    """The event of a stored row."""
    return REGISTRY[type_](**payload)


def to_row(event: Event) -> tuple[str, dict[str, Any]]:
    """Type and payload, as they are stored."""
    return type(event).__name__, event.to_json()
