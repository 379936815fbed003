"""The generated reference says what the code says; `python -m tools.reference` writes it."""

from __future__ import annotations

import re

import pytest

from procession.cli.main import COMMANDS
from procession.engine.check import CODES
from procession.engine.steps import step_types
from procession.operations.catalogue import catalogue
from tools.reference import FOLDER, pages

WRITTEN = pages()


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_the_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == WRITTEN[name], "run: python -m tools.reference"


def test_everything_has_its_place() -> None:
    assert all(f"## `{name}`" in WRITTEN["steps.md"] for name in step_types() if name != "state")
    assert all(f"### `{name}`" in WRITTEN["rest.md"] for name in catalogue())
    assert all(f"| `{code}` |" in WRITTEN["check.md"] for code in CODES)
    assert all(f"## `{name}" in WRITTEN["cli.md"] for name in COMMANDS)


def test_the_index_names_every_page() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    on_disk = {one.name for one in FOLDER.glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", index)) >= on_disk
