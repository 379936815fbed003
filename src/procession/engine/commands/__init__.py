"""What may be asked of a case. Attribute docstrings are the documentation at every door.

A task is named `CASE.ACTIVATION`; the store finds the case by the part before the dot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from procession.engine.case import Json
from procession.engine.records import value
from procession.engine.rejections import FieldRejection, InvalidForm, Rejection, UnknownField

if TYPE_CHECKING:
    from procession.engine.program import Program


@value(kw_only=True)
class Command:
    """Something asked of one case."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    """For doors, which read commands with Pydantic: an unknown key is refused."""


# --- cases ------------------------------------------------------------------------------------------------------------


@value(kw_only=True)
class StartCase(Command):
    """Start a case of a workflow or a process."""

    data: dict[str, Json] = field(default_factory=dict[str, Json])
    """Values for the start form."""
    number: int = 0
    """Running number within the definition, given by the store."""
    parent: str | None = None
    parent_activation: str | None = None
    process_case: str | None = None
    member: str | None = None
    starter: str | None = None
    """Whose case it is; None: the actor."""


@value(kw_only=True)
class CancelCase(Command):
    """Cancel a case; its open tasks are withdrawn and their people told."""

    reason: str
    """Why; shown to everyone involved."""


@value(kw_only=True)
class ReopenCase(Command):
    """Let a finished or cancelled case go on at a step."""

    step: str
    """Where it goes on: the id of a step outside any block."""
    reason: str


@value(kw_only=True)
class EditData(Command):
    """Correct fields of a running case."""

    values: dict[str, Json]
    reason: str


@value(kw_only=True)
class MoveCase(Command):
    """Let a running case go on in another version of its definition."""

    to: Program = field(repr=False)
    """That version, compiled."""
    reason: str = ""
    undo: bool = False
    """Go back where the latest move came from; refused once a task was completed since."""
    steps: Mapping[str, str] = field(default_factory=dict[str, str])
    """Old → new id of steps that are called otherwise in that version. On the way back: those of the latest move, the
    other way round."""


@value(kw_only=True)
class ChangeCaseDue(Command):
    """Give the case another due date."""

    due_at: datetime | None
    reason: str


@value(kw_only=True)
class AddComment(Command):
    """Write a comment on a case."""

    text: str
    mentions: tuple[str, ...] = ()
    activation: str | None = None


@value(kw_only=True)
class NoteForecast(Command):
    """Record when a case of a process will probably end, and tell those whose date has moved."""

    ends_at: datetime
    """When it probably ends."""
    begins: dict[str, str] = field(default_factory=dict[str, str])
    """Member → when it probably begins, as an instant."""
    told: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What to tell, and whom."""


@value(kw_only=True)
class TellPeople(Command):
    """Tell people something that this case is an example of."""

    what: str
    """pilot."""
    text: str
    people: tuple[str, ...]


@value(kw_only=True)
class SendMessage(Command):
    """Send a message to this very case."""

    name: str
    data: Json = None


@value(kw_only=True)
class PauseCase(Command):
    """Let a case stand still: its timers stop, and its tasks cannot be completed until it is resumed."""

    reason: str
    """Why; shown to everyone involved."""
    with_parent: bool = False


@value(kw_only=True)
class ResumeCase(Command):
    """Let a paused case go on; due dates move by the working time that has passed."""

    reason: str = ""
    with_parent: bool = False


@value(kw_only=True)
class EnterMeasures(Command):
    """Say what measures of a case are; null makes one unknown again."""

    values: dict[str, Json]


@value(kw_only=True)
class AnswerSurvey(Command):
    """Answer a survey, once."""

    survey: str
    value: Json


@value(kw_only=True)
class AnswerFeedback(Command):
    """Answer what a process asks back, once for all who were asked."""

    feedback: str
    good: bool
    text: str = ""


# --- tasks ------------------------------------------------------------------------------------------------------------


@value(kw_only=True)
class TaskCommand(Command):
    """Something asked of one task."""

    task_id: str
    """The task: `CASE.ACTIVATION`."""


@value(kw_only=True)
class CompleteTask(TaskCommand):
    """Finish a task and hand its values to the case."""

    outcome: str | None = None
    """The chosen outcome, where the step offers several."""
    values: dict[str, Json] = field(default_factory=dict[str, Json])
    """The form's fields."""
    checked: tuple[int, ...] = ()
    """Places of the ticked points of the checklist, from 0."""


@value(kw_only=True)
class ClaimTask(TaskCommand):
    """Take a task that several people could do."""


@value(kw_only=True)
class ReleaseTask(TaskCommand):
    """Give a claimed task back to its candidates."""


@value(kw_only=True)
class DelegateTask(TaskCommand):
    """Give your task to somebody else."""

    to: str
    """Who does it from now on."""
    reason: str = ""
    """Why; the one who takes over reads it."""


@value(kw_only=True)
class ReassignTask(TaskCommand):
    """Give anybody's task to somebody else, as an administrator or the owner of the workflow."""

    to: str
    """Who does it from now on."""
    reason: str = ""
    """Why; the one who takes over reads it."""


@value(kw_only=True)
class LookAtTask(TaskCommand):
    """Record that somebody opened the task's page."""


@value(kw_only=True)
class BeginTask(TaskCommand):
    """Record that work began, at the first saved input."""


@value(kw_only=True)
class SendBack(TaskCommand):
    """Send the case back from an open task to an earlier step of the same list or an enclosing one."""

    to: str
    """The step's id."""
    reason: str
    """Why; whoever does the earlier step reads it."""


@value(kw_only=True)
class SkipStep(TaskCommand):
    """Pass over an open step, with a reason."""

    reason: str
    """Why; it stays on the case."""


@value(kw_only=True)
class ChangeDue(TaskCommand):
    """Give an open task another due date."""

    due_at: datetime | None
    """The moment; null removes the due date. Without a zone it is meant in the organisation's."""
    reason: str
    """Why; it stays on the case."""


@value(kw_only=True)
class CompleteNow(TaskCommand):
    """Finish an open `each` now: what is open in it is withdrawn, the next step opens."""

    reason: str
    """Why; it stays on the case."""


# --- machines -------------------------------------------------------------------------------------------------------


@value(kw_only=True)
class FireTimer(Command):
    """A timer is due."""

    activation: str
    timer: str


@value(kw_only=True)
class FinishJob(Command):
    """A job gave its result."""

    activation: str
    attempt: int
    result: Json = None


@value(kw_only=True)
class FailJob(Command):
    """An attempt of a job failed."""

    activation: str
    attempt: int
    error: str
    retry: bool = True
    """False where another attempt cannot help."""
    jitter: float = 0.5
    """0 to 1, drawn by the worker: where in the ±20 % the next attempt falls."""


@value(kw_only=True)
class TakeMessage(Command):
    """Deliver a message to the wait that the store found for it."""

    activation: str
    name: str
    key: str | None = None
    data: Json = None


@value(kw_only=True)
class NoteChild(Command):
    """The requested child case exists now."""

    activation: str
    child: str


@value(kw_only=True)
class HearChild(Command):
    """A child or member ended, or reached a milestone."""

    activation: str
    child: str
    what: str
    """`ended`, `milestone`, `measure` or `reopened`."""
    name: str
    """The outcome, the milestone, the measure, or the member."""
    data: dict[str, Json] = field(default_factory=dict[str, Json])
    definition: str = ""


@value(kw_only=True)
class RejectChild(Command):
    """The requested child could not be started."""

    activation: str
    code: str
    sentence: str
    fields: tuple[str, ...] = ()
    """What it lacks, or what does not fit."""
    owner: str | None = None
    """The group that answers for what could not be started."""


def rejected_child(activation: str, refused: Rejection, owner: str | None = None) -> RejectChild:
    """What to tell the case that asked for a child, when starting it was refused."""
    named = cast("Sequence[str]", refused.details.get("missing", ()))
    problems = refused.problems if isinstance(refused, InvalidForm) else (refused,)
    wrong = [one.field for one in problems if isinstance(one, FieldRejection) and not isinstance(one, UnknownField)]
    return RejectChild(
        activation=activation, code=refused.kind, sentence=refused.message,
        fields=tuple(dict.fromkeys([*named, *wrong])), owner=owner,
    )  # fmt: skip


# --- incidents ------------------------------------------------------------------------------------------------------


@value(kw_only=True)
class RetryIncident(Command):
    """Try again what an incident stopped."""

    incident: str
    values: dict[str, Json] = field(default_factory=dict[str, Json])
    """Of a member that waits for data: what it lacks."""


@value(kw_only=True)
class SkipIncident(Command):
    """Pass over the step that an incident stopped, with a reason."""

    incident: str
    reason: str
