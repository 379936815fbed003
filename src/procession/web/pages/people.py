"""Administration of people: who is here, their groups and roles, who is whose manager."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import NotFound, Rejection
from procession.operations.people import PersonView
from procession.web.forms import Field, Option
from procession.web.showing import linker, problems_of, said, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, administrator, ask, go, text_of

router = APIRouter()


@router.get("/admin/people")
def people(request: Request, text: str = "", group: str = "", gone: str = "") -> Response:
    """Everybody, or those who fit."""
    administrator(request)
    found = ask(request, "person.list", text=text or None, group=group or None, active=not gone)
    here = {"text": text, "group": group, "gone": gone}
    return render(
        request, "pages/people.html", people=found, groups=ask(request, "group.list"), text=text, group=group, gone=gone,
        link=linker("/admin/people", here), said=said(request),
        names={one.id: one.name for one in ask(request, "person.list", active=None)},
    )  # fmt: skip


# --- one person -------------------------------------------------------------------------------------------------------


def _fields(request: Request, person: PersonView | None, typed: dict[str, Any], errors: dict[str, str]) -> list[Field]:
    """The form of a person; `typed` is what it said when it was refused."""
    everybody = ask(request, "person.list")
    groups = [one.id for one in ask(request, "group.list")]
    roles = [one.id for one in ask(request, "role.list")]
    calendars = ask(request, "calendar.list")

    def now(name: str, known: Any) -> Any:
        return typed.get(name, known)

    fields = [
        Field(name="name", label="Full name", value=now("name", person.name if person else ""), required=True),
        Field(name="email", label="E-mail address", type="email", value=now("email", person.email if person else ""),
              required=True, hint="Mails go there, and one logs in with it."),
        Field(name="manager", label="Manager", type="person", value=now("manager", person.manager if person else None),
              options=[Option(one.id, one.name) for one in everybody if person is None or one.id != person.id], wide=False),
        Field(name="calendar", label="Working calendar", type="choice",
              value=now("calendar", person.calendar if person else None),
              options=[Option(one.id, one.id) for one in calendars], hint="None: the organisation’s own.", wide=False),
        Field(name="groups", label="Groups", value=now("groups", ", ".join(person.groups) if person else ""),
              hint=f"Separated by commas; new ones are made. Known: {', '.join(groups) or 'none'}."),
        Field(name="roles", label="Roles", value=now("roles", ", ".join(person.roles) if person else ""),
              hint=f"Separated by commas; new ones are made. Known: {', '.join(roles) or 'none'}."),
    ]  # fmt: skip
    if person is None:
        fields.insert(2, Field(name="id", label="Short name", value=now("id", ""), wide=False,
                               hint="For person:NAME in workflows. Empty: the e-mail address."))  # fmt: skip
    return [replace(one, error=errors.get(one.name, "")) for one in fields]


def _page(
    request: Request, person: PersonView | None, status: int = 200, *, typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None, problem: str = "",
) -> Response:  # fmt: skip
    administrator(request)
    typed, errors = typed or {}, errors or {}
    return render(
        request, "pages/person.html", status_code=status, person=person, fields=_fields(request, person, typed, errors),
        errors=errors, problem=problem, said=said(request), admin=typed.get("admin", person.admin if person else False),
    )  # fmt: skip


@router.get("/admin/people/new")
def new_person(request: Request) -> Response:
    return _page(request, None)


@router.get("/admin/people/{person}")
def one_person(request: Request, person: str) -> Response:
    return _page(request, ask(request, "person.get", person=person))


def _values(form: Any) -> dict[str, Any]:
    return {
        "name": text_of(form, "name"), "email": text_of(form, "email"), "manager": text_of(form, "manager"),
        "calendar": text_of(form, "calendar"), "groups": _names(form, "groups"), "roles": _names(form, "roles"),
        "admin": text_of(form, "admin") == "yes",
    }  # fmt: skip


def _names(form: Any, name: str) -> list[str]:
    return [one.strip() for one in text_of(form, name).split(",") if one.strip()]


def _refused(request: Request, person: PersonView | None, form: Any, refused: Rejection) -> Response:
    typed = {name: text_of(form, name) for name in ("id", "name", "email", "manager", "calendar", "groups", "roles")}
    problems = problems_of(refused)
    shown = {name for name in problems if name in typed or name == "password"}
    return _page(request, person, 422, typed={**typed, "admin": text_of(form, "admin") == "yes"}, errors=problems,
                 problem="" if shown else sentence_of(refused))  # fmt: skip


@router.post("/admin/people/new")
def add_person(request: Request, form: Posted) -> Response:
    values = _values(form)
    extra = {"id": text_of(form, "id") or None, "password": str(form.get("password") or "") or None}
    try:
        made = ask(request, "person.add", **{**values, **extra, "manager": values["manager"] or None,
                                             "calendar": values["calendar"] or None})  # fmt: skip
    except Rejection as refused:
        return _refused(request, None, form, refused)
    return go("/admin/people", said=f"{made.name} is here now")


@router.post("/admin/people/{person}")
def change_person(request: Request, person: str, form: Posted) -> Response:
    known: PersonView = ask(request, "person.get", person=person)
    try:
        ask(request, "person.change", person=person, **_values(form))
    except NotFound:
        raise
    except Rejection as refused:
        return _refused(request, known, form, refused)
    return go(f"/admin/people/{person}", said="Saved")


@router.post("/admin/people/{person}/password")
def set_password(request: Request, person: str, form: Posted) -> Response:
    """The way back for somebody who is locked out or forgot theirs."""
    return _change(
        request, person, "The password is set; hand it over by voice", password=str(form.get("password") or "")
    )


@router.post("/admin/people/{person}/active")
def set_active(request: Request, person: str, form: Posted) -> Response:
    """Somebody leaves, or comes back."""
    active = text_of(form, "active") == "yes"
    return _change(
        request, person, "They are back" if active else "They can neither log in nor get tasks", active=active
    )


def _change(request: Request, person: str, done: str, **values: Any) -> Response:
    known: PersonView = ask(request, "person.get", person=person)
    try:
        ask(request, "person.change", person=person, **values)
    except Rejection as refused:
        return _page(request, known, 422, errors=problems_of(refused), problem=sentence_of(refused))
    return go(f"/admin/people/{person}", said=done)


# --- groups and roles -------------------------------------------------------------------------------------------------


@router.get("/admin/groups")
def groups(request: Request) -> Response:
    return _groups(request)


def _groups(request: Request, status: int = 200, problem: str = "") -> Response:
    administrator(request)
    return render(
        request, "pages/groups.html", status_code=status, problem=problem, said=said(request),
        sections=(("group", "Groups", ask(request, "group.list")), ("role", "Roles", ask(request, "role.list"))),
        people=ask(request, "person.list"),
    )  # fmt: skip


def _circle(kind: str) -> None:
    """Groups and roles are changed alike."""

    def save(request: Request, form: Posted) -> Response:
        values: dict[str, Any] = {kind: text_of(form, "id"), "title": text_of(form, "title") or None}
        if text_of(form, "with_members"):
            values["members"] = [str(one) for one in form.getlist("members")]
        return _done(request, f"{kind}.save", "Saved", values)

    def delete(request: Request, form: Posted) -> Response:
        return _done(request, f"{kind}.delete", f"The {kind} is gone", {kind: text_of(form, "id")})

    router.add_api_route(f"/admin/{kind}s/save", save, methods=["POST"], name=f"{kind}.save")
    router.add_api_route(f"/admin/{kind}s/delete", delete, methods=["POST"], name=f"{kind}.delete")


def _done(request: Request, operation: str, done: str, values: dict[str, Any]) -> Response:
    try:
        ask(request, operation, **values)
    except Rejection as refused:
        return _groups(request, 422, sentence_of(refused))
    return go("/admin/groups", said=done)


_circle("group")
_circle("role")
