"""From recorded events to what waste is found by: what was decided and why, who typed which value, who looked at work
that was not theirs, and what was sent by mail.

Rows are those of the log's table (`analytics.table_of_log`): one for each finished visit of a case to a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple, cast

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.log import ProcessLog
from procession.analytics.table_of_log import table_of
from procession.analytics.waiting.decompose import decompose, flag
from procession.analytics.waiting.hours import micros, recorded
from procession.analytics.waste.material import (
    AGAINST,
    IN_FAVOUR,
    NO_DECISION,
    Connection,
    Decisions,
    Entries,
    Looks,
    Material,
)
from procession.engine.definition import Process, Step, Workflow, walk
from procession.operations.insights.facts import Fact
from procession.operations.insights.loader import Setting
from procession.operations.insights.meant import begun_again, led_back_to, links_of
from procession.operations.insights.visits import SENT_BACK

TAGS: Final = frozenset({"regulated", "compliance", "four-eyes", "audit"})
"""Tags of a workflow whose approvals nobody may call unnecessary."""
LONGEST: Final = 60
"""Characters of a value: longer ones are prose, in which nobody types a key again."""
_REASONS: Final = ("reason", "why", "grund", "motif", "motivo", "raz")
_MAIL: Final = re.compile(
    r"\b(e-?mail(s|en)?|mail(s|en)?|forward(s|ed)?|weiterleiten|courriel|correo)\b", re.IGNORECASE
)
"""A title that says that a person sends something on by mail."""
_MISSING: Final = re.compile(
    r"\b(missing|lacking|not here yet|waiting for|fehl(t|en)|warte auf|manque|en attente|falta|espero|brakuje|czekam)\b",
    re.IGNORECASE,
)
"""What people write where they cannot go on without something, in the five languages of imported logs."""
_ASKING: Final = re.compile(r"\?|\bupdate\b|\bstatus\b|\bnews\b", re.IGNORECASE)


class _Step(NamedTuple):
    part: str
    step: Step
    workflow: Workflow


@dataclass(slots=True)
class _Given:
    """Values, as they come in."""

    row: list[int] = field(default_factory=list[int])
    which: list[int] = field(default_factory=list[int])
    value: list[str] = field(default_factory=list[str])
    typed: list[bool] = field(default_factory=list[bool])
    started: list[bool] = field(default_factory=list[bool])


def material_of(
    log: ProcessLog, facts: Iterable[Fact], setting: Setting, connections: Sequence[Connection] = ()
) -> Material:
    """Everything that finders can read about the finished cases of a log."""
    table = table_of(log)
    return _Reader(table, list(facts), setting).material(log, tuple(connections))


class _Reader:
    def __init__(self, table: InstanceTable, facts: list[Fact], setting: Setting) -> None:
        self.table, self.facts, self.setting = table, facts, setting
        ids = cast("Sequence[str]", table.traits["id"])
        self.place = {name: row for row, name in enumerate(ids)}
        self.rows_of: dict[str, list[int]] = {}
        for row, name in enumerate(ids):
            self.rows_of.setdefault(name.rpartition(".")[0], []).append(row)
        self.keys = cast("Sequence[str]", table.traits["place"])
        self.person = (table.resource >= 0) & ~flag(table, "machine") & ~flag(table, "outside")
        self.steps = dict(_steps(setting))
        self.hidden = {
            (one.part, name) for one in self.steps.values() for name, known in one.workflow.fields.items() if known.see
        }
        """Fields that not everybody may see: nothing is said of what is in them."""

    def material(self, log: ProcessLog, connections: tuple[Connection, ...]) -> Material:
        causes = decompose(self.table, recorded(self.table, log.calendar, log.calendars))
        return Material(
            causes=causes, decisions=self._decisions(), entries=self._entries(), looks=self._looks(), sent=self._sent(),
            regulated=self._named(_is_regulated), loops=frozenset(self._meant()), connections=connections,
            returned=self._returned(), lacking=self._lacking(), links=links_of(log, self.place, len(self.table)),
        )  # fmt: skip

    def _named(self, holds: Any) -> frozenset[str]:
        """The names of the steps of which something holds."""
        return frozenset(
            self.table.step_names[int(self.table.step[row])]
            for row, key in enumerate(self.keys)
            if key in self.steps and holds(self.steps[key])
        )

    def _meant(self) -> Iterator[str]:
        """Steps that the definition lets come again: done once for each item, or led back to."""
        meant = {
            f"{one.part}/{step.id}"
            for one in self.steps.values() if one.step.kind == "each"
            for scope in one.step.scopes() for step in walk(scope)
        }  # fmt: skip
        parts = {one.part: one.workflow for one in self.steps.values()}
        meant |= {f"{part}/{step}" for part, workflow in parts.items() for step in led_back_to(workflow)}
        if isinstance(self.setting.definition, Process):
            again = begun_again(self.setting.definition, self.setting.workflows)
            meant |= {f"{part}/{step}" for part, step in again}
        for row, key in enumerate(self.keys):
            if key in meant:
                yield self.table.step_names[int(self.table.step[row])]

    def _returned(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Rows that somebody sent a case back to: they opened in that moment, and are called as the reason says."""
        found = np.zeros(len(self.table), dtype=bool)
        for fact in self.facts:
            reason = str(fact.payload.get("reason", "")) if fact.type == "StepWithdrawn" else ""
            if reason.startswith(SENT_BACK):
                for row in self.rows_of.get(fact.case_id, ()):
                    known = self.steps.get(self.keys[row])
                    title = known.step.title if known is not None else ""
                    if self.table.ready[row] == micros(fact.at) and reason.startswith(f"{SENT_BACK}{title}:"):
                        found[row] = True
        return found

    def _lacking(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Rows of which whoever did them said, while they were open, that something was missing."""
        found = np.zeros(len(self.table), dtype=bool)
        for fact in self.facts:
            if fact.type == "CommentAdded" and _MISSING.search(str(fact.payload.get("text", ""))):
                for row in self.rows_of.get(fact.case_id, ()):
                    who = int(self.table.resource[row])
                    its_own = who >= 0 and self.table.resource_names[who] == fact.actor
                    found[row] |= its_own and bool(self.table.ready[row] <= micros(fact.at) < self.table.end[row])
        return found

    # --- decisions ----------------------------------------------------------------------------------------------------

    def _decisions(self) -> Decisions:
        n = len(self.table)
        outcome = np.full(n, NO_DECISION, dtype=np.int8)
        reason = [""] * n
        written: dict[tuple[str, datetime], Fact] = {}
        for fact in self.facts:
            if fact.type == "DataWritten":
                written[fact.case_id, fact.at] = fact
            row = self.place.get(f"{fact.case_id}.{fact.payload.get('activation')}")
            known = self.steps.get(self.keys[row]) if row is not None else None
            if row is None or known is None or known.step.kind != "approval":
                continue
            if fact.type == "TaskCompleted":
                outcome[row] = IN_FAVOUR if fact.payload["outcome"] == known.step.config.outcomes[0] else AGAINST
                if outcome[row] == AGAINST:
                    reason[row] = self._reason(known.part, written.get((fact.case_id, fact.at)))
            elif fact.type == "StepWithdrawn" and str(fact.payload.get("reason", "")).startswith(SENT_BACK):
                outcome[row] = AGAINST
                reason[row] = str(fact.payload["reason"]).partition(": ")[2][:LONGEST]
        origin = self._origins(outcome != NO_DECISION)
        return Decisions(
            outcome=outcome, reason=reason, amount=self._amounts(), origin=origin,
            told=self._told(np.flatnonzero(outcome == AGAINST), origin),
        )  # fmt: skip

    def _reason(self, part: str, written: Fact | None) -> str:
        """Of what was filled in with a refusal, the field that says why."""
        if written is None or written.payload.get("origin") != "typed":
            return ""
        given = {name: raw for name, raw in written.payload["values"].items() if (part, name) not in self.hidden}
        texts = {name: text for name, raw in given.items() if (text := _text(raw)) is not None}
        named = [text for name, text in texts.items() if any(word in name.casefold() for word in _REASONS)]
        short = [text for text in (named or list(texts.values())) if len(text) <= LONGEST]
        return short[0] if short else ""

    def _origins(self, decided: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Of each decision the last thing before it that a person did and that was no decision."""
        released = self.table.released_by
        origin = np.full(len(self.table), -1, dtype=np.int64)
        for row in np.flatnonzero(decided).tolist():
            at = int(released[row])
            while at >= 0 and (decided[at] or not self.person[at]):
                at = int(released[at])
            origin[row] = at
        return origin

    def _told(self, refused: Any, origin: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether the work came back to whoever had done it, or they were told something afterwards."""
        table = self.table
        told = np.zeros(len(table), dtype=bool)
        for row in refused.tolist():
            if origin[row] < 0:
                continue
            who, case = int(table.resource[origin[row]]), int(table.case[row])
            back = (table.case == case) & (table.resource == who) & (table.ready >= table.end[row])
            told[row] = bool(back.any()) or self._heard(row, table.resource_names[who])
        return told

    def _heard(self, row: int, person: str) -> bool:
        return any(at >= int(self.table.end[row]) for at in self._news.get((int(self.table.case[row]), person), ()))

    @cached_property
    def _news(self) -> Mapping[tuple[int, str], list[int]]:
        """Case and person → when they were told something, mentioned, or looked."""
        found: dict[tuple[int, str], list[int]] = {}
        for fact in self.facts:
            rows = self.rows_of.get(fact.case_id)
            if not rows:
                continue
            people: list[str] = []
            if fact.type == "PeopleNotified":
                people = [str(one) for one in fact.payload.get("to", ())]
            elif fact.type == "CommentAdded":
                people = [str(one) for one in fact.payload.get("mentions", ())]
            elif fact.type == "TaskViewed":
                people = [str(fact.payload["person"])]
            for one in people:
                found.setdefault((int(self.table.case[rows[0]]), one), []).append(micros(fact.at))
        return found

    def _amounts(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The one amount of money that a case begins with; NaN where there are several, or none."""
        money = {
            f"data.{name}" for one in self.setting.workflows.values() for name, known in one.fields.items()
            if known.type == "money"
        } & set(self.table.case_traits)  # fmt: skip
        if len(money) != 1:
            return np.full(len(self.table), np.nan)
        values = self.table.case_traits[money.pop()]
        of_case = np.array([_number(value) for value in values], dtype=np.float64)
        return of_case[self.table.case]

    # --- values -------------------------------------------------------------------------------------------------------

    def _entries(self) -> Entries:
        names: dict[tuple[str, str], int] = {}
        titles: list[str] = []
        given = _Given()
        known: dict[tuple[str, str], str] = {}
        for fact in sorted(self.facts, key=lambda one: (one.at, one.case_id, one.seq)):
            rows = self.rows_of.get(fact.case_id)
            if not rows or fact.type not in ("CaseStarted", "DataWritten"):
                continue
            starts = fact.type == "CaseStarted"
            values: Mapping[str, Any] = fact.payload.get("data" if starts else "values") or {}
            origins: Mapping[str, str] = fact.payload.get("origins") or {} if starts else {}
            row = rows[0] if starts else self._row_at(rows, fact)
            part = self.keys[row].rpartition("/")[0]
            for name, raw in values.items():
                value = _text(raw) if (part, name) not in self.hidden else None
                if value is None or len(value) > LONGEST or "." in name or "[" in name:
                    continue
                origin = origins.get(name, "typed") if starts else str(fact.payload.get("origin"))
                # Who leaves standing what is there confirms it.
                fresh = known.get((fact.case_id, name)) != value
                known[fact.case_id, name] = value
                number = names.setdefault((part, name), len(names))
                if number == len(titles):
                    titles.append(self._title(part, name))
                given.row.append(row)
                given.which.append(number)
                given.value.append(value)
                given.typed.append(origin == "typed" and fresh)
                given.started.append(starts)
        return Entries(
            row=np.array(given.row, dtype=np.int64), field=np.array(given.which, dtype=np.int64), value=given.value,
            typed=np.array(given.typed, dtype=bool), fields=titles, started=np.array(given.started, dtype=bool),
        )  # fmt: skip

    def _row_at(self, rows: list[int], fact: Fact) -> int:
        """The visit in which a value was written: of its step, the one open then, else the latest begun."""
        at, step = micros(fact.at), fact.payload.get("step")
        own = [row for row in rows if self.keys[row].rpartition("/")[2] == step] or rows
        open_then = [row for row in own if self.table.ready[row] <= at <= self.table.end[row]]
        return min(open_then or own, key=lambda row: abs(int(self.table.end[row]) - at))

    def _title(self, part: str, name: str) -> str:
        workflow = next((one.workflow for one in self.steps.values() if one.part == part), None)
        known = workflow.fields.get(name) if workflow is not None else None
        return known.title if known is not None else name.replace("_", " ").capitalize()

    # --- looks and mails ----------------------------------------------------------------------------------------------

    def _looks(self) -> Looks:
        people: dict[str, int] = {}
        found: list[tuple[int, int, int]] = []
        for fact in self.facts:
            row = self.place.get(f"{fact.case_id}.{fact.payload.get('activation')}")
            at = micros(fact.at)
            if fact.type == "CommentAdded" and _ASKING.search(str(fact.payload.get("text", ""))):
                rows = [row] if row is not None else self.rows_of.get(fact.case_id, [])
                asked = [one for one in rows if self.table.ready[one] <= at < self.table.end[one]]
                own = {
                    self.table.resource_names[int(self.table.resource[one])]
                    for one in asked
                    if self.table.resource[one] >= 0
                }
                row = asked[0] if asked and fact.actor not in own else None
            elif fact.type != "TaskViewed":
                continue
            if row is not None:
                found.append((row, people.setdefault(fact.actor, len(people)), at))
        columns = np.array(found, dtype=np.int64).reshape(-1, 3)
        return Looks(row=columns[:, 0].copy(), who=columns[:, 1].copy(), at=columns[:, 2].copy())

    def _sent(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Steps whose title says that a person mails something on. What the system sends is no such step."""
        titles = [self.steps[key].step.title if key in self.steps else "" for key in self.keys]
        by_mail = [self.steps[key].step.kind == "task" if key in self.steps else False for key in self.keys]
        told = np.array([bool(_MAIL.search(title)) for title in titles], dtype=bool)
        return told & np.array(by_mail, dtype=bool) & self.person


def _steps(setting: Setting) -> Iterator[tuple[str, _Step]]:
    """Every step by its key, in the newest version of its workflow."""
    if isinstance(setting.definition, Process):
        parts = {name: one.use for name, one in setting.definition.members.items()}
    else:
        parts = {setting.definition.id: setting.definition.id}
    for part, use in parts.items():
        workflow = setting.workflows.get(use)
        for step in walk(workflow.body) if workflow is not None else ():
            assert workflow is not None
            yield f"{part}/{step.id}", _Step(part, step, workflow)


def _is_regulated(one: _Step) -> bool:
    """A second pair of eyes is asked for, or the workflow says that rules do."""
    tags = {tag.casefold() for tag in one.workflow.tags}
    return bool(getattr(one.step.config, "not_by", ())) or bool(tags & TAGS)


def _number(value: object) -> float:
    """NaN for what is none."""
    try:
        return float(cast("str", value)) if value is not None else float("nan")
    except (TypeError, ValueError):
        return float("nan")


def _text(raw: Any) -> str | None:
    """A value as text; None for what holds several, or nothing."""
    if isinstance(raw, Mapping):
        number: Any = cast("Mapping[str, Any]", raw).get("$number")
        return str(number) if number is not None else None
    if raw is None or isinstance(raw, bool | list):
        return None
    return str(raw).strip() or None
