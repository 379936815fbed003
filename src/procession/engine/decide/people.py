"""Opening work for people: assignment, due date and reminders together, for every kind of step that asks somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine.decide.assignment import eligible, excluded_people, people_for
from procession.engine.decide.timing import calendar_for, due_at, timers
from procession.engine.definition import Step
from procession.engine.instants import Instant, to_instant
from procession.engine.moment import PersonId

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


def candidates_for(deciding: Deciding, step: Step, at: str, extra: dict[str, object] | None = None) -> list[PersonId]:
    """Who can take the step now, as seen from the activation `at`."""
    node = deciding.program.nodes[step.id]
    named = people_for(deciding, node.assign, at, extra)
    return eligible(deciding, named, excluded_people(deciding, node.not_by))


def open_task(
    deciding: Deciding, step: Step, place: Place, people: list[PersonId] | None = None, *,
    kind: str | None = None, seat: bool = False, rings: dict[str, Instant] | None = None,
) -> str:  # fmt: skip
    """Open a task for the people named; with nobody eligible it stands there with an incident.

    `rings`: timers of the step beside its reminders and escalations.
    """
    extra = deciding.item_scope(place)
    if people is None:
        people = candidates_for(deciding, step, place.up, extra)
    assignee = people[0] if len(people) == 1 else None
    due = due_at(deciding, step, assignee, place.up, extra)
    if step.remind or step.escalate:
        calendar = calendar_for(deciding, step, assignee)
        rings = {**timers(deciding, step, due, calendar, deciding.moment.at), **(rings or {})}
    activation = deciding.open_step(
        step, place, kind=kind, title=title_of(deciding, step, place, extra), assignee=assignee,
        candidates=people if assignee is None else (), guest=assignee is not None and assignee.startswith("guest:"),
        due_at=to_instant(due) if due is not None else None, timers=rings, seat=seat,
    )  # fmt: skip
    if not people:
        nobody_eligible(deciding, step, activation)
    return activation


def title_of(deciding: Deciding, step: Step, place: Place, extra: dict[str, object] | None) -> str:
    """The title, with its `{expr}` filled in."""
    return deciding.values.render_text(step.title, place.up, extra) if "{" in step.title else step.title


def nobody_eligible(deciding: Deciding, step: Step, activation: str) -> None:
    node = deciding.program.nodes[step.id]
    words = ", ".join(str(word) for word in node.assign)
    excluded = node.not_by
    but = f", once everyone excluded by 'not by: {', '.join(excluded)}' is left out" if excluded else ""
    deciding.incident(
        "nobody_eligible", f"Nobody can take '{step.title}': {words} names no one present{but}.", activation
    )
