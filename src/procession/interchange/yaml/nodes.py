"""YAML text as a tree of nodes that know their place.

The tree is built from ruamel.yaml's events rather than from loaded values, because a node keeps what a value loses: the
line and column, the digits of a number as written, and keys that occur twice. Size, depth and the growth of aliases are
bounded, so that no text can make reading slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from procession.engine.findings import Finding, Position
from procession.interchange.yaml.explaining import BRACES, explained, tab_indentation, unreadable, yaml_error

SIZE_LIMIT = 1_000_000
"""Characters of a file."""
NODE_LIMIT = 200_000
"""Nodes of a file, aliases counted with all that they stand for."""
DEPTH_LIMIT = 60

_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_DIGIT_LIMIT = 400


@dataclass(slots=True, eq=False)
class Node:
    """A scalar, a list or a mapping."""

    kind: Literal["scalar", "list", "map"]
    line: int
    column: int
    text: str = ""
    """Of a scalar, without its quotes."""
    plain: bool = True
    """A scalar without quotes; only such a one can be a number, true, false or null."""
    items: list[Node] = field(default_factory=list["Node"])
    entries: list[tuple[Node, Node]] = field(default_factory=list[tuple["Node", "Node"]])
    size: int = 1
    """Nodes in it, itself included."""

    @property
    def position(self) -> Position:
        return Position(self.line, self.column)

    @property
    def is_null(self) -> bool:
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def is_text(self) -> bool:
        """A scalar that is text, not a number, truth value or null."""
        return self.kind == "scalar" and isinstance(resolve(self), str)

    def get(self, key: str) -> Node | None:
        """The value under a key of a mapping."""
        return next((value for name, value in self.entries if name.text == key), None)

    def names(self) -> Iterator[str]:
        return (name.text for name, _ in self.entries)


def resolve(node: Node) -> bool | Decimal | str | None:
    """What a scalar means in YAML 1.2's core schema; numbers are decimals, dates stay text."""
    if not node.plain:
        return node.text
    if node.is_null:
        return None
    if node.text in ("true", "True", "TRUE"):
        return True
    if node.text in ("false", "False", "FALSE"):
        return False
    if len(node.text) <= _DIGIT_LIMIT and _NUMBER.fullmatch(node.text):
        return Decimal(node.text)
    return node.text


def plain(node: Node) -> Any:
    """The node as ordinary values: dict, list, str, Decimal, bool, None."""
    if node.kind == "map":
        return {name.text: plain(value) for name, value in node.entries}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    return resolve(node)


def parse(text: str, filename: str = "") -> tuple[Node | None, list[Finding]]:
    """The tree of one YAML document, and what is wrong with it. Never raises.

    With an error that leaves no tree, the first part is None; a key that occurs twice leaves one, with the first value.
    """
    if len(text) > SIZE_LIMIT:
        return None, [
            yaml_error(
                filename,
                1,
                1,
                f"The file has {len(text):,} characters; at most {SIZE_LIMIT:,} are read.",
                "divide it: parts that repeat can be a workflow of their own, started by workflow:",
            )
        ]
    tabs = tab_indentation(text)
    try:
        return _Builder(filename).build(text)
    except _Refused as refused:
        return None, [refused.finding]
    except MarkedYAMLError as problem:
        return None, [explained(problem, text, filename, tabs)]
    except YAMLError as problem:
        return None, [unreadable(problem, text, filename)]
    except (ValueError, RecursionError, AttributeError, IndexError, TypeError, AssertionError) as problem:
        # The parser of ruamel.yaml trips over some malformed directives and tags with errors of its own.
        return None, [yaml_error(filename, 1, 1, f"The file is not YAML that can be read: {str(problem)[:100]}.")]


class _Refused(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence)
        self.finding = finding


class _Builder:
    """Builds the tree without recursion, so that deep nesting meets our limit and not Python's."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.findings: list[Finding] = []
        self.anchors: dict[str, Node] = {}
        self.open: list[Node] = []
        self.keys: list[Node | None] = []
        self.seen: list[dict[str, Node]] = []
        self.root: Node | None = None
        self.count = 0

    def build(self, text: str) -> tuple[Node | None, list[Finding]]:
        documents = 0
        loader: Any = YAML(pure=True)
        for event in loader.parse(text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse(
                        event, "The file holds a second document after a line of ---; write one per file."
                    )
            elif isinstance(event, ScalarEvent):
                self._add(self._scalar(event), event)
            elif isinstance(event, (SequenceStartEvent, MappingStartEvent)):
                self._begin(event)
            elif isinstance(event, (SequenceEndEvent, MappingEndEvent)):
                self._end(event)
            elif isinstance(event, AliasEvent):
                self._alias(event)
        return self.root, self.findings

    def _scalar(self, event: Any) -> Node:
        self._refuse_tag(event)
        mark = event.start_mark
        return Node("scalar", mark.line + 1, mark.column + 1, event.value, plain=event.style is None)

    def _begin(self, event: Any) -> None:
        self._refuse_tag(event)
        if len(self.open) >= DEPTH_LIMIT:
            raise self._refuse(
                event, f"The file nests deeper than {DEPTH_LIMIT} levels.", "look for a bracket that is never closed"
            )
        mark = event.start_mark
        kind = "list" if isinstance(event, SequenceStartEvent) else "map"
        node = Node(kind, mark.line + 1, mark.column + 1)
        self._add(node, event)
        self.open.append(node)
        self.keys.append(None)
        self.seen.append({})

    def _end(self, event: Any) -> None:
        node = self.open.pop()
        self.keys.pop()
        self.seen.pop()
        node.size += sum(item.size for item in node.items) + sum(k.size + v.size for k, v in node.entries)

    def _alias(self, event: Any) -> None:
        node = self.anchors.get(event.anchor)
        if node is None:
            raise self._refuse(
                event,
                f"*{event.anchor} refers to an anchor that is not there.",
                f'put text that begins with * in quotes: "*{event.anchor}"',
            )
        if node in self.open:
            raise self._refuse(event, f"*{event.anchor} stands inside the part that it refers to.")
        self.count += node.size
        self._add(node, event)

    def _add(self, node: Node, event: Any) -> None:
        self.count += 1
        if self.count > NODE_LIMIT:
            raise self._refuse(
                event,
                f"The file has more than {NODE_LIMIT:,} parts.",
                "an alias (*NAME) counts as all that it repeats: write fewer of them",
            )
        if event.anchor and not isinstance(event, AliasEvent):
            self.anchors[event.anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if parent.kind == "list":
            parent.items.append(node)
            return
        key = self.keys[-1]
        if key is None:
            if node.kind != "scalar":
                raise self._refuse(event, "A key must be a word, not a list or a group.", BRACES)
            self.keys[-1] = node
        else:
            self.keys[-1] = None
            self._entry(parent, key, node)

    def _entry(self, parent: Node, key: Node, value: Node) -> None:
        first = self.seen[-1].setdefault(key.text, key)
        if first is key:
            parent.entries.append((key, value))
            return
        self.findings.append(
            yaml_error(
                self.filename,
                key.line,
                key.column,
                f"The key {key.text!r} occurs twice here; the first is on line {first.line}.",
                "keep one of them",
            )
        )

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise self._refuse(
                event, f"Tags such as {event.tag!s:.60} are not used here.", "put text that begins with ! in quotes"
            )

    def _refuse(self, event: Any, sentence: str, hint: str | None = None) -> _Refused:
        mark = event.start_mark
        return _Refused(yaml_error(self.filename, mark.line + 1, mark.column + 1, sentence, hint))
