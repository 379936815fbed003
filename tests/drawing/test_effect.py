"""The range of an effect: where it lies beside "no change" is where the numbers say."""

from __future__ import annotations

import re

import pytest

from procession.drawing.effect import effect


def percent(value: float) -> str:
    return f"{value:+.0%}"


def drawn(at: float, low: float, high: float, width: float = 560) -> str:
    return effect(at, low, high, percent, "Cases take less time", colour="ok", width=width)


def places(svg: str) -> dict[str, float]:
    lines = re.findall(r'<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"', svg)
    (begin, end), zero = lines[2], lines[1][0]
    dot = re.search(r'<circle cx="([\d.]+)"', svg)
    assert dot is not None
    return {"low": float(begin), "high": float(end), "zero": float(zero), "at": float(dot[1])}


@pytest.mark.parametrize(
    ("at", "low", "high", "order"),
    [
        (-0.39, -0.56, -0.15, ["low", "at", "high", "zero"]),
        (0.0, -0.2, 0.3, ["low", "zero", "at", "high"]),
        (0.4, 0.1, 0.9, ["zero", "low", "at", "high"]),
    ],
)
def test_everything_stands_in_the_order_of_its_value(at: float, low: float, high: float, order: list[str]) -> None:
    found = places(drawn(at, low, high))
    assert sorted(found, key=lambda one: (found[one], order.index(one))) == order


def test_it_says_its_sentence_and_its_figures_and_wears_no_style() -> None:
    svg = drawn(-0.39, -0.56, -0.15)
    assert 'role="img"' in svg and 'aria-label="Cases take less time"' in svg
    assert all(one in svg for one in ("-39%", "-56%", "-15%", "no change"))
    assert "style=" not in svg


@pytest.mark.parametrize("width", [300, 560])
def test_no_word_leaves_the_picture(width: float) -> None:
    for at, low, high in ((-0.39, -0.56, -0.15), (2.5, 0.01, 12.0), (0.0, 0.0, 0.0)):
        found = re.findall(r'<text x="([\d.]+)"', drawn(at, low, high, width))
        assert found and all(0 < float(one) < width for one in found)
