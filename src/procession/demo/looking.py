"""A place in a history file, and how its value is taken: whatever is wrong is said with the line and what would be
right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from procession.engine.findings import did_you_mean, listed
from procession.interchange.yaml.nodes import Node, resolve


class HistoryFileError(ValueError):
    """A history file that cannot be used: where, what is wrong, what would be right."""

    def __init__(self, file: str, line: int, sentence: str, hint: str | None = None) -> None:
        super().__init__(f"{file}:{line}: {sentence}{f' ({hint})' if hint else ''}")
        self.line = line
        self.sentence = sentence
        self.hint = hint


@dataclass(frozen=True, slots=True)
class At:
    """A node of a history file."""

    file: str
    node: Node

    def wrong(self, sentence: str, hint: str | None = None) -> HistoryFileError:
        """To be raised."""
        return HistoryFileError(self.file, self.node.line, sentence, hint)

    def unknown(self, name: str, known: Iterable[str], what: str) -> HistoryFileError:
        """A name that is none of those there are. To be raised."""
        return self.wrong(f"There is no {what} {name!r}.", did_you_mean(name, known))

    # --- maps and lists -----------------------------------------------------------------------------------------------

    @property
    def is_list(self) -> bool:
        return self.node.kind == "list"

    @property
    def is_map(self) -> bool:
        return self.node.kind == "map"

    def map(self) -> Iterator[tuple[str, At]]:
        """Keys and what is under them."""
        if not self.is_map:
            raise self.wrong("Here stands a mapping of names.", "write name: value")
        for name, value in self.node.entries:
            yield name.text, At(self.file, value)

    def only(self, keys: Iterable[str]) -> None:
        """Refuse any other key."""
        known = tuple(keys)
        for name, one in self.map():
            if name not in known:
                raise one.wrong(f"{name!r} is not known here.", did_you_mean(name, known, otherwise="write {}"))

    def get(self, key: str) -> At | None:
        found = self.node.get(key)
        return None if found is None else At(self.file, found)

    def need(self, key: str) -> At:
        found = self.get(key)
        if found is None:
            raise self.wrong(f"{key} is missing.", f"add {key}:")
        return found

    def entries(self, key: str) -> list[tuple[str, At]]:
        """The mapping under a key; empty without it."""
        found = self.get(key)
        return list(found.map()) if found else []

    def list(self, key: str) -> tuple[At, ...]:
        """The list under a key; empty without it."""
        found = self.get(key)
        return found.items if found else ()

    @property
    def items(self) -> tuple[At, ...]:
        if not self.is_list:
            raise self.wrong("Here stands a list.", "write [a, b]")
        return tuple(At(self.file, one) for one in self.node.items)

    # --- single values ------------------------------------------------------------------------------------------------

    @property
    def value(self) -> bool | Decimal | str | None:
        if self.node.kind != "scalar":
            raise self.wrong("Here stands a single value, not a list or a mapping.")
        return resolve(self.node)

    @property
    def text(self) -> str:
        if self.node.kind != "scalar" or not self.node.text:
            raise self.wrong("Here stands text.")
        return self.node.text

    @property
    def number(self) -> float:
        found = self.value
        if not isinstance(found, Decimal):
            raise self.wrong(f"{self.node.text!r} is not a number.")
        return float(found)

    @property
    def whole(self) -> int:
        found = self.number
        if found != int(found):
            raise self.wrong(f"{self.node.text} is not a whole number.")
        return int(found)

    @property
    def share(self) -> float:
        found = self.number
        if not 0 <= found <= 1:
            raise self.wrong(f"{self.node.text} is no share.", "write a number from 0 to 1, such as 0.25")
        return found

    def pair(self) -> tuple[float, float]:
        """Two numbers."""
        if not self.is_list or len(self.items) != 2:
            raise self.wrong("Here stand two numbers.", "write [2, 9]")
        first, second = self.items
        return first.number, second.number

    def name_among(self, known: Iterable[str], what: str) -> str:
        """One of the names there are."""
        names = tuple(known)
        if self.text not in names:
            hint = did_you_mean(self.text, names) or f"there is {listed(names[:8])}"
            raise self.wrong(f"There is no {what} {self.text!r}.", hint)
        return self.text
