"""From events to the rows that lists, timers and workers read. Pure: the same on commit and on rebuild.

Some rows follow from a case's snapshot alone (timers, waits, candidates: `Standing`), others tell its history and are
folded from the events (tasks, incidents, jobs, notifications: `Telling`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from procession.engine.case import Activation, Case
from procession.engine.events import (
    CaseMoved,
    ChildCancelled,
    ChildRequested,
    ChildToFollow,
    DueChanged,
    Event,
    IncidentOpened,
    IncidentResolved,
    JobFailed,
    JobRequested,
    JobSucceeded,
    ParentTold,
    PeopleNotified,
    StepFinished,
    StepOpened,
    StepSkipped,
    StepWithdrawn,
    SurveyAsked,
    TaskClaimed,
    TaskCompleted,
    TaskDelegated,
    TaskFirstOpened,
    TaskReassigned,
    TaskReleased,
    TaskStarted,
)
from procession.engine.instants import Instant

Row = dict[str, Any]

MACHINE_WORK: Final = "machine"
"""Jobs whose result goes back to their step; their row names the step's own kind of job."""

START_CHILD: Final = "start_child"
CANCEL_CHILD: Final = "cancel_child"
TELL_PARENT: Final = "tell_parent"
TELL_PEOPLE: Final = "tell_people"
INVITE_GUEST: Final = "invite_guest"
ASK_SURVEY: Final = "ask_survey"
ALIGN_CHILD: Final = "align_child"

OWN_KINDS: Final = (
    START_CHILD, CANCEL_CHILD, TELL_PARENT, TELL_PEOPLE, INVITE_GUEST, ASK_SURVEY, ALIGN_CHILD,
)  # fmt: skip
"""Kinds of job that the store asks for itself; every other kind is machine work of a step."""


# --- rows that follow from the snapshot ------------------------------------------------------------------------------


@dataclass(slots=True)
class Standing:
    """What a case's snapshot says about timers, waits and candidates."""

    timers: dict[tuple[str, str], Instant] = field(default_factory=dict[tuple[str, str], Instant])
    """(activation, timer) → when it rings."""
    waits: dict[str, tuple[str, str, Instant]] = field(default_factory=dict[str, tuple[str, str, Instant]])
    """Activation → name, key, since. A wait without a key takes only messages sent to its own case."""
    candidates: dict[tuple[str, str], Instant | None] = field(default_factory=dict[tuple[str, str], Instant | None])
    """(activation, person) → when the task is due."""

    @classmethod
    def of(cls, case: Case) -> Standing:
        standing = cls()
        if not case.is_open:
            return standing
        if case.is_paused:
            return standing._with_candidates(case)
        for name, activation in case.activations.items():
            if activation.timers:
                for timer, at in activation.timers.items():
                    standing.timers[name, timer] = at
            if activation.message is not None and activation.key is not None and activation.incident is None:
                standing.waits[name] = (activation.message, activation.key, activation.opened_at)
            if activation.candidates and activation.assignee is None:
                for person in activation.candidates:
                    standing.candidates[name, person] = activation.due_at
        return standing

    def _with_candidates(self, case: Case) -> Self:
        """Of a paused case: nothing rings and no message is waited for, but everybody still sees their tasks."""
        for name, activation in case.activations.items():
            if activation.assignee is None:
                for person in activation.candidates:
                    self.candidates[name, person] = activation.due_at
        return self


# --- rows that are folded from the events ----------------------------------------------------------------------------

_ASK_THE_CASE: Final = frozenset(
    {TaskClaimed, TaskReleased, TaskDelegated, TaskReassigned, DueChanged, IncidentOpened, CaseMoved}
)
"""Events whose rows depend on the case as it is right after them."""


@dataclass(slots=True)
class Telling:
    """The new rows and changes that one commit's events make; on rebuild, that all events of a case make."""

    tasks: dict[str, Row] = field(default_factory=dict[str, Row])
    """New tasks by activation, whole."""
    task_changes: dict[str, Row] = field(default_factory=dict[str, Row])
    """Changes of older tasks; see `change_task`."""
    incidents: dict[str, Row] = field(default_factory=dict[str, Row])
    resolved: dict[str, Row] = field(default_factory=dict[str, Row])
    """Older incidents that ended."""
    jobs: dict[int, Row] = field(default_factory=dict[int, Row])
    job_changes: dict[str, Row] = field(default_factory=dict[str, Row])
    """By activation: what became of its machine work that is older than this commit."""
    notifications: list[Row] = field(default_factory=list[Row])
    open_incidents: set[str] = field(default_factory=set[str])
    at_work: set[str] = field(default_factory=set[str])
    """Activations whose machine work is older than this commit and still waits."""

    @classmethod
    def beginning_at(cls, case: Case) -> Telling:
        at_work = {name for name, activation in case.activations.items() if activation.job is not None}
        return cls(open_incidents=set(case.incidents), at_work=at_work)

    def needs_states(self, events: Iterable[Event]) -> bool:
        """Whether each of these events needs the state right after it; else the state after all of them will do."""
        return bool(self.open_incidents) or any(type(event) in _ASK_THE_CASE for event in events)

    def tell(self, case: Case, seq: int, event: Event, at: Instant, actor: str) -> None:
        """Take in one event; `case` is the state right after it (see `needs_states`)."""
        handler = _TELL.get(type(event))
        if handler is not None:
            handler(self, case, seq, event, at)
        if case.incidents or self.open_incidents:
            self._tell_incidents(case, event, at, actor)

    # Tasks

    def step_opened(self, case: Case, seq: int, event: StepOpened, at: Instant) -> None:
        if not event.is_task:
            return
        self.tasks[event.activation] = {
            "activation": event.activation,
            "step": event.step,
            "kind": event.kind,
            "title": event.title,
            "status": "open",
            "assignee": event.assignee,
            "candidates": event.candidates,
            "guest": event.guest,
            "attempt": event.attempt,
            "department": event.department,
            "ready_at": at,
            "assigned_at": at if event.assignee else None,
            "due_at": event.due_at,
        }
        if event.guest:
            self._ask(seq, INVITE_GUEST, event.activation, 1, at, None)

    def assigned(self, case: Case, seq: int, event: Any, at: Instant) -> None:
        activation = case.activations.get(event.activation)
        if activation is not None:
            self._change(event.activation, _who(activation) | ({"assigned_at": at} if activation.assignee else {}))

    def handed_on(self, case: Case, seq: int, event: TaskDelegated, at: Instant) -> None:
        self.assigned(case, seq, event, at)
        if event.person.startswith("guest:"):
            self._ask(seq, INVITE_GUEST, event.activation, 1, at, None)

    def first_opened(self, case: Case, seq: int, event: TaskFirstOpened, at: Instant) -> None:
        self._change(event.activation, {"first_opened_at": at})

    def started(self, case: Case, seq: int, event: TaskStarted, at: Instant) -> None:
        self._change(event.activation, {"started_at": at})

    def due_changed(self, case: Case, seq: int, event: DueChanged, at: Instant) -> None:
        activation = case.activations.get(event.activation)
        if activation is not None:
            self._change(event.activation, _who(activation))

    def case_moved(self, case: Case, seq: int, event: CaseMoved, at: Instant) -> None:
        for name, activation in case.activations.items() if event.steps else ():
            if activation.step in event.steps.values():
                self._change(name, {"step": activation.step})

    def completed(self, case: Case, seq: int, event: TaskCompleted, at: Instant) -> None:
        change = {"status": "done", "closed_at": at, "completed_by": event.person, "outcome": event.outcome}
        self._change(event.activation, change)

    def closed(self, case: Case, seq: int, event: Any, at: Instant) -> None:
        activation: str | None = event.activation
        if activation is None:
            return
        known = self.tasks.get(activation) or self.task_changes.get(activation)
        if known is None or known.get("status") in (None, "open"):
            self._change(activation, {"status": _STATUS[type(event)], "closed_at": at})
            if isinstance(event, StepFinished):
                self._change(activation, {"outcome": event.outcome})
        if self.jobs or activation in self.at_work:
            self._job_over(activation, None, "moot", at, None)

    def _change(self, activation: str, change: Row) -> None:
        row = self.tasks.get(activation)
        if row is not None:
            change_task(row, change)
        else:
            self.task_changes.setdefault(activation, {}).update(change)

    # Jobs

    def _ask(self, seq: int, kind: str, activation: str, attempt: int, at: Instant, after: Instant | None) -> None:
        self.jobs[seq] = {
            "seq": seq,
            "kind": kind,
            "activation": activation,
            "attempt": attempt,
            "status": "waiting",
            "after": after or at,
            "requested_at": at,
        }

    def job_requested(self, case: Case, seq: int, event: JobRequested, at: Instant) -> None:
        self._ask(seq, event.kind, event.activation, event.attempt, at, event.after)

    def job_succeeded(self, case: Case, seq: int, event: JobSucceeded, at: Instant) -> None:
        self._job_over(event.activation, event.attempt, "done", at, None)

    def job_failed(self, case: Case, seq: int, event: JobFailed, at: Instant) -> None:
        self._job_over(event.activation, event.attempt, "failed", at, event.error)

    def _job_over(self, activation: str, attempt: int | None, status: str, at: Instant, error: str | None) -> None:
        """`attempt` None: whatever machine work of the activation still waits is moot."""
        over: Row = {"status": status, "finished_at": at, "error": error}
        for job in self.jobs.values():
            mine = job["activation"] == activation and job["kind"] not in OWN_KINDS
            if mine and job["status"] == "waiting" and attempt in (None, job["attempt"]):
                job.update(over)
        if attempt is not None or activation not in self.job_changes:
            self.job_changes[activation] = {"activation": activation, "attempt": attempt} | over

    def child_requested(self, case: Case, seq: int, event: ChildRequested, at: Instant) -> None:
        self._ask(seq, START_CHILD, event.activation, 1, at, None)

    def child_cancelled(self, case: Case, seq: int, event: ChildCancelled, at: Instant) -> None:
        self._ask(seq, CANCEL_CHILD, event.activation, 1, at, None)

    def child_to_follow(self, case: Case, seq: int, event: ChildToFollow, at: Instant) -> None:
        self._ask(seq, ALIGN_CHILD, "", 1, at, None)

    def survey_asked(self, case: Case, seq: int, event: SurveyAsked, at: Instant) -> None:
        self._ask(seq, ASK_SURVEY, "", 1, at, None)  # its step is over at once; the job is not

    def parent_told(self, case: Case, seq: int, event: ParentTold, at: Instant) -> None:
        self._ask(seq, TELL_PARENT, event.activation, 1, at, None)

    def people_notified(self, case: Case, seq: int, event: PeopleNotified, at: Instant) -> None:
        self._tell_people(seq, event.to, event.what, event.text, event.activation, at)

    def _tell_people(self, seq: int, to: list[str], what: str, words: str, activation: str | None, at: Instant) -> None:
        for person in dict.fromkeys(to):
            self.notifications.append(
                {"person": person, "seq": seq, "what": what, "text": words, "activation": activation, "at": at}
            )
        if to:
            self._ask(seq, TELL_PEOPLE, activation or "", 1, at, None)

    # Incidents

    def _tell_incidents(self, case: Case, event: Event, at: Instant, actor: str) -> None:
        for name in [name for name in case.incidents if name not in self.open_incidents]:
            incident = case.incidents[name]
            self.open_incidents.add(name)
            self.incidents[name] = {
                "incident": name,
                "code": incident.code,
                "sentence": incident.sentence,
                "activation": incident.activation,
                "step": incident.step,
                "owner": incident.owner,
                "opened_at": at,
            }
        for name in [name for name in self.open_incidents if name not in case.incidents]:
            self.open_incidents.discard(name)
            how = event.how if isinstance(event, IncidentResolved) else "no longer in the way"
            change: Row = {"incident": name, "resolved_at": at, "resolved_by": actor, "how": how}
            if name in self.incidents:
                self.incidents[name].update(change)
            else:
                self.resolved[name] = change


def _who(activation: Activation) -> Row:
    return {
        "full": True,
        "assignee": activation.assignee,
        "candidates": list(activation.candidates),
        "guest": activation.guest,
        "due_at": activation.due_at,
    }


def change_task(row: Row, change: Mapping[str, Any]) -> None:
    """Apply a change to a task's row. With `full`, who has it and its due date are replaced, also by nothing."""
    for column, value in change.items():
        if column != "full" and (value is not None or change.get("full")):
            row[column] = value


_STATUS: Final[dict[type[Event], str]] = {StepFinished: "done", StepWithdrawn: "withdrawn", StepSkipped: "skipped"}

_TELL: Final[dict[type[Event], Any]] = {
    StepOpened: Telling.step_opened,
    TaskClaimed: Telling.assigned,
    TaskReleased: Telling.assigned,
    TaskDelegated: Telling.handed_on,
    TaskReassigned: Telling.assigned,
    TaskFirstOpened: Telling.first_opened,
    TaskStarted: Telling.started,
    DueChanged: Telling.due_changed,
    TaskCompleted: Telling.completed,
    CaseMoved: Telling.case_moved,
    StepFinished: Telling.closed,
    StepWithdrawn: Telling.closed,
    StepSkipped: Telling.closed,
    JobRequested: Telling.job_requested,
    JobSucceeded: Telling.job_succeeded,
    JobFailed: Telling.job_failed,
    ChildRequested: Telling.child_requested,
    ChildCancelled: Telling.child_cancelled,
    ChildToFollow: Telling.child_to_follow,
    SurveyAsked: Telling.survey_asked,
    ParentTold: Telling.parent_told,
    PeopleNotified: Telling.people_notified,
}
