"""Administration of working calendars: hours, holidays, closures."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import InvalidField, NotFound, Rejection
from procession.operations.calendars import CalendarView
from procession.web.showing import said, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, administrator, ask, go, text_of

router = APIRouter()
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEK = dict.fromkeys(DAYS[:5], "09:00-17:00")
"""What a new calendar proposes."""


@router.get("/admin/calendars")
def calendars(request: Request) -> Response:
    administrator(request)
    found = ask(request, "calendar.list")
    return render(request, "pages/calendars.html", calendars=found, said=said(request), days=DAYS)


@router.get("/admin/calendars/new")
def new_calendar(request: Request) -> Response:
    return _page(request, None, {"zone": "Europe/Berlin", **WEEK})


@router.get("/admin/calendars/{calendar}")
def one_calendar(request: Request, calendar: str) -> Response:
    known = _known(request, calendar)
    return _page(request, known, _typed(known))


def _known(request: Request, calendar: str) -> CalendarView:
    found = next((one for one in ask(request, "calendar.list") if one.id == calendar), None)
    if found is None:
        raise NotFound("There is no such calendar.")
    return found


def _typed(known: CalendarView) -> dict[str, str]:
    """A calendar as its form holds it."""
    closures = [f"{one['from']} to {one['to']}" for one in known.closures]
    return {
        "zone": known.zone, "holidays": "\n".join(known.holidays), "closures": "\n".join(closures),
        **{day: ", ".join(hours) for day, hours in known.hours.items()},
    }  # fmt: skip


def _page(
    request: Request, known: CalendarView | None, typed: dict[str, str], status: int = 200, problem: str = ""
) -> Response:
    administrator(request)
    return render(request, "pages/calendar.html", status_code=status, calendar=known, typed=typed, days=DAYS,
                  problem=problem, said=said(request))  # fmt: skip


@router.post("/admin/calendars/new")
def add_calendar(request: Request, form: Posted) -> Response:
    return _save(request, None, text_of(form, "id"), form)


@router.post("/admin/calendars/{calendar}")
def change_calendar(request: Request, calendar: str, form: Posted) -> Response:
    return _save(request, _known(request, calendar), calendar, form)


def _save(request: Request, known: CalendarView | None, name: str, form: Any) -> Response:
    typed = {one: text_of(form, one) for one in ("id", "zone", "holidays", "closures", *DAYS)}
    try:
        if known is None and name in {one.id for one in ask(request, "calendar.list")}:
            raise InvalidField("id", f"There is a calendar {name} already.")
        ask(
            request, "calendar.save", calendar=name, zone=typed["zone"], own=text_of(form, "own") == "yes",
            hours={day: _parts(typed[day]) for day in DAYS if typed[day]}, holidays=_lines(typed["holidays"]),
            closures=[_closure(line) for line in _lines(typed["closures"])],
        )  # fmt: skip
    except Rejection as refused:
        return _page(request, known, typed, 422, sentence_of(refused))
    return go("/admin/calendars", said="The calendar is saved")


@router.post("/admin/calendars/{calendar}/delete")
def delete_calendar(request: Request, calendar: str) -> Response:
    known = _known(request, calendar)
    try:
        ask(request, "calendar.delete", calendar=calendar)
    except Rejection as refused:
        return _page(request, known, _typed(known), 422, sentence_of(refused))
    return go("/admin/calendars", said="The calendar is gone")


def _parts(text: str) -> list[str]:
    """`09:00-12:00, 13:00 – 17:00` as stretches."""
    return [re.sub(r"\s*[-–]\s*", "-", one.strip()) for one in text.split(",") if one.strip()]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _closure(line: str) -> dict[str, str]:
    """`2026-12-24 to 2026-12-31`; a single day is both."""
    first, _, last = line.partition(" to ")
    return {"from": first.strip(), "to": last.strip() or first.strip()}
