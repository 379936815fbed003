"""XES by the compiled scan: whatever it reads, the reader of all XML reads alike; what is not plain it leaves to that."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.interchange.event_log import xes_file, xes_scan
from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.reading import connect, read_log
from procession.interchange.event_log.report import Report
from procession.interchange.event_log.writing import write_log
from tests.interchange.event_log.given import EXPORTED, given_log, given_logs
from tests.interchange.event_log.made import made

Columns = dict[str, list[Any]]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made for a test -->
<log xes.version="1.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="trace"><string key="concept:name" value="unnamed"/></global>
<global scope="event"><string key="concept:name" value="unnamed"/>
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>
<classifier name="Activity" keys="concept:name lifecycle:transition"/>
<string key="concept:name" value="a log &amp; its name"/>
"""
EVENT = '<event><string key="concept:name" value="a"/><date key="time:timestamp" value="2026-01-05T08:00:00Z"/></event>'
CASE = '<string key="concept:name" value="1"/>'


def scanned(text: bytes) -> Columns | None:
    """The columns by the scan; None where it leaves the file to the other."""
    with tempfile.TemporaryDirectory() as name:
        (path := Path(name) / "log.xes").write_bytes(text)
        con = connect(Path(name))
        try:
            return columns(con) if xes_scan.load(con, path, None) is not None else None
        except PermissionError:
            return None
        finally:
            con.close()


def streamed(text: bytes) -> Columns:
    """The columns by the reader of all XML."""
    with tempfile.TemporaryDirectory() as name:
        (path := Path(name) / "log.xes").write_bytes(text)
        con = connect(Path(name))
        try:
            xes_file.streamed(con, path, Path(name), report := Report("log.xes", "XES"), None)
            assert not report.notes
            return columns(con)
        finally:
            con.close()


def columns(con: Any) -> Columns:
    found = con.execute("select * from raw")
    names = [one[0] for one in found.description]
    rows = found.fetchall()
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}


def assert_alike(one: Columns, other: Columns) -> None:
    """The same names and values; a moment is the same as its text. A column of nothing is none."""
    one, other = ({name: cells for name, cells in each.items() if any(cells)} for each in (one, other))
    assert set(one) == set(other)
    for name, cells in one.items():
        theirs = other[name]
        if any(isinstance(cell, datetime) for cell in cells):
            theirs = [text and datetime.fromisoformat(text).astimezone(UTC) for text in theirs]
        assert cells == theirs, name


def log_of(*traces: str) -> bytes:
    return (HEAD + "".join(f"<trace>{one}</trace>\n" for one in traces) + "</log>\n").encode()


# --- whatever the scan reads, the other reads alike --------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=("Cs",), min_codepoint=32), max_size=12)
KEY = st.sampled_from(["concept:name", "org:resource", "cost", "a key", "Größe", "lifecycle:transition"])
SPACE = st.sampled_from(["", " ", "\n  ", "\t"])
MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
ZONE = st.sampled_from(["Z", "+00:00", "+05:30", "-08:00", "+14:00"])


def escaped(text: str, mark: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(mark, "&#34;" if mark == '"' else "&#x27;")
    return text.replace("\x7f", "&#127;").replace("é", "&#xE9;")


@st.composite
def attributes(draw: st.DrawFn, event: bool) -> str:
    mark, space = draw(st.sampled_from("'\"")), draw(SPACE)
    end = draw(st.sampled_from(["/>", " />", "></{}>", "></{} >"]))
    if draw(st.integers(0, 3)) == 0:
        kind, key = "date", draw(st.sampled_from(["time:timestamp", "due"]))
        form = draw(st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.250"]))
        moment = draw(MOMENT)
        value = moment.strftime(form.replace("%Y", f"{moment.year:04}")) + draw(ZONE)
    else:
        kind, key = draw(st.sampled_from(["string", "int", "float", "boolean", "id"])), draw(KEY)
        value = escaped(draw(TEXT), mark)
    del event
    parts = [f"key{space.strip(chr(10))}={mark}{key}{mark}", f"value={mark}{value}{mark}"]
    if draw(st.booleans()):
        parts.reverse()
    return f"<{kind} {' '.join(parts)}{end.format(kind)}{draw(SPACE)}"


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    traces: list[str] = []
    for number in range(draw(st.integers(1, 4))):
        events = [
            f"<event>{''.join(draw(st.lists(attributes(True), max_size=5)))}</event>"
            for _ in range(draw(st.integers(0, 4)))
        ]
        own = [f'<string key="concept:name" value="case {number}"/>', *draw(st.lists(attributes(False), max_size=3))]
        own = [one for one in own if "concept:name" not in one or "case " in one]
        parts = own + events if draw(st.booleans()) else events + own
        traces.append(draw(SPACE).join(parts))
    return log_of(*traces)


@given(logs())
@settings(max_examples=80, deadline=None)
def test_plain_logs_are_read_alike_by_both(text: bytes) -> None:
    found = scanned(text)
    if found is not None:
        assert_alike(found, streamed(text))


DAMAGE = [b"", b"<", b">", b"/", b'"', b"'", b"&", b" ", b"x", b"\xff", b"\x01", b"-", b"<!--", b"=", b"e"]


@given(logs(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_is_damaged_is_never_read_where_the_other_refuses(text: bytes, data: st.DataObject) -> None:
    """Letters taken out, put in or changed: the scan leaves the file alone, or reads what the reader of all XML reads."""
    begin = text.index(b"<trace")
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(begin, len(text) - 1))
        put = data.draw(st.sampled_from(DAMAGE))
        text = text[:at] + put + text[at + data.draw(st.integers(0, 2)) :]
    found = scanned(text)
    if found is not None and any(found["case:concept:name"]):
        assert_alike(found, streamed(text))


# --- what is plain, and what is not ------------------------------------------------------------------------------------

PLAIN: Mapping[str, str] = {
    "references": CASE + EVENT.replace('"a"', '"&lt;a&gt; &quot;b&quot; &apos;c&apos; &amp;amp; &#8364; &#x20AC;"'),
    "the name after the events": EVENT + CASE,
    "nothing in a value": CASE + EVENT.replace("</event>", '<string key="note" value=""/></event>'),
    "a comment": f"<!-- one -->{CASE}<!-- two -->{EVENT.replace('<date', '<!-- > three --><date')}",
    "a key twice, the later counts": CASE + EVENT.replace("</event>", '<string key="concept:name" value="b"/></event>'),
    "space everywhere": f"\n\t{CASE}\n{EVENT}\r\n".replace("</event>", "</event \n>").replace("/>", "\n/>"),
    "a trace without events": CASE,
    "a time of the trace": f'{CASE}<date key="begun" value="2026-01-05T08:00:00.5+02:00"/>{EVENT}',
    "digits behind the microsecond that are none": CASE + EVENT.replace("00Z", "00.123456000Z"),
    "before the era": CASE + EVENT.replace("2026", "1912"),
    "a leap day": CASE + EVENT.replace("2026-01-05", "2024-02-29"),
}
OTHER: Mapping[str, str] = {
    "a moment without a zone": CASE + EVENT.replace("00Z", "00"),
    "a nested attribute": CASE + EVENT.replace('"a"/>', '"a"><string key="inner" value="x"/></string>'),
    "a list": CASE + EVENT.replace("</event>", '<list key="l"><values/></list></event>'),
    "a text where another event has a date": CASE + EVENT + EVENT.replace("date", "string"),
    "no name of the case": EVENT,
    "a name of the case in an event": CASE + EVENT.replace("concept:name", "case:concept:name"),
    "names like others": CASE + EVENT.replace("</event>", '<int key="Concept:Name" value="1"/></event>'),
    "more digits than microseconds": CASE + EVENT.replace("00Z", "00.1234567Z"),
    "character data": CASE + EVENT + "<![CDATA[ ]]>",
}  # fmt: skip
BROKEN: Mapping[str, str] = {
    "an end that is another": CASE + EVENT.replace("</event>", "</trace>"),
    "a value twice": CASE + EVENT.replace('value="a"', 'value="a" value="b"'),
    "a reference to nothing": CASE + EVENT.replace('"a"', '"&nothing;"'),
    "an ampersand": CASE + EVENT.replace('"a"', '"a & b"'),
    "a sign that opens": CASE + EVENT.replace('"a"', '"a < b"'),
    "a letter that XML has not": CASE + EVENT.replace('"a"', '"\x01"'),
    "a reference to such a letter": CASE + EVENT.replace('"a"', '"&#1;"'),
    "no space": CASE + EVENT.replace(' value="a"', 'value="a"'),
    "two hyphens in a comment": f"{CASE}<!-- a -- b -->{EVENT}",
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_files_are_scanned(name: str) -> None:
    text = log_of(PLAIN[name], f'<string key="concept:name" value="other"/>{EVENT}')
    found = scanned(text)
    assert found is not None
    assert_alike(found, streamed(text))


@pytest.mark.parametrize("name", OTHER)
def test_other_files_are_left_to_the_reader_of_all_xml(name: str) -> None:
    text = log_of(f'<string key="concept:name" value="other"/>{EVENT}', OTHER[name])
    assert scanned(text) is None
    assert len(streamed(text)["concept:name"]) >= 2


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_left_to_the_reader_that_says_why(name: str) -> None:
    text = log_of(f'<string key="concept:name" value="other"/>{EVENT}', BROKEN[name])
    assert scanned(text) is None
    with pytest.raises(LogFileError, match="no whole XML"):
        streamed(text)


def test_keys_that_differ_in_small_and_large_letters_are_two() -> None:
    event = EVENT.replace("</event>", '<int key="Concept:Name" value="1"/></event>')
    assert set(streamed(log_of(CASE + event))) == {
        "case:concept:name",
        "concept:name",
        "time:timestamp",
        "Concept:Name (again)",
    }


def test_other_encodings_and_ends_are_left_too() -> None:
    text = log_of(CASE + EVENT.replace('"a"', '"ä"'))
    latin = text.decode().replace("UTF-8", "ISO-8859-1", 1).encode("latin-1")
    assert scanned(text) is not None and scanned(latin) is None
    assert streamed(latin)["concept:name"] == ["ä"]
    assert scanned(text.decode().encode("utf-16")) is None
    assert scanned(text[:-8]) is None and scanned(text + b"<more/>") is None
    for put in (b"<", b"<!-- ", b"<![CDATA[", b"&", b"<other>"):
        assert scanned(text.replace(b"<trace", put + b"<trace", 1)) is None
    assert scanned(text.replace(b"<trace", EVENT.encode() + b"<trace", 1)) is None, "an event outside any trace"
    assert scanned(text.replace(b"<log", b'<!DOCTYPE log [<!ENTITY a "b">]><log', 1)) is None


# --- whole files -------------------------------------------------------------------------------------------------------


def test_batches_columns_and_texts_grow_as_the_file_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace longer than a batch, columns that come late, and more texts than the tables begin with."""
    monkeypatch.setattr(xes_scan, "BATCH", 7)
    traces: list[str] = []
    for case in range(60):
        events = "".join(
            f'<event><string key="concept:name" value="step {case * 1000 + n}"/>'
            f'<date key="time:timestamp" value="2026-01-05T08:{n % 60:02}:00Z"/><int key="late {case // 9}" value="{n}"/></event>'
            for n in range(600 if case == 30 else case % 5)
        )
        traces.append(f'<string key="concept:name" value="{case}"/>{events}')
    found = scanned(log_of(*traces))
    assert found is not None
    assert_alike(found, streamed(log_of(*traces)))
    monkeypatch.setattr(xes_scan, "BATCH", 200_000)
    many = "".join(EVENT.replace('"a"', f'"step {n}"') for n in range(40_000))
    found = scanned(log_of(CASE + many))
    assert found is not None and found["concept:name"] == [f"step {n}" for n in range(40_000)]


@pytest.mark.parametrize("name", sorted(one.name for one in given_logs() if one.name != EXPORTED))
def test_every_given_log_as_xes_is_the_same_by_both(name: str, tmp_path: Path) -> None:
    table = read_log(given_log(name)).table
    some = table.only(np.arange(table.cases) % max(table.cases // 300, 1) == 0)
    write_log(some, tmp_path / "log.xes")
    text = (tmp_path / "log.xes").read_bytes()
    found = scanned(text)
    assert found is not None
    assert_alike(found, streamed(text))


def test_a_whole_import_is_the_same_scanned_packed_and_streamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters of our own small log, among them line feeds, quotes and other scripts."""
    (tmp_path / "log.csv").write_text(made())
    write_log(read_log(tmp_path / "log.csv").table, tmp_path / "log.xes")
    streamed_ = read_log(tmp_path / "log.xes").table
    (tmp_path / "packed.xes").write_bytes(gzip.compress((tmp_path / "log.xes").read_bytes()))
    monkeypatch.setattr(xes_file, "SCANNED_FROM", 0)
    for name in ("log.xes", "packed.xes"):
        other = read_log(tmp_path / name).table
        for column in ("case", "step", "resource", "department", "group", "workflow", "ready", "start", "end"):
            assert (getattr(other, column) == getattr(streamed_, column)).all(), column
        assert other.case_names == streamed_.case_names and other.step_names == streamed_.step_names
        assert dict(other.case_traits) == dict(streamed_.case_traits)
        assert {k: list(v) for k, v in other.traits.items()} == {k: list(v) for k, v in streamed_.traits.items()}


def test_a_large_file_with_entities_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xes_file, "SCANNED_FROM", 0)
    text = log_of(CASE + EVENT).replace(b"<log", b'<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/passwd">]><log', 1)
    (tmp_path / "log.xes").write_bytes(text)
    with pytest.raises(LogFileError, match="declares a document type or entities"):
        read_log(tmp_path / "log.xes")
