"""What a case waited for: five-line logs worked out by hand, then the law that the path adds up to the cycle."""

from __future__ import annotations

import pytest
from hypothesis import given

from procession.analytics.attribution import attribute
from procession.analytics.critical_path import critical_path, slack
from procession.analytics.log import LogError, ProcessCase, Site
from procession.engine.calendar import STANDARD
from tests.analytics.build import at, case, did, hours, log
from tests.analytics.generate import cases, logs


def onboarding() -> ProcessCase:
    """Background, then equipment and access beside each other; access is handed the work and nobody looks for 20 h."""
    return case(
        did("background.check", 0, 1, 3, opened=0.5),
        did("equipment.order", 3, 4, 6, "background.check", handoff="cleared", opened=3),
        did("access.create", 3, 25, 26, "background.check", handoff="cleared", opened=23),
        did("access.audit", 26, 28, 30, "access.create", opened=26),
        did("hr.welcome", 30, 30, 31, "equipment.order", "access.audit", handoff="ready", opened=30),
    )


def test_the_path_runs_through_the_last_releaser_and_adds_up_to_the_cycle() -> None:
    path = critical_path(onboarding(), log(onboarding()))
    assert path.instances == ("background.check", "access.create", "access.audit", "hr.welcome")
    assert path.cycle == hours(31)
    assert path.by_kind() == {
        "working": hours(2 + 1 + 2 + 1),
        "waiting": hours(1 + 2 + 2),
        "handoff": hours(20),
        "outside": hours(0),
        "closed hours": hours(0),
    }


def test_slack_is_what_a_branch_could_lose_without_delaying_the_end() -> None:
    found = slack(onboarding())
    assert found["equipment.order"] == hours(24)  # it could end at 30 instead of 6
    assert {found[name] for name in ("background.check", "access.create", "access.audit", "hr.welcome")} == {hours(0)}


def test_nights_and_weekends_are_closed_hours() -> None:
    """Ready Friday 16:00, started Monday 10:00, done 12:00: two open hours of waiting, two of work."""
    friday = 4 * 24 + 7
    one = case(did("hr.sign", friday, friday + 66, friday + 68), begin=friday)
    parts = critical_path(one, log(one, calendar=STANDARD)).by_kind()
    assert (parts["waiting"], parts["working"], parts["closed hours"]) == (hours(2), hours(2), hours(64))


def test_work_done_at_night_is_work() -> None:
    one = case(did("hr.sign", 0, 12, 14))
    parts = critical_path(one, log(one, calendar=STANDARD)).by_kind()
    assert (parts["waiting"], parts["working"], parts["closed hours"]) == (hours(8), hours(2), hours(4))


def test_waiting_for_somebody_outside_is_its_own_kind() -> None:
    one = case(
        did("check.ask", 0, 0, 1),
        did("check.vendor", 1, None, 41, "check.ask", outside=True),
        did("check.timer", 41, None, 50, "check.vendor", kind="wait"),
    )
    assert critical_path(one, log(one)).by_kind()["outside"] == hours(49)


def test_a_late_start_by_hand_counts_to_the_handoff() -> None:
    """The engine opened the next workflow only at 10: the transit is part of the handoff."""
    one = case(did("a.one", 0, 0, 2), did("b.two", 10, 12, 13, "a.one", handoff="over", opened=11))
    path = critical_path(one, log(one))
    assert [(s.kind, s.phase, s.duration) for s in path.segments] == [
        ("working", "working", hours(2)),
        ("handoff", "transit", hours(8)),
        ("handoff", "unopened", hours(1)),
        ("waiting", "unstarted", hours(1)),
        ("working", "working", hours(1)),
    ]


def test_what_a_step_costs_over_all_cases_is_its_time_on_the_path_beyond_its_reference() -> None:
    def ran(review: float) -> ProcessCase:
        return case(did("a.write", 0, 0, 1), did("a.review", 1, 1, 1 + review, "a.write"))

    sites = {c.site: c for c in attribute(log(*(ran(h) for h in (2, 2, 2, 10, 4)))).costs}
    review = sites[Site("step", "a", "review")]
    assert review.reference == 2 * 3600
    assert review.mean == 4 * 3600
    assert [e / 3600 for e in review.excess()] == [0, 0, 0, 8, 2]
    assert sites[Site("step", "a", "write")].excess() == [0] * 5


def test_a_recorded_target_is_the_reference() -> None:
    target = {Site("step", "a", "write"): hours(0.5)}
    measured = attribute(log(case(did("a.write", 0, 0, 1)), step_targets=target))
    assert measured.costs[0].excess() == [1800]


def test_off_the_path_nothing_is_lost() -> None:
    beside = {c.site: c for c in attribute(log(onboarding())).costs}[Site("step", "equipment", "order")]
    assert beside.spent == (2 * 3600 + 3600,)
    assert beside.path_visits == (0,)
    assert beside.excess() == [0]


@pytest.mark.parametrize(
    ("instances", "sentence"),
    [
        ([did("a.one", 0, 0, 1, "a.zero")], "released by a.zero, which is not in the case"),
        ([did("a.one", 0, 0, 2), did("a.two", 1, 1, 3, "a.one")], "ready before a.one ended"),
        ([did("a.one", 2, 2, 1)], "end after it is ready"),
        ([did("a.one", -1, 0, 1)], "ready after the case begins"),
        ([did("a.one", 0, 0, 1), did("a.one", 0, 0, 1)], "the id occurs twice"),
        ([did("a.one", 0, 0, 1, "a.one")], "released by a.one"),
    ],
)
def test_a_log_that_contradicts_itself_is_refused(instances: list, sentence: str) -> None:
    with pytest.raises(LogError, match=sentence):
        ProcessCase(id="case", begin=at(0), end=at(9), instances=tuple(instances))


@given(logs())
def test_the_path_telescopes_exactly_to_the_cycle(drawn) -> None:
    for one in drawn.cases:
        path = critical_path(one, drawn)
        assert path.cycle == one.cycle
        assert sum(path.by_kind().values(), hours(0)) == one.cycle
        edges = [one.begin, *(s.end for s in path.segments)]
        assert [s.begin for s in path.segments] == edges[:-1]
        assert edges[-1] == one.end
        assert all(s.open >= hours(0) and s.closed >= hours(0) for s in path.segments)


@given(cases())
def test_slack_is_never_negative_and_some_last_instance_has_the_least(one: ProcessCase) -> None:
    found = slack(one)
    assert min(found.values()) >= hours(0)
    last = one.instances[-1]
    assert found[last.id] == one.end - last.ended


@given(logs())
def test_the_costs_of_all_sites_add_up_to_the_cycle(drawn) -> None:
    """Nothing on the path is forgotten or counted twice; only what passed after the last instance is nobody's."""
    measured = attribute(drawn)
    for index, one in enumerate(drawn.cases):
        tail = sum((s.open.total_seconds() for s in critical_path(one, drawn).segments if s.site is None), 0.0)
        total = sum(c.path_spent[index] for c in measured.costs) + tail
        assert total == pytest.approx(measured.cycles[index])
