"""Approvals with `quorum:` — each person has a task of their own, and enough first outcomes decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine.decide.deciding import Place
from procession.engine.decide.people import candidates_for, open_task, title_of
from procession.engine.definition import Step

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def open_quorum(deciding: Deciding, step: Step, place: Place) -> None:
    """Open one seat for each person asked; too few eligible people is an incident."""
    people = candidates_for(deciding, step, place.up)
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
    """Decide the approval once enough gave the first outcome, or once that can no longer happen."""
    one = deciding.case.activations[approval]
    step = deciding.node(one).step
    first = step.config.outcomes[0]
    agreed = sum(outcome == first for outcome in one.votes.values())
    open_seats = sum(other.up == approval for other in deciding.case.activations.values())
    need = one.need or 1
    if agreed >= need:
        deciding.finish(approval, first)
    elif agreed + open_seats < need:
        others = [outcome for outcome in one.votes.values() if outcome != first]
        deciding.finish(approval, others[-1] if others else step.config.outcomes[-1])


def finish_seat(deciding: Deciding, seat: str, outcome: str) -> None:
    """Close one person's part and see whether that decides the approval."""
    one = deciding.case.activations[seat]
    deciding.emit(ev.StepFinished(activation=seat, step=one.step, outcome=outcome))
    if one.up in deciding.case.activations:
        seat_done(deciding, one.up)
