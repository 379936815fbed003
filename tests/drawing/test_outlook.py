"""The members of a case on one line of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from procession.drawing.outlook import Lane, Mark, draw_outlook

DAY = timedelta(days=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*lanes: Lane, marks: tuple[Mark, ...] = ()) -> ElementTree.Element:
    return ElementTree.fromstring(draw_outlook(lanes, marks, "A line of time", width=700))


def test_each_member_has_a_bar_as_long_as_it_takes() -> None:
    one = Lane("Checks", "done", MONDAY, MONDAY + 2 * DAY)
    two = Lane("Boxes", "to come", MONDAY + 2 * DAY, MONDAY + 10 * DAY)
    picture = drawn(one, two)
    short, long = (float(bar.attrib["width"]) for bar in picture.iter(f"{SVG}rect"))
    assert round(long / short, 1) == 4
    assert [text.text for text in picture.iter(f"{SVG}text")] == ["Checks", "Boxes"]
    assert picture.attrib["aria-label"] == "A line of time"


def test_slack_is_a_tail_behind_the_bar_and_none_has_none() -> None:
    tight = drawn(Lane("Checks", "open", MONDAY, MONDAY + DAY, MONDAY + DAY))
    loose = drawn(Lane("Checks", "open", MONDAY, MONDAY + DAY, MONDAY + 3 * DAY))
    assert not list(tight.iter(f"{SVG}line"))
    tail, stop = loose.iter(f"{SVG}line")
    assert float(tail.attrib["x2"]) == float(stop.attrib["x1"]) > float(tail.attrib["x1"])


def test_moments_are_lines_and_spans_are_bands_each_named() -> None:
    lane = Lane("Checks", "open", MONDAY, MONDAY + 9 * DAY)
    marks = (Mark("8 of 10 end here", MONDAY + DAY, "accent-soft", MONDAY + 4 * DAY), Mark("now", MONDAY, "accent"))
    picture = drawn(lane, marks=marks)
    band = next(picture.iter(f"{SVG}rect"))
    line = next(picture.iter(f"{SVG}line"))
    assert float(band.attrib["width"]) > 100
    assert float(line.attrib["x1"]) < float(band.attrib["x"])
    assert {"8 of 10 end here", "now"} <= {text.text for text in picture.iter(f"{SVG}text")}


def test_what_people_wrote_is_escaped() -> None:
    picture = draw_outlook([Lane("<b>", "open", MONDAY, MONDAY + DAY, said="a < b")], [], "x")
    assert "<b>" not in picture
    assert ElementTree.fromstring(picture) is not None
