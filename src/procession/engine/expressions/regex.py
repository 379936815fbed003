"""Regular expressions of XPath, on RE2.

RE2 takes time linear in the text whatever the pattern. What it cannot do (looking ahead or behind, references back to a
group, character class subtraction) is refused with a warning, and the answer is null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol, cast

import re2  # type: ignore[reportMissingTypeStubs]

from .character_class import BLOCKS, subtract
from .runtime import Run

MAX_PATTERN = 2_000
_MAX_MEMORY = 1 << 22
_compile_re2: Any = re2.compile  # type: ignore[reportUnknownMemberType]
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
        shown = _without_spaces(pattern) if "x" in flags else pattern
        text = re.escape(pattern) if "q" in flags else _translate(shown, "s" in flags)
    except _Refused as refused:
        return f"The pattern '{pattern[:60]}' {refused}"
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    switches = "".join(flag for flag in "smi" if flag in flags)
    try:
        return cast("Pattern", _compile_re2(f"(?{switches}){text}" if switches else text, options))
    except Exception as error:  # the binding's error type varies between its releases
        return f"The pattern '{pattern[:60]}' is not a regular expression we can run: {_reason(error)}"


def _reason(error: Exception) -> str:
    reason: Any = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _translate(pattern: str, dot_all: bool) -> str:
    """XPath's syntax in RE2's."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        piece, at = _translate_one(pattern, at, dot_all)
        out.append(piece)
    return "".join(out)


def _translate_one(pattern: str, at: int, dot_all: bool) -> tuple[str, int]:
    """What stands at a place outside of classes, and where the next begins."""
    match pattern[at]:
        case "\\":
            return _escape(pattern, at, in_class=False)
        case "[":
            return _class(pattern, at)
        case ".":
            return ("." if dot_all else "[^\\n\\r]"), at + 1
        case "(" if pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
            raise _Refused("looks ahead or behind, or sets flags inside, which is not supported")
        case character:
            return character, at + 1


def _class(pattern: str, start: int) -> tuple[str, int]:
    out = ["["]
    at = start + 1
    while at < len(pattern) and (pattern[at] != "]" or at == start + 1):
        if pattern.startswith("-[", at):
            made = subtract(pattern[start:])
            if made is None:
                raise _Refused("subtracts classes of characters that hold more than characters, which is not supported")
            return made[0], start + made[1]
        if pattern[at] == "\\":
            piece, at = _escape(pattern, at, in_class=True)
        else:
            piece, at = ("\\[" if pattern[at] == "[" else pattern[at]), at + 1
        out.append(piece)
    if at >= len(pattern):
        raise _Refused("has a '[' that is never closed")
    return "".join([*out, "]"]), at + 1


_SETS = {"i": _NAME_START, "c": _NAME_PART, "d": "\\p{Nd}"}
_NOT_WORD = "\\p{P}\\p{Z}\\p{C}"


def _escape(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    letter = pattern[at + 1 : at + 2]
    end = at + 2
    if not letter:
        raise _Refused("ends with a single backslash")
    if letter.isdigit():
        raise _Refused("refers back to a group, which is not supported")
    if letter in "pP" and pattern.startswith("{Is", end):
        return _block(pattern, end, negated=letter == "P", in_class=in_class)
    if letter in _SETS:
        return (_SETS[letter] if in_class else f"[{_SETS[letter]}]"), end
    if letter.lower() in _SETS and letter.isupper():
        if in_class:
            raise _Refused(f"has '\\{letter}' inside a class of characters, which is not supported")
        return f"[^{_SETS[letter.lower()]}]", end
    if letter in "wW" and not in_class:
        return f"[{'^' if letter == 'w' else ''}{_NOT_WORD}]", end
    return pattern[at:end], end


def _block(pattern: str, at: int, *, negated: bool, in_class: bool) -> tuple[str, int]:
    """``\\p{IsGreek}``: the characters of a block of Unicode."""
    end = pattern.find("}", at) + 1
    name = pattern[at + 3 : end - 1]
    if not end or name not in BLOCKS or (negated and in_class):
        raise _Refused(f"names the block of Unicode '{name[:40]}', which is not known")
    first, last = BLOCKS[name]
    characters = f"\\x{{{first:X}}}-\\x{{{last:X}}}"
    return (characters if in_class else f"[{'^' if negated else ''}{characters}]"), end


def _without_spaces(pattern: str) -> str:
    """The flag ``x``: spaces outside of classes say nothing."""
    out: list[str] = []
    level = 0
    for place, character in enumerate(pattern):
        escaped = place > 0 and pattern[place - 1] == "\\"
        if not escaped:
            level += (character == "[") - (character == "]" and level > 0)
        if level or character not in " \t\r\n":
            out.append(character)
    return "".join(out)


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
