"""Pilots: what is tried, how it fares beside the version for everybody, and beginning one from a changed file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from procession.drawing.effect import effect
from procession.engine.rejections import InvalidForm, NotFound, Rejection
from procession.operations.definitions import program_of
from procession.operations.pilot_views import PilotLine, PilotView, size_of
from procession.operations.pilots import DEFAULT_GUARDS, QUESTION
from procession.web.forms import Field, Option
from procession.web.pages.workflows import owner_titles
from procession.web.showing import problems_of, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()

STATUS: Final[Mapping[str, tuple[str, str]]] = {
    "running": ("info", "flask-conical"),
    "paused": ("warn", "circle-pause"),
    "rolled out": ("ok", "check"),
    "rolled back": ("neutral", "undo-2"),
}
"""How a status looks: tone and icon."""

VERDICT: Final[Mapping[str, tuple[str, str, str]]] = {
    "works": ("ok", "circle-check", "It works"),
    "worse": ("bad", "circle-alert", "It is worse"),
    "no difference yet": ("neutral", "activity", "No difference yet"),
    "too early": ("neutral", "hourglass", "Too early to say"),
}

GUARD_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "slower": ("Cases surely take more than", "longer"),
    "stopped": ("More than", "of its running cases have stopped"),
    "disliked": ("More than", "of those who answered found it no better"),
}
"""What stands before and after the fraction."""

SHARES: Final = (0.1, 0.5, 1.0)


@router.get("/pilots")
def pilots(request: Request) -> Response:
    lines: tuple[PilotLine, ...] = ask(request, "pilot.list")
    return render(request, "pages/pilots.html", lines=lines, status=STATUS)


@router.get("/pilots/{id_}")
def pilot(request: Request, id_: str) -> Response:
    return _page(request, ask(request, "pilot.get", pilot=id_))


def _page(request: Request, view: PilotView, *, problem: str = "") -> Response:
    # All of everybody is rolling it out, which has its own button.
    wider = [one for one in SHARES if one > view.share and (one < 1 or view.audience != "everybody")]
    return render(
        request, "pages/pilot.html", status_code=422 if problem else 200, view=view, problem=problem, status=STATUS,
        verdict=VERDICT, range_of=_range(view), wider=wider, guard_words=GUARD_WORDS, said=request.query_params.get("said", ""),
    )  # fmt: skip


def _range(view: PilotView) -> dict[str, Any] | None:
    """The effect as a picture, wide and narrow, with its figures; None before there is one."""
    if view.change is None or view.low is None or view.high is None:
        return None
    colour = {"works": "ok", "worse": "bad"}.get(view.verdict, "c5")
    drawn = partial(effect, view.change, view.low, view.high, size_of, view.sentence, colour=colour)
    rows = [("Change of the time to finish", size_of(view.change)), ("At least", size_of(view.low)),
            ("At most", size_of(view.high))]  # fmt: skip
    return {"wide": drawn(), "narrow": drawn(width=300), "rows": rows}


@router.post("/pilots/{id_}/{what}")
async def act(request: Request, id_: str, what: str, form: Posted) -> Response:
    """Everything that one click does to a pilot."""
    given: dict[str, Any] = {"pilot": id_}
    if what in {"pause", "roll_back"}:
        given["reason"] = text_of(form, "reason")
    elif what == "widen":
        given["share"] = text_of(form, "share")
    elif what not in {"resume", "roll_out"}:
        raise NotFound("There is no such page.")
    asked = {
        "pause": "pilot.pause",
        "resume": "pilot.resume",
        "widen": "pilot.widen",
        "roll_out": "pilot.roll_out",
        "roll_back": "pilot.roll_back",
    }[what]
    try:
        view: PilotView = ask(request, asked, **given)
    except Rejection as refused:
        return _page(request, ask(request, "pilot.get", pilot=id_), problem=sentence_of(refused))
    return go(f"/pilots/{id_}", said=view.history[0].what.capitalize())


@router.post("/cases/{id_}/pilot-answer")
async def answer(request: Request, id_: str, form: Posted) -> Response:
    ask(request, "pilot.answer", case_id=id_, better=text_of(form, "better") == "yes", text=text_of(form, "text"))
    return go(f"/cases/{id_}", said="Thank you, it is kept with the pilot")


# --- beginning and adjusting ------------------------------------------------------------------------------------------


def begin_page(
    request: Request, text: str, definition: str, accept: str, *, typed: FormData | None = None,
    refused: Rejection | None = None, why: str = "",
) -> Response:  # fmt: skip
    """The form that asks with whom a changed file is to be tried. Of a pilot that is open it adjusts that one."""
    open_now = _open_of(request, definition)
    problems = problems_of(refused) if refused is not None else {}
    problem = "" if refused is None or problems else sentence_of(refused)
    if isinstance(refused, InvalidForm):
        problem = ""
    return render(
        request, "pages/pilot_begin.html", status_code=422 if refused else 200, text=text, definition=definition,
        accept=accept, open_now=open_now, fields=_fields(request, definition, typed, problems, why), problem=problem,
    )  # fmt: skip


def _open_of(request: Request, definition: str) -> PilotLine | None:
    lines: tuple[PilotLine, ...] = ask(request, "pilot.list", definition=definition)
    return next((one for one in lines if one.status in {"running", "paused"}), None)


def _fields(
    request: Request, definition: str, typed: FormData | None, problems: Mapping[str, str], why: str
) -> list[Field]:
    def was(name: str, otherwise: str = "") -> str:
        return text_of(typed, name) if typed is not None else otherwise

    def chosen(name: str) -> list[str]:
        return [str(one) for one in typed.getlist(name)] if typed is not None else []

    people = visit(request).surroundings.directory.people.values()
    program = program_of(visit(request), definition)  # some begin only inside a process, and nobody may start those
    asked = (Option("", "None"), *(Option(one.field, program.definition.fields[one.field].title)
                                   for one in program.start_form))  # fmt: skip
    return [
        Field(name="why", label="What it is hoped to do", value=was("why", why), error=problems.get("why", "")),
        Field(name="share", label="Of the new cases, how many take part", type="percent",
              value=Decimal(was("share", "50") or "0") / 100 if was("share", "50").replace(".", "").isdigit() else None,
              hint="By lot: chance makes the two sides alike, so that the comparison is fair.",
              error=problems.get("share", "")),
        Field(name="groups", label="Only cases of these groups", type="choices", value=chosen("groups"),
              options=tuple(Option(id_, title) for id_, title in owner_titles(request).items()),
              hint="None chosen: of everybody.", error=problems.get("groups", "")),
        Field(name="people", label="And of these people", type="choices", value=chosen("people"),
              options=tuple(Option(one.id, one.name) for one in people if one.active), error=problems.get("people", "")),
        Field(name="field", label="Or by an answer of the start form, such as the site", type="choice",
              value=was("field"), options=asked, error=problems.get("field", "")),
        Field(name="values", label="Its values", value=was("values"), hint="Separated by commas.",
              error=problems.get("values", "")),
        Field(name="question", label="What those who worked with it are asked", value=was("question", QUESTION),
              hint="Answered by yes or no; empty asks nothing.", error=problems.get("question", "")),
    ]  # fmt: skip


@router.post("/pilots")
async def begin(request: Request, form: Posted) -> Response:
    definition, accept = text_of(form, "definition"), text_of(form, "accept")
    text = str(form.get("text") or "").replace("\r\n", "\n")
    file = {"name": f"{definition}.yaml", "text": text}
    try:
        open_now = text_of(form, "pilot")
        if open_now:
            view: PilotView = ask(request, "pilot.adjust", pilot=open_now, file=file, accept=accept or None)
        else:
            view = ask(
                request, "pilot.begin", file=file, accept=accept or None, guards=dict(DEFAULT_GUARDS), **_asked(form)
            )
    except Rejection as refused:
        return begin_page(request, text, definition, accept, typed=form, refused=refused)
    return go(f"/pilots/{view.id}", said=f"Version {view.definition.version} is being tried")


def _asked(form: FormData) -> dict[str, Any]:
    try:
        share = float(Decimal(text_of(form, "share") or "0") / 100)
    except ArithmeticError:
        share = 0.0  # refused with the sentence that says what a share is
    values = [one.strip() for one in text_of(form, "values").split(",") if one.strip()]
    return {
        "share": share, "why": text_of(form, "why"), "question": text_of(form, "question"),
        "groups": [str(one) for one in form.getlist("groups")], "people": [str(one) for one in form.getlist("people")],
        "field": text_of(form, "field") or None, "values": values,
    }  # fmt: skip
