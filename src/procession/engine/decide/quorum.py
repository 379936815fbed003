"""Approvals with `quorum:` — each person has a task of their own, and enough first outcomes decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine.decide.people import candidates_for, open_task, title_of
from procession.engine.decide.places import Place
from procession.engine.definition import Step

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def open_quorum(deciding: Deciding, step: Step, place: Place) -> None:
    """Open one seat for each person asked; too few eligible people is an incident."""
    people = candidates_for(deciding, step, place.up, deciding.item_scope(place))
    need = _need(step.config.quorum, len(people))
    if not people or need > len(people):
        activation = deciding.open_step(step, place, seats=people or [""], need=need)
        deciding.incident(
            "nobody_eligible", f"'{step.title}' needs {need} people, but only {len(people)} can be asked.", activation
        )
        return
    title = title_of(deciding, step, place, deciding.item_scope(place))
    approval = deciding.open_step(step, place, seats=people, need=need, title=title)
    for person in people:
        open_task(deciding, step, Place(approval, f"seat:{person}", place.after), [person], seat=True)


def _need(quorum: int | str, people: int) -> int:
    if isinstance(quorum, int):
        return quorum
    return {"any": 1, "majority": people // 2 + 1}.get(quorum, people)


def seat_done(deciding: Deciding, approval: str) -> None:
    """Decide the approval once enough gave the first outcome, or once that can no longer happen.

    Seats that were passed over count for nothing: `all` and `majority` are of those who remain.
    """
    one = deciding.case.activations[approval]
    step = deciding.node(one).step
    first = step.config.outcomes[0]
    others = [outcome for outcome in one.votes.values() if outcome != first]
    agreed = len(one.votes) - len(others)
    open_seats = sum(other.up == approval for other in deciding.case.activations.values())
    asked = len(one.votes) + open_seats
    need = (
        min(_need(step.config.quorum, asked), one.need or asked)
        if isinstance(step.config.quorum, str)
        else one.need or 1
    )
    if not asked:
        deciding.skip(approval, "nobody is left to ask")
    elif agreed >= need:
        deciding.finish(approval, first)
    elif agreed + open_seats < need and others:
        deciding.finish(approval, others[-1])
    elif agreed + open_seats < need and one.incident is None:
        deciding.incident(
            "nobody_eligible", f"'{step.title}' needs {need} people, but only {asked} are left.", approval
        )


def finish_seat(deciding: Deciding, seat: str, outcome: str) -> None:
    """Close one person's part and see whether that decides the approval."""
    one = deciding.case.activations[seat]
    deciding.emit(ev.StepFinished(activation=seat, step=one.step, outcome=outcome))
    if one.up in deciding.case.activations:
        seat_done(deciding, one.up)
