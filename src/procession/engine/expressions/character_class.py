"""Classes of characters with one class taken away from another, which XPath has and RE2 has not: ``[A-Z-[OI]]``."""

from __future__ import annotations

import re

_MAX = 0x10FFFF
_ITEM = re.compile(r"\\(.)|(.)", re.DOTALL)
_CONTROLS = {"n": 10, "r": 13, "t": 9}

BLOCKS = {
    "BasicLatin": (0x00, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF),
    "Greek": (0x370, 0x3FF),
    "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Armenian": (0x530, 0x58F),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F),
    "Thai": (0xE00, 0xE7F),
    "Georgian": (0x10A0, 0x10FF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
}
"""Blocks of Unicode that a pattern may name as ``\\p{IsName}``, with their first and last code point."""

Ranges = list[tuple[int, int]]


def subtract(text: str) -> tuple[str, int] | None:
    """RE2's class for one that begins at ``[``, and its length; None where it holds more than characters and ranges."""
    read = _read(text, 0)
    if read is None:
        return None
    ranges, end = read
    if not ranges:
        return "[^\\x{0}-\\x{10FFFF}]", end
    return "[" + "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in ranges) + "]", end


def _read(text: str, at: int) -> tuple[Ranges, int] | None:
    at += 1
    negated = text.startswith("^", at)
    at += negated
    ranges: Ranges = []
    while at < len(text) and text[at] != "]":
        if text.startswith("-[", at):
            inner = _read(text, at + 1)
            if inner is None or not text.startswith("]", inner[1]):
                return None
            base = _complement(ranges) if negated else ranges
            return _without(base, inner[0]), inner[1] + 1
        low, at = _character(text, at)
        high = low
        if text.startswith("-", at) and text[at + 1 : at + 2] not in ("[", "]", ""):
            high, at = _character(text, at + 1)
        if low < 0 or high < low:
            return None
        ranges.append((low, high))
    if at >= len(text):
        return None
    return (_complement(ranges) if negated else ranges), at + 1


def _character(text: str, at: int) -> tuple[int, int]:
    """A code point and where it ends; -1 for an escape that stands for many characters."""
    match = _ITEM.match(text, at)
    assert match is not None
    escaped, plain = match.groups()
    if plain is not None:
        return ord(plain), match.end()
    if escaped in _CONTROLS:
        return _CONTROLS[escaped], match.end()
    return (-1 if escaped.isalnum() else ord(escaped)), match.end()


def _complement(ranges: Ranges) -> Ranges:
    return _without([(0, _MAX)], ranges)


def _without(ranges: Ranges, taken: Ranges) -> Ranges:
    for low, high in taken:
        left: Ranges = []
        for first, last in ranges:
            if high < first or low > last:
                left.append((first, last))
                continue
            if first < low:
                left.append((first, low - 1))
            if last > high:
                left.append((high + 1, last))
        ranges = left
    return ranges
