"""The clock is set forward and back between commands: within a case time never goes back, and nothing rings twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from procession.engine import commands as ask
from procession.engine import events as ev
from procession.engine.instants import from_instant, to_instant
from tests.engine.story import MONDAY, Story

REVIEW = """
workflow: review
title: Review
steps:
  - {task: Read, assign: "person:ana", due: 2 hours, remind: 1 hour before due, escalate: {after: 1 day, to: "person:bo"}}
  - {wait: A pause, for: 3 hours}
  - {task: Sign, assign: "person:bo", due: 1 business day}
"""


def jump(story: Story, hours: float) -> Story:
    """The machine's clock jumps; nothing rings by that."""
    story.world.moment = replace(story.world.moment, at=story.world.at + timedelta(hours=hours))
    return story


def check(story: Story) -> None:
    """The law of time: in the order of their numbers, the events of a case never go back; no span is negative."""
    for case in story.world.cases.values():
        rows = [row for row in story.world.log if row.case_id == case.id]
        instants = [row.at for row in rows]
        assert instants == sorted(instants)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert case.at == instants[-1]
        assert case.closed_at is None or case.closed_at >= case.started_at
        opened: dict[str, str] = {}
        for row in rows:
            if isinstance(row.event, ev.StepOpened):
                opened[row.event.activation] = row.at
                if row.event.due_at is not None:
                    assert row.event.due_at >= row.at
            elif (activation := getattr(row.event, "activation", None)) in opened:
                assert row.at >= opened[activation]
    story.replayed()


def rung(story: Story) -> list[tuple[str, str]]:
    return [(one.activation, one.timer) for one in story.events(ev.TimerFired)]


def test_a_task_completed_before_it_opened_took_no_time() -> None:
    story = jump(Story(REVIEW).start(), -48).do("Read")
    assert story.world.log[-1].at == to_instant(MONDAY)
    check(story)


def test_due_dates_count_from_the_moment_that_the_case_has_reached() -> None:
    story = jump(jump(Story(REVIEW).start(), 5).do("Read"), -5)
    opened = story.case.activations[story.key("A pause")]
    assert opened.opened_at == to_instant(MONDAY + timedelta(hours=5))
    assert opened.timers["time"] == to_instant(MONDAY + timedelta(hours=8))
    check(story)


def test_a_timer_that_rang_does_not_ring_again_after_the_clock_went_back() -> None:
    story = Story(REVIEW).start().passes("90 minutes")
    assert [timer for _, timer in rung(story)] == ["remind-1"]
    jump(story, -24)
    again = ask.FireTimer(activation=story.key("Read"), timer="remind-1")
    assert story.ask(again) == []
    story.passes("30 hours")
    assert sorted(timer for _, timer in rung(story)).count("remind-1") == 1
    check(story)


def test_a_new_case_begins_at_the_clock_as_it_is() -> None:
    story = jump(Story(REVIEW).start(), -48)
    story.start()
    assert from_instant(story.case.started_at) == MONDAY - timedelta(hours=48)
    check(story)


@given(st.lists(st.tuples(st.floats(-1000, 1000), st.sampled_from(["do", "pass", "comment", "due"])), max_size=12))
def test_however_the_clock_jumps(turns: list[tuple[float, str]]) -> None:
    story = Story(REVIEW).start()
    for hours, deed in turns:
        jump(story, hours)
        open_ = [title for title in ("Read", "Sign") if title in story.open]
        if deed == "do" and open_:
            story.do(open_[0])
        elif deed == "pass":
            story.passes("4 hours")
        elif deed == "comment":
            story.ask(ask.AddComment(text="still here"))
        elif deed == "due" and open_:
            story.ask(ask.ChangeDue(task_id=story.task(open_[0]), due_at=story.world.at, reason="late"), admin=True)
    check(story)
    assert len(rung(story)) == len(set(rung(story))), "nothing rings twice"
