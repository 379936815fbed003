"""The form of What if: every step with what can be changed about it, read from the address, said again as a scenario.

Everything stands in the address under a name that says what it is: `takes:PART/STEP=50` is half of today's work,
`lies:PART/STEP`, `happens:PART/STEP`, `way:PART/STEP:OUTCOME`, `people:GROUP`. So a question can be sent to somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from procession.engine.definition import Step, Workflow, walk
from procession.engine.durations import SpanError, parse_span
from procession.engine.steps import step_types

WHAT: Final[Mapping[str, str]] = {
    "": "leave it as it is", "work": "its work takes", "wait": "it lies, before anybody begins,",
    "instant": "it takes no time", "batch": "it is collected until there are", "priority": "it comes first",
}  # fmt: skip
"""What may be said of one step besides shares of today's."""
PER: Final = ("hour", "day", "week")
CASES: Final = 200
RUNS: Final = 10
MOST_PART: Final = 1_000
"""Per cent of today's."""
_TIMED: Final = frozenset(("task", "approval", "state", "email", "wait", "automate", "archive", "agent", "bot"))
_LIES: Final = frozenset(("task", "approval", "state"))
"""Somebody turns to them."""
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?) per (hour|day|week)")

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step, with what can be changed about it."""

    key: str
    title: str
    part: str
    """Of which part of a process it is, as people call it; empty in a workflow."""
    timed: bool
    lies: bool
    conditional: bool
    """It has a `when:`, so it is not always done."""
    ways: tuple[str, ...]
    """Its outcomes or branches, where there are several."""

    @property
    def whole(self) -> str:
        """Its title, with the part it belongs to."""
        return f"{self.title} ({self.part})" if self.part else self.title

    @property
    def names(self) -> tuple[str, ...]:
        """What of the address speaks of it."""
        shares = (f"takes:{self.key}", f"lies:{self.key}", f"happens:{self.key}")
        return (*shares, *(f"way:{self.key}:{one}" for one in self.ways))


def lines_of(parts: Sequence[tuple[str, str, Workflow]]) -> tuple[Line, ...]:
    """The steps of parts, of which something can be changed."""
    found = (
        _line(part, title if len(parts) > 1 else "", step) for part, title, one in parts for step in walk(one.body)
    )
    return tuple(one for one in found if one is not None)


def _line(part: str, title: str, step: Step) -> Line | None:
    config = step.config
    ways = tuple(step_types()[step.kind].outcomes(step)) if step.kind in _LIES else ()
    if step.kind == "choose" and config.take == "first":
        ways = (*(one.name for one in config.cases), config.otherwise.name if config.otherwise else "otherwise")
    final = step.kind == "state" and not ways
    timed = step.kind in _TIMED and not final
    if not timed and len(ways) < 2:
        return None
    return Line(
        key=f"{part}/{step.id}", title=step.title, part=title, timed=timed, lies=timed and step.kind in _LIES,
        conditional=step.when is not None, ways=ways if len(ways) > 1 else (),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the form says."""

    said: Names
    """Name of the address → what stands there, without what changes nothing."""
    wrong: Names
    """Name → what is wrong with it."""
    lines: tuple[Line, ...]
    groups: tuple[str, ...]
    figures: str = "best"

    @property
    def known(self) -> frozenset[str]:
        """The names that have an input."""
        steps = (name for one in self.lines for name in one.names)
        return frozenset((*_PLAIN, *steps, *(f"people:{one}" for one in self.groups)))

    @property
    def is_asked(self) -> bool:
        return any(name != "time" and name != "size" for name in self.said)

    @property
    def changes_nothing(self) -> bool:
        return len(self.scenario()) == 3

    def value(self, name: str) -> str:
        return self.said.get(name, "")

    def problem(self, name: str) -> str:
        return self.wrong.get(name, "")

    def count(self, name: str) -> str:
        """How many cases arrive, or how often in words."""
        rate = _RATE.fullmatch(self.value(name))
        return rate[1] if rate else self.value(name)

    def per(self, name: str) -> str:
        """In which time so many arrive."""
        rate = _RATE.fullmatch(self.value(name))
        return rate[2] if rate else "week"

    def changed(self, line: Line) -> bool:
        """Something is said of a step."""
        return any(name in self.said or name in self.wrong for name in line.names)

    def how(self, line: Line) -> str:
        """What is changed about a step, in words; empty where nothing is."""
        found: list[str] = []
        if takes := self.value(f"takes:{line.key}"):
            found.append(f"takes {takes} % of today's work")
        if lies := self.value(f"lies:{line.key}"):
            found.append(f"lies {lies} % as long as today")
        if happens := self.value(f"happens:{line.key}"):
            found.append(f"is done {happens} times of 100")
        if shares := self._shares(line):
            found.append("ends " + ", ".join(f"{one} {share:g} %" for one, share in shares.items()))
        return " and ".join(found)

    def _shares(self, line: Line) -> dict[str, float]:
        """Outcome → per cent; what is left open is the rest. Empty where nothing is said."""
        given = {one: float(text) for one in line.ways if (text := self.value(f"way:{line.key}:{one}"))}
        left = [one for one in line.ways if one not in given]
        if given and len(left) == 1:
            given[left[0]] = 100 - sum(given.values())
        return {one: given[one] for one in line.ways if one in given}

    def scenario(self) -> dict[str, Any]:
        """The change as a scenario file holds it."""
        said: dict[str, Any] = {"scenario": "What if", "cases": CASES, "replications": RUNS}
        if arrivals := self.value("arrivals") or self.value("today"):
            said["arrivals"] = arrivals
        people = {one: int(self.value(f"people:{one}")) for one in self.groups if self.value(f"people:{one}")}
        if people:
            said["people"] = people
        steps = {one.key: change for one in self.lines if (change := self._change(one))}
        if self.value("step") and self.value("what"):
            steps[self.value("step")] = {**steps.get(self.value("step"), {}), **self._other()}
            if self.value("what") == "priority":
                said["order"] = "priority"
        if steps:
            said["steps"] = steps
        return said

    def _change(self, line: Line) -> dict[str, Any]:
        words = ("takes", "lies", "happens")
        found: dict[str, Any] = {one: f"{text}%" for one in words if (text := self.value(f"{one}:{line.key}"))}
        if shares := self._shares(line):
            found["outcomes"] = {one: f"{share:g}%" for one, share in shares.items()}
        return found

    def _other(self) -> dict[str, Any]:
        what = self.value("what")
        if what == "instant":
            return {"instant": True}
        if what == "priority":
            return {"priority": 10}
        if what == "batch":
            return {"batch": int(self.value("size"))}
        return {what: self.value("time")}

    def sentence(self) -> str:
        """The change as somebody would say it."""
        found: list[str] = []
        if arrivals := self.value("arrivals"):
            rate = _RATE.fullmatch(arrivals)
            found.append(f"{rate[1]} cases a {rate[2]} begin" if rate else f"cases begin: {arrivals}")
        numbers = [(one, self.value(f"people:{one}")) for one in self.groups]
        found += [f"{number} people in {one.replace(':', ' ')}" for one, number in numbers if number]
        found += [f"{one.title} {how}" for one in self.lines if (how := self.how(one))]
        if self.value("step") and self.value("what"):
            title = next((one.title for one in self.lines if one.key == self.value("step")), self.value("step"))
            how = {"instant": "takes no time", "priority": "comes first",
                   "batch": f"is collected until there are {self.value('size')}",
                   "work": f"takes {self.value('time')} of work", "wait": f"lies {self.value('time')}"}  # fmt: skip
            found.append(f"{title} {how[self.value('what')]}")
        return "; ".join(found)

    @property
    def first_step(self) -> str:
        """The first step that is changed; empty where none is."""
        return next((one.key for one in self.lines if self.how(one)), self.value("step"))

    @property
    def first_group(self) -> str:
        return next((one for one in self.groups if self.value(f"people:{one}")), "")


# --- reading -----------------------------------------------------------------------------------------------------------


def read_form(query: Iterable[tuple[str, str]], lines: tuple[Line, ...], groups: tuple[str, ...]) -> Form:
    """The form as an address fills it in; what does not fit is told, nothing raised."""
    given = _as_named({name: text.strip() for name, text in query if text.strip()})
    said = {name: text for name, text in given.items() if _is_ours(name) and not (_is_share(name) and text == "100")}
    figures = "stated" if given.get("figures") == "stated" else "best"
    wrong = dict(_problems(said, lines, groups))
    return Form(said=said, wrong=wrong, lines=lines, groups=groups, figures=figures)


def _as_named(given: dict[str, str]) -> dict[str, str]:
    """Numbers with their unit, and what older addresses say of one step and one group, under the names of today."""
    for name in ("arrivals", "today"):
        per = given.pop(f"{name}_per", "week")
        if re.fullmatch(r"\d+(\.\d+)?", given.get(name, "")):
            given[name] = f"{given[name]} per {per if per in PER else 'week'}"
    part, what, step = given.pop("part", "50"), given.get("what", ""), given.get("step", "")
    if what in ("takes", "lies") and step:
        given[f"{given.pop('what')}:{given.pop('step')}"] = part
    group, people = given.pop("group", ""), given.pop("people", "")
    if people:
        given[f"people:{group}"] = people
    return given


_PLAIN: Final = ("arrivals", "today", "step", "what", "time", "size")
_SHARES: Final = ("takes:", "lies:")


def _is_ours(name: str) -> bool:
    return name in _PLAIN or name.startswith(("takes:", "lies:", "happens:", "way:", "people:"))


def _is_share(name: str) -> bool:
    return name.startswith(_SHARES)


def _problems(said: Names, lines: Sequence[Line], groups: Sequence[str]) -> Iterable[tuple[str, str]]:
    known = {name for one in lines for name in one.names} | {f"people:{one}" for one in groups}
    for name, text in said.items():
        if name not in _PLAIN and name not in known:
            yield (name, "There is no such group." if name.startswith("people:") else "There is no such step.")
        elif _is_share(name) and not _whole(text, 0, MOST_PART):
            yield name, "Write a whole number of per cent from 0 to 1,000."
        elif name.startswith(("happens:", "way:")) and not _whole(text, 0, 100):
            yield name, "Write a whole number from 0 to 100."
        elif name.startswith("people:") and not _whole(text, 1, 1_000):
            yield name, "Write a whole number from 1 to 1,000."
        elif name in ("arrivals", "today") and not _is_rate(text):
            yield name, "Write such as 12 per week, or every 2 hours."
    for one in lines:
        yield from _of_ways(one, said)
    yield from _of_other(said, {one.key for one in lines if one.timed})


def _of_ways(line: Line, said: Names) -> Iterable[tuple[str, str]]:
    given = {one: said[name] for one in line.ways if (name := f"way:{line.key}:{one}") in said}
    left = [one for one in line.ways if one not in given]
    if not given or not all(_whole(text, 0, 100) for text in given.values()):
        return
    total = sum(int(text) for text in given.values())
    if len(left) > 1:
        yield (
            f"way:{line.key}:{left[0]}",
            f"Say the share of every way {line.title} ends, but for one: that is the rest.",
        )
    elif total > 100 or (not left and total != 100):
        yield f"way:{line.key}:{line.ways[0]}", f"The shares add up to {total} %. Make them 100 % together."


def _of_other(said: Names, timed: set[str]) -> Iterable[tuple[str, str]]:
    what, step, time = said.get("what", ""), said.get("step", ""), said.get("time", "")
    if what not in WHAT:
        yield "what", "Choose one from the list."
    elif what and not step:
        yield "step", "Say which step."
    elif what in ("work", "wait") and not _is_time(time):
        said_so = "Write a length of time, such as 30 minutes or 2 business days."
        yield "time", said_so if time else "Write how long, such as 30 minutes."
    elif what == "batch" and not _whole(said.get("size", ""), 1, 1_000):
        yield "size", "Write how many, from 1 to 1,000."
    if step and step not in timed:
        yield "step", "There is no such step."


def _whole(text: str, least: int, most: int) -> bool:
    return text.isdecimal() and least <= int(text) <= most


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
