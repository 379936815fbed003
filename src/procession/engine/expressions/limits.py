"""The caps that keep an expression by an untrusted author small and short.

They are far above what a form or a table needs; each protects one resource, and exceeding one is a clear error.
"""

from __future__ import annotations

MAX_TEXT = 100_000
"""Characters of an expression's source."""

MAX_NESTING = 64
"""Brackets, conditions and loops inside each other, in the source."""

MAX_TREE_DEPTH = 200
"""Levels of the syntax tree: an unbracketed chain of 200 additions is the longest."""

MAX_CALL_DEPTH = 64
"""Functions calling each other, or themselves, at run time."""

MAX_VALUE_DEPTH = 64
"""Lists and contexts inside each other, in a value."""

MAX_STRING = 1_000_000
"""Characters of a text that an expression makes."""

MAX_LIST = 100_000
"""Entries of a list that an expression makes."""

DEFAULT_BUDGET = 200_000
"""Steps of one evaluation: every iteration, call and list entry touched is one."""

CHARACTERS_A_STEP = 64
"""How many characters of text work count as one step."""

MAX_WARNINGS = 20
"""Warnings kept of one evaluation; the first say what matters."""
