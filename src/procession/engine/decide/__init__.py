"""The one place where it is decided what happens.

`advance(program, case, command, moment) → events, case after them`; `decide(…)` gives the events alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from procession.engine import commands as ask
from procession.engine.case import Case
from procession.engine.decide import cases, incidents, jobs, machines, measuring, moving, pausing, tasks
from procession.engine.decide.deciding import Deciding
from procession.engine.events import Event
from procession.engine.moment import Moment
from procession.engine.records import value
from procession.engine.rejections import Conflict

if TYPE_CHECKING:
    from procession.engine.program import Program

Decider = Callable[[Deciding, Any], None]

DECIDERS: dict[type[ask.Command], Decider] = {
    ask.StartCase: cases.start_case,
    ask.CancelCase: cases.cancel_case,
    ask.ReopenCase: cases.reopen_case,
    ask.EditData: cases.edit_data,
    ask.MoveCase: moving.move_case,
    ask.ChangeCaseDue: cases.change_case_due,
    ask.PauseCase: pausing.pause_case,
    ask.ResumeCase: cases.resume_case,
    ask.EnterMeasures: measuring.enter_measures,
    ask.AnswerSurvey: measuring.answer_survey,
    ask.AnswerFeedback: measuring.answer_feedback,
    ask.AddComment: cases.add_comment,
    ask.NoteForecast: cases.note_forecast,
    ask.TellPeople: cases.tell_people,
    ask.SendMessage: machines.send_message,
    ask.CompleteTask: tasks.complete_task,
    ask.ClaimTask: tasks.claim_task,
    ask.ReleaseTask: tasks.release_task,
    ask.DelegateTask: tasks.delegate_task,
    ask.ReassignTask: tasks.reassign_task,
    ask.LookAtTask: tasks.look_at_task,
    ask.BeginTask: tasks.begin_task,
    ask.SendBack: tasks.send_back,
    ask.SkipStep: tasks.skip_step,
    ask.ChangeDue: tasks.change_due,
    ask.CompleteNow: tasks.complete_now,
    ask.FireTimer: machines.fire_timer,
    ask.FinishJob: jobs.finish_job,
    ask.FailJob: jobs.fail_job,
    ask.TakeMessage: machines.receive_message,
    ask.NoteChild: machines.note_child,
    ask.HearChild: machines.hear,
    ask.RejectChild: machines.reject_child,
    ask.RetryIncident: incidents.retry_incident,
    ask.SkipIncident: incidents.skip_incident,
}


@value()
class Decision:
    """What a command leads to."""

    events: list[Event]
    after: Case
    """The case that the events lead to: nobody has to apply them again. It shares nothing that `evolve` changes with
    the case before."""


def advance(program: Program, case: Case, command: ask.Command, moment: Moment) -> Decision:
    """What happens when the command is carried out now, and the case as it is then.

    The case given is never changed. Raises Rejection when the command is refused; then nothing happens at all.
    Commands that come too late from machines (a cancelled timer, an old attempt's result) give no events.
    """
    if case.status == "new" and not isinstance(command, ask.StartCase):
        raise Conflict("This case has not started.")
    deciding = Deciding(program, case, moment)
    if pausing.stands_still(deciding, command):
        return Decision([], case)
    DECIDERS[type(command)](deciding, command)
    deciding.run()
    return Decision(deciding.events, deciding.case)


def decide(program: Program, case: Case, command: ask.Command, moment: Moment) -> list[Event]:
    """The events of `advance`, for whoever applies them himself."""
    return advance(program, case, command, moment).events
