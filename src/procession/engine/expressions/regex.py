"""Regular expressions of XPath, on RE2.

RE2 takes time linear in the text whatever the pattern. What it cannot do (looking ahead or behind, references back to a
group, character class subtraction) is refused with a warning, and the answer is null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol, cast

import re2

from .runtime import Run

MAX_PATTERN = 2_000
_MAX_MEMORY = 1 << 22
_FLAGS = frozenset("smixq")
_NAME_START = "A-Z_a-z:\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{2FF}\\x{370}-\\x{37D}\\x{37F}-\\x{1FFF}"
_NAME_PART = _NAME_START + "\\-.0-9\\x{B7}\\x{300}-\\x{36F}\\x{203F}-\\x{2040}"


class Match(Protocol):
    def start(self) -> int: ...
    def end(self) -> int: ...
    def group(self, index: int) -> str | None: ...


class Pattern(Protocol):
    groups: int

    def search(self, text: str) -> Match | None: ...
    def finditer(self, text: str) -> Iterator[Match]: ...


class _Refused(Exception):
    pass


def compile_pattern(run: Run, pattern: str, flags: str) -> Pattern | None:
    """The pattern, or None with a warning that says what is wrong with it."""
    compiled = _compile(pattern, flags)
    if isinstance(compiled, str):
        run.warn(compiled)
        return None
    return compiled


@lru_cache(maxsize=512)
def _compile(pattern: str, flags: str) -> Pattern | str:
    if len(pattern) > MAX_PATTERN:
        return f"The pattern has {len(pattern)} characters; {MAX_PATTERN} are the most"
    unknown = set(flags) - _FLAGS
    if unknown:
        return f"'{min(unknown)}' is no flag of a pattern; the flags are s, m, i, x and q"
    try:
        text = re.escape(pattern) if "q" in flags else _translate(pattern, "x" in flags)
    except _Refused as refused:
        return f"The pattern '{pattern[:60]}' {refused}"
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    switches = "".join(flag for flag in "smi" if flag in flags)
    try:
        return cast("Pattern", re2.compile(f"(?{switches}){text}" if switches else text, options))
    except Exception as error:  # noqa: BLE001  # the binding's error type varies between its releases
        return f"The pattern '{pattern[:60]}' is not a regular expression we can run: {_reason(error)}"


def _reason(error: Exception) -> str:
    reason: Any = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _translate(pattern: str, extended: bool) -> str:
    """XPath's syntax in RE2's."""
    out: list[str] = []
    at, in_class = 0, 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            out.append(_escape(pattern, at, in_class > 0))
            at += 2
            continue
        if character == "[":
            if in_class:
                raise _Refused("subtracts one class of characters from another, which is not supported")
            in_class = at + 1
        elif character == "]" and in_class and at > in_class:
            in_class = 0
        elif extended and not in_class and character in " \t\r\n":
            at += 1
            continue
        elif character == "(" and not in_class and pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
            raise _Refused("looks ahead or behind, or sets flags inside, which is not supported")
        out.append(character)
        at += 1
    if in_class:
        raise _Refused("has a '[' that is never closed")
    return "".join(out)


def _escape(pattern: str, at: int, in_class: bool) -> str:
    if at + 1 == len(pattern):
        raise _Refused("ends with a single backslash")
    letter = pattern[at + 1]
    if letter in "123456789":
        raise _Refused("refers back to a group, which is not supported")
    named = {"i": _NAME_START, "c": _NAME_PART, "d": "\\p{Nd}"}.get(letter)
    if named:
        return named if in_class else f"[{named}]"
    negated = {"I": _NAME_START, "C": _NAME_PART, "D": "\\p{Nd}"}.get(letter)
    if negated and not in_class:
        return f"[^{negated}]"
    if letter == "w" and not in_class:
        return "[^\\p{P}\\p{Z}\\p{C}]"
    if letter == "W" and not in_class:
        return "[\\p{P}\\p{Z}\\p{C}]"
    if letter == "p" and pattern.startswith("{Is", at + 2):
        raise _Refused("names a block of Unicode, which is not supported")
    return pattern[at : at + 2]


def expand_replacement(run: Run, pattern: Pattern, text: str, replacement: str, *, literal: bool) -> str | None:
    """``text`` with every match replaced; ``$1`` is the first group, ``$0`` the whole match."""
    pieces = [replacement] if literal else _replacement_pieces(replacement, pattern.groups)
    if pieces is None:
        run.warn(f"The replacement '{replacement[:60]}' has a '$' or '\\' that stands for nothing")
        return None
    out: list[str] = []
    last, size = 0, 0
    for match in pattern.finditer(text):
        out.append(text[last : match.start()])
        new = "".join(piece if isinstance(piece, str) else match.group(piece) or "" for piece in pieces)
        size += len(new)
        run.check_size(size)
        out.append(new)
        last = match.end()
    out.append(text[last:])
    run.spend(len(out))
    return run.check_text("".join(out))


def _replacement_pieces(replacement: str, groups: int) -> list[str | int] | None:
    pieces: list[str | int] = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        following = replacement[at + 1 : at + 2]
        if character == "\\":
            if following not in ("\\", "$"):
                return None
            pieces.append(following)
            at += 2
        elif character == "$":
            digits = re.match(r"[0-9]+", replacement[at + 1 :])
            if digits is None:
                return None
            number = digits.group()
            while len(number) > 1 and int(number) > groups:
                number = number[:-1]
            pieces.append(int(number) if int(number) <= groups else "")
            at += 1 + len(number)
        else:
            pieces.append(character)
            at += 1
    return pieces
