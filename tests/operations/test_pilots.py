"""Trying a version with some: who takes part, how the sides compare, and how a pilot ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from procession.engine.pilots import Pilot, lot_of, takes_part
from procession.engine.rejections import (
    Conflict,
    Forbidden,
    InvalidDefinition,
    InvalidField,
    MissingField,
    NotFound,
    Rejection,
)
from procession.operations.pilot_answers import guard
from tests.operations.conftest import ORGANISATION, PURCHASE, Office

NOTE = """\
workflow: note
title: Note
owner: finance
fields: {{text: text, site: text}}
start: {{form: [text, site]}}
steps:
  - {{task: Write, assign: starter}}
{more}"""
OLD = NOTE.format(more="")
NEW = NOTE.format(more='  - {task: Read, assign: "group:finance"}\n')
NEWER = NOTE.format(more='  - {task: Read, assign: "group:finance", due: 1 hour}\n')


def file(text: str) -> dict[str, str]:
    return {"name": "note.yaml", "text": text}


@pytest.fixture
def notes(office: Office) -> Office:
    office.ask("finn", "definition.publish", files=[file(OLD)])
    return office


def started(office: Office, by: str = "ana", site: str = "Oslo", count: int = 1) -> list[int]:
    """The versions that so many new cases took."""
    return [version_of(office, begin(office, by, site)) for _ in range(count)]


def begin(office: Office, by: str = "ana", site: str = "Oslo") -> str:
    return office.ask(by, "case.start", workflow="note", data={"text": "x", "site": site}).id


def version_of(office: Office, case: str) -> int:
    with office.store.transaction(ORGANISATION) as tx:
        return tx.cases.get(case).version


def pilot(office: Office, **more: Any) -> Any:
    return office.ask("finn", "pilot.begin", **({"file": file(NEW), "share": 0.5} | more))


# --- who takes part ---------------------------------------------------------------------------------------------------


def test_the_lot_is_fair_and_stays() -> None:
    lots = [lot_of("a pilot", f"case {number}") for number in range(20_000)]
    assert abs(sum(lot < 0.3 for lot in lots) / 20_000 - 0.3) < 0.01
    assert lots == [lot_of("a pilot", f"case {number}") for number in range(20_000)]
    others = [lot_of("another", f"case {number}") for number in range(20_000)]
    assert abs(sum(a < 0.5 and b < 0.5 for a, b in zip(lots, others, strict=True)) / 20_000 - 0.25) < 0.01


def test_widening_keeps_those_who_take_part() -> None:
    """Whoever was in at a tenth is in at a half."""
    narrow = Pilot(id="p", definition="d", version=2, share=0.1)
    wide = Pilot(id="p", definition="d", version=2, share=0.5)
    cases = [f"case {number}" for number in range(2_000)]
    in_narrow = {one for one in cases if takes_part(narrow, one, "ana", None, {})}
    in_wide = {one for one in cases if takes_part(wide, one, "ana", None, {})}
    assert in_narrow < in_wide


def test_a_half_of_the_new_cases_take_the_version_that_is_tried(notes: Office) -> None:
    running = begin(notes)
    notes.later(minutes=1)
    found = pilot(notes)
    assert (found.status, found.baseline, found.definition.version, found.audience) == ("running", 1, 2, "everybody")
    versions = started(notes, count=60)
    assert 15 <= versions.count(2) <= 45
    assert versions.count(1) + versions.count(2) == 60
    assert version_of(notes, running) == 1
    view = notes.ask("finn", "pilot.get", pilot=found.id)
    assert (view.pilot.cases, view.control.cases) == (versions.count(2), versions.count(1))
    assert view.verdict == "too early" and view.design == "randomised"


def test_everybody_else_sees_the_version_for_everybody(notes: Office) -> None:
    pilot(notes)
    assert notes.ask("ana", "definition.get", definition="note").ref.version == 1
    lines = notes.ask("ana", "definition.list")
    assert [one.version for one in lines if one.id == "note"] == [1]
    versions = notes.ask("finn", "definition.versions", definition="note")
    assert [(one.version, one.tried, one.withdrawn) for one in versions] == [(2, True, False), (1, False, False)]


def test_it_can_be_meant_for_people_groups_and_sites(notes: Office) -> None:
    found = pilot(notes, share=1, people=["sven@example.com"], groups=["buyers"], field="site", values=["Bergen"])
    assert found.audience == "Sven Sund, the group buyers and cases whose Site is Bergen"
    assert started(notes, "sven") == [2]
    assert started(notes, "eve") == [2]
    assert started(notes, "ana", "Bergen") == [2]
    assert started(notes, "ana", "Oslo") == [1]
    view = notes.ask("finn", "pilot.get", pilot=found.id)
    assert (view.pilot.cases, view.control.cases) == (3, 1)


def test_members_of_one_process_case_take_the_same_side() -> None:
    half = Pilot(id="p", definition="d", version=2, share=0.5)
    sides = {takes_part(half, "the process case", starter, None, {}) for starter in ("ana", "bo", "carl")}
    assert len(sides) == 1


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "refusal", "words"),
    [
        ({"share": 0}, InvalidField, "above 0"),
        ({"share": 1.5}, InvalidField, "above 0"),
        ({"share": 1}, InvalidField, "would be everybody"),
        ({"people": ["nobody"]}, InvalidField, "nobody called 'nobody'"),
        ({"groups": ["pirates"]}, InvalidField, "no group 'pirates'"),
        ({"field": "colour", "values": ["red"]}, InvalidField, "does not ask 'colour'"),
        ({"field": "site"}, MissingField, "Name the values"),
        ({"values": ["Oslo"]}, MissingField, "need the field"),
        ({"guards": {"bored": 0.1}}, InvalidField, "no guard 'bored'"),
        ({"guards": {"slower": 2}}, InvalidField, "fraction"),
        ({"file": file(OLD)}, InvalidDefinition, "everybody has already"),
        ({"file": file(OLD.replace("workflow: note", "workflow: other"))}, InvalidDefinition, "is not published"),
        ({"file": file("calendar: x\n")}, InvalidDefinition, "zone is missing"),
        ({"file": file(NEW.replace("form: [text, site]", "form: [text]"))}, InvalidDefinition, "start of Note differs"),
        ({"file": file(NEW.replace("site: text", "site: {type: choice, options: [a]}"))}, InvalidDefinition, "differs"),
        ({"file": file(NEW.replace("assign: starter", "asign: starter"))}, InvalidDefinition, "asign"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    notes: Office, more: dict[str, Any], refusal: type[Rejection], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        pilot(notes, **more)
    assert notes.ask("finn", "pilot.list") == ()
    assert len(notes.ask("finn", "definition.versions", definition="note")) == 1


def test_only_owners_begin_and_end_one(notes: Office) -> None:
    with pytest.raises(Forbidden, match="the group finance"):
        notes.ask("ana", "pilot.begin", file=file(NEW), share=0.5)
    found = pilot(notes)
    with pytest.raises(Forbidden):
        notes.ask("ana", "pilot.roll_out", pilot=found.id)
    assert not notes.ask("ana", "pilot.get", pilot=found.id).can_act


def test_those_who_may_not_see_all_cases_see_no_pilot_of_them(office: Office) -> None:
    changed = PURCHASE.replace("due: 1 business day", "due: 2 business days")
    found = office.ask("finn", "pilot.begin", file={"name": "p.yaml", "text": changed}, share=0.5, accept="tests")
    assert office.ask("ana", "pilot.list") == ()
    with pytest.raises(NotFound):
        office.ask("ana", "pilot.get", pilot=found.id)


def test_one_is_tried_at_a_time_and_nothing_is_published_beside_it(notes: Office) -> None:
    pilot(notes)
    with pytest.raises(Conflict, match="Version 2 of Note is being tried"):
        pilot(notes, file=file(NEWER))
    with pytest.raises(Conflict, match="is being tried with some"):
        notes.ask("finn", "definition.publish", files=[file(NEWER)])
    with pytest.raises(Conflict, match="is being tried with some"):
        notes.ask("finn", "definition.retire", definition="note")


# --- how it goes on and ends ------------------------------------------------------------------------------------------


def test_rolled_out_it_is_for_everybody(notes: Office) -> None:
    found = pilot(notes, share=0.1)
    notes.later(days=1)
    assert notes.ask("finn", "pilot.widen", pilot=found.id, share=0.5).since == notes.at
    ended = notes.ask("finn", "pilot.widen", pilot=found.id, share=1)
    assert (ended.status, ended.ended_at) == ("rolled out", notes.at)
    assert started(notes, count=5) == [2] * 5
    assert notes.ask("finn", "definition.publish", files=[file(NEWER)]).definitions[0].version == 3
    with pytest.raises(Conflict, match="was published since"):
        notes.ask("finn", "pilot.roll_back", pilot=found.id)


def test_rolled_back_its_cases_go_on_with_their_version(notes: Office) -> None:
    found = pilot(notes, share=1, people=["ana"])
    case = begin(notes)
    notes.ask("finn", "pilot.roll_back", pilot=found.id, reason="too slow")
    assert started(notes, count=5) == [1] * 5
    notes.ask("ana", "task.complete", task_id=notes.task_of(case))
    assert [one.title for one in notes.ask("bo", "case.get", case_id=case).tasks] == ["Read"]
    versions = notes.ask("finn", "definition.versions", definition="note")
    assert [(one.version, one.withdrawn) for one in versions] == [(2, True), (1, False)]
    (line,) = notes.ask("finn", "pilot.list", definition="note")
    assert line.status == "rolled back"
    assert pilot(notes).definition.version == 3  # the same text may be tried again


def test_paused_nobody_takes_part_until_it_is_resumed(notes: Office) -> None:
    found = pilot(notes, share=1, people=["ana"])
    notes.ask("finn", "pilot.pause", pilot=found.id, reason="month end")
    assert started(notes) == [1]
    notes.later(hours=1)
    view = notes.ask("finn", "pilot.resume", pilot=found.id)
    assert (view.status, view.since) == ("running", notes.at)
    assert started(notes) == [2]
    assert [one.what for one in view.history] == [
        "resumed; the comparison began anew", "paused: month end", "began with version 2",
    ]  # fmt: skip


def test_adjusted_the_comparison_begins_anew_and_says_so(notes: Office) -> None:
    found = pilot(notes, share=1, people=["ana"])
    case = begin(notes)
    notes.later(days=1)
    view = notes.ask("finn", "pilot.adjust", pilot=found.id, file=file(NEWER))
    assert (view.definition.version, view.since, view.pilot.cases) == (3, notes.at, 0)
    assert view.history[0].what == "tries version 3 instead of 2; the comparison began anew"
    assert version_of(notes, case) == 2
    assert started(notes) == [3]
    with pytest.raises(InvalidDefinition, match="already"):
        notes.ask("finn", "pilot.adjust", pilot=found.id, file=file(NEWER))


def test_what_was_rolled_out_is_taken_back_in_one_go(notes: Office) -> None:
    found = pilot(notes)
    notes.ask("finn", "pilot.roll_out", pilot=found.id)
    ended, case = notes.ask("finn", "pilot.get", pilot=found.id), begin(notes)
    assert ended.can_take_back and version_of(notes, case) == 2
    notes.later(days=2)
    view = notes.ask("finn", "pilot.roll_back", pilot=found.id, reason="it fills the inbox")
    assert (view.status, view.can_take_back, view.ended_at) == ("rolled back", False, ended.ended_at)
    assert view.history[0].what == "taken back from everybody: version 1 is for everybody again (it fills the inbox)"
    assert started(notes) == [1]
    assert version_of(notes, case) == 2, "running cases keep their version"
    with pytest.raises(Conflict, match="rolled back already"):
        notes.ask("finn", "pilot.roll_back", pilot=found.id)


def test_nothing_is_taken_back_that_something_newer_was_built_upon(notes: Office) -> None:
    found = pilot(notes)
    notes.ask("finn", "pilot.roll_out", pilot=found.id)
    with pytest.raises(Forbidden):
        notes.ask("ana", "pilot.roll_back", pilot=found.id)
    second = notes.ask("finn", "pilot.begin", file=file(NEWER), share=0.5, accept="tests")
    assert not notes.ask("finn", "pilot.get", pilot=found.id).can_take_back
    with pytest.raises(Conflict, match="is being tried, compared with this one"):
        notes.ask("finn", "pilot.roll_back", pilot=found.id)
    notes.ask("finn", "pilot.roll_out", pilot=second.id)
    with pytest.raises(Conflict, match="was published since"):
        notes.ask("finn", "pilot.roll_back", pilot=found.id)
    assert started(notes) == [3]


# --- what people say, and guard rails ---------------------------------------------------------------------------------


def test_those_who_took_part_are_asked_and_nobody_else(notes: Office) -> None:
    found = pilot(notes, share=1, people=["ana"])
    case, other = begin(notes), begin(notes, "sven")
    notes.ask("ana", "pilot.answer", case_id=case, better=False)
    notes.ask("ana", "pilot.answer", case_id=case, better=True, text="Much quicker")
    with pytest.raises(Forbidden, match="Only those who started"):
        notes.ask("sven", "pilot.answer", case_id=case, better=True)
    with pytest.raises(NotFound, match="not asked about"):
        notes.ask("sven", "pilot.answer", case_id=other, better=True)
    view = notes.ask("finn", "pilot.get", pilot=found.id)
    assert (view.better, view.answered) == (1, 1)
    assert [(one.person.name, one.text) for one in view.said] == [("Ana Alm", "Much quicker")]


def test_a_guard_rail_pauses_it_and_says_why(notes: Office) -> None:
    found = pilot(notes, share=1, people=["ana"])
    for _ in range(5):
        notes.ask("ana", "pilot.answer", case_id=begin(notes), better=False)
    assert guard(notes.store, ORGANISATION, notes.at) == [found.id]
    view = notes.ask("finn", "pilot.get", pilot=found.id)
    assert view.status == "paused"
    assert view.history[0].what == "paused by itself: 5 of the 5 who answered found it no better"
    assert started(notes) == [1]
    assert guard(notes.store, ORGANISATION, notes.at) == []


def test_a_version_that_takes_longer_is_paused(notes: Office) -> None:
    """Thirty cases a side: the version that is tried lies for ten days before its second step is done."""
    found = pilot(notes)
    for _ in range(70):
        case = begin(notes)
        notes.ask("ana", "task.complete", task_id=notes.task_of(case))
        notes.later(hours=1)
    notes.later(days=10)
    for task in notes.ask("finn", "task.list", view="team", limit=100).items:
        notes.ask("finn", "task.complete", task_id=task.id)
    notes.later(days=30)
    view = notes.ask("finn", "pilot.get", pilot=found.id)
    assert view.verdict == "worse", view.sentence
    assert view.sentence.startswith("It is worse: cases take ")
    assert guard(notes.store, ORGANISATION, notes.at) == [found.id]
    history = notes.ask("finn", "pilot.get", pilot=found.id).history
    assert history[0].what.startswith("paused by itself: cases surely take at least")
    assert timedelta(seconds=view.followed_for) == timedelta(days=30)


def test_who_began_a_pilot_and_who_owns_it_hear_that_it_paused_itself(notes: Office) -> None:
    found = pilot(notes, share=1, people=["ana"])
    for _ in range(5):
        case = begin(notes)
        notes.ask("ana", "pilot.answer", case_id=case, better=False)
    at = notes.context("finn").at
    assert guard(notes.store, ORGANISATION, at) == [found.id]
    assert guard(notes.store, ORGANISATION, at) == []
    (told,) = [one for one in notes.ask("finn", "notification.list").items if one.what == "pilot"]
    assert told.text.startswith("The pilot of Note has paused by itself: 5 of the 5 who answered found it no better.")
    assert told.case.id == case
    assert [one for one in notes.ask("ana", "notification.list").items if one.what == "pilot"] == []
    with notes.store.transaction(ORGANISATION) as tx:
        kinds = tx.rows_of("SELECT kind FROM jobs WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
                           "AND kind = 'tell_people'", case=case)  # fmt: skip
    assert kinds, "a mail about it is on its way like any other"
