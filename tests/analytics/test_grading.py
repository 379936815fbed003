"""What graders share: how sure a share is, and which goals are missed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import pytest

from bench.grading.running import Figure, Figures, Grader, missed, ratio, rows, share


def between(figure: float) -> tuple[float, float]:
    assert isinstance(figure, Figure)
    return figure.low, figure.high


def test_a_share_says_how_sure_it_is() -> None:
    """50 of 100: the standard error is .05, so that the interval is .4 to .6."""
    found = share(n % 2 == 0 for n in range(100))
    assert found == 0.5
    assert between(found) == (pytest.approx(0.4, abs=0.02), pytest.approx(0.6, abs=0.02))


def test_where_every_run_agrees_the_interval_is_what_so_many_leave_open() -> None:
    """With a true share of .862, 25 of 25 come out right once in forty times: .862 ** 25 = .025."""
    assert between(share([True] * 25)) == (pytest.approx(0.8628, abs=1e-4), 1.0)
    assert between(share([False] * 25)) == (0.0, pytest.approx(0.1372, abs=1e-4))


def test_what_is_in_one_run_goes_together() -> None:
    """Ten runs of ten answers, each all right or all wrong, are no surer than ten answers."""
    together = ratio((10.0 * (n % 2), 10.0) for n in range(10))
    apart = ratio((float(n % 2), 1.0) for n in range(100))
    assert together == apart == 0.5
    assert between(together)[1] - between(together)[0] > 2 * (between(apart)[1] - between(apart)[0])


def graded(figures: Figures, at_least: Mapping[str, float], at_most: Mapping[str, float]) -> dict[str, Any]:
    def measure(drawn: range, asked: Namespace) -> Figures:
        return figures

    return Grader(about="", measure=measure, goals=at_least, limits=at_most, seeds=3).result(figures, 5000, 3, 1.5)


def test_goals_are_missed_from_either_side_and_said_so() -> None:
    result = graded(
        {"power": 0.6, "alarm": 0.05, "covered": 0.99}, {"power": 0.7, "covered": 0.9}, {"alarm": 0.05, "covered": 0.98}
    )
    assert missed(result) == ["power", "covered"]
    lines = rows(result)
    assert "| power | 0.60 |  | ≥ 0.7 | **missed** |" in lines
    assert "| alarm | 0.05 |  | ≤ 0.05 | met |" in lines
    assert "| covered | 0.99 |  | 0.9 to 0.98 | **missed** |" in lines
    assert lines[-1] == "Seeds 5000 to 5002; 2 s of processor time."


def test_the_command_says_by_its_exit_code_whether_goals_are_met(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[range] = []

    def measure(drawn: range, asked: Namespace) -> Figures:
        seen.append(drawn)
        return {"found": share(seed >= 5000 for seed in drawn)}

    grader = Grader(about="Something.", measure=measure, goals={"found": 1.0}, limits={}, seeds=4)
    assert grader.main(["--json"]) == 0
    assert grader.main(["--tuning", "--seeds", "2"]) == 1
    assert seen == [range(5000, 5004), range(1000, 1002)]
    assert "**missed**" in capsys.readouterr().out
