"""Files with which a map begins: as spreadsheets and word processors save them."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document

from procession.interchange.sketch import read_sketch
from procession.interchange.sketch_files import LARGEST_TEXT, UnreadableFile, lines_of_file
from procession.interchange.sketch_words import Known

TABLE = "Workflow;Owner;Step;Work\r\nPrüfung;it;Lesen;1h\r\n"
KNOWN = Known({"group:it": "IT", "group:finance": "Finance"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_as_a_spreadsheet_saves_it(encoding: str) -> None:
    sketch = read_sketch(lines_of_file("t.csv", TABLE.encode(encoding)), KNOWN)
    assert [(one.title, [step.title for step in one.steps]) for one in sketch.workflows] == [("Prüfung", ["Lesen"])]


def word(make: object = None) -> bytes:
    document = Document()
    if callable(make):
        make(document)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_headings_lists_and_tables_of_a_word_file() -> None:
    def make(document: object) -> None:
        assert isinstance(document, type(Document()))
        document.add_heading("Hiring", 0)
        document.add_paragraph("goal a seat is filled")
        document.add_heading("Ask, it", 1)
        document.add_paragraph("Write the advert, , 1h", style="List Bullet")
        document.add_paragraph("Good?", style="List Bullet")
        document.add_heading("Meet, finance", 1)
        document.add_paragraph("Talk", style="List Number")

    sketch = read_sketch(lines_of_file("hiring.docx", word(make)), KNOWN)
    assert sketch.findings == ()
    assert (sketch.title, sketch.said["goal"]) == ("Hiring", "a seat is filled")
    assert [(one.title, one.owner, [step.title for step in one.steps]) for one in sketch.workflows] == [
        ("Ask", "it", ["Write the advert", "Good?"]),
        ("Meet", "finance", ["Talk"]),
    ]


def test_a_table_of_a_word_file() -> None:
    def make(document: object) -> None:
        assert isinstance(document, type(Document()))
        document.add_paragraph("Hiring")
        table = document.add_table(rows=0, cols=3)
        for row in (
            ("Workflow", "Step", "Who"),
            ("Ask", "Write, and check", "it"),
            ("", "Send", "it"),
            ("Meet", "Talk", "it"),
        ):
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text

    sketch = read_sketch(lines_of_file("hiring.docx", word(make)), KNOWN)
    assert sketch.findings == ()
    assert [(one.title, len(one.steps)) for one in sketch.workflows] == [("Ask", 2), ("Meet", 1)]
    assert sketch.workflows[0].steps[0].title == "Write, and check"


def archive(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/"), content)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "is not a text file"),
        (b"\x00\x01\x02", "is not a text file"),
        (b"x" * (LARGEST_TEXT + 1), "is too large"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Word or Excel"),
        (b"PK\x03\x04 nothing", "the file is damaged"),
        (archive(a=b"b"), "is no Word file"),
        (archive(word__document=b"x", **{"word__document.xml": b"<broken"}), "the file is damaged"),
        (archive(**{"word__document.xml": b"0" * 50_000_001}), "too large when it is unpacked"),
        (word()[:2000], "the file is damaged"),
    ],
)
def test_what_is_no_beginning_is_refused_in_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        lines_of_file("it", content)
