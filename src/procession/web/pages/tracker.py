"""The tracker: cases as a list, as a board by step, as bars on a line of time; saved views; changing many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.definition import Process
from procession.engine.rejections import Rejection
from procession.operations.bulk import ChangedOne
from procession.operations.cases import CaseLine
from procession.operations.loading import member_titles
from procession.operations.saved_views import SavedView
from procession.web.showing import TRACK, address, linker, new_key, people_of, said, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, once, text_of, visit

router = APIRouter()
FILTERS = ("status", "workflow", "person", "outcome", "step", "text", "kind", "starter")
FLAGS = ("late", "stopped", "nobody")
LAYOUTS = {"list": "List", "board": "Board", "timeline": "Timeline"}
AT_ONCE = {"list": 50, "board": 200, "timeline": 100}
"""Cases on a page of each layout."""


@router.get("/cases")
def cases(request: Request) -> Response:
    return _tracker(request, dict(request.query_params))


def _tracker(request: Request, query: Mapping[str, str], status_code: int = 200, **more: Any) -> Response:
    """The list as an address asks for it."""
    asked = {name: query[name] for name in FILTERS if query.get(name)}
    layout = query.get("layout", "") if query.get("layout") in LAYOUTS else "list"
    if layout == "board":
        asked["status"] = "open"
    asked.setdefault("status", "open")
    flags = {name: True for name in FLAGS if query.get(name)}
    sort = "due" if query.get("sort") == "due" else "newest"
    page = ask(
        request, "case.list", **asked, **flags, top=query.get("parts") is None, sort=sort, after=query.get("after"),
        limit=AT_ONCE[layout],
    )  # fmt: skip
    here = {name: query[name] for name in (*FILTERS, *FLAGS, "sort", "parts", "layout") if query.get(name)}
    ctx, workflows = visit(request), ask(request, "definition.list")
    views: Sequence[SavedView] = ask(request, "view.list")
    context: dict[str, Any] = {
        "page": page, "counts": ask(request, "case.count"), "asked": asked, "flags": flags, "sort": sort, "track": TRACK,
        "people": {one.id: one.name for one in people_of(ctx)}, "here": here, "now": ctx.at, "said": said(request),
        "workflows": {one.id: one.title for one in workflows}, "link": linker("/cases", here), "layout": layout,
        "layouts": LAYOUTS, "columns": [], "bars": [], "ticks": [], "views": views, "all": bool(query.get("all")),
        "view": next((one for one in views if dict(parse_qsl(one.query)) == here), None), "key": new_key(),
        "query": address("", here).lstrip("?"), "problem": "", "refused": [], "at_once": AT_ONCE[layout],
    }  # fmt: skip
    if layout == "board" and "workflow" in asked:
        context["columns"] = columns_of(_steps(request, asked["workflow"]), page.items)
    if layout == "timeline" and page.items:
        span = Span.around(page.items, ctx.at)
        context |= {"bars": [bar_of(span, one, ctx.at) for one in page.items], "ticks": span.ticks()}
    return render(request, "pages/cases.html", status_code=status_code, **context | more)


# --- a board: a column for each step ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The cases that are at one step."""

    step: str
    title: str
    cases: Sequence[CaseLine]


def _steps(request: Request, definition: str) -> dict[str, str]:
    """The steps at the top of a workflow, or the members of a process: id to title."""
    program = visit(request).program(definition)
    if isinstance(program.definition, Process):
        return member_titles(visit(request), program.definition)
    return {id_: node.step.title for id_, node in program.nodes.items() if not node.owner and not node.inline}


def columns_of(steps: Mapping[str, str], cases: Sequence[CaseLine]) -> list[Column]:
    """Each case under the first step that it is at; those at none of the newest version's steps come last."""
    held: dict[str, list[CaseLine]] = {id_: [] for id_ in steps}
    others: list[CaseLine] = []
    for case in cases:
        at = next((step for step in case.at if step in held), None)
        (held[at] if at is not None else others).append(case)
    columns = [Column(step=id_, title=title, cases=held[id_]) for id_, title in steps.items()]
    return [*columns, Column(step="", title="Elsewhere", cases=others)] if others else columns


# --- a line of time ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A case on a line of time; places in percent of the line."""

    case: CaseLine
    start: float
    width: float
    due: float | None
    tone: str


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a line shows."""

    begin: datetime
    end: datetime

    @classmethod
    def around(cls, cases: Sequence[CaseLine], now: datetime) -> Span:
        """From the first start to the last end or due date, with a little air."""
        begin = min(one.started_at for one in cases)
        ends = [one.closed_at or now for one in cases] + [one.due_at for one in cases if one.due_at is not None]
        air = max((max(ends) - begin) / 40, timedelta(hours=1))
        return cls(begin - air, max(ends) + air)

    def place(self, at: datetime) -> float:
        """Where a moment lies, in percent."""
        return round(100 * ((at - self.begin) / (self.end - self.begin)), 3)

    def ticks(self) -> list[tuple[float, datetime]]:
        """Five moments to write above the line, evenly apart."""
        return [(10 + 20 * step, self.begin + (self.end - self.begin) * (10 + 20 * step) / 100) for step in range(5)]


def bar_of(span: Span, case: CaseLine, now: datetime) -> Bar:
    """From its start to its end, or to now."""
    start, end = span.place(case.started_at), span.place(case.closed_at or now)
    tone = "bad" if case.late else "info" if case.status == "open" else "ok" if case.status == "done" else "text-3"
    due = span.place(case.due_at) if case.due_at is not None else None
    return Bar(case=case, start=start, width=max(end - start, 0.4), due=due, tone=tone)


# --- saved views ------------------------------------------------------------------------------------------------------


@router.post("/cases/views")
def save_view(request: Request, form: Posted) -> Response:
    """Keep what the list shows under a name."""
    query = text_of(form, "query")
    try:
        saved = ask(request, "view.save", name=text_of(form, "name"), query=query, shared="shared" in form)
    except Rejection as refused:
        return _tracker(request, dict(parse_qsl(query)), 422, problem=sentence_of(refused))
    return go(f"/cases?{saved.query}", said=f"Saved as {saved.name}")


@router.post("/cases/views/{view}/delete")
def delete_view(request: Request, view: str, form: Posted) -> Response:
    ask(request, "view.delete", view=view)
    return go("/cases", said="The view is deleted")


# --- many at once -----------------------------------------------------------------------------------------------------

DONE = {"cancel": "cancelled", "reassign": "reassigned", "due": "moved"}


@router.post("/cases/bulk")
def change_many(request: Request, form: Posted) -> Response:
    """Change every case that is ticked; those that refuse are named with the reason."""
    query, change = text_of(form, "query"), text_of(form, "change")
    ids = [str(one) for one in form.getlist("case")]
    here = dict(parse_qsl(query))
    once(request, form)
    try:
        changed: Sequence[ChangedOne] = ask(
            request, "case.change_many", case_ids=ids, change=change, reason=text_of(form, "reason"),
            to=text_of(form, "to") or None, due_at=text_of(form, "due_at") or None,
        )  # fmt: skip
    except Rejection as refused:
        return _tracker(request, here, 422, problem=sentence_of(refused))
    refused = [one for one in changed if not one.done]
    done = len(changed) - len(refused)
    words = f"{done} {'case' if done == 1 else 'cases'} {DONE[change]}"
    if refused:
        return _tracker(request, here, refused=refused, said=words)
    return go(address("/cases", here), said=words)
