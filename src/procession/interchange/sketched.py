"""From a sketch to definitions that run: one workflow for each that was told, and the process that joins them.

A step becomes a task, a decision an approval whose no ends the workflow (and with it the process) unless it leads
back. What the whole has to know is asked when a case starts and carried to every workflow; what one handoff carries
besides is asked in the last step of the workflow it comes from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from procession.engine.durations import Span
from procession.engine.step_ids import kebab
from procession.interchange.sketch_model import (
    Datum,
    Sketch,
    SketchedHandoff,
    SketchedSource,
    SketchedStep,
    SketchedWorkflow,
)
from procession.interchange.yaml.emit import emit


def files_of(sketch: Sketch, taken: Collection[str] = ()) -> dict[str, str]:
    """The files by name, the process last; none where the sketch has errors.

    Args:
        taken: ids that are published already. A workflow of such a name becomes a new one with a number, so that
            nothing that runs is replaced by a sketch.
    """
    if not sketch.ok or not sketch.workflows:
        return {}
    making = _Making(sketch, frozenset(taken))
    found = {f"{making.ids[one.id]}.yaml": emit(making.workflow(one)) for one in sketch.workflows}
    if len(sketch.workflows) > 1:
        found[f"{making.process_id}.yaml"] = emit(making.process())
    return found


class _Making:
    def __init__(self, sketch: Sketch, taken: frozenset[str]) -> None:
        self.sketch = sketch
        used = set(taken)
        self.ids: dict[str, str] = {one.id: _free(one.id, used) for one in sketch.workflows}
        self.process_id = _free(kebab(sketch.title) or "process", used)

    # --- workflows ----------------------------------------------------------------------------------------------------

    def workflow(self, one: SketchedWorkflow) -> dict[str, Any]:
        incoming = self._unique(datum for link in self.sketch.handoffs if link.to == one.id for datum in link.data)
        outgoing = self._unique(
            datum for link in self.sketch.handoffs if link.comes_from(one.id) for datum in link.data
        )
        given = self._unique((*self.sketch.data, *incoming))
        asked = [datum for datum in outgoing if datum.name not in {known.name for known in given}]
        forms = self._forms(one, asked)
        made: dict[str, Any] = {"workflow": self.ids[one.id], "title": one.title}
        if len(self.sketch.workflows) == 1 and self.sketch.said.get("goal"):
            made["purpose"] = _sentence(self.sketch.said["goal"])
        if one.owner:
            made["owner"] = one.owner
        if given or asked:
            made["fields"] = _fields((*given, *asked))
        made["start"] = {"form": [datum.name for datum in given]}
        made["steps"] = [_step(step, forms.get(step.id, [])) for step in one.steps]
        return made

    def _forms(self, one: SketchedWorkflow, asked: Collection[Datum]) -> dict[str, list[str]]:
        """Step → what it asks: what a handoff carries is asked where it is set off, at a milestone or at the end."""
        at = {step.milestone: step.id for step in one.steps if step.milestone}
        forms: dict[str, list[str]] = {}
        for datum in asked:
            links = [link for link in self.sketch.handoffs if datum in link.data]
            reached = [source.milestone for link in links for source in link.sources if source.workflow == one.id]
            steps = [at.get(milestone or "", one.steps[-1].id) for milestone in reached]
            first = min(steps, key=[step.id for step in one.steps].index)  # whoever needs it first
            forms.setdefault(first, []).append(datum.name)
        return forms

    @staticmethod
    def _unique(data: Any) -> list[Datum]:
        return list({datum.name: datum for datum in data}.values())

    # --- the process --------------------------------------------------------------------------------------------------

    def process(self) -> dict[str, Any]:
        sketch = self.sketch
        made: dict[str, Any] = {"process": self.process_id, "title": sketch.title}
        if goal := sketch.said.get("goal"):
            made["goal"] = _sentence(goal)
        if sketch.owner:
            made["owner"] = sketch.owner
        if sketch.target is not None:
            made["target"] = str(sketch.target)
        if sketch.data:
            made["subject"] = sketch.data[0].name
            made["fields"] = _fields(sketch.data)
        made["start"] = {"form": [datum.name for datum in sketch.data]}
        made["workflows"] = {one.id: {"use": self.ids[one.id]} for one in sketch.workflows}
        made["handoffs"] = [*self._handoffs(), *self._rejections()]
        boundaries = {key: sketch.said[key] for key in ("begins", "ends", "customer") if key in sketch.said}
        if boundaries:
            made["boundaries"] = boundaries
        first = next((one.owner for one in sketch.workflows if one.owner), sketch.owner)
        if (asked := sketch.said.get("feedback")) and first:
            made["feedback"] = {"from": f"{sketch.workflows[-1].id}.completed", "to": first, "ask": _sentence(asked)}
        return made

    def _handoffs(self) -> Iterator[dict[str, Any]]:
        for link in self.sketch.handoffs:
            sources = [self._source(one) for one in link.sources]
            made: dict[str, Any] = {"from": sources[0] if len(sources) == 1 else {"any of": sources}, "to": link.to}
            if carried := self._carried(link):
                made["carry"] = carried
            if link.optional:
                made["optional"] = True
            if link.wait is not None:
                made["usually"] = {"wait": str(link.wait)}
            yield made

    def _source(self, one: SketchedSource) -> str:
        if one.workflow is None:
            return "start"
        if one.milestone is not None:
            return f"{one.workflow}.milestone.{one.milestone}"
        rejecting = next(each for each in self.sketch.workflows if each.id == one.workflow).can_reject
        return f"{one.workflow}.{'done' if rejecting else 'completed'}"

    def _carried(self, link: SketchedHandoff) -> dict[str, str]:
        # What the start did not ask can only come from the workflow before.
        known = {datum.name for datum in self.sketch.data}
        at_start = any(one.workflow is None for one in link.sources)
        own = [datum.name for datum in link.data if not at_start or datum.name in known]
        return {name: name for name in dict.fromkeys([*(datum.name for datum in self.sketch.data), *own])}

    def _rejections(self) -> Iterator[dict[str, Any]]:
        for one in self.sketch.workflows:
            if one.can_reject:
                yield {"from": f"{one.id}.rejected", "to": "end rejected"}


def _step(step: SketchedStep, form: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"approval" if step.decision else "task": step.title}
    if kebab(step.title) != step.id:
        made["id"] = step.id
    made["assign"] = step.who
    usually = {name: str(span) for name, span in _usually(step).items()}
    if usually:
        made["usually"] = usually
    if step.milestone:
        made["milestone"] = step.milestone
    if form:
        made["form"] = form
    if step.back:
        made["on reject"] = step.back
    return made


def _usually(step: SketchedStep) -> Mapping[str, Span]:
    return {name: span for name, span in (("work", step.work), ("wait", step.wait)) if span is not None}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fields(data: Any) -> dict[str, Any]:
    return {datum.name: {"type": datum.type, "label": datum.title} for datum in data}


def _free(wanted: str, used: set[str]) -> str:
    """The id, or the next that is free; taken from now on."""
    name, number = wanted, 2
    while name in used:
        name, number = f"{wanted}-{number}", number + 1
    used.add(name)
    return name
