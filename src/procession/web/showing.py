"""From what operations answer to what pages draw: form fields, refusals, step tracks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import unquote, urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request

from procession.engine.moment import Person
from procession.engine.rejections import FieldRejection, InvalidForm, Rejection
from procession.operations.case_shapes import StepView, TimelineEntry
from procession.operations.context import Context
from procession.operations.values import FormFieldView
from procession.web import forms
from procession.web.forms import Field, Option

TRACK = {
    "done": "done", "open": "now", "late": "late", "stopped": "late", "waiting": "now", "skipped": "skipped",
    "withdrawn": "skipped", "to do": "todo", "todo": "todo", "failed": "late", "not reached": "todo",
}  # fmt: skip


def fields_of(ctx: Context, views: Sequence[FormFieldView]) -> list[Field]:
    """A form as the macros draw it; what is not asked now is there, out of sight."""
    return [_field(ctx, view) for view in views]


def _field(ctx: Context, view: FormFieldView) -> Field:
    table = view.type == "table"
    return Field(
        name=view.name, label=view.title, type=_type(view.type), value=None if table else view.value, shown=view.shown,
        required=view.required and view.visible, hint=view.help or "", options=_options(ctx, view), currency=view.currency or "",
        min=view.min, max=view.max, columns=fields_of(ctx, view.columns) if table else (),
        rows=view.value or () if table else (), read_only=view.read_only, wide=_wide(view.type),
        conditional=bool(view.show_when or view.required_when), visible=view.visible,
    )  # fmt: skip


def _type(type_: str) -> Any:
    return type_


def _wide(type_: str) -> bool:
    return type_ in ("long text", "table", "choices", "file", "text", "url")


def _options(ctx: Context, view: FormFieldView) -> list[Option]:
    if view.type in ("choice", "choices"):
        return [Option(one, one) for one in view.options]
    if view.type == "person":
        return [Option(one.id, one.name) for one in people_of(ctx)]
    if view.type == "group":
        groups = ctx.store.surroundings(ctx.organisation).directory.groups
        return [Option(name, name) for name in sorted(groups)]
    return []


def read(ctx: Context, fields: Sequence[Field], form: FormData, zone: tzinfo) -> dict[str, Any]:
    """What the form said, ready for an operation; files are kept first and named by their id."""
    values = forms.read(fields, form, zone)
    return {name: value for name, value in values.items() if name not in _files(fields) or value is not None}


def _files(fields: Iterable[Field]) -> set[str]:
    return {one.name for one in fields if one.type == "file"}


def problems_of(refused: Rejection) -> dict[str, str]:
    """Field → sentence of what was refused; empty when it was not about fields."""
    if isinstance(refused, InvalidForm):
        return {one.field: _sentence(one) for one in refused.problems}
    return {refused.field: _sentence(refused)} if isinstance(refused, FieldRejection) else {}


def _sentence(refused: Rejection) -> str:
    hint = refused.hint or ""
    return " ".join(filter(None, (refused.message, hint[:1].upper() + hint[1:])))


def sentence_of(refused: Rejection) -> str:
    """A refusal in one piece."""
    return _sentence(refused)


def refused_fields(fields: Sequence[Field], typed: FormData, problems: Mapping[str, str]) -> list[Field]:
    """The form as it was typed, each wrong field with its sentence."""
    shown: list[Field] = []
    for one in fields:
        if one.type == "table":
            inner = {key.split(".", 1)[1]: text for key, text in problems.items() if key.startswith(f"{one.name}.")}
            rows = forms.wanted_rows(one, typed)
            kept = rows if rows is not None else forms.read([one], typed, UTC)[one.name]
            shown.append(replace(one, rows=kept, errors=inner, error=problems.get(one.name, "")))
            continue
        value = typed.getlist(one.name)
        text: Any = [str(each) for each in value] if one.type == "choices" else (str(value[-1]) if value else None)
        if one.type in ("file", "calculated") or one.read_only:
            text = one.value
        shown.append(replace(one, value=_as_kept(one, text, problems), error=problems.get(one.name, "")))
    return shown


def _as_kept(field: Field, text: Any, problems: Mapping[str, str]) -> Any:
    if field.type == "yes/no":
        return {"yes": True, "no": False}.get(text)
    if field.type == "percent" and field.name not in problems and text:
        return forms.read([field], _One(field.name, text), UTC)[field.name]
    return text


class _One:
    """A form with one value."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text

    def __iter__(self) -> Any:
        return iter((self._name,))

    def getlist(self, key: str) -> list[str]:
        return [self._text] if key == self._name else []


def track(steps: Sequence[StepView]) -> list[str]:
    """One segment for each step at the top."""
    return [TRACK.get(str(one.state), "todo") for one in steps if one.level == 0]


TOLD: Mapping[str, tuple[str, str]] = {
    "CaseStarted": ("play", "info"), "CaseClosed": ("check-check", "ok"), "CaseCancelled": ("ban", "bad"),
    "CaseCancelling": ("ban", "bad"),
    "CaseReopened": ("rotate-ccw", "warn"), "TaskCompleted": ("check", "ok"), "StepOpened": ("circle-dot", "info"),
    "StepFinished": ("check", "ok"), "StepSkipped": ("skip-forward", ""), "StepWithdrawn": ("undo-2", "warn"),
    "CommentAdded": ("message-square", ""), "IncidentOpened": ("circle-alert", "bad"), "IncidentResolved": ("check", "ok"),
    "JobRequested": ("zap", ""), "JobSucceeded": ("zap", "ok"), "JobFailed": ("zap", "bad"), "DataWritten": ("pencil", ""),
    "TimerFired": ("timer", ""), "PeopleNotified": ("bell", ""), "DueChanged": ("calendar", ""),
    "CaseDueChanged": ("calendar", ""), "TaskViewed": ("eye", ""), "TaskFirstOpened": ("eye", ""),
    "HandoffHappened": ("arrow-right-left", "info"), "MilestoneReached": ("star", "ok"), "DataSealed": ("lock", ""),
    "TaskClaimed": ("user", ""), "TaskDelegated": ("user-plus", ""), "TaskReassigned": ("user-plus", ""),
    "ChildStarted": ("workflow", "info"), "MessageTaken": ("mail", "info"), "CasePaused": ("circle-pause", "warn"),
    "CaseResumed": ("play", "info"), "MemberReopened": ("rotate-ccw", "warn"), "DataProvided": ("pencil", ""),
    "SurveyAsked": ("star", ""), "MeasureGiven": ("star", "ok"), "FeedbackAsked": ("star", ""), "FeedbackGiven": ("star", "ok"),
}  # fmt: skip
"""Icon and tone of what is told in a timeline, by the type of the event."""


def told(entries: Iterable[TimelineEntry]) -> list[dict[str, Any]]:
    """What happened, as the macro `timeline` draws it."""
    return [
        {"icon": icon, "tone": tone, "text": one.sentence, "at": one.at}
        for one in entries
        for icon, tone in [TOLD.get(one.type, ("circle-dot", ""))]
    ]


def zone_of(ctx: Context) -> tzinfo:
    """The time zone in which times are typed and shown."""
    return ZoneInfo(ctx.store.surroundings(ctx.organisation).calendar.zone)


def people_of(ctx: Context, *, but: str = "") -> list[Person]:
    """The people who are here, by name."""
    everybody = ctx.store.surroundings(ctx.organisation).directory.people.values()
    return sorted((one for one in everybody if one.active and one.id != but), key=lambda one: one.name.casefold())


def linker(path: str, here: Mapping[str, str | None]) -> Callable[..., str]:
    """Makes the address of a list with something changed; None takes a filter away."""

    def link(**changes: str | None) -> str:
        return address(path, {**here, **changes})

    return link


def address(path: str, query: Mapping[str, str | None]) -> str:
    """A path with what is asked, without what is empty."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path


def new_key() -> str:
    """The key of a form that must be done once, however often it is sent."""
    return secrets.token_urlsafe(12)


def said(request: Request) -> str:
    """What the page before has done, said once."""
    return unquote(request.cookies.get("said", ""))[:300]
