"""Each operation of the catalogue is explained, guarded, and offered or knowingly left out at each door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import procession
from procession.cli import asking
from procession.operations.catalogue import SCOPES, catalogue
from tests.operations.test_access_matrix import rules

PAGES = Path(procession.__file__).parent / "web"

LEFT_OUT_OF_ASK: Mapping[str, str] = {
    "case.export": "bytes, no JSON: a page or REST",
    "file.get": "bytes, no JSON: a program asks REST",
    "file.upload": "bytes, no JSON: a program asks REST",
    "insight.event_log": "bytes, no JSON: procession export, a page or REST",
    "log.errors": "bytes, no JSON: a page or REST",
    "log.report": "bytes, no JSON: a page or REST; procession diagnose --html writes it of a file",
    "log.file": "bytes, no JSON: a page or REST",
    "log.import": "bytes, no JSON: a program asks REST",
    "log.upload": "bytes, no JSON: a program asks REST",
}
"""What `procession ask` does not offer, and why."""

_PEOPLE = "people are kept by REST or `procession ask` until there are pages of the organisation"
_SETTINGS = "the organisation is set up by REST or `procession ask` until there are pages for it"
_MACHINES = "a program's business: REST"

LEFT_OUT_OF_PAGES: Mapping[str, str] = {
    "absence.list": "one's own absences come with one's account",
    "case.find": "people click; ids are typed at the command line",
    "case.message": _MACHINES,
    "group.delete": _PEOPLE,
    "group.save": _PEOPLE,
    "log.import": "people look at the columns first, and then read the log; a program says all at once",
    "message.send": _MACHINES,
    "role.delete": _PEOPLE,
    "role.save": _PEOPLE,
    "schedule.list": "each workflow's page shows its own",
    "setting.delete": _SETTINGS,
    "setting.list": _SETTINGS,
    "setting.save": _SETTINGS,
    "task.begin": "the first draft that a page saves begins the task",
    "task.drop_draft": "a draft is written over",
    "insight.past_delay": "the page of a running case asks what a delay does to it; over finished cases it is for reports",
}
"""What no page asks, and why."""


def in_pages() -> set[str]:
    """The operations that the pages' sources name."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PAGES.rglob("*.py"))
    return set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)?)[\"']", sources))


@pytest.mark.parametrize("name", catalogue())
def test_each_operation_is_explained_and_guarded(name: str) -> None:
    one = catalogue()[name]
    assert one.summary.endswith(".") or one.summary.endswith("`"), one.summary
    for parameter in one.parameters:
        assert parameter.doc, f"{name}: {parameter.name} has no sentence"
    assert set(one.in_path) <= {parameter.name for parameter in one.parameters}
    assert one.scope in SCOPES
    assert name in rules(), f"{name} has no row in the access matrix"
    assert one.safe == (one.method == "GET")


def test_no_two_operations_share_an_address() -> None:
    addresses = [(one.method, re.sub(r"{\w+}", "{}", one.path)) for one in catalogue().values()]
    assert len(addresses) == len(set(addresses))


def test_the_command_line_offers_each_or_says_why_not() -> None:
    shown = set(asking._offered())
    assert shown | set(LEFT_OUT_OF_ASK) == set(catalogue())
    assert not shown & set(LEFT_OUT_OF_ASK)


def test_a_page_asks_each_or_the_table_says_why_not() -> None:
    shown = in_pages() & set(catalogue())
    assert shown | set(LEFT_OUT_OF_PAGES) >= set(catalogue()), sorted(set(catalogue()) - shown - set(LEFT_OUT_OF_PAGES))
    assert set(LEFT_OUT_OF_PAGES) <= set(catalogue())
    assert not shown & set(LEFT_OUT_OF_PAGES), "shown now: take it off the table"
