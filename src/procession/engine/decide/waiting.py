"""Waits: time, messages and milestones race; the first wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine.case import Json
from procession.engine.decide.data import write_expressions
from procession.engine.decide.timing import as_moment, calendar_for
from procession.engine.decide.values import show, to_values
from procession.engine.definition import Step
from procession.engine.durations import Span
from procession.engine.instants import to_instant

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


def open_wait(deciding: Deciding, step: Step, place: Place) -> None:
    """Open a wait with its triggers; one that is fulfilled already wins at once."""
    config = step.config
    extra = deciding.item_scope(place)
    calendar = calendar_for(deciding, step, None)
    rings = None
    if isinstance(config.for_, Span):
        rings = config.for_.add_to(deciding.moment.at, calendar)
    elif config.for_ is not None or config.until is not None:
        text = str(config.for_ if config.for_ is not None else config.until).strip().removeprefix("=")
        value = deciding.values.evaluate(f"now() + ({text})" if config.for_ is not None else text, place.up, extra, calendar)
        rings = as_moment(value.value, calendar)
        if rings is None:
            deciding.pend(step, place, "no_answer", f"'{step.title}' has no time to wait for: '{text}' has no answer.")
            return
    key = None
    if config.match is not None:
        key = message_key(deciding.values.evaluate(config.match, place.up, extra).value)
        if key is None:
            deciding.pend(step, place, "no_answer", f"'{step.title}' waits for a message, but '{config.match}' is empty.")
            return
    activation = deciding.open_step(
        step, place, timers={"time": to_instant(rings)} if rings is not None and rings > deciding.moment.at else {},
        message=config.message, key=key, reached=config.reached,
    )  # fmt: skip
    _fulfilled_already(deciding, step, activation, passed=rings is not None and rings <= deciding.moment.at)


def message_key(value: object) -> str | None:
    """A message's key as text, so that 12 and "12" meet."""
    return None if value is None else show(value)


def _fulfilled_already(deciding: Deciding, step: Step, activation: str, *, passed: bool) -> None:
    config = step.config
    if config.message is not None and config.match is None:
        kept = next((one for one in deciding.case.messages if one["name"] == config.message), None)
        if kept is not None:
            take_message(deciding, activation, config.message, None, kept["data"])
            return
    if config.reached is not None and config.reached in deciding.case.milestones:
        deciding.finish(activation, "reached", config.on_reached)
    elif passed:
        deciding.finish(activation, "time", config.on_time)


def take_message(deciding: Deciding, activation: str, name: str, key: str | None, data: Json) -> None:
    """A message ends the wait; its data is taken first."""
    step = deciding.node(deciding.case.activations[activation]).step
    deciding.emit(ev.MessageTaken(activation=activation, name=name, key=key, data=data))
    content = cast("dict[str, object]", to_values(data)) if isinstance(data, dict) else {"data": to_values(data)}
    message = {"name": name, "key": key, **content}
    if step.config.take and not write_expressions(deciding, step.config.take, "taken", activation, {"message": message}):
        return
    deciding.finish(activation, "message", step.config.on_message)
