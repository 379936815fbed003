"""What to fix first: the sum, reports once a week and in fives, and nothing that one may not see."""

from __future__ import annotations

import math

import pytest

from procession.engine.rejections import NotFound
from tests.operations.conftest import ORGANISATION, Office

SLOW = """\
workflow: slow
title: Slow
owner: finance
fields: {what: text}
start: {form: [what]}
steps:
  - {task: Quick, assign: "person:eve"}
  - {task: Lies, assign: "person:fay", due: 1 hour}
"""


@pytest.fixture
def slow(office: Office) -> Office:
    """Twelve cases a week apart, each of which lies at its second step for a day."""
    office.ask("finn", "definition.publish", files=[{"name": "slow.yaml", "text": SLOW}])
    for _ in range(12):
        case = office.ask("ana", "case.start", workflow="slow", data={"what": "x"}).id
        office.later(minutes=6)
        office.ask("eve", "task.complete", task_id=office.task_of(case))
        office.later(days=1)
        office.ask("fay", "task.complete", task_id=office.task_of(case))
        office.later(days=6)
    return office


def test_the_sum_is_that_on_the_page(slow: Office) -> None:
    found = slow.ask("finn", "insight.fix_first")
    worst = found.places[0]
    assert (worst.title, worst.kind, worst.departments, worst.effort) == ("Lies", "step", ("Finance",), 1)
    assert math.isclose(worst.lost, 7 * 3600, rel_tol=0.1)  # a working day of eight hours, due after one
    assert math.isclose(worst.score, worst.lost / 3600 * worst.cases_a_week * 1)
    assert worst.sum.endswith("cases a week × 1 ÷ 1")
    assert [one.id for one in found.looked_at] == ["slow"]
    assert {one.id for one in found.too_few} >= {"purchase", "ticket"}


def test_reports_count_once_a_week_and_show_in_fives(slow: Office) -> None:
    case = slow.ask("ana", "case.start", workflow="slow", data={"what": "x"}).id
    slow.ask("eve", "task.complete", task_id=slow.task_of(case))
    task = slow.task_of(case)
    assert slow.ask("fay", "task.report", task_id=task).counted
    assert not slow.ask("fay", "task.report", task_id=task).counted
    for person in ("ana", "bo", "eve"):
        slow.ask(person, "task.report", task_id=task)
    few = slow.ask("finn", "insight.fix_first").places[0]
    assert (few.reports, few.some_reports) == (0, True)
    slow.ask("finn", "task.report", task_id=task)
    many = slow.ask("finn", "insight.fix_first").places[0]
    assert (many.reports, many.some_reports) == (5, False)
    assert math.isclose(many.score, few.score * 6)
    slow.later(days=8)
    assert slow.ask("fay", "task.report", task_id=task).counted
    assert slow.ask("finn", "insight.fix_first").places[0].reports == 5  # people, not clicks
    slow.later(days=100)
    assert slow.ask("finn", "insight.fix_first").places[0].reports == 0


def test_a_task_one_may_not_see_cannot_be_reported(slow: Office) -> None:
    case = slow.purchase()
    task = slow.task_of(case)
    with pytest.raises(NotFound):
        slow.ask("sven", "task.report", task_id=task)
    with slow.store.transaction(ORGANISATION) as tx:
        assert tx.rows_of("SELECT count(*) FROM step_reports WHERE organisation = :organisation") == [(0,)]


def test_cases_one_may_not_see_are_not_ranked(slow: Office) -> None:
    assert "purchase" not in {one.id for one in slow.ask("ana", "insight.fix_first").too_few}
