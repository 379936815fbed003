"""Pages for people outside: they act on POST only, need no cookie, and tell nothing to who has no link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from procession.operations import starting
from procession.store.rate_limits import Allowance
from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import SHOP, Visitor, asked, plain, shop, task_in, visitor


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A visitor whom nobody knows."""
    with visitor(store, tmp_path_factory.mktemp("files"), None) as one:
        yield one


def invited(store: Store, person: str = "Tomás Vega") -> tuple[str, str]:
    """A case that waits for a guest, and the path of the guest's link."""
    data = {"person": person, "email": "tomas@example.org", "salary": "64000"}
    case = asked(store, "case.start", by="ana", workflow="consent", data=data).id
    return case, asked(store, "link.make", case_id=case, task_id=task_in(store, case)).path


def nonce_of(page: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def seq(store: Store, case: str) -> int:
    return asked(store, "case.get", case_id=case).version


def test_a_guest_sees_the_task_and_nothing_else_and_looking_changes_nothing(store: Store, at: Visitor) -> None:
    case, path = invited(store)
    before = seq(store, case)
    for _ in range(3):
        answer = at.web.get(path)
        assert answer.status_code == 200 and "set-cookie" not in answer.headers
    page = plain(answer.text)
    assert "Hello Tomás Vega" in page and "Full legal name" in page
    assert "64" not in page and "Ana Flores" not in page
    assert at.web.head(path).status_code in (200, 405)
    assert seq(store, case) == before


def test_a_guest_fills_in_and_sends(store: Store, at: Visitor) -> None:
    case, path = invited(store)
    nonce = nonce_of(at.get(path))
    refused = at.post(path, {"nonce": nonce, "legal_name": "", "agree": "yes", "outcome": "done"})
    assert refused.status_code == 422 and "Nothing was lost" in refused.text
    sent = {"nonce": nonce, "legal_name": "Tomás Vega Ruiz", "agree": "yes", "outcome": "done"}
    answer = at.post(path, sent, files={"passport": ("passport.pdf", b"%PDF", "application/pdf")})
    assert "Thank you" in plain(answer.text) and str(answer.url).endswith(path)
    assert "Thank you" in plain(at.get(path))
    data = {one.name: one.value for one in asked(store, "case.get", case_id=case).data}
    assert data["legal_name"] == "Tomás Vega Ruiz" and data["passport"]["name"] == "passport.pdf"
    again = at.post(path, {**sent, "legal_name": "Somebody else"})
    assert "Thank you" in plain(again.text)
    assert {one.name: one.value for one in asked(store, "case.get", case_id=case).data}[
        "legal_name"
    ] == "Tomás Vega Ruiz"


def test_without_the_pages_nonce_nothing_is_done(store: Store, at: Visitor) -> None:
    case, path = invited(store)
    for nonce in ("", "0" * 32, "ä"):
        answer = at.post(path, {"nonce": nonce, "legal_name": "X", "agree": "yes", "outcome": "done"})
        assert answer.status_code == 422 and "out of date" in answer.text
    assert asked(store, "case.get", case_id=case).tasks[0].guest


def test_another_sites_form_does_nothing(store: Store, at: Visitor) -> None:
    _, path = invited(store)
    sent = {"nonce": nonce_of(at.get(path)), "legal_name": "X", "agree": "yes", "outcome": "done"}
    assert at.post(path, sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_guests_draft_is_kept(store: Store, at: Visitor) -> None:
    _, path = invited(store)
    sent = {"nonce": nonce_of(at.get(path)), "legal_name": "Tomás half"}
    assert at.post(path, sent, headers={"X-Draft": "1"}).status_code == 204
    assert "Tomás half" in at.get(path)


def test_wrong_expired_and_revoked_links_answer_alike(store: Store, at: Visitor) -> None:
    case, path = invited(store)
    gone, late = path, asked(store, "link.make", case_id=case, task_id=task_in(store, case)).path
    for link in asked(store, "link.list", case_id=case):
        if link.created_at == min(one.created_at for one in asked(store, "link.list", case_id=case)):
            asked(store, "link.revoke", case_id=case, link=link.id)
    with store.transaction(SHOP) as tx:
        tx.run(
            "UPDATE guest_links SET expires_at = created_at WHERE organisation = :organisation AND revoked_at IS NULL"
        )
    answers = [
        at.web.get(one) for one in (gone, late, "/g/" + "A" * 43, "/g/short", "/g/other." + "A" * 43, "/s/" + "B" * 43)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    posts = [at.post(one, {"nonce": "x"}) for one in (gone, late, "/g/" + "A" * 43)]
    assert {(one.status_code, one.text) for one in posts} == {(404, answers[0].text)}


def test_a_status_link_shows_steps_without_data_or_names(store: Store, at: Visitor) -> None:
    case, task = invited(store)
    path = asked(store, "link.make", case_id=case).path
    page = plain(at.get(path))
    assert "Consent for the background check" in page and "Check the papers" in page and "Now at" in page
    assert "64" not in page and "Ana Flores" not in page and "tomas@example.org" not in page
    assert at.web.get(path.replace("/s/", "/g/")).status_code == 404
    assert at.web.get(task.replace("/g/", "/s/")).status_code == 404


def test_anybody_sends_a_public_form_and_follows_it(store: Store, at: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    page = at.get("/f/complaint")
    assert "Your name" in page and "What happened?" in page
    refused = at.post(
        "/f/complaint", {"_name": "Cus", "_email": "no address", "about": "A chair", "details": "It broke"}
    )
    assert refused.status_code == 422 and 'value="A chair"' in refused.text and 'value="no address"' in refused.text
    sent = {"_name": "Cus Tomer", "_email": "cus@example.org", "about": "A chair", "details": "It broke"}
    answer = at.post("/f/complaint", sent, files={"photo": ("chair.jpg", b"jpg", "image/jpeg")})
    assert "/s/" in str(answer.url) and "Complaint about A chair" in plain(answer.text)
    (case,) = asked(store, "case.list", text="Complaint about A chair").items
    photo = next(one.value for one in asked(store, "case.get", case_id=case.id).data if one.name == "photo")
    assert photo["name"] == "chair.jpg"
    monkeypatch.setattr(starting, "PUBLIC_STARTS", Allowance(1, timedelta(days=10)))
    assert at.post("/f/complaint", {**sent, "about": "First"}).status_code == 200
    often = at.post("/f/complaint", {**sent, "about": "Second"})
    assert often.status_code == 422 and "often" in often.text and 'value="Second"' in often.text


def test_forms_that_are_not_public_are_not_there(at: Visitor) -> None:
    answers = [at.web.get(path) for path in ("/f/order", "/f/nothing")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert at.post("/f/order", {"what": "x", "_name": "a", "_email": "a@example.org"}).status_code == 404


def test_links_are_made_and_revoked_on_the_case(store: Store, tmp_path: Path) -> None:
    case, _ = invited(store)
    with visitor(store, tmp_path) as inside:
        page = inside.be("ana").post(f"/cases/{case}/links", {"days": "7"}).text
        made = re.search(r"/s/[A-Za-z0-9_.-]+", page)
        assert made is not None and "Now at" in plain(inside.get(made.group(0)))
        revoke = re.search(rf'action="(/cases/{case}/links/[^"]+/revoke)"', page)
        assert revoke is not None
        inside.post(revoke.group(1))
        assert inside.web.get(made.group(0)).status_code == 404
        assert inside.be("dirk").web.get(f"/cases/{case}/links").status_code == 403
