"""What a delay in one place does to the end."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.cascade import Delay, cascade, moment, shift, way_of
from procession.analytics.courses import Courses
from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog, Site
from procession.analytics.queues import Queues
from procession.engine.calendar import STANDARD
from tests.analytics.build import ALWAYS, MONDAY, at, case, did, hours, log
from tests.analytics.generate import logs
from tests.analytics.made_processes import Made

DAY = 86_400.0
EPOCH_MONDAY = datetime(2025, 1, 6, 10, tzinfo=UTC)
"""Of a week that a fortnightly gate opens in."""


def step(name: str) -> Site:
    part, _, id_ = name.partition(".")
    return Site("step", part, id_)


@given(logs(), st.integers(1, 200), st.booleans(), st.data())
@settings(max_examples=80, deadline=None)
def test_the_causes_add_up_to_the_difference_exactly(
    drawn: ProcessLog, late: int, working: bool, data: st.DataObject
) -> None:
    course = data.draw(st.sampled_from(Courses(drawn).all))
    site = data.draw(st.sampled_from([stop.site for stop in course.stops]))
    found = shift(way_of(course), site, Delay(3600.0 * late, working))
    assert found is not None
    assert found.seconds >= 0
    assert sum(link.seconds for link in found.links) == pytest.approx(found.seconds, abs=1e-3)
    assert all(later >= end for end, later in found.ends)


@given(logs(), st.data())
@settings(max_examples=30, deadline=None)
def test_a_longer_delay_never_ends_earlier(drawn: ProcessLog, data: st.DataObject) -> None:
    course = data.draw(st.sampled_from(Courses(drawn).all))
    site = data.draw(st.sampled_from([stop.site for stop in course.stops]))
    way = way_of(course)
    found = [shift(way, site, Delay(3600.0 * late, working=False)) for late in (0, 5, 30, 200)]
    seconds = [one.seconds for one in found if one is not None]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0


def test_what_was_waited_for_anyway_absorbs_it() -> None:
    """Boxes were ready after 4 hours, the accounts after 10: 5 hours more for the boxes cost nothing, 8 cost two."""
    boxes, accounts = did("it.boxes", 0, 0, 4), did("sec.accounts", 0, 0, 10)
    day_one = did("hr.day-one", 10, 10, 12, "it.boxes", "sec.accounts")
    course = Courses(log(case(boxes, accounts, day_one))).all[0]
    cheap = shift(way_of(course), step("it.boxes"), Delay(hours(5).total_seconds()))
    dear = shift(way_of(course), step("it.boxes"), Delay(hours(8).total_seconds()))
    assert cheap is not None and dear is not None
    assert cheap.seconds == 0
    assert [(link.cause, link.seconds, link.because) for link in cheap.links[1:]] == [("slack", -5 * 3600, "Accounts")]
    assert dear.seconds == 2 * 3600
    assert [(link.cause, link.seconds) for link in dear.links] == [("delay", 8 * 3600), ("slack", -6 * 3600)]


def test_a_night_in_between_adds_to_it() -> None:
    """Two hours more from 16:00 on: an hour today, and an hour tomorrow."""
    write, check = did("a.write", 0, 0, 7), did("a.check", 7, 7, 7.5, "a.write")
    course = Courses(log(case(write, check), calendar=STANDARD)).all[0]
    found = shift(way_of(course), step("a.write"), Delay(hours(2).total_seconds()))
    assert found is not None
    assert moment(found.later) == datetime(2026, 1, 6, 10, 30, tzinfo=UTC)


# --- gates -------------------------------------------------------------------------------------------------------------


def gated(count: int, arrivals: random.Random, *, locked: bool) -> ProcessLog:
    """Cases that check something, wait for a meeting every fortnight, and end a day after it."""
    cases: list[ProcessCase] = []
    for n in range(count):
        meeting = EPOCH_MONDAY + timedelta(days=14 * n)
        early = arrivals.uniform(2, 3) if locked else arrivals.uniform(0, 14)
        done = meeting - timedelta(days=early)
        begin = done - timedelta(days=arrivals.uniform(3, 6))
        parts = [("check", begin, begin, done), ("meeting", done, meeting, meeting + timedelta(hours=2)),
                 ("open", meeting + timedelta(hours=2), meeting + timedelta(hours=2), meeting + timedelta(days=1))]  # fmt: skip
        instances = [
            ActivityInstance(
                id=f"{n}.{step_}", case_id=str(n), member="a", workflow="a", step=step_, title=step_.capitalize(),
                ready=ready, started=started, ended=ended, releasers=(f"{n}.{parts[i - 1][0]}",) if i else (),
            )
            for i, (step_, ready, started, ended) in enumerate(parts)
        ]  # fmt: skip
        cases.append(ProcessCase(id=str(n), begin=begin, end=instances[-1].ended, instances=tuple(instances)))
    return ProcessLog(process="gated", cases=tuple(cases), calendar=ALWAYS)


def test_the_gate_is_found_with_its_rhythm() -> None:
    courses = Courses(gated(40, random.Random(1), locked=False))
    assert [site.name for site in courses.gates] == ["meeting"]
    assert next(iter(courses.gates.values())).words == "every second Monday at 10:00"


def test_three_days_before_a_fortnightly_meeting_cost_three_days_on_average_and_a_fortnight_to_a_fifth() -> None:
    """A gate of period T, uniform phase: the mean is the delay itself, and d / T of the cases lose T (theory)."""
    ways = [way_of(one) for one in Courses(gated(600, random.Random(2), locked=False)).all]
    found = cascade(ways, Site("step", "a", "check"), Delay(3 * DAY, working=False))
    assert found is not None
    assert found.average / DAY == pytest.approx(3, abs=0.7)
    assert sum(one > 13 * DAY for one in found.shifts) / 600 == pytest.approx(3 / 14, abs=0.05)
    assert found.unchanged == pytest.approx(11 / 14, abs=0.05)
    assert set(found.shifts) == {0.0, 14 * DAY}


def test_where_work_arrives_shortly_before_the_meeting_three_days_cost_two_weeks() -> None:
    ways = [way_of(one) for one in Courses(gated(100, random.Random(3), locked=True)).all]
    found = cascade(ways, Site("step", "a", "check"), Delay(3 * DAY, working=False))
    assert found is not None
    assert found.usually == 14 * DAY
    assert [link.cause for link in found.links] == ["delay", "gate"]
    assert found.links[1].because == "every second Monday at 10:00"
    assert found.amplification == pytest.approx(14 / 3)


def test_re_simulated_with_the_delay_the_end_is_where_the_cascade_says_within_a_gate() -> None:
    """The truth is a second run of the same process with the same luck, in which one step of one case took three days
    more, with all its queues. `python -m bench.grading.cascade` grades more of them, of running cases too."""
    within: list[bool] = []
    off: list[float] = []
    without: list[float] = []
    for seed in (301, 302, 303, 304):
        plain = Made(seed, paired=True).log(160)
        period = max(7, Made(seed).meeting)
        courses = Courses(plain)
        queues = Queues(courses.all, courses.line())
        for number, course in list(enumerate(courses.all))[70:140:8]:
            tasks = [stop.site for stop in course.stops if stop.key[1] == 1 and stop.instance.resource is not None]
            site = tasks[number % 3]
            late = Made(seed, paired=True, late={(course.id, site.part, site.name): 24 * 3600.0}).log(160)
            true = (late.cases[number].end - plain.cases[number].end).total_seconds()
            said, alone = (shift(way_of(course), site, Delay(24 * 3600.0), one) for one in (queues, None))
            assert said is not None and alone is not None
            off.append(abs(said.seconds - true) / DAY)
            without.append(abs(alone.seconds - true) / DAY)
            within.append(off[-1] <= period)
    assert sum(within) >= 0.95 * len(within)
    assert median(off) <= 0.15 * 3
    assert sum(off) < 0.7 * sum(without), "queues are played, and matter"


def test_a_place_nobody_comes_to_has_no_cascade() -> None:
    ways = [way_of(one) for one in Courses(log(case(did("a.write", 0, 0, 1)))).all]
    assert cascade(ways, step("b.other"), Delay(3600.0)) is None
    assert at(0) == MONDAY
