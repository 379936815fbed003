"""Time in which a case stood still is neither waiting nor work: not for forecasts, not for the diagnosis."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from procession.analytics.attribution import attribute
from procession.analytics.cascade import Delay, shift, way_of
from procession.analytics.courses import Courses, Move, replay
from procession.analytics.critical_path import critical_path
from procession.analytics.forecast import Forecaster
from procession.analytics.log import OpenActivity, ProcessLog, RunningCase, Site
from procession.analytics.pauses import within
from procession.engine import commands as ask_
from procession.engine.calendar import STANDARD
from procession.engine.definition import Workflow
from procession.operations.insights.facts import of_world
from procession.operations.insights.loader import Setting, load
from tests.analytics.build import at, case, did, log
from tests.engine.story import MONDAY, Story

DAY = 86_400.0
WRITE = Site("step", "a", "write")


def test_overlapping_pauses_count_once() -> None:
    pauses = [(at(1), at(5)), (at(3), at(8)), (at(20), at(30))]
    assert within(pauses, at(2), at(25)) == [(at(2), at(5)), (at(5), at(8)), (at(20), at(25))]


def past(*, paused: bool) -> ProcessLog:
    """Forty cases: writing takes 4 to 8 hours and checking 2, around the clock; every other one stood still for 100
    hours in between."""
    draw = random.Random(7)
    cases = []
    for n in range(40):
        begin, write = 200.0 * n, draw.uniform(4, 8)
        still = 100.0 if paused and n % 2 else 0.0
        pauses = ((at(begin + 2), at(begin + 2 + still)),) if still else ()
        wrote = begin + write + still
        cases.append(
            case(
                did("a.write", begin, begin + 1, wrote, paused=pauses),
                did("a.check", wrote, wrote, wrote + 2, "a.write", paused=pauses),
                name=str(n), begin=begin,
            )
        )  # fmt: skip
    return log(*cases)


def test_a_forecast_from_cases_that_were_paused_is_that_of_cases_that_were_not() -> None:
    now = at(9000)
    running = RunningCase(
        id="now", begin=at(8999), open=(OpenActivity(case_id="now", part="a", step="write", ready=at(8999)),)
    )
    plain, still = (Forecaster(past(paused=paused)).forecast(running, now) for paused in (False, True))
    assert plain.usually is not None and still.usually is not None and still.latest is not None
    assert still.usually - now == pytest.approx(plain.usually - now, abs=timedelta(minutes=1))
    assert still.latest - now < timedelta(hours=12), "nobody is expected to stand still for four days"


def test_a_running_case_that_was_paused_has_waited_less() -> None:
    """It opened 300 hours ago and stood still for 298 of them: longer than any, but for the pause."""
    now = at(9300)
    opened = OpenActivity(case_id="now", part="a", step="write", ready=at(9000), paused=((at(9001), at(9299)),))
    found = Forecaster(past(paused=False)).forecast(RunningCase(id="now", begin=at(9000), open=(opened,)), now)
    assert found.usually is not None, found.reason
    assert timedelta(hours=3) < found.usually - now < timedelta(hours=8)


def test_a_case_that_stands_still_is_forecast_as_if_it_went_on_now() -> None:
    now = at(9300)
    opened = OpenActivity(case_id="now", part="a", step="write", ready=at(9000), paused_at=at(9001))
    found = Forecaster(past(paused=False)).forecast(RunningCase(id="now", begin=at(9000), open=(opened,)), now)
    assert found.usually is not None, found.reason
    assert timedelta(hours=4) < found.usually - now < timedelta(hours=9)


def test_played_again_a_paused_case_takes_the_time_without_the_pause() -> None:
    course = next(one for one in Courses(past(paused=True)).all if one.was_paused)
    plain = next(one for one in Courses(past(paused=False)).all if one.id == course.id)
    assert [end - course.begin for _, end in replay(course)] == pytest.approx(
        [s.ended - plain.begin for s in plain.stops]
    )
    found = shift(way_of(course), WRITE, Delay(3600.0))
    assert found is not None
    assert found.seconds == pytest.approx(3600.0)
    assert sum(link.seconds for link in found.links) == pytest.approx(found.seconds)


def test_a_gate_that_was_missed_for_a_pause_opens_as_ever() -> None:
    """Every Thursday; one case waited over a pause of two weeks, and is played to the next Thursday all the same."""
    cases = []
    for n in range(30):
        monday = 168.0 * n
        still = ((at(monday + 10), at(monday + 10 + 336)),) if n == 5 else ()
        held = monday + 73 + (336 if still else 0)
        ready = monday + n % 20
        cases.append(
            case(did("a.board", ready, held, held + 1, paused=still), name=str(n), begin=monday)
        )  # fmt: skip
    courses = Courses(log(*cases))
    assert courses.gates
    stop = courses.all[5].stops[0]
    assert stop.pieces[1].move is Move.GATE
    assert stop.pieces[1].offset == pytest.approx(0, abs=60)


def test_paused_time_is_no_lost_time() -> None:
    still, plain = attribute(past(paused=True)), attribute(past(paused=False))
    assert still.cycles == pytest.approx(plain.cycles)
    for one, other in zip(still.costs, plain.costs, strict=True):
        assert one.path_spent == pytest.approx(other.path_spent)
    for one in past(paused=True).cases:
        path = critical_path(one, past(paused=True))
        assert sum(path.by_kind().values(), timedelta()) == path.cycle == one.cycle


STANDS = """
workflow: stands
title: Stands
steps:
  - {task: Write, assign: "person:ana"}
  - {wait: It dries, for: 10 days}
  - {task: Check, assign: "person:bo"}
"""


def test_the_engine_records_when_a_case_stood_still() -> None:
    """Paused for five days while somebody writes, and for three while it dries: the wait ends three days later."""
    story = Story(STANDS).start()
    story.passes("2 hours").ask(ask_.PauseCase(reason="the office moves"))
    story.passes("5 days").ask(ask_.ResumeCase())
    wrote = story.world.at
    story.do("Write").passes("1 day").ask(ask_.PauseCase(reason="again"))
    running = loaded(story).running[0]
    assert (running.open[0].paused_at, running.open[0].until) == (moment(story), None)
    story.passes("3 days").ask(ask_.ResumeCase())
    (opened,) = loaded(story).running[0].open
    assert opened.until is not None
    assert opened.until - (moment(story) - timedelta(days=4)) == timedelta(days=13), f"it was written at {wrote}"
    story.passes("9 days").do("Check", "bo")
    (done,) = loaded(story).cases
    write, dries, _ = done.instances
    assert write.paused == ((MONDAY + timedelta(hours=2), MONDAY + timedelta(days=5, hours=2)),)
    assert dries.ended - dries.ready == timedelta(days=13)
    assert sum(
        (until - since for since, until in within(dries.paused, dries.ready, dries.ended)), timedelta()
    ) == timedelta(days=3)
    played = Courses(loaded(story)).all[0].stops[1]
    assert played.end(played.ready) - played.ready == pytest.approx(10 * DAY)


def moment(story: Story) -> datetime:
    return story.world.moment.at


def loaded(story: Story) -> ProcessLog:
    workflows = {
        name: one.definition for name, one in story.world.programs.items() if isinstance(one.definition, Workflow)
    }
    return load(
        of_world(story.world.log), Setting(definition=workflows["stands"], workflows=workflows, calendar=STANDARD)
    ).log
