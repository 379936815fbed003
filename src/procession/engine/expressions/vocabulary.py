"""The names a parser knows: because names may hold spaces and signs, what a text means depends on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .lexer import Token, split_name

_Tree = dict[str, "_Tree | str"]
_HERE = ""  # no token is empty, so this key marks the end of a name


class Vocabulary:
    """A set of names that finds the longest one standing at a place in the tokens, in time linear in its length."""

    __slots__ = ("_tree",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._tree: _Tree = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """A name that no expression could write is left out."""
        parts = split_name(name)
        if parts is None:
            return
        level = self._tree
        for part in parts:
            level = level.setdefault(part, {})  # type: ignore[assignment]
        level[_HERE] = name  # type: ignore[index]

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The longest name beginning at that token, and how many tokens it has."""
        level = self._tree
        found: tuple[str, int] | None = None
        length = 0
        while True:
            name = level.get(_HERE)
            if name is not None:
                found = (name, length)  # type: ignore[assignment]
            below = level.get(tokens[at + length].text or "\0")
            if below is None:
                return found
            level = below  # type: ignore[assignment]
            length += 1
