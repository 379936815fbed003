"""What a change would have saved: worked out by hand, then the laws of re-timing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.analytics.log import ProcessCase, ProcessLog, Site
from procession.analytics.whatif import Change, add_delay, make_instant, retime
from procession.engine.calendar import STANDARD
from tests.analytics.build import at, case, did, hours, log
from tests.analytics.generate import logs
from tests.analytics.test_critical_path import onboarding

CREATE = Site("step", "access", "create")
CLEARED = Site("handoff", "access", "cleared", "background")
HOUR = 3600


def test_an_instant_step_leaves_the_wait_before_it() -> None:
    """Creating access itself takes 1 h after 2 h of waiting; the 20 h before it belong to the handoff."""
    answer = make_instant(log(onboarding()), CREATE)
    assert answer.saved == 3 * HOUR
    assert answer.sentence == "Making Create instant takes 0.1 of 1.3 working days off: the wait is before it"


def test_an_instant_handoff_takes_the_time_until_somebody_looks() -> None:
    answer = make_instant(log(onboarding()), CLEARED)
    assert answer.saved == 20 * HOUR
    assert answer.share == pytest.approx(20 / 31)
    assert answer.sentence == "Making Background → Access instant takes 0.8 of 1.3 working days off"


def test_only_the_waiting_or_only_the_work_can_be_taken_out() -> None:
    assert make_instant(log(onboarding()), CREATE, "waiting").saved == 2 * HOUR
    answer = make_instant(log(onboarding()), CREATE, "working")
    assert answer.saved == 1 * HOUR
    assert answer.sentence.startswith("Taking the work out of Create takes 0")


def test_a_branch_that_is_not_waited_for_saves_nothing() -> None:
    answer = make_instant(log(onboarding()), Site("step", "equipment", "order"))
    assert (answer.saved, answer.unchanged) == (0, 1)
    assert answer.sentence.endswith(": something else takes as long beside it")


def test_the_other_branch_takes_over_when_the_longer_one_gets_shorter() -> None:
    """Without b (10 h) the join still waits for a (6 h): 4 h are saved, not 10."""
    one = case(
        did("p.start", 0, 0, 1),
        did("a.work", 1, 1, 7, "p.start"),
        did("b.work", 1, 1, 11, "p.start"),
        did("p.join", 11, 11, 12, "a.work", "b.work"),
    )
    assert make_instant(log(one), Site("step", "b", "work")).saved == 4 * HOUR


def test_the_next_working_moment_can_swallow_what_was_saved() -> None:
    """Saved until Friday evening, and begun on Monday all the same: in working time still 2 h, as Monday is early."""
    friday = 4 * 24
    one = case(
        did("a.one", friday + 6, friday + 6, friday + 8),
        did("a.two", friday + 8, friday + 72, friday + 73, "a.one"),
        begin=friday + 6,
    )
    answer = make_instant(log(one, calendar=STANDARD), Site("step", "a", "one"))
    assert retime(one, log(one, calendar=STANDARD), answer.change)["a.two"] == at(friday + 7)
    assert (answer.saved, answer.elapsed_saved) == (2 * HOUR, hours(66))


def meeting(number: int, ready: float, *, held: float, wait: float = 10) -> ProcessCase:
    """A case that is prepared for `wait` hours, decided at the meeting, which is `held` then, and sent after an hour."""
    name = f"c{number}"
    more = {"process_case_id": name}
    return case(
        did("a.prepare", ready - wait, ready - wait, ready, **more),
        did("a.decide", ready, held, held + 1, "a.prepare", opened=held, **more),
        did("a.send", held + 1, held + 1, held + 2, "a.decide", **more),
        name=name,
        begin=ready - wait,
    )


WEEK = 24 * 7
MEETINGS = log(
    *(meeting(n, n * WEEK + 24 * (1 + n % 5) + n % 3, held=(n + 1) * WEEK) for n in range(12)),
    meeting(12, 12 * WEEK + 5, held=13 * WEEK),
)
"""Decided on Mondays at nine: ready at any time of the week before, and once five hours after the meeting."""
PREPARE, DECIDE = (Site("step", "a", step) for step in ("prepare", "decide"))


def test_what_is_saved_before_a_meeting_counts_only_where_it_reaches_an_earlier_one() -> None:
    answer = make_instant(MEETINGS, PREPARE)
    assert answer.savings == (0,) * 12 + (WEEK * HOUR,), "ten hours sooner is before the meeting only in the last case"
    assert answer.unchanged == pytest.approx(12 / 13)


def test_a_delay_before_a_meeting_costs_nothing_or_a_whole_period() -> None:
    costs = [-one / HOUR for one in add_delay(MEETINGS, PREPARE, hours(3 * 24)).savings]
    # Ready on Tuesday to Saturday; with three days more Friday's still comes to the meeting as it begins, Saturday's late.
    assert costs[:5] == [0, 0, 0, 0, WEEK]
    assert costs[-1] == 0


def test_the_meeting_itself_is_waited_for_unless_it_is_what_becomes_instant() -> None:
    work = make_instant(MEETINGS, DECIDE, "working")
    assert set(work.savings) == {HOUR}
    whole = make_instant(MEETINGS, DECIDE)
    waited = [(one.instances[1].ended - one.instances[1].ready).total_seconds() for one in MEETINGS.cases]
    assert whole.savings == tuple(waited)


def test_an_outside_date_that_opens_like_a_gate_moves_with_it() -> None:
    """A payment run is a wait until a date, the next Monday; who comes sooner is paid a run earlier or as before."""
    runs = [
        case(
            did("a.prepare", ready - 10, ready - 10, ready, process_case_id=f"c{n}"),
            did("a.run", ready, None, held, "a.prepare", kind="wait", fixed_end=True, process_case_id=f"c{n}"),
            name=f"c{n}",
            begin=ready - 10,
        )
        for n in range(12)
        for ready, held in [(n * WEEK + 24 * (1 + n % 5) + n % 3, (n + 1) * WEEK) if n else (5, WEEK)]
    ]
    answer = make_instant(log(*runs), PREPARE)
    assert answer.savings == (WEEK * HOUR,) + (0,) * 11


def test_what_ends_on_a_date_does_not_end_earlier() -> None:
    one = case(
        did("a.one", 0, 0, 5),
        did("a.until", 5, None, 24, "a.one", kind="wait", fixed_end=True),
        did("a.two", 24, 24, 25, "a.until"),
    )
    assert make_instant(log(one), Site("step", "a", "one")).saved == 0
    free = case(*(did(i.id, 0, 0, 5) if i.id == "a.one" else i for i in one.instances))
    assert make_instant(log(free), Site("step", "a", "until")).saved == 19 * HOUR


def test_a_delay_is_absorbed_by_slack_and_then_passed_on() -> None:
    """Equipment has 24 h of slack: 20 h more cost nothing, 36 h more cost 12."""
    order = Site("step", "equipment", "order")
    assert add_delay(log(onboarding()), order, hours(20)).saved == 0
    answer = add_delay(log(onboarding()), order, hours(36))
    assert answer.saved == -12 * HOUR
    assert answer.sentence == (
        "1.5 days more at Order delays the end by 12 hours on average: "
        "0 % of the cases would have ended no later, one in ten at least 12 hours later"
    )


def test_an_unknown_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no finished case has the step nowhere of access"):
        make_instant(log(onboarding()), Site("step", "access", "nowhere"))


SITES = st.builds(
    Site, st.just("step"), st.sampled_from(("background", "equipment", "access")), st.sampled_from(("one", "two"))
)


@given(logs())
def test_re_timing_without_a_change_gives_back_the_log(drawn: ProcessLog) -> None:
    nothing = Change(Site("step", "no such", "step"), "everything")
    for one in drawn.cases:
        recorded = {i.id: i.ended for i in one.instances}
        assert retime(one, drawn, None) == recorded
        assert retime(one, drawn, nothing) == recorded


@given(logs(), SITES)
def test_taking_time_out_never_delays_and_taking_all_out_saves_at_least_as_much_as_a_part(
    drawn: ProcessLog, site: Site
) -> None:
    for one in drawn.cases:
        recorded = {i.id: i.ended for i in one.instances}
        everything = retime(one, drawn, Change(site, "everything"))
        for part in ("waiting", "working"):
            changed = retime(one, drawn, Change(site, part))
            assert all(everything[name] <= changed[name] <= recorded[name] for name in recorded)


@given(logs(), SITES, st.integers(1, 100))
def test_a_delay_never_makes_anything_earlier(drawn: ProcessLog, site: Site, amount: int) -> None:
    for one in drawn.cases:
        changed = retime(one, drawn, Change(site, None, hours(amount)))
        assert all(changed[i.id] >= i.ended for i in one.instances)
