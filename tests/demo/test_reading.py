"""History files: what they say is read, and whatever is wrong is said with its line and what would be right."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from procession.demo import preparing
from procession.demo.answers import Drawing
from procession.demo.habits import Cause, Lying
from procession.demo.histories import Plan, starts
from procession.demo.history_file import NOTHING, SHIPPED, habits_of
from procession.demo.looking import HistoryFileError
from procession.demo.reading import read_histories, read_history
from tests.demo.past import NOW, histories, written

DEFINITIONS, TEXTS = written().definitions, written().texts
HEAD = "history: expense-management\ncases: [{begin: 4, days ago: [9, 1]}]\nfinds: Nothing.\n"


def said(text: str) -> str:
    with pytest.raises(HistoryFileError) as wrong:
        read_history(text, "a.history.yaml", DEFINITIONS, TEXTS)
    return str(wrong.value)


def test_what_a_file_says_is_what_is_drawn_from() -> None:
    one = read_history(
        HEAD
        + "planted: [{at: into reimbursement, share: 0.5, days: [1, 2]}]\n"
        + "other plants: {calm: {finds: Calm.}}\n"
        + "places:\n"
        + "  budget-approval: {looks: 30 minutes}\n"
        + "  budget-approval/look-up-the-budget: {works: [2 business days, 0.4]}\n"
        + "answers: {budget-approval: {budget: {around: 100, step: 50}}}\n",
        "a.history.yaml",
        DEFINITIONS,
        TEXTS,
    )
    assert one.places["budget-approval"].looks == Lying(0.5)
    assert one.places["budget-approval/look-up-the-budget"].works == Lying(16.0, 0.4)
    cause = Cause(place="into expense-management reimbursement", share=0.5, least=1, most=2)
    assert one.causes(SHIPPED) == (cause,)
    assert one.causes("calm") == one.causes(NOTHING) == ()
    assert one.causes("unknown elsewhere") == (cause,)
    answers = habits_of([one]).answers["budget-approval"]["budget"]
    drawn = {answers.draw(Drawing(NOW, Random(seed), {})) for seed in range(20)}
    assert all(float(str(value)) % 50 == 0 for value in drawn)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "1: The file is empty. (begin with history:"),
        ("cases: []\nfinds: x", "1: history is missing. (add history:)"),
        ("history: expense\ncases: []\nfinds: x", "1: There is no definition 'expense'. (did you mean"),
        (HEAD + "plnted: []", "'plnted' is not known here. (did you mean planted?)"),
        (HEAD.replace("[9, 1]", "[1, 9]"), "2: From 1 to 9 days ago is no stretch of time."),
        (HEAD.replace("[9, 1]}", "[9, 1], on: Sundays}"), "'Sundays' is no rhythm. (write Mondays,"),
        (HEAD + "places: {into payroll: {looks: 1 hour}}", "There is no member of expense-management 'payroll'."),
        (HEAD + "places: {budget-approval/look: {looks: 1 hour}}", "There is no step of budget-approval 'look'."),
        (HEAD + "places: {budget-approval: {outcomes: {a: 1}}}", "outcomes belongs to a step"),
        (HEAD + "places: {budget-approval/agree-to-the-spending: {outcomes: {yes: 1}}}", "There is no outcome of"),
        (HEAD + "places: {budget-approval: {looks: 1 day}}", "1 day is no working time above zero."),
        (HEAD + "places: {budget-approval: {looks: soon}}", "'soon' is not a length of time"),
        (HEAD + "places: {budget-approval: {looks: [1 hour, 9]}}", "9 is no spread of a logarithm."),
        (HEAD + "planted: [{at: into audit, share: 2, days: [1, 2]}]", "2 is no share."),
        (HEAD + "planted: [{at: into audit, share: 1, days: [3, 2]}]", "From 3 to 2 days is no range."),
        (HEAD + "other plants: {nothing: {finds: x}}", "The plant 'nothing' is always there."),
        (HEAD + "answers: {budget-approval: {budgt: [1]}}", "There is no field of budget-approval 'budgt'."),
        (HEAD + "answers: {budget-approval: {cost_centre: [sale]}}", "There is no option of cost_centre 'sale'."),
        (HEAD + "answers: {budget-approval: {budget: {}}}", "This says not how to answer."),
        (HEAD + "answers: {budget-approval: {budget: {around: 5, colour: red}}}", "'colour' is not known here."),
        (HEAD + "answers: {reimbursement: {lines: {rows: [1, 2], of: {price: [1]}}}}", "There is no column 'price'."),
        (HEAD + "stuck: [{at: budget-approval, begun: 3}]", "There is no step of budget-approval ''."),
    ],
)
def test_what_is_wrong_is_said(text: str, wrong: str) -> None:
    assert wrong in said(text)


TICKETS = "history: support-ticket\ncases: [{begin: 4, days ago: [9, 1]}]\nfinds: Nothing.\n"
CHANGE = '{at: "  In progress:", from: "assign: group:support", to: "assign: least busy of group:support"}'
PILOT = (
    TICKETS
    + f"pilot:\n  finds: Quicker.\n  begun: 5\n  by: felix\n  share: 0.5\n  why: One name.\n  change: {CHANGE}\n"
    "  places: {support-ticket/in-progress: {looks: 1 hour}}\n"
    "  feedback: {share: 0.2, better: 0.8, when better: [Good., null], when not: [null]}\n"
)


def test_a_version_that_is_tried_is_the_one_for_everybody_with_one_change() -> None:
    trial = read_history(PILOT, "a.history.yaml", DEFINITIONS, TEXTS).trial
    assert trial is not None
    before, after = TEXTS["support-ticket"].splitlines(), trial.text.splitlines()
    differ = [(old.strip(), new.strip()) for old, new in zip(before, after, strict=True) if old != new]
    assert differ == [("assign: group:support", "assign: least busy of group:support")]
    assert before.index("  In progress:") < next(
        n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new
    )
    assert trial.places["support-ticket/in-progress"].looks == Lying(1.0)
    assert (trial.feedback.when_better, trial.feedback.when_not) == (("Good.", ""), ("",))


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("by: felix", "by: felx", "There is no person 'felx'. (did you mean felix?)"),
        ("share: 0.5", "share: 1", "A share of all or of nothing leaves nothing to compare."),
        ("begun: 5", "begun: 0", "0 days ago is not in the past."),
        ("  In progress:", "  Under way:", "'  Under way:' does not stand in support-ticket."),
        ('from: "assign: group:support"', 'from: "assign: group:sales"', "does not stand below '  In progress:'."),
        ("assign: least busy of", "asign: least busy of", "With the change support-ticket cannot be read:"),
        ("when better: [Good., null]", "when better: []", "The list is empty."),
        ("support-ticket/in-progress", "support-ticket/progress", "There is no step of support-ticket 'progress'."),
    ],
)
def test_what_is_wrong_with_a_pilot_is_said(old: str, new: str, wrong: str) -> None:
    assert old in PILOT
    assert wrong in said(PILOT.replace(old, new))


def test_only_a_workflow_that_stands_alone_is_tried() -> None:
    assert "this is a process" in said(HEAD + "pilot: {finds: x}")


def test_two_files_do_not_say_the_same(tmp_path: Path) -> None:
    for name in ("expenses", "time-off"):
        shutil.copytree(preparing.examples() / name, tmp_path / name)
    file = tmp_path / "time-off" / "time-off.history.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("places:", "places:\n  expense-rule: {looks: 1 hour}"))
    with pytest.raises(HistoryFileError, match=r"expense-rule stands in .* too"):
        read_histories(tmp_path, DEFINITIONS, TEXTS)


def test_every_example_has_a_history_and_says_what_a_right_diagnosis_finds() -> None:
    begun = {one.definition for one in histories()}
    assert begun == {name for name, one in DEFINITIONS.items() if one.start.by != "nobody"} - {
        "shower",
        "breakfast",
        "e-signature",
    }
    assert all(len(one.plants[SHIPPED].finds) > 10 for one in histories())


def test_cases_that_a_meeting_hands_in_begin_on_its_day() -> None:
    clients = [one for one in histories() if one.definition == "client-onboarding"]
    at = [one.at for one in starts(Plan(others=30, inbox=False), clients, NOW)]
    assert len(at) > 50
    days = {one.date() for one in at}
    assert {(day - date(1970, 1, 5)).days % 14 for day in days} <= {0, 1}, "a public holiday moves it to the next day"
    assert datetime(2026, 11, 9, tzinfo=UTC).date() in days
