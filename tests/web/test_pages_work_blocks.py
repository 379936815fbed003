"""Steps of several on the pages: whoever answers for the workflow may finish them early."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import Visitor, asked, plain, shop, visitor

QUOTES = """
workflow: quotes
title: Quotes
name: "Quotes for {what}"
owner: people-ops
fields:
  what: {type: text, label: What}
  vendors: {type: table, label: Vendors, columns: {name: {type: text, label: Name}}}
start: {form: [what, vendors]}
steps:
  - each: Ask every vendor
    of: vendors
    as: vendor
    steps: [{task: "Ask {vendor.name}", assign: "group:people-ops"}]
  - {task: Choose one, assign: "group:people-ops"}
outcome: chosen
"""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        asked(made, "definition.publish", files=[{"name": "quotes.yaml", "text": QUOTES}])
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(store, tmp_path_factory.mktemp("files")) as one:
        yield one


def begun(at: Visitor, what: str) -> str:
    rows = {f"vendors.{place}.name": name for place, name in enumerate(("Ada", "Ben", "Cleo"))}
    return at.be("ana").start("quotes", what=what, **rows)


def test_an_each_is_finished_early_from_the_page_of_its_case(store: Store, at: Visitor) -> None:
    case = begun(at, "chairs")
    page = at.be("pia").get(f"/cases/{case}?do=finish")
    assert "Ask every vendor, 3 tasks open" in page and "Finish early" in plain(page)
    (block,) = asked(store, "case.get", case_id=case).can.finish_now
    refused = at.post(f"/cases/{case}/finish", {"block": block.task, "reason": " "})
    assert refused.status_code == 422 and "A reason is needed." in plain(refused.text)
    assert asked(store, "case.get", case_id=case).can.finish_now == (block,)
    done = at.post(f"/cases/{case}/finish", {"block": block.task, "reason": "Two offers are enough"})
    assert "the case goes on" in plain(done.text)
    after = asked(store, "case.get", case_id=case)
    assert [one.title for one in after.tasks] == ["Choose one"] and after.can.finish_now == ()
    assert "Finish early" not in plain(at.get(f"/cases/{case}"))


def test_a_task_inside_leads_there_and_others_are_not_offered_it(store: Store, at: Visitor) -> None:
    case = begun(at, "desks")
    task = asked(store, "case.get", case_id=case).tasks[0]
    assert "Finish Ask every vendor early" in plain(at.be("pia").get(f"/tasks/{task.id}"))
    assert "Finish early" not in plain(at.be("ana").get(f"/cases/{case}"))
    (block,) = asked(store, "case.get", case_id=case).can.finish_now
    assert at.post(f"/cases/{case}/finish", {"block": block.task, "reason": "Enough"}).status_code == 422
    assert len(asked(store, "case.get", case_id=case).tasks) == 3
