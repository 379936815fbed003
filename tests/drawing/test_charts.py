"""Charts: the marks have the sizes of the values, and everything is said in words too."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest

from procession.drawing import charts
from procession.drawing.charts import Bar, Point
from procession.drawing.palette import COLOURS

SVG = "{http://www.w3.org/2000/svg}"


def say(value: float) -> str:
    return f"{value:g} d"


def marks(svg: str, tag: str = "rect") -> list[ElementTree.Element]:
    return [part for part in ElementTree.fromstring(svg).iter(SVG + tag) if part.get("class") == "mark"]


def titles(svg: str) -> list[str]:
    return [mark.findtext(f"{SVG}title") or "" for mark in marks(svg)]


def texts(svg: str) -> list[str]:
    return [part.text or "" for part in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_bars_are_as_long_as_their_values() -> None:
    svg = charts.bars([Bar("A", [6.0]), Bar("B", [3.0])], say, "Waiting")
    long, short = (float(mark.get("width", 0)) for mark in marks(svg))
    assert (short + 1) / (long + 1) == pytest.approx(0.5, abs=0.01)
    assert titles(svg) == ["A, 6 d", "B, 3 d"]
    assert "6 d" in texts(svg)


def test_stacks_lie_side_by_side_and_print_their_sum() -> None:
    svg = charts.stacked([Bar("A", [1, 2, 0])], [("working", "c2"), ("waiting", "c3"), ("rework", "c4")], say, "Time")
    first, second = marks(svg)
    assert float(second.get("x", 0)) == pytest.approx(
        float(first.get("x", 0)) + float(first.get("width", 0)) + 1, abs=0.2
    )
    assert second.get("fill") == "var(--c3)"
    assert titles(svg) == ["A, working, 1 d", "A, waiting, 2 d"]
    assert "3 d" in texts(svg)


def test_a_stack_with_a_value_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        charts.stacked([Bar("A", [1])], [("working", "c2"), ("waiting", "c3")], say, "Time")


def test_pareto_adds_up_and_marks_the_vital_few() -> None:
    svg = charts.pareto([Bar("A", [6], "/a"), Bar("B", [3]), Bar("C", [1])], say, "Where", vital=1)
    assert [mark.get("fill") for mark in marks(svg)] == ["var(--c1)", "var(--line-2)", "var(--line-2)"]
    assert titles(svg)[1] == "B: 3 d, 30% of all, with those before 90%"
    heights = [float(mark.get("height", 0)) for mark in marks(svg)]
    assert heights[1] / heights[0] == pytest.approx(0.5, abs=0.01)
    assert [link.get("href") for link in ElementTree.fromstring(svg).iter(f"{SVG}a")] == ["/a"]


def test_a_chart_with_links_is_no_picture_to_a_screen_reader() -> None:
    assert ElementTree.fromstring(charts.bars([Bar("A", [1])], say, "W")).get("role") == "img"
    assert ElementTree.fromstring(charts.bars([Bar("A", [1], "/a")], say, "W")).get("role") == "group"


def test_a_line_goes_down_where_the_values_do() -> None:
    svg = charts.line([Point("3 Aug", 20, 30), Point("10 Aug", 10, 15)], say, "Trend", mark=(1, "Change"))
    first, second = marks(svg, "circle")
    assert float(first.get("cy", 0)) < float(second.get("cy", 0))
    assert first.findtext(f"{SVG}title") == "3 Aug: 20 d, up to 30 d"
    assert "Change" in texts(svg)


@pytest.mark.parametrize(
    "svg",
    [
        charts.bars([], say, "Nothing"),
        charts.pareto([], say, "Nothing", vital=0),
        charts.pareto([Bar("A", [0])], say, "Zero", vital=1),
        charts.line([], say, "Nothing"),
        charts.line([Point("one", 0)], say, "Zero"),
        charts.sparkline([], "Nothing"),
        charts.sparkline([3, 3, 3], "Flat"),
    ],
)
def test_nothing_and_zero_are_drawn_without_a_mistake(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label")
    assert "nan" not in svg


def test_texts_of_people_cannot_leave_their_place() -> None:
    evil = '</text><script>alert("1")</script>'
    for svg in (
        charts.bars([Bar(evil, [1], '"/><script>')], say, evil),
        charts.pareto([Bar(evil, [1])], say, evil, vital=1),
        charts.line([Point(evil, 1)], say, evil, mark=(0, evil)),
    ):
        assert not list(ElementTree.fromstring(svg).iter(f"{SVG}script"))
        assert ElementTree.fromstring(svg).get("aria-label") == evil


def test_only_known_colours_are_used() -> None:
    assert all(f"--{name}" in {f"--{known}" for known in COLOURS} for name in ("c1", "c2", "c3", "line", "text-2"))
    with pytest.raises(KeyError):
        charts.bars([Bar("A", [1])], say, "W", colour="no-such")


def test_labels_under_columns_keep_their_words() -> None:
    svg = charts.pareto([Bar("Access ready handoff", [1])] * 9, say, "W", vital=1)
    assert {"Access", "ready", "handoff"} <= set(texts(svg))


def test_a_chart_takes_about_a_millisecond() -> None:
    items = [Bar(f"Step number {n}", [n]) for n in range(12, 0, -1)]
    charts.pareto(items, say, "Warm", vital=4)
    began = time.perf_counter()
    for _ in range(20):
        charts.pareto(items, say, "Where", vital=4)
    assert (time.perf_counter() - began) / 20 < 0.02
