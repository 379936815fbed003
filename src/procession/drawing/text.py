"""How wide a text is in Inter, and how to cut it to a width, without a browser."""

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Weight = Literal[400, 600]

FONTS = Path(__file__).parent / "vendor" / "inter"
UNITS_PER_EM = 2048
ELLIPSIS = "…"


@cache
def _advances(weight: Weight) -> Mapping[str, int]:
    table = json.loads((FONTS / "widths.json").read_text(encoding="utf-8"))[str(weight)]
    return {chr(int(code)): advance for code, advance in table.items()}


def _advance(character: str, weight: Weight) -> int:
    known = _advances(weight).get(character)
    if known is not None:
        return known
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    # another font draws it: East Asian and pictures are square, the rest is about as wide as an n
    return UNITS_PER_EM if unicodedata.east_asian_width(character) in "WF" else 1230


def width(text: str, size: float, weight: Weight = 400) -> float:
    """The width of one line in pixels at this font size, by the advance widths of Inter, without kerning."""
    return sum(_advance(character, weight) for character in text) * size / UNITS_PER_EM


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def fit(text: str, room: float, size: float, weight: Weight = 400) -> str:
    """As much of the text as fits into `room` pixels, with an ellipsis when something was cut; maybe nothing."""
    if width(text, size, weight) <= room:
        return text
    left = room - width(ELLIPSIS, size, weight)
    for end, character in enumerate(text):
        left -= _advance(character, weight) * size / UNITS_PER_EM
        if left < 0:
            return text[:end].rstrip() + ELLIPSIS if end else ""
    return text


def clean(text: str) -> str:
    """One line that XML can hold: control characters and lone surrogates become a visible mark, spaces collapse."""
    shown = "".join(c if c.isspace() or _printable(c) else "\ufffd" for c in text)
    return " ".join(shown.split())


def _printable(character: str) -> bool:
    code = ord(character)
    if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return False  # would turn the direction of the text around it
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
