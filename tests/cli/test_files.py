"""Commands that need files only: init, check, test, draw, feel, schema."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Cli

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def first(cli: Cli, tmp_path: Path) -> Path:
    """The folder that `init` makes."""
    folder = tmp_path / "mine"
    assert cli("init", folder).code == 0
    return folder


def test_what_init_makes_is_sound_tested_and_drawable(first: Path, cli: Cli) -> None:
    assert cli("check", first, "--strict").code == 0
    tested = cli("test", first)
    assert (tested.code, tested.out.startswith("3 passed, 0 failed")) == (0, True)
    assert "Agree to the days off" in cli("draw", first).out


def test_init_keeps_what_is_there(first: Path, cli: Cli) -> None:
    (first / "holiday-request.yaml").write_text("mine", encoding="utf-8")
    said = cli("init", first)
    assert said.code == 2
    assert "is there already; nothing was changed" in said.err
    assert (first / "holiday-request.yaml").read_text(encoding="utf-8") == "mine"


def test_init_in_json(cli: Cli, tmp_path: Path) -> None:
    made = cli("init", tmp_path / "x", "--json").json["files"]
    assert all(Path(one).is_file() for one in made)


def test_check_points_at_the_mistake(first: Path, cli: Cli) -> None:
    file = first / "holiday-request.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("assign: manager", "asign: manager"), encoding="utf-8")
    said = cli("check", first)
    assert said.code == 1
    assert f"{file}:14:" in said.out
    assert "assign" in said.out
    found = cli("check", first, "--json").json
    assert found["ok"] is False
    assert {"file", "line", "column", "severity", "code", "sentence", "hint"} <= found["findings"][0].keys()


TWO_WRITERS = """\
workflow: two-writers
title: Two writers
fields: {size: integer?}
steps:
  - parallel: Measure
    steps:
      - {task: Small, assign: starter, form: [size]}
      - {task: Big, assign: starter, form: [size]}
  - {task: Look at it, assign: starter}
"""


def test_strict_counts_warnings(tmp_path: Path, cli: Cli) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(TWO_WRITERS, encoding="utf-8")
    said = cli("check", file)
    assert (said.code, "warning two_writers" in said.out, "0 errors, 1 warning" in said.out) == (0, True, True)
    assert cli("check", file, "--strict").code == 1


def test_a_failing_test_says_what_was_expected_and_what_came(first: Path, cli: Cli) -> None:
    file = first / "holiday-request.test.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("outcome: rejected", "outcome: done"), encoding="utf-8")
    said = cli("test", first)
    assert said.code == 1
    assert f"{file}:14: failed the manager says no" in said.out
    assert "rejected" in said.out
    found = cli("test", first, "--json").json
    assert (found["passed"], found["failed"]) == (2, 1)


def test_only_some_tests(first: Path, cli: Cli) -> None:
    assert cli("test", first, "-k", "zero").out.startswith("1 passed, 0 failed")
    assert cli("test", first, "-k", "nothing like this").code == 2


def test_the_examples_pass_their_tests(cli: Cli) -> None:
    assert cli("check", EXAMPLES).code == 0
    found = cli("test", EXAMPLES, "--json").json
    assert found["failed"] == 0
    assert {Path(one["file"]).parent.name for one in found["tests"]} == {
        one.name for one in EXAMPLES.iterdir() if one.is_dir()
    }


def test_draw_writes_svg_and_png(first: Path, cli: Cli, tmp_path: Path) -> None:
    assert cli("draw", first, "-o", tmp_path / "a.svg").code == 0
    ElementTree.parse(tmp_path / "a.svg")
    assert cli("draw", first, "-o", tmp_path / "a.png", "--dark").code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    ElementTree.fromstring(cli("draw", first, "--json").json["svg"])


def test_draw_asks_which_of_several(first: Path, cli: Cli) -> None:
    text = (first / "holiday-request.yaml").read_text(encoding="utf-8")
    (first / "other.yaml").write_text(text.replace("holiday-request", "other"), encoding="utf-8")
    said = cli("draw", first)
    assert said.code == 2
    assert "Choose one with --id: holiday-request, other." in said.err
    assert cli("draw", first, "--id", "other").code == 0


def test_draw_shows_the_process_of_a_folder(cli: Cli) -> None:
    assert "background" in cli("draw", EXAMPLES / "employee-onboarding").out.lower()


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("1 + 2 * 3", "7"),
        ("0.1 + 0.2", "0.3"),
        ("sum(lines.cost)", "5.5"),
        ('if size > 3 then "big" else "small"', "big"),
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('duration("P1DT2H")', "P1DT2H"),
        ("for x in [1, 2] return x * 2", "[2, 4]"),
        ('{a: 1.250, b: "x"}', '{"a": 1.250, "b": "x"}'),
        ("size = 4", "true"),
    ],
)
def test_feel_shows_the_value(expression: str, shown: str, cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('{"lines": [{"cost": 2}, {"cost": 3.50}], "size": 4}', encoding="utf-8")
    said = cli("feel", expression, "--with", data)
    assert (said.code, said.out, said.err) == (0, f"{shown}\n", "")


def test_feel_in_json_keeps_every_digit(cli: Cli) -> None:
    said = cli("feel", "12345678901234567890.123 + 1", "--json")
    assert '"value": 12345678901234567891.123' in said.out
    assert said.json["ok"] is True


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [("1 +", "ends too early"), ("1/0", "nothing can be divided by 0"), ("amout + 1", "nothing named 'amout'")],
)
def test_feel_says_why_there_is_no_answer(expression: str, sentence: str, cli: Cli) -> None:
    said = cli("feel", expression)
    assert said.code == 1
    assert sentence in said.err
    found = cli("feel", expression, "--json")
    assert (found.code, found.json["ok"]) == (1, False)
    assert sentence in found.json["problems"][0]["sentence"]


def test_the_schema_is_json_schema(cli: Cli) -> None:
    said = cli("schema")
    assert json.loads(said.out)["$schema"].startswith("https://json-schema.org/")
    assert cli("schema", "--json").out == said.out
