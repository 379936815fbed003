"""Another case as a step: asking for it, hearing of its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine.case import Json
from procession.engine.decide.taking import given_by_case, take
from procession.engine.decide.values import json_of
from procession.engine.definition import Step

if TYPE_CHECKING:
    from procession.engine.commands import HearChild
    from procession.engine.decide.deciding import Deciding, Place


def open_child(deciding: Deciding, step: Step, place: Place) -> None:
    """Ask for the child; a detached one is not waited for."""
    config = step.config
    activation = deciding.open_step(step, place)
    data = expressions_as_json(deciding, config.with_, activation)
    deciding.emit(ev.ChildRequested(activation=activation, definition=config.use, data=data, detached=config.detached))
    if config.detached:
        deciding.finish(activation, "done")


def expressions_as_json(
    deciding: Deciding, expressions: Mapping[str, str], at: str, extra: Mapping[str, object] | None = None
) -> dict[str, Json]:
    """Values for another case: numbers as decimal text, which its own fields accept."""
    found: dict[str, Json] = {}
    for name, text in expressions.items():
        value = deciding.values.evaluate(text, at, extra).value
        if value is not None:
            found[name] = plain(json_of(value))
    return found


def plain(value: Json) -> Json:
    """Machine JSON as field input: `{"$number": text}` becomes the text."""
    if isinstance(value, dict):
        entries = cast("dict[str, Json]", value)
        if set(entries) == {"$number"}:
            return entries["$number"]
        return {key: plain(one) for key, one in entries.items()}
    return [plain(one) for one in cast("list[Json]", value)] if isinstance(value, list) else value


def hear_child(deciding: Deciding, ask: HearChild) -> None:
    """The child ended: take its data, go on with its outcome. Milestones matter to processes only."""
    one = deciding.case.activations.get(ask.activation)
    if one is None or ask.what != "ended":
        return
    step = deciding.node(one).step
    if step.kind != "workflow" or one.child not in (None, ask.child):
        return
    take(deciding, ask.activation, given_by_case(ask.data, ask.name))
