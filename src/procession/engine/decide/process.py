"""Processes: members start when every handoff to them has happened, once, with the data the handoffs carry.

A process is decided like any other case. Its activations are its open members; `case.handoffs` counts what happened,
`case.ended` holds the outcome of each member that ended (or `not started`), `case.carried` what handoffs brought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Activation, Json
from procession.engine.decide.children import expressions_as_json
from procession.engine.decide.data import write
from procession.engine.decide.deciding import no_answer
from procession.engine.decide.measuring import hear_measure, put_question
from procession.engine.decide.values import from_portable
from procession.engine.definition import Handoff, HandoffSource, Process
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
    process, case, member = _process(deciding), deciding.case, ask.name
    if member not in process.members or member in open_members(deciding):
        return  # a newer run of it is under way
    if not case.is_open:
        title = process.members[member].title or member
        deciding.emit(ev.CaseReopened(reason=f"{title} was reopened"))
    below = _below(process, member)
    renewed = [one for one in below if one != member and case.ended.get(one) == NOT_STARTED]
    ends = [
        one.id
        for one in process.handoffs
        if one.to is None and one.id in case.handoffs and any(source.member in below for source in one.sources)
    ]
    reopened = ev.MemberReopened(member=member, child=ask.child, renewed_members=renewed, renewed_handoffs=ends)
    deciding.emit(reopened)
    key = deciding.new_id()
    deciding.emit(_opened(deciding, member, key, [], None))
    deciding.emit(ev.ChildStarted(activation=key, child=ask.child))
    if case.is_paused:
        deciding.emit(ev.ChildToFollow(activation=key, child=ask.child))
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
            deciding.incident(
                "type_mismatch", f"{process.fields[name].title} cannot take '{text}' from {member}: {problem}"
            )
    write(deciding, back, "carried", member)


def _seen(deciding: Deciding, values: Mapping[str, object]) -> dict[str, object]:
    """The source's fields, then the process's."""
    return {**deciding.values.of(_process(deciding).fields), **values}


def _ask_feedback(deciding: Deciding, source: HandoffSource) -> None:
    for feedback in _process(deciding).feedback:
        if _matches(feedback.source, source):
            put_question(deciding, source, feedback.to, feedback.ask)


def _matches(source: HandoffSource, event: HandoffSource) -> bool:
    if source.member != event.member or source.milestone != event.milestone:
        return False
    if source.member is None or source.milestone is not None:
        return True
    return event.outcome != "cancelled" if source.outcome in (None, "completed") else source.outcome == event.outcome


def _set_off_by(deciding: Deciding, event: HandoffSource) -> list[Handoff]:
    return [one for one in _process(deciding).handoffs if any(_matches(source, event) for source in one.sources)]


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
    again = [one for one in _process(deciding).handoffs if one.id in context["handoffs"]]
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
            kept=not handoff.again and any(one.again for one in _process(deciding).handoffs),
        )
    )  # fmt: skip
    if handoff.to is None:
        deciding.end_case(handoff.end or deciding.program.definition.outcome)
    elif handoff.again and handoff.to not in open_members(deciding):
        _start_member(deciding, handoff.to, [handoff])


def _renewed(deciding: Deciding, handoff: Handoff) -> tuple[list[str], list[str]]:
    """What a handoff that goes back lets begin anew: its target and every ended member below it, with their
    handoffs."""
    process = _process(deciding)
    below = _below(process, handoff.to)
    members = [member for member in below if member in deciding.case.ended]
    handoffs = [
        other.id
        for other in process.handoffs
        if not other.again
        and other.id in deciding.case.handoffs
        and any(source.member in below for source in other.sources)
    ]
    return members, handoffs


def _below(process: Process, member: str | None) -> list[str]:
    """A member and all that its handoffs lead to, those that go back left out."""
    below: list[str] = [member] if member is not None else []
    for name in below:
        for other in process.handoffs:
            leads = any(source.member == name for source in other.sources)
            if leads and not other.again and other.to is not None and other.to not in below:
                below.append(other.to)
    return below


def open_members(deciding: Deciding) -> dict[str, str]:
    """Member → its open activation."""
    return {one.step: key for key, one in deciding.case.activations.items()}


def _leads_on(deciding: Deciding, member: str) -> bool:
    """Whether the end of this member has to lead on: handoffs wait for it, and none has happened at a milestone."""
    own = [
        (one.id, source.milestone)
        for one in _process(deciding).handoffs
        for source in one.sources
        if source.member == member
    ]
    led = any(milestone is not None and deciding.case.handoffs.get(name) for name, milestone in own)
    return not led and any(milestone is None for _, milestone in own)


def settle(deciding: Deciding) -> None:
    """Start every member whose handoffs have all happened, give up those that cannot, and end when nothing is left.

    Nothing of that while the case is paused.
    """
    if deciding.case.is_paused:
        return
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
        awaited = [
            one for one in incoming if one.optional and one.id not in case.handoffs and can_happen(deciding, one)
        ]
        if missing or awaited:
            continue
        if incoming and not any(handoff.id in case.handoffs for handoff in incoming):
            deciding.emit(ev.MemberNotStarted(member=member, reason="none of its handoffs can happen any more"))
            return True
        going_back = [handoff for handoff in process.handoffs if handoff.to == member and handoff.again]
        if incoming or not going_back:
            _start_member(deciding, member, incoming)
            return True
        if not any(_again_can(deciding, handoff, frozenset()) for handoff in going_back):
            deciding.emit(ev.MemberNotStarted(member=member, reason="nothing went back to it"))
            return True
    return False


def can_happen(deciding: Deciding, handoff: Handoff, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a handoff that has not happened still may."""
    if handoff.id in seen:
        return False
    if any(handoff.id in incident.context.get("handoffs", ()) for incident in deciding.case.incidents.values()):
        return True  # it is undecided until somebody acts
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
    sources = [source.member for handoff in incoming for source in handoff.sources if handoff.id in case.handoffs]
    used = next((handoff.id for handoff in reversed(incoming) if handoff.id in case.handoffs), None)
    activation = deciding.new_id()
    released_by = [one for one in dict.fromkeys(sources) if one]
    deciding.emit(_opened(deciding, member, activation, released_by, used))
    request_member(deciding, member, activation)


def _opened(
    deciding: Deciding, member: str, activation: str, released_by: list[str], handoff: str | None
) -> ev.StepOpened:
    return ev.StepOpened(
        activation=activation, step=member, kind="member", title=_process(deciding).members[member].title or member,
        attempt=deciding.case.visits.get(member, 0) + 1, released_by=released_by, handoff=handoff,
    )  # fmt: skip


def request_member(deciding: Deciding, member: str, activation: str) -> None:
    """Ask for the member's case with what its handoffs carried."""
    carried = _carried_to(deciding, member)
    use = _process(deciding).members[member].use
    deciding.emit(ev.ChildRequested(activation=activation, definition=use, data=carried, member=member))


def _carried_to(deciding: Deciding, member: str) -> dict[str, Json]:
    """What a run of the member is given: all that the handoffs to it carried, and over that what sets this run off.

    A handoff that goes back need not carry again what the first run was given.
    """
    case = deciding.case
    values: dict[str, Json] = {}
    for handoff in _process(deciding).handoffs:
        if handoff.to == member and handoff.id in case.brought:
            values.update(case.brought[handoff.id])
    values.update(case.carried.get(member, {}))
    return values


def retry_member(deciding: Deciding, key: str, one: Activation, typed: Mapping[str, Json]) -> None:
    """Ask again for a member that could not start.

    It gets what its handoffs carried; what they take from the process itself is read anew, and what their source left
    empty is taken from the process's field of that name, where there is one. What somebody typed counts before all.
    """
    process = _process(deciding)
    if typed:
        deciding.emit(ev.DataProvided(activation=key, member=one.step, values=dict(typed)))
    values = _carried_to(deciding, one.step)
    for handoff in process.handoffs:
        if handoff.to != one.step or handoff.id not in deciding.case.handoffs:
            continue
        own = {name: text for name, text in handoff.carry.items() if _of_process_alone(deciding, text)}
        named = {
            name: name for name in handoff.carry if name not in own and name not in values and name in process.fields
        }
        values.update(expressions_as_json(deciding, {**named, **own}, ""))
    values.update(typed)
    use = process.members[one.step].use
    deciding.emit(ev.ChildRequested(activation=key, definition=use, data=values, member=one.step))


def _of_process_alone(deciding: Deciding, text: str) -> bool:
    """Whether an expression reads nothing of the member that hands over."""
    expression = deciding.program.expression(text)
    return expression.names_used <= _process(deciding).fields.keys() and not expression.names_shared


def owner_of(deciding: Deciding, member: str | None, otherwise: str | None = None) -> str | None:
    """Who answers for a member's beginning: whoever a handoff to it names, else the process's owner, else `otherwise`."""
    if member is None:
        return deciding.program.definition.owner or otherwise
    named = (one.owner for one in _process(deciding).handoffs if one.to == member and one.id in deciding.case.handoffs)
    return next((owner for owner in named if owner), deciding.program.definition.owner or otherwise)


def give_up_member(deciding: Deciding, key: str, reason: str) -> None:
    """Pass over a member that could not start; what waits for it is judged anew."""
    member = deciding.case.activations[key].step
    deciding.withdraw(key, reason)
    deciding.emit(ev.MemberNotStarted(member=member, reason=f"passed over: {reason}"))
    settle(deciding)
