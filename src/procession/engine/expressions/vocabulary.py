"""The names a parser knows: because names may hold spaces and signs, what a text means depends on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .lexer import Token, split_name


class _Branch:
    """The names that begin with the same words."""

    __slots__ = ("longer", "name")

    def __init__(self) -> None:
        self.name: str | None = None
        """The name that ends here, if one does."""
        self.longer: dict[str, _Branch] = {}


class Vocabulary:
    """A set of names that finds the longest one standing at a place in the tokens, in time linear in its length."""

    __slots__ = ("_root",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._root = _Branch()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """A name that no expression could write is left out."""
        parts = split_name(name)
        if parts is None:
            return
        branch = self._root
        for part in parts:
            branch = branch.longer.setdefault(part, _Branch())
        branch.name = name

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The longest name beginning at that token, and how many tokens it has."""
        branch: _Branch | None = self._root.longer.get(tokens[at].text)
        found: tuple[str, int] | None = None
        length = 0
        while branch is not None:
            length += 1
            if branch.name is not None:
                found = (branch.name, length)
            branch = branch.longer.get(tokens[at + length].text) if at + length < len(tokens) else None
        return found
