"""The inbox, and one task: reading it, keeping what was typed, finishing it, giving it to somebody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import NotFound, Rejection
from procession.operations.case_shapes import CaseView, TaskRow
from procession.operations.task_views import TaskView
from procession.operations.tasks import TaskChanged
from procession.web import forms
from procession.web.conditions import asked_values, frames, judged, more_questions
from procession.web.showing import (
    fields_of,
    linker,
    new_key,
    people_of,
    problems_of,
    refused_fields,
    said,
    sentence_of,
    track,
    zone_of,
)  # fmt: skip
from procession.web.templating import render
from procession.web.uploads import keep_files, keeper, with_files
from procession.web.visiting import Posted, ask, go, once, text_of, visit

router = APIRouter()
GROUPS = (("overdue", "Overdue"), ("today", "Today"), ("this week", "This week"), ("later", "Later"))
VIEWS = {"mine": "Mine", "team": "My team", "watching": "Watching", "done": "Done"}
DIALOGS = ("delegate", "reassign", "due", "send-back", "skip")
"""What has a dialog; `?do=` opens it where there is no JavaScript."""


# --- the inbox --------------------------------------------------------------------------------------------------------


@router.get("/inbox")
def inbox(request: Request) -> Response:
    query = request.query_params
    view = query.get("view", "mine") if query.get("view") in VIEWS else "mine"
    asked = {name: query.get(name) or None for name in ("due", "workflow", "text")}
    page = ask(request, "task.list", view=view, after=query.get("after"), **asked)
    task: TaskView | None = ask(request, "task.get", task_id=query["task"]) if query.get("task") else None
    here = {"view": view if view != "mine" else None, **asked}
    context: dict[str, Any] = {
        "view": view, "views": VIEWS, "page": page, "groups": _grouped(view, page.items), "asked": asked, "here": here,
        "counts": ask(request, "task.count"), "task": task, "workflows": ask(request, "start.list"), "said": said(request),
        "today": Counter(row.group for row in page.items)["today"] if view == "mine" else 0, "link": linker("/inbox", here),
        "filtered": any(asked.values()),
    }  # fmt: skip
    if task is not None:
        context |= task_context(request, task, back=linker("/inbox", here)())
    return render(request, "pages/inbox.html", **context)


def _grouped(view: str, rows: Sequence[TaskRow]) -> list[tuple[str, list[TaskRow]]]:
    if view == "done":
        return [("Done", list(rows))] if rows else []
    found = [(title, [row for row in rows if row.group == name]) for name, title in GROUPS]
    return [(title, items) for title, items in found if items]


# --- one task ---------------------------------------------------------------------------------------------------------


@router.get("/tasks/{task_id}")
def task_page(request: Request, task_id: str) -> Response:
    task: TaskView = ask(request, "task.get", task_id=task_id)
    return render(request, "pages/task.html", **task_context(request, task))


def task_context(
    request: Request, task: TaskView, *, fields: list[forms.Field] | None = None, errors: dict[str, str] | None = None,
    problem: str = "", checked: Sequence[int] | None = None, back: str = "", dialog: str = "", more_asked: str = "",
) -> dict[str, Any]:  # fmt: skip
    """What the page of a task shows. `back` is the list it stands beside."""
    ctx = visit(request)
    if task.open and request.method == "GET":
        ask(request, "task.look", task_id=task.id)
        ask(request, "notification.read", case_id=task.row.case.id)
    case: CaseView = ask(request, "case.get", case_id=task.row.case.id)
    asked = request.query_params.get("do", "")
    drafted = task.draft.checked if task.draft is not None else ()
    return {
        "task": task, "fields": fields if fields is not None else fields_of(ctx, task.form), "errors": errors or {},
        "problem": problem, "said": said(request), "checked": drafted if checked is None else checked,
        "people": people_of(ctx, but=ctx.caller.id), "states": track(case.steps), "key": new_key(), "back": back,
        "do": dialog or (asked if asked in DIALOGS else ""), "may_comment": case.can.comment,
        "more_asked": more_asked,
    }  # fmt: skip


def _answers(request: Request, task: TaskView, form: FormData) -> tuple[dict[str, Any], tuple[int, ...]]:
    ctx = visit(request)
    fields = fields_of(ctx, task.form)
    values = keep_files(ctx, forms.read(fields, form, zone_of(ctx)), fields, form, keeper(ctx, task.row.case.id))
    return values, _checked(form)


def _checked(form: FormData) -> tuple[int, ...]:
    return tuple(int(str(place)) for place in form.getlist("_checked") if str(place).isdecimal())


@router.post("/tasks/{task_id}")
def complete(request: Request, task_id: str, form: Posted) -> Response:
    """Finish the task, or (header `X-Draft`) keep what was typed, or show one row more or less of a table."""
    task: TaskView = ask(request, "task.get", task_id=task_id)
    fields = fields_of(visit(request), task.form)
    if "_add_row" in form or "_remove_row" in form:
        shown = refused_fields(_judged(request, task, fields, form), form, {})
        return _again(request, task, 200, fields=shown, checked=_checked(form))
    drafting = bool(request.headers.get("x-draft"))
    if not task.open:
        if drafting and task.closed_by is not None and task.closed_by.id == visit(request).caller.id:
            return Response(status_code=204)  # a draft under way when they finished it themselves
        return _again(request, task, 409, problem="Nothing was changed: this task is closed already.")
    values, checked = _answers(request, task, form)
    if drafting:
        ask(request, "task.save_draft", task_id=task_id, values=values, checked=checked)
        return Response(status_code=204)
    once(request, form)
    try:
        fields = _judged(request, task, fields, form)
        if more := more_questions(fields, form):
            shown = with_files(refused_fields(fields, form, {}), values)
            return _again(request, task, 200, fields=shown, checked=checked, more_asked=more)
        done: TaskChanged = ask(
            request,
            "task.complete",
            task_id=task_id,
            outcome=text_of(form, "outcome") or None,
            values=asked_values(fields, values),
            checked=checked,
        )
    except NotFound:
        raise
    except Rejection as refused:
        problems = problems_of(refused)
        shown = with_files(refused_fields(fields, form, problems), values)
        return _again(request, task, 422, fields=shown, errors=problems, checked=checked,
                      problem="" if problems else sentence_of(refused))  # fmt: skip
    mine = next((one for one in done.next if one.mine), None)
    target = f"/tasks/{mine.id}" if mine is not None else f"/cases/{done.case.id}"
    return go(target, said=f"{task.row.title} is done" + (", the next step is yours" if mine is not None else ""))


def _judged(request: Request, task: TaskView, fields: Sequence[forms.Field], form: FormData) -> list[forms.Field]:
    """The fields that the answers so far ask."""
    values = forms.read(fields, form, zone_of(visit(request)))
    return judged(fields, values, lambda typed: ask(request, "task.fill", task_id=task.id, values=typed))


@router.post("/tasks/{task_id}/fill")
def fill(request: Request, task_id: str, form: Posted) -> Response:
    """What of the form looks different now that more stands in it."""
    task: TaskView = ask(request, "task.get", task_id=task_id)
    fields = fields_of(visit(request), task.form)
    return frames(request, _judged(request, task, fields, form), form)


def _again(request: Request, task: TaskView, status: int, **more: Any) -> Response:
    return render(request, "pages/task.html", status_code=status, **task_context(request, task, **more))


def _simple(path: str, operation: str, done: str, *names: str, to_case: bool = False) -> None:
    """A change of a task that is one operation and a sentence. Refused, the page comes back and says why."""

    def change(request: Request, task_id: str, form: Posted) -> Response:
        task: TaskView = ask(request, "task.get", task_id=task_id)
        try:
            ask(request, operation, task_id=task_id, **{name: text_of(form, name) or None for name in names})
        except NotFound:
            raise
        except Rejection as refused:
            return _again(request, task, 422, problem=sentence_of(refused))
        return go(f"/cases/{task.row.case.id}" if to_case else f"/tasks/{task_id}", said=done)

    router.add_api_route(f"/tasks/{{task_id}}/{path}", change, methods=["POST"], name=operation)


_simple("claim", "task.claim", "The task is yours")
_simple("release", "task.release", "Others can take the task again")
_simple("delegate", "task.delegate", "Handed over", "to", "reason", to_case=True)
_simple("reassign", "task.reassign", "Reassigned", "to", "reason", to_case=True)
_simple("send-back", "task.send_back", "Sent back", "to", "reason", to_case=True)
_simple("report", "task.report", "Noted: it counts once a week, and only together with others")
_simple("skip", "task.skip", "Skipped", "reason", to_case=True)
_simple("due", "task.change_due", "The due date is changed", "due_at", "reason")


@router.post("/tasks/{task_id}/comment")
def comment(request: Request, task_id: str, form: Posted) -> Response:
    """Say something about the task, on its case."""
    task: TaskView = ask(request, "task.get", task_id=task_id)
    ask(request, "case.comment", case_id=task.row.case.id, task_id=task_id, text=text_of(form, "text"))
    return go(f"/tasks/{task_id}", said="Said")
