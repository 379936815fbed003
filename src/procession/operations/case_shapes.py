"""The shapes in which a case is answered: its lines, steps, tasks, timeline, incidents, and the whole of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from procession.engine import events as e
from procession.operations.values import CaseRef, DefinitionRef, FieldView, FormFieldView, PersonRef

StepState = Literal["to do", "open", "late", "stopped", "done", "skipped", "withdrawn", "not reached"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with what the log knows about it."""

    seq: int
    at: datetime
    actor: str
    event: e.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task, as a line of a list."""

    id: str
    title: str
    step: str
    kind: str
    """The kind of its step: task, approval, state, draft."""
    case: CaseRef
    workflow: DefinitionRef
    opened_at: datetime
    assignee: PersonRef | None = None
    candidates: tuple[PersonRef, ...] = ()
    """Who may claim it, while nobody has it."""
    due_at: datetime | None = None
    late: bool = False
    claimable: bool = False
    """The caller may claim it."""
    mine: bool = False
    """It is the caller's."""
    group: Literal["overdue", "today", "this week", "later"] = "later"
    """By its due date, in the organisation's zone; without one it is `later`."""
    guest: bool = False
    """An outsider with a private link does it."""
    attempt: int = 1
    closed_at: datetime | None = None
    outcome: str | None = None
    """Of a closed task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of the workflow and how the case stands to it."""

    id: str
    title: str
    kind: str
    level: int
    """How deep it stands inside blocks; 0 at the top."""
    state: StepState
    activation: str | None = None
    task: str | None = None
    """The id of its open task."""
    outcome: str | None = None
    """Of its latest finished visit."""
    visits: int = 0
    people: tuple[PersonRef, ...] = ()
    """Who has it, could claim it, or finished it last."""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    reason: str | None = None
    """Why it was skipped or withdrawn, or what it is stopped by."""
    case: CaseRef | None = None
    """The case that it started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened, in a sentence."""

    seq: int
    at: datetime
    actor: PersonRef
    type: str
    sentence: str
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """A comment on a case."""

    seq: int
    at: datetime
    author: PersonRef
    text: str
    """Markdown."""
    mentions: tuple[PersonRef, ...] = ()
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """What keeps a case from going on, and what can be done."""

    id: str
    case: CaseRef
    code: str
    sentence: str
    since: datetime | None
    step: str | None = None
    title: str | None = None
    owner: str | None = None
    """The group or person who should act."""
    actions: tuple[Literal["retry", "skip", "edit data", "reassign"], ...] = ()
    form: tuple[FormFieldView, ...] = ()
    """What is missing, of a member that waits for data: give it with `incident.retry`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureView:
    """A figure of the case."""

    name: str
    title: str
    type: str
    value: Any
    """None while it is unknown."""
    shown: str
    asked: PersonRef | None = None
    """Who has been sent a survey about it and has not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """Something that the process asked back along its way."""

    id: str
    question: str
    group: str
    source: str
    """What set it off, such as `background.completed`."""
    asked_at: datetime | None
    good: bool | None
    """The answer; None while there is none."""
    text: str = ""
    by: PersonRef | None = None
    answered_at: datetime | None = None
    can_answer: bool = False
    """The caller is one of those asked, and nobody has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Why a case stands still."""

    since: datetime | None
    reason: str
    with_parent: bool
    """It follows the case that it is a part of, and goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildView:
    """A case that a step or member of this one started."""

    case: CaseRef
    workflow: DefinitionRef | None
    step: str | None
    member: str | None
    outcome: str | None
    started_at: datetime | None
    closed_at: datetime | None
    with_: tuple[PersonRef, ...] = ()
    """Who has it now."""
    since: datetime | None = None
    """Since when they have it."""
    now: tuple[str, ...] = ()
    """The titles of its open tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBlock:
    """A step of several that is under way."""

    task: str
    """What `task.finish_now` takes."""
    title: str
    open: int
    """How many tasks are open in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseActions:
    """What the caller may do with the case now."""

    comment: bool = False
    edit_data: bool = False
    change_due: bool = False
    cancel: bool = False
    reopen: bool = False
    pause: bool = False
    resume: bool = False
    move: bool = False
    """To another version of its workflow or process."""
    move_back: bool = False
    enter_measures: bool = False
    send_message: bool = False
    reopen_at: tuple[tuple[str, str], ...] = ()
    """Steps where it can go on: id and title."""
    finish_now: tuple[OpenBlock, ...] = ()
    """Steps of several under way that may be finished early, such as an `each`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case, with all that its page shows."""

    id: str
    number: int
    name: str
    workflow: DefinitionRef
    status: str
    """open, done, cancelled."""
    outcome: str | None
    cancel_reason: str | None
    """Why it is cancelled; of an open case: why it is being cancelled, while its clean-up runs."""
    starter: PersonRef
    started_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    late: bool
    version: int
    """Hand it in as `version` with a change that must not overwrite another's."""
    data: tuple[FieldView, ...]
    tasks: tuple[TaskRow, ...]
    steps: tuple[StepView, ...]
    timeline: tuple[TimelineEntry, ...]
    """The newest first."""
    comments: tuple[CommentView, ...]
    """The oldest first."""
    incidents: tuple[IncidentView, ...]
    milestones: tuple[tuple[str, datetime | None], ...]
    children: tuple[ChildView, ...]
    parent: CaseRef | None
    process: CaseRef | None
    can: CaseActions
    measures: tuple[MeasureView, ...] = ()
    feedback: tuple[FeedbackView, ...] = ()
    paused: Paused | None = None
    status_link: str | None = None
    """The path of the page that the requester may hand on."""
