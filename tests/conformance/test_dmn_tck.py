"""The DMN Technology Compatibility Kit: our sample always, the whole kit where there is a copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .dmn_tck import REFUSED, find_kit, main, run_kit

SAMPLE = Path(__file__).parent / "data" / "dmn-tck"


def test_all_cases_of_the_sample_pass() -> None:
    levels = run_kit(SAMPLE)
    assert {level: tally.failures for level, tally in levels.items()} == {
        "compliance-level-2": [],
        "compliance-level-3": [],
    }
    assert sum(tally.total for tally in levels.values()) > 150


@pytest.mark.skipif(not list(find_kit()), reason="no copy of the whole kit; DMN_TCK may name one")
def test_the_whole_kit_passes_as_far_as_promised() -> None:
    levels = run_kit(next(find_kit()))
    assert levels["compliance-level-2"].failures == []
    third = levels["compliance-level-3"]
    assert third.passed / third.total >= 0.99
    assert third.with_value_passed / third.with_value >= 0.99


def test_the_report_counts_and_names_what_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SAMPLE)]) == 0
    shown = capsys.readouterr().out
    assert "compliance-level-2:" in shown
    assert "cases pass (100.00 %)" in shown
    assert "of those that expect a value" in shown
    assert all(suite in shown for suite in REFUSED)


def test_the_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SAMPLE), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    second = shown["levels"]["compliance-level-2"]
    assert second["passed"] == second["cases"] > 0
    assert shown["refused_suites"] == REFUSED


def test_a_suite_that_fails_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "compliance-level-2" / "wrong"
    suite.mkdir(parents=True)
    source = SAMPLE / "compliance-level-2" / "0115-sum-collect-hitpolicy"
    for file in source.iterdir():
        (suite / file.name).write_text(file.read_text("utf-8").replace(">1100<", ">1101<"), "utf-8")
    assert main([str(tmp_path), "--failures"]) == 1
    assert "failed: wrong 001: Salary: Decimal('1100') instead of Decimal('1101')" in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_folder_without_cases_is_wrong_usage(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / folder)]) == 2
    assert capsys.readouterr().err.startswith("There ")
