"""A definition as a picture, whatever it is: one door for the command line, downloads and reports."""

from __future__ import annotations

from collections.abc import Mapping

from procession.drawing.flow import draw_flow
from procession.drawing.flow_of_definition import flow_of_workflow
from procession.drawing.lists import to_text
from procession.drawing.map_of_process import map_of_process
from procession.drawing.model import FlowDiagram, ProcessMap
from procession.drawing.png import to_png
from procession.drawing.process_map import draw_map
from procession.engine.definition import Definition, Process, Workflow


def diagram(definition: Definition, library: Mapping[str, Definition]) -> FlowDiagram | ProcessMap:
    """The workflow's flow, or the process's map with the workflows that the library knows."""
    if isinstance(definition, Workflow):
        return flow_of_workflow(definition)
    return map_of_process(definition, members_of(definition, library))


def members_of(process: Process, library: Mapping[str, Definition]) -> dict[str, Workflow]:
    """The workflows of a process by member id."""
    found = {name: library.get(member.use) for name, member in process.members.items()}
    return {name: one for name, one in found.items() if isinstance(one, Workflow)}


def svg(definition: Definition, library: Mapping[str, Definition], *, dark: bool = False) -> str:
    """A picture that stands alone."""
    drawn = diagram(definition, library)
    use = "dark" if dark else "light"
    return draw_flow(drawn, use) if isinstance(drawn, FlowDiagram) else draw_map(drawn, use)


def png(definition: Definition, library: Mapping[str, Definition], *, dark: bool = False) -> bytes:
    return to_png(svg(definition, library, dark=dark))


def words(definition: Definition, library: Mapping[str, Definition]) -> str:
    """The picture in words, for a terminal."""
    return to_text(diagram(definition, library))
