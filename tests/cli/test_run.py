"""`procession run`: a workflow played at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

EXAMPLES = Path(__file__).parents[2] / "examples"
PURCHASE = EXAMPLES / "purchase-approval"


def test_a_purchase_is_played_to_its_end(cli: Cli) -> None:
    """The start form, then the first task, its outcome, and no comment."""
    said = cli("run", PURCHASE, typed="desk\n600\nthe old one broke\n1\napprove\n")
    assert said.code == 0
    assert "desk for You started" in said.out
    assert "Sign off the purchase: with" in said.out
    assert said.out.rstrip().endswith("desk for You: approved")


def test_a_rejected_purchase_ends_rejected(cli: Cli) -> None:
    said = cli("run", PURCHASE, typed="desk\n600\n\n1\nreject\n")
    assert said.out.rstrip().endswith("desk for You: rejected")


def test_a_wrong_answer_is_asked_again(cli: Cli) -> None:
    said = cli("run", PURCHASE, typed="mouse\n-1\n\nmouse\n20\n\n")
    assert "must be at least 0" in said.out
    assert said.out.rstrip().endswith("mouse for You: approved")


def test_people_called_by_name_are_there_to_be_played(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("workflow: w\ntitle: W\nsteps:\n  - {task: Do it, assign: person:bo}\n", encoding="utf-8")
    said = cli("run", file, typed="1\n")
    assert (said.code, "Do it: with bo" in said.out, said.out.rstrip()[-4:]) == (0, True, "done")


def test_q_leaves_the_case_open(cli: Cli) -> None:
    said = cli("run", PURCHASE, typed="desk\n600\n\nq\n")
    assert said.code == 0
    assert said.out.rstrip().endswith("is still open")


def test_time_passes_when_asked(cli: Cli) -> None:
    """The reminder comes when the clock is moved."""
    said = cli("run", PURCHASE, typed="desk\n600\n\nt\nq\n")
    assert "told:" in said.out


def test_json_tells_everything_that_happened(cli: Cli) -> None:
    said = cli("run", PURCHASE, "--with", '{"item": "mouse", "amount": 499.99}', "--json")
    found = said.json
    assert (found["status"], found["outcome"], found["data"]["amount"]) == ("done", "approved", "499.99")
    types = [one["type"] for one in found["events"]]
    assert types[0] == "CaseStarted"
    assert types[-1] == "CaseClosed"


def test_json_says_what_is_still_open(cli: Cli) -> None:
    found = cli("run", PURCHASE, "--with", '{"item": "desk", "amount": 600}', "--json").json
    assert (found["status"], found["open"]) == ("open", ["Sign off the purchase"])


@pytest.mark.parametrize("example", sorted(one.name for one in EXAMPLES.iterdir() if one.is_dir()))
def test_every_example_can_be_begun(example: str, cli: Cli) -> None:
    """Without an answer it ends with a sentence, not with a traceback."""
    said = cli("run", EXAMPLES / example)
    assert said.code == 2
    assert "nobody answered" in said.err
