"""What stands below the attributes of a class: Python itself forgets it, so it is read from the source."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from procession import compiled


@cache
def attribute_docs(cls: type[Any]) -> Mapping[str, str]:
    """The string below each attribute of a class, those of its bases included."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__ != "builtins" and (source := _source_of(base)) is not None:
            docs.update(_below_attributes(source))
    return docs


def _below_attributes(cls: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for attribute, after in pairwise(cls.body):
        if (
            isinstance(attribute, ast.AnnAssign)
            and isinstance(attribute.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            yield attribute.target.id, " ".join(inspect.cleandoc(after.value.value).split())


def _source_of(cls: type[Any]) -> ast.ClassDef | None:
    """None for a class without source, such as one made at run time."""
    body: list[ast.stmt] = _statements(cls.__module__)
    found = None
    for name in cls.__qualname__.split("."):
        found = next((one for one in body if isinstance(one, ast.ClassDef) and one.name == name), None)
        if found is None:
            return None
        body = found.body
    return found


@cache
def _statements(module: str) -> list[ast.stmt]:
    file = compiled.source_of(module) or getattr(sys.modules.get(module), "__file__", None)
    try:
        return ast.parse(Path(file or "").read_text("utf-8")).body
    except (OSError, ValueError, SyntaxError):
        return []
