"""`procession simulate` answers in words and in JSON, and says what is missing."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from procession.cli.main import cli

RATE = ("--arrivals", "6 per week")
MOVING = """
process: moving-in
title: Moving in
fields: {who: text}
start: {form: [who]}
workflows: {desk: {use: desk}, access: {use: access}}
handoffs:
  - {from: start, to: desk, carry: {who: who}}
  - {from: desk.completed, to: access, carry: {who: who}, usually: {wait: 1 day}}
"""
DESK = """
workflow: desk
title: Desk
fields: {who: text}
steps: [{task: Put up the desk, assign: "group:facilities", usually: {work: 3 hours}}]
"""
ACCESS = """
workflow: access
title: Access
fields: {who: text}
steps:
  - {task: Create the account, assign: "group:it", usually: {work: 1 hour}}
  - {task: Audit, assign: "role:security", outcomes: [in order, wrong], on wrong: Create the account, at most: 2}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process of two workflows, in the folder where the command is given."""
    made = tmp_path / "moving"
    made.mkdir()
    for name, text in (("moving", MOVING), ("desk", DESK), ("access", ACCESS)):
        (made / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return made


FOLDER = "moving"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", *arguments])


def test_it_says_how_long_cases_take_who_is_busy_and_where_they_wait() -> None:
    done = run(FOLDER, *RATE, "--cases", "50", "--people", "it=2")
    assert done.exit_code == 0, done.output
    assert "Moving in: 50 cases in" in done.output
    assert re.search(r"group:it +2 +\d+ %", done.output)
    assert "handed over, not yet noticed" in done.output
    assert "One person works in group:facilities, because nobody is named there." in done.output


def test_json_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, again, other = (run(FOLDER, *RATE, "--cases", "40", "--seed", seed, "--json").output for seed in "112")
    assert first == again != other
    answer = json.loads(first)
    assert answer["cases"] == 40
    assert sum(answer["seconds_per_case"].values()) == pytest.approx(answer["cycle_mean_seconds"])
    assert sum(answer["outcomes"].values()) == pytest.approx(1)


def test_weeks_say_how_long() -> None:
    answer = json.loads(run(FOLDER, *RATE, "--weeks", "20", "--json").output)
    assert 17 < answer["weeks"] <= 20
    assert 80 < answer["cases"] < 160


def test_the_log_and_its_truth_are_written(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    assert run(FOLDER, *RATE, "--cases", "20", "--log", str(file)).exit_code == 0
    log = list(csv.DictReader(file.read_text().splitlines()))
    truth = list(csv.DictReader((tmp_path / "log.truth.csv").read_text().splitlines()))
    assert list(log[0]) == ["case", "activity", "resource", "ready", "assigned", "started", "completed"]
    assert {row["case"] for row in log} == {str(number) for number in range(20)}
    assert {"work", "closed", "handoff"} <= {row["cause"] for row in truth}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((FOLDER,), '--arrivals "12 per week"'),
        ((FOLDER, "--arrivals", "now and then"), "does not say how often"),
        ((FOLDER, *RATE, "--cases", "1", "--weeks", "2"), "exclude each other"),
        ((FOLDER, *RATE, "--people", "it=none"), "not a number of people"),
        ((FOLDER, *RATE, "--chance", "x=7"), "not a share"),
        ((FOLDER, *RATE, "--outcome", "x=0.5"), "STEP:OUTCOME=SHARE"),
        ((FOLDER, *RATE, "--id", "nothing"), "no definition 'nothing'"),
        ((FOLDER, *RATE, "--log", "log.txt"), "should end in .csv"),
        (("nowhere.yaml", *RATE), "no file or folder"),
        ((FOLDER, *RATE, "--outcome", "audit:splendid=1"), "has no outcome 'splendid'"),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
