"""Logging in, one's own account, and what administrators look after, without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from procession.engine.rejections import Forbidden
from procession.operations.sessions import TRIES
from procession.store.store import Store
from procession.web.app import PAGES
from tests.support.database import Database
from tests.support.work import SHOP, Visitor, asked, plain, shop, visitor

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(store, tmp_path_factory.mktemp("files")) as one:
        yield one


@pytest.fixture
def stranger(store: Store, tmp_path: Path) -> Iterator[Visitor]:
    """At pages where one has to log in."""
    with visitor(store, tmp_path, None) as one:
        yield one


def account(store: Store, name: str) -> str:
    """A new person with a password; the address they log in with."""
    email = f"{name}@example.org"
    asked(store, "person.add", id=name, name=name.title(), email=email, password=PASSWORD)
    return email


# --- in and out -------------------------------------------------------------------------------------------------------


def test_one_logs_in_goes_where_one_wanted_and_logs_out(store: Store, stranger: Visitor) -> None:
    email = account(store, f"lola{len(asked(store, 'person.list'))}")
    first = stranger.web.get("/cases?workflow=order")
    assert first.url.path == "/login"
    target = re.search(r'name="next" value="([^"]+)"', first.text)
    assert target is not None
    inside = stranger.post("/login", {"email": email, "password": PASSWORD, "next": target.group(1)})
    assert str(inside.url).endswith("/cases?workflow=order") and "Running cases" in inside.text
    cookie = next(one for one in stranger.web.cookies.jar if one.name == "procession_session")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert "Sign in" in stranger.post("/logout").text
    assert "/login" in str(stranger.web.get("/inbox").url)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_link_to_the_log_in_leads_nowhere_else(store: Store, stranger: Visitor, target: str) -> None:
    page = stranger.get("/login", params={"next": target})
    assert 'name="next" value="/"' in page


def test_wrong_passwords_lock_and_an_administrator_opens_again(store: Store, stranger: Visitor, at: Visitor) -> None:
    email = account(store, f"rita{len(asked(store, 'person.list'))}")
    person = email.partition("@")[0]
    for _ in range(TRIES):
        wrong = stranger.post("/login", {"email": email, "password": "guess"})
        assert wrong.status_code == 422 and f'value="{email}"' in wrong.text
    locked = stranger.post("/login", {"email": email, "password": PASSWORD})
    assert locked.status_code == 429 and "Try again in" in locked.text
    said = at.be("bo").post(f"/admin/people/{person}/password", {"password": "another horse battery"})
    assert "The password is set" in said.text
    assert (
        "My tasks"
        in stranger.post("/login", {"email": email, "password": "another horse battery", "next": "/inbox"}).text
    )


def test_unknown_people_and_wrong_passwords_read_alike(stranger: Visitor) -> None:
    answers = [
        stranger.post("/login", {"email": who, "password": "x"}) for who in ("nobody@example.org", "ana@example.org")
    ]
    told = {re.sub(r'value="[^"]*"', "", one.text) for one in answers}
    assert len(told) == 1 and {one.status_code for one in answers} == {422}


def test_the_first_one_becomes_administrator(own_database: Database, tmp_path: Path) -> None:
    with Store(own_database.app_url, pool_size=2) as empty:
        empty.create_organisation(SHOP, "New")
        with visitor(empty, tmp_path, None) as first:
            assert "You are the first one here" in first.get("/")
            refused = first.post("/setup", {"name": "Ada", "email": "ada@example.org", "password": "short"})
            assert refused.status_code == 422 and 'value="Ada"' in refused.text and "10 characters" in refused.text
            made = first.post("/setup", {"name": "Ada", "email": "ada@example.org", "password": PASSWORD})
            assert made.status_code == 200 and "/setup" not in str(made.url)
            assert "/setup" not in str(first.web.get("/setup").url)
            again = first.post("/setup", {"name": "Eve", "email": "eve@example.org", "password": PASSWORD})
            assert again.status_code == 422 and "administrator already" in again.text


def test_only_the_demo_lets_one_be_somebody_else(at: Visitor, stranger: Visitor) -> None:
    assert "You are Dana Kim now" in at.post("/demo/person", {"person": "dana"}).text
    assert stranger.post("/demo/person", {"person": "bo"}).status_code == 404
    stranger.web.cookies.set("procession_person", "bo")
    assert "/login" in str(stranger.web.get("/admin/people").url)


# --- one's own account ------------------------------------------------------------------------------------------------


def test_an_absence_sends_tasks_to_the_substitute(store: Store, at: Visitor) -> None:
    away = {"begins": "2020-01-01", "ends": "2039-12-31", "substitute": "bo"}
    assert "Bo Lind stands in" in plain(at.be("dana").post("/me/absences", away).text)
    again = at.post("/me/absences", {"begins": "2030-01-01", "ends": "2030-01-02"})
    assert again.status_code == 422 and "already" in again.text and 'value="2030-01-01"' in again.text
    case = at.be("ana").start("purchase-approval", item="Substituted", amount="800")
    assert asked(store, "case.get", case_id=case).tasks[0].assignee.id == "bo"
    remove = re.search(r'action="(/me/absences/[^"]+/remove)"', at.be("dana").get("/me"))
    assert remove is not None
    assert "taken back" in at.post(remove.group(1)).text
    assert asked(store, "me.get", by="dana").absences == ()


def test_a_token_is_shown_once_and_revoked(store: Store, at: Visitor) -> None:
    page = at.be("ana").post("/me/tokens", {"name": "Nightly export", "scopes": "cases:read", "days": "30"}).text
    token = re.search(r"<code>(prc_[\w-]+)</code>", page)
    assert token is not None
    assert token.group(1) not in at.get("/me") and "Nightly export" in at.get("/me")
    none = at.post("/me/tokens", {"name": "Nothing"})
    assert none.status_code == 422 and "at least one scope" in none.text
    revoke = re.search(r'action="(/me/tokens/[^"]+/revoke)"', at.get("/me"))
    assert revoke is not None
    at.post(revoke.group(1))
    assert all(one.revoked_at for one in asked(store, "me.tokens", by="ana"))


def test_the_password_is_changed_with_the_one_until_now(store: Store, stranger: Visitor) -> None:
    email = account(store, f"paul{len(asked(store, 'person.list'))}")
    stranger.post("/login", {"email": email, "password": PASSWORD})
    wrong = stranger.post("/me/password", {"current": "wrong", "password": "a new long one"})
    assert wrong.status_code == 422 and "not your password" in wrong.text and "a new long one" not in wrong.text
    assert (
        "Your password is changed"
        in stranger.post("/me/password", {"current": PASSWORD, "password": "a new long one"}).text
    )
    stranger.post("/logout")
    assert "Your profile" in stranger.post("/login", {"email": email, "password": "a new long one", "next": "/me"}).text


# --- administration ---------------------------------------------------------------------------------------------------


def test_administration_is_for_administrators(store: Store, at: Visitor) -> None:
    at.be("ana")
    assert "Administration" not in at.get("/inbox")
    sent = at.post("/admin/people/new", {"name": "Eve", "email": "eve@example.org", "admin": "yes"})
    assert sent.status_code == 403 and not asked(store, "person.list", text="eve@")
    for path in (
        "/admin/people",
        "/admin/people/new",
        "/admin/groups",
        "/admin/calendars/new",
        "/admin/mails",
        "/admin/jobs",
    ):
        assert at.web.get(path).status_code == 403
    changed = at.post("/admin/people/ana", {"name": "Ana", "email": "ana@example.org", "admin": "yes"})
    assert changed.status_code == 403 and not asked(store, "person.get", person="ana").admin
    with pytest.raises(Forbidden):
        asked(store, "person.change", by="ana", person="ana", admin=True)


def test_people_come_change_and_leave(store: Store, at: Visitor) -> None:
    new = {"name": "Nora Ny", "email": "nora@example.org", "id": "nora", "manager": "bo", "groups": "people-ops, night shift",
           "roles": "driver"}  # fmt: skip
    at.be("bo")
    assert "Nora Ny is here now" in at.post("/admin/people/new", new).text
    nora = asked(store, "person.get", person="nora")
    assert set(nora.groups) == {"people-ops", "night shift"} and nora.manager == "bo"
    again = at.post("/admin/people/new", new)
    assert again.status_code == 422 and 'value="Nora Ny"' in again.text and "here already" in again.text
    assert "Nora Ny" in plain(at.get("/admin/people?text=nora"))
    at.post("/admin/people/nora", {**new, "name": "Nora Nyberg", "manager": "", "groups": "people-ops"})
    nora = asked(store, "person.get", person="nora")
    assert (nora.name, nora.manager, nora.groups) == ("Nora Nyberg", None, ("people-ops",))
    at.post("/admin/people/nora/active", {"active": "no"})
    assert "Nora Nyberg" not in plain(at.get("/admin/people")) and "Nora Nyberg" in plain(
        at.get("/admin/people?gone=1")
    )
    last = at.post("/admin/people/bo/active", {"active": "no"})
    assert last.status_code == 422 and "no administrator left" in last.text


def test_groups_are_made_filled_and_removed(store: Store, at: Visitor) -> None:
    at.be("bo").post("/admin/groups/save", {"id": "choir"})
    at.post("/admin/groups/save", {"id": "choir", "title": "The choir", "with_members": "1", "members": ["ana", "pat"]})
    choir = next(one for one in asked(store, "group.list") if one.id == "choir")
    assert choir.title == "The choir" and {one.id for one in choir.members} == {"ana", "pat"}
    assert "The choir" in plain(at.get("/admin/groups"))
    at.post("/admin/groups/delete", {"id": "choir"})
    assert "choir" not in {one.id for one in asked(store, "group.list")}


def test_a_calendar_is_made_and_what_is_wrong_is_said(store: Store, at: Visitor) -> None:
    made = {"id": "oslo", "zone": "Europe/Oslo", "monday": "08:00-12:00, 13:00 – 16:00", "holidays": "2030-05-17",
            "closures": "2030-12-24 to 2030-12-31"}  # fmt: skip
    wrong = at.be("bo").post("/admin/calendars/new", {**made, "monday": "from eight"})
    assert wrong.status_code == 422 and 'value="from eight"' in wrong.text
    assert "The calendar is saved" in at.post("/admin/calendars/new", made).text
    (oslo,) = [one for one in asked(store, "calendar.list") if one.id == "oslo"]
    assert oslo.hours["monday"] == ("08:00-12:00", "13:00-16:00") and oslo.holidays == ("2030-05-17",)
    page = at.get("/admin/calendars/oslo")
    assert "2030-12-24 to 2030-12-31" in page
    assert "is gone" in at.post("/admin/calendars/oslo/delete").text


def test_the_outbox_shows_mails_with_their_links(store: Store, at: Visitor) -> None:
    with store.transaction(SHOP) as tx:
        tx.mails.put("m1", address="tomas@example.org", subject="Consent", text="Open https://x.example/g/abc", what="invitation",
                     at=datetime.now(UTC), case_id=None)  # fmt: skip
        tx.mails.mark("m1", "kept")
    page = plain(at.be("bo").get("/admin/mails?status=kept"))
    assert "tomas@example.org" in page and "https://x.example/g/abc" in page
    assert "No mail" in plain(at.get("/admin/mails?status=failed"))


def test_search_finds_for_the_page_and_for_the_palette(at: Visitor) -> None:
    at.be("ana").start("order", what="Needle")
    assert "Order of Needle" in plain(at.get("/search?q=needle"))
    palette = at.get("/search?q=needle", headers={"HX-Request": "true"})
    assert "<html" not in palette and "Order of Needle" in palette
    assert "Dana Kim" in at.get("/search?q=dana") and "Purchase approval" in at.get("/search?q=purchase")
    assert "Nothing found" in at.get("/search?q=zzzz")


def test_no_page_is_open_to_strangers(stranger: Visitor) -> None:
    """Every address that is read leads to the log-in, but for those made for people outside."""
    outside = re.compile(r"/(login|setup|static|g/|s/|f/|q/)")
    routers = [import_module(f"procession.web.pages.{name}").router for name in PAGES]
    routes = [route for router in routers for route in router.routes if "GET" in route.methods]
    paths = {
        re.sub(r"{[^}]+}", "x", route.path).replace(".x", ".svg") for route in routes if not outside.match(route.path)
    }
    open_ = [path for path in sorted(paths) if "/login" not in str(stranger.web.get(path).url)]
    assert len(paths) > 15 and open_ == []
