"""Write `docs/reference/settings.md` from the settings themselves: python -m tools.settings_reference"""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path

from procession.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"

_HEAD = """# Settings

Environment variables, read at the start. One that is empty counts as not set. A value that cannot be used, and a name
that begins with `PROCESSION_` and is not here, stop the start with a sentence that says what would be right.

Secrets of connections have names of your choice that begin with `PROCESSION_CONNECTION_`.
"""


def page() -> str:
    """The page: a heading for each variable, with its default and its docstring."""
    said = _docstrings()
    parts = (
        f"## `{each.metadata['variable']}`\n\n{said[each.name]}\n\nDefault: {_shown(each.default)}\n"
        for each in fields(Settings)
    )
    return "\n".join([_HEAD, *parts])


def _docstrings() -> dict[str, str]:
    """The text below each attribute of the class."""
    (body,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for attribute, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
            if not (isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)):
                raise SystemExit(f"The setting {attribute.target.id} has no text below it.")
            found[attribute.target.id] = str(text.value.value)
    return found


def _shown(default: object) -> str:
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return "yes" if default else "no"
    return f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
