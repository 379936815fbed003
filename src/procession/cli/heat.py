"""`procession draw --heat`: the map of a published process, coloured by what its cases show."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from procession.cli.door import Door, door
from procession.cli.output import PROBLEMS, Problem, print_json, say_problems, wrong_usage
from procession.drawing.model import ProcessMap

MEASURES = ("waiting", "working", "rework", "open")
FEWEST = 5
"""Finished cases below which no place has a colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the figures are, and in whose name they are asked for."""

    person: str | None = None
    url: str | None = None
    token: str | None = None


def draw_heat(process: str, measure: str, output: Path | None, *, dark: bool, as_json: bool, reach: Reach) -> None:
    """Draw the published process of that id; without figures it is drawn without colours, and that is said."""
    from procession.drawing.lists import to_text
    from procession.drawing.png import to_png
    from procession.drawing.process_map import draw_map

    if output is not None and output.suffix.lower() not in (".svg", ".png"):
        wrong_usage(f"'{output.name}' should end in .svg or .png.")
    with door(reach.person, reach.url, reach.token) as at:
        drawn, title, cases = _map(at, process, measure)
    svg = draw_map(drawn, "dark" if dark else "light")
    if cases < FEWEST:
        click.echo(f"No colours yet: {cases} cases have finished, and {FEWEST} are needed.", err=True)
    if output is not None and output.suffix.lower() == ".png":
        output.write_bytes(to_png(svg))
    elif output is not None:
        output.write_text(svg, encoding="utf-8")
    if as_json:
        print_json({"id": process, "measure": measure, "cases": cases, "svg": svg})
    else:
        click.echo(f"{title}: {output}" if output is not None else to_text(drawn))


def _map(at: Door, process: str, measure: str) -> tuple[ProcessMap, str, int]:
    from pydantic import TypeAdapter

    from procession.drawing.map_of_process import map_of_process
    from procession.drawing.model import Legend
    from procession.drawing.words import Called
    from procession.engine.definition import Process, Workflow
    from procession.engine.rejections import Rejection
    from procession.interchange.yaml import read
    from procession.operations.insights.diagnosing import ProcessInsight
    from procession.web.maps import colour_of, fitted, meaning_of, places_on_map, stated_figures

    found = at.ask("definition.get", definition=process)
    definition = read(found["text"]).definition
    if not isinstance(definition, Process):
        say_problems([Problem("not_found", f"{found['ref']['title']} is a workflow, not a process.", None)])
        sys.exit(PROBLEMS)
    workflows: dict[str, Workflow] = {}
    for member in cast("list[dict[str, Any]]", found["members"]):
        one = read(at.ask("definition.get", definition=member["workflow"])["text"]).definition
        if isinstance(one, Workflow):
            workflows[member["id"]] = one
    insight = TypeAdapter(ProcessInsight).validate_python(at.ask("insight.process", process=process))
    colour = fitted(colour_of(measure), insight)
    figures = {key: colour.figure(place) for key, place in places_on_map(definition, insight).items()}
    figures |= stated_figures(definition, insight, colour, figures)
    groups: dict[str, str] = {}
    with suppress(Rejection):  # a token may read figures and no people: then groups go by their names in the file
        groups = {str(one["id"]): str(one["title"]) for one in at.ask("group.list")}
    drawn = map_of_process(
        definition, workflows, figures=figures, called=Called(groups=groups),
        legend=Legend(title=meaning_of(colour, figures), limits=colour.legend),
    )  # fmt: skip
    return drawn, definition.title, insight.cases
