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


# --- scenarios -------------------------------------------------------------------------------------------------------

TODAY = "scenario: Today\narrivals: 40 per week\n"
THEN = "scenario: Two in IT\narrivals: 40 per week\ncases: 60\nreplications: 3\npeople: {it: 2}\n"


def written(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_a_scenario_is_simulated_alone() -> None:
    done = run(FOLDER, "--scenario", written("then.yaml", THEN), "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    assert (answer["scenario"], answer["cases"], answer["replications"]) == ("Two in IT", 60, 3)
    assert {one["group"]: one["people"] for one in answer["groups"]}["group:it"] == 2
    low, mean, high = (answer["over_all_replications"]["cycle_mean_seconds"][k] for k in ("low", "mean", "high"))
    assert low < mean < high
    assert "Over 3 runs" in run(FOLDER, "--scenario", "then.yaml").output


def test_two_scenarios_are_compared() -> None:
    files = ("--scenario", written("then.yaml", THEN), "--against", written("today.yaml", TODAY))
    answer = json.loads(run(FOLDER, *files, "--json").output)
    difference = answer["difference"]["cycle_mean_seconds"]
    assert difference["mean"] == pytest.approx(
        answer["changed"]["cycle_mean_seconds"]["mean"] - answer["before"]["cycle_mean_seconds"]["mean"]
    )
    said = run(FOLDER, *files).output
    assert "Two in IT, against Today" in said
    assert "3 pairs of runs, 60 cases each" in said
    same = run(FOLDER, "--scenario", "then.yaml", "--against", "then.yaml").output
    assert "none that is sure" in same


def test_a_mistake_in_a_scenario_is_named_with_its_place() -> None:
    done = run(FOLDER, "--scenario", written("bad.yaml", THEN.replace("{it: 2}", "{itt: 2}")))
    assert done.exit_code == 1
    assert "bad.yaml:5:15: error unknown_group" in done.output
    assert "did you mean group:it?" in done.output
    answer = run(FOLDER, "--scenario", written("bad.yaml", "scenario: x\nwat: 1\n"), "--json")
    assert json.loads(answer.output)["findings"][0]["code"] == "unknown_key"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--against", "today.yaml"), "--against needs --scenario"),
        (("--scenario", "then.yaml", "--cases", "5"), "--cases and --scenario exclude each other"),
        (("--scenario", "then.yaml", "--seed", "0"), "--seed and --scenario exclude each other"),
        (("--scenario", "no.yaml"), "There is no text file 'no.yaml'"),
        (("--scenario", "then.yaml", "--against", "other.yaml"), "says cases: 7"),
        (("--scenario", "one.yaml", "--against", "today.yaml"), "1 run cannot be compared"),
        (("--scenario", "then.yaml", "--against", "today.yaml", "--log", "x.csv"), "exclude each other"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: tuple[str, ...], said: str) -> None:
    written("then.yaml", THEN)
    written("today.yaml", TODAY)
    written("other.yaml", TODAY + "cases: 7\n")
    written("one.yaml", THEN.replace("replications: 3", "replications: 1"))
    done = run(FOLDER, *options)
    assert done.exit_code == 2
    assert said in done.output


def test_scenario_files_are_no_definitions() -> None:
    written(f"{FOLDER}/then.scenario.yaml", THEN)
    assert CliRunner().invoke(cli, ["check", FOLDER]).exit_code == 0
    assert run(FOLDER, "--scenario", f"{FOLDER}/then.scenario.yaml").exit_code == 0


def test_the_schema_of_scenarios_is_printed() -> None:
    printed = json.loads(CliRunner().invoke(cli, ["schema", "--scenario"]).output)
    assert printed["title"] == "Procession scenario"
