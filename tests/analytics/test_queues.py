"""Waiting behind other work: a task that comes later finds another desk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from procession.analytics.cascade import Cascade, Delay, cascade, shift, way_of
from procession.analytics.courses import Courses
from procession.analytics.forecast.words import lines_of
from procession.analytics.log import ProcessCase, ProcessLog, Site
from procession.analytics.queues import Queues
from tests.analytics.build import ALWAYS, case, did, log
from tests.analytics.made_processes import Made

HOUR = 3600.0
WRITE = Site("step", "a", "write")


def a_desk(*, person: str = "ana", both: bool = True) -> ProcessLog:
    """Forty days. Each day a letter is written until 1 and checked by Ana until 3; a parcel comes at 2, is checked by her
    (or by `person`) from 3 to 8."""
    cases: list[ProcessCase] = []
    for n in range(40):
        day = 24.0 * n
        letter = (
            did("a.write", day, day, day + 1, resource="bo"),
            did("b.check", day + 1, day + 1, day + 3, "a.write", resource="ana"),
        )
        begun = day + 3 if person == "ana" and both else day + 2
        parcel = did("c.check", day + 2, begun, begun + 5, resource=person)
        cases += [case(*letter, name=f"letter {n}", begin=day), case(parcel, name=f"parcel {n}", begin=day + 2)]
    return log(*cases)


def asked(found: ProcessLog, late: float) -> Cascade:
    courses = Courses(found)
    queues = Queues(courses.all, courses.line())
    ways = [way_of(one) for one in courses.all if one.id == "letter 5"]
    said = cascade(ways, WRITE, Delay(late * HOUR), queues)
    assert said is not None
    return said


def test_who_comes_after_another_waits_until_that_is_done() -> None:
    """An hour and a half more: the letter comes at 2:30, half an hour after the parcel, which Ana has until 7."""
    found = asked(a_desk(), 1.5)
    assert found.usually == pytest.approx(6 * HOUR)
    assert [(link.cause, link.seconds / HOUR) for link in found.links] == [
        ("delay", 1.5),
        ("queue", pytest.approx(4.5)),
    ]
    assert (
        lines_of(found, "UTC")[1][1] == "Check comes later to its desk and finds more work before it: 4.5 hours on top."
    )


def test_who_still_comes_first_waits_for_nobody() -> None:
    found = asked(a_desk(), 0.5)
    assert [link.cause for link in found.links] == ["delay"]
    assert found.usually == pytest.approx(0.5 * HOUR)


def test_another_desk_is_not_in_the_way() -> None:
    assert asked(a_desk(person="cy"), 1.5).usually == pytest.approx(1.5 * HOUR)


def test_where_somebody_does_several_things_at_once_there_is_no_queue() -> None:
    found = a_desk(both=False)
    courses = Courses(found)
    assert Queues(courses.all, courses.line()).desks == [("bo",)] or not Queues(courses.all, courses.line()).desks
    assert asked(found, 1.5).usually == pytest.approx(1.5 * HOUR)


def test_people_who_share_work_are_one_desk() -> None:
    """Two who take from one heap: whoever is free first has it."""
    courses = Courses(Made(304, paired=True).log(90))
    queues = Queues(courses.all, courses.line())
    assert queues.desks
    assert all(len({person.split()[0] for person in desk}) == 1 for desk in queues.desks)


@pytest.mark.parametrize("seed", [305, 306, 307])
def test_the_causes_add_up_and_a_longer_delay_never_ends_earlier(seed: int) -> None:
    courses = Courses(Made(seed).log(90))
    queues = Queues(courses.all, courses.line())
    some = 0
    for course in courses.all[20:70:4]:
        for site in {stop.site for stop in course.stops}:
            found = [shift(way_of(course), site, Delay(hours * HOUR), queues) for hours in (1, 6, 20, 60)]
            seconds = [one.seconds for one in found if one is not None]
            assert seconds == sorted(seconds)
            assert seconds[0] >= 0
            for one in found:
                assert one is not None
                assert sum(link.seconds for link in one.links) == pytest.approx(one.seconds, abs=1e-2)
                some += any(link.cause == "queue" for link in one.links)
    assert some, "queues play a part"


def test_without_what_was_recorded_of_people_nothing_is_played() -> None:
    found = a_desk()
    nobody = replace(
        found,
        cases=tuple(
            replace(one, instances=tuple(replace(i, resource=None) for i in one.instances)) for one in found.cases
        ),
    )
    courses = Courses(nobody)
    assert Queues(courses.all, courses.line()).desks == []
    assert courses.log.calendar is ALWAYS
