"""XML from strangers, read without trusting it: no document types, no entities, nothing fetched, bounded size and
depth."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring
from xml.parsers import expat

MAX_BYTES = 20_000_000
MAX_DEPTH = 200


class XmlRefused(ValueError):
    """The document is not XML that we read; the sentence says why."""


def parse_xml(data: bytes) -> Element:
    """The document's root. Raises XmlRefused for what is not well-formed, too large, or has a document type."""
    if len(data) > MAX_BYTES:
        raise XmlRefused(f"The file has {len(data)} bytes; {MAX_BYTES} are the most")
    _inspect(data)
    return fromstring(data)  # noqa: S314 - has no document type, so no entities


def _inspect(data: bytes) -> None:
    depth = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise XmlRefused(f"The file nests elements more than {MAX_DEPTH} levels deep")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise XmlRefused("The file has a document type declaration, which is not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "not well-formed")
        raise XmlRefused(f"The file is not XML: {reason} in line {error.lineno}, column {error.offset + 1}") from None


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def named(element: Element, *names: str) -> Iterator[Element]:
    """The children with one of these names."""
    return (child for child in element if local_name(child) in names)


def first(element: Element | None, *names: str) -> Element | None:
    """The first child with one of these names."""
    return None if element is None else next(named(element, *names), None)


def text_of(element: Element | None, name: str = "text") -> str | None:
    """The text of the child of that name, trimmed; None where there is none."""
    child = first(element, name)
    return None if child is None else (child.text or "").strip()
