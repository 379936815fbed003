"""Files with which a map begins: text and CSV as spreadsheets save them, and Word files."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docx.document import Document

LARGEST_TEXT: Final = 400_000
LARGEST_WORD: Final = 10_000_000
"""Bytes of a file."""
LARGEST_UNPACKED: Final = 50_000_000
"""Bytes of a Word file when it is unpacked."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


class UnreadableFile(ValueError):
    """A file that is no beginning of a map; the sentence says why, and what would be one."""


def lines_of_file(name: str, content: bytes) -> str:
    """The lines in a file: text in UTF-8 or UTF-16 or as Windows saves it, or the paragraphs and tables of a Word file.

    Raises UnreadableFile.
    """
    if content.startswith(b"PK"):
        return _word(name, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(f"{name} is an old Word or Excel file. Save it as .docx or as CSV.")
    if len(content) > LARGEST_TEXT:
        raise UnreadableFile(f"{name} is too large: it may have {LARGEST_TEXT:,} bytes.")
    text = _decoded(content)
    if text is None or _CONTROL.search(text):
        raise UnreadableFile(f"{name} is not a text file. Save it as text, as CSV or as .docx, or paste its lines.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str | None:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


# --- Word -------------------------------------------------------------------------------------------------------------


def _word(name: str, content: bytes) -> str:
    if len(content) > LARGEST_WORD:
        raise UnreadableFile(f"{name} is too large: a Word file may have {LARGEST_WORD // 1_000_000} MB.")
    import docx  # start-up must not read it

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > LARGEST_UNPACKED:
                raise UnreadableFile(f"{name} is too large when it is unpacked.")
            if "word/document.xml" not in packed.namelist():
                raise UnreadableFile(f"{name} is no Word file. Save it as .docx, as text or as CSV.")
        document = docx.Document(io.BytesIO(content))
        return "\n".join(_lines(document)) + "\n"
    except UnreadableFile:
        raise
    except Exception as trouble:  # whatever a damaged file makes of the reader
        raise UnreadableFile(f"{name} cannot be read: the file is damaged. Save it anew as .docx.") from trouble


def _lines(document: Document) -> Iterator[str]:
    """Each paragraph a line, headings marked; the rows of a table with tabs, as they are when they are pasted."""
    from docx.table import Table

    blocks: list[Any] = list(document.iter_inner_content())
    marks = _marks([_level(one) for one in blocks if not isinstance(one, Table)])
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                yield "\t".join(" ".join(cell.text.split()) for cell in row.cells)
            continue
        text = " ".join(str(block.text).split())
        level = _level(block)
        yield f"{marks[level]} {text}" if level is not None else text


def _level(paragraph: Any) -> int | None:
    """0 for a title, 1 for the highest heading and so on; None for text."""
    style = str(paragraph.style.name) if paragraph.style is not None else ""
    if not paragraph.text.strip():
        return None
    if style.casefold() == "title":
        return 0
    found = _HEADING.fullmatch(style)
    return int(found[1]) if found else None


def _marks(levels: list[int | None]) -> dict[int, str]:
    """What a heading of each level begins: the highest is the process where it stands alone, others workflows."""
    found = [one for one in levels if one is not None]
    highest = min(found, default=1)
    alone = found.count(highest) == 1 and len(set(found)) > 1
    return {level: "#" if level == highest and (alone or level == 0) else "##" for level in found}
