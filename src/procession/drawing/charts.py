"""The five charts there are: bars, stacked bars, Pareto, line, sparkline. Values in, one SVG element out.

Colours are `var(--token)`, so a page shows them in its theme and a file gets them resolved. Every chart says what it
shows in one sentence (`label`), every mark says its own value when the pointer rests on it, and every value that
matters is printed. Give `width` the pixels the chart will have: its text then has the right size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import floor, log10

from procession.drawing.palette import css
from procession.drawing.svg import element, words
from procession.drawing.text import fit
from procession.drawing.text import width as width_of

Say = Callable[[float], str]
"""How a value is written, with its unit."""

Series = tuple[str, str]
"""What a colour means: a word and a token. Working is c2, waiting c3, rework c4."""

Spot = tuple[float, float]
ROW, BAR, SMALL = 27.0, 15.0, 11.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One labelled value, or the values of one stack in the order of the series."""

    label: str
    values: Sequence[float]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One place on a line: what it is called, its value, and the end of the band above it."""

    label: str
    value: float
    high: float | None = None


def bars(items: Sequence[Bar], say: Say, label: str, *, colour: str = "c3", width: float = 560) -> str:
    """Horizontal bars, one value each."""
    return stacked(items, [("", colour)], say, label, width=width)


def stacked(items: Sequence[Bar], series: Sequence[Series], say: Say, label: str, *, width: float = 560) -> str:
    """Horizontal bars made of parts, with the total at the end."""
    most = max((sum(item.values) for item in items), default=0) or 1
    gutter = min(max((width_of(item.label, 12) for item in items), default=0) + 14, width * 0.4)
    room = width - gutter - 12 - max((width_of(say(sum(item.values)), SMALL, 600) for item in items), default=0)
    drawn: list[str] = []
    for place, item in enumerate(items):
        x, y = gutter, place * ROW + (ROW - BAR) / 2
        name = _text((0, y + BAR - 3.5), fit(item.label, gutter - 10, 12), "text", size=12, whole=item.label)
        drawn.append(element("a", {"href": item.href}, name) if item.href else name)
        for (part, colour), value in zip(series, item.values, strict=True):
            length = room * value / most
            if length > 0:
                said = ", ".join(word for word in (item.label, part, say(value)) if word)
                drawn.append(_rect(x, y, max(length - 1, 0.75), BAR, colour, said))
            x += length
        drawn.append(_text((x + 6, y + BAR - 3.5), say(sum(item.values)), "text-2", weight=600))
    return _svg(width, max(len(items), 1) * ROW, drawn, label)


def pareto(items: Sequence[Bar], say: Say, label: str, *, vital: int, width: float = 620) -> str:
    """Columns in the order given, largest first, with their running share; the first `vital` ones stand out."""
    values = [item.values[0] for item in items]
    total = sum(values) or 1
    plot = _Plot(width, 290, max(values, default=0), side=44, foot=50)
    step = (plot.right - plot.left) / max(len(items), 1)
    scale = [_text((plot.right + 8, plot.share(share) + 4), f"{share:.0%}", "text-3") for share in (0, 0.5, 0.8, 1)]
    drawn = plot.rules(say) + scale
    drawn.append(_line([(plot.left, plot.share(0.8)), (plot.right, plot.share(0.8))], "text-3", 1, dash="4 3"))
    reached: list[Spot] = []
    for place, (item, value, so_far) in enumerate(zip(items, values, accumulate(values), strict=True)):
        x, y = plot.left + step * place, plot.y(value)
        said = f"{item.label}: {say(value)}, {value / total:.0%} of all, with those before {so_far / total:.0%}"
        colour = "c1" if place < vital else "line-2"
        column = _rect(x + step * 0.14, y, step * 0.72, plot.floor - y, colour, said)
        drawn.append(element("a", {"href": item.href}, column) if item.href else column)
        drawn += _wrapped(item.label, x + step / 2, plot.floor + 15, step - 3)
        reached.append((x + step / 2, plot.share(so_far / total)))
    drawn += [_line(reached, "c3", 2), *(_dot(spot, "surface", edge="c3") for spot in reached)]
    return _svg(width, 290, drawn, label)


def line(
    points: Sequence[Point], say: Say, label: str, *, mark: tuple[int, str] | None = None, width: float = 620
) -> str:
    """A line over time with a band up to `high`; `mark` is a place and what began there."""
    plot = _Plot(width, 240, max((point.high or point.value for point in points), default=0), side=10, foot=26)
    step = (plot.right - plot.left) / max(len(points) - 1, 1)
    spots = [(plot.left + step * place, plot.y(point.value)) for place, point in enumerate(points)]
    drawn = plot.rules(say)
    if any(point.high is not None for point in points):
        highs = [(x, y if p.high is None else plot.y(p.high)) for p, (x, y) in zip(points, spots, strict=True)]
        area = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*highs, *reversed(spots)])
        drawn.append(element("polygon", {"points": area, "fill": css("c1"), "fill-opacity": "0.13"}))
    if mark is not None:
        x, y = plot.left + step * mark[0], plot.head
        drawn.append(_line([(x, y - 8), (x, plot.floor)], "text-2", 1.25, dash="3 3"))
        drawn.append(_text((x + 5, y - 2), mark[1], "text-2", weight=600))
    drawn.append(_line(spots, "c1", 2))
    every = -(-len(points) // max(int(width // 84), 1)) or 1
    for place, (point, spot) in enumerate(zip(points, spots, strict=True)):
        upto = "" if point.high is None else f", up to {say(point.high)}"
        drawn.append(_dot(spot, "c1", said=f"{point.label}: {say(point.value)}{upto}"))
        if place % every == 0:
            anchor = "end" if spot[0] > plot.right - 20 else "middle"
            drawn.append(_text((spot[0], 233), point.label, "text-3", anchor=anchor))
    return _svg(width, 240, drawn, label)


def sparkline(values: Sequence[float], label: str, *, colour: str = "c1") -> str:
    """A line without axes, for a tile; 88 by 28 pixels."""
    low, step = min(values, default=0), 84 / max(len(values) - 1, 1)
    spread = max(values, default=1) - low or 1
    spots = [(2 + step * place, 25 - 22 * (value - low) / spread) for place, value in enumerate(values)]
    return _svg(88, 28, [_line(spots, colour, 1.75)], label)


class _Plot:
    """The area of a chart with a value axis from zero to a round number above the largest value."""

    def __init__(self, width: float, height: float, most: float, *, side: float, foot: float) -> None:
        self.left, self.right, self.head, self.floor = 46.0, width - side, 16.0, height - foot
        self.top = _round_up(most or 1)

    def share(self, share: float) -> float:
        """The height at which a share of the axis lies."""
        return self.floor - (self.floor - self.head) * share

    def y(self, value: float) -> float:
        """The height at which a value lies."""
        return self.share(value / self.top)

    def rules(self, say: Say) -> list[str]:
        """Five lines with their values."""
        heights = [(self.share(n / 4), say(self.top * n / 4)) for n in range(5)]
        lines = [_line([(self.left, y), (self.right, y)], "line", 1) for y, _ in heights]
        return lines + [_text((self.left - 8, y + 4), value, "text-3", anchor="end") for y, value in heights]


def _round_up(value: float) -> float:
    """The next number at or above whose quarters are round too."""
    size = 10.0 ** floor(log10(value))
    return next((size * n for n in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8) if size * n >= value * 0.9999), size * 10)


def _svg(width: float, height: float, drawn: Sequence[str], label: str) -> str:
    role = "group" if any(part.startswith("<a") for part in drawn) else "img"
    frame = {"class": "chart", "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width:g} {height:g}"}
    return element("svg", {**frame, "role": role, "aria-label": label, "font-family": "Inter, sans-serif"}, *drawn)


def _text(at: Spot, text: str, colour: str, **more: str | float) -> str:
    """Words; `size`, `weight`, `anchor`, and `whole` for what was cut."""
    whole = str(more.get("whole", text))
    place = {"x": at[0], "y": at[1], "font-size": more.get("size", SMALL), "text-anchor": more.get("anchor")}
    hover = [element("title", {}, words(whole))] if whole != text else []
    return element("text", {**place, "font-weight": more.get("weight"), "fill": css(colour)}, words(text), *hover)


def _rect(x: float, y: float, width: float, height: float, colour: str, said: str) -> str:
    box = {"class": "mark", "x": x, "y": y, "width": width, "height": height, "rx": 2, "fill": css(colour)}
    return element("rect", box, element("title", {}, words(said)))


def _dot(at: Spot, colour: str, *, edge: str = "", said: str = "") -> str:
    look = {"class": "mark", "cx": at[0], "cy": at[1], "r": 3.3, "fill": css(colour)}
    ring = {"stroke": css(edge), "stroke-width": 2} if edge else {}
    return element("circle", {**look, **ring}, *([element("title", {}, words(said))] if said else []))


def _line(points: Sequence[Spot], colour: str, weight: float, *, dash: str | None = None) -> str:
    stroke = {"stroke": css(colour), "stroke-width": f"{weight:g}", "stroke-dasharray": dash}
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", {"points": places, "fill": "none", "stroke-linejoin": "round", **stroke})


def _wrapped(text: str, x: float, y: float, room: float) -> list[str]:
    """A label under a column: its words on at most three lines, the whole text on hover."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and (width_of(longer, SMALL) <= room or len(rows) == 3):
            rows[-1] = longer
        else:
            rows.append(word)
    shown = [(fit(row, room, SMALL), y + 13 * place) for place, row in enumerate(rows)]
    return [_text((x, height), row, "text-2", anchor="middle", whole=text) for row, height in shown]
