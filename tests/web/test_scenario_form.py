"""The form of What if: what an address says of steps, people and arrivals, what is wrong with it, and the scenario it makes."""

from __future__ import annotations

import pytest

from procession.engine.definition import Workflow
from procession.interchange.scenarios import read_scenario
from procession.interchange.yaml import read
from procession.interchange.yaml.emit import emit
from procession.web.pages.scenario_form import Form, lines_of, read_form

TEXT = """\
workflow: order
title: Order
fields: {amount: number, kind: {type: choice, options: [new, old]}}
steps:
  - task: Read it
    assign: group:sales
  - approval: Sign it
    when: amount > 100
    assign: role:manager
    on reject: end refused
  - choose: Which kind?
    cases:
      - when: kind = "new"
        steps:
          - task: Welcome
            assign: group:sales
    otherwise:
      - task: Thank
        assign: group:sales
  - wait: For a day
    for: 1 day
"""


def order() -> Workflow:
    found = read(TEXT, "order.yaml").definition
    assert isinstance(found, Workflow)
    return found


LINES = lines_of([("order", "Order", order())])
GROUPS = ("group:sales", "role:manager")


def form(**said: str) -> Form:
    """Names are written with __ for the colon and the step's id behind it."""
    return read_form(((name.replace("__", ":order/", 1), text) for name, text in said.items()), LINES, GROUPS)


def filled(*said: tuple[str, str]) -> Form:
    return read_form(said, LINES, GROUPS)


def test_every_step_that_takes_time_or_divides_has_a_line_with_what_can_be_changed() -> None:
    assert {one.title: (one.timed, one.lies, one.conditional, len(one.ways)) for one in LINES} == {
        "Read it": (True, True, False, 0),
        "Sign it": (True, True, True, 2),
        "Which kind?": (False, False, False, 2),
        "Welcome": (True, True, False, 0),
        "Thank": (True, True, False, 0),
        "For a day": (True, False, False, 0),
    }


def test_what_is_moved_makes_a_scenario_that_can_be_read_and_a_sentence() -> None:
    asked = filled(
        ("arrivals", "30"), ("arrivals_per", "day"), ("people:group:sales", "4"), ("takes:order/read-it", "50"),
        ("lies:order/read-it", "20"), ("happens:order/sign-it", "40"), ("way:order/sign-it:approve", "85"),
        ("lies:order/thank", "100"),
    )  # fmt: skip
    assert asked.wrong == {}
    said = read_scenario(emit(asked.scenario()))
    assert said.findings == () and said.scenario is not None
    steps = said.scenario.steps
    assert (said.scenario.arrivals, said.scenario.people) == ("30 per day", {"group:sales": 4})
    assert (steps["order/read-it"].takes, steps["order/read-it"].lies) == (0.5, 0.2)
    assert steps["order/sign-it"].happens == 0.4
    assert steps["order/sign-it"].outcomes == {"approve": 0.85, "reject": 0.15}, "the one left open is the rest"
    assert "order/thank" not in steps, "100 % of today's changes nothing"
    assert asked.sentence() == (
        "30 cases a day begin; 4 people in group sales; Read it takes 50 % of today's work and lies 20 % as long as today; "
        "Sign it is done 40 times of 100 and ends approve 85 %, reject 15 %"
    )
    assert asked.first_step == "order/read-it"


def test_branches_of_a_choice_have_shares_too() -> None:
    line = next(one for one in LINES if one.title == "Which kind?")
    asked = filled(*((f"way:{line.key}:{one}", "50") for one in line.ways))
    assert list(asked.scenario()["steps"]["order/which-kind"]["outcomes"].values()) == ["50%", "50%"]


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("takes:order/read-it", "half", "from 0 to 1,000"),
        ("lies:order/read-it", "1001", "from 0 to 1,000"),
        ("happens:order/sign-it", "101", "from 0 to 100"),
        ("way:order/sign-it:approve", "110", "from 0 to 100"),
        ("people:group:sales", "0", "from 1 to 1,000"),
        ("people:group:it", "2", "There is no such group."),
        ("takes:order/nothing", "50", "There is no such step."),
        ("arrivals", "often", "Write such as 12 per week"),
    ],
)
def test_what_does_not_fit_is_said_of_its_own_input(name: str, text: str, wrong: str) -> None:
    found = filled((name, text))
    assert wrong in found.problem(name)


def test_shares_make_a_hundred_together() -> None:
    both = filled(("way:order/sign-it:approve", "80"), ("way:order/sign-it:reject", "30"))
    assert both.problem("way:order/sign-it:approve") == "The shares add up to 110 %. Make them 100 % together."


def test_addresses_of_one_step_and_one_group_are_still_read() -> None:
    old = filled(
        ("step", "order/read-it"), ("what", "takes"), ("part", "30"), ("group", "group:sales"), ("people", "3")
    )
    assert old.wrong == {}
    assert (old.value("takes:order/read-it"), old.value("people:group:sales")) == ("30", "3")
    exact = filled(("step", "order/read-it"), ("what", "work"), ("time", "10 minutes"))
    assert exact.scenario()["steps"] == {"order/read-it": {"work": "10 minutes"}}


def test_an_untouched_form_asks_nothing() -> None:
    found = filled(("arrivals", ""), ("arrivals_per", "week"), ("takes:order/read-it", " "), ("figures", ""))
    assert not found.is_asked and found.changes_nothing


def test_a_rate_is_shown_as_a_number_and_its_unit_and_anything_else_as_it_was_written() -> None:
    assert (form(arrivals="20 per day").count("arrivals"), form(arrivals="20 per day").per("arrivals")) == ("20", "day")
    assert (form(arrivals="every 2 hours").count("arrivals"), form().per("arrivals")) == ("every 2 hours", "week")
