"""Short lines are read as people type and paste them, and every definition made of them is sound."""

from __future__ import annotations

import pytest

from procession.engine.definition import Process, Workflow
from procession.engine.durations import SpanError
from procession.interchange.folder import Folder, add_text
from procession.interchange.sketch import read_sketch
from procession.interchange.sketch_model import Sketch
from procession.interchange.sketch_words import Known, read_time
from procession.interchange.sketched import files_of

KNOWN = Known(
    {
        "group:people-ops": "People operations",
        "group:it": "IT",
        "group:purchasing": "Purchasing",
        "group:facilities": "Facilities",
        "group:finance": "Finance",
        "role:manager": "Manager",
        "person:ana": "Ana Silva",
    }
)

ONBOARDING = """\
employee onboarding
goal the new hire is productive
customer: the new hire
data employee, start date (date)
target 15bd
feedback was everything there?

background check, people
ask references,,10m,1d
all clear?,,5m,4h

equipment, it
choose laptop, , 10m, 2d
order it, purch, 10m, 3d

payroll, fin
enter contract,,20m
data right?,,10m,1d,1
confirm

1>2 1d
1>3
2>3 4h: laptop
"""


def folder_of(sketch: Sketch) -> Folder:
    folder = Folder()
    for name, text in files_of(sketch).items():
        add_text(folder, name, text, {})
    return folder


def test_a_whole_process_is_read_and_can_be_published() -> None:
    sketch = read_sketch(ONBOARDING, KNOWN)
    assert sketch.findings == ()
    folder = folder_of(sketch)
    assert folder.check() == []

    process = folder.definitions["employee-onboarding"]
    assert isinstance(process, Process)
    assert (process.goal, process.subject, str(process.target)) == (
        "The new hire is productive",
        "employee",
        "15 business days",
    )
    assert [(str(one.sources[0]), one.to or f"end {one.end}") for one in process.handoffs] == [
        ("start", "background-check"),
        ("background-check.done", "equipment"),
        ("background-check.done", "payroll"),
        ("equipment.completed", "payroll"),
        ("background-check.rejected", "end rejected"),
    ]
    assert str(process.handoffs[3].usually["wait"]) == "4 hours"
    assert set(process.handoffs[3].carry) == {"employee", "start_date", "laptop"}
    assert process.fields["start_date"].type == "date"


def test_who_is_completed_and_carried_down_the_lines() -> None:
    equipment = read_sketch(ONBOARDING, KNOWN).workflows[1]
    assert [step.who for step in equipment.steps] == ["group:it", "group:purchasing"]
    assert equipment.owner == "it"


def test_a_question_mark_makes_a_decision_that_may_lead_back() -> None:
    folder = folder_of(read_sketch(ONBOARDING, KNOWN))
    payroll = folder.definitions["payroll"]
    assert isinstance(payroll, Workflow)
    decision = payroll.body.steps[1]
    assert (decision.kind, decision.on["reject"].step) == ("approval", "enter-contract")


def test_handoffs_that_are_not_told_follow_the_order() -> None:
    sketch = read_sketch("p\n\na, it\nx\n\nb\ny, it\n\nc\nz, it\n\n1>3", KNOWN)
    assert [(one.sources[0].workflow, one.to, one.line > 0) for one in sketch.handoffs] == [
        (None, "a", False),
        ("a", "b", False),
        ("a", "c", True),
    ]


def test_one_workflow_needs_no_process() -> None:
    sketch = read_sketch(
        "\n# Coffee\ngoal everybody is awake\n\n## Make coffee, it\n- grind, , 1m\n- brew, , 4m\n", KNOWN
    )
    assert sketch.findings == ()
    assert list(files_of(sketch)) == ["make-coffee.yaml"]
    assert folder_of(sketch).definitions["make-coffee"].purpose == "Everybody is awake"  # type: ignore[union-attr]


def test_a_list_of_a_word_processor_is_read() -> None:
    pasted = (
        "Hiring\n\n## Ask\n• Write the advert\tit\t2 hours\t1 day\n2. Publish it\tit\n\n## Meet\n– Talk\tit\t1h\t-\n"
    )
    sketch = read_sketch(pasted, KNOWN)
    assert sketch.findings == ()
    assert [[step.title for step in one.steps] for one in sketch.workflows] == [
        ["Write the advert", "Publish it"],
        ["Talk"],
    ]
    assert str(sketch.workflows[0].steps[0].wait) == "1 day"


def test_a_table_is_read_and_lines_above_it_say_what_the_process_is() -> None:
    table = (
        "Hiring\ngoal a seat is filled\nWorkflow;Owner;Step;Who;Work;Wait;Decision\n"
        'Ask;it;"Write; and check";;2h;1d;\n;;Good?;it;5m;;\nMeet;it;Talk;;1h;;\n;;Hire;finance;5m;2d;yes\n'
    )
    sketch = read_sketch(table, KNOWN)
    assert sketch.findings == ()
    assert [(one.title, [step.title for step in one.steps]) for one in sketch.workflows] == [
        ("Ask", ["Write; and check", "Good?"]),
        ("Meet", ["Talk", "Hire?"]),
    ]
    assert sketch.workflows[1].steps[1].who == "group:finance"


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("p\n\na, it\nx, nobody", 4, "Nobody here is called 'nobody'.", "the groups are"),
        ("p\n\na, it\nx, purchasin", 4, None, None),
        ("p\n\na, it\nx, p", 4, "Nobody here is called 'p'.", "it may be People operations or Purchasing"),
        ("p\n\na\nx", 4, "X: nobody does it.", "write who after a comma"),
        ("p\n\na, it\nx, it, 10q", 4, "'10q' is not a length of time.", "write 10m"),
        ("p\n\na, it\nx, it, 1.5d", 4, "'1.5d': days are whole.", "use hours"),
        ("p\n\na, it\nx, it, 1m, 1d, 1", 4, "Only a decision leads back.", "end its name with a ?"),
        ("p\n\na, it\nx?, it, 1m, 1d, y", 4, "The workflow has no step 'y' to go back to.", "the steps are x?"),
        ("p\n\na, it\nx, it, 1m, 1d, , more", 4, "X: there are more than five parts.", "use ;"),
        ("p\n\na, it\nx\n\n1>7", 6, "There is no workflow '7'.", "there are 1 to 1"),
        ("p\n\na, it\nx\n\n1>1", 6, "A workflow cannot hand over to itself.", "write 1>2"),
        ("p\n\na, it\nx\n\n1>", 6, "'1>' is not a handoff.", "write 1>2"),
        ("p\n\na, it\n\nb, it\ny", 3, "A has no steps.", "write each on a line below it"),
        ("p\nnonsense\n\na, it\nx", 2, "'nonsense': it is not clear what this says of the process.", "begin it with"),
        ("p\ngoal\n\na, it\nx", 2, "Nothing is said after goal.", "what is reached"),
        ("p\ndata 7 days\n\na, it\nx", 2, "'7 days' is no name of data.", "begin it with a letter"),
        ("p\ndata age (years)\n\na, it\nx", 2, "Data cannot be 'years'.", None),
        ("p\nowner ana\n\na, it\nx", 2, "There is no group 'ana' to answer for it.", "name a group"),
        ("p\nfeedback ok?\n\na\nx, starter", 2, "There is no group that is told at the end.", "write owner"),
        ("p\n\na, it, 10m\nx", 3, "'a, it, 10m': a workflow begins with its name and its group.", "an empty line"),
    ],
)  # fmt: skip
def test_every_line_that_is_not_understood_is_named(text: str, line: int, said: str | None, hint: str | None) -> None:
    sketch = read_sketch(text, KNOWN)
    if said is None:
        assert sketch.findings == ()
        return
    assert [(one.line, one.sentence) for one in sketch.findings] == [(line, said)]
    assert hint is None or hint in (sketch.findings[0].hint or "")
    assert files_of(sketch) == {}


@pytest.mark.parametrize(
    ("text", "span"),
    [("10m", "10 minutes"), ("2 days", "2 days"), ("3bd", "3 business days"), ("1,5h", "90 minutes"), ("1w", "1 week")],
)
def test_times_are_written_as_people_do(text: str, span: str) -> None:
    assert str(read_time(text)) == span


@pytest.mark.parametrize("text", ["", "-", "0"])
def test_no_time_is_none(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize("text", ["soon", "10", "2 moons", "h"])
def test_other_words_are_no_time(text: str) -> None:
    with pytest.raises(SpanError):
        read_time(text)


def test_what_comes_next_follows_the_lines() -> None:
    def asked(text: str) -> str:
        return read_sketch(text, KNOWN).next

    assert asked("").startswith("The name of the process")
    assert asked("p\n").startswith("Goal (")
    assert asked("p\ngoal g\n").startswith("Begins (")
    assert asked("p\n\n").startswith("The first workflow")
    assert asked("p\n\na, it\n").startswith("The first step of A")
    assert asked("p\n\na, it\nx\n").startswith("The next step of A")
    assert "a handoff that differs" in asked("p\n\na, it\nx\n\n")


def test_a_name_that_is_taken_gets_a_number() -> None:
    made = files_of(read_sketch(ONBOARDING, KNOWN), taken={"equipment", "employee-onboarding"})
    assert {"equipment-2.yaml", "employee-onboarding-2.yaml"} <= set(made)
    assert "use: equipment-2" in made["employee-onboarding-2.yaml"]


def test_the_same_title_twice_is_kept_apart() -> None:
    sketch = read_sketch("p\n\na, it\nx\nx\n\na, it\ny", KNOWN)
    assert [one.id for one in sketch.workflows] == ["a", "a-2"]
    assert folder_of(sketch).check()[0].code == "missing_feedback"


def test_far_from_an_organisation_every_name_is_a_group() -> None:
    assert read_sketch("p\n\na, Back office\nx").workflows[0].steps[0].who == "group:back-office"


TOLD = """\
moving in

order, it
choose it, , 5m
place the order !ordered, , 5m
unpack it, , 1h

account, it
ask for it, , 5m

desk, facilities
find one, , 10m

tell, people
write a mail, , 5m

file, finance
file it

start>2,3
1!ordered>2 1d: laptop
2/3>4
1>5
4>5? 2h
"""


def test_milestones_the_first_of_several_and_what_is_optional() -> None:
    sketch = read_sketch(TOLD, KNOWN)
    assert sketch.findings == ()
    folder = folder_of(sketch)
    assert [one for one in folder.check() if one.severity == "error"] == []
    process, order = folder.definitions["moving-in"], folder.definitions["order"]
    assert isinstance(process, Process) and isinstance(order, Workflow)
    assert [([str(source) for source in one.sources], one.to, one.optional) for one in process.handoffs] == [
        (["start"], "order", False),
        (["start"], "account", False),
        (["order.milestone.ordered"], "account", False),
        (["start"], "desk", False),
        (["account.completed", "desk.completed"], "tell", False),
        (["order.completed"], "file", False),
        (["tell.completed"], "file", True),
    ]
    reaching = order.body.steps[1]
    assert (reaching.title, reaching.milestone) == ("Place the order", "ordered")
    assert [[entry.field for entry in step.config.form] for step in order.body.steps] == [[], ["laptop"], []]


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("1!sent>2", "Order has no milestone 'sent'.", "there is ordered"),
        ("2!>4", "Account has no milestone.", "write !ordered after"),
        ("9/1>4", "There is no workflow '9'.", "there are 1 to 5"),
        ("1/4>4", "A workflow cannot hand over to itself.", "write 1>2"),
    ],
)
def test_a_handoff_that_is_not_understood_says_why(line: str, said: str, hint: str) -> None:
    (found,) = read_sketch(TOLD + line, KNOWN).findings
    assert (found.line, found.sentence) == (len(TOLD.splitlines()) + 1, said)
    assert hint in (found.hint or "")


def test_the_only_milestone_needs_no_name_and_an_exclamation_mark_alone_is_none() -> None:
    sketch = read_sketch("p\n\na, it\norder !sent\ncheer!\n\nb, it\ny\n\n1!>2", KNOWN)
    assert sketch.findings == ()
    assert [(step.title, step.milestone) for step in sketch.workflows[0].steps] == [("Order", "sent"), ("Cheer!", None)]
    assert sketch.handoffs[1].sources[0].milestone == "sent"


@pytest.mark.parametrize(
    "table",
    [
        "| Phase | Task | Role | Effort |\n|---|:--|---|---|\n| Ask | Write | it | 1h |\n| | Send | it | 5m |\n",
        "Phase\tTask\tRole\tEffort\nAsk\tWrite\tit\t1h\n\tSend\tit\t5m\n",
        '"Phase";"Task";"Role";"Effort"\n"Ask";"Write";"it";"1h"\n"";"Send";"it";"5m"\n',
    ],
)
def test_tables_are_read_as_they_are_pasted(table: str) -> None:
    for above in ("", "Asking\n"):
        sketch = read_sketch(above + table, KNOWN)
        assert sketch.findings == ()
        assert [(one.title, [(s.title, s.who, str(s.work)) for s in one.steps]) for one in sketch.workflows] == [
            ("Ask", [("Write", "group:it", "1 hour"), ("Send", "group:it", "5 minutes")])
        ]


def test_a_table_without_workflows_is_one() -> None:
    sketch = read_sketch("Asking\nStep,Who,Milestone\nWrite,it,written\nGood?,it,\n", KNOWN)
    assert sketch.findings == ()
    (asking,) = sketch.workflows
    assert (asking.title, [(one.title, one.milestone) for one in asking.steps]) == (
        "Asking", [("Write", "written"), ("Good?", None)]
    )  # fmt: skip


def test_what_is_wrong_in_a_table_has_the_line_of_its_row() -> None:
    (found,) = read_sketch("Step;Who;Work\nWrite;it;1h\nSend;it;soon\n", KNOWN).findings
    assert (found.line, found.sentence) == (3, "'soon' is not a length of time.")
