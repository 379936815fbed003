"""`procession reveal`: what it says, the draft, and connecting."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.cli.conftest import Cli
from tests.support.database import Database
from tests.support.linked_workflows import SOURCES, remember

NEEDED = ("order", "delivery", "invoice")


@pytest.fixture
def linked(office: Path, cli: Cli, clean_database: Database) -> Path:
    """Three published workflows whose records belong together."""
    cli("admin", "create", "Bo Berg", "bo@example.com", typed="four plain words here\n")
    (bo,) = cli("ask", "person.list").json
    for group in ("finance", "buyers"):
        assert cli("ask", "group.save", "-f", f"group={group}", "-f", f'members=["{bo["id"]}"]').code == 0
    for name in NEEDED:
        (office / f"{name}.yaml").write_text(SOURCES[name])
    assert cli("publish", *(office / f"{name}.yaml" for name in NEEDED), "--accept", "for tests").code == 0
    with Store(clean_database.app_url) as store:
        (organisation,) = store.organisations()
        remember(store, organisation, datetime.now(UTC), orders=60, visits=False)
    return office


def test_it_says_what_was_found_and_connects_it(linked: Path, cli: Cli) -> None:
    said = cli("reveal")
    assert said.code == 0
    assert said.out.startswith("Order, Delivery and Invoice seem to form a process. (proposal ")
    assert "Order > Delivery" in said.out and "belong to exactly one case of Order" in said.out
    proposal = cli("reveal", "--json").json["proposals"][0]["id"]
    assert cli("reveal", "--draft", proposal).out.startswith("process: order-to-invoice\n")
    refused = cli("reveal", "--connect", proposal)
    assert refused.code == 1 and "missing_feedback" in refused.out and "--accept REASON" in refused.out
    assert cli("reveal", "--connect", proposal, "--accept", "from the records").out == "Order to invoice: version 1\n"
    assert "seem to form" not in cli("reveal").out


def test_a_proposal_that_is_not_there_is_named(linked: Path, cli: Cli) -> None:
    said = cli("reveal", "--connect", "nothing")
    assert said.code == 2
    assert "There is no proposal 'nothing'; there is " in said.err


def test_without_records_it_says_what_is_needed(office: Path, cli: Cli) -> None:
    cli("admin", "create", "Bo Berg", "bo@example.com", typed="four plain words here\n")
    assert "once three workflows have 8 cases each; no workflow has so many" in cli("reveal").out
