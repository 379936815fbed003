"""What is said of a case as a whole, and of what people say of it."""

from __future__ import annotations

from procession.engine import events as ev
from procession.engine.case import Case, Json
from procession.engine.evolve.applying import applies, without, write
from procession.engine.evolve.renaming import rename_steps
from procession.engine.instants import Instant


@applies(ev.CaseStarted)
def _case_started(case: Case, event: ev.CaseStarted, at: Instant, actor: str) -> None:
    case.definition, case.version, case.kind = event.definition, event.version, event.kind
    case.name, case.number, case.starter, case.due_at = event.name, event.number, event.starter, event.due_at
    case.parent, case.parent_activation = event.parent, event.parent_activation
    case.process_case, case.member = event.process_case, event.member
    case.data, case.origins = dict(event.data), dict(event.origins)
    case.started_at = at
    case.status = "open"


@applies(ev.CaseClosed)
def _case_closed(case: Case, event: ev.CaseClosed, at: Instant, actor: str) -> None:
    case.status, case.outcome, case.closed_at = "done", event.outcome, at
    case.incidents = {}
    _go_on(case)


@applies(ev.CaseCancelling)
def _case_cancelling(case: Case, event: ev.CaseCancelling, at: Instant, actor: str) -> None:
    case.cancelling, case.cancelled_by = event.reason, actor


@applies(ev.CaseCancelled)
def _case_cancelled(case: Case, event: ev.CaseCancelled, at: Instant, actor: str) -> None:
    case.status, case.outcome, case.closed_at = "cancelled", "cancelled", at
    case.cancelling, case.cancelled_by = None, None
    case.incidents = {}
    _go_on(case)


@applies(ev.CaseReopened)
def _case_reopened(case: Case, event: ev.CaseReopened, at: Instant, actor: str) -> None:
    case.status, case.outcome, case.closed_at = "open", None, None


@applies(ev.CaseDueChanged)
def _case_due_changed(case: Case, event: ev.CaseDueChanged, at: Instant, actor: str) -> None:
    case.due_at = event.due_at


@applies(ev.CaseMoved)
def _case_moved(case: Case, event: ev.CaseMoved, at: Instant, actor: str) -> None:
    case.version = event.version
    case.moved_from = None if event.undoes else event.before
    case.moved_steps = {} if event.undoes else dict(event.steps)
    if event.steps:
        rename_steps(case, event.steps)


@applies(ev.CaseRenamed)
def _case_renamed(case: Case, event: ev.CaseRenamed, at: Instant, actor: str) -> None:
    case.name = event.name


@applies(ev.DataWritten)
def data_written(case: Case, event: ev.DataWritten, at: Instant, actor: str) -> None:
    write(case.data, event.values)
    for name in event.values:
        base = name if "[" not in name else name.partition("[")[0]
        if case.origins.get(base) != event.origin:
            case.origins = {**case.origins, base: event.origin}


@applies(ev.MilestoneReached)
def _milestone_reached(case: Case, event: ev.MilestoneReached, at: Instant, actor: str) -> None:
    if event.name not in case.milestones:
        case.milestones = {**case.milestones, event.name: at}


@applies(ev.DataSealed)
def _data_sealed(case: Case, event: ev.DataSealed, at: Instant, actor: str) -> None:
    case.sealed = [*case.sealed, *(name for name in event.fields if name not in case.sealed)]


@applies(ev.CasePaused)
def _case_paused(case: Case, event: ev.CasePaused, at: Instant, actor: str) -> None:
    case.paused_at, case.paused_why, case.paused_with_parent = at, event.reason, event.with_parent


@applies(ev.CaseResumed)
def _case_resumed(case: Case, event: ev.CaseResumed, at: Instant, actor: str) -> None:
    _go_on(case)


def _go_on(case: Case) -> None:
    case.paused_at, case.paused_why, case.paused_with_parent = None, "", False


# --- what people say of it ---------------------------------------------------------------------------------------------


@applies(ev.SurveyAsked)
def _survey_asked(case: Case, event: ev.SurveyAsked, at: Instant, actor: str) -> None:
    asked: Json = {
        "step": event.step, "measure": event.measure, "question": event.question, "to": event.to, "at": at,
        "expires_at": event.expires_at,
    }  # fmt: skip
    case.surveys = {**case.surveys, event.survey: asked}


@applies(ev.MeasureGiven)
def _measure_given(case: Case, event: ev.MeasureGiven, at: Instant, actor: str) -> None:
    if event.survey is not None:
        case.surveys = without(case.surveys, event.survey)
    if event.value is None:
        case.measures = without(case.measures, event.name)
    else:
        case.measures = {**case.measures, event.name: event.value}


@applies(ev.FeedbackAsked)
def _feedback_asked(case: Case, event: ev.FeedbackAsked, at: Instant, actor: str) -> None:
    case.n = max(case.n, int(event.feedback[1:]))
    asked: Json = {
        "source": event.source, "group": event.group, "question": event.question, "to": event.to, "at": at,
    }  # fmt: skip
    case.feedback = {**case.feedback, event.feedback: asked}


@applies(ev.FeedbackGiven)
def _feedback_given(case: Case, event: ev.FeedbackGiven, at: Instant, actor: str) -> None:
    answer = {"good": event.good, "text": event.text, "by": actor, "answered_at": at}
    case.feedback = {**case.feedback, event.feedback: {**case.feedback[event.feedback], **answer}}
