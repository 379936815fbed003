"""What the product's two words mean, and which sign leads to which page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.drawing.lists import as_list
from procession.drawing.model import MapContainer, MapHandoff, MapStep, ProcessMap
from procession.drawing.process_map import draw_map
from procession.web.templating import render
from procession.web.visiting import visit

router = APIRouter()
COFFEE = ("Grind beans", "Add to filter", "Pour water", "Press button", "Pour into mug")


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that people say, and where it shows."""

    said: str
    means: str
    shows: str
    """What to look at there."""
    page: str
    """What the page is called."""
    href: str


WORKFLOW_SIGNS = (
    Sign("“Everything stops at Jane’s desk.”", "One step is a bottleneck.",
         "The map coloured by waiting. Choose the reddest step: it says by group where the waiting lies, and which cases "
         "waited longest.", "Processes", "/processes"),
    Sign("“Approvals take three days when they should take three hours.”", "One step is slow.",
         "“Where the time is lost” on the page of a process or workflow: what a step takes, beside what it should take.",
         "Workflows", "/workflows"),
    Sign("“We keep forgetting to attach the form.”", "The same mistake comes back.",
         "The map coloured by rework, and “First pass” on the page of a process: how often nothing was done twice. A field "
         "that is required cannot be forgotten.", "Processes", "/processes"),
    Sign("“I never know what I am supposed to do next.”", "The work is not told to those who do it.",
         "My tasks: what is yours, until when, and how it is done.", "My tasks", "/inbox"),
)  # fmt: skip
PROCESS_SIGNS = (
    Sign("“Onboarding takes three weeks.”", "The whole is slow although its parts are not.",
         "“Half finish within” and “On time” of every process; on its page, each workflow beside the whole.",
         "Processes", "/processes"),
    Sign("“Sales blames operations, operations blames IT.”", "Work waits between departments.",
         "The share of lost time between workflows, in the first sentence of a process, and its handoffs on the map. "
         "The map narrows down to one department.", "Processes", "/processes"),
    Sign("“We want speed, and there are twelve approvals.”", "The process contradicts its goal.",
         "The page of a process: its goal and priority under About, its steps on the map, and what it lacks.",
         "Processes", "/processes"),
    Sign("“Nothing works the way it should.”", "Many things at once.",
         "Home says what loses most time, and what to do first. Workflows that belong together without being connected "
         "stand under What the records show.", "Home", "/"),
)  # fmt: skip


@router.get("/help")
def index(request: Request) -> Response:
    return RedirectResponse("/help/workflow-or-process", 303)


@router.get("/help/workflow-or-process")
def workflow_or_process(request: Request) -> Response:
    visit(request)
    picture, twin = _morning()
    return render(
        request, "pages/help_pair.html", coffee=COFFEE, map=picture, twin=twin, workflow_signs=WORKFLOW_SIGNS,
        process_signs=PROCESS_SIGNS,
    )  # fmt: skip


@router.get("/help/signs")
def signs(request: Request) -> Response:
    visit(request)
    return render(request, "pages/help_signs.html", workflow_signs=WORKFLOW_SIGNS, process_signs=PROCESS_SIGNS)


@cache
def _morning() -> tuple[Markup, object]:
    """The morning routine, with the steps of the coffee."""
    steps = tuple(
        MapStep(id=f"s{n}", title=one, next=(f"s{n + 1}",) if n < 5 else ()) for n, one in enumerate(COFFEE, 1)
    )
    names = {"shower": "Shower", "coffee": "Coffee", "breakfast": "Breakfast", "commute": "Commute"}
    ways = [("start", "shower"), ("shower", "coffee"), ("shower", "breakfast"), ("coffee", "commute"), ("breakfast", "commute"),
            ("commute", "end")]  # fmt: skip
    drawn = ProcessMap(
        title="The morning routine",
        containers=(
            MapContainer(id="start", title="Start", kind="start"),
            *(MapContainer(id=id_, title=title, team="Workflow", steps=steps if id_ == "coffee" else ())
              for id_, title in names.items()),
            MapContainer(id="end", title="Ready for work", kind="end"),
        ),
        handoffs=tuple(MapHandoff(id=f"{a}>{b}", source=a, target=b) for a, b in ways),
    )  # fmt: skip
    return Markup(draw_map(drawn)), as_list(drawn)  # noqa: S704 - our own SVG
