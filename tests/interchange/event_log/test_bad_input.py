"""Bad input: a sentence that says what is wrong and where, or a stated limit; never a wrong number without a mark."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from procession.interchange.event_log import source
from procession.interchange.event_log.errors import AmbiguousDates, LogFileError
from procession.interchange.event_log.reading import Imported, Options, preview, read_log
from procession.interchange.event_log.writing import format_of, write_log

HEADER = "case,step,start,end,resource\n"
GOOD = "1,a,2026-01-05 08:00,2026-01-05 09:00,ann\n"
XES = '<log><trace><event><string key="concept:name" value="a"/><date key="time:timestamp" value="{}"/></event></trace></log>'


def file(folder: Path, content: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def imported(folder: Path, content: str | bytes, name: str = "log.csv", **options: Any) -> Imported:
    return read_log(file(folder, content, name), Options(**options))


REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    # content, what the sentence says, what the hint says
    "nothing at all": (b"", "'log' is empty", "a header and a row"),
    "only blanks": ("\n \n", "'log' is empty", "a header"),
    "only a header": (HEADER, "'log' has no events", ""),
    "one column": ("words\nmore\n", "has one column only, 'words'", "--separator"),
    "columns of something else": ("name,price\nx,1\n", "No column was found for the case", "--column"),
    "no moment": (HEADER + "1,a,soon,later,ann\n", "No column was found for the time", "--column"),
    "swapped start and end": (
        HEADER + "1,a,2026-01-05 09:00,2026-01-05 08:00,ann\n1,b,2026-01-05 11:00,2026-01-05 10:00,ann\n",
        "2 of 2 rows end before they begin: the columns of start and end look swapped", "--column start='end'",
    ),
    "dates that read in two ways": (
        "case,step,end\n1,a,01/02/2026 08:00\n1,b,03/04/2026 09:00\n", "read in two ways: '01/02/2026 08:00'", "day-first",
    ),
    "a zip archive": (b"PK\x03\x04xxxx", "is a zip archive", "Unpack it"),
    "bytes of a program": (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 8, "zero bytes", ""),
    "a cut gzip": (gzip.compress((HEADER + GOOD * 50_000).encode())[:-40], "is cut off", "again"),
    "a damaged gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 400, "is damaged", "again"),
    "a damaged Parquet": (b"PAR1" + b"x" * 400, "cannot be read as Parquet", ""),
    "XML with entities": (
        '<?xml version="1.0"?><!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]><log>&x;</log>',
        "declares a document type or entities", "without <!DOCTYPE",
    ),
    "XML that is cut": (XES.format("2026-01-05T08:00:00Z")[:-20], "is no whole XML", "again"),
    "XML of something else": ("<html><body/></html>", "its first element is not <log>", ""),
    "XES without events": ("<log></log>", "no events", ""),
    "JSON that is cut": ('{"events": [', "is no whole JSON", ""),
    "JSON of something else": ('{"a": 1}', "no list 'objects'", ""),
    "OCEL entries without ids": ('{"objects": [{"type": "case"}], "events": []}', "entry 1 of 'objects' has no id", ""),
    "OCEL with several kinds of cases": (
        '{"objects": [{"id": "o", "type": "order"}, {"id": "i", "type": "item"}], "events": []}',
        "Which objects are the cases? There are 'order' (1), 'item' (1)", "--object-type",
    ),
    "a row of 17 MB": (HEADER + f"1,{'a' * (17 << 20)},2026-01-05 08:00,2026-01-05 09:00,x\n", "16 MB", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_in_a_sentence(what: str, tmp_path: Path) -> None:
    content, sentence, hint = REFUSED[what]
    with pytest.raises(LogFileError) as refused:
        read_log(file(tmp_path, content, "log"))
    assert sentence in str(refused.value), str(refused.value)
    assert hint in refused.value.hint


def test_entities_deep_inside_are_refused_as_well(tmp_path: Path) -> None:
    """Also where the declaration stands behind a long comment, and the quick reader would not look."""
    text = f"<?xml version='1.0'?><!--{'x' * (2 << 20)}--><!DOCTYPE log [<!ENTITY a 'b'>]><log/>"
    with pytest.raises(LogFileError, match="declares a document type"):
        read_log(file(tmp_path, text))


ODD: dict[str, tuple[str | bytes, Callable[[Imported], bool]]] = {
    "one event": (HEADER + GOOD, lambda got: got.report.instances == 1 and _notes(got, "one case only")),
    "one case": (HEADER + GOOD + GOOD.replace(",a,", ",b,"), lambda got: _notes(got, "one case only")),
    "every case has one event": (HEADER + GOOD + "2" + GOOD[1:], lambda got: _notes(got, "Every case has one step only")),
    "equal moments stand in the order of the file": (
        "case,step,end\n" + "".join(f"1,{name},2026-01-05 08:00\n" for name in "dbca"),
        lambda got: [got.table.step_names[one] for one in got.table.step] == list("dbca"),
    ),
    "no zone is taken as UTC and said": (HEADER + GOOD, lambda got: _notes(got, "no time zone and are taken as UTC")),
    "mixed zones": (
        HEADER + GOOD + "1,b,2026-01-05 10:00+02:00,2026-01-05 11:00+02:00,ann\n",
        lambda got: _notes(got, "2 moments name their time zone and 2 do not") and int(got.table.end[0]) == int(got.table.end[1]),
    ),
    "missing resources": (HEADER + GOOD.replace("ann", ""), lambda got: got.report.without_resource == 1),
    "an end of never": (
        HEADER + GOOD + "1,b,2026-01-05 10:00,9999-12-31 00:00,ann\n",
        lambda got: got.report.errors[0].row == 3 and "placeholder for never" in got.report.errors[0].reason,
    ),
    "begun and not ended": (HEADER + GOOD + "1,b,2026-01-05 10:00,,ann\n", lambda got: got.report.unfinished == 1),
    "equal rows": (HEADER + GOOD * 3, lambda got: got.report.duplicates == 2 and got.report.instances == 1),
    "a few rows that end before they begin": (
        HEADER + GOOD * 1 + "2,a,2026-01-05 08:00,2026-01-05 09:30,ann\n3,a,2026-01-05 10:00,2026-01-05 09:00,ann\n",
        lambda got: [(one.row, one.reason) for one in got.report.errors] == [(4, "it ends before it begins")],
    ),
    "columns of unknown names": (
        "Vorgang 1,Was,Wann\n1,a,2026-01-05 08:00\n", lambda got: got.report.columns["end"] == "Wann",
    ),
    "10,000 steps": (
        HEADER + "".join(f"{n % 100},step {n},2026-01-05 08:00,2026-01-05 09:00,ann\n" for n in range(10_000)),
        lambda got: got.report.steps == 10_000 and _notes(got, "10,000 different steps"),
    ),
    "a huge cell": (
        HEADER + GOOD + f"1,{'a' * (5 << 20)},2026-01-05 08:00,2026-01-05 09:00,ann\n",
        lambda got: "its step has 5242880 letters, and the limit is 1000" in got.report.errors[0].reason,
    ),
    "a huge cell beside": (
        "case,step,end,note\n1,a,2026-01-05 08:00," + "x" * (5 << 20) + "\n", lambda got: got.report.instances == 1,
    ),
    "lines that end in two ways": (
        HEADER.replace("\n", "\r\n") + GOOD + GOOD.replace("1,a", "1,b"), lambda got: got.report.rows == 2,
    ),
}  # fmt: skip


def _notes(got: Imported, words: str) -> bool:
    return any(words in note for note in got.report.notes)


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_read_and_marked(what: str, tmp_path: Path) -> None:
    content, is_right = ODD[what]
    options = {"columns": {"case": "Vorgang 1", "step": "Was"}} if "unknown names" in what else {}
    got = imported(tmp_path, content, **options)
    assert is_right(got), (got.report.notes, got.report.errors)


def test_every_row_that_is_left_out_is_named_with_its_row(tmp_path: Path) -> None:
    """Numbers are those of the file, also after rows that were no rows."""
    got = imported(
        tmp_path,
        HEADER + GOOD + "1,b\n1,c,2026-01-05 08:00,2026-01-05 10:00,ann,more\n,d,2026-01-05 08:00,2026-01-05 10:00,ann\n"
        "1,,2026-01-05 08:00,2026-01-05 10:00,ann\n1,f,2026-01-05 08:00,2026-02-30 10:00,ann\n"
        "1,g,2026-01-05 08:00,2026-01-05 10:00,=cmd\n",
    )  # fmt: skip
    report = got.report
    assert sorted((one.row, one.reason) for one in report.errors) == [
        (3, "it has fewer cells than the header"), (4, "it has more cells than the header"), (5, "it names no case"),
        (6, "it names no step"), (7, "its end is no moment"),
    ]  # fmt: skip
    assert report.instances == 2 and report.rows == 7 and report.error_count == 5
    assert report.errors_as_csv().splitlines()[:2] == ["row,reason", "3,it has fewer cells than the header"]


def test_a_column_called_like_a_mark_of_ours_is_no_mark(tmp_path: Path) -> None:
    """The diagnosis reads `outside` as yes or no; `nobody` is neither."""
    got = imported(
        tmp_path, "case,step,end,outside,machine\n1,a,2026-01-05 08:00,nobody,true\n1,b,2026-01-05 09:00,x,false\n"
    )
    assert list(got.table.traits["other outside"]) == ["nobody", "x"]
    assert list(got.table.traits["machine"]) == [True, False] and "outside" not in got.table.traits


def test_a_quotation_mark_that_is_never_closed_is_said(tmp_path: Path) -> None:
    got = imported(tmp_path, HEADER + GOOD + '1,"b,2026-01-05 08:00,2026-01-05 09:00,ann\n1,c,2026-01-05 08:00,x,y\n')
    assert got.report.instances == 1
    assert "never closed" in got.report.errors[0].reason


def test_many_row_errors_are_counted_and_the_first_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from procession.interchange.event_log import gathering, report

    monkeypatch.setattr(report, "MOST_ERRORS", 3)
    monkeypatch.setattr(gathering, "MOST_ERRORS", 3)
    got = imported(tmp_path, HEADER + GOOD + ",x,2026-01-05 08:00,2026-01-05 09:00,\n" * 1 + "".join(
        f",x,2026-01-05 08:00,2026-01-05 09:00,{n}\n" for n in range(9)))  # fmt: skip
    assert got.report.error_count == 10 and len(got.report.errors) == 3
    assert got.report.errors_as_csv().endswith(",and 7 more\r\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"columns": {"case": "cas"}}, "There is no column 'cas'"),
        ({"columns": {"kase": "case"}}, "'kase' is no meaning of a column"),
        ({"zone": "Mars/Olympus"}, "There is no time zone 'Mars/Olympus'"),
        ({"encoding": "klingon"}, "There is no encoding 'klingon'"),
        ({"encoding": "utf-16"}, "is not text in UTF-16"),
    ],
)
def test_what_is_named_by_hand_must_exist(options: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(LogFileError, match=sentence):
        imported(tmp_path, HEADER + GOOD + "x", **options)


def test_the_order_of_day_and_month_can_be_said(tmp_path: Path) -> None:
    text = "case,step,end\n1,a,01/02/2026 08:00\n1,b,03/02/2026 08:00\n"
    day = imported(tmp_path, text, day_first=True).table
    month = imported(tmp_path, text, day_first=False).table
    assert np.diff(day.end).tolist() == [2 * 86_400_000_000]
    assert np.diff(month.end).tolist() == [59 * 86_400_000_000]
    with pytest.raises(AmbiguousDates) as asked:
        imported(tmp_path, text)
    assert asked.value.column == "end"


def test_one_column_tells_the_order_for_all(tmp_path: Path) -> None:
    text = "case,step,start,end\n1,a,01/02/2026 08:00,13/02/2026 08:00\n"
    assert (imported(tmp_path, text).table.end - imported(tmp_path, text).table.start).tolist() == [12 * 86_400_000_000]


def test_a_hostile_name_cannot_leave_its_place(tmp_path: Path) -> None:
    """Names of columns and values are data wherever they come."""
    text = 'case,step,end,"x""; drop table raw; --",\'y\'\n1,"\'); drop table event; --",2026-01-05 08:00,1,2\n'
    got = imported(tmp_path, text)
    assert got.table.step_names == ["'); drop table event; --"]
    for name in ("log.csv", "log.xes", "log.json", "log.parquet"):
        write_log(got.table, tmp_path / f"again-{name}")
        assert read_log(tmp_path / f"again-{name}").table.step_names == got.table.step_names


def test_what_a_spreadsheet_would_calculate_is_made_harmless(tmp_path: Path) -> None:
    got = imported(tmp_path, 'case,step,end,resource,=note\n1,"=cmd|calc",2026-01-05 08:00,+1-2,-5\n')
    write_log(got.table, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text()
    assert "'=cmd|calc" in text and "'+1-2" in text and ",case:=note" in text
    assert ",=" not in text and "\n=" not in text and ",+" not in text


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1 << 20)
    with pytest.raises(LogFileError, match="unpacks to more than"):
        imported(tmp_path, gzip.compress((HEADER + GOOD * 50_000).encode()))


def test_progress_is_told_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    read_log(file(tmp_path, HEADER + GOOD), progress=lambda what, share: told.append((what, share)))
    assert told[-1] == ("done", 1.0) and {what for what, _ in told} >= {"reading", "ordering"}
    assert all(0 <= share <= 1 for _, share in told)


def test_a_preview_shows_rows_and_what_the_columns_seem_to_mean(tmp_path: Path) -> None:
    seen = preview(file(tmp_path, HEADER + GOOD))
    assert seen.rows == (("1", "a", "2026-01-05 08:00", "2026-01-05 09:00", "ann"),)
    assert seen.columns is not None and seen.columns.by_role["resource"] == "resource"
    unknown = preview(file(tmp_path, "a,b\n1,2\n"))
    assert unknown.columns is None and "No column was found" in unknown.problem


def test_the_name_of_a_file_says_its_format(tmp_path: Path) -> None:
    assert format_of(tmp_path / "a.XES.gz") == "xes"
    with pytest.raises(LogFileError, match="names no format"):
        format_of(tmp_path / "a.docx")
