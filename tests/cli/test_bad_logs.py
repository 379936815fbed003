"""Logs that are broken, empty or strange: a clear sentence, or figures with a mark; never a traceback."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

HEAD = "case,step,start,end,resource\n"
MORNING = "2026-01-05 08:00,2026-01-05 09:00"


def rows(count: int, *lines: str) -> str:
    """The header, and each line for every case; `{n}` is its number."""
    return HEAD + "".join(f"{line.format(n=n)}\n" for n in range(count) for line in lines)


def packed(text: str, share: float) -> bytes:
    """The beginning of a packed file."""
    whole = gzip.compress(text.encode())
    return whole[: int(len(whole) * share)]


REFUSED: dict[str, tuple[str, bytes | str, str]] = {
    "empty": ("log.csv", "", "'log.csv' is empty."),
    "blank lines only": ("log.csv", "\n\n\n", "'log.csv' is empty."),
    "header only": ("log.csv", HEAD, "'log.csv' has no events."),
    "all ends before beginnings": (
        "log.csv", rows(20, "{n},a,2026-01-05 09:00,2026-01-05 08:00,ann"), "the columns of start and end look swapped"
    ),
    "no text": ("log.csv", bytes(range(256)) * 20, "is no text: it contains zero bytes"),
    "one cell of 20 MB": ("log.csv", f"{HEAD}1,{'x' * 20_000_000},{MORNING},ann\n", "it is longer than 16 MB"),
    "truncated gzip": (
        "log.csv.gz", packed(rows(20_000, "{n},a," + MORNING + ",ann {n}"), 0.5), "is cut off: its compressed data ends"
    ),
    "named gzip and is none": ("log.csv.gz", rows(3, "{n},a," + MORNING + ",ann"), "named .gz and is not packed"),
    "XML with entities": (
        "log.xes", '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><log>&c;</log>',
        "declares a document type or entities",
    ),
    "XML that names a file": (
        "log.xes", '<?xml version="1.0"?><!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "declares a document type"
    ),
    "half an XML file": ("log.xes", '<?xml version="1.0"?><log><trace><event>', "is no whole XML"),
    "half a JSON file": ("log.json", '{"events": [', "is no whole JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_a_sentence(name: str, cli: Cli, tmp_path: Path) -> None:
    file, content, sentence = REFUSED[name]
    path = tmp_path / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = cli("diagnose", path, "--html", tmp_path / "report.html")
    assert said.code == 2 and sentence in said.err
    assert "Traceback" not in said.err and not (tmp_path / "report.html").exists()


def many_steps() -> str:
    line = "{n},{step},2026-01-{day:02} 08:{minute:02}:00,2026-01-{day:02} 09:{minute:02}:00,p{who}\n"
    return HEAD + "".join(
        line.format(n=n // 10, step=f"step {n}", day=1 + n // 10 % 28, minute=n % 60, who=n % 50) for n in range(10_000)
    )


READ: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
    "one event": (
        lambda: rows(1, "{n},a," + MORNING + ",ann"),
        ("There is one case only", "Not enough data yet: 1 case has finished; a diagnosis needs 9 more finished cases."),
    ),
    "one case": (
        lambda: rows(1, "{n},a," + MORNING + ",ann", "{n},b,2026-01-05 10:00,2026-01-05 11:00,bob"),
        ("There is one case only", "Not enough data yet", "Waste needs 10 cases; there is 1."),
    ),
    "equal moments": (
        lambda: rows(30, *(f"{{n}},{step},2026-01-05 08:00,2026-01-05 08:00,ann" for step in "abc")),
        ("No time can be measured: Every case begins and ends at the same moment.",),
    ),
    "half of the rows end before they begin": (
        lambda: rows(20, "{n},a,2026-01-05 09:00,2026-01-05 08:00,ann", "{n},b,2026-01-05 10:00,2026-01-05 11:00,ann"),
        ("20 rows could not be read: left out.", "That is 50 % of the log", "every figure may be wrong"),
    ),
    "mixed time zones": (
        lambda: rows(
            20, "{n},a,2026-01-05T08:00:00+01:00,2026-01-05T09:00:00Z,ann",
            "{n},b,2026-01-05 10:00,2026-01-05T11:00:00-05:00,bob",
        ),
        ("60 moments name their time zone and 20 do not; those are taken as UTC.",),
    ),
    "10,000 different steps": (
        many_steps,
        ("There are 10,000 different steps: is 'step' the right column?", "the 200 with most time are judged each for itself"),
    ),
    "a cell of two million letters": (
        lambda: rows(20, "{n},a," + MORNING + ",ann") + f"20,{'x' * 2_000_000},{MORNING},ann\n",
        ("1 row could not be read: left out.",),
    ),
    "only ends, nobody named": (
        lambda: "case,step,end\n" + "".join(
            f"{n},{step},2026-01-{1 + n % 28:02} {8 + place}:00\n" for n in range(30) for place, step in enumerate("abc")
        ),
        ("90 steps without anybody named", "work and waiting together", "does not say when they were begun"),
    ),
    "a moment no calendar has": (
        lambda: rows(30, "{n},a," + MORNING + ",ann") + "30,a,0001-01-01 00:00,9999-12-31 00:00,ann\n",
        ("1 row could not be read: left out.",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_strange_is_read_with_a_mark(name: str, cli: Cli, tmp_path: Path) -> None:
    content, sentences = READ[name]
    path = tmp_path / "log.csv"
    path.write_text(content(), encoding="utf-8")
    said = cli("diagnose", path, "--html", tmp_path / "report.html")
    assert said.code == 0, said.err
    told = " ".join(said.out.split())
    for sentence in sentences:
        assert sentence in told
    page = (tmp_path / "report.html").read_text("utf-8")
    for wrong in ("nan", "None ", "inf "):
        assert wrong not in told and f">{wrong}" not in page


def test_rows_are_written_where_nothing_could_be_read(cli: Cli, tmp_path: Path) -> None:
    path, errors = tmp_path / "log.csv", tmp_path / "errors.csv"
    path.write_text("case,step,end\n,a,2026-01-05 08:00\n2,,2026-01-05 08:00\n")
    hinted = cli("diagnose", path)
    assert hinted.code == 2 and "--errors FILE writes them all" in hinted.err
    said = cli("diagnose", path, "--errors", errors)
    assert said.code == 2 and f"are in {errors}" in said.err
    assert errors.read_text() == "row,reason\n2,it names no case\n3,it names no step\n"


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("log.xlsx", b"PK\x03\x04" + bytes(60), "is a workbook of a spreadsheet. Save its sheet as CSV"),
        ("log.pdf", b"%PDF-1.7\n", "is a PDF."),
        ("log.json", b'[{"case": 1}]', "is JSON, but no OCEL 2.0"),
        (
            "log.csv",
            b"case,step,end\n1,a,2026-01-05\n2,a,soon\n3,a,later\n",
            "'end' is called like one, but holds no moments",
        ),
        ("log.parquet", b"PAR1" + bytes(50) + b"PAR1", "in file 'log.parquet'"),
    ],
)
def test_what_is_another_kind_of_file_is_told(
    file: str, content: bytes, sentence: str, cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    said = cli("log", path)
    assert said.code == 2 and sentence in " ".join(said.err.split()), said.err


def test_days_without_a_time_of_day_are_marked(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("CaseID;Task;Completed\n" + "".join(f"{n};a;31.12.2026\n{n};b;02.01.2027\n" for n in range(6)))
    said = cli("log", path)
    assert said.code == 0 and "All moments are whole days" in said.out
