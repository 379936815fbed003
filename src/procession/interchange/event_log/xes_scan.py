"""XES at full speed: the compiled scan over the mapped file, batch by batch into the table `raw`.

It gives up, and says so by None, wherever a file is not of the plain kind; nothing it gives differs from what the reader
that knows all of XML would give. Memory is that of a batch.
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from procession.interchange.event_log.gathering import Raw, quoted
from procession.interchange.event_log.report import Progress
from procession.interchange.event_log.xes_stream import Reader

BATCH = 200_000
"""Rows that are held at once."""

LONGEST_HEAD = 1 << 22
_TAIL = re.compile(rb"</log\s*>\s*")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']""")
_REFERENCE = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{2,4});|&")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class Strange(Exception):
    """The file is not of the plain kind."""


def load(con: DuckDBPyConnection, path: Path, progress: Progress | None) -> Raw | None:
    """Read an unpacked file into the table `raw`; None, and no table, where it needs the reader that knows all of XML.

    Raises `PermissionError` where the file declares a document type or entities.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        begin, stop = whole.find(b"<trace"), whole.rfind(b"</log")
        if not _is_plain(whole, begin, stop):
            return None
        letters = np.frombuffer(whole, np.uint8)
        try:
            return _Scan(con, letters, stop).run(begin, progress)
        except (Strange, UnicodeDecodeError):
            con.execute("drop table if exists raw")
            return None
        finally:
            del letters


def _is_plain(whole: mmap.mmap, begin: int, stop: int) -> bool:
    """Whether the head is that of a log in UTF-8, and the file ends with it."""
    if begin < 0 or stop < begin or begin > LONGEST_HEAD:
        return False
    head, tail = whole[:begin], whole[stop : stop + 100]
    encoding = _ENCODING.search(head[:200])
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        return False
    reader = Reader(lambda row: None)
    try:
        reader.feed(head + b"<trace>")  # behind an open comment or half a sign it would open nothing
    except expat.ExpatError:
        return False
    is_end = _TAIL.fullmatch(tail) is not None and stop + 100 >= len(whole)
    return reader.is_log and reader.depth == 2 and not reader.stray and is_end


@dataclass
class _Columns:
    """The columns seen so far; `order` is that of their names in the table."""

    names: list[str] = field(default_factory=list[str])
    letters: list[bytes] = field(default_factory=list[bytes])
    of_event: list[bool] = field(default_factory=list[bool])
    is_date: list[bool] = field(default_factory=list[bool])

    def add(self, key: bytes, *, of_event: bool, is_date: bool) -> None:
        """Take a new one. Raises `Strange` where its name is taken."""
        name = ("" if of_event else "case:") + _said(key)
        if not key or name.lower() in (one.lower() for one in self.names):
            raise Strange
        self.names.append(name)
        self.letters.append(key)
        self.of_event.append(of_event)
        self.is_date.append(is_date)

    def places(self, of_event: bool, is_date: bool) -> list[int]:
        """The columns of this kind, in order."""
        pairs = zip(self.of_event, self.is_date, strict=True)
        return [number for number, pair in enumerate(pairs) if pair == (of_event, is_date)]

    def arrays(self) -> tuple[Any, ...]:
        """As the kernel takes them."""
        lengths = np.array([len(one) for one in self.letters], np.int64)
        place = np.zeros(len(self.names), np.int64)
        for pair in ((False, False), (False, True), (True, False), (True, True)):
            which = self.places(*pair)
            place[which] = np.arange(len(which))
        return (
            np.frombuffer(b"".join(self.letters) or b" ", np.uint8), np.cumsum(lengths) - lengths, lengths,
            np.array(self.of_event, np.bool_), np.array(self.is_date, np.bool_), place,
            np.full(len(self.names) + 2, -1, np.int64),
        )  # fmt: skip


class _Scan:
    """One file on its way into the table."""

    def __init__(self, con: DuckDBPyConnection, letters: NDArray[np.uint8], stop: int) -> None:
        from procession.interchange.event_log import xes_kernel

        self.kernel: Any = xes_kernel
        self.con, self.letters, self.stop = con, letters, stop
        self.columns = _Columns()
        self.known: list[str] = []
        self.rows, self.cases = BATCH, BATCH
        self.state = np.zeros(9, np.int64)
        self._room_for_texts(1 << 14)
        self._room_for_rows()

    def run(self, begin: int, progress: Progress | None) -> Raw:
        """Scan from the first trace on. Raises `Strange` or `UnicodeDecodeError` where that is not for us."""
        kernel, state = self.kernel, self.state
        state[kernel.AT] = begin
        told = self.columns.arrays()
        while True:
            kernel.scan(self.letters, self.stop, told, self.texts, self.events, self.traces, self.trace_of, state)
            status = state[kernel.STATUS]
            if status == kernel.STRANGE:
                raise Strange
            if status == kernel.NEW_COLUMN:
                key = self.letters[state[kernel.KEY] : state[kernel.KEY] + state[kernel.KEY_LENGTH]].tobytes()
                self.columns.add(
                    key, of_event=bool(state[kernel.KEY_OF_EVENT]), is_date=bool(state[kernel.KEY_IS_DATE])
                )
                told = self.columns.arrays()
                self._room_for_rows()
            elif status == kernel.CROWDED:
                self._room_for_texts(4 * len(self.texts[1]))
            elif status == kernel.FULL and state[kernel.TRACE] == 0:
                self.rows *= 4
                self._room_for_rows()
            else:
                self._store()
                if progress is not None:
                    progress("reading", float(state[kernel.AT]) / len(self.letters))
                if status == kernel.DONE:
                    break
        types = {row[0]: str(row[1]) for row in self.con.execute("describe raw").fetchall()}
        return Raw(self.con, types)

    def _room_for_texts(self, most: int) -> None:
        """Tables for so many different texts, with those that there are."""
        old = getattr(self, "texts", None)
        self.texts = (
            np.full(2 * most, -1, np.int32), np.zeros(most, np.int64), np.zeros(most, np.int32), np.zeros(most, np.uint64)
        )  # fmt: skip
        used = int(self.state[self.kernel.TEXTS])
        if old is not None:
            for new, before in zip(self.texts[1:], old[1:], strict=True):
                new[:used] = before[:used]
            self.kernel.placed(self.texts[0], self.texts[3], used)

    def _room_for_rows(self) -> None:
        """Arrays with a row for each column, and what is read of the batch so far."""
        row, trace = int(self.state[self.kernel.ROW]), int(self.state[self.kernel.TRACE])

        def room(old: Any, of_event: bool, is_date: bool) -> Any:
            which, most = self.columns.places(of_event, is_date), self.rows if of_event else self.cases
            nothing = self.kernel.NEVER if is_date else -1
            new = np.full((len(which), most), nothing, np.int64 if is_date else np.int32)
            if old is not None:
                read = row if of_event else trace
                new[: len(old), :read] = old[:, :read]
            return new

        events, traces = getattr(self, "events", (None, None)), getattr(self, "traces", (None, None))
        self.events = (room(events[0], True, False), room(events[1], True, True))
        self.traces = (room(traces[0], False, False), room(traces[1], False, True))
        of = getattr(self, "trace_of", None)
        self.trace_of = np.zeros(self.rows, np.int32)
        if of is not None:
            self.trace_of[:row] = of[:row]

    def _store(self) -> None:
        """Put the batch into the table, and begin another."""
        kernel, state, con = self.kernel, self.state, self.con
        row, trace, used = (int(state[one]) for one in (kernel.ROW, kernel.TRACE, kernel.TEXTS))
        texts = self._texts(used)
        of = self.trace_of[:row]
        if "case:concept:name" not in self.columns.names:
            raise Strange
        batch: dict[str, Any] = {}
        fields: list[str] = []
        for of_event, number in sorted((of_event, n) for n, of_event in enumerate(self.columns.of_event)):
            is_date, name = self.columns.is_date[number], self.columns.names[number]
            codes = (self.events if of_event else self.traces)[is_date][
                self.columns.places(of_event, is_date).index(number)
            ]
            if name == "case:concept:name" and (is_date or (codes[:trace] < 0).any()):
                raise Strange
            values = codes[:row] if of_event else codes[of]
            batch[f"c{number}"] = values if is_date else texts[values]
            moment = f"case when c{number} <> {kernel.NEVER + 1} - 1 then make_timestamptz(c{number}) end"
            fields.append(f"{moment if is_date else f'c{number}::varchar'} as {quoted(name)}")
        con.register("batch", batch)
        if self.known:
            for number, name in enumerate(self.columns.names):
                if name not in self.known:
                    kind = "timestamptz" if self.columns.is_date[number] else "varchar"
                    con.execute(f"alter table raw add column {quoted(name)} {kind}")
            con.execute(f"insert into raw by name select {', '.join(fields)} from batch")
        else:
            con.execute("set pandas_analyze_sample = 0")
            con.execute(f"create table raw as select {', '.join(fields)} from batch")
        con.unregister("batch")
        self.known = list(self.columns.names)
        state[kernel.ROW] = state[kernel.TRACE] = state[kernel.TEXTS] = 0
        self.texts[0][:] = -1

    def _texts(self, used: int) -> NDArray[np.object_]:
        """The texts by number; the last, which -1 means, is none."""
        found = np.empty(used + 1, np.object_)
        if used:
            _, starts, lengths, _ = self.texts
            lines = self.kernel.joined(self.letters, starts[:used], lengths[:used]).tobytes()
            found[:used] = _said(lines).split("\n") if b"&" not in lines else [_said(one) for one in lines.split(b"\n")]
        return found


def _said(letters: bytes) -> str:
    """A value as text, its references replaced. Raises `Strange` at what XML does not allow."""
    text = letters.decode()
    if "\ufffe" in text or "\uffff" in text:
        raise Strange
    return _REFERENCE.sub(_replaced, text) if "&" in text else text


def _replaced(found: re.Match[str]) -> str:
    name = found[1]
    if name in _NAMED:
        return _NAMED[name]
    if not name or not name.startswith("#"):
        raise Strange
    number = int(f"0{name[1:]}", 0) if name[1] == "x" else int(name[1:])
    if number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000:
        return chr(number)
    raise Strange
