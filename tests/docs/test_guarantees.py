"""Each promise on the page of guarantees names tests that prove it, and these exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "guarantees.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_promise_names_a_test() -> None:
    promises = [part for part in PAGE.split("\n\n") if part.startswith("**")]
    assert len(promises) >= 10
    assert [part.splitlines()[0] for part in promises if not NAMED.search(part)] == []


def test_the_named_tests_exist() -> None:
    named = NAMED.findall(PAGE)
    assert [f"{file}::{name}" for file, name in named if name not in functions_of(ROOT / file)] == []
