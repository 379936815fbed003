"""The colours of the pages: name → value on light and on dark.

What a diagram or a chart may use comes from `drawing.palette`; the few that only pages need are added here.
`tokens.css` is generated (`python -m procession.web.tokens` writes it; a test compares), and so are the palettes with
which a picture is drawn outside a page (SVG, PNG, PDF), where CSS variables do not exist. The contrast of the pairs
is tested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from procession.drawing.palette import COLOURS, Theme

TOKENS: Mapping[str, tuple[str, str]] = {
    **{name: (colour.light, colour.dark) for name, colour in COLOURS.items()},
    # the current line of the sidebar
    "nav-current": ("#e4e8ef", "#1f242d"),
    # five hues for the initials of people
    "person-0": ("#d3f1ea", "#0f3b35"),
    "person-0-text": ("#0b5a50", "#85e2d2"),
    "person-1": ("#dbe3fd", "#232c66"),
    "person-1-text": ("#2f41b8", "#b6c0ff"),
    "person-2": ("#ffe6c2", "#4a3005"),
    "person-2-text": ("#714400", "#f5c878"),
    "person-3": ("#fbd9ea", "#4a1838"),
    "person-3-text": ("#86205b", "#f7afd6"),
    "person-4": ("#eadffb", "#33205a"),
    "person-4-text": ("#5b2a9d", "#d0b5ff"),
    # over and under everything
    "toast": ("#1b1f27", "#eceef3"),
    "on-toast": ("#ffffff", "#14171f"),
    "toast-link": ("#a3adff", "#3444bd"),
    "scrim": ("#14171f66", "#000000a6"),
    "shadow-1": ("#10182814", "#00000066"),
    "shadow-2": ("#10182829", "#00000080"),
    "shadow-3": ("#1018283d", "#000000b3"),
}
"""Colours as #rrggbb, or #rrggbbaa for veils and shadows."""

STYLESHEET = Path(__file__).parent / "static" / "tokens.css"

_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")


def palette(theme: Theme) -> dict[str, str]:
    """The colours of one theme by token name."""
    column = 0 if theme == "light" else 1
    return {name: values[column] for name, values in TOKENS.items()}


def resolve(svg: str, theme: Theme) -> str:
    """The same picture with `var(--token)` replaced by the colour, for places without CSS variables.

    Raises KeyError when the picture names a token that does not exist.
    """
    colours = palette(theme)
    return _VARIABLE.sub(lambda found: colours[found.group(1)], svg)


def stylesheet() -> str:
    """The text of tokens.css."""
    lines = "\n".join(f"  --{name}: light-dark({light}, {dark});" for name, (light, dark) in TOKENS.items())
    return (
        "/* Made from procession/web/tokens.py by `python -m procession.web.tokens`. */\n"
        ":root {\n  color-scheme: light dark;\n" + lines + "\n}\n"
        '[data-theme="light"] { color-scheme: light; }\n'
        '[data-theme="dark"] { color-scheme: dark; }\n'
    )


if __name__ == "__main__":
    STYLESHEET.write_text(stylesheet(), encoding="utf-8")
