"""Handoffs as they are told: `1>2`, `1,2>3 4h: laptop`, `2!ordered>3`, `1/2>3`, `2>4?`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from procession.engine.durations import Span
from procession.engine.findings import Finding, did_you_mean, listed
from procession.engine.step_ids import kebab
from procession.interchange.sketch_model import (
    Datum,
    SketchedHandoff,
    SketchedSource,
    SketchedWorkflow,
    named,
    shown,
    unclear,
)

_HANDOFF = re.compile(r"(?P<sources>[^>]*?)\s*[-=]?>\s*(?P<targets>[^:]*?)\s*(?::\s*(?P<data>.*))?")
_WAIT_AT_END = re.compile(r"(?P<rest>.*\S)[\s,]+(?P<wait>\d+(?:[.,]\d+)?\s*[a-z]+)", re.IGNORECASE)
_EACH = re.compile(r"\s*[,+&]\s*")
_ANY = re.compile(r"\s*[/|]\s*")
_HINT: Final = "write 1>2, or 1,2>3 4h: laptop (from, to, how long it waits, what it carries)"


@dataclass(frozen=True, slots=True)
class Telling:
    """Reads the handoffs of a sketch; what is wrong goes to the findings."""

    findings: list[Finding]
    time: Callable[[str, int], Span | None]
    data: Callable[[str, int], Iterable[Datum]]

    def handoffs(
        self, links: Iterable[tuple[int, str]], workflows: Sequence[SketchedWorkflow], data: Sequence[Datum]
    ) -> Iterator[SketchedHandoff]:
        """Those that were told, and for every other workflow the one from the workflow before it."""
        told: dict[str, list[SketchedHandoff]] = {}
        for line, text in links:
            for one in self._link(line, text, workflows, data):
                told.setdefault(one.to, []).append(one)
        for place, workflow in enumerate(workflows):
            found = told.get(workflow.id, [])
            before = SketchedSource(workflows[place - 1].id if place else None)
            # What is optional comes besides, unless it is from the very workflow before.
            if all(one.optional and before not in one.sources for one in found):
                yield SketchedHandoff(sources=(before,), to=workflow.id)
            yield from found

    def _link(
        self, line: int, text: str, workflows: Sequence[SketchedWorkflow], data: Sequence[Datum]
    ) -> Iterator[SketchedHandoff]:
        found = _HANDOFF.fullmatch(text)
        if found is None or not found["sources"].strip() or not found["targets"].strip():
            self.findings.append(unclear(line, f"{shown(text)} is not a handoff.", _HINT))
            return
        timed = _WAIT_AT_END.fullmatch(found["targets"])
        targets, wait = (timed["rest"], self.time(timed["wait"], line)) if timed else (found["targets"], None)
        known = {one.name: one for one in data}
        carried = {one.name: known.get(one.name, one) for one in self.data(found["data"] or "", line)}
        for sources in self._sources(line, found["sources"], workflows):
            for to, optional in self._targets(line, targets, workflows):
                if any(one.workflow == to for one in sources):
                    self.findings.append(unclear(line, "A workflow cannot hand over to itself.", _HINT))
                else:
                    yield SketchedHandoff(
                        sources=sources, to=to, optional=optional, wait=wait, data=tuple(carried.values()), line=line
                    )

    def _sources(
        self, line: int, text: str, workflows: Sequence[SketchedWorkflow]
    ) -> Iterator[tuple[SketchedSource, ...]]:
        """`1,2`: from each; `1/2`: from whichever comes first."""
        for part in filter(None, _EACH.split(text.strip())):
            found = [self._source(line, word, workflows) for word in filter(None, _ANY.split(part.strip()))]
            sources = tuple(dict.fromkeys(one for one in found if one is not None))
            if sources and len(found) == len([one for one in found if one is not None]):
                yield sources

    def _source(self, line: int, text: str, workflows: Sequence[SketchedWorkflow]) -> SketchedSource | None:
        word, mark, wanted = (one.strip() for one in text.partition("!"))
        if word.casefold() in ("start", "0") and not mark:
            return SketchedSource()
        workflow = self._workflow(line, word, workflows)
        if workflow is None or not mark:
            return SketchedSource(workflow.id) if workflow is not None else None
        milestones = [step.milestone for step in workflow.steps if step.milestone]
        place = named(wanted, milestones) if wanted and not wanted.isdigit() else None
        place = milestones.index(kebab(wanted)) if kebab(wanted) in milestones else place
        if not wanted and len(milestones) == 1:
            place = 0
        if place is None:
            said = f"{workflow.title} has no milestone {wanted!r}." if wanted else f"{workflow.title} has no milestone."
            if not wanted and milestones:
                said = f"It is not clear which milestone of {workflow.title} is meant."
            hint = (
                f"there is {listed(milestones, 'and')}"
                if milestones
                else "write !ordered after the name of the step that reaches it"
            )
            self.findings.append(unclear(line, said, hint))
            return None
        return SketchedSource(workflow.id, milestones[place])

    def _targets(self, line: int, text: str, workflows: Sequence[SketchedWorkflow]) -> Iterator[tuple[str, bool]]:
        for word in filter(None, _EACH.split(text.strip())):
            optional = word.endswith("?")
            workflow = self._workflow(line, word.rstrip("? "), workflows)
            if workflow is not None:
                yield workflow.id, optional

    def _workflow(self, line: int, word: str, workflows: Sequence[SketchedWorkflow]) -> SketchedWorkflow | None:
        titles = [one.title for one in workflows]
        place = named(word, titles)
        if place is None:
            more = f"there are 1 to {len(titles)}" if word.isdigit() else did_you_mean(word, titles)
            self.findings.append(unclear(line, f"There is no workflow {word!r}.", more))
            return None
        return workflows[place]
