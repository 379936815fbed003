"""A process as people tell it: short lines, typed or pasted, read into workflows, steps and handoffs.

    Employee onboarding
    goal the new hire is productive
    begins offer accepted

    Background check, hr
    ask for references, , 10m, 2d
    clear?, , 5m

    Equipment, it
    choose equipment, it, 10m, 2d

    1>2 1d: laptop

The first block is the process; an empty line begins the next workflow. Of a workflow the first line is its name and
the group that answers for it, every further line a step: what is done, by whom, how long it takes, how long it waits
before that. A `?` marks a decision, `!ordered` after a step what is reached with it. `1>2` hands over from the first
workflow to the second, `2!ordered>3` as soon as that is reached, `1/2>3` when the first of the two is done, and `2>4?`
only if it happens; what is not written is taken in the order of the workflows. Lists with bullets, tables with tabs or
lines between the cells, and CSV files with a heading are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from procession.engine.durations import Span, SpanError
from procession.engine.findings import Finding, did_you_mean, listed
from procession.engine.step_ids import RESERVED, kebab
from procession.interchange.sketch_handoffs import Telling
from procession.interchange.sketch_model import (
    DATA_TYPES,
    HEAD,
    LONGEST,
    MOST_PARTS,
    Datum,
    Sketch,
    SketchedStep,
    SketchedWorkflow,
    named,
    shown,
    unclear,
    upper,
)
from procession.interchange.sketch_words import Known, as_table, plain_rows, read_time, who_is

_BULLET = re.compile(r"^\s*(?:[-–—*•▪◦‣·]|\d{1,3}[.)])\s+")
_KEY = re.compile(rf"({'|'.join(HEAD)})\b\s*:?\s*(.*)", re.IGNORECASE)
_MILESTONE = re.compile(r"(?P<title>.*\S)\s*!\s*(?P<name>[^\W\d_][\w \-]*)(?P<asks>\??)")
_DATUM = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<type>[^()]*)\))?")


def read_sketch(text: str, known: Known | None = None) -> Sketch:
    """Read the lines. Never raises: whatever is wrong is among the findings, with its line."""
    if len(text) > LONGEST:
        return Sketch(findings=(unclear(1, f"The text is longer than {LONGEST:,} characters.", "map it in parts"),))
    lines = [one.rstrip() for one in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if lines[-1] == "":  # the line that is about to be typed
        lines.pop()
    reading = _Reading(known or Known({}, closed=False))
    lines = plain_rows(lines)
    table = as_table(lines)
    for number, line in table if table is not None else enumerate(lines, start=1):
        reading.take(number, line)
    return reading.sketch()


@dataclass(slots=True)
class _Told:
    """A workflow while its lines are read."""

    number: int
    title: str
    owner: str
    line: int
    steps: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])
    milestones: dict[int, str] = field(default_factory=dict[int, str])
    """Line of a step → what is reached with it."""


class _Reading:
    """Takes the lines one after another."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.findings: list[Finding] = []
        self.title = ""
        self.said: dict[str, str] = {}
        self.lines_of: dict[str, int] = {}
        self.told: list[_Told] = []
        self.links: list[tuple[int, str]] = []
        self.fresh = False
        """An empty line came before: the next line begins something new."""
        self.marked = False
        """Headings (`## Name`) tell where workflows begin, so empty lines mean nothing."""

    @property
    def begun(self) -> bool:
        """Whether anything was said."""
        return bool(self.title or self.said or self.told or self.links)

    def take(self, number: int, line: str) -> None:
        plain = _BULLET.sub("", line)
        plain = plain if "\t" in plain else plain.strip()
        heading = re.fullmatch(r"(#+)\s*(.*)", plain)
        if not plain.strip():
            self.fresh = self.begun and not self.marked
        elif heading and not self.told and len(heading[1]) == 1:
            self._head(number, heading[2])
        elif heading:
            self.marked = True
            self._workflow(number, heading[2])
        elif ">" in plain:
            self.links.append((number, plain))
        elif self.fresh:
            self._workflow(number, plain)
        elif self.told:
            self._step(number, plain)
        else:
            self._head(number, plain)

    def _head(self, number: int, text: str) -> None:
        self.fresh = False
        found = _KEY.fullmatch(text)
        if not self.title and found is None:
            self.title = upper(text)
        elif found is None:
            hint = f"begin it with one of {listed(HEAD, 'or')}; an empty line begins the first workflow"
            self.findings.append(
                unclear(number, f"{shown(text)}: it is not clear what this says of the process.", hint)
            )
        elif not found[2].strip():
            self.findings.append(unclear(number, f"Nothing is said after {found[1]}.", HEAD[found[1].lower()]))
        else:
            self.said[found[1].lower()] = found[2].strip()
            self.lines_of[found[1].lower()] = number

    def _workflow(self, number: int, text: str) -> None:
        self.fresh = False
        title, *rest = _cells(text)
        if len([one for one in rest if one]) > 1:
            hint = "an empty line ends the workflow before it; its steps follow on lines of their own"
            self.findings.append(
                unclear(number, f"{shown(text)}: a workflow begins with its name and its group.", hint)
            )
        if len(self.told) == MOST_PARTS:
            self.findings.append(unclear(number, f"A process has at most {MOST_PARTS} workflows here."))
        elif len(self.told) < MOST_PARTS:
            self.told.append(_Told(len(self.told) + 1, upper(title), rest[0] if rest else "", number))

    def _step(self, number: int, text: str) -> None:
        cells = _cells(text)
        if len(self.told[-1].steps) >= MOST_PARTS:
            if len(self.told[-1].steps) == MOST_PARTS:
                self.findings.append(unclear(number, f"A workflow has at most {MOST_PARTS} steps here."))
            return
        reached = _MILESTONE.fullmatch(cells[0])
        if reached is not None and kebab(reached["name"]):
            cells[0] = reached["title"] + reached["asks"]
            self.told[-1].milestones[number] = kebab(reached["name"])
        self.told[-1].steps.append((number, cells))

    # --- the whole ----------------------------------------------------------------------------------------------------

    def sketch(self) -> Sketch:
        """All that was told."""
        ids = _ids((one.line, one.title) for one in self.told)
        workflows = tuple(self._made(one, id_) for one, id_ in zip(self.told, ids, strict=True))
        data = tuple(self._data(self.said.get("data", ""), self.lines_of.get("data", 0)))
        telling = Telling(self.findings, self._time, self._data)
        handoffs = tuple(telling.handoffs(self.links, workflows, data))
        if (self.told or self.said or self.links) and not self.title and len(self.told) != 1:
            self.findings.append(unclear(1, "The process has no name.", "write it on the first line"))
        for one in workflows:
            if not one.steps:
                self.findings.append(unclear(one.line, f"{one.title} has no steps.", "write each on a line below it"))
        owner = self._group(self.said["owner"], self.lines_of["owner"]) if "owner" in self.said else None
        if "feedback" in self.said and owner is None and not any(one.owner for one in workflows) and workflows:
            hint = "write owner and a group in the first block, or a group after the name of a workflow"
            self.findings.append(unclear(self.lines_of["feedback"], "There is no group that is told at the end.", hint))
        target = self._time(self.said["target"], self.lines_of["target"]) if "target" in self.said else None
        return Sketch(
            title=self.title, said=self.said, owner=owner or next((one.owner for one in workflows if one.owner), None),
            target=target, data=data, workflows=workflows, handoffs=handoffs, next=self._next(workflows),
            findings=tuple(sorted(self.findings, key=lambda one: one.line)),
        )  # fmt: skip

    def _next(self, workflows: Sequence[SketchedWorkflow]) -> str:
        if not self.title and not workflows:
            return "The name of the process."
        if not workflows:
            if self.fresh:
                return "The first workflow: its name, and the group that answers for it."
            left = [f"{key} ({meaning})" for key, meaning in HEAD.items() if key not in self.said]
            return (
                f"{left[0][:1].upper()}{left[0][1:]}; or an empty line, and the first workflow."
                if left
                else "An empty line, and the first workflow."
            )
        if not self.fresh:
            told = self.told[-1]
            which = "first step" if not told.steps else "next step"
            more = "" if not told.steps else "; or an empty line, and the next workflow"
            return f"The {which} of {told.title}: what, who, work, wait. A ? marks a decision{more}."
        return (
            f"Workflow {len(workflows) + 1}: its name and group; or a handoff that differs, such as 1>3 2d: laptop "
            "(from, to, how long it waits, what it carries); 1/2>3 waits for the first, 2>3? is optional."
        )

    def _made(self, told: _Told, id_: str) -> SketchedWorkflow:
        owner = self._group(told.owner, told.line) if told.owner else None
        ids = _ids((line, cells[0]) for line, cells in told.steps)
        steps: list[SketchedStep] = []
        who = f"group:{owner}" if owner else ""
        titles = [cells[0] for _, cells in told.steps]
        for id_of_step, (line, cells) in zip(ids, told.steps, strict=True):
            step = self._made_step(id_of_step, line, cells, who, titles, ids)
            who = step.who or who
            steps.append(replace(step, milestone=told.milestones.get(line)))
        return SketchedWorkflow(id=id_, title=told.title, owner=owner, steps=tuple(steps), line=told.line)

    def _made_step(
        self, id_: str, line: int, cells: list[str], before: str, titles: Sequence[str], ids: Sequence[str]
    ) -> SketchedStep:
        title, *rest = cells
        named = bool(rest) and not rest[0][:1].isdigit() and rest[0] != "-"
        who, times = (rest[0], rest[1:]) if named or (rest and not rest[0]) else ("", rest)
        meant = before
        if who:
            found, hint = who_is(who, self.known)
            meant = found or ""
            if found is None:
                self.findings.append(unclear(line, f"Nobody here is called {who!r}.", hint))
        elif not before:
            self.findings.append(
                unclear(line, f"{upper(title)}: nobody does it.", "write who after a comma, such as it or starter")
            )
        decision = title.rstrip().endswith("?")
        work, wait, back, *more = [*times, "", "", ""][: max(3, len(times))]
        if more and any(more):
            hint = (
                "what, who, work, wait, and of a decision the step a no leads back to; use ; between parts with commas"
            )
            self.findings.append(unclear(line, f"{upper(title)}: there are more than five parts.", hint))
        return SketchedStep(
            id=id_, title=upper(title), who=meant, work=self._time(work, line), wait=self._time(wait, line),
            decision=decision, back=self._back(back, line, decision, titles, ids) if back else None, line=line,
        )  # fmt: skip

    def _back(self, word: str, line: int, decision: bool, titles: Sequence[str], ids: Sequence[str]) -> str | None:
        if not decision:
            hint = "end its name with a ? where somebody decides"
            self.findings.append(unclear(line, "Only a decision leads back.", hint))
            return None
        place = named(word, titles)
        if place is None:
            hint = did_you_mean(word, titles, otherwise="the steps are {}")
            self.findings.append(unclear(line, f"The workflow has no step {word!r} to go back to.", hint))
            return None
        return ids[place]

    def _group(self, word: str, line: int) -> str | None:
        found, hint = who_is(word, self.known)
        if found is not None and found.startswith("group:"):
            return found.removeprefix("group:")
        self.findings.append(unclear(line, f"There is no group {word!r} to answer for it.", hint or "name a group"))
        return None

    def _time(self, text: str, line: int) -> Span | None:
        try:
            return read_time(text)
        except SpanError as wrong:
            self.findings.append(unclear(line, f"{wrong}.", wrong.hint))
            return None

    def _data(self, text: str, line: int) -> Iterator[Datum]:
        for part in re.split(r"[,;]", text):
            found = _DATUM.fullmatch(part.strip())
            if found is None:
                if part.strip():
                    self.findings.append(
                        unclear(line, f"{part.strip()!r} is no name of data.", "such as start date (date)")
                    )
                continue
            name = kebab(found["name"]).replace("-", "_")
            type_ = (found["type"] or "text").strip().lower()
            if not name or name[0].isdigit():
                self.findings.append(
                    unclear(line, f"{part.strip()!r} is no name of data.", "begin it with a letter a to z")
                )
            elif type_ not in DATA_TYPES:
                self.findings.append(unclear(line, f"Data cannot be {type_!r}.", did_you_mean(type_, DATA_TYPES)))
            else:
                yield Datum(name=name, title=upper(found["name"]), type=type_)


def _cells(text: str) -> list[str]:
    """The parts of a line: between tabs, else semicolons, else commas."""
    mark = next((one for one in ("\t", ";") if one in text), ",")
    return [cell.strip() for cell in text.split(mark)]


def _ids(titles: Iterable[tuple[int, str]]) -> list[str]:
    """An id for each title, each once."""
    taken: set[str] = set(RESERVED)
    found: list[str] = []
    for line, title in titles:
        first = kebab(title)[:80] or f"line-{line}"
        name, number = first, 2
        while name in taken:
            name, number = f"{first}-{number}", number + 1
        taken.add(name)
        found.append(name)
    return found
