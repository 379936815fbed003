"""Each visit of a case to a step, folded from its events: when it was ready, looked at, begun, ended, and by whose
end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from procession.analytics.pauses import Pause
from procession.analytics.ways import Handing, Way
from procession.engine.instants import from_instant
from procession.operations.insights.facts import Fact

BLOCKS: Final = frozenset({"parallel", "choose", "each", "entering", "final", "decide", "set", "end"})
"""Kinds of step that take no time of their own: what they release was released by what came before, or ended inside."""

FINISHED: Final = "finished"

SENT_BACK: Final = "sent back to "
"""How the reason of a withdrawal begins when somebody sent the case back."""


@dataclass(slots=True)
class Visit:
    """One activation."""

    activation: str
    step: str
    kind: str
    title: str
    up: str
    department: str | None
    opened_at: datetime
    released_by: tuple[str, ...]
    is_block: bool
    """It holds others, or takes no time of its own."""
    assigned_at: datetime | None = None
    first_opened_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_seq: int = 0
    how: str = ""
    """finished, skipped or withdrawn."""
    timed_out: bool = False
    """Its clock ended it."""
    until: datetime | None = None
    """When its clock ends it."""
    person: str | None = None
    """Who completed it, or the kind of job that did it."""
    guest: bool = False
    outcome: str | None = None
    """What it ended with, where it finished."""

    @property
    def is_over(self) -> bool:
        """It came to an end of its own, so it can have released something."""
        return self.ended_at is not None and self.how != "withdrawn"


@dataclass(frozen=True, slots=True)
class Handover:
    """A handoff that happened in a process case."""

    handoff: str
    seq: int
    source: str | None
    activation: str | None
    """The source's activation in the process case."""
    to: str | None
    milestone: str | None
    """The milestone that set it off; None where the source had ended."""


@dataclass(slots=True)
class CaseFacts:
    """What one case's events say."""

    id: str
    definition: str = ""
    kind: str = "workflow"
    started_at: datetime | None = None
    closed_at: datetime | None = None
    status: str = "open"
    parent: str | None = None
    parent_activation: str | None = None
    process_case: str | None = None
    member: str | None = None
    traits: dict[str, object] = field(default_factory=dict[str, object])
    """What was known at its beginning: the version, answers of the start form."""
    visits: dict[str, Visit] = field(default_factory=dict[str, Visit])
    inside: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Block → the activations inside it."""
    milestones: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Milestone → the step that reached it, and the number of the event."""
    opened_seq: dict[str, int] = field(default_factory=dict[str, int])
    handovers: list[Handover] = field(default_factory=list[Handover])
    reopened_after: dict[str, str] = field(default_factory=dict[str, str])
    """First activation after the case was reopened → the one that had ended it."""
    pauses: list[Pause] = field(default_factory=list[Pause])
    """When it stood still, and went on."""
    paused_at: datetime | None = None
    """Since when it stands still."""
    ways: list[Way] = field(default_factory=list[Way])
    """The turns it took; places are steps."""
    handings: list[Handing] = field(default_factory=list[Handing])
    """Of a process: what each of its events handed over."""
    _reopened: bool = False
    _last_milestone: str | None = None

    def take(self, fact: Fact) -> None:
        """Fold in the next event."""
        handler = _TAKES.get(fact.type)
        if handler is not None:
            handler(self, fact, fact.payload)

    # --- the case -----------------------------------------------------------------------------------------------------

    def on_started(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.definition = payload["definition"]
        self.kind = payload.get("kind", "workflow")
        self.parent = payload.get("parent")
        self.parent_activation = payload.get("parent_activation")
        self.process_case = payload.get("process_case")
        self.member = payload.get("member")
        self.started_at = fact.at
        self.traits = {"version": str(payload.get("version", "")), **_answers(payload.get("data") or {})}
        self._source(None, None, None)

    def on_closed(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.status, self.closed_at = "done", fact.at
        self.on_resumed(fact, payload)

    def on_cancelled(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.status, self.closed_at = "cancelled", fact.at
        self.on_resumed(fact, payload)

    def on_reopen(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.status, self.closed_at, self._reopened = "open", None, True

    def on_paused(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.paused_at = fact.at

    def on_resumed(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        if self.paused_at is not None and fact.at > self.paused_at:
            self.pauses.append((self.paused_at, fact.at))
        self.paused_at = None

    def on_milestone(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.milestones.setdefault(payload["name"], (payload["step"], fact.seq))
        self._last_milestone = payload["name"]
        member, _, milestone = payload["name"].partition(".")
        self._source(member, None, milestone)

    def _source(self, member: str | None, outcome: str | None, milestone: str | None) -> None:
        """Something that can set handoffs off."""
        if self.kind == "process":
            self.handings.append(Handing(member, outcome, milestone, frozenset()))

    def on_handed_over(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        source, activation = payload.get("source"), payload.get("activation")
        visit = self.visits.get(activation) if activation is not None else None
        running = visit is not None and visit.ended_at is None and self._last_milestone is not None
        milestone = (self._last_milestone or "").removeprefix(f"{source}.") if running else None
        last = self.handings[-1] if self.handings else None
        if last is not None and last.member == source:  # else it was decided again later
            self.handings[-1] = last._replace(handoffs=last.handoffs | {payload["handoff"]})
        self.handovers.append(Handover(payload["handoff"], fact.seq, source, activation, payload.get("to"), milestone))

    # --- its steps ----------------------------------------------------------------------------------------------------

    def on_opened(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        name = payload["activation"]
        visit = Visit(
            activation=name, step=payload["step"], kind=payload["kind"], title=payload.get("title", ""),
            up=payload.get("up", ""), department=payload.get("department"), opened_at=fact.at,
            released_by=tuple(payload.get("released_by", ())),
            is_block=payload["kind"] in BLOCKS or bool(payload.get("seats")),
            assigned_at=fact.at if payload.get("assignee") else None, guest=bool(payload.get("guest")),
            started_at=fact.at if payload["kind"] == "workflow" else None,
            until=_clock(payload.get("timers") or {}),
        )  # fmt: skip
        if self._reopened and not visit.released_by:
            before = self.last_over()
            if before is not None:
                self.reopened_after[name] = before.activation
        self._reopened = False
        if visit.is_block:
            self._turn(visit, payload)
        self.visits[name] = visit
        self.opened_seq[name] = fact.seq
        if visit.up:
            self.inside.setdefault(visit.up, []).append(name)

    def _turn(self, visit: Visit, payload: Mapping[str, Any]) -> None:
        """It came to a step that takes no time: of a choice, which branches it took."""
        self.ways.append(Way("came", visit.step))
        if visit.kind == "choose":
            self.ways += [Way("branch", visit.step, name) for name in payload.get("ran") or ("",)]

    def on_finished(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self._end(payload["activation"], fact, FINISHED)
        if self.kind == "process":
            self._source(payload["step"], payload.get("outcome"), None)
        visit = self.visits.get(payload["activation"])
        if visit is not None:
            visit.outcome = payload.get("outcome")

    def on_skipped(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        if payload.get("activation") is not None:
            self._end(payload["activation"], fact, "skipped")
        else:
            self.ways.append(Way("passed over", payload["step"]))

    def on_withdrawn(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self._end(payload["activation"], fact, "withdrawn")
        visit = self.visits.get(payload["activation"])
        if visit is not None and str(payload.get("reason", "")).startswith(SENT_BACK):
            visit.person = fact.actor  # who looked at it, and sent it back
            visit.guest = visit.guest or fact.actor.startswith("guest:")

    def _end(self, name: str, fact: Fact, how: str) -> None:
        visit = self.visits.get(name)
        if visit is not None:
            visit.ended_at, visit.ended_seq, visit.how = fact.at, fact.seq, how

    def on_due_changed(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        """Its clock was set anew, as after a pause."""
        visit = self.visits.get(payload["activation"])
        if visit is not None and payload.get("timers"):
            visit.until = _clock(payload["timers"]) or visit.until

    def on_first_opened(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        visit = self.visits[payload["activation"]]
        visit.first_opened_at = visit.first_opened_at or fact.at

    def on_task_started(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        visit = self.visits[payload["activation"]]
        visit.started_at = visit.started_at or fact.at

    def on_assigned(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        visit = self.visits[payload["activation"]]
        if payload.get("person"):
            visit.assigned_at = visit.assigned_at or fact.at

    def on_released(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        self.visits[payload["activation"]].assigned_at = None

    def on_completed(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        visit = self.visits[payload["activation"]]
        visit.person = payload["person"]
        visit.guest = visit.guest or payload["person"].startswith("guest:")

    def on_job(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        visit = self.visits.get(payload["activation"])
        if visit is not None:
            visit.person = payload["kind"]

    def on_rang(self, fact: Fact, payload: Mapping[str, Any]) -> None:
        visit = self.visits.get(payload["activation"])
        if visit is not None and payload["timer"] == "time":
            visit.timed_out = True
        if visit is not None and payload["timer"].startswith("after-"):
            self.ways.append(Way("timer", visit.step, payload["timer"]))

    # --- what released what -------------------------------------------------------------------------------------------

    def last_over(self) -> Visit | None:
        """The visit that ended last, and not by being withdrawn."""
        over = [visit for visit in self.visits.values() if visit.is_over]
        return max(over, key=lambda visit: (visit.ended_seq, not visit.is_block), default=None)

    def leaves(self, activation: str) -> tuple[str, ...]:
        """The visits that take time behind an activation: itself, or for a block what ended it, else what came before
        it."""
        visit = self.visits.get(activation)
        if visit is None:
            return ()
        if not visit.is_block:
            return (activation,)
        ended = visit.ended_seq
        inside = [self.visits[one] for one in self.inside.get(activation, ()) if self.visits[one].is_over]
        enders = [one for one in inside if ended == 0 or one.ended_seq <= ended]
        if enders:
            return self.leaves(max(enders, key=lambda one: one.ended_seq).activation)
        return self.before(activation)

    def before(self, activation: str) -> tuple[str, ...]:
        """The visits that take time and whose end made this one ready; none for what the start of the case opened."""
        visit = self.visits[activation]
        named = visit.released_by or ((self.reopened_after[activation],) if activation in self.reopened_after else ())
        if not named and visit.up:
            return self.before(visit.up)
        found = (leaf for one in named for leaf in self.leaves(one))
        return tuple(dict.fromkeys(found))


def _answers(data: Mapping[str, Any]) -> dict[str, object]:
    """Answers of the start form that can tell kinds of case apart: words, yes and no, numbers."""
    found: dict[str, object] = {}
    for name, value in data.items():
        number: Any = cast("Mapping[str, Any]", value).get("$number") if isinstance(value, Mapping) else None
        if number is not None:
            found[f"data.{name}"] = float(number)
        elif isinstance(value, str | bool | int | float):
            found[f"data.{name}"] = value
    return found


def _clock(timers: Mapping[str, str]) -> datetime | None:
    """The moment at which a wait ends by itself."""
    return from_instant(timers["time"]) if "time" in timers else None


_TAKES: Final = {
    "CaseStarted": CaseFacts.on_started,
    "CaseClosed": CaseFacts.on_closed,
    "CaseCancelled": CaseFacts.on_cancelled,
    "CaseReopened": CaseFacts.on_reopen,
    "MilestoneReached": CaseFacts.on_milestone,
    "HandoffHappened": CaseFacts.on_handed_over,
    "StepOpened": CaseFacts.on_opened,
    "StepFinished": CaseFacts.on_finished,
    "StepSkipped": CaseFacts.on_skipped,
    "StepWithdrawn": CaseFacts.on_withdrawn,
    "TaskFirstOpened": CaseFacts.on_first_opened,
    "TaskStarted": CaseFacts.on_task_started,
    "TaskClaimed": CaseFacts.on_assigned,
    "TaskDelegated": CaseFacts.on_assigned,
    "TaskReassigned": CaseFacts.on_assigned,
    "TaskReleased": CaseFacts.on_released,
    "TaskCompleted": CaseFacts.on_completed,
    "JobRequested": CaseFacts.on_job,
    "TimerFired": CaseFacts.on_rang,
    "CasePaused": CaseFacts.on_paused,
    "CaseResumed": CaseFacts.on_resumed,
    "DueChanged": CaseFacts.on_due_changed,
}


def fold(facts: Iterable[Fact]) -> dict[str, CaseFacts]:
    """Case → what its events say. The facts of each case come in order."""
    cases: dict[str, CaseFacts] = {}
    for fact in facts:
        case = cases.get(fact.case_id)
        if case is None:
            case = cases[fact.case_id] = CaseFacts(fact.case_id)
        case.take(fact)
    return cases
