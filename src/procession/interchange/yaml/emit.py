"""Plain data as YAML text: short groups on one line, steps and long text in blocks."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from procession.interchange.yaml.nodes import Node, resolve

_LINE = 100
_BLOCKS = frozenset(
    {"steps", "states", "fields", "handoffs", "workflows", "cases", "otherwise", "rules", "on cancel", "rows"}
)
"""Keys whose entries stand one per line."""


def emitter() -> Any:
    """A ruamel.yaml dumper for what files hold."""
    yaml: Any = YAML(pure=True)
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode = True
    yaml.representer.add_representer(Decimal, _represent_decimal)
    return yaml


def emit(data: Any) -> str:
    """The YAML text of plain data."""
    out = io.StringIO()
    emitter().dump(styled(data), out)
    return out.getvalue()


def styled(data: Any, *, block: bool = True, key: str = "") -> Any:
    """The data as ruamel.yaml's types, with the style of every part chosen."""
    if isinstance(data, dict):
        return _map(cast("dict[str, Any]", data), block=block)
    if isinstance(data, (list, tuple)):
        return _list(cast("list[Any]", data), block=block or key in _BLOCKS, key=key)
    return _text(data, block=block) if isinstance(data, str) else data


def _map(data: dict[str, Any], *, block: bool) -> Any:
    block = bool(data) and (block or _width(data) > _LINE or _has_lines(data))
    made: Any = CommentedMap()
    for name, value in data.items():
        inside = block and (name in _BLOCKS or _width(value) + len(name) > _LINE or _has_lines(value))
        made[_text(name, block=False)] = styled(value, block=inside, key=name)
        if block and isinstance(value, str):
            made[_text(name, block=False)] = _text(value, block=True)
    if not block:
        made.fa.set_flow_style()
    else:
        made.fa.set_block_style()
    return made


def _list(data: list[Any], *, block: bool, key: str) -> Any:
    block = bool(data) and (block or _width(data) > _LINE or _has_lines(data))
    steps = key in ("steps", "otherwise", "cases", "on cancel", "on enter")
    made: Any = CommentedSeq()
    for item in data:
        nested = steps and isinstance(item, list)
        several_keys = steps and isinstance(item, dict) and len(cast("dict[str, Any]", item)) > 1
        inside = block and (nested or several_keys or _width(item) > _LINE or _has_lines(item))
        made.append(styled(item, block=inside, key="steps" if nested else ""))
    if not block:
        made.fa.set_flow_style()
    else:
        made.fa.set_block_style()
    return made


def _text(text: str, *, block: bool) -> Any:
    if "\n" in text and block and _fits_a_block(text):
        return LiteralScalarString(text)
    # What would be read as a number, a truth value or nothing needs quotes, and what a list in one line would take for
    # a key; ruamel.yaml quotes the rest.
    if (
        not isinstance(resolve(Node("scalar", 0, 0, text)), str)
        or "\n" in text
        or text != text.strip()
        or text[:1] == "?"
    ):
        return DoubleQuotedScalarString(text)
    return text


def _fits_a_block(text: str) -> bool:
    lines = text.split("\n")
    return all(line == line.rstrip() and (not line or line.isprintable()) for line in lines) and not text[:1].isspace()


def _width(data: Any) -> int:
    if isinstance(data, dict):
        return sum(len(name) + 4 + _width(value) for name, value in cast("dict[str, Any]", data).items())
    if isinstance(data, (list, tuple)):
        return sum(2 + _width(item) for item in cast("list[Any]", data))
    return len(str(data))


def _has_lines(data: Any) -> bool:
    """Whether something in it needs lines of its own: long text, or steps."""
    if isinstance(data, dict):
        entries = cast("dict[str, Any]", data)
        return any((name in _BLOCKS and bool(value)) or _has_lines(value) for name, value in entries.items())
    if isinstance(data, (list, tuple)):
        return any(_has_lines(item) for item in cast("list[Any]", data))
    return isinstance(data, str) and "\n" in data


def _represent_decimal(representer: Any, value: Decimal) -> Any:
    text = str(value) if "E" in str(value) else format(value, "f")
    tag = "int" if text.lstrip("-").isdigit() else "float"
    return representer.represent_scalar(f"tag:yaml.org,2002:{tag}", text.replace("E", "e"))
