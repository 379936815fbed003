"""`procession reveal`: what it says, the draft, and connecting."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.cli.conftest import Cli
from tests.support.database import Database
from tests.support.linked_logs import ORDERS, linked_logs
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


@pytest.fixture
def logs(tmp_path: Path, cli: Cli) -> list[Path]:
    """Logs of three programs, each in another format."""
    written: list[Path] = []
    for (name, text), ending in zip(linked_logs().items(), ("csv", "xes.gz", "parquet"), strict=True):
        made = tmp_path / f"{name}.csv"
        made.write_text(text)
        written.append(tmp_path / f"{name}.{ending}")
        if ending != "csv":
            assert cli("export", made, "--to", written[-1]).code == 0
    return written


def test_logs_of_three_programs_reveal_the_process_that_they_form(logs: list[Path], cli: Cli) -> None:
    said = cli("reveal", *logs)
    assert said.code == 0
    assert said.out.startswith("Orders, Deliveries and Invoices seem to form a process.\n")
    (found,) = cli("reveal", *logs, "--json").json["proposals"]
    assert [(one["source"], one["target"], one["matched"]) for one in found["links"]] == [
        ("orders", "deliveries", ORDERS),
        ("deliveries", "invoices", ORDERS),
    ]
    keys = [(one["keys"][0]["source_field"], one["keys"][0]["target_field"]) for one in found["links"]]
    assert keys == [("order number", "order_no"), ("case", "delivery")]


def test_two_logs_are_no_process(logs: list[Path], cli: Cli) -> None:
    found = cli("reveal", *logs[:2], "--json").json
    assert found["proposals"] == [] and "once three workflows have" in found["sentence"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--draft", "x"], "nothing can be connected with them"),
        (["nowhere.csv"], "There is no file 'nowhere.csv'"),
        (["SAME"], "Two logs have the same name"),
    ],
)
def test_what_cannot_be_done_with_logs_is_said(logs: list[Path], cli: Cli, more: list[str], sentence: str) -> None:
    said = cli("reveal", *logs, *(str(logs[0]) if one == "SAME" else one for one in more))
    assert said.code == 2 and sentence in said.err


def test_how_logs_are_read_needs_logs(office: Path, cli: Cli) -> None:
    assert "go with logs" in cli("reveal", "--zone", "Europe/Berlin").err
