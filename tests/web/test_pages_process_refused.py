"""What is refused on the page of a process case is said there, with what was typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import Visitor, asked, plain, shop, visitor

PART = """
workflow: fetch
title: Fetch it
owner: people-ops
fields: {what: {type: text, label: What}}
start: {form: [what]}
steps: [{task: Fetch, assign: "group:people-ops"}]
outcome: fetched
"""
WHOLE = """
process: errands
title: Errands
name: "Errand {what}"
owner: people-ops
fields: {what: {type: text, label: What}, count: {type: integer?, label: How many}}
start: {form: [what]}
workflows: {fetch: {use: fetch}}
handoffs: [{from: start, to: fetch, carry: {what: what}}]
"""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        files = [{"name": "fetch.yaml", "text": PART}, {"name": "errands.yaml", "text": WHOLE}]
        asked(made, "definition.publish", files=files)
        with made.transaction("shop") as tx:
            tx.groups.save("people-ops", "People team")
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(store, tmp_path_factory.mktemp("files")) as one:
        yield one


def test_a_wrong_correction_comes_back_on_the_same_page(store: Store, at: Visitor) -> None:
    case = asked(store, "case.start", by="ana", workflow="errands", data={"what": "milk"}).id
    version = str(asked(store, "case.get", case_id=case).version)
    sent = {"what": "milk", "count": "a lot", "reason": "It was wrong", "version": version}
    refused = at.be("bo").post(f"/cases/{case}/data", sent)
    page = plain(refused.text)
    assert refused.status_code == 422 and "Its parts" in page and "Handoffs" in page
    assert 'value="a lot"' in refused.text and 'value="It was wrong"' in refused.text and "One answer needs" in page
    assert "How many" in plain(at.post(f"/cases/{case}/data", {**sent, "count": "3"}).text)
    assert {one.name: one.value for one in asked(store, "case.get", case_id=case).data}["count"] == 3


def test_a_refused_act_is_said_on_the_same_page(store: Store, at: Visitor) -> None:
    case = asked(store, "case.start", by="ana", workflow="errands", data={"what": "bread"}).id
    refused = at.be("ana").post(f"/cases/{case}/cancel", {"reason": "No"})
    assert refused.status_code == 422 and "Its parts" in plain(refused.text) and "Only" in plain(refused.text)


def test_diagrams_call_groups_by_their_titles(at: Visitor) -> None:
    assert "People team" in at.be("bo").get("/workflows/fetch")
    assert "People ops" not in at.get("/workflows/fetch")
    assert "People team" in at.get("/processes/errands/map")
