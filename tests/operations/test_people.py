"""People, groups, accounts, absences, calendars, settings."""

from __future__ import annotations

import pytest

from procession.engine.rejections import Conflict, Forbidden, InvalidField, NotFound, RateLimited, Unauthenticated
from tests.operations.conftest import Office

PASSWORD = "four plain words here"


def test_a_person_is_added_changed_and_leaves(office: Office) -> None:
    made = office.ask(
        "bo", "person.add", name=" Nia  Nord ", email="Nia@Example.org", groups=["buyers"], password=PASSWORD
    )
    assert (made.id, made.name, made.groups, made.can_log_in) == ("nia@example.org", "Nia Nord", ("buyers",), True)
    session = office.ask(None, "session.open", email="nia@example.org", password=PASSWORD)
    assert session.name == "Nia Nord"
    office.ask("bo", "person.change", person=made.id, active=False)
    with pytest.raises(Unauthenticated):
        office.ask(None, "session.open", email="nia@example.org", password=PASSWORD)
    with pytest.raises(Unauthenticated):
        office.ask(made.id, "me.get")


@pytest.mark.parametrize(
    "values",
    [
        {"email": "nobody"},
        {"id": "a b"},
        {"name": "  "},
        {"manager": "nobody"},
        {"calendar": "nothing"},
        {"password": "short"},
        {"password": "aaaaaaaaaaaa"},
        {"groups": ["\n"]},
    ],
)
def test_a_wrong_person_is_refused_and_nothing_is_kept(office: Office, values: dict[str, object]) -> None:
    before = len(office.ask("bo", "person.list"))
    with pytest.raises(InvalidField):
        office.ask("bo", "person.add", **{"name": "Nia", "email": "nia@example.org", **values})
    assert len(office.ask("bo", "person.list")) == before


def test_no_two_people_share_an_address(office: Office) -> None:
    with pytest.raises(Conflict):
        office.ask("bo", "person.add", name="Other", email="ANA@example.com", id="other")
    with pytest.raises(Conflict):
        office.ask("bo", "person.change", person="sven", email="ana@example.com")


def test_an_administrator_is_always_left(office: Office) -> None:
    with pytest.raises(Conflict):
        office.ask("bo", "person.change", person="bo", admin=False)
    office.ask("bo", "person.change", person="sven", admin=True)
    office.ask("bo", "person.change", person="bo", admin=False)


def test_a_lock_ends_by_itself_or_by_an_administrator(office: Office) -> None:
    office.ask("bo", "person.change", person="ana", password=PASSWORD)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            office.ask(None, "session.open", email="ana@example.com", password="wrong")
    with pytest.raises(RateLimited):
        office.ask(None, "session.open", email="ana@example.com", password=PASSWORD)
    office.ask("bo", "person.change", person="ana", password=PASSWORD + " again")
    office.ask(None, "session.open", email="ana", password=PASSWORD + " again")


def test_a_new_password_ends_the_other_sessions(office: Office) -> None:
    office.ask("bo", "person.change", person="ana", password=PASSWORD)
    office.ask(None, "session.open", email="ana", password=PASSWORD)
    with pytest.raises(InvalidField):
        office.ask("ana", "me.change_password", current="wrong", password=PASSWORD + " new")
    office.ask("ana", "me.change_password", current=PASSWORD, password=PASSWORD + " new")
    assert office.ask("ana", "me.sessions") == ()


def test_a_new_group_member_sees_what_is_claimable_from_then_on(office: Office) -> None:
    group = office.ask("bo", "group.save", group="buyers", members=["eve", "fay", "sven"])
    assert [one.name for one in group.members] == ["Eve Ek", "Fay Fors", "Sven Sund"]
    case = office.purchase()
    office.ask("dana", "task.complete", task_id=office.task_of(case), outcome="approve")
    assert len(office.ask("sven", "task.list", view="team").items) == 1


def test_an_absence_sends_new_tasks_to_the_substitute(office: Office) -> None:
    office.ask("dana", "absence.add", begins="2026-01-05", ends="2026-01-09", substitute="sven")
    case = office.purchase()
    assert [task.title for task in office.ask("sven", "task.list").items] == ["Sign off"]
    assert [one.person.id for one in office.ask("ana", "absence.list")] == ["dana"]
    for values, kind in (
        ({"begins": "2026-01-08", "ends": "2026-01-10"}, Conflict),
        ({"begins": "2026-03-08", "ends": "2026-03-01"}, InvalidField),
        ({"begins": "2026-03-01", "ends": "2026-03-02", "substitute": "dana"}, InvalidField),
        ({"begins": "2026-03-01", "ends": "2026-03-02", "person": "ana"}, Forbidden),
    ):
        with pytest.raises(kind):
            office.ask("dana", "absence.add", **values)
    assert office.ask("ana", "case.get", case_id=case).tasks[0].assignee.name == "Sven Sund"


def test_calendars_are_checked_and_kept_while_used(office: Office) -> None:
    office.ask(
        "bo", "calendar.save", calendar="berlin", zone="Europe/Berlin", hours={"monday": ["09:00-12:00"]}, own=True
    )
    assert [(one.id, one.own) for one in office.ask("ana", "calendar.list")] == [("berlin", True)]
    assert office.ask("ana", "me.get").zone == "Europe/Berlin"
    with pytest.raises(InvalidField):
        office.ask("bo", "calendar.save", calendar="mars", zone="Mars/Olympus", hours={})
    with pytest.raises(Conflict):
        office.ask("bo", "calendar.delete", calendar="berlin")


def test_settings_are_kept_while_a_definition_reads_them(office: Office) -> None:
    office.ask("bo", "setting.save", name="limit", value=500)
    text = (
        "workflow: s\ntitle: S\nfields: {a: number}\nstart: {form: [a]}\n"
        "steps:\n  - {task: T, when: a > settings.limit, assign: starter}\n"
    )
    office.ask("bo", "definition.publish", files=[{"text": text}], accept="for tests")
    with pytest.raises(Conflict):
        office.ask("bo", "setting.delete", name="limit")
    with pytest.raises(NotFound):
        office.ask("bo", "setting.delete", name="other")


def test_search_finds_what_one_may_see(office: Office) -> None:
    office.purchase(item="desk")
    assert {hit.kind for hit in office.ask("ana", "search", text="de")} >= {"case"}
    assert not [hit for hit in office.ask("sven", "search", text="desk") if hit.kind == "case"]
    assert [hit.title for hit in office.ask("sven", "search", text="purch")] == ["Purchase"]
    assert [hit.kind for hit in office.ask("sven", "search", text="dana d")] == ["person"]
    assert office.ask("ana", "search", text="d") == ()
