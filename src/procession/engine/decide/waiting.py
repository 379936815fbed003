"""Waits: time, messages and milestones race; the first wins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from procession.engine import events as ev
from procession.engine.calendar import WorkCalendar
from procession.engine.case import Json
from procession.engine.decide.taking import given_by_message, take
from procession.engine.decide.timing import as_beginning, calendar_for
from procession.engine.decide.values import show
from procession.engine.definition import Step
from procession.engine.durations import Span
from procession.engine.instants import to_instant

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place
    from procession.engine.program import Program


KEPT_FOR = Span(7, "days")
"""How long a message that nobody waits for is kept, where no `keep:` says otherwise."""


def kept_until(programs: Iterable[Program], name: str, at: datetime, calendar: WorkCalendar) -> datetime:
    """Until when a message that nobody waits for is kept: as long as the most patient wait for it takes it."""
    spans = [span for program in programs for span in program.keeps.get(name, ())]
    return max(span.add_to(at, calendar) for span in spans or [KEPT_FOR])


def oldest_taken(step: Step, at: datetime, calendar: WorkCalendar) -> datetime:
    """How long ago a message may have come that a wait takes when it opens."""
    keep = step.config.keep
    return (keep or KEPT_FOR).subtract_from(at, calendar)


def open_wait(deciding: Deciding, step: Step, place: Place) -> None:
    """Open a wait with its triggers; one that is fulfilled already wins at once."""
    config = step.config
    extra = deciding.item_scope(place)
    calendar = calendar_for(deciding, step, None)
    rings: datetime | None = None
    for text in _times(config):
        at: datetime | None
        if isinstance(text, Span):
            at = text.add_to(deciding.moment.at, calendar)
        else:
            at = as_beginning(deciding.values.evaluate(text, place.up, extra, calendar).value, calendar)
        if at is None:
            deciding.pend(step, place, "no_answer", f"'{step.title}' has no time to wait for: '{text}' has no answer.")
            return
        rings = at if rings is None else min(rings, at)
    key = None
    if config.match is not None:
        key = message_key(deciding.values.evaluate(config.match, place.up, extra).value)
        if key is None:
            deciding.pend(
                step, place, "no_answer", f"'{step.title}' waits for a message, but '{config.match}' is empty."
            )
            return
    activation = deciding.open_step(
        step, place, timers={"time": to_instant(rings)} if rings is not None and rings > deciding.moment.at else {},
        message=config.message, key=key, reached=config.reached,
    )  # fmt: skip
    _fulfilled_already(deciding, step, activation, passed=rings is not None and rings <= deciding.moment.at)


def _times(config: Any) -> list[Span | str]:
    """The moments of a wait: a span from now, or an expression that gives one."""
    found: list[Span | str] = []
    if isinstance(config.for_, Span):
        found.append(config.for_)
    elif config.for_ is not None:
        found.append(f"now() + ({config.for_.strip().removeprefix('=')})")
    if config.until is not None:
        found.append(config.until.strip().removeprefix("=").strip())
    return found


def message_key(value: object) -> str | None:
    """A message's key as text, so that 12 and "12" meet."""
    return None if value is None else show(value)


def _fulfilled_already(deciding: Deciding, step: Step, activation: str, *, passed: bool) -> None:
    config = step.config
    if config.message is not None and config.match is None:
        oldest = to_instant(oldest_taken(step, deciding.moment.at, deciding.moment.calendar))
        fresh = (one for one in deciding.case.messages if one.get("at", oldest) >= oldest)
        kept = next((one for one in fresh if one["name"] == config.message), None)
        if kept is not None:
            take_message(deciding, activation, config.message, None, kept["data"])
            return
    if config.reached is not None and config.reached in deciding.case.milestones:
        deciding.finish(activation, "reached")
    elif passed:
        deciding.finish(activation, "time")


def take_message(deciding: Deciding, activation: str, name: str, key: str | None, data: Json) -> None:
    """A message ends the wait; its data is taken first."""
    deciding.emit(ev.MessageTaken(activation=activation, name=name, key=key, data=data))
    take(deciding, activation, given_by_message(name, key, data))
