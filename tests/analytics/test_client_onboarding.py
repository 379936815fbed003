"""Regulated client onboarding: 45 days, and what three days more at the confirmation do to them.

The process runs through the real engine for a year. A committee sits every second Thursday; the confirmation is usually
there two days before. Three working days more and it is missed: the case waits a fortnight. One day of that is taken in
at the end, where the systems are not ready before anyway; so the client waits 13 days longer, nearly two weeks.
"""

# ruff: noqa: E501 - an expression of the language stands on one line

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import cache

import pytest

from procession.analytics.cascade import Delay, cascade, way_of
from procession.analytics.forecast import Forecaster, running_at
from procession.analytics.forecast.words import in_words, lines_of, sentence_of
from procession.analytics.log import ProcessLog, Site
from procession.engine import commands as ask_
from procession.engine.calendar import STANDARD
from procession.engine.case import task_id
from procession.engine.definition import Workflow
from procession.engine.instants import from_instant
from procession.engine.moment import Actor
from procession.operations.insights.facts import of_world
from procession.operations.insights.loader import Setting, load
from tests.engine.story import MONDAY, Story, directory

DAY = 86_400.0
WORKING_DAY = 8 * 3600.0
CASES = 24
CONFIRM = Site("step", "validation", "confirm-the-entity")

PROCESS = """
process: client-onboarding
title: Client onboarding
owner: team
target: 45 days
fields: {client: text}
start: {form: [client]}
workflows:
  validation: {use: entity-validation}
  systems: {use: system-setup}
  paperwork: {use: paperwork}
  signature: {use: e-signature}
  welcome: {use: welcome}
handoffs:
  - {from: start, to: [validation, systems]}
  - {from: validation.completed, to: paperwork}
  - {from: paperwork.completed, to: signature}
  - {from: signature.completed, to: welcome}
  - {from: systems.completed, to: welcome}
"""
VALIDATION = """
workflow: entity-validation
title: Entity validation
steps:
  - {task: Collect the papers, assign: "person:ana"}
  - {task: Confirm the entity, assign: "person:bo"}
  - wait: Compliance committee
    until: = date and time("2026-01-01T10:00:00Z") + duration("P14D") * ceiling((now() - date and time("2026-01-01T10:00:00Z")) / duration("P14D"))
  - {task: Record the decision, assign: "person:bo"}
"""
SYSTEMS = """
workflow: system-setup
title: System set-up
steps: [{task: Set up the systems, assign: "person:cy"}]
"""
PAPERWORK = """
workflow: paperwork
title: Paperwork
steps:
  - {task: Prepare the contracts, assign: "person:ana"}
  - {wait: The client reads them, for: 7 days}
"""
SIGNATURE = """
workflow: e-signature
title: E-signature
steps:
  - {task: Collect the signatures, assign: "person:dee"}
  - {task: Open the account, assign: "person:dee"}
"""
WELCOME = """
workflow: welcome
title: Welcome
steps: [{task: Welcome the client, assign: "person:dee"}]
"""
TAKES = {
    "collect-the-papers": 2, "confirm-the-entity": 4, "record-the-decision": 1, "set-up-the-systems": 32,
    "prepare-the-contracts": 10, "collect-the-signatures": 3, "open-the-account": 4, "welcome-the-client": 1,
}  # fmt: skip
"""Working days."""


@cache
def a_year() -> ProcessLog:
    """A client every second Monday; everything takes as long as it takes, and up to an hour more."""
    people = directory(ana={}, bo={}, cy={}, dee={"groups": ["team"]})
    story = Story(PROCESS, VALIDATION, SYSTEMS, PAPERWORK, SIGNATURE, WELCOME, people=people)
    draw = random.Random(45)
    world = story.world
    ends: dict[tuple[str, str], datetime] = {}
    starts = [MONDAY + timedelta(days=14 * n) for n in range(CASES)]
    while True:
        for case in world.cases.values():
            for key, one in case.activations.items():
                if one.step in TAKES and (case.id, key) not in ends:
                    day = STANDARD.add_business_days(from_instant(one.opened_at), TAKES[one.step])
                    ends[case.id, key] = day + timedelta(minutes=draw.uniform(0, 60) / 5)
        still_open = {place: at for place, at in ends.items() if place[1] in world.cases[place[0]].activations}
        upcoming = [at for at in (*starts[:1], world.next_moment(), *still_open.values()) if at is not None]
        if not upcoming:
            break
        now = min(upcoming)
        world.advance(now)
        if starts and starts[0] == now:
            starts.pop(0)
            story.start(client=f"Client {len(ends)}")
        for (case_id, key), at in still_open.items():
            if at == now:
                who = world.cases[case_id].activations[key].assignee
                world.ask(case_id, ask_.CompleteTask(task_id=task_id(case_id, key)), Actor(who or ""))
    workflows = {name: one.definition for name, one in world.programs.items() if isinstance(one.definition, Workflow)}
    loaded = load(
        of_world(world.log),
        Setting(definition=world.programs["client-onboarding"].definition, workflows=workflows, calendar=STANDARD),
    )
    assert loaded.left_out == ()
    return loaded.log


def test_it_takes_45_days() -> None:
    log = a_year()
    assert len(log.cases) == CASES
    assert {round(case.cycle / timedelta(days=1)) for case in log.cases} == {45}


def test_the_committee_is_found_in_the_records() -> None:
    gates = Forecaster(a_year()).courses.gates
    assert {site.name: gate.words for site, gate in gates.items()} == {
        "compliance-committee": "every second Thursday at 10:00"
    }


def test_three_days_more_at_the_confirmation_cost_nearly_two_weeks_line_by_line() -> None:
    log = a_year()
    newest = log.cases[-1]
    confirm = next(one for one in newest.instances if one.step == "confirm-the-entity")
    asked = confirm.ready + timedelta(days=1)
    found = Forecaster(log).forecast(running_at(newest, asked), asked)
    assert found.usually is not None
    assert round((found.usually - newest.begin) / timedelta(days=1)) == 45

    late = cascade(found.futures, CONFIRM, Delay(3 * WORKING_DAY))
    assert late is not None
    assert late.usually / DAY == pytest.approx(13, abs=0.1)
    assert late.unchanged == 0
    assert [link.cause for link in late.links if abs(link.seconds) > 3600] == ["delay", "gate", "slack"]
    delay, gate, slack = (link for link in late.links if abs(link.seconds) > 3600)
    assert delay.seconds / DAY == pytest.approx(3, abs=0.01)
    assert (delay.seconds + gate.seconds) / DAY == pytest.approx(14, abs=0.01), "the next committee"
    assert (slack.title, slack.because) == ("Welcome the client", "Set up the systems")
    assert slack.seconds / DAY == pytest.approx(-1, abs=0.1)
    assert sum(link.seconds for link in late.links) == pytest.approx(late.ends[1] - late.ends[0], abs=1e-3)
    assert late.parts["paperwork"] / DAY == pytest.approx(14, abs=0.01)
    assert late.parts["systems"] == 0

    lines = [text for _, text, _ in lines_of(late, "UTC")]
    assert "every second Thursday at 10:00. It misses Thu " in lines[1]
    assert "waits for Set up the systems" in lines[2]
    assert sentence_of(late, "3 business days").startswith(
        "3 business days late at Confirm the entity: the end usually moves by 13 days"
    )


def test_two_days_more_are_taken_in_by_the_wait_for_the_committee() -> None:
    log = a_year()
    ways = [way_of(course) for course in Forecaster(log).courses.all]
    late = cascade(ways, CONFIRM, Delay(1.5 * WORKING_DAY))
    assert late is not None
    assert (late.usually, late.unchanged) == (0, 1)
    assert sentence_of(late, "12 business hours") == (
        "12 business hours late at Confirm the entity: the end does not move, whichever way the case goes."
    )


def test_the_slack_of_every_member_is_known_on_the_way() -> None:
    log = a_year()
    newest = log.cases[-1]
    found = Forecaster(log).forecast(running_at(newest, newest.begin), newest.begin)
    slack = {one.part: one.slack / DAY for one in found.parts}
    assert slack["systems"] == 0
    assert slack["signature"] == pytest.approx(1, abs=0.1)
    assert slack["welcome"] == 0
    assert [one.part for one in found.parts if one.is_open] == ["validation", "systems"]
    assert in_words(found, newest.begin, "UTC").startswith("Probably ")
