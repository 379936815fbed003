"""The map editor: workflows and handoffs of a process changed in a draft that is checked and drawn again at each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from procession.drawing.lists import as_list
from procession.drawing.map_of_process import map_of_process
from procession.drawing.picture import members_of
from procession.drawing.process_map import draw_map
from procession.engine.definition import BOUNDARIES, Definition, Handoff, Process, Workflow
from procession.engine.rejections import Conflict, NotFound, Rejection
from procession.interchange.yaml import Read, read
from procession.interchange.yaml.editing import update
from procession.interchange.yaml.processes import PRIORITIES
from procession.operations.definitions import CheckResult, DefinitionView, workflows_by_id
from procession.operations.drafts import DraftView
from procession.operations.publishing import FindingView, SourceFile
from procession.web import map_edits as edits
from procession.web.map_choices import (
    Group,
    also,
    events_of,
    names_back,
    names_for,
    needed_by,
    places_in_file,
    slots,
    title_of,
)
from procession.web.maps import called
from procession.web.pages import map_editor_data as data
from procession.web.pages.workflows import owner_titles
from procession.web.showing import address, said, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()
TYPED = "="
"""Chosen for a value that is an expression of one's own."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The draft on which somebody works."""

    view: DefinitionView
    draft: DraftView
    published: Mapping[str, Definition]
    result: CheckResult | None
    refused: str = ""
    """Why nothing could be checked."""

    @cached_property
    def file(self) -> Read:
        return read(self.draft.files[0].text, self.draft.files[0].name)

    @cached_property
    def process(self) -> Process | None:
        """The process, where its file can be read as a whole; otherwise it is put right as YAML."""
        found = self.file.definition
        return found if self.file.ok and isinstance(found, Process) and found.id == self.view.ref.id else None

    @cached_property
    def library(self) -> Mapping[str, Definition]:
        """The workflows that are published, and those that are new with this draft."""
        new = (read(one.text, one.name).definition for one in self.draft.files[1:])
        return {**self.published, **{one.id: one for one in new if isinstance(one, Workflow)}}

    @cached_property
    def findings(self) -> tuple[FindingView, ...]:
        return self.result.findings if self.result is not None else ()

    @cached_property
    def places(self) -> Mapping[str, Sequence[FindingView]]:
        """What is wrong, by the part of the process's file where it stands."""
        positions = {path: (at.line, at.column) for path, at in self.file.source.positions.items()}
        return places_in_file(positions, [one for one in self.findings if one.file in ("", self.draft.files[0].name)])

    def wrong(self, path: str) -> list[FindingView]:
        """What is wrong with a part and everything inside it."""
        return [one for at, found in self.places.items() if at == path or at.startswith(f"{path}/") for one in found]


def _desk(request: Request, id_: str) -> Desk:
    """The draft of a process. Raises NotFound, and `Forbidden` for those who may not change it."""
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    if view.ref.kind != "process":
        raise NotFound(f"{view.ref.title} is a workflow, not a process.")
    draft: DraftView = ask(request, "draft.get", definition=id_)
    result: CheckResult | None = None
    refused = ""
    try:
        result = ask(request, "definition.check", files=_files(draft.files))
    except Rejection as problem:
        refused = sentence_of(problem)
    return Desk(view=view, draft=draft, published=workflows_by_id(visit(request)), result=result, refused=refused)


def _files(files: Sequence[SourceFile]) -> list[dict[str, str]]:
    return [{"name": one.name, "text": one.text} for one in files]


# --- showing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What of the process is on the desk, as the address says it."""

    part: str = "about"
    """`about`, `data`, `measures`, `add-workflow`, `add-handoff`, `w:NAME` or `h:NUMBER`."""
    side: str = "map"
    """What stands beside it: the map, or the file."""
    typing: str = ""
    """The field whose expression is being typed."""
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    typed: FormData | None = None
    """What was typed, where it was refused."""
    told: str = ""

    def link(self, id_: str, **changes: str) -> str:
        asked = {"part": self.part, "side": self.side, **changes}
        found = address(f"/processes/{id_}/edit", {k: v for k, v in asked.items() if (k, v) != ("side", "map")})
        # On a phone the form stands below the list of parts.
        return found if "side" in changes else f"{found}#chosen"


@router.get("/processes/{id_}/edit")
def editor(request: Request, id_: str, part: str = "about", side: str = "map", typing: str = "") -> Response:
    return _page(request, _desk(request, id_), Place(part=part, side=side, typing=typing))


def _page(request: Request, desk: Desk, place: Place, status: int = 200) -> Response:
    id_, process = desk.view.ref.id, desk.process
    part = _part(desk, place) if process is not None else {}
    drawn = _drawn(request, desk, place)
    return render(
        request, "pages/map_editor.html", status_code=status, view=desk.view, desk=desk, process=process, place=place,
        at=f"/processes/{id_}/edit", form_id=_form_id(process, place), owners=owner_titles(request),
        priorities=PRIORITIES, boundaries=BOUNDARIES,
        map=Markup(draw_map(drawn)) if drawn else "", twin=as_list(drawn) if drawn else [],  # noqa: S704 - our own SVG
        lines=_lines(desk) if process is not None else {}, said=said(request), TYPED=TYPED,
        severities={name: sum(one.severity == name for one in desk.findings) for name in ("error", "warning", "note")},
        part={"kind": "", "handoff": None, "member": None, "slots": [], "events": [], "choices": {}, "wrong": [], **part},
    )  # fmt: skip


def _form_id(process: Process | None, place: Place) -> str:
    """Names the form of the chosen part on the page; it stays when the part is renamed, so that the focus stays too."""
    if process is not None and place.part.startswith("w:") and place.part[2:] in process.members:
        return f"form-workflow-{list(process.members).index(place.part[2:])}"
    return f"form-{place.part.replace(':', '-')}"


def _drawn(request: Request, desk: Desk, place: Place) -> Any:
    process = desk.process
    if process is None:
        return None
    places = {one.id: number for number, one in enumerate(process.handoffs)}

    def link(key: str) -> str | None:
        handoff = key.partition("~")[0]
        if handoff in places:
            return place.link(desk.view.ref.id, part=f"h:{places[handoff]}", side="map")
        member = key.partition("/")[0]
        return place.link(desk.view.ref.id, part=f"w:{member}", side="map") if member in process.members else None

    selected = place.part[2:] if place.part.startswith("w:") else None
    handoff = _handoff(process, place.part)
    return map_of_process(
        process, members_of(process, desk.library), link=link, selected=handoff.id if handoff else selected,
        called=called(visit(request)),
    )  # fmt: skip


def _handoff(process: Process, part: str) -> Handoff | None:
    number = part[2:] if part.startswith("h:") else ""
    return process.handoffs[int(number)] if number.isdigit() and int(number) < len(process.handoffs) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A workflow or a handoff in the list of parts."""

    part: str
    title: str
    sub: str
    wrong: int
    severity: str


def _lines(desk: Desk) -> dict[str, list[Line]]:
    process = desk.process
    assert process is not None

    def line(part: str, path: str, title: str, sub: str) -> Line:
        found = desk.wrong(path)
        worst = "bad" if any(one.severity == "error" for one in found) else "warn" if found else ""
        return Line(part=part, title=title, sub=sub, wrong=len(found), severity=worst)

    members = [
        line(f"w:{id_}", f"workflows/{id_}", title_of(process, id_, desk.library), one.use)
        for id_, one in process.members.items()
    ]
    handoffs = [
        line(f"h:{number}", f"handoffs/{one.id}", " or ".join(_event(desk, process, str(source)) for source in one.sources),
             f"to {_targets(desk, process).get(one.to or edits.END, one.to)}")
        for number, one in enumerate(process.handoffs)
    ]  # fmt: skip
    return {"workflows": members, "handoffs": handoffs}


def _event(desk: Desk, process: Process, value: str) -> str:
    return next(
        (c.label for group in events_of(process, desk.library) for c in group.choices if c.value == value), value
    )


def _part(desk: Desk, place: Place) -> dict[str, Any]:
    """What the form of the chosen part shows: its kind, and what that kind needs."""
    process = desk.process
    assert process is not None
    if place.part == "add-workflow":
        published = {id_: one.title for id_, one in sorted(desk.library.items(), key=lambda pair: pair[1].title)
                     if isinstance(one, Workflow)}  # fmt: skip
        return {"kind": "add-workflow", "choices": published}
    if place.part == "add-handoff":
        return {"kind": "add-handoff", "events": events_of(process, desk.library), "choices": _targets(desk, process)}
    handoff = _handoff(process, place.part)
    if handoff is not None:
        return _handoff_part(desk, process, handoff, place)
    if place.part.startswith("w:") and place.part[2:] in process.members:
        return _member_part(desk, process, place.part[2:], place)
    if place.part in data.PARTS:
        return data.part_of(desk, process, place.part)
    return {"kind": "about", "wrong": [one for path in ("", *_ABOUT) for one in desk.places.get(path, ())]}


_ABOUT = ("process", "title", "goal", "owner", "priority", "target", "boundaries", "workflows", "handoffs")


def _targets(desk: Desk, process: Process) -> dict[str, str]:
    return {
        **{id_: title_of(process, id_, desk.library) for id_ in process.members},
        edits.END: "The end of the process",
    }


def _handoff_part(desk: Desk, process: Process, handoff: Handoff, place: Place) -> dict[str, Any]:
    path = f"handoffs/{handoff.id}"
    goal = process.members.get(handoff.to or "")
    target = desk.library.get(goal.use) if goal is not None else None
    problems = _problems(desk, f"{path}/carry/")
    events: list[Group] = events_of(process, desk.library)
    for source in handoff.sources:
        events = also(events, str(source))
    return {
        "kind": "handoff", "handoff": handoff, "number": int(place.part[2:]), "events": events,
        "choices": _targets(desk, process), "wrong": _beside(desk, path, problems),
        "target_title": target.title if target is not None else "",
        "slots": slots(
            target.fields if target is not None else {}, names_for(process, handoff.sources, desk.library), handoff.carry,
            needed_by(process, handoff.to, desk.library), problems, place.typing,
        ) if handoff.to is not None else [],
    }  # fmt: skip


def _member_part(desk: Desk, process: Process, member: str, place: Place) -> dict[str, Any]:
    path = f"workflows/{member}"
    problems = _problems(desk, f"{path}/take/")
    return {
        "kind": "workflow", "member": process.members[member], "wrong": _beside(desk, path, problems),
        "target_title": process.title, "member_title": title_of(process, member, desk.library),
        "new": process.members[member].use not in desk.published, "known": process.members[member].use in desk.library,
        "touching": len(edits.handoffs_of(process, member)),
        "slots": slots(process.fields, names_back(process, member, desk.library), process.members[member].take, (), problems,
                       place.typing),
    }  # fmt: skip


def _problems(desk: Desk, path: str) -> dict[str, list[FindingView]]:
    """What is wrong, by the field below the path."""
    names = {at[len(path) :].partition("/")[0] for at in desk.places if at.startswith(path)}
    return {name: desk.wrong(f"{path}{name}") for name in names}


def _beside(desk: Desk, path: str, shown: Mapping[str, Sequence[FindingView]]) -> list[FindingView]:
    """What is wrong with a part and is not shown beside one of its fields."""
    inside = [one for found in shown.values() for one in found]
    return [one for one in desk.wrong(path) if one not in inside]


# --- changing ---------------------------------------------------------------------------------------------------------


@router.post("/processes/{id_}/edit")
async def change(request: Request, id_: str, form: Posted) -> Response:
    """One change: into the draft, and back to the page that shows it."""
    desk = _desk(request, id_)
    place = Place(part=text_of(form, "part") or "about", side=text_of(form, "side") or "map")
    do = text_of(form, "do")
    if do == "discard":
        ask(request, "draft.discard", definition=id_)
        return go(f"/processes/{id_}/map", said="The draft is gone; what is published stays")
    if do == "yaml":
        files = [SourceFile(name=one.name, text=str(text).replace("\r\n", "\n"))
                 for one, text in zip(desk.draft.files, form.getlist("text"), strict=False)]  # fmt: skip
        return _kept(request, desk, [*files, *desk.draft.files[len(files) :]], form, place)
    made = CHANGES.get(do)
    if made is None or desk.process is None:
        raise NotFound("There is no such change, or the file has to be put right as YAML first.")
    try:
        files, part = made(desk, desk.process, form)
    except edits.Wrong as wrong:
        refused = Place(part=place.part, side=place.side, problems=wrong.problems, typed=form)
        return _page(request, desk, refused, 422)
    typing = next((name[6:] for name in form if name.startswith("carry.") and form.get(name) == TYPED), "")
    return _kept(request, desk, files, form, Place(part=part, side=place.side, typing=typing))


def _kept(request: Request, desk: Desk, files: Sequence[SourceFile], form: FormData, place: Place) -> Response:
    """Keep the draft and show it. What a colleague saved meanwhile is not overwritten."""
    mine = desk.draft.saved_by is not None and desk.draft.saved_by.id == visit(request).caller.id
    said_revision = text_of(form, "revision")
    revision = desk.draft.revision if mine or not said_revision.isdigit() else int(said_revision)
    id_ = desk.view.ref.id
    try:
        ask(request, "draft.save", definition=id_, files=_files(files), revision=revision)
    except Conflict as refused:
        told = Place(part=place.part, side=place.side, told=sentence_of(refused))
        return _page(request, desk, told, 409)
    return go(place.link(id_, **({"typing": place.typing} if place.typing else {})))


def _with(desk: Desk, process: Process) -> list[SourceFile]:
    own = desk.draft.files[0]
    return [SourceFile(name=own.name, text=update(own.text, process)), *desk.draft.files[1:]]


Changed = tuple[list[SourceFile], str]


def _add_workflow(desk: Desk, process: Process, form: FormData) -> Changed:
    use, title, owner = text_of(form, "use"), " ".join(text_of(form, "title").split()), text_of(form, "owner")
    if bool(use) == bool(title):
        raise edits.Wrong(use="Choose a workflow, or write the title of a new one.")
    if use:
        if use not in desk.library:
            raise edits.Wrong(use="There is no such workflow.")
        name = edits.name_for(use, process.members)
        return _with(desk, edits.add_member(process, use, name)), f"w:{name}"
    id_ = edits.name_for(title, desk.library)
    name = edits.name_for(title, process.members)
    files = _with(desk, edits.add_member(process, id_, name))
    return [*files, SourceFile(name=f"{id_}.yaml", text=edits.new_workflow(id_, title, owner))], f"w:{name}"


def _member_of(process: Process, form: FormData) -> str:
    member = text_of(form, "member")
    if member not in process.members:
        raise NotFound("This workflow is no longer part of the draft.")
    return member


def _change_workflow(desk: Desk, process: Process, form: FormData) -> Changed:
    name = text_of(form, "name")
    changed = edits.change_member(
        process, _member_of(process, form), name=name, title=text_of(form, "title"), take=_carried(form)
    )
    return _with(desk, changed), f"w:{name}"


def _remove_workflow(desk: Desk, process: Process, form: FormData) -> Changed:
    member = _member_of(process, form)
    use = process.members[member].use
    changed = edits.remove_member(process, member)
    files = _with(desk, changed)
    if use not in desk.published and all(one.use != use for one in changed.members.values()):
        files = [files[0], *(one for one in files[1:] if one.name != f"{use}.yaml")]
    return files, "about"


def _carried(form: FormData) -> dict[str, str]:
    """Field → expression, as it was chosen or typed."""
    found: dict[str, str] = {}
    for key in form:
        if key.startswith("carry."):
            chosen = text_of(form, key)
            text = text_of(form, f"typed.{key[6:]}") if chosen == TYPED else chosen
            if text:
                found[key[6:]] = text
    return found


def _drawn_in(form: FormData) -> edits.Drawn:
    return edits.Drawn(
        sources=[str(one) for one in form.getlist("source")], to=text_of(form, "to"), outcome=text_of(form, "outcome"),
        when=text_of(form, "when"), carry=_carried(form), optional=bool(text_of(form, "optional")),
        again=bool(text_of(form, "again")), at_most=text_of(form, "at_most"), wait=text_of(form, "wait"),
        work=text_of(form, "work"), owner=text_of(form, "owner"),
    )  # fmt: skip


def _place_of(process: Process, form: FormData) -> int:
    """The place of the handoff that is meant: the one of that name, else the one at that number."""
    was, number = text_of(form, "was"), text_of(form, "number")
    known = [place for place, one in enumerate(process.handoffs) if one.id == was]
    if known:
        return known[0]
    if not number.isdigit() or int(number) >= len(process.handoffs):
        raise NotFound("This handoff is no longer part of the draft.")
    return int(number)


def _add_handoff(desk: Desk, process: Process, form: FormData) -> Changed:
    changed = edits.add_handoff(process, _drawn_in(form))
    known = {one.id for one in process.handoffs}
    place = next((n for n, one in enumerate(changed.handoffs) if one.id not in known), len(changed.handoffs) - 1)
    return _with(desk, changed), f"h:{place}"


def _change_handoff(desk: Desk, process: Process, form: FormData) -> Changed:
    place = _place_of(process, form)
    return _with(desk, edits.change_handoff(process, place, _drawn_in(form))), f"h:{place}"


def _remove_handoff(desk: Desk, process: Process, form: FormData) -> Changed:
    return _with(desk, edits.remove_handoff(process, _place_of(process, form))), "about"


def _about(desk: Desk, process: Process, form: FormData) -> Changed:
    names = ("title", "goal", "owner", "priority", "target", *edits.BOUNDARIES)
    return _with(desk, edits.change_about(process, {name: text_of(form, name) for name in names})), "about"


def _data(desk: Desk, process: Process, form: FormData) -> Changed:
    return _with(desk, data.change_data(process, form)), "data"


def _measures(desk: Desk, process: Process, form: FormData) -> Changed:
    return _with(desk, data.change_measures(process, form)), "measures"


CHANGES: Mapping[str, Callable[[Desk, Process, FormData], Changed]] = {
    "add-workflow": _add_workflow, "change-workflow": _change_workflow, "remove-workflow": _remove_workflow,
    "add-handoff": _add_handoff, "change-handoff": _change_handoff, "remove-handoff": _remove_handoff, "about": _about,
    "data": _data, "measures": _measures,
}  # fmt: skip
