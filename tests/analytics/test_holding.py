"""What waits on a place, counted by hand."""

from __future__ import annotations

from procession.analytics.log import Site
from procession.operations.insights.holding import held_up
from tests.analytics.build import case, did, log
from tests.analytics.test_critical_path import onboarding


def test_a_step_holds_up_only_what_waited_for_it() -> None:
    first = [did("a.slow", 0, 0, 8), did("a.quick", 0, 0, 1), did("b.join", 8, 8, 9, "a.slow", "a.quick")]
    second = [did("a.slow", 0, 0, 2), did("a.quick", 0, 0, 5), did("b.join", 5, 5, 6, "a.slow", "a.quick")]
    records = log(case(*first, name="1"), case(*second, name="2"))
    slow = held_up(records, Site("step", "a", "slow"))
    assert (slow.cases, slow.held) == (2, 1)
    assert [(one.member, one.cases) for one in slow.next] == [("b", 1)]
    last = held_up(records, Site("step", "b", "join"))
    assert (last.cases, last.held, last.next) == (2, 2, ())


def test_a_handoff_holds_up_the_workflow_it_leads_to() -> None:
    found = held_up(log(onboarding()), Site("handoff", "access", "cleared", "background"))
    assert (found.cases, found.held) == (1, 1)
    assert [one.member for one in found.next] == ["access"]
