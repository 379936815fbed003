"""Bitmaps of diagrams: the SVG of a file, drawn by resvg with the fonts that come along."""

from importlib import import_module
from typing import Any

from procession.drawing.text import FONTS


def to_png(svg: str, scale: float = 2) -> bytes:
    """The picture as PNG, `scale` pixels for each pixel of the drawing.

    The SVG must be one for a file (`light` or `dark`): resvg knows no CSS variables. Only fonts that come along are
    used, so the same picture gives the same bytes on every machine.
    """
    if 'class="dg' in svg:
        raise ValueError("this SVG is for a page; draw it for a file, 'light' or 'dark'")
    fonts = [str(FONTS / "inter-400.ttf"), str(FONTS / "inter-600.ttf")]
    draw: Any = import_module("resvg_py").svg_to_bytes  # here, so that only a program that exports pays for it
    return bytes(draw(svg_string=svg, zoom=scale, skip_system_fonts=True, font_files=fonts, font_family="Inter"))
