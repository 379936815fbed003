"""Members of a process: which can start, what a run of one is given, and when nothing is left to start.

The state that this reads is told in `procession.engine.decide.process`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine.case import Activation, Json
from procession.engine.decide.children import expressions_as_json
from procession.engine.definition import Handoff, HandoffSource, Process

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding

NOT_STARTED = "not started"


def process_of(deciding: Deciding) -> Process:
    """The definition of a case that is a process's."""
    return cast("Process", deciding.program.definition)


def open_members(deciding: Deciding) -> dict[str, str]:
    """Member → its open activation."""
    return {one.step: key for key, one in deciding.case.activations.items()}


def members_below(process: Process, member: str | None) -> list[str]:
    """A member and all that its handoffs lead to, those that go back left out."""
    found: list[str] = [member] if member is not None else []
    for name in found:
        for other in process.handoffs:
            leads = any(source.member == name for source in other.sources)
            if leads and not other.again and other.to is not None and other.to not in found:
                found.append(other.to)
    return found


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
        left = [member for member in process_of(deciding).members if member not in case.ended]
        if not left:
            deciding.end_case(deciding.program.definition.outcome)


def _settle_once(deciding: Deciding) -> bool:
    process, case = process_of(deciding), deciding.case
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
            start_member(deciding, member, incoming)
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
    incoming = [one for one in process_of(deciding).handoffs if one.to == source.member]
    if source.member in case.ended:
        return any(one.again and _again_can(deciding, one, seen) for one in incoming)
    return not incoming or any(one.id in case.handoffs or can_happen(deciding, one, seen) for one in incoming)


def _again_can(deciding: Deciding, handoff: Handoff, seen: frozenset[str]) -> bool:
    used_up = handoff.at_most is not None and deciding.case.handoffs.get(handoff.id, 0) >= handoff.at_most
    return not used_up and can_happen(deciding, handoff, seen)


def start_member(deciding: Deciding, member: str, incoming: list[Handoff]) -> None:
    """Begin a run of a member, set off by these handoffs."""
    case = deciding.case
    sources = [source.member for handoff in incoming for source in handoff.sources if handoff.id in case.handoffs]
    used = next((handoff.id for handoff in reversed(incoming) if handoff.id in case.handoffs), None)
    activation = deciding.new_id()
    released_by = [one for one in dict.fromkeys(sources) if one]
    deciding.emit(opened(deciding, member, activation, released_by, used))
    request_member(deciding, member, activation)


def opened(
    deciding: Deciding, member: str, activation: str, released_by: list[str], handoff: str | None
) -> ev.StepOpened:
    """That a member is open, as what set it off says."""
    return ev.StepOpened(
        activation=activation, step=member, kind="member", title=process_of(deciding).members[member].title or member,
        attempt=deciding.case.visits.get(member, 0) + 1, released_by=released_by, handoff=handoff,
    )  # fmt: skip


def request_member(deciding: Deciding, member: str, activation: str) -> None:
    """Ask for the member's case with what its handoffs carried."""
    carried = _carried_to(deciding, member)
    use = process_of(deciding).members[member].use
    deciding.emit(ev.ChildRequested(activation=activation, definition=use, data=carried, member=member))


def _carried_to(deciding: Deciding, member: str) -> dict[str, Json]:
    """What a run of the member is given: all that the handoffs to it carried, and over that what sets this run off.

    A handoff that goes back need not carry again what the first run was given.
    """
    case = deciding.case
    values: dict[str, Json] = {}
    for handoff in process_of(deciding).handoffs:
        if handoff.to == member and handoff.id in case.brought:
            values.update(case.brought[handoff.id])
    values.update(case.carried.get(member, {}))
    return values


def retry_member(deciding: Deciding, key: str, one: Activation, typed: Mapping[str, Json]) -> None:
    """Ask again for a member that could not start.

    It gets what its handoffs carried; what they take from the process itself is read anew, and what their source left
    empty is taken from the process's field of that name, where there is one. What somebody typed counts before all.
    """
    process = process_of(deciding)
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
    return expression.names_used <= process_of(deciding).fields.keys() and not expression.names_shared


def owner_of(deciding: Deciding, member: str | None, otherwise: str | None = None) -> str | None:
    """Who answers for a member's beginning: whoever a handoff to it names, else the process's owner, else `otherwise`."""
    if member is None:
        return deciding.program.definition.owner or otherwise
    named = (
        one.owner for one in process_of(deciding).handoffs if one.to == member and one.id in deciding.case.handoffs
    )
    return next((owner for owner in named if owner), deciding.program.definition.owner or otherwise)


def give_up_member(deciding: Deciding, key: str, reason: str) -> None:
    """Pass over a member that could not start; what waits for it is judged anew."""
    member = deciding.case.activations[key].step
    deciding.withdraw(key, reason)
    deciding.emit(ev.MemberNotStarted(member=member, reason=f"passed over: {reason}"))
    settle(deciding)
