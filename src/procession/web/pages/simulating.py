"""What if: a change simulated on the page of a process or workflow, and the scenario as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.analytics.forecast.words import length
from procession.engine.definition import Process, Workflow, walk
from procession.engine.durations import SpanError, parse_span
from procession.engine.rejections import InvalidForm, NotFound, Rejection
from procession.operations.definitions import DefinitionView, program_of
from procession.operations.insights.simulating import SimulationView
from procession.web.showing import sentence_of
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()

WHAT: Final[Mapping[str, str]] = {
    "": "leave it as it is", "takes": "its work takes, of today's,", "lies": "it lies, of today's,", "work": "its work takes",
    "wait": "it lies, before anybody begins,", "instant": "it takes no time", "batch": "it is collected until there are",
    "priority": "it comes first",
}  # fmt: skip
"""What may be changed about a step."""
SHARES: Final = frozenset(("takes", "lies"))
"""What is said as a share of today's."""
_CASES: Final = 200
_RUNS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the form says; all of it stands in the address, so that a question can be sent to somebody."""

    today: str = ""
    arrivals: str = ""
    group: str = ""
    people: str = ""
    step: str = ""
    what: str = ""
    time: str = ""
    part: str = ""
    """Per cent of today's."""
    size: str = ""
    """How many are collected."""
    figures: str = "best"
    asked: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of every input what is wrong with it, or nothing."""

    @property
    def is_wrong(self) -> bool:
        return any(self.wrong.values())

    def scenario(self) -> dict[str, Any]:
        """The change as a scenario file holds it."""
        said: dict[str, Any] = {"scenario": "What if", "cases": _CASES, "replications": _RUNS}
        if self.arrivals:
            said["arrivals"] = self.arrivals
        elif self.today:
            said["arrivals"] = self.today
        if self.group and self.people:
            said["people"] = {self.group: int(self.people)}
        if self.step and self.what:
            said["steps"] = {self.step: self._change()}
            if self.what == "priority":
                said["order"] = "priority"
        return said

    def _change(self) -> dict[str, Any]:
        if self.what == "instant":
            return {"instant": True}
        if self.what == "priority":
            return {"priority": 10}
        if self.what == "batch":
            return {"batch": int(self.size)}
        return {self.what: f"{self.part}%" if self.what in SHARES else self.time}

    def sentence(self, steps: Sequence[tuple[str, str]]) -> str:
        """The change as somebody would say it."""
        found: list[str] = []
        if self.arrivals:
            found.append(f"{self.arrivals} cases arrive")
        if self.group and self.people:
            found.append(f"{self.people} people in {self.group.replace(':', ' ')}")
        if self.step and self.what:
            title = dict(steps).get(self.step, self.step)
            how = {"instant": "takes no time", "priority": "comes first", "batch": f"is collected until there are {self.size}",
                   "takes": f"takes {self.part} % of today's work", "lies": f"lies {self.part} % as long as today",
                   "work": f"takes {self.time} of work", "wait": f"lies {self.time}"}  # fmt: skip
            found.append(f"{title} {how[self.what]}")
        return "; ".join(found)


@router.get("/workflows/{id_}/whatif")
def of_workflow(request: Request, id_: str) -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    if view.ref.kind == "process":
        return RedirectResponse(f"/processes/{id_}/whatif", 303)
    given = simulated(request, id_)
    status = 422 if given["simulation_problem"] else 200
    return render(request, "pages/whatif_workflow.html", status_code=status, view=view, **given)


@router.get("/processes/{id_}/whatif.scenario.yaml")
@router.get("/workflows/{id_}/whatif.scenario.yaml")
def as_file(request: Request, id_: str) -> Response:
    """The scenario that the address says, for `procession simulate`."""
    from procession.interchange.yaml.emit import emit

    ask(request, "definition.get", definition=id_)
    form = _read(request, steps_of(request, id_))
    if form.is_wrong:
        raise NotFound(
            "The address does not say what is changed.", hint=next(one for one in form.wrong.values() if one)
        )
    headers = {"Content-Disposition": f'attachment; filename="{id_}.scenario.yaml"'}
    return Response(emit(form.scenario()), media_type="application/yaml", headers=headers)


def simulated(request: Request, id_: str) -> Mapping[str, Any]:
    """The form, and the answer where something was asked."""
    steps = steps_of(request, id_)
    form = _read(request, steps)
    found: SimulationView | None = None
    problem, hint = "", ""
    if form.asked and not form.is_wrong:
        try:
            found = _ask(request, id_, form)
        except InvalidForm as refused:
            problem, hint = refused.problems[0].message, refused.problems[0].hint or ""
        except NotFound:
            problem = "Figures over all cases are for those who may see all cases."
        except Rejection as refused:
            problem, hint = sentence_of(refused), ""
    elif form.is_wrong:
        problem = "One of the inputs does not fit. It is marked in the form."
    return {
        "form": form, "steps": steps, "groups": groups_of(request, id_), "what": WHAT, "found": found,
        "simulation_problem": problem, "simulation_hint": hint, "length": length,
        "query": request.url.query, "try_at": _try_at(form, id_, _workflows(request, id_)), "change": form.sentence(steps),
        "nothing_said": found is not None and len(form.scenario()) == 3,
    }  # fmt: skip


def _try_at(form: Form, id_: str, parts: Sequence[tuple[str, str, Workflow]]) -> tuple[str, str]:
    """The workflow whose change is to be tried, and its title: that of the step that is changed, or the first in which
    work goes to the group; none where neither says it."""
    from procession.analytics.simulation.staff import queue_of

    part = form.step.partition("/")[0]
    for name, title, workflow in parts:
        if name == part:
            return workflow.id, title
    for _, title, workflow in parts if form.group else ():
        if any(queue_of(tuple(getattr(one.config, "assign", None) or ())) == form.group for one in walk(workflow.body)):
            return workflow.id, title
    return "", ""


def _ask(request: Request, id_: str, form: Form) -> SimulationView:
    from procession.interchange.yaml.emit import emit

    today = emit({"scenario": "Today", "arrivals": form.today}) if form.today else ""
    return ask(
        request, "insight.simulate", process=id_, scenario=emit(form.scenario()), today=today, figures=form.figures
    )


def _read(request: Request, steps: Sequence[tuple[str, str]]) -> Form:
    query = {name: value.strip() for name, value in request.query_params.items()}
    names: tuple[str, ...] = ("today", "arrivals", "group", "people", "step", "what", "time", "part", "size")
    said = {name: query.get(name, "") for name in names}
    wrong: dict[str, str] = dict.fromkeys(names, "")
    if said["people"] and (not said["people"].isdecimal() or not 1 <= int(said["people"]) <= 1_000):
        wrong["people"] = "Write a whole number from 1 to 1,000."
    if said["people"] and not said["group"]:
        wrong["group"] = "Say whose number that is."
    if said["what"] in SHARES and not (said["part"].isdecimal() and int(said["part"]) <= 1_000):
        wrong["part"] = "Write a whole number of per cent from 0 to 1,000."
    if said["what"] == "batch" and not (said["size"].isdecimal() and 1 <= int(said["size"]) <= 1_000):
        wrong["size"] = "Write how many, from 1 to 1,000."
    if said["what"] not in WHAT:
        wrong["what"] = "Choose one from the list."
    elif said["what"] and not said["step"]:
        wrong["step"] = "Say which step."
    elif said["what"] in ("work", "wait") and not said["time"]:
        wrong["time"] = "Write how long, such as 30 minutes."
    for name in ("today", "arrivals"):
        if said[name] and not _is_rate(said[name]):
            wrong[name] = "Write such as 12 per week, or every 2 hours."
    if said["what"] in ("work", "wait") and said["time"] and not _is_time(said["time"]):
        wrong["time"] = "Write a length of time, such as 30 minutes or 2 business days."
    if said["step"] and said["step"] not in {key for key, _ in steps}:
        wrong["step"] = "There is no such step."
    return Form(
        **said,
        wrong=wrong,
        asked=any(value for name, value in said.items() if name not in ("part", "size")),
        figures="stated" if query.get("figures") == "stated" else "best",
    )


def _is_rate(text: str) -> bool:
    from procession.analytics.simulation.figures import read_arrivals

    try:
        read_arrivals(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        parse_span(text)
    except SpanError:
        return False
    return True


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


_TIMED: Final = frozenset(("task", "approval", "email", "wait", "automate", "archive"))


def steps_of(request: Request, id_: str) -> list[tuple[str, str]]:
    """The steps that take time, by key, with what people call them."""
    parts = _workflows(request, id_)
    return [
        (f"{part}/{step.id}", f"{step.title} ({title})" if len(parts) > 1 else step.title)
        for part, title, workflow in parts
        for step in walk(workflow.body)
        if step.kind in _TIMED
    ]


def groups_of(request: Request, id_: str) -> list[str]:
    """The groups and roles that work goes to."""
    from procession.analytics.simulation.staff import queue_of

    found: dict[str, None] = {}
    for _, _, workflow in _workflows(request, id_):
        for step in walk(workflow.body):
            queue = queue_of(tuple(getattr(step.config, "assign", None) or ()))
            if queue is not None and " or " not in queue and queue.startswith(("group:", "role:")) and "{" not in queue:
                found[queue] = None
    return sorted(found)
