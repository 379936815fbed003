"""Mapping a process by hand over HTTP: without script, from a file, and refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from httpx import Client

from tests.support.browser import served
from tests.support.database import Database
from tests.support.work import application, shop

LINES = """\
tea round
feedback was everything there?

ask, finance
ask who wants tea, , 5m, 1h
write a list, , 5m, 1h

make, purchasing
boil water, , 3m, 1h

1>2 3d
"""
TABLE = "Workflow,Owner,Step,Work,Wait\nAsk,finance,Ask around,5m,1h\n,,Write it down,5m,1h\n"


@pytest.fixture(scope="module")
def web(package_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("files")
    with (
        shop(package_database.app_url) as store,
        served(application(store, folder)) as address,
        Client(base_url=address, follow_redirects=True, timeout=60, headers={"Origin": address}) as client,
    ):
        yield client


def test_the_empty_page_says_how_lines_are_written(web: Client) -> None:
    page = web.get("/processes/new").text
    assert "How lines are written" in page and "The name of the process." in page


def test_lines_are_read_without_publishing(web: Client) -> None:
    page = web.post("/processes/new", data={"text": LINES, "do": "read"})
    assert page.status_code == 200
    assert "Ask to Make, waits 3 days" in page.text and "Suggested" in page.text
    assert web.get("/processes/tea-round").status_code == 404


def test_while_typing_only_what_changes_is_sent(web: Client) -> None:
    part = web.post("/processes/new/read", data={"text": LINES[:9]}).text
    assert "<html" not in part and 'hx-target="#lines"' in part and "Goal (what is reached" in part


def test_a_file_takes_the_place_of_the_lines(web: Client) -> None:
    page = web.post(
        "/processes/new", data={"text": "", "do": "read"}, files={"upload": ("tea.csv", TABLE.encode(), "text/csv")}
    ).text
    assert "Write it down" in page and "Ready" in page


def test_a_word_file_and_a_wide_table_are_read_too(web: Client) -> None:
    document, held = Document(), io.BytesIO()
    for line in LINES.splitlines():
        document.add_paragraph(line)
    document.save(held)
    for name, content in (("tea.docx", held.getvalue()), ("tea.csv", TABLE.replace(",", ";").encode("utf-16"))):
        page = web.post("/processes/new", data={"text": "", "do": "read"}, files={"upload": (name, content)})
        assert page.status_code == 200 and "What was understood" in page.text, name


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe\x00", "is not a text file"), (b"x" * 400_001, "is too large")]
)
def test_a_file_that_cannot_be_read_is_refused_and_the_lines_stay(web: Client, content: bytes, said: str) -> None:
    page = web.post(
        "/processes/new", data={"text": LINES, "do": "read"}, files={"upload": ("a.txt", content, "text/plain")}
    )
    assert page.status_code == 422
    assert said in page.text and "write a list" in page.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LINES.replace("boil water,", "boil water, nobody"), "Put the lines right that are marked"),
        ("tea round\n", "Not enough is said yet. Next: Goal"),
        (LINES.replace("feedback was everything there?\n", ""), "A warning needs a reason"),
        ("x" * 100_001, "at most 100,000 characters"),
    ],
)
def test_what_cannot_be_published_is_said_and_the_lines_stay(web: Client, text: str, said: str) -> None:
    page = web.post("/processes/new", data={"text": text, "do": "publish"})
    assert page.status_code in (413, 422)
    assert said in page.text
    assert web.get("/processes/tea-round").status_code == 404


def test_it_is_published_and_says_where_the_time_goes(web: Client) -> None:
    page = web.post("/processes/new", data={"text": LINES.replace("tea", "coffee", 1), "do": "publish"}).text
    assert "The longest way, as stated" in page and "Stated" in page
    assert "Coffee round is published, with 2 workflows" in page
    drawn = web.get("/processes/coffee-round/map").text
    assert "with a dashed edge" in drawn
    chosen = web.get("/processes/coffee-round/map", params={"step": "ask>make/ask.completed->make"}).text
    assert "3 days" in chosen and "Said by" in chosen
    assert "dashed: stated" in web.get("/processes/coffee-round/map.svg").text
    assert web.get("/processes/coffee-round/whatif").status_code == 200
    assert "Stated" in web.get("/").text and "Stated" in web.get("/processes").text
