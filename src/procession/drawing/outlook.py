"""The members of a running case on one line of time: what is done, what is open, what is to come, and how much later
it may end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from procession.drawing.palette import css
from procession.drawing.svg import element, words
from procession.drawing.text import fit
from procession.drawing.text import width as width_of

_Place = Callable[[datetime], float]
State = Literal["done", "open", "late", "to come", "may come"]

ROW: Final = 28.0
_BAR: Final = 12.0
_SCALE: Final = 20.0
_SMALL: Final = 11.0
_COLOURS: Final[dict[State, str]] = {
    "done": "ok", "open": "info", "late": "bad", "to come": "line-input", "may come": "line-2",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lane:
    """One member."""

    title: str
    state: State
    begins: datetime
    ends: datetime
    may_end: datetime | None = None
    """How late it may end without the case ending later; None where nothing is known of it."""
    said: str = ""
    """What it says when the pointer rests on it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that matters to all of them."""

    title: str
    at: datetime
    colour: str
    until: datetime | None = None
    """Of a span: its end."""


def draw_outlook(lanes: Sequence[Lane], marks: Sequence[Mark], label: str, *, width: float = 700) -> str:
    """One row for each member. Marks are lines through all rows, spans are bands; each is named above."""
    gutter = min(max((width_of(lane.title, 12) for lane in lanes), default=0) + 14, width * 0.34)
    moments = [at for lane in lanes for at in (lane.begins, lane.ends, lane.may_end) if at is not None]
    moments += [at for mark in marks for at in (mark.at, mark.until) if at is not None]
    first, last = min(moments).timestamp(), max(moments).timestamp()
    room = width - gutter - 24

    def x(at: datetime) -> float:
        return gutter + 8 + room * (at.timestamp() - first) / max(last - first, 1.0)

    height = _SCALE + ROW * len(lanes) + 4
    drawn = [part for mark in marks for part in _mark(mark, x, height, width)]
    for place, lane in enumerate(lanes):
        drawn += _lane(lane, x, _SCALE + ROW * place, gutter)
    frame = {"class": "chart", "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width:g} {height:g}"}
    return element("svg", {**frame, "role": "img", "aria-label": label, "font-family": "Inter, sans-serif"}, *drawn)


def _lane(lane: Lane, x: _Place, y: float, gutter: float) -> list[str]:
    middle = y + ROW / 2
    left, right = x(lane.begins), max(x(lane.ends), x(lane.begins) + 3)
    parts = [
        element(
            "text",
            {"x": 0, "y": middle + 4, "font-size": 12, "fill": css("text")},
            words(fit(lane.title, gutter - 8, 12)),
        )
    ]
    if lane.may_end is not None and x(lane.may_end) > right + 2:
        tail = {"stroke": css("line-input"), "stroke-width": 2, "stroke-dasharray": "2 4", "stroke-linecap": "round"}
        end = x(lane.may_end)
        parts.append(element("line", {"x1": right + 3, "x2": end, "y1": middle, "y2": middle, **tail}))
        parts.append(element("line", {"x1": end, "x2": end, "y1": middle - 5, "y2": middle + 5,
                                      "stroke": css("line-input"), "stroke-width": 2}))  # fmt: skip
    box = {"class": "mark", "x": left, "y": middle - _BAR / 2, "width": right - left, "height": _BAR, "rx": 3}
    parts.append(element("rect", {**box, "fill": css(_COLOURS[lane.state])}, element("title", {}, words(lane.said))))
    return parts


def _mark(mark: Mark, x: _Place, height: float, width: float) -> list[str]:
    at = x(mark.at)
    anchor = "start" if at < width * 0.6 else "end"
    name = element(
        "text", {"x": at + (3 if anchor == "start" else -3), "y": 11, "font-size": _SMALL, "text-anchor": anchor,
                 "fill": css("text-2")}, words(mark.title),
    )  # fmt: skip
    if mark.until is not None:
        box = {"x": at, "y": _SCALE - 4, "width": max(x(mark.until) - at, 1), "height": height - _SCALE + 4}
        return [element("rect", {**box, "fill": css(mark.colour)}), name]
    line = {"x1": at, "x2": at, "y1": _SCALE - 4, "y2": height, "stroke": css(mark.colour), "stroke-width": 1.5}
    return [element("line", line), name]
