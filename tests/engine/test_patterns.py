"""The control-flow patterns of Russell, ter Hofstede, van der Aalst and Mulyar (2006), each by its number."""

from __future__ import annotations

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.rejections import IllegalTransition, TaskClosed
from tests.engine.story import Story

BO = "assign: person:bo"


def test_01_sequence() -> None:
    """B is offered only after A completes; the log says A, B."""
    story = Story("{workflow: w, steps: [{task: A}, {task: B}]}").start()
    assert story.open == ["A"]
    story.do("A")
    assert story.open == ["B"]
    story.do("B")
    assert story.path == ["A", "B"]
    assert story.case.outcome == "done"
    story.replayed()


def test_02_parallel_split_and_03_synchronization() -> None:
    """After A both B and C are open; D starts exactly once, after both."""
    story = Story("{workflow: w, steps: [{task: A}, {parallel: P, steps: [{task: B}, {task: C}]}, {task: D}]}").start()
    story.do("A")
    assert story.open == ["B", "C"]
    story.do("C")
    assert story.open == ["B"]
    story.do("B")
    assert story.open == ["D"]
    assert story.path.count("D") == 1
    story.replayed()


CHOICE = """
workflow: w
fields: {a: yes/no, b: yes/no}
steps:
  - choose: Which
    TAKE
    cases:
      - {when: a, steps: [{task: A}]}
      - {when: b, steps: [{task: B}]}
    otherwise: [{task: Default}]
  - task: After
"""


@pytest.mark.parametrize(
    ("a", "b", "opened"), [(True, False, "A"), (False, True, "B"), (False, False, "Default"), (True, True, "A")]
)
def test_04_exclusive_choice_and_05_simple_merge(a: bool, b: bool, opened: str) -> None:
    """The first true case only, else the default; what follows runs once whichever branch came."""
    story = Story(CHOICE.replace("TAKE", "take: first")).start(a=a, b=b)
    assert story.open == [opened]
    story.do(opened)
    assert story.open == ["After"]
    story.do("After")
    assert story.path == [opened, "After"]


@pytest.mark.parametrize(
    ("a", "b", "opened"), [(True, False, ["A"]), (True, True, ["A", "B"]), (False, False, ["Default"])]
)
def test_06_multi_choice_and_07_structured_synchronizing_merge(a: bool, b: bool, opened: list[str]) -> None:
    """Any subset of branches opens, none gives the default; the join waits for exactly those."""
    story = Story(CHOICE.replace("TAKE", "take: all")).start(a=a, b=b)
    assert story.open == opened
    for title in opened:
        assert "After" not in story.open
        story.do(title)
    assert story.open == ["After"]


def test_09_structured_discriminator() -> None:
    """The first of three goes on once; late ones finish without effect."""
    story = Story(
        "{workflow: w, steps: [{parallel: P, done when: any, rest: finish, steps: [{task: A}, {task: B}, {task: C}]}, {task: D}]}"
    ).start()
    story.do("B")
    assert story.open == ["A", "C", "D"]
    story.do("A").do("D")
    assert story.case.is_open
    story.do("C")
    assert story.case.outcome == "done"
    assert story.path.count("D") == 1
    story.replayed()


def test_10_arbitrary_cycles() -> None:
    """Back to two different earlier steps; each visit has a new attempt number."""
    story = Story("""
workflow: w
steps:
  - task: A
  - task: B
  - {task: C, outcomes: [on, to a, to b], on to a: A, on to b: B}
""").start()
    story.do("A").do("B").do("C", outcome="to a").do("A").do("B").do("C", outcome="to b").do("B").do("C", outcome="on")
    assert story.path == ["A", "B", "C", "A", "B", "C", "B", "C"]
    assert [one.attempt for one in story.events(ev.StepOpened) if one.step == "b"] == [1, 2, 3]
    assert story.case.outcome == "done"


def test_11_implicit_termination() -> None:
    """The case is done when no step is open and none can open."""
    story = Story("{workflow: w, steps: [{parallel: P, steps: [{task: A}, [{task: B}, {task: C}]]}]}").start()
    story.do("B").do("A")
    assert story.case.is_open
    story.do("C")
    assert not story.case.is_open


def test_12_several_instances_without_waiting() -> None:
    """Three items start three cases; the parent goes on at once."""
    story = Story(
        """
workflow: w
fields: {lines: {type: table, columns: {name: text}}}
steps:
  - each: Every line
    of: lines
    steps: [{workflow: Part, use: part, with: {name: item.name}, detached: true}]
  - task: After
""",
        "{workflow: part, fields: [name], start: {by: nobody, form: [name]}, steps: [{task: Do it}]}",
    ).start(lines=[{"name": "x"}, {"name": "y"}, {"name": "z"}])
    assert story.open == ["After"]
    children = [case for case in story.world.cases.values() if case.definition == "part"]
    assert [case.data["name"] for case in children] == ["x", "y", "z"]
    assert all(case.is_open for case in children)


EACH = """
workflow: w
fields: {lines: {type: table, columns: {name: text, serial: text?}}}
steps:
  - task: Before
    assign: person:bo
  - each: Every line
    of: lines
    OPTIONS
    steps: [{task: "Do {item.name}", id: do, form: [item.serial?]}]
  - task: After
"""
THREE = [{"name": "x"}, {"name": "y"}, {"name": "z"}]


def each(options: str = "as: item", lines: list[dict[str, str]] = THREE) -> Story:
    return Story(EACH.replace("OPTIONS", options)).start(lines=lines).do("Before")


def test_13_instances_known_at_design_time() -> None:
    """Three fixed instances; the next step opens after the third."""
    story = Story(
        "{workflow: w, steps: [{parallel: P, steps: [{task: A1}, {task: A2}, {task: A3}]}, {task: D}]}"
    ).start()
    story.do("A2").do("A1")
    assert story.open == ["A3"]
    story.do("A3")
    assert story.open == ["D"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_14_instances_known_at_run_time(count: int) -> None:
    """A list of n opens n instances, none passes straight through; joined once."""
    story = each(lines=THREE[:count])
    for place in range(count):
        assert "After" not in story.open
        task = f"{story.case.id}.{_item(story, place + 1)}"
        story.ask(ask_.CompleteTask(task_id=task, values={"item.serial": f"S{place}"}))
    assert story.open == ["After"]
    assert [row.get("serial") for row in story.case.data["lines"]] == [f"S{place}" for place in range(count)]
    story.replayed()


def _item(story: Story, place: int) -> str:
    return next(key for key, one in story.case.activations.items() if one.step == "do" and one.branch == str(place))


def test_14_one_after_another() -> None:
    """Without `at once` the second opens after the first."""
    story = each("at once: false")
    assert len(story.open) == 1
    story.do("do").do("do")
    assert len(story.open) == 1
    story.do("do")
    assert story.open == ["After"]


def test_15_instances_not_known_before() -> None:
    """A row added while others are open opens too; the join waits for it."""
    story = each(lines=THREE[:1])
    story.ask(ask_.EditData(values={"lines": THREE[:2]}, reason="one more"))
    assert len(story.open) == 2
    story.do("do").do("do")
    assert story.open == ["After"]
    story.replayed()


RACE = """
workflow: w
steps:
  - wait: For either
    for: 2 days
    message: paid
    on time: Chase
    on message: Thank
  - {task: Thank, next: end}
  - task: Chase
"""


def test_16_deferred_choice() -> None:
    """Message against timer: the first wins, the other is withdrawn."""
    story = Story(RACE).start()
    story.ask(ask_.SendMessage(name="paid"))
    assert story.open == ["Thank"]
    story.passes("3 days")
    assert story.open == ["Thank"]
    late = Story(RACE).start().passes("2 days")
    assert late.open == ["Chase"]
    late.ask(ask_.SendMessage(name="paid"))
    assert late.open == ["Chase"]


def test_18_milestone() -> None:
    """B can be worked only while the condition holds."""
    story = Story("""
workflow: w
fields: {state: {type: text, required: false}}
steps:
  - parallel: P
    steps:
      - {task: B, open while: 'state = "open"'}
      - {task: A, form: [state]}
""").start()
    with pytest.raises(IllegalTransition):
        story.do("B")
    story.do("A", state="open").do("B")
    assert story.case.outcome == "done"


def test_19_cancel_activity() -> None:
    """An open step is withdrawn: its assignee is told, its timers are gone, the log says so."""
    story = Story("""
workflow: w
steps:
  - parallel: P
    done when: any
    steps:
      - {task: A, assign: person:bo, due: 1 day, remind: 1 hour before due}
      - {task: B, assign: person:cy}
  - task: C
""").start()
    story.do("B")
    (withdrawn,) = story.events(ev.StepWithdrawn)
    assert (withdrawn.step, withdrawn.told) == ("a", ["bo"])
    assert story.told("bo")
    story.passes("2 days")
    assert not list(story.events(ev.TimerFired))
    with pytest.raises(TaskClosed):
        story.ask(ask_.CompleteTask(task_id=f"{story.case.id}.{withdrawn.activation}"), by="bo")


def test_20_cancel_case() -> None:
    """Nothing stays open, the clean-up runs, the state is cancelled."""
    story = Story("""
workflow: w
steps: [{parallel: P, steps: [{task: A}, {task: B}]}]
on cancel: [{task: Undo it, assign: person:bo}]
""").start()
    story.ask(ask_.CancelCase(reason="no longer needed"))
    assert story.open == ["Undo it"]
    story.do("Undo it")
    assert story.case.status == "cancelled"
    assert not story.case.activations
    story.replayed()


def test_21_structured_loop() -> None:
    """The body runs until the condition, and no more often than its bound."""
    text = """
workflow: w
fields: {good: yes/no?}
steps:
  - {task: Try, form: [good]}
  - {task: Judge, outcomes: [again, enough], on again: Try, at most: 2, on exhausted: Give up}
  - {task: Done, next: end}
  - task: Give up
"""
    story = Story(text).start()
    for _ in range(2):
        story.do("Try").do("Judge", outcome="again")
    story.do("Try").do("Judge", outcome="again")
    assert story.open == ["Give up"]
    assert story.path.count("Try") == 3
    assert Story(text).start().do("Try").do("Judge", outcome="enough").open == ["Done"]


def test_24_persistent_trigger() -> None:
    """A message before its wait is kept and taken once."""
    story = Story("{workflow: w, steps: [{task: A}, {wait: For it, message: go}, {wait: Again, message: go}]}").start()
    story.ask(ask_.SendMessage(name="go"))
    story.do("A")
    assert story.open == ["Again"]
    story.replayed()


def test_24_a_message_finds_the_oldest_wait_with_its_key() -> None:
    """Messages from outside are matched by key, once, and kept when nobody waits yet."""
    text = "{workflow: w, fields: [order], steps: [{task: A}, {wait: Paid, message: paid, match: order}]}"
    story = Story(text).start(order="7")
    assert story.world.send("paid", "7") is False
    story.do("A")
    assert story.case.outcome == "done"
    first = story.start(order="8").do("A").case
    second = story.start(order="8").do("A").case
    assert story.world.send("paid", "8") is True
    assert (first.is_open, second.is_open) == (False, True)


def test_25_cancel_region() -> None:
    """The steps that `cancel:` names are withdrawn and count as skipped; what is outside stays."""
    story = Story("""
workflow: w
steps:
  - parallel: P
    steps:
      - {task: Stop, cancel: [B, C]}
      - [{task: B}, {task: B2}]
      - {task: C}
      - {task: Other}
""").start()
    story.do("Stop")
    assert story.open == ["B2", "Other"]


def test_26_cancel_instances() -> None:
    """Skipping the whole step withdraws every open instance."""
    story = each()
    story.ask(ask_.SkipStep(task_id=story.task("Every line"), reason="not needed"))
    assert story.open == ["After"]


def test_27_complete_instances_now() -> None:
    """What is open is withdrawn, the next step opens."""
    story = each()
    story.do("do")
    story.ask(ask_.CompleteNow(task_id=story.task("Every line"), reason="enough"))
    assert story.open == ["After"]


def test_29_cancelling_discriminator() -> None:
    """The first answer wins, the rest are withdrawn."""
    story = Story(
        "{workflow: w, steps: [{parallel: P, done when: any, steps: [{task: A}, {task: B}]}, {task: C}]}"
    ).start()
    story.do("A")
    assert story.open == ["C"]


def test_30_structured_partial_join() -> None:
    """Two of three go on; the third may finish later without effect."""
    story = Story(
        "{workflow: w, steps: [{parallel: P, done when: 2, rest: finish, steps: [{task: A}, {task: B}, {task: C}]}, {task: D}]}"
    ).start()
    story.do("A")
    assert "D" not in story.open
    story.do("C")
    assert story.open == ["B", "D"]
    story.do("D").do("B")
    assert story.case.outcome == "done"


def test_32_cancelling_partial_join() -> None:
    """Two of three approvals decide; the third is withdrawn and told."""
    story = Story("{workflow: w, steps: [{approval: Sign, assign: group:team, quorum: 2}, {task: After}]}").start()
    story.do("Sign", by="bo", outcome="approve").do("Sign", by="eve", outcome="approve")
    assert story.open == ["After"]
    (withdrawn,) = story.events(ev.StepWithdrawn)
    assert withdrawn.told == ["cy"]
    story.replayed()


def test_34_static_partial_join_of_instances() -> None:
    """Two of three instances go on; the other stays open."""
    story = each("done when: 2\n    rest: finish")
    story.do("do").do("do")
    assert len(story.open) == 2
    assert "After" in story.open


def test_35_cancelling_partial_join_of_instances() -> None:
    """Two of three instances go on; the other is withdrawn."""
    story = each("done when: 2")
    story.do("do").do("do")
    assert story.open == ["After"]


def test_43_explicit_termination() -> None:
    """An end inside a branch ends the whole case at once."""
    story = Story(
        '{workflow: w, steps: [{parallel: P, steps: [{task: A, assign: "person:bo"}, [{task: B}, {end: stopped}]]}, {task: C}]}'
    ).start()
    story.do("B")
    assert (story.case.status, story.case.outcome) == ("done", "stopped")
    assert not story.case.activations
    assert story.told("bo")
