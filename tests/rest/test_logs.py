"""Event logs over REST: brought in one request, worked out by a real worker, exported, deleted; bad ones refused."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from procession.connectors.files import FileStore
from procession.jobs.logs import tidy_logs
from procession.jobs.work import Tools
from procession.jobs.worker import Worker
from procession.operations.catalogue import catalogue
from procession.operations.logs import bringing
from procession.rest.api import Settings as ApiSettings
from procession.rest.app import create_app
from procession.settings import Settings
from procession.store.store import Store
from tests.support import foreign_log
from tests.support.browser import served
from tests.support.database import Database
from tests.support.work import SHOP, asked, shop


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as opened:
        yield opened


@pytest.fixture
def tools(store: Store, tmp_path: Path) -> Tools:
    return Tools.of(store, Settings(data=tmp_path))


@pytest.fixture
def api(store: Store, tmp_path: Path) -> Iterator[httpx.Client]:
    """REST with Ana's token."""
    token = asked(store, "me.make_token", by="ana", name="logs", scopes=["insights:read", "insights:write"]).token
    app = create_app(store, ApiSettings(organisation=SHOP, files=FileStore(tmp_path / "files")))
    with (
        served(app) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def worker(store: Store, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(store, Settings(data=tmp_path), poll=0.2, rescue_after=5)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def ready(api: httpx.Client, path: str, wanted: str = "ready", **params: str) -> dict[str, Any]:
    """Ask until a worker has done it."""
    until, found = time.monotonic() + 110, dict[str, Any]()
    while time.monotonic() < until:
        found = api.get(path, params=params).raise_for_status().json()
        if found.get("status", found.get("line", {}).get("status")) in (wanted, "failed"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{path}: {found}")


def bring(api: httpx.Client, name: str, content: bytes, **params: Any) -> httpx.Response:
    return api.post("/logs", params={"name": name, **params}, content=content)


def files_in(folder: Path) -> list[Path]:
    return [one for one in (folder / "files").rglob("*") if one.is_file()] if (folder / "files").exists() else []


def test_a_log_is_brought_diagnosed_filtered_exported_and_deleted(
    api: httpx.Client, worker: Worker, tmp_path: Path
) -> None:
    made = bring(api, "orders.csv", foreign_log.orders(), title="Orders").raise_for_status().json()
    log = made["line"]["id"]
    assert (made["line"]["status"], made["line"]["cases"], made["line"]["events"]) == ("ready", 40, 128)
    assert made["report"]["dialect"] == "Procession"
    assert log in [one["id"] for one in api.get("/logs").json()]
    whole = ready(api, f"/logs/{log}/diagnosis")
    assert whole["status"] == "ready", whole
    figures = whole["diagnosis"]["figures"]
    assert (figures["cases"], figures["variant_count"]) == (40, 2)
    assert abs(sum(whole["diagnosis"]["shares"].values()) - 1) < 0.005
    assert sum(whole["diagnosis"]["parts"].values()) == whole["diagnosis"]["cycle"]
    assert {(one["giver"], one["taker"]) for one in figures["handovers_departments"]} == {
        ("sales", "finance"), ("finance", "sales")}  # fmt: skip
    assert figures["people"] == [] and figures["handovers_people"] == [], "nobody asked for single people"
    assert "<svg" in whole["picture"]
    assert whole["diagnosis"]["choices"]["fields"] == {"region": ["north", "south"]}
    some = ready(api, f"/logs/{log}/diagnosis", field="region", value="north")
    assert some["diagnosis"]["figures"]["cases"] == 20
    again = api.get(f"/logs/{log}/diagnosis", params={"field": "region", "value": "north"}).json()
    assert again["as_of"] == some["as_of"], "it is kept, not worked out again"
    exported = api.get(f"/logs/{log}/file", params={"format": "xes"})
    assert exported.content.startswith(b"<?xml")
    back = bring(api, "back.xes", exported.content).raise_for_status().json()
    assert back["line"]["events"] == 128
    for one in (log, back["line"]["id"]):
        assert api.delete(f"/logs/{one}").status_code == 200
    assert api.get(f"/logs/{log}").status_code == 404
    assert not files_in(tmp_path), "nothing is left of what was deleted"


@pytest.mark.parametrize("case", foreign_log.REFUSED)
def test_what_cannot_be_read_is_said_and_nothing_is_kept(api: httpx.Client, tmp_path: Path, case: str) -> None:
    name, content, sentence = foreign_log.REFUSED[case]
    before = api.get("/logs").json()
    answer = bring(api, name, content)
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert sentence in told["detail"], told
    assert "--" not in told["detail"] + told.get("hint", ""), "no options of a command line here"
    assert api.get("/logs").json() == before
    assert not files_in(tmp_path)


@pytest.mark.parametrize("case", foreign_log.READ)
def test_what_looks_odd_is_read(api: httpx.Client, case: str) -> None:
    name, content, cases = foreign_log.READ[case]
    made = bring(api, name, content).raise_for_status().json()
    assert (made["line"]["status"], made["line"]["cases"]) == ("ready", cases)


def test_columns_and_dates_may_be_said(api: httpx.Client) -> None:
    odd = b"a,b,c\n7,ask,1/2/2026 08:00\n7,check,3/4/2026 10:00\n"
    assert "case" in bring(api, "odd.csv", odd).json()["detail"]
    said = {"columns": ["case=a", "step=b", "end=c"], "zone": "Europe/Berlin"}
    assert "read in two ways" in bring(api, "odd.csv", odd, **said).json()["detail"]
    made = bring(api, "odd.csv", odd, **said, dates="day-first").raise_for_status().json()
    assert made["line"]["begins_at"].startswith("2026-02-01T07:00")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"columns": "place=a"}, "does not say which column means what"),
        ({"columns": "case=nothing such"}, "There is no column 'nothing such'."),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"encoding": "klingon"}, "There is no encoding 'klingon'."),
        ({"group": "nobody"}, "There is no group 'nobody'."),
    ],
)
def test_what_is_said_wrongly_is_named(api: httpx.Client, said: dict[str, str], sentence: str) -> None:
    answer = bring(api, "orders.csv", foreign_log.orders(3), **said)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_a_filter_that_names_nothing_of_the_log_is_refused(api: httpx.Client, worker: Worker) -> None:
    log = bring(api, "orders.csv", foreign_log.orders(10)).json()["line"]["id"]
    ready(api, f"/logs/{log}/diagnosis")
    for said, sentence in (
        ({"department": "marketing"}, "The log has no department 'marketing'."),
        ({"begun_from": "31.12.2026"}, "'31.12.2026' is no date."),
        ({"field": "region"}, "A field and a value go together."),
        ({"field": "region", "value": "east"}, "No case has the region 'east'."),
    ):
        answer = api.get(f"/logs/{log}/diagnosis", params=said)
        assert (answer.status_code, sentence in answer.json()["detail"]) == (422, True), answer.text
    nothing = ready(api, f"/logs/{log}/diagnosis", begun_from="2031-01-01")
    assert nothing["status"] == "failed"
    assert nothing["error"].startswith("None of the 10 cases is chosen.")


def test_a_large_file_is_read_by_the_worker(
    api: httpx.Client, worker: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bringing, "AT_ONCE", 100)
    made = bring(api, "orders.csv", foreign_log.orders()).raise_for_status().json()
    assert made["line"]["status"] == "reading"
    log = made["line"]["id"]
    assert ready(api, f"/logs/{log}")["line"]["cases"] == 40
    assert ready(api, f"/logs/{log}/diagnosis")["diagnosis"]["figures"]["cases"] == 40
    wrong = bring(api, "cut.csv", foreign_log.NO_CASES + b",ask,2026-01-05 08:00\n" * 10).json()["line"]
    failed = ready(api, f"/logs/{wrong['id']}")
    assert failed["line"]["status"] == "failed"
    assert failed["line"]["error"].startswith("None of the")
    assert api.get(f"/logs/{wrong['id']}/diagnosis").status_code == 404


def test_a_group_keeps_its_log_to_itself(api: httpx.Client, store: Store) -> None:
    log = bring(api, "orders.csv", foreign_log.orders(3), group="finance").json()["line"]["id"]
    assert log in [one.id for one in asked(store, "log.list", by="ana")], "whoever brought it"
    assert log in [one.id for one in asked(store, "log.list", by="bo")], "an administrator, and of the group"
    assert log not in [one.id for one in asked(store, "log.list", by="dana")]


def test_a_body_over_the_limit_is_refused_before_it_is_taken(api: httpx.Client) -> None:
    told = catalogue()["log.import"].largest
    assert told == 500_000_000
    host, port = str(api.base_url.host), api.base_url.port
    with socket.create_connection((host, port or 80), timeout=30) as line:
        head = f"POST /api/v1/logs?name=a.csv HTTP/1.1\r\nHost: {host}\r\n"
        line.sendall(
            f"{head}Authorization: {api.headers['authorization']}\r\nContent-Length: 600000000\r\n\r\na".encode()
        )
        answer = line.recv(65536).decode()
    assert " 413 " in answer.splitlines()[0]
    assert "larger than 500,000,000 bytes" in answer


def test_what_nobody_goes_on_with_is_forgotten(api: httpx.Client, tools: Tools, tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    made = api.post("/log-uploads", params={"name": "a.csv"}, content=foreign_log.DISCO).raise_for_status().json()
    assert made["line"]["status"] == "draft"
    assert made["preview"]["columns"] == {"case": "CaseID", "step": "Task", "end": "Completed"}
    tidy_logs(tools, datetime.now(UTC) + timedelta(days=6))
    assert api.get(f"/logs/{made['line']['id']}").status_code == 200
    tidy_logs(tools, datetime.now(UTC) + timedelta(days=8))
    assert api.get(f"/logs/{made['line']['id']}").status_code == 404
    assert not [one for one in files_in(tmp_path) if "uploads" in one.parts]
