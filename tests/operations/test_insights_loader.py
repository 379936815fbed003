"""From hand-made organisations to the log of diagnosis: every figure is known, every case adds up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procession.analytics.critical_path import critical_path
from procession.analytics.log import ActivityInstance, ProcessLog, Site
from procession.engine import commands as ask_
from procession.engine.case import Case
from procession.engine.definition import Workflow
from procession.engine.durations import parse_span
from procession.engine.moment import Actor
from procession.operations.insights.facts import of_world
from procession.operations.insights.loader import Setting, load, working_time
from tests.engine.story import MONDAY, Story, directory
from tests.engine.test_process import ACCESS, AGAIN, CHECK, EQUIP, PROCESS


def logged(story: Story, **more: object) -> ProcessLog:
    """The log of the story's first definition; whatever the records say, every finished case adds up."""
    programs = story.world.programs
    workflows = {name: one.definition for name, one in programs.items() if isinstance(one.definition, Workflow)}
    loaded = load(
        of_world(story.world.log), Setting(definition=programs[story.first].definition, workflows=workflows, **more)
    )
    assert loaded.left_out == ()
    for case in loaded.log.cases:
        assert critical_path(case, loaded.log).cycle == case.cycle
    return loaded.log


def by_step(log: ProcessLog) -> dict[str, ActivityInstance]:
    (case,) = log.cases
    return {instance.step: instance for instance in case.instances}


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def work(
    story: Story, title: str, by: str, case: Case | None = None, *, look: str, begin: str, end: str, **values: object
) -> None:
    """Somebody looks at a task, begins, and completes it, each after a while."""
    case = case or story.case
    story.passes(look)
    task = f"{case.id}.{story.key(title, by, case)}"
    story.world.ask(case.id, ask_.LookAtTask(task_id=task), Actor(by))
    story.passes(begin)
    if case.activations[task.split(".")[1]].assignee is None:
        story.world.ask(case.id, ask_.ClaimTask(task_id=task), Actor(by))
    else:
        story.world.ask(case.id, ask_.BeginTask(task_id=task), Actor(by))
    story.passes(end)
    story.do(title, by, case=case, **values)


CHAIN = """
workflow: chain
owner: team
target: 2 business days
fields: {answer: text}
start: {form: []}
steps:
  - task: First
    assign: group:team
    due: 4 business hours
    form: [answer]
  - task: Second
    assign: person:dee
"""


def test_moments_people_departments_and_targets_of_a_workflow_alone() -> None:
    story = Story(CHAIN).start()
    work(story, "First", "bo", look="1 hour", begin="30 minutes", end="30 minutes", answer="yes")
    work(story, "Second", "dee", look="2 hours", begin="1 hour", end="1 hour")
    log = logged(story, departments={"team": "The team"})
    first, second = by_step(log)["first"], by_step(log)["second"]
    assert (first.ready, first.first_opened, first.started, first.ended) == (at(0), at(1), at(1.5), at(2))
    assert (second.ready, second.first_opened, second.started, second.ended) == (at(2), at(4), at(5), at(6))
    assert (first.assigned, second.assigned) == (at(1.5), at(2)), "claimed out of a group; given to one person at once"
    assert second.releasers == (first.id,)
    assert (first.resource, first.department, first.part) == ("bo", "The team", "chain")
    assert (log.target, log.step_targets) == (timedelta(hours=16), {Site("step", "chain", "first"): timedelta(hours=4)})


def finished_onboarding() -> Story:
    story = Story(PROCESS, CHECK, EQUIP, ACCESS).start(employee="Priya", start_date="2026-02-02")
    story.passes("1 hour")
    story.do("Check", case=story.member("background"), result="clear")
    story.passes("2 hours")
    story.do("Order", case=story.member("equipment"), serial="S1")
    story.passes("3 hours")
    story.do("Accounts", case=story.member("access"))
    story.passes("1 hour")
    story.do("Deliver", case=story.member("equipment"))
    return story


def test_the_first_steps_of_a_member_were_released_by_what_ended_in_the_members_before_it() -> None:
    log = logged(finished_onboarding())
    steps = by_step(log)
    (case,) = log.cases
    assert (case.begin, case.end) == (at(0), at(7)), "from the requester's submission to the end"
    assert steps["check"].releasers == ()
    assert steps["check"].handoff == "start->background"
    assert steps["order"].releasers == (steps["check"].id,)
    assert steps["order"].handoff == "background.completed->equipment"


def test_a_join_names_the_handoff_that_came_last_and_a_milestone_the_step_that_reached_it() -> None:
    steps = by_step(logged(finished_onboarding()))
    accounts = steps["accounts"]
    assert set(accounts.releasers) == {steps["check"].id, steps["order"].id}
    assert accounts.handoff == "equipment.milestone.ordered->access"
    assert accounts.ready == steps["order"].ended == at(3)


def test_what_is_open_now_is_open_and_knows_its_handoff() -> None:
    story = Story(PROCESS, CHECK, EQUIP, ACCESS).start(employee="Priya", start_date="2026-02-02")
    story.do("Check", case=story.member("background"), result="clear")
    log = logged(story)
    assert log.cases == ()
    (open_now,) = log.open
    assert (open_now.part, open_now.step, open_now.handoff, open_now.source) == (
        "equipment", "order", "background.completed->equipment", "background",
    )  # fmt: skip


def test_a_member_that_runs_again_is_released_by_what_sent_it_back() -> None:
    story = Story(
        AGAIN,
        "{workflow: draft, fields: {topic: text}, start: {by: nobody, form: [topic]}, steps: [{task: Write}]}",
        "{workflow: review, start: {by: nobody, form: []},"
        " steps: [{task: Read, outcomes: [fine, redo], on fine: end fine, on redo: end redo}]}",
    ).start(topic="x")
    for outcome in ("redo", "fine"):
        story.passes("1 hour")
        story.do("Write", case=story.member("draft"))
        story.passes("1 hour")
        story.do("Read", case=story.member("review"), outcome=outcome)
    (case,) = logged(story).cases
    write, read, write_again, read_again = case.instances
    assert (write_again.releasers, write_again.handoff) == ((read.id,), "review.redo->draft")
    assert (read.releasers, read_again.releasers) == ((write.id,), (write_again.id,))


BRANCHES = """
workflow: branches
fields: {path: text}
start: {form: [path]}
steps:
  - decide: Which way?
    inputs: [path]
    outputs: [path]
    rules: [["-", '"x"']]
  - parallel: Both
    steps:
      - task: Quick
        assign: person:bo
      - task: Slow
        assign: person:cy
  - approval: Agree
    assign: [person:bo, person:cy]
    quorum: all
  - choose: Which?
    cases: [{when: path = "y", steps: [{task: Never, assign: person:bo}]}]
    otherwise: [{task: Last, assign: person:bo}]
"""


def test_blocks_and_steps_that_take_no_time_are_looked_through() -> None:
    story = Story(BRANCHES).start(path="x")
    story.passes("1 hour").do("Quick").passes("1 hour").do("Slow")
    story.passes("1 hour").do("Agree", "cy", "approve").passes("1 hour").do("Agree", "bo", "approve")
    story.passes("1 hour").do("Last")
    (case,) = logged(story).cases
    assert [one.step for one in case.instances] == ["quick", "slow", "agree", "agree", "last"]
    quick, slow, first, second, last = case.instances
    assert (quick.releasers, slow.releasers) == ((), ())
    assert set(first.releasers) == set(second.releasers)
    assert slow.id in first.releasers
    assert last.releasers == (second.id,), "the seat that decided"


def test_a_guest_and_a_wait_are_outside_and_a_date_ends_a_wait_by_itself() -> None:
    story = Story(
        """
        workflow: outside
        fields: {day: date}
        start: {form: [day]}
        steps:
          - task: Sign
            assign: guest:vera@example.com
          - wait: For the day
            until: = day
          - wait: A while
            for: 1 hour
        """
    ).start(day="2026-01-08")
    story.passes("1 hour").do("Sign")
    story.passes("1 week")
    steps = by_step(logged(story))
    assert (steps["sign"].outside, steps["sign"].is_outside, steps["sign"].fixed_end) == (True, True, False)
    assert (steps["for-the-day"].is_outside, steps["for-the-day"].fixed_end) == (True, True)
    assert (steps["a-while"].is_outside, steps["a-while"].fixed_end) == (True, False)


def test_a_job_is_an_instance_too() -> None:
    text = (
        "{workflow: jobs, start: {form: []}, steps: [{task: Ask, assign: 'person:bo'},"
        " {automate: Order, do: http, with: {url: 'https://example.com'}}]}"
    )
    story = Story(text, auto_jobs=False).start()
    story.do("Ask").passes("5 minutes")
    job = story.job("Order")
    story.world.ask(story.case.id, ask_.FinishJob(activation=job.activation, attempt=job.attempt))
    order = by_step(logged(story))["order"]
    assert (order.kind, order.resource, order.ended - order.ready) == ("automate", "http", timedelta(minutes=5))


def test_what_was_sent_back_counts_as_rework_and_what_was_merely_withdrawn_does_not_count() -> None:
    story = Story(CHAIN).start()
    story.passes("1 hour").do("First", "bo", answer="a")
    story.passes("1 hour").ask(ask_.SendBack(task_id=story.task("Second"), to="first", reason="incomplete"), by="dee")
    story.passes("1 hour").do("First", "bo", answer="b").passes("1 hour").do("Second")
    (case,) = logged(story).cases
    assert [one.step for one in case.instances] == ["first", "second", "first", "second"]

    racing = Story(
        "{workflow: race, start: {form: []}, steps: [{parallel: P, done when: any, steps: ["
        "{task: Q, assign: 'person:bo'}, {task: S, assign: 'person:cy'}]}]}"
    ).start()
    racing.passes("1 hour").do("Q")
    (case,) = logged(racing).cases
    assert [one.step for one in case.instances] == ["q"]


def test_a_reopened_case_goes_on_from_what_had_ended_it() -> None:
    story = Story(CHAIN).start()
    story.passes("1 hour").do("First", "bo", answer="a").passes("1 hour").do("Second")
    story.passes("2 hours").ask(ask_.ReopenCase(step="second", reason="not right"), admin=True)
    story.passes("1 hour").do("Second")
    (case,) = logged(story).cases
    assert case.cycle == timedelta(hours=5)
    assert case.instances[2].releasers == (case.instances[1].id,)


def test_cancelled_cases_are_left_aside() -> None:
    story = Story(CHAIN).start()
    story.world.cancel(story.case.id, "no longer needed", by=story.world.moment.actor)
    log = logged(story)
    assert (log.cases, log.open) == ((), ())


def test_goals_are_counted_in_working_time() -> None:
    calendar = Story(CHAIN).world.moment.calendar
    hours = {
        text: working_time(parse_span(text), calendar) for text in ("2 business days", "3 business hours", "1 week")
    }
    assert [one and one.total_seconds() / 3600 for one in hours.values()] == [16, 3, 40]
    assert working_time(None, calendar) is None


def test_times_are_aware() -> None:
    case = logged(finished_onboarding()).cases[0]
    assert case.begin.tzinfo is not None
    assert case.begin == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert directory(bo={}).people["bo"].name == "Bo"
