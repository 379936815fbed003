"""The forms of the map editor for what a process knows (its fields) and what it measures and asks back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData

from procession.engine.check.kinds import MEASURED
from procession.engine.definition import Process
from procession.web import map_data_edits as edits
from procession.web.map_choices import also, events_of
from procession.web.visiting import text_of

if TYPE_CHECKING:
    from procession.web.pages.map_editor import Desk

PARTS = ("data", "measures")


def part_of(desk: Desk, process: Process, name: str) -> dict[str, Any]:
    """What the form shows."""
    if name == "data":
        asked = edits.asked_at_start(process)
        return {
            "kind": "data", "types": edits.TYPES, "asked": asked, "fields": list(process.fields.values()),
            "wrong": {one: desk.wrong(f"fields/{one}") for one in process.fields},
        }  # fmt: skip
    events = events_of(process, desk.library)[1:]
    for one in process.feedback:
        events = also(events, str(one.source))
    wrong = [one for path in ("measures", "feedback") for one in desk.wrong(path)]
    return {"kind": "measures", "types": MEASURED, "events": events, "wrong": wrong}


def change_data(process: Process, form: FormData) -> Process:
    """The fields as the form has them. Raises Wrong."""
    rows = [
        edits.FieldRow(
            was=text_of(form, f"f{n}.was"), name=text_of(form, f"f{n}.name"), label=text_of(form, f"f{n}.label"),
            type=text_of(form, f"f{n}.type") or "text", required=bool(text_of(form, f"f{n}.required")),
            asked=bool(text_of(form, f"f{n}.asked")), options=text_of(form, f"f{n}.options"),
            currency=text_of(form, f"f{n}.currency"), removed=bool(text_of(form, f"f{n}.removed")),
        )
        for n in range(_count(form))
    ]  # fmt: skip
    return edits.change_data(process, rows, text_of(form, "subject"))


def change_measures(process: Process, form: FormData) -> Process:
    """The measures and the questions asked back as the form has them. Raises Wrong."""
    count = _count(form)
    measures = [
        (text_of(form, f"m{n}.was"), text_of(form, f"m{n}.name"), text_of(form, f"m{n}.type")) for n in range(count)
    ]
    asked = [
        (text_of(form, f"b{n}.source"), text_of(form, f"b{n}.to"), text_of(form, f"b{n}.ask")) for n in range(count)
    ]
    return edits.change_measures(process, measures, asked)


def _count(form: FormData) -> int:
    typed = text_of(form, "rows")
    return min(int(typed), 200) if typed.isdigit() else 0
