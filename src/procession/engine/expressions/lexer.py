"""Text to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .errors import ExpressionError, TooLarge
from .limits import MAX_TEXT

Kind = Literal["number", "string", "at", "word", "symbol", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``value`` is the text of a string literal without its quotes and escapes."""

    kind: Kind
    text: str
    start: int
    end: int
    value: str = ""


_START = (
    r"A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_PART = rf"{_START}0-9\u00B7\u0300-\u036F\u203F-\u2040"
_SPACE = r"\s\u00A0\u0085\u180E\u200B\uFEFF"

_TOKEN = re.compile(
    rf"""(?P<space>[{_SPACE}]+|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)
    |(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<at>@[{_SPACE}]*"(?:[^"\\\n]|\\.)*")
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<word>[{_START}][{_PART}]*|\?)
    |(?P<symbol>\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{{}},.:;'’])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL
)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset in the text."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, with one of kind ``end`` at the end. Raises ExpressionError where none fits."""
    if len(text) > MAX_TEXT:
        raise TooLarge(f"The expression has {len(text)} characters; {MAX_TEXT} are the most", 1, 1)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind = match.lastgroup
        if kind != "space":
            word = match.group()
            value = ""
            if kind == "string":
                value = _unescape(word[1:-1])
            elif kind == "at":
                value = _unescape(word[word.index('"') + 1 : -1])
            tokens.append(Token(kind, word, at, match.end(), value))  # type: ignore[arg-type]
        at = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def split_name(name: str) -> tuple[str, ...] | None:
    """The words and signs a name is made of, however it is spaced; None where it cannot be written in an expression."""
    try:
        tokens = tokenize(name)[:-1]
    except ExpressionError:
        return None
    parts = tuple(token.text for token in tokens)
    return parts if parts and tokens[0].kind == "word" else None


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    body = match.group(1)
    if len(body) == 11:  # a surrogate pair
        high, low = int(body[1:5], 16), int(body[7:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if len(body) > 1:
        code = int(body[1:], 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return _SIMPLE.get(body, "\\" + body)


def _unreadable(text: str, at: int) -> ExpressionError:
    line, column = place(text, at)
    character = text[at]
    if character == '"' or text.startswith('@"', at):
        return ExpressionError("This text never ends", line, column, 'close it with "')
    if text.startswith("/*", at):
        return ExpressionError("This comment never ends", line, column, "close it with */")
    hints = {
        "&": "write 'and'",
        "|": "write 'or'",
        "!": "write 'not(…)', or '!=' for unequal",
        "“": 'use straight quotes "',
        "”": 'use straight quotes "',
        "`": 'put texts in "',
        "%": "FEEL has modulo(a, b); a percentage is a fraction such as 0.2",
        "≤": "write <=",
        "≥": "write >=",
        "≠": "write !=",
    }
    return ExpressionError(f"'{character}' means nothing here", line, column, hints.get(character))
