"""Cases that start by themselves: nobody is there to fill in a form, and nobody is their starter."""

from __future__ import annotations

from procession.engine.check.context import Checking
from procession.engine.check.references import missing_inputs
from procession.engine.definition import Assignee, Process, Step
from procession.engine.findings import listed

_STARTER = ("starter", "requester")


def check_schedule(ctx: Checking) -> None:
    """Findings about `start: {schedule}`."""
    start = ctx.definition.start
    if start.schedule is None:
        if start.missed != "once":
            ctx.add("missing_key", "start/missed", f"missed: {start.missed} says what becomes of runs that were missed, "
                    "but there is no schedule.", "write schedule: weekdays 09:00, or remove missed:")  # fmt: skip
        return
    needed = missing_inputs(ctx.definition)
    if needed:
        verb, them = ("is", "it") if len(needed) == 1 else ("are", "them")
        ctx.add(
            "unmapped_required",
            "start/schedule",
            f"Nobody fills in a form when the schedule starts a case, but {listed(needed, 'and')} {verb} required there.",
            f"make {them} optional ({needed[0]}?), or ask {them} in the first step",
        )
    for step in ctx.steps:
        _check_starter(ctx, step)


def _check_starter(ctx: Checking, step: Step) -> None:
    """What goes to the starter goes to nobody."""
    if isinstance(ctx.definition, Process):
        return
    config = step.config
    words: list[Assignee] = [*(getattr(config, "assign", ()) or ()), *(getattr(config, "to", ()) or ())]
    is_state = step.kind == "state" and step.config.outcome is None
    unassigned = (is_state or step.kind in ("task", "approval")) and not words
    if unassigned or (words and all(_is_starters(word) for word in words)):
        ctx.add(
            "unknown_person",
            f"steps/{step.id}",
            f"“{step.title}” is for the starter, and a case that the schedule starts has none.",
            "write assign: group:NAME" if step.kind != "email" else "write to: group:NAME",
            severity="warning",
            line=step.line,
        )


def _is_starters(word: Assignee) -> bool:
    while word.of is not None:
        word = word.of
    return word.kind in _STARTER
