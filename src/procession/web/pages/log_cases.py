"""The cases of an imported log: the list, those behind a finding, and the page of one; the report to keep."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.analytics.words import elapsed
from procession.engine.rejections import Conflict
from procession.operations.logs.views import CaseInLog, CaseOfLog, CasesOfLog, LogView, StepInCase
from procession.web.log_showing import SERIES, WORDS
from procession.web.pages.files import attachment
from procession.web.pages.logs import FILTERS, address
from procession.web.templating import render
from procession.web.visiting import ask, go

router = APIRouter()

AT_ONCE: Final = 50
MOST_FIELDS: Final = 6
"""Further fields of a step that are shown beside it."""
ORDERS: Final = {
    "newest": "Newest first", "oldest": "Oldest first", "longest": "Longest first", "shortest": "Shortest first",
}  # fmt: skip
UNSURE: Final = "line-2"
"""The colour of time that may be work or waiting."""


@router.get("/logs/{log}/cases")
def cases(request: Request, log: str) -> Response:
    asked = request.query_params
    wanted, finding = _wanted(request), asked.get("finding") or None
    order = asked.get("order", "newest")
    order = order if order in ORDERS else "newest"
    after = int(number) if (number := asked.get("after", "")).isdigit() else 0
    view: LogView = ask(request, "log.get", log=log)
    try:
        found: CasesOfLog = ask(
            request, "log.cases", log=log, finding=finding, order=order, limit=AT_ONCE, after=after, **wanted
        )
    except Conflict:  # not diagnosed yet: its page says how far it is
        return go(address(log, wanted, ""))
    link = partial(address, log, wanted, "/cases", finding=finding or "")
    return render(
        request, "pages/log_cases.html", view=view, found=found, wanted=wanted, order=order, orders=ORDERS, link=link,
        rows=[_line(one) for one in found.cases], one=partial(address, log, wanted, "/case", finding=finding or ""),
        back=address(log, wanted, ""), every=address(log, wanted, "/cases"), at_once=AT_ONCE,
    )  # fmt: skip


@router.get("/logs/{log}/case")
def case(request: Request, log: str) -> Response:
    asked = request.query_params
    wanted, finding = _wanted(request), asked.get("finding") or None
    view: LogView = ask(request, "log.get", log=log)
    try:
        found: CaseOfLog = ask(request, "log.case", log=log, case=asked.get("case", ""), finding=finding, **wanted)
    except Conflict:
        return go(address(log, wanted, ""))
    return render(
        request, "pages/log_case.html", view=view, found=found, division=_division(found.case),
        line=_line(found.case), steps=[_step(one) for one in found.steps], back=address(log, wanted, ""),
        behind=address(log, wanted, "/cases", finding=finding or ""),
        kpis=_kpis(found),
    )  # fmt: skip


@router.get("/logs/{log}/report")
def report(request: Request, log: str) -> Response:
    try:
        return attachment(ask(request, "log.report", log=log, **_wanted(request)))
    except Conflict:
        return go(address(log, _wanted(request), ""))


def _wanted(request: Request) -> dict[str, str]:
    return {name: text for name in FILTERS if (text := request.query_params.get(name, "").strip())}


def _waited(one: CaseInLog) -> int:
    return sum(time for part, time in one.parts.items() if part != "working")


def _line(one: CaseInLog) -> dict[str, Any]:
    """A case as a line: with estimated beginnings, work and waiting cannot be told apart."""
    unsure = one.unsure > 0
    return {
        "case": one.case, "begin": one.begin, "end": one.end, "steps": one.steps, "cycle": elapsed(one.cycle),
        "working": elapsed(one.parts["working"]), "waiting": elapsed(_waited(one)), "unsure": unsure,
    }  # fmt: skip


def _division(one: CaseInLog) -> list[tuple[float, str, str]]:
    """The cycle as parts of a bar."""
    if not one.cycle:
        return []
    if one.unsure:
        guessed = one.unsure / one.cycle
        open_ = (guessed, "work or waiting, as the log does not say when it was begun", UNSURE)
        return [open_, (1 - guessed, "recorded", "c2")] if guessed < 1 else [open_]
    return [(one.parts[part] / one.cycle, WORDS[part][0], colour) for part, colour in SERIES if one.parts[part]]


def _kpis(found: CaseOfLog) -> list[tuple[str, str, str]]:
    line = _line(found.case)
    unsure = "estimated" if line["unsure"] else ""
    path = sum(one.on_path for one in found.steps)
    return [
        ("From beginning to end", line["cycle"], "nights and weekends included"),
        ("Work", f"at most {line['working']}" if unsure else line["working"], unsure or "along what it waited for"),
        ("Waiting", f"at least {line['waiting']}" if unsure else line["waiting"], unsure or "closed hours among it"),
        ("Steps done", str(len(found.steps)), "" if path == len(found.steps) else f"{path} decided when it ended"),
    ]  # fmt: skip


def _step(one: StepInCase) -> dict[str, Any]:
    """A step as a row of the table."""
    whole = round((one.done - one.ready).total_seconds() * 1e6)
    causes = [f"{cause} {elapsed(time)}" for cause, time in one.causes.items() if time >= 0.05 * max(one.waiting, 1)]
    party = [text for text in (one.department, one.group, one.workflow) if text]
    return {
        "of": one, "party": ", ".join(dict.fromkeys(party)), "whole": elapsed(whole), "waited": elapsed(one.waiting),
        "worked": elapsed(one.working), "closed": elapsed(one.closed) if one.closed else "",
        "causes": causes, "more": _more(one),
    }  # fmt: skip


def _more(one: StepInCase) -> list[str]:
    """What else the log says of a step, without what only says the same again or is a mark of the program it came from."""
    same = {one.step, one.resource, one.department, one.group, one.workflow}
    told = [f"{name}: {value}" for name, value in one.more.items() if value not in same and not name.startswith("@@")]
    return told[:MOST_FIELDS]
