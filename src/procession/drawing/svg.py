"""Writing SVG: elements with escaped text, in the look of a page or of a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from procession.drawing import look
from procession.drawing.geometry import Box, Point
from procession.drawing.palette import Theme
from procession.drawing.text import clean

ICONS = Path(__file__).parent / "vendor" / "lucide"
SAFE_LINK = re.compile(r"(https?://|/|\?|#)", re.IGNORECASE)

Value = str | float | None


def number(value: float) -> str:
    """At most one decimal, none where it is zero."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(name: str, attributes: Mapping[str, Value], *children: str) -> str:
    """An element; attributes that are None are left out. Children are finished markup."""
    head = name
    for key, value in attributes.items():
        if value is not None:
            text = clean(value) if isinstance(value, str) else number(value)
            head += f" {key}={quoteattr(text)}"
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


def words(text: str) -> str:
    """A text as the content of an element."""
    return escape(clean(text))


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws parts for one use: on a page, or in a file of one theme."""

    theme: Theme | None
    """None on a page, where the style sheet follows the reader's theme."""

    def look(self, *names: str) -> dict[str, Value]:
        """The attributes of a part with these classes."""
        if self.theme is None:
            return dict(look.classes(names))
        return dict(look.resolved(names, self.theme))

    def rect(self, box: Box, *names: str, radius: float = 0) -> str:
        """A rectangle."""
        place: dict[str, Value] = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        return element("rect", {**place, "rx": radius or None, **self.look(*names)})

    def circle(self, middle: Point, radius: float, *names: str) -> str:
        """A circle."""
        return element("circle", {"cx": middle.x, "cy": middle.y, "r": radius, **self.look(*names)})

    def path(self, data: str, *names: str, width: float | None = None) -> str:
        """A path; `width` overrules the look's stroke width."""
        attributes: dict[str, Value] = {"d": data, **self.look(*names)}
        if width is not None:
            attributes["stroke-width"] = width
        return element("path", attributes)

    def text(self, x: float, y: float, text: str, *names: str) -> str:
        """One line of text, y at its baseline."""
        return element("text", {"x": x, "y": y, **self.look(*names)}, words(text))

    def icon(self, name: str, x: float, y: float, size: float, *names: str) -> str:
        """A line icon with its upper left corner at x, y."""
        place = f"translate({number(x)} {number(y)}) scale({size / 24:.3g})"
        return element("g", {"transform": place, **self.look("dg-icon", *names)}, _icon(name))

    def link(self, href: str | None, name: str, *parts: str) -> str:
        """The parts as a link, or as a picture where there is nowhere to go; the name is also the tooltip.

        It is a title and no `aria-label`, which would have to repeat every visible text letter by letter.
        """
        title = element("title", {}, words(name))
        if href is None:
            return element("g", {"role": "img"}, title, *parts)
        if not SAFE_LINK.match(href):
            raise ValueError(f"a link of a diagram begins with http, /, ? or #, not {href!r}")
        if self.theme is not None and not href.lower().startswith("http"):
            return self.link(None, name, *parts)  # a file does not know its site
        return element("a", {"href": href}, title, *parts)


@cache
def _icon(name: str) -> str:
    markup = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(markup)  # noqa: S314 (a file of ours)
    return "".join(element(part.tag.split("}")[-1], dict(part.attrib)) for part in root)


def document(
    pen: Pen, width: float, height: float, label: str, *parts: str, margin: float = 16, kind: str = "diagram"
) -> str:
    """The whole picture. On a page it is a group with a name, so that the links inside stay reachable."""
    view = f"{number(-margin)} {number(-margin)} {number(width + 2 * margin)} {number(height + 2 * margin)}"
    attributes: dict[str, Value] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": view,
        "width": width + 2 * margin,
        "height": height + 2 * margin,
        "role": "group",
        "aria-label": label,
    }
    if pen.theme is None:
        return element("svg", {**attributes, "class": f"dg dg-{kind}"}, *parts)
    ground = pen.rect(Box(-margin, -margin, width + 2 * margin, height + 2 * margin), "dg-ground")
    font: dict[str, Value] = {"font-family": look.FONT}
    return element("svg", {**attributes, **font}, element("title", {}, words(label)), ground, *parts)


def rounded(points: tuple[Point, ...], radius: float = 6) -> str:
    """A path along the corners, each rounded as far as its two sides allow."""
    first = points[0]
    data = f"M{number(first.x)} {number(first.y)}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, reach), _towards(corner, after, reach)
        data += f"L{number(start.x)} {number(start.y)}Q{number(corner.x)} {number(corner.y)}"
        data += f" {number(end.x)} {number(end.y)}"
    return f"{data}L{number(points[-1].x)} {number(points[-1].y)}"


def arrow(points: tuple[Point, ...], size: float) -> tuple[tuple[Point, ...], str]:
    """The route shortened by its arrowhead, and the head as a path."""
    tip, before = points[-1], points[-2]
    size = min(size, max(_distance(before, tip), 1))
    base = _towards(tip, before, size)
    dx, dy = (tip.x - base.x) / 2, (tip.y - base.y) / 2
    corners = (tip, Point(base.x - dy, base.y + dx), Point(base.x + dy, base.y - dx))
    head = "M" + "L".join(f"{number(corner.x)} {number(corner.y)}" for corner in corners) + "Z"
    return (*points[:-1], _towards(tip, before, size - 0.5)), head


def _distance(a: Point, b: Point) -> float:
    return abs(a.x - b.x) + abs(a.y - b.y)


def _towards(start: Point, end: Point, by: float) -> Point:
    length = _distance(start, end)
    if length == 0:
        return start
    return Point(start.x + (end.x - start.x) * by / length, start.y + (end.y - start.y) * by / length)


Use = Literal["page", "light", "dark"]
"""Where a picture goes: into a page, or into a file of one theme."""


def pen_for(use: Use) -> Pen:
    """The pen that draws for this use."""
    return Pen(None if use == "page" else use)
