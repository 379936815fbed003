"""Write the reference pages from the code itself: python -m tools.reference

A test compares the pages with what this would write, and refuses what has no text.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click

from procession.cli.main import COMMANDS, cli
from procession.docstrings import attribute_docs
from procession.engine.check import CODES
from procession.engine.definition import FIELD_TYPES, LATER_FIELD_TYPES, Field, Step
from procession.engine.events import REGISTRY
from procession.engine.rejections import Rejection
from procession.engine.steps import LATER_KINDS, step_types
from procession.operations import rejections as _more_rejections  # noqa: F401 - enters its kinds
from procession.operations.catalogue import SCOPES, Operation, catalogue
from procession.rest import api as _door  # noqa: F401 - enters its kinds
from procession.rest.problems import STATUS, TITLES
from tools import settings_reference

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"

FIELD_WORDS: Mapping[str, str] = {
    "text": "One line.",
    "long text": "Several lines.",
    "integer": "A whole number; `min`, `max`.",
    "number": "A decimal number, kept with all its digits; `min`, `max`.",
    "money": "A decimal number with a `currency` (ISO 4217); `min`, `max`.",
    "rating": "A whole number from 1 to 5, or between `min` and `max`; a row of choices.",
    "percent": "A share; `20 %` and `0.2` are the same; `min`, `max`.",
    "yes/no": "Yes or no.",
    "date": "A day, written 2026-12-31.",
    "datetime": "A moment with its time zone.",
    "duration": "A length of time, such as `3 business days` or `PT2H`.",
    "choice": "One of `options`.",
    "choices": "Several of `options`.",
    "email": "An e-mail address.",
    "url": "A web address.",
    "file": "An uploaded file.",
    "person": "A member of the organisation.",
    "group": "A group of the organisation.",
    "table": "Rows with typed `columns`.",
    "calculated": "Computed from other fields by the expression in `is`; nobody types it.",
}


class Undocumented(Exception):
    """Something that the reference has to show has no text in the code."""


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "steps.md": steps(),
        "fields.md": field_types(),
        "settings.md": settings_reference.page(),
        "cli.md": command_line(),
        "rest.md": rest(),
        "events.md": events(),
        "check.md": check_codes(),
        "errors.md": errors(),
    }


def steps() -> str:
    """Kinds of step, by category, with their keys."""
    parts = [
        "# Kinds of step",
        "A step is a YAML mapping whose first key is its kind. Keys that every kind takes are at the end.",
    ]
    for kind in sorted(step_types().values(), key=lambda one: (one.category, one.name)):
        if kind.name == "state":
            continue
        parts.append(f"## `{kind.name}`\n\n{_text(type(kind), kind.name)}\n\nCategory: {kind.category}.")
        if rows := list(_keys(kind.Config, f"step {kind.name}")):
            parts.append(_table(("key", "meaning", "needed"), rows))
    state = step_types()["state"]
    parts.append("## States\n\nA workflow may have `states:` instead of `steps:`; each takes these keys.")
    parts.append(_table(("key", "meaning", "needed"), _keys(state.Config, "state")))
    parts.append("## Keys of every step")
    inner = {"kind", "title", "config", "line"}
    parts.append(_table(("key", "meaning", "needed"), _keys(Step, "step", without=inner)))
    parts.append(f"## Not yet\n\n`check` answers {_listed(LATER_KINDS)} with `not_available`.")
    return _page(parts)


def field_types() -> str:
    """Types of fields, and the keys of a field."""
    if missing := set(FIELD_TYPES) ^ FIELD_WORDS.keys():
        raise Undocumented(f"field types {missing}")
    return _page(
        [
            "# Field types",
            (
                "`fields:` of a definition maps each name to a type, or to a mapping with `type` and the keys below.\n"
                "A `?` behind the type makes the field optional."
            ),
            _table(("type", "what it holds"), [(f"`{name}`", FIELD_WORDS[name]) for name in FIELD_TYPES]),
            "## Keys of a field",
            _table(("key", "meaning"), _field_keys()),
            f"## Not yet\n\n`check` answers {_listed(LATER_FIELD_TYPES)} with `not_available`.",
        ]
    )


FIELD_KEYS: Mapping[str, tuple[str, str]] = {
    "type": ("type", "One of the types above; `text` where it is left out."),
    "label": ("label", "What people read; the name with its first letter raised where it is left out."),
    "help": ("help", "A line below the field."),
    "required": ("required", "Whether every form that asks it needs an answer; `true` where it is left out."),
    "options": ("options", "Of a choice or choices field, in order."),
    "currency": ("currency", "Of a money field, such as `EUR`."),
    "min": ("min", "The least value."),
    "max": ("max", "The greatest value."),
    "columns": ("columns", "Of a table field: name and type of each."),
    "formula": ("is", "Of a calculated field: its expression."),
    "see": ("see", "Who may see it; everyone who sees the case where it is left out."),
    "edit": ("edit", "Who may change it."),
}


def _field_keys() -> list[tuple[str, str]]:
    known = {one.name for one in fields(Field)} - {"line", "name"}
    if missing := known ^ FIELD_KEYS.keys():
        raise Undocumented(f"keys of a field {missing}")
    return [(f"`{key}`", text) for key, text in FIELD_KEYS.values()]


def command_line() -> str:
    """Every command as its own help says it."""
    parts = [
        "# Command line",
        (
            "Exit codes: 0 fine, 1 problems were found or the command was refused, 2 wrong usage. With `--json` a\n"
            'command answers with one JSON document; problems are `{"ok": false, "problems": [{"code", "sentence",\n'
            '"hint"}]}`.'
        ),
        (
            "Commands that reach an installation use its database (`DATABASE_URL`, or the embedded one in\n"
            "`PROCESSION_DATA`) in the name of `--as EMAIL`, or the REST door of a server with `--url` and `--token`."
        ),
    ]
    for path, command in commands():
        with click.Context(
            command, info_name=" ".join(("procession", *path)), terminal_width=100, max_content_width=100
        ) as context:
            parts.append(f"## `{' '.join(path)}`\n\n```text\n{command.get_help(context).strip()}\n```")
    return _page(parts)


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be typed, with its words."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (((name, inner), one) for inner, one in command.commands.items())
        elif command is not None:
            yield (name,), command


def rest() -> str:
    """Operations by noun."""
    parts = [
        "# REST operations",
        (
            "All below `/api/v1`; `/api/v1/openapi.json` is the same as OpenAPI 3.1. A request that changes something\n"
            "takes an `Idempotency-Key`: sent again, it is answered again and done once. Refusals are RFC 9457\n"
            "problems, see [errors](errors.md). `procession ask NAME` asks the same operation from the command line."
        ),
        "## Scopes",
        _table(("scope", "an API token may"), [(f"`{name}`", text) for name, text in SCOPES.items()]),
    ]
    noun = ""
    for name, one in catalogue().items():
        if name.split(".")[0] != noun:
            noun = name.split(".")[0]
            parts.append(f"## {noun.capitalize()}")
        parts.append(_operation(one))
    return _page(parts)


def _operation(one: Operation) -> str:
    if not one.documentation:
        raise Undocumented(f"operation {one.name}")
    lines = [
        f"### `{one.name}`",
        "",
        f"`{one.method} /api/v1{one.path}` · scope `{one.scope}` · {one.who}",
        "",
        one.documentation,
    ]
    rows = [
        (f"`{each.name}`", _cell(each.doc, f"{one.name} {each.name}"), "yes" if each.required else "")
        for each in one.parameters
    ]
    return "\n".join(lines) + (f"\n\n{_table(('key', 'meaning', 'needed'), rows)}" if rows else "")


def events() -> str:
    """What the log of a case may hold."""
    parts = [
        "# Events",
        "What is recorded of a case, in order, never changed. Each has `at` and `actor` besides these keys.",
    ]
    for name, event in REGISTRY.items():
        keys = ", ".join(f"`{one.name}`" for one in fields(event))  # type: ignore[arg-type]
        parts.append(f"## `{name}`\n\n{_text(event, name)}" + (f"\n\nKeys: {keys}." if keys else ""))
    return _page(parts)


def check_codes() -> str:
    """What `check` may find."""
    return _page(
        [
            "# Findings of check",
            "`procession check`, the editor and `POST /api/v1/definitions/check` answer with these stable codes.",
            _table(("code", "meaning"), [(f"`{code}`", text) for code, text in CODES.items()]),
        ]
    )


def errors() -> str:
    """Why a request may be refused."""
    said: dict[str, str] = {}
    for one in _kinds(Rejection):  # the engine's own first: doors refine them under the same kind
        said.setdefault(one.kind, inspect.cleandoc(one.__doc__ or ""))
    rows = [(f"`{kind}`", str(status), said.get(kind) or f"{TITLES[kind]}.") for kind, status in STATUS.items()]
    return _page(
        [
            "# Errors",
            (
                "Each refusal has a stable code, a sentence, and where possible a hint that says what would be right.\n"
                "A refused request changes nothing. REST answers with the status and `application/problem+json`;\n"
                "the command line with exit code 1."
            ),
            _table(("code", "status", "meaning"), rows),
        ]
    )


def _kinds(base: type[Rejection]) -> Iterator[type[Rejection]]:
    for one in base.__subclasses__():
        if one.__name__ != "InvalidForm":
            yield one
        yield from _kinds(one)


def _keys(config: type[Any], what: str, without: set[str] | None = None) -> Iterator[tuple[str, str, str]]:
    docs = attribute_docs(config)
    for one in fields(config):
        if one.name not in {"line", *(without or ())}:
            yield (
                f"`{_key(one.name)}`",
                _cell(docs.get(one.name) or KEY_WORDS.get(one.name, ""), f"{what}, key {one.name}"),
                _needed(one),
            )


KEY_WORDS: Mapping[str, str] = {
    "take": "`first` (the first case whose condition is true) or `all` of them.",
    "done_when": "How many branches or rows are enough: `all`, `any` or a number.",
    "rest": "What becomes of the others then: `withdraw` them, or let them `finish`.",
    "on_time": "Where to go when the time comes first.",
    "on_message": "Where to go when the message comes first.",
    "on_reached": "Where to go when the milestone is reached first.",
    "text": "The text, with `{expressions}` inside.",
    "assign": "Who has it while the case is in this state.",
    "not_by": "People, `starter`, or steps whose performers may not do it.",
    "form": "The fields it asks.",
    "actions": "What can be done here, each with `to`, the next state.",
    "after": "What happens when nothing was done for a while.",
    "checklist": "Points to tick off.",
    "id": "A short name; made of the title where it is left out.",
    "when": "A condition; where it is not true, the step is skipped and says why.",
    "next": "Where to go afterwards, if not to the step below.",
    "on": "`on OUTCOME:` is where to go with this outcome.",
    "at_most": "How often a case may come here.",
    "on_exhausted": "Where to go when it has been here that often.",
    "set": "Fields that get a value when the step is finished.",
    "due": "When it is due, counted from its opening, such as `2 business days`.",
    "remind": "When to remind, such as `1 day before due`.",
    "escalate": "What happens when it is overdue, and to whom.",
    "instructions": "What to do, in Markdown.",
    "department": "Which part of the organisation does it.",
    "calendar": "The working calendar that counts here.",
    "milestone": "A name that is reached when the step is finished; others may wait for it.",
    "open_while": "A condition; when it stops being true, the open step is withdrawn.",
    "cancel": "Steps that are withdrawn when this one is finished.",
}
"""What keys mean whose attribute in the code has no text of its own."""


def _key(attribute: str) -> str:
    return attribute.rstrip("_").replace("_", " ")


def _needed(one: Any) -> str:
    return "yes" if one.default is MISSING and one.default_factory is MISSING else ""


def _text(thing: Callable[..., Any] | type[Any], what: str) -> str:
    text = inspect.cleandoc(thing.__doc__ or "")
    if not text or text.startswith(f"{getattr(thing, '__name__', '')}("):
        raise Undocumented(what)
    return text


def _cell(text: str, what: str) -> str:
    if not text:
        raise Undocumented(what)
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _page(parts: list[str]) -> str:
    note = "<!-- Written by `python -m tools.reference` from the code. -->"
    return "\n\n".join([parts[0], note, *parts[1:]]).rstrip() + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
