"""States, waits, jobs, children and what happens when something cannot go on."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.rejections import Conflict, IllegalTransition, MissingField
from tests.engine.story import Story

TICKET = """
workflow: ticket
fields: {simple: yes/no?, priority: {type: choice, options: [low, high], required: false}}
start: {form: [simple]}
initial: New
states:
  New:
    assign: group:team
    form: [priority]
    on enter: [{email: We got it, to: starter}]
    actions:
      - {action: Take it, to: In progress}
      - {action: Resolve, to: Resolved, when: simple}
    after: {15 minutes: {to: Escalated}}
  In progress:
    assign: group:team
    actions: [{action: Resolve, to: Resolved}, {action: Give up, to: New}]
  Escalated: {assign: role:cfo, actions: [{action: Resolve, to: Resolved}]}
  Resolved: {outcome: resolved}
"""


def test_a_state_machine_takes_only_arrows_that_are_drawn_and_true() -> None:
    story = Story(TICKET).start(simple=False)
    with pytest.raises(IllegalTransition) as refused:
        story.do("New", by="bo", outcome="Resolve")
    assert refused.value.details["allowed"] == ["Take it"]
    with pytest.raises(IllegalTransition):
        story.do("New", by="bo", outcome="Fly")
    story.do("New", by="bo", outcome="Take it").do("In progress", by="bo", outcome="Resolve")
    assert story.case.outcome == "resolved"
    assert Story(TICKET).start(simple=True).do("New", by="bo", outcome="Resolve").case.outcome == "resolved"
    story.replayed()


def test_entering_again_starts_the_timers_anew() -> None:
    story = Story(TICKET).start(simple=False).passes("10 minutes")
    story.do("New", by="bo", outcome="Take it").passes("10 minutes")
    story.do("In progress", by="bo", outcome="Give up").passes("10 minutes")
    assert story.open == ["New"]
    story.passes("5 minutes")
    assert story.open == ["Escalated"]
    assert story.case.activations[story.key("Escalated")].assignee == "eve"
    story.replayed()


def test_a_job_that_fails_is_tried_again_then_handed_to_a_person() -> None:
    story = Story(
        """
workflow: w
fields: {amount: number, number: {type: text, required: false}}
start: {form: [amount]}
steps:
  - automate: Order
    do: http
    with: {method: POST, url: "{settings.erp}/orders", json: {amount: "{amount}"}}
    take: {number: result.body.number}
    retry: 2
    on failure: {task: Order by hand, assign: group:team}
  - task: After
""",
        auto_jobs=False, erp="https://erp.example",
    ).start(amount="12.50")  # fmt: skip
    job = story.job("Order")
    assert job.config == {
        "method": "POST",
        "url": "https://erp.example/orders",
        "json": {"amount": {"$number": "12.5"}},
    }
    for attempt in (1, 2, 3):
        assert story.open == ["Order"]
        story.ask(ask_.FailJob(activation="a1", attempt=attempt, error="timeout"))
    assert story.open == ["Order by hand"]
    assert story.ask(ask_.FinishJob(activation="a1", attempt=1)) == []
    story.do("Order by hand", by="bo")
    assert story.open == ["After"]
    fine = Story(story_text := "{workflow: w, fields: {n: number?}, start: {form: []}, steps: [{automate: Ask, do: http, with: {url: x},"
                 " take: {n: result.body.n}}]}", auto_jobs=False).start()  # fmt: skip
    assert story_text
    fine.ask(ask_.FinishJob(activation="a1", attempt=1, result={"status": 200, "body": {"n": 7}}))
    assert fine.case.data == {"n": "7"}
    assert fine.case.origins["n"] == "taken"


def test_a_job_without_a_way_out_becomes_an_incident_that_can_be_retried() -> None:
    story = Story(
        "{workflow: w, steps: [{automate: Ask, do: http, with: {url: x}, retry: 0}]}", auto_jobs=False
    ).start()
    story.ask(ask_.FailJob(activation="a1", attempt=1, error="500"))
    ((name, incident),) = story.case.incidents.items()
    assert incident.code == "job_failed"
    story.ask(ask_.RetryIncident(incident=name))
    job = story.job("Ask")
    assert job.attempt > 1
    story.ask(ask_.FinishJob(activation="a1", attempt=job.attempt))
    assert story.case.outcome == "done"
    story.replayed()


def test_a_condition_without_an_answer_is_an_incident_not_a_silent_branch() -> None:
    story = Story(
        "{workflow: w, fields: {amount: number?}, start: {form: [amount]}, steps: [{task: A, when: amount > 500}, {task: B}]}"
    ).start()
    ((name, incident),) = story.case.incidents.items()
    assert incident.code == "no_answer"
    assert "amount is empty" in incident.sentence
    story.ask(ask_.EditData(values={"amount": "600"}, reason="it was forgotten"))
    story.ask(ask_.RetryIncident(incident=name))
    assert story.open == ["A"]
    assert not story.case.incidents
    story.replayed()


TABLE = """
workflow: w
fields: {amount: number, level: {type: choice, options: [low, high]}}
start: {form: [amount]}
steps:
  - decide: Level
    inputs: [amount]
    outputs: [level]
    rules: [["< 10", low], ["[10..20]", high]]
  - {task: High, when: level = "high"}
"""


def test_a_decision_table_writes_its_outputs_and_no_rule_is_an_incident() -> None:
    story = Story(TABLE).start(amount="15")
    assert (story.case.data["level"], story.case.origins["level"], story.open) == ("high", "decided", ["High"])
    assert Story(TABLE).start(amount="5").case.outcome == "done"
    none = Story(TABLE).start(amount="99")
    ((name, _),) = none.case.incidents.items()
    assert "level" not in none.case.data
    none.ask(ask_.SkipIncident(incident=name, reason="decided by phone"))
    assert none.case.incidents or none.open or none.case.outcome


def test_calculated_fields_follow_their_inputs_in_the_same_commit() -> None:
    story = Story("""
workflow: w
fields:
  lines: {type: table, columns: {cost: number}}
  total: {type: calculated, is: "= sum(lines.cost)"}
  tax: {type: calculated, is: "= total * 0.2"}
start: {form: [lines]}
steps: [{task: A, form: [lines]}]
""").start(lines=[{"cost": "10"}, {"cost": "5"}])
    assert (story.case.data["total"], story.case.data["tax"]) == ({"number": "15"}, {"number": "3"})
    story.do("A", lines=[{"cost": "100"}])
    assert (story.case.data["total"], story.case.data["tax"]) == ({"number": "100"}, {"number": "20"})
    assert [one.origin for one in story.events(ev.DataWritten)] == ["typed", "calculated"]


def test_a_child_gives_its_data_and_outcome_back() -> None:
    story = Story(
        """
workflow: w
fields: {who: text, answer: text?}
start: {form: [who]}
steps:
  - {workflow: Ask them, use: ask, with: {name: who}, take: {answer: reply}, on no: end refused}
  - task: After
""",
        "{workflow: ask, fields: {name: text, reply: text}, start: {by: nobody, form: [name]}, steps: [{task: Reply, form: [reply],"
        " outcomes: [yes, no], on no: end no}]}",
    ).start(who="Zoe")
    child = next(case for case in story.world.cases.values() if case.parent == story.case.id)
    assert story.case.activations["a1"].child == child.id
    assert child.data == {"name": "Zoe"}
    story.do("Reply", case=child, outcome="yes", reply="gladly")
    assert (story.case.data["answer"], story.case.origins["answer"], story.open) == ("gladly", "carried", ["After"])
    story.start(who="Al")
    refused = next(case for case in story.world.cases.values() if case.parent == story.case.id)
    story.do("Reply", case=refused, outcome="no", reply="never")
    assert story.case.outcome == "refused"
    story.replayed()


def test_a_withdrawn_child_is_cancelled() -> None:
    story = Story(
        "{workflow: w, steps: [{workflow: Ask, use: ask}]}",
        "{workflow: ask, start: {by: nobody, form: []}, steps: [{task: Reply}]}",
    ).start()
    story.ask(ask_.CancelCase(reason="never mind"))
    assert [case.status for case in story.world.cases.values()] == ["cancelled", "cancelled"]


def test_send_back_skip_reopen_and_edit() -> None:
    story = Story(
        "{workflow: w, fields: {x: text}, start: {form: []}, steps: [{task: A, form: [x]}, {task: B}, {task: C}]}"
    ).start()
    story.do("A", x="1").do("B")
    with pytest.raises(MissingField):
        story.ask(ask_.SendBack(task_id=story.task("C"), to="A", reason=" "))
    with pytest.raises(IllegalTransition):
        story.ask(ask_.SendBack(task_id=story.task("C"), to="Z", reason="?"))
    story.ask(ask_.SendBack(task_id=story.task("C"), to="A", reason="x is wrong"))
    assert story.open == ["A"]
    story.do("A", x="2")
    story.ask(ask_.SkipStep(task_id=story.task("B"), reason="done by phone"))
    story.do("C")
    assert story.case.outcome == "done"
    with pytest.raises(Conflict):
        story.ask(ask_.CancelCase(reason="too late"))
    story.ask(ask_.ReopenCase(step="B", reason="a complaint"))
    assert story.open == ["B"]
    story.ask(ask_.EditData(values={"x": "3"}, reason="typo"))
    assert (story.case.data["x"], story.case.origins["x"]) == ("3", "edited")
    story.replayed()


def test_sealed_data_stays_as_it_is() -> None:
    story = Story("{workflow: w, fields: {x: text}, steps: [{archive: Keep}, {task: After}]}").start(x="1")
    with pytest.raises(Conflict, match="sealed"):
        story.ask(ask_.EditData(values={"x": "2"}, reason="oops"))


def test_a_loop_in_which_nothing_waits_stops_as_an_incident() -> None:
    from procession.engine.definition import Scope, Start, Step, Target, Workflow
    from procession.engine.steps.set import Set

    spin = Step(id="spin", kind="set", title="Spin", config=Set.Config(), next=Target(step="spin"))
    story = Story("{workflow: w, steps: [{task: A}]}")
    from procession.engine.program import compile_definition

    body = Scope(name="main", steps=(spin,))
    story.world.programs["w"] = compile_definition(
        Workflow(id="w", title="W", fields={}, start=Start(), body=body), version=1
    )
    story.start()
    assert [one.code for one in story.case.incidents.values()] == ["runaway"]


def test_waits_for_a_moment_that_has_passed_do_not_wait() -> None:
    story = Story('{workflow: w, fields: {day: date}, steps: [{wait: Until then, until: "= day"}, {task: After}]}')
    assert story.start(day="2025-01-01").open == ["After"]
    assert story.start(day="2026-01-07").open == ["Until then"]
    assert story.passes("3 days").open == ["After"]


def test_an_email_draft_is_a_task_and_then_a_mail() -> None:
    story = Story(
        '{workflow: w, fields: {mail: email}, steps: [{email: Welcome, to: "{mail}", subject: "Hello {mail}", text: Hi,'
        " draft for: person:bo}]}", auto_jobs=False,
    ).start(mail="x@y.example")  # fmt: skip
    story.ask(ask_.CompleteTask(task_id=story.task("Welcome"), values={"text": "Hi there"}), by="bo")
    assert story.job("Welcome").config == {
        "to": ["x@y.example"],
        "subject": "Hello x@y.example",
        "text": "Hi there",
        "attach": [],
    }


JOB = "{workflow: w, fields: {n: {type: integer, max: 5}, m: text?}, start: {form: [n?]}, steps: [{automate: Call, do: http, with: {url: x}, take: {n: result.n + (if n = null then 0 else n)}}, {task: Then}]}"


def test_when_a_jobs_answer_does_not_fit_only_the_taking_is_tried_again() -> None:
    story = Story(JOB, auto_jobs=False).start(n=4)
    (job,) = story.world.jobs
    story.world.ask(story.case.id, ask_.FinishJob(activation=job.activation, attempt=1, result={"n": 3}))
    (incident,) = story.case.incidents
    assert story.case.incidents[incident].code == "type_mismatch" and story.world.jobs == []
    story.ask(ask_.RetryIncident(incident=incident), admin=True)
    (incident,) = story.case.incidents
    assert story.world.jobs == [], "its answer is there; it is not asked for again"
    story.ask(ask_.EditData(values={"n": 1}, reason="It was counted twice"), admin=True)
    story.ask(ask_.RetryIncident(incident=incident), admin=True)
    assert (int(story.case.data["n"]), story.open) == (4, ["Then"])
    assert sum(isinstance(row.event, ev.JobRequested) for row in story.world.log) == 1


def test_a_message_that_does_not_fit_is_taken_once_and_no_other_takes_its_place() -> None:
    text = (
        "{workflow: w, fields: {n: {type: integer, max: 5}, p: integer}, start: {form: [p]}, steps: [{wait: W, message: m, for: 1 day, "
        "take: {n: message.n + p}}, {task: Then}]}"
    )
    story = Story(text).start(p=4)
    story.ask(ask_.SendMessage(name="m", data={"n": 3}))
    (incident,) = story.case.incidents
    story.ask(ask_.SendMessage(name="m", data={"n": 9}))
    story.passes("2 days")
    assert story.open == ["W"] and list(story.case.incidents) == [incident]
    story.ask(ask_.EditData(values={"p": 1}, reason="A typing error"), admin=True)
    story.ask(ask_.RetryIncident(incident=incident), admin=True)
    assert (int(story.case.data["n"]), story.open) == (4, ["Then"])


def test_a_child_whose_data_does_not_fit_is_not_started_again() -> None:
    story = Story(
        "{workflow: w, fields: {n: {type: integer, max: 5}, p: integer}, start: {form: [p]}, steps: [{workflow: C, use: c, "
        "take: {n: x + p}}, {task: Then}]}",
        "{workflow: c, fields: {x: integer?}, start: {form: []}, steps: [{task: I, form: [x]}]}",
    ).start(p=4)
    child = list(story.world.cases.values())[-1]
    story.do("I", case=child, x=3)
    (incident,) = story.case.incidents
    story.ask(ask_.EditData(values={"p": 1}, reason="A typing error"), admin=True)
    story.ask(ask_.RetryIncident(incident=incident), admin=True)
    assert len(story.world.cases) == 2
    assert story.open == ["Then"]


@pytest.mark.parametrize(
    ("due", "expected"),
    [("= 1 month", "2026-02-05T09:00"), ("= d", "2026-01-07T09:00"), ("= 2 business days", "2026-01-07T09:00"),
     ("= start + 1 month", "2026-02-10T17:00"), ("2 months", "2026-03-05T09:00")],
)  # fmt: skip
def test_a_due_date_that_is_a_length_of_time_counts_from_the_opening(due: str, expected: str) -> None:
    text = f"{{workflow: w, fields: {{d: duration, start: date}}, start: {{form: [d, start]}}, steps: [{{task: A, due: {due}}}]}}"
    story = Story(text).start(d="2 days", start="2026-01-10")
    (one,) = story.case.activations.values()
    assert (one.due_at or "")[:16] == expected


CHILD = (
    '{workflow: c, fields: {kind: text, why: text?, how: text?}, start: {form: [kind, {name: why, required when: kind = "odd"}, '
    "{name: how, required: true, show when: why != null}]}, steps: [{task: I}]}"
)
PLAIN, ODD = "kind: '\"plain\"'", "kind: '\"odd\"'"


@pytest.mark.parametrize(
    ("given", "missing"),
    [(PLAIN, None), (ODD, "Why"), (f"{ODD}, why: kind", "How"), (f"{ODD}, why: kind, how: kind", None)],
)  # fmt: skip
def test_a_case_started_by_another_needs_what_its_form_needs_then(given: str, missing: str | None) -> None:
    story = Story(
        f"{{workflow: w, fields: {{kind: text}}, start: {{form: [kind]}}, steps: [{{workflow: C, use: c, with: {{{given}}}}}]}}",
        CHILD,
    )
    story.start(kind="x")
    if missing is None:
        assert len(story.world.cases) == 2
    else:
        (incident,) = story.case.incidents.values()
        assert (incident.code, f"without {missing}." in incident.sentence) == ("waiting_for_data", True), (
            incident.sentence
        )
