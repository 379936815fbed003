"""Processes: members start when every handoff to them has happened, once, with the data the handoffs carry.

A process is decided like any other case. Its activations are its open members; `case.handoffs` counts what happened,
`case.ended` holds the outcome of each member that ended (or `not started`), `case.carried` what handoffs brought and
`case.brought` what they had brought before, where some handoff goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Json
from procession.engine.decide.children import expressions_as_json
from procession.engine.decide.data import write
from procession.engine.decide.deciding import no_answer
from procession.engine.decide.measuring import hear_measure, put_question
from procession.engine.decide.members import (
    NOT_STARTED,
    members_below,
    open_members,
    opened,
    process_of,
    settle,
    start_member,
)
from procession.engine.decide.values import from_portable
from procession.engine.definition import Handoff, HandoffSource
from procession.engine.expressions import ExpressionError
from procession.engine.rejections import FieldRejection

if TYPE_CHECKING:
    from procession.engine.commands import HearChild
    from procession.engine.decide.deciding import Deciding


def begin_process(deciding: Deciding) -> None:
    """The start is a source of handoffs; members nothing leads to begin at once."""
    _happen(deciding, HandoffSource(), None, {}, _set_off_by(deciding, HandoffSource()))
    settle(deciding)


def hear_member(deciding: Deciding, ask: HearChild) -> None:
    """A member ended or reached a milestone: data back, handoffs out, whatever can start starts."""
    if ask.what == "measure":
        hear_measure(deciding, ask)
        return
    if ask.what == "reopened":
        _take_up_again(deciding, ask)
        return
    key = _part_of(deciding, ask)
    if key is None:
        return
    member = deciding.case.activations[key].step
    if ask.what == "milestone":
        if f"{member}.{ask.name}" in deciding.case.milestones:
            return
        deciding.emit(ev.MilestoneReached(name=f"{member}.{ask.name}", step=member))
        source = HandoffSource(member=member, milestone=ask.name)
    else:
        _take_back(deciding, member, key, from_portable(ask.data))
        deciding.emit(ev.StepFinished(activation=key, step=member, outcome=ask.name))
        source = HandoffSource(member=member, outcome=ask.name)
    _ask_feedback(deciding, source)
    _happen(deciding, source, key, ask.data, _set_off_by(deciding, source))
    settle(deciding)


def _part_of(deciding: Deciding, ask: HearChild) -> str | None:
    """The open activation that a member's case stands for; a member that was reopened has another than it began with."""
    one = deciding.case.activations.get(ask.activation)
    if one is not None:
        return ask.activation if one.child in (None, ask.child) else None
    return next((key for key, other in deciding.case.activations.items() if other.child == ask.child), None)


def _take_up_again(deciding: Deciding, ask: HearChild) -> None:
    """The case of a member that had ended was reopened: the process goes on with it.

    What its handoffs brought about stays; those that did not happen may happen when it ends anew, so members that were
    given up because of it may start after all.
    """
    process, case, member = process_of(deciding), deciding.case, ask.name
    if member not in process.members or member in open_members(deciding):
        return  # a newer run of it is under way
    if not case.is_open:
        title = process.members[member].title or member
        deciding.emit(ev.CaseReopened(reason=f"{title} was reopened"))
    below = members_below(process, member)
    renewed = [one for one in below if one != member and case.ended.get(one) == NOT_STARTED]
    ends = [
        one.id
        for one in process.handoffs
        if one.to is None and one.id in case.handoffs and any(source.member in below for source in one.sources)
    ]
    reopened = ev.MemberReopened(member=member, child=ask.child, renewed_members=renewed, renewed_handoffs=ends)
    deciding.emit(reopened)
    key = deciding.new_id()
    deciding.emit(opened(deciding, member, key, [], None))
    deciding.emit(ev.ChildStarted(activation=key, child=ask.child))
    if case.is_paused:
        deciding.emit(ev.ChildToFollow(activation=key, child=ask.child))
    settle(deciding)


def _take_back(deciding: Deciding, member: str, activation: str, values: Mapping[str, object]) -> None:
    """Data that the member gives back to the process."""
    process = process_of(deciding)
    back: dict[str, Json] = {}
    for name, text in process.members[member].take.items():
        try:
            value = deciding.values.evaluate(text, activation, _seen(deciding, values)).value
            back[name] = None if value is None else fields.from_feel(process.fields[name], value)
        except (FieldRejection, ExpressionError) as problem:
            deciding.incident(
                "type_mismatch", f"{process.fields[name].title} cannot take '{text}' from {member}: {problem}"
            )
    write(deciding, back, "carried", member)


def _seen(deciding: Deciding, values: Mapping[str, object]) -> dict[str, object]:
    """The source's fields, then the process's."""
    return {**deciding.values.of(process_of(deciding).fields), **values}


def _ask_feedback(deciding: Deciding, source: HandoffSource) -> None:
    for feedback in process_of(deciding).feedback:
        if _matches(feedback.source, source):
            put_question(deciding, source, feedback.to, feedback.ask)


def _matches(source: HandoffSource, event: HandoffSource) -> bool:
    if source.member != event.member or source.milestone != event.milestone:
        return False
    if source.member is None or source.milestone is not None:
        return True
    return event.outcome != "cancelled" if source.outcome in (None, "completed") else source.outcome == event.outcome


def _set_off_by(deciding: Deciding, event: HandoffSource) -> list[Handoff]:
    return [one for one in process_of(deciding).handoffs if any(_matches(source, event) for source in one.sources)]


def _happen(
    deciding: Deciding,
    event: HandoffSource,
    activation: str | None,
    data: Mapping[str, Json],
    handoffs: Iterable[Handoff],
) -> None:
    """Let each of the handoffs that an event sets off happen; a member's end that sets none off is an incident."""
    values = from_portable(data)
    happened = undecided = False
    closed: list[str] = []
    for handoff in handoffs:
        if not deciding.case.is_open:
            return
        count = deciding.case.handoffs.get(handoff.id, 0)
        if count and not handoff.again:
            happened = True
            continue
        holds = _condition_holds(deciding, handoff, values)
        if holds is None:
            undecided = True
            answer = deciding.values.evaluate(handoff.when or "", "", _seen(deciding, values))
            sentence = f"Handoff {handoff.id}: {no_answer(handoff.when or '', answer.warnings)}"
            deciding.incident("no_answer", sentence, step=event.member, context=_context(event, data, [handoff.id]))
        elif holds and (handoff.at_most is None or count < handoff.at_most):
            happened = True
            _hand_over(deciding, handoff, event, activation, values, count + 1)
        else:
            closed.append(handoff.id)
    if not happened and not undecided and deciding.case.is_open and event.outcome is not None:
        _no_handoff(deciding, event, data, closed)


def _no_handoff(deciding: Deciding, event: HandoffSource, data: Mapping[str, Json], closed: list[str]) -> None:
    """A member ended, handoffs wait for its end, and none of them is true."""
    member = event.member or ""
    if not _leads_on(deciding, member):
        return
    why = "no handoff out of it is for that"
    if closed:
        why = f"none of its handoffs ({', '.join(closed)}) is possible now"
    sentence = f"{deciding.program.definition.title}: {member} ended as {event.outcome}, and {why}."
    deciding.incident("no_handoff", sentence, step=member, context=_context(event, data, closed))


def _context(event: HandoffSource, data: Mapping[str, Json], handoffs: list[str]) -> dict[str, Json]:
    """What deciding about handoffs again needs: their source, and what it gave."""
    source = {"member": event.member, "outcome": event.outcome, "milestone": event.milestone}
    return {"source": source, "data": dict(data), "handoffs": handoffs}


def retry_handoffs(deciding: Deciding, context: Mapping[str, Json]) -> None:
    """Decide about handoffs again, with the process's data as it is now."""
    source = HandoffSource(**context["source"])
    again = [one for one in process_of(deciding).handoffs if one.id in context["handoffs"]]
    _happen(deciding, source, None, context["data"], again)
    settle(deciding)


def _condition_holds(deciding: Deciding, handoff: Handoff, values: Mapping[str, object]) -> bool | None:
    """Whether a handoff's condition is true; None where it has no answer."""
    if handoff.when is None:
        return True
    value = deciding.values.evaluate(handoff.when, "", _seen(deciding, values)).value
    return None if value is None else value is True


def _hand_over(
    deciding: Deciding,
    handoff: Handoff,
    event: HandoffSource,
    activation: str | None,
    values: Mapping[str, object],
    count: int,
) -> None:
    carried = expressions_as_json(deciding, handoff.carry, "", _seen(deciding, values))
    members, handoffs = _renewed(deciding, handoff) if handoff.again else ([], [])
    deciding.emit(
        ev.HandoffHappened(
            handoff=handoff.id, count=count, source=event.member, activation=activation, to=handoff.to, carried=carried,
            again=handoff.again, renewed_members=members, renewed_handoffs=handoffs,
            kept=not handoff.again and any(one.again for one in process_of(deciding).handoffs),
        )
    )  # fmt: skip
    if handoff.to is None:
        deciding.end_case(handoff.end or deciding.program.definition.outcome)
    elif handoff.again and handoff.to not in open_members(deciding):
        start_member(deciding, handoff.to, [handoff])


def _renewed(deciding: Deciding, handoff: Handoff) -> tuple[list[str], list[str]]:
    """What a handoff that goes back lets begin anew: its target and every ended member below it, with their
    handoffs."""
    process = process_of(deciding)
    below = members_below(process, handoff.to)
    members = [member for member in below if member in deciding.case.ended]
    handoffs = [
        other.id
        for other in process.handoffs
        if not other.again
        and other.id in deciding.case.handoffs
        and any(source.member in below for source in other.sources)
    ]
    return members, handoffs


def _leads_on(deciding: Deciding, member: str) -> bool:
    """Whether the end of this member has to lead on: handoffs wait for it, and none has happened at a milestone."""
    own = [
        (one.id, source.milestone)
        for one in process_of(deciding).handoffs
        for source in one.sources
        if source.member == member
    ]
    led = any(milestone is not None and deciding.case.handoffs.get(name) for name, milestone in own)
    return not led and any(milestone is None for _, milestone in own)
