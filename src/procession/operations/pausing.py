"""Pausing a case with all that belongs to it, and letting it go on."""

from __future__ import annotations

from dataclasses import dataclass

from procession.engine.commands import PauseCase, ResumeCase
from procession.operations.cases import CaseChanged, changed, needed
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.executing import execute_as_owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Ask):
    """Let a case, and the cases it started, stand still: nothing rings, and no task can be completed."""

    case_id: str
    """The case."""
    reason: str
    """Why; shown to everyone involved."""


@operation("case.pause", scope="cases:write", http="POST /cases/{case_id}/pause")
def pause_case(ctx: Context, ask: Pause) -> CaseChanged:
    command = PauseCase(reason=needed(ask.reason))
    return execute_as_owner(ctx, ask.case_id, command, CaseChanged, changed(ctx), to="pause a case")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Ask):
    """Let a paused case go on; what was due later is due later by the working time that has passed."""

    case_id: str
    """The case."""
    reason: str = ""
    """What has changed."""


@operation("case.resume", scope="cases:write", http="POST /cases/{case_id}/resume")
def resume_case(ctx: Context, ask: Resume) -> CaseChanged:
    command = ResumeCase(reason=ask.reason)
    return execute_as_owner(ctx, ask.case_id, command, CaseChanged, changed(ctx), to="resume a case")
