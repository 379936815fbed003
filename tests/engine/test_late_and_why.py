"""Reasons are recorded, and a machine's word that comes too late changes nothing."""

from __future__ import annotations

from datetime import timedelta

from procession.engine import commands as ask
from procession.engine import events as ev
from tests.engine.story import MONDAY, Story

ONE = """
workflow: one
title: One
steps:
  - {task: Read, assign: "person:ana"}
"""


def test_a_new_due_date_of_a_case_says_why() -> None:
    story = Story(ONE).start()
    due = MONDAY + timedelta(days=3)
    story.ask(ask.ChangeCaseDue(due_at=due, reason="The customer is away"), admin=True)
    (changed,) = story.events(ev.CaseDueChanged)
    assert (changed.due_at, changed.reason) == ("2026-01-08T09:00:00.000000Z", "The customer is away")
    assert story.case.due_at == changed.due_at


def test_a_child_that_could_not_start_is_no_news_where_nobody_waits_for_it() -> None:
    story = Story(ONE).start()
    assert story.ask(ask.RejectChild(activation="a99", code="forbidden", sentence="No.")) == []
    assert story.case.incidents == {}
