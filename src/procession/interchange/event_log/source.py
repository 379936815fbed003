"""From the bytes of a file to a plain UTF-8 text file, in pieces, so that memory does not grow with the file."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.report import Progress

PIECE = 1 << 20
MOST_BYTES = 64 << 30
"""Bytes of a file when it is unpacked; what unpacks to more is refused."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
          "utf-32": "UTF-32", "cp1252": "Windows-1252", "latin-1": "Latin-1"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A file as plain UTF-8 text."""

    path: Path
    encoding: str
    size: int


def is_compressed(path: Path) -> bool:
    """Whether the bytes are gzip, whatever the file is called."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def pieces(path: Path, progress: Progress | None = None) -> Iterator[bytes]:
    """The unpacked bytes in pieces; raises `LogFileError` where the compressed data is cut off or damaged."""
    size, total = max(path.stat().st_size, 1), 0
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file = cast(IO[bytes], gzip.open(raw, "rb") if packed else raw)  # noqa: SIM115 (the raw file is closed)
        while True:
            try:
                piece = file.read(PIECE)
            except EOFError:
                raise LogFileError(
                    f"'{path.name}' is cut off: its compressed data ends in the middle, after {total:,} bytes of text.",
                    "Copy or download the file again.",
                ) from None
            except (gzip.BadGzipFile, zlib.error) as problem:
                raise LogFileError(
                    f"'{path.name}' is damaged: it cannot be unpacked after {total:,} bytes of text ({problem}).",
                    "Copy or download the file again.",
                ) from None
            if not piece:
                return
            total += len(piece)
            if total > MOST_BYTES:
                raise LogFileError(f"'{path.name}' unpacks to more than {MOST_BYTES >> 30} GB, which is the limit.")
            yield piece
            if progress is not None:
                progress("reading", raw.tell() / size)


def as_text(path: Path, folder: Path, encoding: str | None = None, progress: Progress | None = None) -> Text:
    """Write the text into a file of `folder` as UTF-8 without a mark, with lines that end in a line feed; what is that
    already is only read through.

    The encoding is told by its mark, else UTF-8 where that fits, else UTF-16 where every second byte is zero, else
    Windows-1252. Raises `LogFileError` where a named encoding does not fit.
    """
    start = next(pieces(path), b"")
    _refuse_others(path, start)
    guesses = [encoding] if encoding else _guesses(start)
    for guess in guesses:
        plain = guess == "utf-8" and not is_compressed(path) and b"\r" not in start
        try:
            return _transcoded(path, None if plain else folder / "text", guess, progress)
        except _OtherLines:
            return _transcoded(path, folder / "text", guess, progress)
        except LookupError:
            raise LogFileError(f"There is no encoding '{guess}'.", "Such as utf-8, utf-16 or latin-1.") from None
        except UnicodeError as problem:
            if guess == guesses[-1]:
                why = problem.reason if isinstance(problem, UnicodeDecodeError) else str(problem)
                raise LogFileError(
                    f"'{path.name}' is not text in {_NAMES.get(guess, guess)}: {why}.",
                    "Name its encoding with --encoding, such as utf-16 or latin-1.",
                ) from None
    raise AssertionError("Latin-1 reads everything")


_OTHERS = (
    (
        b"PK\x03\x04",
        ("xlsx", "xlsm", "ods"),
        "is a workbook of a spreadsheet",
        "Save its sheet as CSV, and bring that.",
    ),
    (
        b"PK\x03\x04",
        ("docx", "odt"),
        "is a text document",
        "Bring the log itself: CSV, XES, OCEL 2.0 (JSON) or Parquet.",
    ),
    (b"PK\x03\x04", (), "is a zip archive", "Unpack it and give the file inside; .gz is read as it is."),
    (b"\xd0\xcf\x11\xe0", (), "is a file of Microsoft Office", "Save its sheet as CSV, and bring that."),
    (b"%PDF", (), "is a PDF", "Bring the log itself: CSV, XES, OCEL 2.0 (JSON) or Parquet."),
    (b"\x89PNG", (), "is a picture", "Bring the log itself: CSV, XES, OCEL 2.0 (JSON) or Parquet."),
    (b"\xff\xd8\xff", (), "is a picture", "Bring the log itself: CSV, XES, OCEL 2.0 (JSON) or Parquet."),
    (b"SQLite format 3", (), "is a database", "Export the table of events as CSV, and bring that."),
)
"""By the first bytes and the ending: what a file is that is no text."""


def _refuse_others(path: Path, start: bytes) -> None:
    ending = path.name.lower().rpartition(".")[2]
    for mark, endings, what, hint in _OTHERS:
        if start.startswith(mark) and (not endings or ending in endings):
            raise LogFileError(f"'{path.name}' {what}.", hint)


class _OtherLines(Exception):
    """Lines end otherwise than in a line feed."""


def _guesses(start: bytes) -> list[str]:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return [name]
    zeros = start[:4096].count(0)
    if zeros > len(start[:4096]) // 4:
        return ["utf-16-le" if start[1:4096:2].count(0) > zeros // 2 else "utf-16-be"]
    return ["utf-8", "cp1252", "latin-1"]


def _transcoded(path: Path, target: Path | None, encoding: str, progress: Progress | None) -> Text:
    decoder = codecs.getincrementaldecoder(encoding)()
    size, held = 0, ""
    out = target.open("w", encoding="utf-8", newline="") if target else None
    try:
        for piece in pieces(path, progress):
            text = decoder.decode(piece)
            if "\0" in text:
                raise LogFileError(
                    f"'{path.name}' is no text: it contains zero bytes.",
                    "A log is CSV, XES, OCEL 2.0 (JSON) or Parquet.",
                )
            size += len(piece)
            if out:
                text = held + text
                held = "\r" if text.endswith("\r") else ""
                out.write(text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n"))
            elif "\r" in text:
                raise _OtherLines
        rest = decoder.decode(b"", final=True)
        if out:
            out.write(("\n" if held else "") + rest)
    finally:
        if out:
            out.close()
    return Text(target or path, _NAMES.get(encoding, encoding), size)
