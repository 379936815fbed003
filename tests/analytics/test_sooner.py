"""What less time at one place saves at the end: the mirror of the cascade."""

from __future__ import annotations

import random

import pytest

from procession.analytics.cascade import Delay
from procession.analytics.courses import Courses
from procession.analytics.log import ProcessLog, Site
from procession.analytics.queues import Queues
from procession.analytics.sooner import Sooner, sooner
from tests.analytics.build import case, did, log
from tests.analytics.made_processes import Made
from tests.analytics.test_cascade import gated
from tests.analytics.test_named_dates import EMBARGO, WRITE, texts
from tests.analytics.test_queues import a_desk

HOUR = 3600.0
DAY = 24 * HOUR


def asked(found: ProcessLog, site: Site, hours: float, *, working: bool = True) -> Sooner:
    courses = Courses(found)
    queues = Queues(courses.all, courses.line())
    said = sooner(courses.all, courses.line(), site, Delay(hours * HOUR, working), queues)
    assert said is not None
    return said


def test_what_is_waited_for_anyway_takes_from_it() -> None:
    """Boxes are there after 10 hours, accounts after 4: of 8 hours less for the boxes 6 arrive at the end."""
    boxes, accounts = did("it.boxes", 0, 0, 10), did("sec.accounts", 0, 0, 4)
    found = log(case(boxes, accounts, did("hr.day-one", 10, 10, 12, "it.boxes", "sec.accounts")))
    said = asked(found, Site("step", "it", "boxes"), 8)
    assert (said.less, said.saved, said.gain) == (8 * HOUR, 6 * HOUR, 0.75)
    assert asked(found, Site("step", "sec", "accounts"), 2).unchanged == 1


def test_no_more_than_it_takes_is_taken_off() -> None:
    found = log(case(did("a.write", 0, 0, 3), did("a.check", 3, 3, 4, "a.write")))
    assert asked(found, Site("step", "a", "write"), 8).less == 3 * HOUR


def test_a_handoff_ends_when_somebody_looks() -> None:
    """Two hours until somebody looks belong to the handoff, the other three to the step."""
    first = did("a.write", 0, 0, 3)
    found = log(case(first, did("b.check", 3, 6, 8, "a.write", opened=5, handoff="over")))
    assert asked(found, Site("handoff", "b", "over", "a"), 8).saved == 2 * HOUR
    assert asked(found, Site("step", "b", "check"), 8).saved == 3 * HOUR


def test_a_meeting_gives_nothing_or_a_whole_period() -> None:
    """Three days less before a fortnightly meeting: three of fourteen reach the one before, and save a fortnight."""
    found = asked(gated(600, random.Random(5), locked=False), Site("step", "a", "check"), 72, working=False)
    assert found.saved / DAY == pytest.approx(3, abs=0.7)
    assert {round(one / DAY) for one in found.savings} == {0, 14}
    assert found.unchanged == pytest.approx(11 / 14, abs=0.05)


def test_before_a_date_that_the_case_names_nothing_is_saved() -> None:
    assert asked(texts(), WRITE, 2).unchanged == 1
    assert asked(texts(), EMBARGO, 24).saved == pytest.approx(DAY)


def test_who_comes_sooner_comes_before_others() -> None:
    """The parcel of every day waits for the letter from 2 to 3; come at 0:30, before the letter, it waits for nobody."""
    found = asked(a_desk(), Site("step", "c", "check"), 1)
    assert found.saved == pytest.approx(HOUR)


@pytest.mark.parametrize("seed", [308, 309])
def test_nothing_less_saves_nothing_and_nobody_is_made_later_by_much(seed: int) -> None:
    made = Made(seed).log(80)
    courses = Courses(made)
    for site in list({stop.site for stop in courses.all[40].stops})[:6]:
        none = sooner(courses.all, courses.line(), site, Delay(0.0))
        assert none is not None
        assert none.saved == pytest.approx(0, abs=1e-3)
        some = sooner(courses.all, courses.line(), site, Delay(8 * HOUR))
        assert some is not None
        assert min(some.savings) >= -1e-3, "without queues what comes sooner never ends later"


def test_a_place_nobody_comes_to_saves_nothing() -> None:
    courses = Courses(log(case(did("a.write", 0, 0, 1))))
    assert sooner(courses.all, courses.line(), Site("step", "b", "other"), Delay(HOUR)) is None
