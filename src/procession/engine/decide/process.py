"""Processes: members start when every handoff to them has happened, once, with the data the handoffs carry.

A process is decided like any other case. Its activations are its open members; `case.handoffs` counts what happened,
`case.ended` holds the outcome of each member that ended (or `not started`), `case.carried` what handoffs brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Activation, Json
from procession.engine.decide.assignment import people_for
from procession.engine.decide.children import expressions_as_json
from procession.engine.decide.data import write
from procession.engine.decide.deciding import no_answer
from procession.engine.decide.values import from_portable
from procession.engine.definition import Assignee, Handoff, HandoffSource, Process, Text
from procession.engine.expressions import ExpressionError
from procession.engine.rejections import FieldRejection

if TYPE_CHECKING:
    from procession.engine.commands import HearChild
    from procession.engine.decide.deciding import Deciding

NOT_STARTED = "not started"


def _process(deciding: Deciding) -> Process:
    return cast("Process", deciding.program.definition)


def begin_process(deciding: Deciding) -> None:
    """The start is a source of handoffs; members nothing leads to begin at once."""
    _happen(deciding, HandoffSource(), None, {})
    settle(deciding)


def hear_member(deciding: Deciding, ask: HearChild) -> None:
    """A member ended or reached a milestone: data back, handoffs out, whatever can start starts."""
    one = deciding.case.activations.get(ask.activation)
    if one is None:
        return
    member = one.step
    values = from_portable(ask.data)
    if ask.what == "milestone":
        if f"{member}.{ask.name}" not in deciding.case.milestones:
            deciding.emit(ev.MilestoneReached(name=f"{member}.{ask.name}", step=member))
            _happen(deciding, HandoffSource(member=member, milestone=ask.name), ask.activation, values)
            settle(deciding)
        return
    _take_back(deciding, member, ask.activation, values)
    deciding.emit(ev.StepFinished(activation=ask.activation, step=member, outcome=ask.name))
    happened = _happen(deciding, HandoffSource(member=member, outcome=ask.name), ask.activation, values)
    _ask_feedback(deciding, member, ask.name)
    if deciding.case.is_open:
        if not happened and _leads_on(deciding, member):
            title = deciding.program.definition.title
            deciding.incident("no_handoff", f"{title}: {member} ended as {ask.name}, and no handoff out of it is for that.")
        settle(deciding)


def _take_back(deciding: Deciding, member: str, activation: str, values: Mapping[str, object]) -> None:
    """Data that the member gives back to the process."""
    process = _process(deciding)
    back: dict[str, Json] = {}
    for name, text in process.members[member].take.items():
        try:
            value = deciding.values.evaluate(text, activation, _seen(deciding, values)).value
            back[name] = None if value is None else fields.from_feel(process.fields[name], value)
        except (FieldRejection, ExpressionError) as problem:
            deciding.incident("type_mismatch", f"{process.fields[name].title} cannot take '{text}' from {member}: {problem}")
    write(deciding, back, "carried", member)


def _seen(deciding: Deciding, values: Mapping[str, object]) -> dict[str, object]:
    """The source's fields, then the process's."""
    return {**deciding.values.of(_process(deciding).fields), **values}


def _ask_feedback(deciding: Deciding, member: str, outcome: str) -> None:
    for feedback in _process(deciding).feedback:
        if _matches(feedback.source, HandoffSource(member=member, outcome=outcome)):
            people = people_for(deciding, [Assignee("group", Text(feedback.to))])
            if people:
                deciding.emit(ev.PeopleNotified(to=people, what="feedback", text=feedback.ask))


def _matches(source: HandoffSource, event: HandoffSource) -> bool:
    if source.member != event.member or source.milestone != event.milestone:
        return False
    if source.member is None or source.milestone is not None:
        return True
    return event.outcome != "cancelled" if source.outcome in (None, "completed") else source.outcome == event.outcome


def _happen(deciding: Deciding, event: HandoffSource, activation: str | None, values: Mapping[str, object]) -> bool:
    """Let every handoff that this sets off happen; true when one did."""
    happened = False
    for handoff in _process(deciding).handoffs:
        if not deciding.case.is_open or not any(_matches(source, event) for source in handoff.sources):
            continue
        count = deciding.case.handoffs.get(handoff.id, 0)
        if (count and not handoff.again) or (handoff.at_most is not None and count >= handoff.at_most):
            happened = happened or count > 0
            continue
        if not _condition_holds(deciding, handoff, values):
            continue
        happened = True
        _hand_over(deciding, handoff, event, activation, values, count + 1)
    return happened


def _condition_holds(deciding: Deciding, handoff: Handoff, values: Mapping[str, object]) -> bool:
    if handoff.when is None:
        return True
    answer = deciding.values.evaluate(handoff.when, "", _seen(deciding, values))
    if answer.value is None:
        deciding.incident("no_answer", f"Handoff {handoff.id}: {no_answer(handoff.when, answer.warnings)}")
    return answer.value is True


def _hand_over(
    deciding: Deciding, handoff: Handoff, event: HandoffSource, activation: str | None, values: Mapping[str, object], count: int
) -> None:
    carried = expressions_as_json(deciding, handoff.carry, "", _seen(deciding, values))
    members, handoffs = _renewed(deciding, handoff) if handoff.again else ([], [])
    deciding.emit(
        ev.HandoffHappened(
            handoff=handoff.id, count=count, source=event.member, activation=activation, to=handoff.to, carried=carried,
            again=handoff.again, renewed_members=members, renewed_handoffs=handoffs,
        )
    )  # fmt: skip
    if handoff.to is None:
        deciding.end_case(handoff.end or deciding.program.definition.outcome)
    elif handoff.again and handoff.to not in open_members(deciding):
        _start_member(deciding, handoff.to, [handoff])


def _renewed(deciding: Deciding, handoff: Handoff) -> tuple[list[str], list[str]]:
    """What a handoff that goes back lets begin anew: its target and every ended member below it, with their handoffs."""
    process = _process(deciding)
    below: list[str] = [handoff.to] if handoff.to is not None else []
    for member in below:
        for other in process.handoffs:
            leads = any(source.member == member for source in other.sources)
            if leads and not other.again and other.to is not None and other.to not in below:
                below.append(other.to)
    members = [member for member in below if member in deciding.case.ended]
    handoffs = [
        other.id
        for other in process.handoffs
        if not other.again and other.id in deciding.case.handoffs and any(source.member in below for source in other.sources)
    ]
    return members, handoffs


def open_members(deciding: Deciding) -> dict[str, str]:
    """Member → its open activation."""
    return {one.step: key for key, one in deciding.case.activations.items()}


def _leads_on(deciding: Deciding, member: str) -> bool:
    """Whether any handoff waits for the end of this member."""
    return any(
        source.member == member and source.milestone is None for handoff in _process(deciding).handoffs for source in handoff.sources
    )


def settle(deciding: Deciding) -> None:
    """Start every member whose handoffs have all happened, give up those that cannot, and end when nothing is left."""
    while deciding.case.is_open and _settle_once(deciding):
        pass
    case = deciding.case
    if case.is_open and not case.activations and not case.incidents:
        left = [member for member in _process(deciding).members if member not in case.ended]
        if not left:
            deciding.end_case(deciding.program.definition.outcome)


def _settle_once(deciding: Deciding) -> bool:
    process, case = _process(deciding), deciding.case
    for member in process.members:
        if member in case.ended or member in open_members(deciding):
            continue
        incoming = [handoff for handoff in process.handoffs if handoff.to == member and not handoff.again]
        needed = [handoff for handoff in incoming if not handoff.optional]
        missing = [handoff for handoff in needed if handoff.id not in case.handoffs]
        lost = next((handoff for handoff in missing if not can_happen(deciding, handoff)), None)
        if lost is not None:
            deciding.emit(ev.MemberNotStarted(member=member, reason=f"handoff {lost.id} can no longer happen"))
            return True
        awaited = [one for one in incoming if one.optional and one.id not in case.handoffs and can_happen(deciding, one)]
        if missing or awaited:
            continue
        if incoming and not any(handoff.id in case.handoffs for handoff in incoming):
            deciding.emit(ev.MemberNotStarted(member=member, reason="none of its handoffs can happen any more"))
            return True
        if not incoming and not any(handoff.to == member for handoff in process.handoffs):
            _start_member(deciding, member, [])
            return True
        if incoming:
            _start_member(deciding, member, incoming)
            return True
    return False


def can_happen(deciding: Deciding, handoff: Handoff, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a handoff that has not happened still may."""
    if handoff.id in seen:
        return False
    return any(_source_can(deciding, source, seen | {handoff.id}) for source in handoff.sources)


def _source_can(deciding: Deciding, source: HandoffSource, seen: frozenset[str]) -> bool:
    case = deciding.case
    if source.member is None:
        return False
    if source.member in open_members(deciding):
        return source.milestone is None or f"{source.member}.{source.milestone}" not in case.milestones
    incoming = [one for one in _process(deciding).handoffs if one.to == source.member]
    if source.member in case.ended:
        return any(one.again and _again_can(deciding, one, seen) for one in incoming)
    return not incoming or any(one.id in case.handoffs or can_happen(deciding, one, seen) for one in incoming)


def _again_can(deciding: Deciding, handoff: Handoff, seen: frozenset[str]) -> bool:
    used_up = handoff.at_most is not None and deciding.case.handoffs.get(handoff.id, 0) >= handoff.at_most
    return not used_up and can_happen(deciding, handoff, seen)


def _start_member(deciding: Deciding, member: str, incoming: list[Handoff]) -> None:
    case = deciding.case
    process = _process(deciding)
    sources = [source.member for handoff in incoming for source in handoff.sources if handoff.id in case.handoffs]
    used = next((handoff.id for handoff in reversed(incoming) if handoff.id in case.handoffs), None)
    activation = deciding.new_id()
    deciding.emit(
        ev.StepOpened(
            activation=activation, step=member, kind="member", title=process.members[member].title or member,
            attempt=case.visits.get(member, 0) + 1, released_by=[one for one in dict.fromkeys(sources) if one], handoff=used,
        )
    )  # fmt: skip
    request_member(deciding, member, activation)


def request_member(deciding: Deciding, member: str, activation: str) -> None:
    """Ask for the member's case with what its handoffs carried."""
    carried = dict(deciding.case.carried.get(member, {}))
    use = _process(deciding).members[member].use
    deciding.emit(ev.ChildRequested(activation=activation, definition=use, data=carried, member=member))


def retry_member(deciding: Deciding, key: str, one: Activation) -> None:
    """Ask again for a member that could not start: its handoffs' expressions are read with the data as it is now."""
    values: dict[str, Json] = {}
    for handoff in _process(deciding).handoffs:
        if handoff.to == one.step and handoff.id in deciding.case.handoffs:
            values.update(expressions_as_json(deciding, handoff.carry, "", _seen(deciding, {})))
    deciding.emit(
        ev.ChildRequested(activation=key, definition=_process(deciding).members[one.step].use, data=values, member=one.step)
    )
