"""What the language says of arrows, blocks, loops, milestones and messages, one sentence a test."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.rejections import IllegalTransition, MissingField, UnknownField
from tests.engine.story import Story


def test_a_skipped_step_is_as_though_it_were_not_there() -> None:
    """Its `next`, `set` and `milestone` do nothing."""
    story = Story("""
workflow: w
fields: {x: text?}
start: {form: []}
steps:
  - {task: A, when: 1 > 2, next: end, set: {x: '"set"'}, milestone: m}
  - task: B
""").start()
    assert (story.open, story.case.data, story.case.milestones) == (["B"], {}, {})
    (skipped,) = story.events(ev.StepSkipped)
    assert skipped.reason == "1 > 2 is not true"


def test_completing_happens_in_one_fixed_order() -> None:
    """Form data, calculated fields, `set`, calculated fields, milestone, arrow."""
    story = Story("""
workflow: w
fields:
  a: number?
  b: number?
  double: {type: calculated, is: "= a * 2"}
  sum: {type: calculated, is: "= double + b"}
start: {form: []}
steps:
  - {task: First, form: [a], set: {b: double + 1}, milestone: m}
  - task: Second
""").start()
    before = len(story.world.log)
    story.do("First", a="5")
    kinds = [(row.event.type, getattr(row.event, "origin", "")) for row in story.world.log[before:]]
    assert kinds == [
        ("DataWritten", "typed"), ("DataWritten", "calculated"), ("TaskCompleted", ""), ("DataWritten", "set"),
        ("DataWritten", "calculated"), ("MilestoneReached", ""), ("StepFinished", ""), ("StepOpened", ""),
    ]  # fmt: skip
    assert (story.case.data["b"], story.case.data["sum"]) == ("11", {"number": "21"})


def test_an_action_sees_the_form_just_filled_in_and_a_refused_one_leaves_no_trace() -> None:
    text = """
workflow: w
fields: {a: number?}
start: {form: []}
initial: New
states:
  New: {form: [a], actions: [{action: Go, to: Done, when: a > 1}, {action: Stay, to: New}]}
  Done: {outcome: done}
"""
    story = Story(text).start()
    before = story.case.to_json()
    with pytest.raises(IllegalTransition) as refused:
        story.do("New", outcome="Go", a="1")
    assert refused.value.details["allowed"] == ["Stay"]
    assert story.case.to_json() == before
    assert story.do("New", outcome="Go", a="2").case.outcome == "done"


def test_steps_written_in_place_go_on_below_their_owner_and_nest() -> None:
    story = Story("""
workflow: w
steps:
  - task: A
    outcomes: [fine, bad]
    on bad:
      parallel: Mend
      id: mend
      steps: [{task: M1, outcomes: [ok, worse], on worse: {task: Deeper}}, {task: M2}]
  - task: B
""").start()
    story.do("A", outcome="bad").do("M1", outcome="worse")
    assert story.open == ["Deeper", "M2"]
    story.do("Deeper").do("M2")
    assert story.open == ["B"]
    story.replayed()


def test_from_a_step_in_place_one_can_send_back_to_its_owner() -> None:
    story = Story("{workflow: w, steps: [{task: A, outcomes: [ok, bad], on bad: {task: Mend}}, {task: B}]}").start()
    story.do("A", outcome="bad")
    story.ask(ask_.SendBack(task_id=story.task("Mend"), to="A", reason="it was fine"))
    assert story.open == ["A"]


REVIEW = """
workflow: w
steps:
  - task: Write
  - parallel: Reviews
    steps:
      - {task: Read, outcomes: [fine, poor], on poor: Write, at most: 1, on exhausted: end refused}
      - {task: Count, assign: "person:bo"}
  - {task: Publish, outcomes: [done, again], on again: Reviews, at most: 1}
"""


def test_an_arrow_out_of_a_block_withdraws_it_and_tells_its_people() -> None:
    story = Story(REVIEW).start().do("Write").do("Read", outcome="poor")
    assert story.open == ["Write"]
    (withdrawn, block) = story.events(ev.StepWithdrawn)
    assert (withdrawn.step, withdrawn.told, withdrawn.reason) == ("count", ["bo"], "the case went to Write")
    assert block.step == "reviews"


def test_a_count_belongs_to_the_list_in_which_the_arrow_lands() -> None:
    """The block is entered anew, its arrow lands outside: the count goes on. After it, `on exhausted`."""
    story = Story(REVIEW).start().do("Write").do("Read", outcome="poor").do("Write").do("Read", outcome="poor")
    assert story.case.outcome == "refused"
    story.replayed()


def test_a_count_begins_anew_when_its_list_is_entered_anew() -> None:
    story = Story("""
workflow: w
steps:
  - {task: Begin}
  - parallel: P
    steps: [[{task: A}, {task: B, outcomes: [ok, redo], on redo: A, at most: 1}]]
  - {task: C, outcomes: [ok, again], on again: Begin}
""").start()
    story.do("Begin").do("A").do("B", outcome="redo").do("A").do("B", outcome="redo")
    assert story.open == ["C"], "without `on exhausted` the step below is next"
    story.do("C", outcome="again").do("Begin").do("A").do("B", outcome="redo")
    assert story.open == ["A"]
    story.do("A").do("B", outcome="ok").do("C", outcome="ok")
    assert story.case.loops == {}


def test_reopening_a_case_begins_its_counts_anew() -> None:
    story = Story("{workflow: w, steps: [{task: A}, {task: B, outcomes: [ok, redo], on redo: A, at most: 1}]}").start()
    story.do("A").do("B", outcome="redo").do("A").do("B", outcome="redo")
    assert story.case.outcome == "done"
    story.ask(ask_.ReopenCase(step="B", reason="a complaint"))
    story.do("B", outcome="redo")
    assert story.open == ["A"]
    story.replayed()


def test_a_case_reopens_only_at_a_step_of_its_own_list() -> None:
    story = Story("{workflow: w, steps: [{task: A, on done: {task: Inside}}], on cancel: [{task: Undo}]}").start()
    story.ask(ask_.CancelCase(reason="no"))
    story.do("Undo")
    for step in ("Undo", "Inside", "nowhere"):
        with pytest.raises(UnknownField, match="cannot go on"):
            story.ask(ask_.ReopenCase(step=step, reason="more"))


LATE = """
workflow: w
steps:
  - parallel: P
    done when: any
    rest: finish
    set: {x: '"set"'}
    milestone: decided
    steps:
      - task: A
      - {approval: B, assign: "person:bo"}
      - {task: C, outcomes: [ok, back], on back: P}
  - task: D
"""


def test_what_finishes_late_has_no_effect_outside_its_block() -> None:
    """Neither a rejection nor an arrow out of a branch that nobody waits for moves the case."""
    story = Story(LATE.replace("workflow: w", "workflow: w\nfields: {x: text?}\nstart: {form: []}")).start().do("A")
    assert (story.open, story.case.data, list(story.case.milestones)) == (["B", "C", "D"], {"x": "set"}, ["decided"])
    story.do("B", by="bo", outcome="reject").do("C", outcome="back")
    assert (story.case.is_open, story.open) == (True, ["D"])
    assert story.do("D").case.outcome == "done"
    story.replayed()


def test_a_case_waits_for_the_rest_of_its_blocks() -> None:
    story = Story(
        "{workflow: w, steps: [{parallel: P, done when: any, rest: finish, steps: [{task: A}, {task: B}]}]}"
    ).start()
    story.do("A")
    assert (story.case.is_open, story.open) == (True, ["B"])
    assert story.do("B").case.outcome == "done"


def test_a_block_whose_branches_end_at_once_does_not_end_the_list_before_its_time() -> None:
    story = Story("""
workflow: w
fields: {x: number?}
start: {form: []}
steps:
  - {parallel: P, done when: any, rest: finish, steps: [{set: {x: 1}, id: a}, {set: {x: 2}, id: b}]}
  - {set: {x: 3}, id: c}
  - task: D
""").start()
    assert story.open == ["D"]
    assert [one.branch for one in story.events(ev.BranchEnded)] == ["a", "b"]


def test_completing_or_skipping_a_decided_block_only_ends_its_rest() -> None:
    for command in (ask_.CompleteNow, ask_.SkipStep):
        story = Story(LATE.replace("    set: {x: '\"set\"'}\n", "")).start().do("A")
        story.ask(command(task_id=story.task("P"), reason="enough"))
        assert story.open == ["D"]
        assert story.do("D").case.outcome == "done"


def test_branches_in_which_nothing_opened_do_not_count() -> None:
    story = Story("""
workflow: w
steps:
  - {parallel: P, done when: 1, steps: [{task: A, when: 1 > 2}, {task: B}]}
  - {parallel: None of it, done when: 2, steps: [{task: E, when: 1 > 2}, {task: F, when: 1 > 2}]}
  - task: After
""").start()
    assert story.open == ["B"]
    assert story.do("B").open == ["After"]


def test_a_step_cancels_its_own_block_and_the_case_goes_on_below_it() -> None:
    story = (
        Story("""
workflow: w
steps:
  - task: Before
  - {parallel: P, steps: [{task: Stop, cancel: [P], on done: Before}, {task: Other, assign: "person:bo"}]}
  - task: After
""")
        .start()
        .do("Before")
        .do("Stop")
    )
    assert story.open == ["After"]
    assert story.case.last["p"] == "skipped"
    assert story.told("bo")


def test_cancel_inside_an_each_means_the_same_item() -> None:
    story = Story("""
workflow: w
fields: {rows: {type: table, columns: {x: text}}}
steps:
  - each: E
    of: rows
    steps: [{parallel: P, steps: [{task: "Stop {item.x}", id: stop, cancel: [other]}, {task: "Other {item.x}", id: other}]}]
""").start(rows=[{"x": "1"}, {"x": "2"}])
    story.do("stop")
    assert story.open == ["Other {item.x}", "Stop {item.x}"]
    (skipped,) = story.events(ev.StepSkipped)
    assert story.case.activations[next(iter(story.case.activations))].step == "e"
    assert skipped.step == "other"


def test_a_milestone_is_reached_once_and_others_wait_for_it() -> None:
    story = Story("""
workflow: w
steps:
  - parallel: P
    steps:
      - [{task: A, milestone: ready}, {task: A2, outcomes: [on, redo], on redo: A}]
      - [{task: B}, {wait: Till ready, reached: ready, for: 1 day}, {task: B2}]
  - {wait: Again, reached: ready}
""").start()
    story.do("B")
    assert story.open == ["A", "Till ready"]
    story.do("A")
    assert story.open == ["A2", "B2"]
    story.do("A2", outcome="redo").do("A").do("A2", outcome="on").do("B2")
    assert story.case.outcome == "done", "a milestone that was reached is not waited for"
    assert len(list(story.events(ev.MilestoneReached))) == 1


def test_several_times_in_one_wait_race() -> None:
    story = Story('{workflow: w, fields: {day: date}, steps: [{wait: W, for: 2 days, until: "= day"}]}')
    story.start(day="2026-02-01").passes("2 days")
    assert story.case.outcome == "done"
    story.start(day="2026-01-08").passes("15 hours")
    assert story.case.outcome == "done"


def test_a_date_to_wait_for_is_its_first_moment() -> None:
    story = Story('{workflow: w, fields: {day: date}, steps: [{wait: W, until: "= day"}]}').start(day="2026-01-06")
    assert story.passes("14 hours").case.is_open
    assert story.passes("1 hour").case.outcome == "done"


def test_a_wait_without_a_time_is_an_incident() -> None:
    story = Story(
        '{workflow: w, fields: {day: date?}, start: {form: [day]}, steps: [{wait: W, until: "= day"}]}'
    ).start()
    assert [one.code for one in story.case.incidents.values()] == ["no_answer"]


def test_a_message_goes_to_the_oldest_wait_not_to_the_oldest_case() -> None:
    story = Story("{workflow: w, fields: [k], steps: [{task: A}, {wait: W, message: m, match: k}]}")
    first, second = story.start(k="1").case, story.start(k="1").case
    story.do("A", case=second).passes("1 hour").do("A", case=first)
    assert story.world.send("m", "1")
    assert (first.is_open, second.is_open) == (True, False)


def test_a_message_that_nobody_waits_for_is_kept_seven_days() -> None:
    text = "{workflow: w, fields: [k], start: {form: [k]}, steps: [{task: A}, {wait: W, message: m, match: k, take: {k: message.n}}, {wait: V, message: v}]}"
    kept = Story(text).start(k="1")
    kept.world.send("m", "1", {"n": "new"})
    kept.ask(ask_.SendMessage(name="v"))
    kept.passes("6 days").do("A")
    assert (kept.case.data["k"], kept.case.outcome) == ("new", "done")
    late = Story(text).start(k="1")
    late.world.send("m", "1")
    late.ask(ask_.SendMessage(name="v"))
    late.passes("8 days").do("A")
    assert late.open == ["W"]
    late.world.send("m", "1", {"n": "x"})
    assert late.open == ["V"]


@pytest.mark.parametrize(
    ("keep", "passes", "taken"),
    [("30 days", "29 days", True), ("30 days", "31 days", False), ("1 hour", "59 minutes", True), ("1 hour", "2 hours", False),
     ("2 business days", "2 days", True), ("2 business days", "3 days", False)],
)  # fmt: skip
def test_a_wait_says_how_long_a_message_is_kept_for_it(keep: str, passes: str, taken: bool) -> None:
    text = (
        f"{{workflow: w, fields: [k], start: {{form: [k]}}, steps: [{{task: A}}, {{wait: W, message: m, match: k, keep: {keep}}}, "
        f"{{wait: V, message: v, keep: {keep}}}]}}"
    )
    story = Story(text).start(k="1")
    story.world.send("m", "1")
    story.ask(ask_.SendMessage(name="v"))
    story.passes(passes).do("A")
    assert story.open == ([] if taken else ["W"])


def test_of_two_waits_for_one_message_each_takes_what_is_not_too_old_for_it() -> None:
    text = (
        "{workflow: w, fields: [k], start: {form: [k]}, steps: [{task: A}, {wait: Soon, message: m, match: k, keep: 1 day, "
        "for: 1 hour}, {wait: Late, message: m, match: k, keep: 20 days}]}"
    )
    story = Story(text).start(k="1")
    story.world.send("m", "1")
    story.passes("10 days").do("A")
    assert story.open == ["Soon"], "kept for the other one, and too old for this"
    assert story.passes("1 hour").case.outcome == "done"


def test_a_cancellation_keeps_its_reason_and_who_asked_through_the_clean_up() -> None:
    text = "{workflow: w, steps: [{task: A}], on cancel: [{task: Undo, assign: person:bo}]}"
    story = Story(text).start(by="ana")
    story.ask(ask_.CancelCase(reason="Not wanted any more"), by="ana")
    assert (story.case.status, story.case.cancelling, story.case.cancelled_by) == ("open", "Not wanted any more", "ana")
    story.do("Undo", by="bo")
    last = story.world.log[-1].event
    assert last == ev.CaseCancelled(reason="Not wanted any more", by="ana")
    assert (story.case.status, story.case.cancelling) == ("cancelled", None)


def test_cancelling_twice_ends_the_cleaning_up_and_an_end_in_it_is_still_a_cancellation() -> None:
    text = "{workflow: w, steps: [{task: A}], on cancel: [{task: Undo, outcomes: [ok, end], on end: end undone}, {task: More}]}"
    twice = Story(text).start()
    twice.ask(ask_.CancelCase(reason="no"))
    twice.ask(ask_.CancelCase(reason="really"))
    assert (twice.case.status, twice.open) == ("cancelled", [])
    ended = Story(text).start()
    ended.ask(ask_.CancelCase(reason="no"))
    ended.do("Undo", outcome="end")
    assert (ended.case.status, ended.case.outcome) == ("cancelled", "cancelled")


def test_every_command_that_needs_a_reason_says_so() -> None:
    story = Story("{workflow: w, steps: [{task: A}, {task: B}]}").start().do("A")
    key = story.task("B")
    for command in (
        ask_.SkipStep(task_id=key, reason=""), ask_.SendBack(task_id=key, to="A", reason=" "), ask_.EditData(values={}, reason=""),
        ask_.ChangeDue(task_id=key, due_at=None, reason=""), ask_.CompleteNow(task_id=key, reason=""), ask_.ChangeCaseDue(due_at=None, reason=" "),
    ):  # fmt: skip
        with pytest.raises(MissingField):
            story.ask(command)


def test_a_message_whose_data_is_no_mapping_is_read_as_its_data() -> None:
    story = Story(
        "{workflow: w, fields: {n: number?}, start: {form: []}, steps: [{wait: W, message: m, take: {n: message.data}}]}"
    )
    for data, found in ((7, "7"), ({"$number": "7.5"}, "7.5"), ({"$number": "x"}, None), (None, None)):
        story.start().ask(ask_.SendMessage(name="m", data=data))
        assert (story.case.outcome, story.case.data.get("n")) == ("done", found)


COUNT = """
workflow: w
fields: {n: number?}
start: {form: []}
steps:
  - {task: A, assign: starter, set: {n: 'ASKED'}}
"""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ('count of cases("w")', "2"),
        ('count of cases("w", {}, 1 hour)', "1"),
        ('count of cases("w", {status: "done"})', "1"),
        ('count of cases("w", null, 400 days)', "2"),
        ('count of cases("other")', "0"),
    ],
)
def test_other_cases_are_counted(asked: str, answer: str) -> None:
    """Never the case that asks; with a period only those that began in it."""
    story = Story(COUNT.replace("ASKED", asked)).start()
    story.do("A").passes("2 hours")
    begun = story.start().case
    story.start().do("A")
    assert story.case.data["n"] == answer
    assert begun.is_open


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("count of cases(7)", "the id of a workflow"),
        ('count of cases("w", "x")', "a context, such as {cause: cause}"),
        ('count of cases("w", {}, 90)', "a length of time, such as 90 days"),
        ('count of cases("w", {}, -1 days)', "a length of time, such as 90 days"),
    ],
)
def test_what_cannot_be_counted_has_no_answer_and_says_why(asked: str, said: str) -> None:
    story = Story(COUNT.replace("set: {n: 'ASKED'}", f"when: '{asked} > 0'")).start()
    ((_, incident),) = story.case.incidents.items()
    assert incident.code == "no_answer"
    assert said in incident.sentence
