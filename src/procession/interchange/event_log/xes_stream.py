"""An XES reader of our own: it streams, holds one trace at a time, and follows no entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from xml.parsers import expat

_PLAIN = frozenset(("string", "date", "int", "float", "boolean", "id"))
_INSIDE_TRACE, _INSIDE_EVENT = 1, 2


class Reader:
    """Is fed with bytes and gives each event as a row: attributes of its trace begin with `case:`."""

    def __init__(self, take: Callable[[Mapping[str, str]], None]) -> None:
        self.take = take
        self.is_log = False
        self.stray = 0
        """Events outside any trace."""
        self._depth = 0
        self._where = 0
        self._inner = 0
        self._traces = 0
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._events: list[dict[str, str]] = []
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        self._parser = parser

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return self._depth

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; raises `expat.ExpatError` where they are no XML, `PermissionError` at a declaration."""
        self._parser.Parse(piece, False)

    def close(self) -> None:
        """Say that all bytes were given."""
        self._parser.Parse(b"", True)

    def _refuse(self, *_: object) -> None:
        raise PermissionError("a declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if self._depth == 0:
            self.is_log = name == "log"
        self._depth += 1
        if self._inner:
            self._inner += 1
        elif name == "event":
            self._event = {}
            self._where = self._where | _INSIDE_EVENT
        elif name == "trace":
            self._trace, self._events = {}, []
            self._where = _INSIDE_TRACE
        elif self._where:
            self._inner = 1
            if name in _PLAIN and "key" in attributes:
                value = attributes.get("value", "")
                key = attributes["key"]
                if self._where & _INSIDE_EVENT:
                    self._event[key] = value if name != "date" or key.startswith("time:") else _in_utc(value)
                else:
                    self._trace[f"case:{key}"] = value if name != "date" else _in_utc(value)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._inner:
            self._inner -= 1
            return
        name = name.rpartition(":")[2]
        if name == "event":
            if self._where & _INSIDE_TRACE:
                self._events.append(self._event)
            else:
                self.stray += 1
            self._where &= ~_INSIDE_EVENT
        elif name == "trace":
            self._traces += 1
            self._trace.setdefault("case:concept:name", f"trace {self._traces}")
            for event in self._events:
                self.take(self._trace | event)
            self._where = 0


def _in_utc(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
