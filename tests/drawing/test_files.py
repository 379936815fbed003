"""The files beside the code: fonts, icons, ELK, the style sheet; and PNG made from them."""

import hashlib
import json
import re
import struct
from pathlib import Path

import pytest

import procession.drawing
from procession.drawing import look, picture
from procession.drawing.flow import draw_flow
from procession.drawing.palette import COLOURS, css
from procession.drawing.png import to_png
from procession.drawing.process_map import draw_map
from procession.engine.definition import Process, Workflow
from procession.engine.steps import step_types
from procession.interchange.yaml import read
from tests.drawing import samples

HOME = Path(procession.drawing.__file__).parent
VENDOR = HOME / "vendor"


def test_the_style_sheet_is_made_from_the_rules() -> None:
    """If this fails: python -m procession.drawing.look > src/procession/drawing/diagram.css"""
    assert (HOME / "diagram.css").read_text(encoding="utf-8") == look.style_sheet()


def test_every_class_of_a_page_has_a_rule() -> None:
    known = set(look.RULES) | {"dg", "dg-flow", "dg-map", "dg-face", "dg-pill"}
    drawings = [draw_flow(make()) for make in samples.FLOWS] + [draw_map(samples.onboarding())]
    used = {name for svg in drawings for value in re.findall(r'class="([^"]*)"', svg) for name in value.split()}
    assert used <= known


def test_the_style_sheet_uses_known_colours_only() -> None:
    used = set(re.findall(r"var\(--([\w-]+)", look.style_sheet())) - {"font"}
    assert used <= set(COLOURS)
    with pytest.raises(KeyError, match="no colour is called 'pink'"):
        css("pink")


def test_icons_are_those_of_the_steps() -> None:
    for name, kind in step_types().items():
        if name in look.KIND_ICON:
            assert look.KIND_ICON[name] == kind.icon, name
    for icon in {*look.KIND_ICON.values(), *look.STATE_ICON.values()}:
        assert (VENDOR / "lucide" / f"{icon}.svg").is_file()


def test_vendored_files_are_what_the_list_says() -> None:
    entries = json.loads((VENDOR / "VENDORED.json").read_text())
    listed = {entry["file"] for entry in entries}
    for entry in entries:
        assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert (VENDOR / entry["licence_file"]).is_file()
        assert entry["version"] in (VENDOR / entry["file"]).parent.joinpath("SOURCE.md").read_text()
    there = {
        f"{file.parent.name}/{file.name}"
        for file in VENDOR.glob("*/*")
        if file.suffix in {".js", ".ttf", ".json", ".svg"}
    }
    assert there == listed


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_png_has_the_size_and_the_ground_of_the_picture(theme: str) -> None:
    svg = draw_flow(samples.support_ticket(), "light" if theme == "light" else "dark")
    png = to_png(svg, scale=1)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    stated = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert stated is not None
    assert (width, height) == (pytest.approx(float(stated[1]), abs=1), pytest.approx(float(stated[2]), abs=1))
    assert len(to_png(svg, scale=2)) > len(png)


def test_text_in_a_png_is_drawn_with_the_font_that_comes_along() -> None:
    """Without its title the picture is another one: the title was really drawn."""
    svg = draw_flow(samples.support_ticket(), "light")
    assert to_png(svg) != to_png(svg.replace(">Escalated<", "><"))


def test_a_page_is_no_file() -> None:
    with pytest.raises(ValueError, match="this SVG is for a page"):
        to_png(draw_flow(samples.support_ticket()))


def test_one_door_for_whatever_there_is_to_draw() -> None:
    workflow = read("workflow: coffee\nsteps:\n  - {task: Grind, assign: starter}\n").definition
    process = read("process: morning\nworkflows:\n  coffee: {use: coffee}\nhandoffs:\n  - {from: start, to: coffee}\n")
    assert isinstance(workflow, Workflow)
    assert isinstance(process.definition, Process)
    library = {"coffee": workflow}
    for definition in (workflow, process.definition):
        assert ">Grind<" in picture.svg(definition, library).replace("1. ", "")
        assert picture.svg(definition, library) != picture.svg(definition, library, dark=True)
        assert "Grind" in picture.words(definition, library)
        assert picture.png(definition, library).startswith(b"\x89PNG")
