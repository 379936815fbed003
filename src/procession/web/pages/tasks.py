"""The inbox, and one task: reading it, keeping what was typed, finishing it, giving it to somebody else."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import Rejection
from procession.operations.task_views import TaskView
from procession.web import forms
from procession.web.showing import fields_of, problems_of, refused_fields, said, sentence_of
from procession.web.templating import render
from procession.web.uploads import keep_files
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()
GROUPS = (("overdue", "Overdue"), ("today", "Today"), ("this week", "This week"), ("later", "Later"))
VIEWS = (("mine", "Mine"), ("team", "My team"), ("watching", "Watching"), ("done", "Done"))


@router.get("/inbox")
def inbox(
    request: Request, view: str = "mine", task: str | None = None, due: str = "", workflow: str = "", q: str = "",
    after: str | None = None,
) -> Response:  # fmt: skip
    view = view if view in dict(VIEWS) else "mine"
    page = ask(request, "task.list", view=view, due=due or None, workflow=workflow or None, text=q or None, after=after)
    chosen: TaskView | None = ask(request, "task.get", task_id=task) if task else None
    if chosen is not None:
        _look(request, chosen)
    context = {
        "view": view, "views": VIEWS, "page": page, "groups": _grouped(page.items), "due": due, "workflow": workflow, "q": q,
        "counts": ask(request, "task.count"), "task": chosen, "workflows": ask(request, "start.list"),
        **(_task_context(request, chosen) if chosen is not None else {}),
    }  # fmt: skip
    if request.headers.get("hx-target") in ("detail", "#detail"):
        return render(request, "pages/inbox.html", block="detail", **context)
    return render(request, "pages/inbox.html", **context)


def _grouped(rows: Any) -> list[tuple[str, list[Any]]]:
    found = [(title, [row for row in rows if row.group == name]) for name, title in GROUPS]
    return [(title, items) for title, items in found if items]


@router.get("/tasks/{task_id}")
def task_page(request: Request, task_id: str) -> Response:
    task: TaskView = ask(request, "task.get", task_id=task_id)
    _look(request, task)
    return render(request, "pages/task.html", **_task_context(request, task))


def _look(request: Request, task: TaskView) -> None:
    if task.open:
        ask(request, "task.look", task_id=task.id)


def _task_context(
    request: Request, task: TaskView, *, fields: list[forms.Field] | None = None, errors: dict[str, str] | None = None,
    outcome: str = "", problem: str = "",
) -> dict[str, Any]:  # fmt: skip
    ctx = visit(request)
    people = ctx.store.surroundings(ctx.organisation).directory.people
    drafted = task.draft.values if task.draft is not None else {}
    return {
        "task": task, "fields": fields if fields is not None else fields_of(ctx, task.form), "errors": errors or {},
        "outcome": outcome, "problem": problem, "drafted": drafted, "said": said(request), "me": ctx.caller.id,
        "checked": task.draft.checked if task.draft is not None else (),
        "people": [one for one in sorted(people.values(), key=lambda one: one.name) if one.active and one.id != ctx.caller.id],
    }  # fmt: skip


def _answers(request: Request, task: TaskView, form: FormData) -> tuple[dict[str, Any], tuple[int, ...]]:
    ctx = visit(request)
    fields = fields_of(ctx, task.form)
    zone = ZoneInfo(ctx.store.moment(None, ctx.organisation, ctx.caller.as_actor()).calendar.zone)
    values = keep_files(request, forms.read(fields, form, zone), fields)
    checked = tuple(int(str(place)) for place in form.getlist("_checked") if str(place).isdecimal())
    return values, checked


@router.post("/tasks/{task_id}")
def complete(request: Request, task_id: str, form: Posted) -> Response:
    task: TaskView = ask(request, "task.get", task_id=task_id)
    if "_add_row" in form or "_remove_row" in form:
        fields = refused_fields(fields_of(visit(request), task.form), form, {})
        return render(request, "pages/task.html", **_task_context(request, task, fields=fields))
    values, checked = _answers(request, task, form)
    if request.headers.get("x-draft"):
        ask(request, "task.save_draft", task_id=task_id, values=values, checked=checked)
        return Response(status_code=204)
    outcome = text_of(form, "outcome") or None
    try:
        changed = ask(request, "task.complete", task_id=task_id, outcome=outcome, values=values, checked=checked)
    except Rejection as refused:
        problems = problems_of(refused)
        if not problems and refused.kind not in ("illegal_transition", "separation_of_duties", "not_assignee"):
            raise
        fields = refused_fields(fields_of(visit(request), task.form), form, problems)
        context = _task_context(request, task, fields=fields, errors=problems, outcome=outcome or "",
                                problem="" if problems else sentence_of(refused))  # fmt: skip
        return render(request, "pages/task.html", status_code=422, **context)
    mine = next((one for one in changed.next if one.mine), None)
    target = f"/tasks/{mine.id}" if mine is not None else f"/cases/{changed.case.id}"
    return go(target, said=f"{task.row.title} is done" + (", the next step is yours" if mine is not None else ""))


def _simple(path: str, operation: str, done: str, *names: str, to_case: bool = False) -> None:
    """A change of a task that is one operation and a sentence."""

    def change(request: Request, task_id: str, form: Posted) -> Response:
        values = {name: text_of(form, name) or None for name in names}
        ask(request, operation, task_id=task_id, **values)
        case_id = task_id.partition(".")[0]
        return go(f"/cases/{case_id}" if to_case else f"/tasks/{task_id}", said=done)

    router.add_api_route(f"/tasks/{{task_id}}/{path}", change, methods=["POST"], name=operation)


_simple("claim", "task.claim", "The task is yours")
_simple("release", "task.release", "Others can take the task again")
_simple("delegate", "task.delegate", "Handed over", "to", "reason", to_case=True)
_simple("reassign", "task.reassign", "Reassigned", "to", "reason", to_case=True)
_simple("send-back", "task.send_back", "Sent back", "to", "reason", to_case=True)
_simple("skip", "task.skip", "Skipped", "reason", to_case=True)
_simple("due", "task.change_due", "The due date is changed", "due_at", "reason")
_simple("finish-now", "task.finish_now", "Finished", "reason", to_case=True)
