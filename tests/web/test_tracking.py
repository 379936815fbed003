"""A running case on its page: who has it, what is next, when it will end, and what a delay would do to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from httpx import Client

from procession.demo import DEFAULT_PERSON
from procession.store.store import Store
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import COMPANY, application, asked, company
from tests.web.test_pages_design import links, text

PROCESS = "employee-onboarding"


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


@pytest.fixture
def web(store: Store) -> Iterator[Client]:
    with (
        served(application(store, COMPANY, DEFAULT_PERSON)) as address,
        Client(base_url=address, follow_redirects=True, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def page(store: Store) -> str:
    """The address of a running case that has a forecast."""
    for case in asked(store, "case.list", workflow=PROCESS, status="open").items:
        if asked(store, "insight.forecast", case_id=case.id).usually is not None:
            return f"/processes/{PROCESS}/cases/{case.id}"
    raise AssertionError("no running case of the demo has a forecast")


def test_who_what_since_when_what_is_next_and_when_it_ends_are_two_clicks_away(
    web: Client, store: Store, page: str
) -> None:
    """From any page to the running cases, and from there to the case."""
    for start in ("/", "/inbox", "/workflows", "/admin/people", f"/processes/{PROCESS}/map"):
        assert "/cases" in links(web.get(start)), f"{start} leads to the running cases"
    listed = web.get(f"/cases?workflow={PROCESS}")
    case_id = page.rsplit("/", 1)[1]
    assert any(one.endswith(case_id) for one in links(listed))
    said = text(web.get(page))
    forecast = asked(store, "insight.forecast", case_id=case_id)
    assert forecast.sentence in said
    coming = next((one for one in forecast.steps if not one.is_open and one.chance >= 0.5), None)
    assert coming is None or f"Next: {coming.title} ({coming.part})" in said
    for child in asked(store, "process.case", case_id=case_id).children:
        if child.case.status == "open":
            assert all(title in said for title in child.now)


def test_a_list_says_where_a_process_is_and_with_whom(web: Client, store: Store) -> None:
    """Its own tasks are those of its parts; a case that waits for a date is at its wait."""
    for case in asked(store, "case.list", workflow=PROCESS, status="open").items:
        children = [one for one in asked(store, "process.case", case_id=case.id).children if one.case.status == "open"]
        titles = {title for one in children for title in one.now}
        people = {person.id for one in children for person in one.with_}
        assert case.now, f"{case.name} is somewhere"
        assert titles <= set(case.now), "and what its parts have started in turn"
        assert people <= {one.id for one in case.with_}
    newest = asked(store, "case.list", workflow=PROCESS, status="open").items[0]
    assert newest.now[0] in text(web.get(f"/cases?workflow={PROCESS}&status=open"))
    assert newest.now[0] in text(web.get(f"/processes/{PROCESS}"))


def test_a_milestone_is_told_once_and_named_by_its_part(web: Client, store: Store) -> None:
    for case in asked(store, "case.list", workflow=PROCESS, status="open").items:
        reached = asked(store, "case.get", case_id=case.id).milestones
        if reached:
            said = text(web.get(f"/processes/{PROCESS}/cases/{case.id}"))
            member, name = reached[0][0].split(".")
            title = next(one.title for one in asked(store, "process.case", case_id=case.id).members if one.id == member)
            assert f"Reached “{name}” in {title}" in said
            assert said.count(f"Milestone {name} reached at") == 1
            return
    raise AssertionError("no running case has reached a milestone")


def test_every_part_says_when_it_ends_and_how_much_slack_it_has(web: Client, store: Store, page: str) -> None:
    answer = web.get(page)
    assert 'aria-label="The parts on a line of time.' in answer.text
    assert "Slack is how much later a part may end without the case ending later." in text(answer)
    shown = unescape(answer.text)
    members = {one.id: one.title for one in asked(store, "process.case", case_id=page.rsplit("/", 1)[1]).members}
    for one in asked(store, "insight.forecast", case_id=page.rsplit("/", 1)[1]).parts:
        assert f"<title>{members[one.part]}: slack {'none' if one.on_path > 0.5 else ''}" in shown


def test_what_a_delay_does_is_said_line_by_line(web: Client, store: Store, page: str) -> None:
    case_id = page.rsplit("/", 1)[1]
    place = asked(store, "insight.forecast", case_id=case_id).steps[0].place
    form = web.get(page).text
    assert f'<option value="{place}"' in form
    answer = web.get(page, params={"place": place, "days": "3", "unit": "business days"})
    found = asked(store, "insight.delay", case_id=case_id, place=place, late="3 business days")
    said = text(answer)
    assert f"3 working days late at {found.title.split(' (')[0]}" in said
    assert len(re.findall(r" later(?= |$)", said)) >= len(found.lines)
    assert found.lines[0].text.split(" ends ")[0] in said


def test_what_is_no_delay_is_refused_beside_the_form(web: Client, store: Store, page: str) -> None:
    place = asked(store, "insight.forecast", case_id=page.rsplit("/", 1)[1]).steps[0].place
    for days, why in (("soon", "is not a length of time"), ("0", "No delay is no question")):
        answer = web.get(page, params={"place": place, "days": days, "unit": "business days"})
        assert answer.status_code == 200
        assert why in text(answer)
        assert f'value="{days}"' in answer.text, "what was typed is kept"
    assert "Nothing that is open or to come is called" in text(web.get(page, params={"place": "no/where"}))


def test_a_handoff_shows_what_it_carried_and_from_where(web: Client, store: Store, page: str) -> None:
    handoffs = asked(store, "process.case", case_id=page.rsplit("/", 1)[1]).handoffs
    carried = [value for one in handoffs if one.happened_at is not None for value in one.values]
    assert carried
    said = text(web.get(page))
    for value in carried:
        assert f"{value.title}: {value.shown or 'nothing'} , from {value.origin}" in said


def test_a_finished_case_has_no_forecast(web: Client, store: Store) -> None:
    case = asked(store, "case.list", workflow=PROCESS, status="done").items[0]
    said = text(web.get(f"/processes/{PROCESS}/cases/{case.id}"))
    assert "Probably " not in said
    assert "What if it is late" not in said


def test_a_workflow_that_runs_alone_has_a_forecast_or_says_why_not(web: Client, store: Store) -> None:
    alone = next(
        one for one in asked(store, "case.list", status="open", kind="workflow", top=True).items
    )  # fmt: skip
    said = text(web.get(f"/cases/{alone.id}"))
    forecast = asked(store, "insight.forecast", case_id=alone.id)
    assert (forecast.sentence if forecast.usually is not None else "No forecast yet.") in said
