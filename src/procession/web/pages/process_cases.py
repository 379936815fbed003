"""A case of a process on one page: every department's part, the handoffs between them, what happened, when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.drawing.lists import as_list
from procession.drawing.map_of_process import Figure, step_key
from procession.drawing.process_map import draw_map
from procession.engine.rejections import NotFound
from procession.operations.case_shapes import CaseView, ChildView, StepView, TimelineEntry
from procession.operations.processes import HandoffView, ProcessCaseView
from procession.web.case_context import case_context
from procession.web.maps import map_of
from procession.web.pages.outlook import outlook_of, track_of
from procession.web.showing import TOLD
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()

SHOWN = 200
"""Lines of the timeline on the page at most; the whole is in each case's history."""
TOLD_FIRST = frozenset({
    "TaskCompleted", "HandoffHappened", "MilestoneReached", "StepSkipped", "StepWithdrawn", "CaseClosed",
    "CaseCancelled", "CaseReopened", "CommentAdded", "IncidentOpened", "IncidentResolved", "MemberNotStarted",
    "CaseDueChanged", "DueChanged", "CasePaused", "CaseResumed", "MemberReopened", "DataProvided", "MeasureGiven",
    "FeedbackAsked", "FeedbackGiven",
})  # fmt: skip
"""What the timeline tells first; the rest is a click away."""
UNENDED = ("to do", "open", "late", "stopped")
WORDS = {
    "to do": "not started", "open": "open", "late": "late", "stopped": "stopped", "done": "done",
    "skipped": "not needed", "withdrawn": "withdrawn", "not reached": "not reached",
}  # fmt: skip
PILLS = WORDS | {"to do": "to come", "skipped": "skipped", "withdrawn": "left out", "not reached": "not run"}
"""The same, short enough for the pills of the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A member of the process in this case."""

    member: StepView
    child: ChildView | None
    case: CaseView | None
    """Its own case, where the viewer may see it."""

    @property
    def state(self) -> str:
        """The member's state; late or stopped where a step of it is."""
        inside = {str(step.state) for step in self.case.steps} if self.case is not None else set[str]()
        if self.member.state == "open":
            return next((one for one in ("stopped", "late") if one in inside), "open")
        return str(self.member.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A line of the timeline across departments."""

    entry: TimelineEntry
    where: str


@router.get("/processes/{id_}/cases/{case_id}")
def process_case(request: Request, id_: str, case_id: str) -> Response:
    case: CaseView = ask(request, "case.get", case_id=case_id)
    if case.workflow.kind != "process":
        return RedirectResponse(f"/cases/{case_id}", 303)
    if case.workflow.id != id_:
        return RedirectResponse(f"/processes/{case.workflow.id}/cases/{case_id}", 303)
    return process_page(request, case)


def process_page(request: Request, case: CaseView, status: int = 200, **more: Any) -> Response:
    """The page of a case of a process; `more` is what was refused on it."""
    whole: ProcessCaseView = ask(request, "process.case", case_id=case.id)
    everything = bool(request.query_params.get("all"))
    parts = [_part(request, member, whole.children) for member in whole.members]
    drawn = map_of(
        visit(request), case.workflow, None, figures=_figures(parts, whole.handoffs),
        link=lambda key: _href(parts, key),
    )  # fmt: skip
    outlook = outlook_of(request, case)
    return render(
        request, "pages/process_case.html", status_code=status,
        **case_context(
            request, case, whole=whole, parts=parts, words=WORDS, looks=TOLD, map_twin=as_list(drawn),
            map=Markup(draw_map(drawn)),  # noqa: S704 - our own SVG, its texts escaped
            happened=_happened(case, parts, everything=everything), everything=everything, titles=_titles(parts),
            **outlook, track=track_of(request, whole.members, outlook, case.due_at),
            waited={one.id for one in whole.handoffs if one.happened_at is None and _can_still_happen(one, parts)},
            **more,
        ),
    )  # fmt: skip


def _part(request: Request, member: StepView, children: Sequence[ChildView]) -> Part:
    child = next((one for one in reversed(children) if one.member == member.id), None)
    own: CaseView | None = None
    if child is not None:
        try:
            own = ask(request, "case.get", case_id=child.case.id)
        except NotFound:  # another department's, and not open to everybody
            own = None
    return Part(member=member, child=child, case=own)


def _titles(parts: Sequence[Part]) -> Mapping[str, str]:
    return {part.member.id: part.member.title for part in parts} | {"start": "Start", "end": "End"}


def _figures(parts: Sequence[Part], handoffs: Sequence[HandoffView]) -> dict[str, Figure]:
    """The states as figures of the map: they are said in words, so they need no heat."""
    figures: dict[str, Figure] = {}
    for part in parts:
        figures[part.member.id] = Figure(pill=PILLS[part.state])
        for step in part.case.steps if part.case is not None else ():
            if step.state not in ("to do", "not reached"):
                figures[step_key(part.member.id, step.id)] = Figure(pill=PILLS[str(step.state)])
    for handoff in handoffs:
        if handoff.happened_at is not None:
            figures[handoff.id] = Figure(pill="done")
        elif _can_still_happen(handoff, parts):
            figures[handoff.id] = Figure(pill="next")
    return figures


def _href(parts: Sequence[Part], key: str) -> str | None:
    member, _, step = key.partition("/")
    part = next((one for one in parts if one.member.id == member), None)
    if part is None or part.case is None:
        return None
    task = next((one.id for one in part.case.tasks if one.step == step), None)
    return f"/tasks/{task}" if task is not None else f"/cases/{part.case.id}"


def _happened(case: CaseView, parts: Sequence[Part], *, everything: bool) -> list[Happened]:
    """What happened in the process and in all its parts, the newest first."""
    # What a part reached is told of the part; the process notes it too, so that handoffs can follow.
    told = {one.entry.at for one in _of_parts(parts) if one.entry.type == "MilestoneReached"}
    lines = [
        Happened(entry=one, where=case.workflow.title) for one in case.timeline
        if everything or one.type != "MilestoneReached" or one.at not in told
    ]  # fmt: skip
    lines += _of_parts(parts)
    wanted = [one for one in lines if everything or one.entry.type in TOLD_FIRST or one.entry is case.timeline[-1]]
    return sorted(wanted, key=lambda one: (one.entry.at, one.entry.seq), reverse=True)[:SHOWN]


def _of_parts(parts: Sequence[Part]) -> list[Happened]:
    return [
        Happened(entry=one, where=part.member.title)
        for part in parts
        for one in (part.case.timeline if part.case is not None else ())
    ]


def _can_still_happen(handoff: HandoffView, parts: Sequence[Part]) -> bool:
    """Whether one of the members that would set it off has not ended."""
    sources = {source.partition(".")[0] for source in handoff.sources}
    return any(part.member.id in sources and part.member.state in UNENDED for part in parts)
