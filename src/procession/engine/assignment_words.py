"""The words of `assign:` and `to:`, such as `group:finance` or `manager of starter`."""

from __future__ import annotations

import re

from procession.engine.definition import Assignee, Text
from procession.engine.findings import nearest

_NAMED = ("person", "group", "role", "field", "guest")
_ALONE = ("starter", "requester", "assignee", "everyone involved")
_OF = ("manager of", "least busy of", "round robin of")
WORDS = ("starter", "person:EMAIL", "group:NAME", "role:NAME", "field:NAME", "manager of …", "least busy of group:NAME",
         "round robin of group:NAME", "guest:{email}")  # fmt: skip
"""Every form, as messages show them."""
_ADDRESS = re.compile(r"[^@\s:]+@[^@\s:]+")


class AssignmentError(ValueError):
    """Text that names nobody."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint
        """What would be right."""


def parse_assignee(text: str, *, mail: bool = False) -> Assignee:
    """Read one word. In mails (`mail`) an address or a `{field}` may stand alone. Raises `AssignmentError`."""
    word = " ".join(text.split())
    for prefix in _OF:
        if word == prefix or word.startswith(prefix + " "):
            return _of(prefix, word[len(prefix) :].strip())
    if word in _ALONE:
        return Assignee(word)  # type: ignore[arg-type]
    kind, colon, name = word.partition(":")
    if colon and kind.strip() in _NAMED:
        if not name.strip():
            raise AssignmentError(f"{word!r} lacks a name", f"write {kind.strip()}:NAME")
        return Assignee(kind.strip(), Text(name.strip()))  # type: ignore[arg-type]
    if mail and (_ADDRESS.fullmatch(word) or re.fullmatch(r"\{[^{}]+\}", word)):
        return Assignee("address", Text(word))
    raise AssignmentError(f"{word!r} does not say who", _hint(word, kind.strip() if colon else ""))


def _of(prefix: str, rest: str) -> Assignee:
    if not rest:
        raise AssignmentError(f"{prefix!r} lacks whom", f"write {prefix} starter, or {prefix} group:NAME")
    inner = parse_assignee(rest)
    if prefix != "manager of" and inner.kind not in ("group", "role"):
        raise AssignmentError(f"{prefix} {rest!r}: only a group or a role has several", f"write {prefix} group:NAME")
    return Assignee(prefix, Text(""), inner)  # type: ignore[arg-type]


def _hint(word: str, kind: str) -> str:
    if _ADDRESS.fullmatch(word):
        return f"write person:{word}"
    near = nearest(kind or word, (*_NAMED, *_ALONE))
    if near is not None:
        return f"did you mean {word.replace(kind, near, 1) if kind else near}?"
    if not kind and re.fullmatch(r"[\w .-]+", word):
        return f"write group:{word}, role:{word} or person:EMAIL"
    return f"write one of {', '.join(WORDS)}"
