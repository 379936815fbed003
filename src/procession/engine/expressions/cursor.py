"""A parser's place in its tokens, and the limits on how deep it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from . import syntax as s
from .errors import ExpressionError, TooDeep
from .lexer import Token, place, tokenize
from .limits import MAX_NESTING, MAX_TREE_DEPTH

_N = TypeVar("_N", bound=s.Node)
_T = TypeVar("_T")


class Cursor:
    """Walks over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.nesting = 0
        self._depths: dict[int, int] = {}  # the id of a node → levels below it
        self._held: list[s.Node] = []  # keeps the ids unique while parsing

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def is_next(self, text: str) -> bool:
        token = self.tokens[self.at]
        return token.text == text and token.kind in ("symbol", "word")

    def accept(self, text: str) -> bool:
        if self.is_next(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str, after: str) -> Token:
        if not self.is_next(text):
            raise self.error(f"'{text}' is missing after {after}")
        self.at += 1
        return self.tokens[self.at - 1]

    def error(self, message: str, token: Token | None = None, hint: str | None = None) -> ExpressionError:
        token = token or self.token
        line, column = place(self.text, token.start)
        found = "" if token.kind == "end" or token.text in message else f", before '{token.text[:30]}'"
        return ExpressionError(message + found, line, column, hint)

    def keep(self, node: _N) -> _N:
        """Counts how deep the tree under a new node is."""
        depth = 1 + max((self._depths.get(id(child), 1) for child in s.children(node)), default=0)
        if depth > MAX_TREE_DEPTH:
            line, column = place(self.text, node.start)
            raise TooDeep(f"The expression has more than {MAX_TREE_DEPTH} operations inside each other", line, column)
        self._depths[id(node)] = depth
        self._held.append(node)
        return node

    def nested(self, read: Callable[[], _T]) -> _T:
        if self.nesting >= MAX_NESTING:
            line, column = place(self.text, self.token.start)
            raise TooDeep(f"More than {MAX_NESTING} brackets are open inside each other", line, column)
        self.nesting += 1
        try:
            return read()
        finally:
            self.nesting -= 1
