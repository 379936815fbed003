"""Event logs of other programs: bringing one, the list, and what each says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import IO, Annotated, Any, Final, cast
from urllib.parse import urlencode
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.engine.rejections import InvalidField, Rejection, TooLarge
from procession.operations.logs.linking import MOST_STEPS
from procession.operations.logs.received import Received
from procession.operations.logs.views import LogAnswer, LogView
from procession.web.forms import Field
from procession.web.log_showing import context_of
from procession.web.pages.files import attachment
from procession.web.pages.proposals import LIKENESS, chance
from procession.web.pages.workflows import owner_titles
from procession.web.showing import said as told_once
from procession.web.showing import sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()

MEANINGS: Final[tuple[tuple[str, str, str], ...]] = (
    ("case", "Case", "Which run a row belongs to, such as an order number."),
    ("step", "Step", "What was done."),
    ("end", "Time", "When it was done."),
    ("start", "Begun", "When somebody began with it."),
    ("ready", "Ready", "When it could have been begun."),
    ("resource", "Person", "Who or what did it."),
    ("department", "Department", ""),
    ("group", "Group or role", ""),
    ("workflow", "Workflow", "Where a log holds several."),
    ("lifecycle", "Beginning or end", "Where beginnings and ends are rows of their own."),
    ("instance", "Which rows belong together", "A number that a beginning and its end share."),
    ("outcome", "Outcome", "What was decided, such as approved or rejected."),
    ("reason", "Reason", "Why something was refused."),
)
"""What columns can mean; the first three are needed."""

SEPARATORS: Final = (
    ("", "Found out"),
    ("comma", "Comma"),
    ("semicolon", "Semicolon"),
    ("tab", "Tab"),
    ("bar", "Bar |"),
)
DATES: Final = (("", "Found out"), ("day-first", "Day first: 31/12/2026"), ("month-first", "Month first: 12/31/2026"))
_NOTHING_SAID: Final[Mapping[str, Any]] = {
    "zone": "UTC", "dates": "", "separator": "", "encoding": "", "object_type": "", "rate": "",
    "outside": (), "mail": (), "automatic": (), "refused": (), "columns": (),
}  # fmt: skip
LINES: Final = ("outside", "mail", "automatic", "refused")
"""What is said one a line."""
FILTERS: Final = ("begun_from", "begun_before", "department", "workflow", "version", "field", "value")
_SLACK: Final = 1_000_000
"""Bytes of a form beside its file."""


async def _posted_log(request: Request) -> AsyncIterator[FormData]:
    """A form with a large file, which is on disk and never in memory as a whole. Raises TooLarge."""
    from procession.operations.logs.keeping import LARGEST

    visit(request)
    if int(request.headers.get("content-length") or 0) > LARGEST + _SLACK:
        raise TooLarge(
            f"A log has at most {LARGEST // 1_000_000} MB.",
            hint="Pack it with gzip, choose a shorter period, or use procession diagnose on the command line.",
        )
    async with request.form(max_files=1, max_fields=50) as form:
        yield form


@router.get("/import/log")
def bring(request: Request) -> Response:
    return _bring(request)


@router.post("/import/log")
async def take(request: Request, form: Annotated[FormData, Depends(_posted_log)]) -> Response:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _bring(request, "Choose a file first.", status=422)
    content = Received(cast("IO[bytes]", file.file), file.size or 0)
    try:
        made: LogView = await run_in_threadpool(ask, request, "log.upload", name=file.filename, content=content)
    except Rejection as refused:
        return _bring(request, sentence_of(refused), status=422)
    return go(f"/import/log/{made.line.id}")


def _bring(request: Request, problem: str = "", status: int = 200) -> Response:
    from procession.operations.logs.keeping import LARGEST

    ctx = visit(request)
    field = Field(
        name="file", label="The file of the log", type="file", required=True,
        accept=".csv,.tsv,.txt,.xes,.json,.jsonocel,.parquet,.gz",
        hint=f"CSV, XES, OCEL 2.0 (JSON) or Parquet, packed with gzip or not. A log has at most {LARGEST // 1_000_000} MB.",
    )  # fmt: skip
    waiting = [one for one in ask(request, "log.list") if one.status != "ready" and one.created_by == ctx.caller.id]
    return render(
        request,
        "pages/import_log.html",
        status_code=status,
        problem=problem,
        file=field,
        said=told_once(request),
        waiting=waiting,
    )


@router.get("/import/log/{log}")
def match(request: Request, log: str) -> Response:
    view: LogView = ask(request, "log.get", log=log)
    if view.line.status == "ready":
        return RedirectResponse(f"/logs/{log}", 303)
    return _match(request, view)


@router.post("/import/log/{log}")
def read(request: Request, log: str, form: Posted) -> Response:
    if text_of(form, "do") == "discard":
        ask(request, "log.delete", log=log)
        return go("/import/log", said="The file is gone")
    view: LogView = ask(request, "log.get", log=log)
    said = _said(form, view)
    try:
        made: LogView = ask(request, "log.preview" if text_of(form, "do") == "look" else "log.read", log=log, **said)
    except InvalidField as refused:
        view = ask(request, "log.get", log=log)  # which may know now of rows that were left out
        return _match(request, view, problem=sentence_of(refused), said=said, status=422, wrong=refused.field)
    except Rejection as refused:
        return _match(request, view, problem=sentence_of(refused), said=said, status=422)
    return go(f"/logs/{log}" if made.line.status == "ready" else f"/import/log/{log}")


def _said(form: FormData, view: LogView) -> dict[str, Any]:
    """What the form says about a log."""
    names = set(view.preview.names if view.preview is not None else ())
    columns = [f"{meaning}={text_of(form, f'column.{meaning}')}" for meaning, *_ in MEANINGS
               if f"column.{meaning}" in form and (text_of(form, f"column.{meaning}") or meaning not in ("case", "step", "end"))
               and names]  # fmt: skip
    plain = ("title", "rate", "zone", "dates", "separator", "encoding", "object_type", "group")
    said: dict[str, Any] = {name: text for name in plain if (text := text_of(form, name))}
    lines = {name: [line.strip() for line in text_of(form, name).splitlines() if line.strip()] for name in LINES}
    return said | lines | {"columns": columns, "people": bool(text_of(form, "people"))}


def _match(
    request: Request,
    view: LogView,
    *,
    problem: str = "",
    said: Mapping[str, Any] | None = None,
    status: int = 200,
    wrong: str = "",
) -> Response:
    chosen: dict[str, Any] = (
        {**_NOTHING_SAID, **view.options}
        | {"title": view.line.title, "group": view.line.group, "people": view.people}
        | dict(said or {})
    )
    if view.line.status == "failed" and not problem:
        problem = " ".join(filter(None, (view.line.error, view.line.hint)))
    columns = dict(view.preview.columns) if view.preview is not None else {}
    told: list[str] = list(chosen.get("columns") or ())
    for one in told:
        meaning, _, name = one.partition("=")
        columns[meaning] = name
    meant = {name: label for meaning, label, _ in MEANINGS if (name := columns.get(meaning))}
    return render(
        request, "pages/import_log_match.html", status_code=status, view=view, preview=view.preview, problem=problem, wrong=wrong,
        columns=columns, meanings=MEANINGS, meant=meant, chosen=chosen, zones=sorted(available_timezones()),
        separators=SEPARATORS, dates=DATES, groups=sorted(visit(request).surroundings.directory.groups),
        owners=owner_titles(request),
    )  # fmt: skip


# --- logs that are kept -----------------------------------------------------------------------------------------------


@router.get("/logs")
def logs(request: Request) -> Response:
    listed = ask(request, "log.list")
    return render(
        request,
        "pages/logs.html",
        logs=listed,
        said=told_once(request),
        people=_names(request),
        owners=owner_titles(request),
    )


def _names(request: Request) -> dict[str, str]:
    return {one.id: one.name for one in visit(request).surroundings.directory.people.values()}


@router.get("/logs/links")
def links(request: Request) -> Response:
    return render(
        request, "pages/log_links.html", found=ask(request, "log.reveal"), likeness=LIKENESS, chance=chance,
        most=MOST_STEPS,
    )  # fmt: skip


@router.get("/logs/{log}")
def log_page(request: Request, log: str) -> Response:
    view: LogView = ask(request, "log.get", log=log)
    if view.line.status != "ready":
        return RedirectResponse(f"/import/log/{log}", 303)
    wanted = {name: text for name in FILTERS if (text := request.query_params.get(name, "").strip())}
    problem, answer = "", None
    try:
        answer = ask(request, "log.diagnosis", log=log, **wanted)
    except InvalidField as refused:
        problem = sentence_of(refused)
        answer = ask(request, "log.diagnosis", log=log)
    # What waited has what stands above the content, too, once it is there.
    whole = request.headers.get("HX-Request") == "true" and answer.status != "waiting"
    return render(
        request, "pages/log.html", headers={"HX-Refresh": "true"} if whole else None,
        status_code=422 if problem else 200, view=view, answer=answer, problem=problem,
        said=told_once(request),
        wanted=wanted, people=_names(request), owners=owner_titles(request), at=f"/logs/{log}",
        without=partial(_without, log, wanted), page=partial(address, log, wanted),
        choices=_choices(request, log, answer), **context_of(answer),
    )  # fmt: skip


def address(log: str, wanted: Mapping[str, str], page: str, **more: str | int) -> str:
    """An address of a page of the log that keeps what cases are chosen by."""
    kept = dict(wanted) | {name: str(value) for name, value in more.items() if value not in ("", 0)}
    return f"/logs/{log}{page}" + (f"?{urlencode(kept)}" if kept else "")


def _without(log: str, wanted: Mapping[str, str], *names: str) -> str:
    """The address with some of the conditions left out."""
    kept = {name: text for name, text in wanted.items() if name not in names}
    return f"/logs/{log}?{urlencode(kept)}" if kept else f"/logs/{log}"


def _choices(request: Request, log: str, answer: LogAnswer) -> Any:
    """What cases can be chosen by; of the whole log where the chosen ones are not worked out yet."""
    if answer.diagnosis is not None:
        return answer.diagnosis.choices
    whole: LogAnswer = ask(request, "log.diagnosis", log=log)
    return whole.diagnosis.choices if whole.diagnosis is not None else None


@router.get("/logs/{log}/errors")
def errors(request: Request, log: str) -> Response:
    return attachment(ask(request, "log.errors", log=log))


@router.get("/logs/{log}/file")
def file(request: Request, log: str, format: str = "csv") -> Response:  # noqa: A002 - its name in the address
    return attachment(ask(request, "log.file", log=log, format=format))


@router.post("/logs/{log}/delete")
def delete(request: Request, log: str) -> Response:
    ask(request, "log.delete", log=log)
    return go("/logs", said="The log is deleted")
