"""What if: a change simulated on the page of a process or workflow, and the scenario as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.analytics.forecast.words import length
from procession.engine.definition import Process, Workflow, walk
from procession.engine.rejections import InvalidForm, NotFound, Rejection
from procession.operations.definitions import DefinitionView, program_of
from procession.operations.insights.simulating import SimulationView
from procession.web.pages.scenario_form import PER, WHAT, Form, lines_of, read_form
from procession.web.showing import sentence_of
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()


@router.get("/workflows/{id_}/whatif")
def of_workflow(request: Request, id_: str) -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    if view.ref.kind == "process":
        return RedirectResponse(f"/processes/{id_}/whatif", 303)
    if cleaned := without_empty(request):
        return cleaned
    given = simulated(request, id_)
    status = 422 if given["simulation_problem"] else 200
    return render(request, "pages/whatif_workflow.html", status_code=status, view=view, **given)


@router.get("/processes/{id_}/whatif.scenario.yaml")
@router.get("/workflows/{id_}/whatif.scenario.yaml")
def as_file(request: Request, id_: str) -> Response:
    """The scenario that the address says, for `procession simulate`."""
    from procession.interchange.yaml.emit import emit

    ask(request, "definition.get", definition=id_)
    form = _form(request, id_)
    if form.wrong:
        raise NotFound("The address does not say what is changed.", hint=next(iter(form.wrong.values())))
    headers = {"Content-Disposition": f'attachment; filename="{id_}.scenario.yaml"'}
    return Response(emit(form.scenario()), media_type="application/yaml", headers=headers)


def without_empty(request: Request) -> Response | None:
    """The same question at an address without what was left empty; None where it is that already."""
    query = request.query_params.multi_items()
    filled = {name for name, text in query if text.strip()}
    units = {f"{name}_per" for name in ("arrivals", "today") if name not in filled}
    said = [(name, text) for name, text in query if name in filled - units]
    if len(said) == len(query):
        return None
    return RedirectResponse(f"{request.url.path}?{urlencode(said)}#simulated", 303)


def _form(request: Request, id_: str) -> Form:
    parts = _workflows(request, id_)
    return read_form(request.query_params.multi_items(), lines_of(parts), tuple(_groups(parts)))


def simulated(request: Request, id_: str) -> Mapping[str, Any]:
    """The form, and the answer where something was asked."""
    form = _form(request, id_)
    found: SimulationView | None = None
    problem, hint = "", ""
    if form.is_asked and not form.wrong:
        try:
            found = _ask(request, id_, form)
        except InvalidForm as refused:
            problem, hint = _without_place(refused.problems[0].message), refused.problems[0].hint or ""
        except NotFound:
            problem = "Figures over all cases are for those who may see all cases."
        except Rejection as refused:
            problem, hint = sentence_of(refused), ""
    elif form.wrong:
        problem = "One of the inputs does not fit. It is marked in the form."
        hint = "" if form.wrong.keys() <= form.known else next(iter(form.wrong.values()))
    return {
        "form": form, "what": WHAT, "per": PER, "found": found, "sizes": _sizes(request, form.groups),
        "simulation_problem": problem, "simulation_hint": hint, "length": length,
        "query": urlencode([*form.said.items(), *([("figures", "stated")] if form.figures == "stated" else [])]),
        "try_at": _try_at(form, _workflows(request, id_)), "change": form.sentence(),
        "nothing_said": found is not None and form.changes_nothing,
    }  # fmt: skip


def _without_place(sentence: str) -> str:
    """What is wrong, without the line of a file that nobody wrote."""
    return re.sub(r"^Line \d+, column \d+: ", "", sentence)


def _sizes(request: Request, groups: Sequence[str]) -> Mapping[str, int]:
    """How many people each group or role has; those that nobody is in are left out."""
    directory = visit(request).surroundings.directory
    known = {f"group:{name}": members for name, members in directory.groups.items()}
    known |= {f"role:{name}": members for name, members in directory.roles.items()}
    return {one: len(known[one]) for one in groups if known.get(one)}


def _try_at(form: Form, parts: Sequence[tuple[str, str, Workflow]]) -> tuple[str, str]:
    """The workflow whose change is to be tried, and its title: that of the step that is changed, or the first in which
    work goes to the group; none where neither says it."""
    from procession.analytics.simulation.staff import queue_of

    part, group = form.first_step.partition("/")[0], form.first_group
    for name, title, workflow in parts:
        if name == part:
            return workflow.id, title
    for _, title, workflow in parts if group else ():
        if any(queue_of(tuple(getattr(one.config, "assign", None) or ())) == group for one in walk(workflow.body)):
            return workflow.id, title
    return "", ""


def _ask(request: Request, id_: str, form: Form) -> SimulationView:
    from procession.interchange.yaml.emit import emit

    now = form.value("today")
    today = emit({"scenario": "Today", "arrivals": now}) if now else ""
    return ask(
        request, "insight.simulate", process=id_, scenario=emit(form.scenario()), today=today, figures=form.figures
    )


def _workflows(request: Request, id_: str) -> list[tuple[str, str, Workflow]]:
    """Part, its title and its workflow."""
    definition = program_of(visit(request), id_).definition
    if isinstance(definition, Workflow):
        return [(definition.id, definition.title, definition)]
    assert isinstance(definition, Process)
    found: list[tuple[str, str, Workflow]] = []
    for name, member in definition.members.items():
        inside = program_of(visit(request), member.use).definition
        if isinstance(inside, Workflow):
            found.append((name, member.title or inside.title, inside))
    return found


def _groups(parts: Sequence[tuple[str, str, Workflow]]) -> list[str]:
    """The groups and roles that work goes to."""
    from procession.analytics.simulation.staff import queue_of

    found: dict[str, None] = {}
    for _, _, workflow in parts:
        for step in walk(workflow.body):
            queue = queue_of(tuple(getattr(step.config, "assign", None) or ()))
            if queue is not None and " or " not in queue and queue.startswith(("group:", "role:")) and "{" not in queue:
                found[queue] = None
    return sorted(found)
