"""Fields that are asked only while a condition holds: what a form shows after each answer, with scripts and without.

Every such field stands in a frame of its own that says how the page has it (`_has` = `NAME:STATE`). While somebody types,
the form is sent to `…/fill`, which answers with the frames that look different now; nothing else of the page is touched, so
no key is lost. Without scripts the form is sent as it is, and comes back once where an answer asks one more question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from procession.operations.values import FormFieldView
from procession.web.forms import Field
from procession.web.showing import refused_fields
from procession.web.templating import render

Fill = Callable[[dict[str, Any]], Sequence[FormFieldView]]
"""Asks what the form asks once these values stand in it."""


def judged(fields: Sequence[Field], values: Mapping[str, Any], fill: Fill) -> list[Field]:
    """The fields as their conditions have them once these values stand in the form."""
    if not any(one.conditional for one in fields):
        return list(fields)
    files = {one.name for one in fields if one.type == "file"}
    now = {one.name: one for one in fill({name: value for name, value in values.items() if name not in files})}
    return [_as_in(now[one.name], one) if one.conditional else one for one in fields]


def _as_in(view: FormFieldView, field: Field) -> Field:
    return replace(field, visible=view.visible, required=view.visible and view.required)


def asked_values(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without those of fields that are not asked: what stands in them is nobody's answer."""
    hidden = {one.name for one in fields if not one.visible}
    return {name: value for name, value in values.items() if name not in hidden}


def more_questions(fields: Sequence[Field], form: FormData) -> str:
    """What the page says when it comes back with questions that it did not show; nothing where there are none."""
    had = _had(form)
    asked = [one.label for one in fields if one.visible and had.get(one.name) == "hidden"]
    if not asked:
        return ""
    return f"Your answers ask {'one more question' if len(asked) == 1 else f'{len(asked)} more questions'}: {', '.join(asked)}."


def frames(request: Request, fields: Sequence[Field], form: FormData) -> Response:
    """The frames of the fields that look different now, with what was typed in them."""
    had = _had(form)
    changed = [one for one in fields if one.conditional and had.get(one.name) != one.state]
    return render(request, "pages/frames.html", fields=refused_fields(changed, form, {}))


def _had(form: FormData) -> dict[str, str]:
    """How the page has each field that depends on others."""
    said = (str(one).rpartition(":") for one in form.getlist("_has"))
    return {name: state for name, _, state in said}
