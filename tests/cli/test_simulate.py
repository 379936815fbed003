"""`procession simulate` answers in words and in JSON, and says what is missing."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from procession.cli.main import cli

EXAMPLES = Path(__file__).parents[2] / "examples"
ONBOARDING = str(EXAMPLES / "employee-onboarding")
RATE = ("--arrivals", "6 per week")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", *arguments])


def test_it_says_how_long_cases_take_who_is_busy_and_where_they_wait() -> None:
    done = run(ONBOARDING, *RATE, "--cases", "50", "--people", "it=2")
    assert done.exit_code == 0, done.output
    assert "Employee onboarding: 50 cases in" in done.output
    assert re.search(r"group:it +2 +\d+ %", done.output)
    assert "handed over, not yet noticed" in done.output
    assert "One person works in group:facilities, because nobody is named there." in done.output


def test_json_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, again, other = (run(ONBOARDING, *RATE, "--cases", "40", "--seed", seed, "--json").output for seed in "112")
    assert first == again != other
    answer = json.loads(first)
    assert answer["cases"] == 40
    assert sum(answer["seconds_per_case"].values()) == pytest.approx(answer["cycle_mean_seconds"])
    assert sum(answer["outcomes"].values()) == pytest.approx(1)


def test_weeks_say_how_long() -> None:
    answer = json.loads(run(ONBOARDING, *RATE, "--weeks", "20", "--json").output)
    assert 17 < answer["weeks"] <= 20
    assert 80 < answer["cases"] < 160


def test_the_log_and_its_truth_are_written(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    assert run(ONBOARDING, *RATE, "--cases", "20", "--log", str(file)).exit_code == 0
    log = list(csv.DictReader(file.read_text().splitlines()))
    truth = list(csv.DictReader((tmp_path / "log.truth.csv").read_text().splitlines()))
    assert list(log[0]) == ["case", "activity", "resource", "ready", "assigned", "started", "completed"]
    assert {row["case"] for row in log} == {str(number) for number in range(20)}
    assert {"work", "closed", "handoff"} <= {row["cause"] for row in truth}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((ONBOARDING,), '--arrivals "12 per week"'),
        ((ONBOARDING, "--arrivals", "now and then"), "does not say how often"),
        ((ONBOARDING, *RATE, "--cases", "1", "--weeks", "2"), "exclude each other"),
        ((ONBOARDING, *RATE, "--people", "it=none"), "not a number of people"),
        ((ONBOARDING, *RATE, "--chance", "x=7"), "not a share"),
        ((ONBOARDING, *RATE, "--outcome", "x=0.5"), "STEP:OUTCOME=SHARE"),
        ((ONBOARDING, *RATE, "--id", "nothing"), "no definition 'nothing'"),
        ((ONBOARDING, *RATE, "--log", "log.txt"), "should end in .csv"),
        (("nowhere.yaml", *RATE), "no file or folder"),
        ((ONBOARDING, *RATE, "--outcome", "audit-the-rights:splendid=1"), "has no outcome 'splendid'"),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
