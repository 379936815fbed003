"""Changes to what a process knows and measures: its fields, what one case is about, its measures, what it asks back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from procession.engine.check.kinds import MEASURED
from procession.engine.definition import Feedback, Field, Form, FormEntry, Process
from procession.engine.step_ids import kebab
from procession.web.map_edits import Wrong, source_of

TYPES: Final = (
    "text", "long text", "integer", "number", "money", "percent", "yes/no", "date", "datetime", "duration", "choice",
    "choices", "rating", "email", "url", "file", "person", "group",
)  # fmt: skip
"""Types that a form can set up; others are written in the file and stay."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPTIONS = ("choice", "choices")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field as it was typed."""

    was: str
    """What it is called in the file; empty for a new one."""
    name: str
    label: str
    type: str
    required: bool
    asked: bool
    """When a case starts."""
    options: str
    """Of a choice, with commas."""
    currency: str
    removed: bool = False


def asked_at_start(process: Process) -> frozenset[str]:
    """The fields that a case is asked for when it starts."""
    if process.start.form is None:
        return frozenset(name for name, one in process.fields.items() if one.formula is None)
    return frozenset(entry.field for entry in process.start.form)


def change_data(process: Process, rows: Sequence[FieldRow], subject: str) -> Process:
    """Other fields, and what a case is about. Data that handoffs carry is left to them: check says what they lack.

    Raises Wrong.
    """
    problems: dict[str, str] = {}
    fields: dict[str, Field] = {}
    renamed: dict[str, str] = {}
    asked = dict.fromkeys(asked_at_start(process), True)
    for place, row in enumerate(rows):
        name = row.name or kebab(row.label).replace("-", "_")
        if row.removed or not (name or row.was):
            asked.pop(row.was, None)
            continue
        named = f"f{place}.name" if row.was else f"f{place}.label"  # a new field is asked only what people call it
        if not _NAME.fullmatch(name):
            problems[named] = "A name begins with a letter and has letters, digits and _ only."
        elif name in fields:
            problems[named] = f"There is another field {name}."
        old = process.fields.get(row.was)
        options = tuple(dict.fromkeys(filter(None, (one.strip() for one in row.options.split(",")))))
        if row.type in _OPTIONS and not options:
            problems[f"f{place}.options"] = "Write what can be chosen, with commas between."
        if row.type not in TYPES and (old is None or old.type != row.type):
            problems[f"f{place}.type"] = "Choose one of the types."
        fields[name] = _field(old, name, row, options)
        if row.was:
            renamed[row.was] = name
            asked.pop(row.was, None)
        asked[name] = row.asked
    if problems:
        raise Wrong(**problems)
    wanted = renamed.get(subject, subject)
    start = process.start
    if set(asked_at_start(process)) != {name for name, so in asked.items() if so} or start.form is not None:
        start = replace(start, form=_form(start.form or (), fields, renamed, asked))
    members = {
        id_: replace(one, take={renamed.get(name, name): text for name, text in one.take.items()})
        for id_, one in process.members.items()
    }
    return replace(process, fields=fields, subject=wanted if wanted in fields else None, start=start, members=members)


def _field(old: Field | None, name: str, row: FieldRow, options: tuple[str, ...]) -> Field:
    plain = name.replace("_", " ").capitalize()
    label = row.label if row.label and (row.label != plain or (old is not None and old.label == row.label)) else None
    if old is None or old.type != row.type:
        old = Field(name=name, see=old.see, edit=old.edit, help=old.help) if old is not None else Field(name=name)
    return replace(
        old, name=name, type=row.type, label=label, required=row.required,
        options=options if row.type in _OPTIONS else old.options,
        currency=(row.currency.upper() or None) if row.type == "money" else old.currency,
    )  # fmt: skip


def _form(old: Form, fields: Mapping[str, Field], renamed: Mapping[str, str], asked: Mapping[str, bool]) -> Form:
    """What is asked, in the order of before; new fields come last, in their order."""
    kept = [replace(one, field=renamed.get(one.field, one.field)) for one in old]
    kept = [one for one in kept if asked.get(one.field) and one.field in fields]
    known = {one.field for one in kept}
    return (*kept, *(FormEntry(field=name) for name in fields if asked.get(name) and name not in known))


def change_measures(
    process: Process, measures: Sequence[tuple[str, str, str]], feedback: Sequence[tuple[str, str, str]]
) -> Process:
    """Other measures (was, name, type) and other questions asked back (source, to, ask). Raises Wrong."""
    problems: dict[str, str] = {}
    found: dict[str, str] = {}
    for place, (_, typed, kind) in enumerate(measures):
        name = kebab(typed).replace("-", "_") if not _NAME.fullmatch(typed) else typed
        if not typed:
            continue
        if not _NAME.fullmatch(name):
            problems[f"m{place}.name"] = "A name begins with a letter and has letters, digits and _ only."
        elif name in found:
            problems[f"m{place}.name"] = f"There is another measure {name}."
        if kind not in MEASURED:
            problems[f"m{place}.type"] = f"Choose one of {', '.join(MEASURED)}."
        found[name] = kind
    asked: list[Feedback] = []
    for place, (source, to, text) in enumerate(feedback):
        if not source:
            continue
        if not to:
            problems[f"b{place}.to"] = "Choose the group that is asked."
        if not text:
            problems[f"b{place}.ask"] = "Write the question."
        asked.append(Feedback(source=source_of(source), to=to, ask=text))
    if problems:
        raise Wrong(**problems)
    same = {(one.source, one.to, one.ask): one for one in process.feedback}
    kept = tuple(same.get((one.source, one.to, one.ask), one) for one in asked)
    return replace(process, measures=found, feedback=kept)
