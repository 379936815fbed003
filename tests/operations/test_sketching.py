"""A process mapped by hand says something at once, and what was measured takes the place of what was said."""

from __future__ import annotations

from typing import Any

import pytest

from procession.analytics.measures import FEWEST_FOR_HEAT
from procession.analytics.verdict import FEWEST_CASES
from procession.engine.rejections import TooLarge
from procession.operations.insights.analysis import settled
from tests.operations.conftest import Office

LINES = """\
hiring
goal a seat is filled
feedback was everything there?

ask, fin
write advert,,1h,1h
publish it,,1h,1h

meet, buy
talk,,1h,1h
decide,,1h,1h

1>2 5d
"""


def mapped(office: Office, text: str = LINES) -> Any:
    found = office.ask("bo", "definition.sketch", text=text)
    files = [{"name": one.name, "text": one.text} for one in found.files]
    return office.ask("bo", "definition.publish", files=files)


def test_lines_become_files_that_can_be_published(office: Office) -> None:
    found = office.ask("bo", "definition.sketch", text=LINES)
    assert found.findings == ()
    assert [one.name for one in found.files] == ["ask.yaml", "meet.yaml", "hiring.yaml"]
    assert found.check is not None and found.check.publishable and found.check.findings == ()
    assert [(one.source, one.to, one.wait, one.told) for one in found.handoffs] == [
        (0, 1, None, False),
        (1, 2, "5 days", True),
    ]
    assert [one.who for one in found.workflows[1].steps] == ["Buyers", "Buyers"]
    assert [one.id for one in mapped(office).definitions] == ["ask", "meet", "hiring"]


def test_a_line_that_is_not_understood_makes_no_files(office: Office) -> None:
    found = office.ask("bo", "definition.sketch", text=LINES.replace("talk,", "talk, nobody"))
    assert found.files == () and found.check is None
    assert [(one.line, one.code) for one in found.findings] == [(10, "unclear_line")]


def test_a_name_that_is_published_is_told_and_kept(office: Office) -> None:
    mapped(office)
    found = office.ask("bo", "definition.sketch", text=LINES)
    assert [(one.severity, one.line) for one in found.findings] == [("note", 5), ("note", 9)]
    assert [one.name for one in found.files] == ["ask-2.yaml", "meet-2.yaml", "hiring-2.yaml"]


def test_too_much_text_is_refused(office: Office) -> None:
    with pytest.raises(TooLarge):
        office.ask("bo", "definition.sketch", text="x" * 100_001)


def test_what_is_said_gives_a_verdict_at_once(office: Office) -> None:
    mapped(office)
    found = office.ask("bo", "insight.process", process="hiring")
    assert (found.cases, found.verdict.basis, found.verdict.kind, found.verdict.cases) == (0, "stated", "process", 0)
    assert found.verdict.subject == "Process problem, as stated"
    assert found.verdict.top == "ask>meet/ask.completed->meet"
    assert found.pareto[0].key == found.verdict.top
    assert found.stated is not None
    assert (found.stated.steps, found.stated.stated) == (4, 4)
    assert [one.id for one in found.stated.by] == ["bo"]
    handoff = next(one for one in found.stated.places if one.kind == "handoff")
    assert (handoff.wait, handoff.waiting, handoff.said_in.id, handoff.said_at) == (
        "5 days",
        5 * 86400,
        "hiring",
        office.at,
    )
    home = office.ask("bo", "insight.home")
    assert home.process is not None and home.process.id == "hiring"
    assert home.verdict is not None and home.verdict.basis == "stated"


def test_a_definition_of_which_nothing_is_said_has_no_stated_figures(office: Office) -> None:
    found = office.ask("bo", "insight.process", process="purchase")
    assert found.stated is None
    assert (found.verdict.basis, found.verdict.kind) == ("measured", "not enough data")


ALONE = """\
tea
goal everybody has tea

make tea, buyers
boil water,,3m,10m
pour it,,1m,1h
wait and see,,5m,3d
"""


def run(office: Office) -> None:
    """One case, every step two hours after the one before."""
    case = office.ask("bo", "case.start", workflow="make-tea", data={}).id
    for _ in range(3):
        office.later(hours=2)
        office.ask("eve", "task.complete", task_id=office.task_of(case))


def test_measured_figures_take_over_place_by_place_and_the_verdict_as_a_whole(office: Office) -> None:
    mapped(office, ALONE)
    for count in range(1, FEWEST_CASES + 1):
        run(office)
        again(office, "make-tea")
        found = office.ask("bo", "insight.process", process="make-tea")
        assert found.cases == count
        assert {one.replaced for one in found.stated.places} == {count >= FEWEST_FOR_HEAT}
        assert found.verdict.basis == ("measured" if count >= FEWEST_CASES else "stated")
        assert found.verdict.cases == (count if count >= FEWEST_CASES else 0)
        measured = {one.key: one for one in found.places}
        assert measured["make-tea/pour-it"].visits == count


def test_a_new_version_says_something_else_under_another_name(office: Office) -> None:
    mapped(office)
    before = office.ask("bo", "insight.process", process="hiring")
    office.later(days=1)
    text = office.ask("bo", "definition.get", definition="ask").text.replace("wait: 1 hour", "wait: 9 weeks", 1)
    office.ask("finn", "definition.publish", files=[{"name": "ask.yaml", "text": text}], accept="for tests")
    again(office, "hiring")
    found = office.ask("bo", "insight.process", process="hiring")
    assert (before.verdict.top, found.verdict.top) == ("ask>meet/ask.completed->meet", "ask/write-advert")
    said = {one.key: (one.wait, one.said_by.id, one.said_in.version) for one in found.stated.places}
    assert said["ask/write-advert"] == ("9 weeks", "finn", 2)
    assert said["meet/talk"] == ("1 hour", "bo", 1)


def again(office: Office, definition: str) -> None:
    """The next to ask gets what the records say now."""
    context = office.context("bo")
    settled(context, definition)
    office.ask("bo", "insight.process", process=definition)
    settled(context, definition)
