"""What timers, workers, messages and other cases bring to a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Activation, Json
from procession.engine.decide import arrows
from procession.engine.decide.assignment import eligible, excluded_people, people_for
from procession.engine.decide.children import hear_child
from procession.engine.decide.members import owner_of
from procession.engine.decide.places import Place
from procession.engine.decide.process import hear_member
from procession.engine.decide.quorum import finish_seat
from procession.engine.decide.tasks import action_holds
from procession.engine.decide.timing import notice_of
from procession.engine.decide.values import storable
from procession.engine.decide.waiting import take_message
from procession.engine.definition import Notice, Step
from procession.engine.rejections import Conflict, InvalidField

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding

LATER = "9999"
"""After every moment."""


def fire_timer(deciding: Deciding, ask: ask_.FireTimer) -> None:
    """A timer rings; one that was cancelled meanwhile changes nothing."""
    one = deciding.case.activations.get(ask.activation)
    if one is None or one.timers.get(ask.timer, LATER) > deciding.at:
        return
    node = deciding.node(one)
    step = node.step
    deciding.emit(ev.TimerFired(activation=ask.activation, timer=ask.timer))
    if ask.timer == "time":
        if one.incident is None:  # else a message or a milestone came first, and what it brought does not fit yet
            deciding.finish(ask.activation, "time")
        return
    if ask.timer.startswith("after-"):
        after = step.config.after[int(ask.timer.removeprefix("after-")) - 1]
        deciding.withdraw(ask.activation, f"{after.span} passed in {step.title}")
        arrows.go(deciding, Place(one.up, one.branch, (ask.activation,)), after.to)
        return
    notice = notice_of(step, ask.timer)
    if notice is not None:
        _notice(deciding, ask.activation, one, step, notice, ask.timer)


def _notice(deciding: Deciding, key: str, one: Activation, step: Step, notice: Notice, timer: str) -> None:
    people = people_for(deciding, notice.to, key)
    what = timer.partition("-")[0]
    if notice.do == "notify":
        if people:
            deciding.emit(ev.PeopleNotified(to=people, what=what, text=_text(step, what), activation=key))
    elif notice.do == "reassign":
        _reassign(deciding, key, one, step, people, notice)
    elif one.seat:
        finish_seat(deciding, key, notice.do)
    elif step.kind == "state" and not action_holds(deciding, step, notice.do):
        deciding.incident("illegal_transition", f"'{step.title}' is late, but '{notice.do}' is not possible now.", key)
    else:
        deciding.finish(key, notice.do)


def _reassign(deciding: Deciding, key: str, one: Activation, step: Step, people: list[str], notice: Notice) -> None:
    """Overdue work goes to somebody else; a seat of a quorum to one person who has none yet."""
    chosen = eligible(deciding, people, excluded_people(deciding, getattr(step.config, "not_by", ())))
    if one.seat:
        chosen = [person for person in chosen if person not in deciding.case.activations[one.up].seats][:1]
    if not chosen:
        words = ", ".join(str(word) for word in notice.to)
        deciding.incident("nobody_eligible", f"'{step.title}' should go to {words}, but nobody there can take it.", key)
        return
    single = chosen[0] if len(chosen) == 1 else None
    deciding.emit(ev.TaskReassigned(activation=key, person=single, candidates=[] if single else chosen,
                                    before=one.assignee, reason="it was overdue"))  # fmt: skip
    deciding.emit(ev.PeopleNotified(to=chosen, what="escalate", text=_text(step, "escalate"), activation=key))


def _text(step: Step, what: str) -> str:
    return f"{step.title} is late" if what == "escalate" else f"{step.title} is due soon"


def send_message(deciding: Deciding, ask: ask_.SendMessage) -> None:
    """A message to this very case: the oldest wait without `match` takes it, or it is kept."""
    if not deciding.case.is_open:
        raise Conflict("This case is no longer running.")
    _refuse_unstorable(ask.data)
    for key, one in deciding.case.activations.items():
        if one.message == ask.name and one.key is None and one.incident is None:
            take_message(deciding, key, ask.name, None, ask.data)
            return
    deciding.emit(ev.MessageKept(name=ask.name, data=ask.data))


def _refuse_unstorable(data: Json) -> None:
    if storable(data) != data:
        raise InvalidField("data", "The message's data holds something that cannot be stored.",
                           hint="Write plain JSON: no infinite numbers, no zero characters, not too deep.")  # fmt: skip


def receive_message(deciding: Deciding, ask: ask_.TakeMessage) -> None:
    """Deliver to the wait that was found; refused when it is gone, so that the message can find another."""
    one = deciding.case.activations.get(ask.activation)
    if one is None or one.message != ask.name or one.key != ask.key or one.incident is not None:
        raise Conflict("Nothing here waits for this message any more.")
    _refuse_unstorable(ask.data)
    take_message(deciding, ask.activation, ask.name, ask.key, ask.data)


def note_child(deciding: Deciding, ask: ask_.NoteChild) -> None:
    """The child exists. If its step was withdrawn meanwhile, it is cancelled at once.

    A detached child is never noted. Cancelling one that has ended by itself changes nothing.
    """
    if ask.activation in deciding.case.activations:
        deciding.emit(ev.ChildStarted(activation=ask.activation, child=ask.child))
        if deciding.case.is_paused:
            deciding.emit(ev.ChildToFollow(activation=ask.activation, child=ask.child))
    else:
        deciding.emit(ev.ChildCancelled(activation=ask.activation, child=ask.child))


def hear(deciding: Deciding, ask: ask_.HearChild) -> None:
    """A child or a member has news."""
    if deciding.program.definition.kind == "process":
        hear_member(deciding, ask)
    else:
        hear_child(deciding, ask)


def reject_child(deciding: Deciding, ask: ask_.RejectChild) -> None:
    """The child could not start: an incident on the step that asked for it."""
    one = deciding.case.activations.get(ask.activation)
    if one is None or one.child is not None or one.incident is not None:
        return
    if deciding.program.definition.kind == "workflow" and deciding.node(one).step.kind != "workflow":
        return
    code = "waiting_for_data" if ask.code in ("missing_field", "invalid_field", "unknown_field") else ask.code
    member = one.step if deciding.program.definition.kind == "process" else None
    owner = owner_of(deciding, member, ask.owner)
    context: dict[str, Json] = {"fields": list(ask.fields)} if ask.fields else {}
    deciding.incident(code, ask.sentence, ask.activation, context=context, owner=owner)
    people = [one for one in _answer_for(deciding, owner) if one != deciding.actor]
    if people:
        deciding.emit(ev.PeopleNotified(to=people, what="incident", text=ask.sentence, activation=ask.activation))


def _answer_for(deciding: Deciding, owner: str | None) -> list[str]:
    """Whom to tell that something is stopped: the owner's people, or the administrators where it has none."""
    directory = deciding.moment.directory
    group = directory.groups.get(owner or "", ())
    return list(group) or [one.id for one in directory.people.values() if one.admin and one.active]
