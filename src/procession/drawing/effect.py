"""How large an effect is, and how sure: a range on a line with "no change" on it. Values in, one SVG element out."""

from __future__ import annotations

from typing import Literal

from procession.drawing.charts import Say
from procession.drawing.palette import css
from procession.drawing.svg import element, words
from procession.drawing.text import width as width_of

_HEIGHT, _LINE, _SIDE, _SMALL = 66.0, 34.0, 30.0, 11.0
_ROOM = 0.15
"""Of the range, left free on both sides."""


def effect(at: float, low: float, high: float, say: Say, label: str, *, colour: str, width: float = 560) -> str:
    """The effect and its range, beside no change at 0.

    Args:
        say: how a size is written.
        label: the whole in one sentence.
        colour: the token of the range.
    """
    least, most = min(low, 0.0), max(high, 0.0)
    free = (most - least) * _ROOM or 0.1
    begin, span = least - free, most - least + 2 * free

    def x(value: float) -> float:
        return _SIDE + (width - 2 * _SIDE) * (value - begin) / span

    drawn = [
        _line(_SIDE, _LINE, width - _SIDE, _LINE, "line-2", 1),
        _line(x(0), _LINE - 16, x(0), _LINE + 12, "text-2", 1.25),
        _text(x(0), _LINE + 26, "no change", "text-2", width),
        _line(x(low), _LINE, x(high), _LINE, colour, 6),
        _dot(x(at), say(at), colour),
        _text(x(at), _LINE - 14, say(at), "text", width, weight=600),
    ]
    for end in (low, high):
        apart = abs(x(end) - x(at)) > 2 * width_of(say(end), _SMALL)
        if apart and abs(x(end) - x(0)) > 4:
            drawn.append(_text(x(end), _LINE - 14, say(end), "text-2", width))
    frame = {"class": "chart", "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width:g} {_HEIGHT:g}"}
    return element("svg", {**frame, "role": "img", "aria-label": label, "font-family": "Inter, sans-serif"}, *drawn)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, weight: float) -> str:
    ends = {"x1": f"{x1:.1f}", "y1": y1, "x2": f"{x2:.1f}", "y2": y2}
    return element("line", {**ends, "stroke": css(colour), "stroke-width": weight, "stroke-linecap": "round"})


def _dot(x: float, said: str, colour: str) -> str:
    look = {"fill": css("surface"), "stroke": css(colour), "stroke-width": 3}
    return element("circle", {"cx": f"{x:.1f}", "cy": _LINE, "r": 6, **look}, element("title", {}, words(said)))


def _text(x: float, y: float, text: str, colour: str, width: float, *, weight: Literal[400, 600] = 400) -> str:
    """Words around a place, kept inside the picture."""
    half = width_of(text, _SMALL, weight) / 2
    inside = min(max(x, half), width - half)
    place = {"x": f"{inside:.1f}", "y": y, "font-size": _SMALL, "text-anchor": "middle", "font-weight": weight}
    return element("text", {**place, "fill": css(colour)}, words(text))
