"""Figures of each workflow in a process, counted by hand."""

from __future__ import annotations

import pytest

from procession.operations.insights.tactics import workflow_figures
from tests.analytics.build import case, did, log
from tests.analytics.test_critical_path import onboarding
from tests.analytics.test_measures import reviewed

HOUR = 3600.0


def test_touch_wait_and_lead_of_a_workflow() -> None:
    (found,) = workflow_figures(log(*(reviewed(wait, name=str(wait)) for wait in (1, 2, 9))))
    assert (found.member, found.runs) == ("a", 3)
    assert (found.touch, found.wait, found.lead) == (2 * HOUR, 2 * HOUR, 4 * HOUR)


def test_a_step_done_twice_is_no_first_pass() -> None:
    found = workflow_figures(log(reviewed(1, again=True, name="1"), reviewed(1, name="2"), reviewed(1, name="3")))
    assert found[0].first_pass == pytest.approx(2 / 3)


def test_work_side_by_side_leaves_no_negative_wait() -> None:
    (found,) = workflow_figures(log(case(did("a.left", 0, 0, 3), did("a.right", 0, 0, 3))))
    assert (found.touch, found.wait, found.lead) == (6 * HOUR, 0.0, 3 * HOUR)


def test_the_wait_between_workflows_is_nobodys_touch_and_each_has_its_line() -> None:
    found = {one.member: one for one in workflow_figures(log(onboarding()))}
    assert {"background", "access"} <= found.keys()
    for one in found.values():
        if one.runs:
            assert one.touch is not None and one.lead is not None and one.touch <= one.lead
