"""Scenario files: what a simulation assumes and changes, read with the place of every mistake, and their JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from procession.analytics.simulation.figures import read_arrivals
from procession.analytics.simulation.scenario import (
    BatchChange,
    HandoffChange,
    Problem,
    Scenario,
    StepChange,
    Time,
)
from procession.engine.calendar import CalendarError, WorkCalendar
from procession.engine.findings import Finding, Source
from procession.interchange.yaml.emit import emit
from procession.interchange.yaml.hints import keys_of
from procession.interchange.yaml.nodes import Node, parse, plain, resolve
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape, Unreadable
from procession.interchange.yaml.values import (
    TEXT,
    BoolCodec,
    IntCodec,
    ListCodec,
    MapCodec,
    ScheduleCodec,
    WordCodec,
)

MOST_CASES: Final = 200_000
MOST_RUNS: Final = 1_000
MOST_PEOPLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class ReadScenario:
    """What a scenario file holds."""

    scenario: Scenario | None
    """None where something is wrong with it."""
    findings: tuple[Finding, ...]
    source: Source

    def placed(self, problems: Iterable[Problem]) -> list[Finding]:
        """Problems with the definition, at their places in the file."""
        found: list[Finding] = []
        for one in problems:
            at = self.source.at(one.path, 1)
            found.append(Finding(
                code=one.code, sentence=one.sentence, hint=one.hint, file=self.source.file, line=at.line,
                column=at.column,
            ))  # fmt: skip
        return sorted(found, key=lambda finding: (finding.line, finding.column))


# --- values ----------------------------------------------------------------------------------------------------------


class _Number(Codec):
    """A number between two others."""

    def __init__(self, least: float, most: float, *, above: bool = False) -> None:
        self.least, self.most, self.above = least, most, above
        self.what = f"a number {'above' if above else 'from'} {least:g} {'and up' if above else ''} to {most:,g}"
        self.what = " ".join(self.what.split())

    def read(self, node: Node, ctx: Reading) -> float:
        value = resolve(node) if node.kind == "scalar" else None
        if isinstance(value, Decimal):
            number = float(value)
            if self.least <= number <= self.most and not (self.above and number == self.least):
                return number
        raise self.mismatch(node, ctx)

    def schema(self) -> Schema:
        return {"type": "number", "exclusiveMinimum" if self.above else "minimum": self.least, "maximum": self.most}


class _Count(IntCodec):
    """A whole number with an upper end."""

    def __init__(self, lowest: int, most: int) -> None:
        super().__init__(lowest)
        self.most = most
        self.what = f"a whole number from {lowest:,} to {most:,}"

    def read(self, node: Node, ctx: Reading) -> int:
        value = super().read(node, ctx)
        if value > self.most:
            raise self.mismatch(node, ctx)
        return value

    def schema(self) -> Schema:
        return {**super().schema(), "maximum": self.most}


class _Share(Codec):
    """A share of all times."""

    what = "a share such as 30% or 0.3"

    def read(self, node: Node, ctx: Reading) -> float:
        text = node.text.strip() if node.kind == "scalar" else ""
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            raise self.mismatch(node, ctx) from None
        if not 0 <= share <= 1:
            raise ctx.wrong(node, f"{ctx.key}: {text} is not between nothing and all.", "write such as 30% or 0.3")
        return share

    def write(self, value: float) -> Plain:
        return f"{100 * value:g}%"

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1},
                          {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"}]}  # fmt: skip


class _Part(Codec):
    """A share of how long something takes today, which may be more than all."""

    what = "a share of today's, such as 50% or 150%"

    def read(self, node: Node, ctx: Reading) -> float:
        text = node.text.strip() if node.kind == "scalar" else ""
        try:
            part = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            raise self.mismatch(node, ctx) from None
        if not 0 <= part <= 10:
            raise ctx.wrong(
                node, f"{ctx.key}: {text} is not between nothing and ten times as much.", "write such as 50%"
            )
        return part

    def write(self, value: float) -> Plain:
        return f"{100 * value:g}%"

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "number", "minimum": 0, "maximum": 10},
                          {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"}]}  # fmt: skip


class _Arrivals(Codec):
    """How often cases arrive."""

    what = "how often cases arrive, such as 12 per week"

    def read(self, node: Node, ctx: Reading) -> str:
        if node.kind != "scalar" or node.is_null:
            raise self.mismatch(node, ctx)
        try:
            read_arrivals(node.text)
        except ValueError as problem:
            raise ctx.wrong(node, f"{ctx.key}: {problem}.", getattr(problem, "hint", None)) from None
        return node.text.strip()

    def schema(self) -> Schema:
        return {"type": "string", "examples": ["12 per week", "every 2 hours"]}


class _Outcomes(MapCodec):
    """Shares of outcomes, which make up all."""

    def __init__(self) -> None:
        super().__init__(_Share(), "outcomes with shares, such as {approve: 90%, reject: 10%}")

    def read(self, node: Node, ctx: Reading) -> dict[str, float]:
        found = super().read(node, ctx)
        total = sum(found.values())
        if found and len(found) == len(node.entries) and abs(total - 1) > 0.005:
            raise ctx.wrong(node, f"The shares of {ctx.key} add up to {100 * total:g} %.", "make them 100 % together")
        return found


class _Hours(Codec):
    """The id of a calendar, or hours by day of the week."""

    what = "a calendar, or hours such as {monday: 08:00-18:00, tuesday: 08:00-18:00}"

    def read(self, node: Node, ctx: Reading) -> str | Mapping[str, Any]:
        if node.kind == "scalar" and not node.is_null:
            return node.text
        if node.kind != "map":
            raise self.mismatch(node, ctx)
        try:
            WorkCalendar.from_json({"id": ctx.key, "zone": "UTC", "hours": plain(node)})
        except CalendarError as problem:
            raise ctx.wrong(node, f"{problem}.", getattr(problem, "hint", None)) from None
        return plain(node)

    def schema(self) -> Schema:
        return {"type": ["string", "object"]}


class _Times(Shape):
    """`30 minutes`, or usual time and spread, or least, mostly and most."""

    def read(self, node: Node, ctx: Reading) -> Time:
        made: Time = super().read(node, ctx)
        three = (made.least, made.mostly, made.most)
        if (made.usually is None) == (None in three) or (made.usually is not None and any(three)):
            raise ctx.wrong(node, f"{ctx.key} needs either usually:, or least:, mostly: and most:.",
                            "write such as 30 minutes, or {least: 10 minutes, mostly: 20 minutes, most: 2 hours}")  # fmt: skip
        return made

    def write(self, value: Time) -> Plain:
        written = super().write(value)
        return written["usually"] if list(written) == ["usually"] else written


class _Batches(Shape):
    """How many, when, or both."""

    def read(self, node: Node, ctx: Reading) -> BatchChange:
        made: BatchChange = super().read(node, ctx)
        if made.size is None and not made.at:
            raise ctx.wrong(node, f"{ctx.key} says neither how many nor when.", "write size:, at:, or both")
        return made

    def write(self, value: BatchChange) -> Plain:
        written = super().write(value)
        return written["size"] if list(written) == ["size"] else written


class _Scenarios(Shape):
    """The whole file."""

    def read(self, node: Node, ctx: Reading) -> Scenario:
        made: Scenario = super().read(node, ctx)
        if made.cases is not None and made.weeks is not None:
            ctx.wrong(node.get("weeks") or node, "cases: and weeks: exclude each other.", "leave one of them out")
        return made


_SCHEDULES: Final = ListCodec(ScheduleCodec())
_TIME: Final = _Times(
    "a time", keys_of(Time, {"spread": ("spread", _Number(0, 10))}, {}), Time, shorthand="usually"
)  # fmt: skip
_BATCH: Final = _Batches(
    "a batch", keys_of(BatchChange, {"size": ("size", _Count(1, 100_000)), "at": ("at", _SCHEDULES)}, {}), BatchChange,
    shorthand="size",
)  # fmt: skip
_STEP_FORMS: Final[dict[str, tuple[str, Codec]]] = {
    "work": ("work", _TIME), "wait": ("wait", _TIME), "takes": ("takes", _Part()), "lies": ("lies", _Part()),
    "happens": ("happens", _Share()),
    "outcomes": ("outcomes", _Outcomes()), "priority": ("priority", IntCodec()), "batch": ("batch", _BATCH),
    "gate": ("gate", _SCHEDULES), "instant": ("instant", BoolCodec()),
}  # fmt: skip
_STEP: Final = Shape("a step", keys_of(StepChange, _STEP_FORMS, {}), StepChange)
_HANDOFF: Final = Shape(
    "a handoff", keys_of(HandoffChange, {name: _STEP_FORMS[name] for name in ("wait", "happens")}, {}), HandoffChange
)
_FORMS: Final[dict[str, tuple[str, Codec]]] = {
    "scenario": ("scenario", TEXT), "arrivals": ("arrivals", _Arrivals()), "cases": ("cases", _Count(1, MOST_CASES)),
    "weeks": ("weeks", _Number(0, 5_000, above=True)), "replications": ("replications", _Count(1, MOST_RUNS)),
    "seed": ("seed", IntCodec()), "order": ("order", WordCodec(("arrival", "priority", "due"))),
    "urgent": ("urgent", _Share()), "people": ("people", MapCodec(_Count(1, MOST_PEOPLE), "groups with numbers")),
    "hours": ("hours", MapCodec(_Hours(), "groups with hours")), "steps": ("steps", MapCodec(_STEP, "steps")),
    "handoffs": ("handoffs", MapCodec(_HANDOFF, "handoffs")),
}  # fmt: skip
KEYS: Final[tuple[Key, ...]] = keys_of(Scenario, _FORMS, {})
SCENARIO: Final = _Scenarios("a scenario", KEYS, Scenario)


# --- files -----------------------------------------------------------------------------------------------------------


def read_scenario(text: str, filename: str = "") -> ReadScenario:
    """Read the text of a scenario file. Never raises: whatever is wrong is among the findings."""
    root, findings = parse(text, filename)
    ctx = Reading(filename, findings)
    scenario: Scenario | None = None
    if root is None and not findings:
        findings.append(Finding(
            code="yaml_error", file=filename, line=1, column=1, sentence="The file is empty.",
            hint="begin it with scenario: and a name",
        ))  # fmt: skip
    if root is not None:
        with suppress(Unreadable):
            scenario = SCENARIO.read(root, ctx)
    ordered = tuple(sorted(ctx.findings, key=lambda one: (one.line, one.column)))
    usable = not any(one.severity == "error" for one in ordered)
    return ReadScenario(scenario if usable else None, ordered, Source(filename, ctx.positions))


def write_scenario(scenario: Scenario) -> str:
    """The text of a scenario file; read again, it is the same scenario."""
    return emit(SCENARIO.write(scenario))


def scenario_schema() -> Schema:
    """The JSON Schema of scenario files."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Procession scenario",
        "description": "What a simulation assumes, and what is different from the definition as it stands.",
        **SCENARIO.schema(),
    }
