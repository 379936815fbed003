"""Editing a file: what is not changed stays as its author wrote it, comments included."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from procession.engine.definition import Expr, Target, Workflow
from procession.engine.durations import Span
from procession.interchange.yaml import read
from procession.interchange.yaml.editing import update
from tests.support.definitions import workflows

TEXT = Path(__file__).parents[2].joinpath("examples/purchase-approval/purchase-approval.yaml").read_text()


def original() -> Workflow:
    one = read(TEXT).definition
    assert isinstance(one, Workflow)
    return one


def lines_changed(after: str) -> tuple[list[str], list[str]]:
    old, new = TEXT.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_nothing_changed_is_the_same_text() -> None:
    assert update(TEXT, original()) == TEXT


def test_one_change_is_one_line() -> None:
    changed = replace(original(), target=Span(3, "business days"))
    after = update(TEXT, changed)
    assert read(after).definition == changed
    assert lines_changed(after) == (["target: 2 business days"], ["target: 3 business days"])


@pytest.mark.parametrize(
    "change",
    [
        lambda steps: steps[:-1],
        lambda steps: (steps[0], replace(steps[1], when=Expr('level = "cfo"')), steps[2]),
        lambda steps: (replace(steps[0], title="Who signs?"), *steps[1:]),
        lambda steps: (
            steps[0],
            replace(steps[1], on={"reject": Target(end="refused")}, due=None, remind=(), escalate=()),
            steps[2],
        ),
        lambda steps: (*steps, replace(steps[1], id="second-look", title="Second look")),
        lambda steps: (steps[1], steps[0], steps[2]),
    ],
    ids=["one less", "another condition", "another title", "keys gone", "one more", "another order"],
)
def test_steps_are_changed_and_comments_stay(change) -> None:  # type: ignore[no-untyped-def]
    one = original()
    changed = replace(one, body=replace(one.body, steps=change(one.body.steps)))
    after = update(TEXT, changed)
    assert read(after).definition == changed
    assert after.startswith("# Rules decide who signs")


def test_the_comment_beside_a_kept_line_is_kept() -> None:
    one = original()
    steps = (one.body.steps[0], replace(one.body.steps[1], when=None), one.body.steps[2])
    after = update(TEXT, replace(one, body=replace(one.body, steps=steps)))
    assert "not by: starter # four eyes: nobody signs a purchase of their own" in after


@given(workflows(), workflows())
def test_any_file_becomes_any_other(one: Workflow, other: Workflow) -> None:
    text = update(TEXT, replace(one, id="purchase-approval"))
    assert read(text).definition == replace(one, id="purchase-approval")
    assert read(update(text, other)).definition == other
