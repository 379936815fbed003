"""The REST door: translation, problems, keys, pages, limits."""

from __future__ import annotations

import json

import pytest

from tests.operations.conftest import NOW, ORGANISATION, Office
from tests.rest.conftest import Client


def start(client: Client, person: str = "ana", **data: object) -> str:
    body = {"workflow": "purchase", "data": {"item": "desk", "amount": 600.5, **data}}
    return client(person).post("/cases", json=body).raise_for_status().json()["id"]


def test_a_purchase_over_http(client: Client) -> None:
    case = start(client)
    task = client("dana").get("/tasks").json()["items"][0]
    assert task["title"] == "Sign off"
    done = client("dana").post(f"/tasks/{task['id']}/complete", json={"outcome": "approve"})
    assert done.status_code == 200
    assert done.json()["next"][0]["title"] == "Order it"
    view = client("ana").get(f"/cases/{case}")
    amount = next(field for field in view.json()["data"] if field["name"] == "amount")
    assert (amount["value"], amount["shown"]) == (600.5, "600.50 USD")
    assert b'"value":600.5' in view.content


@pytest.mark.parametrize(
    ("person", "method", "path", "body", "status", "code"),
    [
        (None, "GET", "/tasks", None, 401, "unauthenticated"),
        ("ana", "GET", "/cases/0", None, 404, "not_found"),
        ("ana", "GET", "/cases/019b8d3c-0000-7000-8000-000000000000", None, 404, "not_found"),
        ("ana", "POST", "/cases", {"workflow": "nothing"}, 404, "not_found"),
        ("ana", "POST", "/cases", {"workflw": "purchase"}, 422, "missing_field"),
        ("ana", "POST", "/cases", {"workflow": "purchase", "dta": {}}, 422, "unknown_key"),
        ("ana", "POST", "/cases", {"workflow": "purchase", "data": {}}, 422, "missing_field"),
        ("ana", "POST", "/people", {"name": "X", "email": "x@example.org"}, 403, "forbidden"),
        ("ana", "GET", "/nothing", None, 404, "not_found"),
        ("ana", "DELETE", "/cases", None, 405, "method_not_allowed"),
        ("ana", "GET", "/cases?limt=3", None, 422, "unknown_key"),
        ("ana", "GET", "/cases?limit=0", None, 422, "invalid_field"),
        ("ana", "GET", "/cases?limit=many", None, 422, "invalid_field"),
        ("ana", "GET", "/cases?limit=1&limit=2", None, 422, "invalid_field"),
        ("ana", "POST", "/cases?workflow=purchase", {}, 422, "invalid_field"),
        ("bo", "POST", "/definitions", {"files": [{"text": "workflow: x"}]}, 422, "invalid_definition"),
        ("bo", "POST", "/definitions", {"files": []}, 422, "invalid_field"),
    ],
)
def test_refusals_are_problems_with_a_stable_code(
    client: Client, person: str | None, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = client(person).request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_an_unknown_key_names_the_nearest_and_its_place(client: Client) -> None:
    told = client("ana").post("/cases", json={"workflow": "purchase", "dta": {}}).json()
    assert told["errors"] == [
        {
            "pointer": "/dta",
            "field": "dta",
            "code": "unknown_key",
            "detail": "There is no 'dta' here.",
            "hint": "Did you mean data?",
        }
    ]


def test_a_wrong_field_is_pointed_at(client: Client) -> None:
    told = client("ana").post("/cases", json={"workflow": "purchase", "data": {"item": "x", "amount": "much"}}).json()
    assert [error["pointer"] for error in told["errors"]] == ["/data/amount"]


def test_the_same_key_is_done_once(client: Client) -> None:
    ana = client("ana")
    body = {"workflow": "purchase", "data": {"item": "desk", "amount": 1}}
    first = ana.post("/cases", json=body, headers={"Idempotency-Key": "k"})
    again = ana.post("/cases", json=body, headers={"Idempotency-Key": "k"})
    assert first.json() == again.json()
    other = ana.post("/cases", json={**body, "data": {"item": "chair", "amount": 1}}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert len(ana.get("/cases").json()["items"]) == 1
    bad = ana.post("/cases", json=body, headers={"Idempotency-Key": "x" * 300})
    assert bad.status_code == 422


def test_bodies_that_are_too_large_or_of_another_kind_are_refused(client: Client) -> None:
    ana = client("ana")
    big = ana.post(
        "/cases", content=b'{"workflow": "' + b"x" * 1_100_000 + b'"}', headers={"Content-Type": "application/json"}
    )
    assert (big.status_code, big.json()["code"]) == (413, "too_large")
    xml = ana.post("/cases", content=b"<a/>", headers={"Content-Type": "application/xml"})
    assert (xml.status_code, xml.json()["code"]) == (415, "unsupported_media_type")
    bad = ana.post("/cases", content=b"{", headers={"Content-Type": "application/json"})
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid_json")


def test_lists_are_paged(client: Client) -> None:
    cases = [start(client, item=f"desk {n}") for n in range(3)]
    finn = client("finn")
    first = finn.get("/cases?limit=2").json()
    second = finn.get("/cases", params={"limit": 2, "after": first["next"]}).json()
    assert [line["id"] for line in first["items"] + second["items"]] == cases[::-1]
    assert second["next"] is None


def test_a_token_is_held_to_its_scopes(client: Client) -> None:
    reader = client("ana", "cases:read")
    assert reader.get("/cases").status_code == 200
    refused = reader.post("/cases", json={"workflow": "purchase", "data": {"item": "x", "amount": 1}})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert reader.post("/me/tokens", json={"name": "more", "scopes": ["cases:write"]}).status_code == 403


def test_a_revoked_or_wrong_token_opens_nothing(client: Client, office: Office) -> None:
    made = office.ask("ana", "me.make_token", name="t", scopes=["me"])
    ana = client()
    ana.headers["Authorization"] = f"Bearer {made.token}"
    assert ana.get("/me").json()["id"] == "ana"
    office.ask("ana", "me.revoke_token", token=made.line.id)
    assert ana.get("/me").status_code == 401
    for wrong in ("x", "prc_" + "a" * 43, "other." + "a" * 43, "a.b.c"):
        ana.headers["Authorization"] = f"Bearer {wrong}"
        assert ana.get("/me").status_code == 401


def test_logging_in_locking_and_the_way_back(client: Client, office: Office) -> None:
    office.ask("bo", "person.change", person="ana", password="four plain words here")
    nobody = client()
    for _ in range(5):
        wrong = nobody.post("/session", json={"email": "ana@example.com", "password": "wrong"})
        assert wrong.status_code == 401
    locked = nobody.post("/session", json={"email": "ana@example.com", "password": "four plain words here"})
    assert (locked.status_code, locked.json()["code"]) == (429, "rate_limited")
    assert int(locked.headers["Retry-After"]) > 0
    office.later(minutes=16)
    session = nobody.post("/session", json={"email": "ANA@example.com", "password": "four plain words here"})
    assert session.status_code == 200
    nobody.cookies.set("procession_session", session.json()["token"])
    assert nobody.get("/me").json()["id"] == "ana"
    assert nobody.get("/me/sessions").json()[0]["current"] is True
    foreign = nobody.delete("/session", headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")
    assert nobody.delete("/session", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert nobody.get("/me").status_code == 401


def test_a_missing_account_answers_as_a_wrong_password_does(client: Client, office: Office) -> None:
    office.ask("bo", "person.change", person="ana", password="four plain words here")
    nobody = client()
    one = nobody.post("/session", json={"email": "ana@example.com", "password": "wrong"}).json()
    other = nobody.post("/session", json={"email": "nobody@example.com", "password": "wrong"}).json()
    assert one == other


def test_files_come_back_as_attachments_to_those_who_see_the_case(client: Client) -> None:
    case = start(client)
    sent = (
        client("ana")
        .post(
            "/files", params={"name": "../offer ü.pdf", "type": "application/pdf", "case_id": case}, content=b"%PDF-1.7"
        )
        .raise_for_status()
        .json()
    )
    assert (sent["name"], sent["size"]) == ("offer ü.pdf", 8)
    got = client("dana").get(f"/files/{sent['id']}")
    assert got.content == b"%PDF-1.7"
    assert got.headers["content-disposition"].startswith('attachment; filename="offer _.pdf"')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert client("sven").get(f"/files/{sent['id']}").status_code == 404
    assert client("ana").post("/files", params={"name": "run.exe"}, content=b"MZ").status_code == 422


def test_the_history_is_exported_without_formulas(client: Client, office: Office) -> None:
    case = start(client, item="=HYPERLINK(1)")
    exported = client("ana").get(f"/cases/{case}/history/export?format=csv")
    assert exported.status_code == 200
    cells = [line.split(",") for line in exported.text.splitlines()]
    assert not any(cell.strip('"')[:1] in "=+-@" for row in cells[1:] for cell in row[:5] if cell.strip('"'))
    as_json = client("ana").get(f"/cases/{case}/history/export").json()
    assert [event["seq"] for event in as_json] == list(range(1, len(as_json) + 1))
    assert client("bo").get(f"/cases/{case}/verify").json()["sound"] is True


def test_a_guest_does_one_task_and_sees_nothing_else(client: Client, office: Office) -> None:
    case = start(client)
    office.ask("dana", "task.complete", task_id=office.task_of(case), outcome="approve")
    office.ask("eve", "task.complete", task_id=office.task_of(case), values={"order": "PO 1"})
    task = office.task_of(case)
    link = office.ask("finn", "link.make", case_id=case, task_id=task)
    nobody = client()
    assert nobody.get(f"/guest/{'a' * 43}").json()["code"] == "not_found"
    seen = nobody.get(f"/guest/{link.token}").json()
    assert seen["task"]["row"]["title"] == "Tell the supplier"
    assert "600" not in json.dumps(seen), "a guest learns nothing of the case's data"
    before = office.ask("bo", "case.get", case_id=case).version
    nobody.get(f"/guest/{link.token}")
    assert office.ask("bo", "case.get", case_id=case).version == before, "looking never acts"
    stale = nobody.post(f"/guest/{link.token}/complete", json={"nonce": "0" * 32})
    assert stale.status_code == 409
    done = nobody.post(f"/guest/{link.token}/complete", json={"nonce": seen["nonce"]})
    assert done.status_code == 200, done.text
    again = nobody.post(f"/guest/{link.token}/complete", json={"nonce": seen["nonce"]})
    assert (again.status_code, again.json()["code"]) == (409, "task_closed")
    assert office.ask("ana", "case.get", case_id=case).outcome == "bought"


def test_a_status_link_tells_how_it_goes_and_can_be_revoked(client: Client, office: Office) -> None:
    case = start(client)
    link = office.ask("ana", "link.make", case_id=case)
    nobody = client()
    seen = nobody.get(f"/status/{link.token}").json()
    assert [step["state"] for step in seen["steps"]] == ["open", "to do", "to do"]
    assert nobody.get(f"/guest/{link.token}").status_code == 404, "a status link does no task"
    office.ask("ana", "link.revoke", case_id=case, link=office.ask("ana", "link.list", case_id=case)[0].id)
    assert nobody.get(f"/status/{link.token}").status_code == 404
    other = office.ask("ana", "link.make", case_id=case, days=1)
    office.later(days=2)
    assert nobody.get(f"/status/{other.token}").status_code == 404


def test_the_first_administrator_is_made_once(client: Client) -> None:
    nobody = client()
    assert nobody.get("/setup").json() == {"needed": False}
    body = {"name": "Eve", "email": "eve@evil.example", "password": "four plain words here"}
    assert nobody.post("/setup", json=body).json()["code"] == "forbidden"


def test_health_and_figures(client: Client) -> None:
    nobody = client("ana")
    nobody.get("/me")
    assert nobody.get(f"{nobody.base_url.scheme}://{nobody.base_url.netloc.decode()}/healthz").text == "ok\n"
    figures = nobody.get(f"{nobody.base_url.scheme}://{nobody.base_url.netloc.decode()}/metrics").text
    assert 'procession_requests_total{method="GET",status="200"} 1' in figures
    assert "procession_up 1" in figures


def test_moments_are_iso_and_the_clock_is_the_doors(client: Client) -> None:
    case = start(client)
    view = client("ana").get(f"/cases/{case}").json()
    assert view["started_at"] == NOW.isoformat()
    assert ORGANISATION not in view["id"]


def test_other_requests_are_done_once_too(client: Client) -> None:
    bo = client("bo")
    body = {"name": "Nia", "email": "nia@example.org", "password": "four plain words here"}
    first = bo.post("/people", json=body, headers={"Idempotency-Key": "k"})
    again = bo.post("/people", json=body, headers={"Idempotency-Key": "k"})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert bo.post("/people", json=body).status_code == 409
    other = bo.post("/people", json={**body, "name": "Nina"}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    refused = bo.post("/people", json={**body, "email": "x"}, headers={"Idempotency-Key": "k2"})
    assert refused.status_code == 422
    assert (
        bo.post("/people", json={**body, "email": "x@y.example"}, headers={"Idempotency-Key": "k2"}).status_code == 200
    )


def test_an_answer_with_a_secret_is_not_kept(client: Client) -> None:
    ana = client("ana")
    body = {"name": "mine", "scopes": ["me"]}
    assert ana.post("/me/tokens", json=body, headers={"Idempotency-Key": "k"}).status_code == 200
    assert ana.post("/me/tokens", json=body, headers={"Idempotency-Key": "k"}).status_code == 409
    assert len([token for token in ana.get("/me/tokens").json() if token["name"] == "mine"]) == 1
