"""What a job, a message or another case gave: it is written by `take:`, then the step ends.

Where it does not fit, the incident keeps what was given. Trying again repeats only the taking: the job is not run twice,
the message not asked for twice, the other case not started twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from procession.engine.case import Json
from procession.engine.decide.data import write_expressions
from procession.engine.decide.values import from_portable, to_values

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding

GIVEN = "given"
"""Where an incident's context keeps it."""


def given_by_job(result: Json) -> dict[str, Json]:
    """The answer of a job."""
    return {"by": "job", "data": result, "outcome": "done"}


def given_by_message(name: str, key: str | None, data: Json) -> dict[str, Json]:
    """A message that a wait took."""
    return {"by": "message", "name": name, "key": key, "data": data, "outcome": "message"}


def given_by_case(data: Mapping[str, Json], outcome: str) -> dict[str, Json]:
    """The data of a case that this one started, and how it ended."""
    return {"by": "case", "data": dict(data), "outcome": outcome}


def take(deciding: Deciding, activation: str, given: dict[str, Json]) -> None:
    """Write what `take:` says and finish the step; an incident where it does not fit."""
    expressions: Mapping[str, str] = getattr(
        deciding.node(deciding.case.activations[activation]).step.config, "take", {}
    )
    origin = "carried" if given["by"] == "case" else "taken"
    if expressions and not write_expressions(
        deciding, expressions, origin, activation, _in_scope(given), context={GIVEN: given}
    ):
        return
    deciding.finish(activation, str(given["outcome"]))


def _in_scope(given: Mapping[str, Json]) -> dict[str, object]:
    """What the expressions of `take:` see of it."""
    if given["by"] == "case":
        return from_portable(cast("dict[str, Json]", given["data"]))
    value = to_values(given["data"])
    if given["by"] == "job":
        return {"result": value}
    content = cast("dict[str, object]", value) if isinstance(value, dict) else {"data": value}
    return {"message": {"name": given["name"], "key": given["key"], **content}}
