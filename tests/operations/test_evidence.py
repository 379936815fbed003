"""From recorded events to what waste is found by."""

from __future__ import annotations

from procession.analytics.waiting.causes import Cause
from procession.analytics.waste.material import AGAINST, HOUR, IN_FAVOUR, NO_DECISION, Material
from procession.engine import commands as ask_
from procession.engine.definition import Workflow
from procession.engine.moment import Actor
from procession.operations.insights.evidence import material_of
from procession.operations.insights.facts import EVIDENCE, of_world
from procession.operations.insights.loader import Setting, load
from tests.engine.story import Story

PURCHASE = """
workflow: purchase
owner: team
fields:
  number: {type: text}
  price: {type: money, currency: EUR}
  again: {type: text, label: Number once more}
  reason: {type: text, required: false}
  secret: {type: text, required: false, see: [group:team]}
start: {form: [number, price]}
steps:
  - task: E-mail the papers
    assign: person:bo
    form: [again, secret]
  - approval: Sign
    assign: person:dee
    form: [reason]
    on reject: E-mail the papers
  - task: File
    assign: person:bo
"""


def material(story: Story) -> Material:
    programs = story.world.programs
    workflows = {name: one.definition for name, one in programs.items() if isinstance(one.definition, Workflow)}
    setting = Setting(definition=programs["purchase"].definition, workflows=workflows)
    loaded = load(of_world(story.world.log), setting)
    assert loaded.left_out == ()
    return material_of(loaded.log, of_world(story.world.log, EVIDENCE), setting)


def refused_once() -> Story:
    story = Story(PURCHASE).start(number="A-17", price="120")
    story.do("E-mail the papers", "bo", again="A-17", secret="hush")
    story.passes("1 hour")
    task = f"{story.case.id}.{story.key('Sign', 'dee')}"
    story.world.ask(story.case.id, ask_.LookAtTask(task_id=task), Actor("ana"))
    story.passes("1 hour")
    story.do("Sign", "dee", outcome="reject", reason="No papers")
    story.do("E-mail the papers", "bo", again="A-17")
    story.do("Sign", "dee", outcome="approve")
    story.do("File", "bo")
    return story


def test_decisions_have_their_outcome_reason_amount_and_whose_work_it_was() -> None:
    found = material(refused_once())
    decisions, table = found.decisions, found.table
    assert decisions is not None
    mailed, signed = (table.step_names.index(name) for name in ("E-mail the papers", "Sign"))
    rows = [row for row in range(len(table)) if table.step[row] == signed]
    assert decisions.outcome[rows].tolist() == [AGAINST, IN_FAVOUR]
    assert [decisions.reason[row] for row in rows] == ["No papers", ""]
    assert decisions.amount[rows].tolist() == [120.0, 120.0]
    assert [int(table.step[decisions.origin[row]]) for row in rows] == [mailed, mailed]
    assert decisions.told[rows[0]], "it came back to bo"
    others = [row for row in range(len(table)) if table.step[row] != signed]
    assert set(decisions.outcome[others].tolist()) == {NO_DECISION}


def test_typed_values_are_told_from_what_stood_there_and_hidden_fields_are_left_out() -> None:
    entries = material(refused_once()).entries
    assert entries is not None
    assert entries.started is not None
    given = [
        (entries.fields[int(entries.field[i])], entries.value[i], bool(entries.typed[i]), bool(entries.started[i]))
        for i in range(len(entries.row))
    ]
    assert ("Number", "A-17", True, True) in given
    assert [one for one in given if one[0] == "Number once more"] == [
        ("Number once more", "A-17", True, False)  # the second time it stood there
    ]
    assert not [one for one in given if one[0] == "Secret"]


def test_looks_of_others_and_mails_by_people_are_kept() -> None:
    found = material(refused_once())
    table = found.table
    assert found.looks is not None
    assert found.sent is not None
    assert [table.step_names[int(table.step[row])] for row in found.looks.row] == ["Sign"]
    sent = {table.step_names[int(table.step[row])] for row in range(len(table)) if found.sent[row]}
    assert sent == {"E-mail the papers"}


def test_a_second_pair_of_eyes_is_no_waste() -> None:
    story = Story(PURCHASE.replace("    form: [reason]\n", "    form: [reason]\n    not by: [starter]\n"))
    story.start(number="A-17", price="120")
    story.do("E-mail the papers", "bo", again="A-17")
    story.do("Sign", "dee", outcome="approve")
    story.do("File", "bo")
    assert material(story).regulated == frozenset({"Sign"})


def test_what_is_sent_back_counts_as_refused() -> None:
    story = Story(PURCHASE).start(number="A-17", price="120")
    story.do("E-mail the papers", "bo", again="A-17")
    task = f"{story.case.id}.{story.key('Sign', 'dee')}"
    program = story.world.programs["purchase"].definition
    assert isinstance(program, Workflow)
    goal = program.body.steps[0].id
    story.passes("1 hour")
    story.world.ask(story.case.id, ask_.SendBack(task_id=task, to=goal, reason="Wrong price"), Actor("dee"))
    story.passes("1 hour")
    story.do("E-mail the papers", "bo", again="A-17")
    story.do("Sign", "dee", outcome="approve")
    story.do("File", "bo")
    decisions = material(story).decisions
    assert decisions is not None
    assert sorted(decisions.outcome[decisions.outcome != NO_DECISION].tolist()) == [IN_FAVOUR, AGAINST]
    assert "Wrong price" in decisions.reason


def test_a_case_that_somebody_paused_waited_for_nobody_then() -> None:
    story = Story(PURCHASE).start(number="A-17", price="120")
    story.do("E-mail the papers", "bo", again="A-17")
    story.passes("1 hour").ask(ask_.PauseCase(reason="the auditors are here"))
    story.passes("21 days").ask(ask_.ResumeCase())
    story.passes("2 hours").do("Sign", "dee", outcome="approve")
    story.do("File", "bo")
    found = material(story)
    row = found.table.step[: len(found.table)].tolist().index(found.table.step_names.index("Sign"))
    assert found.waited[row] / HOUR == 3
    assert found.causes.waits[row, Cause.PAUSED] / HOUR == 21 * 24
    assert found.cycle / HOUR == 3


def test_what_the_definition_leads_back_to_is_a_loop_and_what_somebody_sent_back_is_none() -> None:
    story = refused_once()
    plain = material(story)
    assert plain.loops == {"E-mail the papers"}
    assert plain.returned is not None and not plain.returned.any()
    story = Story(PURCHASE).start(number="A-17", price="120")
    story.do("E-mail the papers", "bo", again="A-17")
    story.passes("1 hour")
    task = f"{story.case.id}.{story.key('Sign', 'dee')}"
    story.world.ask(
        story.case.id, ask_.SendBack(task_id=task, to="e-mail-the-papers", reason="Unreadable"), Actor("dee")
    )
    story.passes("1 hour").do("E-mail the papers", "bo", again="A-17")
    story.do("Sign", "dee", outcome="approve")
    story.do("File", "bo")
    found = material(story)
    assert found.returned is not None
    assert [found.table.step_names[int(found.table.step[row])] for row in found.returned.nonzero()[0]] == [
        "E-mail the papers"
    ]


def test_who_says_that_something_is_missing_waited_for_it() -> None:
    story = Story(PURCHASE).start(number="A-17", price="120")
    story.ask(ask_.AddComment(text="The number of the supplier is missing."), "bo")
    story.ask(ask_.AddComment(text="Is anything missing?"), "ana")
    story.passes("1 day").do("E-mail the papers", "bo", again="A-17")
    story.do("Sign", "dee", outcome="approve")
    story.do("File", "bo")
    found = material(story)
    assert found.lacking is not None
    assert [found.table.step_names[int(found.table.step[row])] for row in found.lacking.nonzero()[0]] == [
        "E-mail the papers"
    ]


def test_every_row_knows_all_that_it_waited_for() -> None:
    found = material(refused_once())
    assert found.links is not None
    first, links = found.links
    assert first.tolist() == [0, 0, 1, 2, 3, 4]
    assert links.tolist() == found.table.released_by[1:].tolist()
