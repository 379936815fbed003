"""What only some kinds of step can get wrong: waits for nothing, quorums of nobody, children that lack their data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from procession.engine.check.context import Checking, waits_for
from procession.engine.check.references import missing_inputs
from procession.engine.check.uses import Scoped, scoped_steps
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Severity, did_you_mean, listed

_JOBS = ("http", "webhook", "transform")
_LATER_JOBS = ("extract", "classify")
MEASURED = ("rating", "integer", "number", "percent", "yes/no")
"""Types of which an average can be taken; of a yes/no it is the share of yes."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One step being looked at."""

    ctx: Checking
    scoped: Scoped

    @property
    def config(self) -> Any:
        return self.scoped.step.config

    @property
    def said(self) -> str:
        return f"“{self.scoped.step.title}”"

    def add(self, code: str, key: str, sentence: str, hint: str | None = None, severity: Severity = "error") -> None:
        step = self.scoped.step
        self.ctx.add(code, f"steps/{step.id}/{key}", sentence, hint, severity=severity, line=step.line)


def check_kinds(ctx: Checking) -> None:
    """Findings about the keys of single kinds of step."""
    _measures(ctx)
    if isinstance(ctx.definition, Process):
        return
    for scoped in scoped_steps(ctx):
        look = _KINDS.get(scoped.step.kind)
        if look is not None:
            look(_Look(ctx, scoped))


def _measures(ctx: Checking) -> None:
    """What is measured can be counted."""
    for name, kind in ctx.definition.measures.items():
        if kind not in MEASURED:
            sentence = f"The measure {name} is {kind}, of which there is no average."
            ctx.add("type_mismatch", f"measures/{name}", sentence, f"its type is one of {listed(MEASURED, 'or')}")


def _automate(one: _Look) -> None:
    do = one.config.do
    if do in _LATER_JOBS:
        one.add("not_available", "do", f"{one.said}: do: {do} comes with a later version.", "until then write task:")
    elif do not in _JOBS:
        hint = did_you_mean(do, _JOBS, otherwise="built in are {}")
        one.add("unknown_job", "do", f"{one.said}: whether a plug-in does {do!r} shows when it runs.", hint, "warning")
    elif do != "transform" and not (one.config.with_.get("url") or one.config.with_.get("connection")):
        one.add("missing_key", "with", f"{one.said} does not say where to call.", "write with: {url: …}")


def _wait(one: _Look) -> None:
    ways, reached = waits_for(one.scoped.step), one.config.reached
    if not ways:
        hint = "write for:, until:, message: or reached:"
        one.add("missing_key", "", f"{one.said} does not say what it waits for.", hint)
    if reached is not None and reached not in one.ctx.milestones:
        hint = did_you_mean(reached, one.ctx.milestones) or f"write milestone: {reached} on a step"
        one.add("unknown_milestone", "reached", f"{one.said} waits for {reached!r}, but no step reaches it.", hint)
    for key in ("match", "keep", "take"):
        if getattr(one.config, key) and one.config.message is None:
            one.add("missing_key", key, f"{one.said} has {key}: but waits for no message.", "write message: NAME")
    for way in ("time", "message", "reached"):
        if getattr(one.config, f"on_{way}") is not None and way not in ways:
            one.add("missing_key", f"on {way}", f"{one.said} has on {way}: but does not wait for it.", "remove it")


def _approval(one: _Look) -> None:
    quorum = one.config.quorum
    if isinstance(quorum, int) and quorum < 1:
        one.add("type_mismatch", "quorum", f"{one.said}: a quorum of {quorum} asks nobody.", "write 1 or more")


def _parallel(one: _Look) -> None:
    needed, branches = one.config.done_when, len(one.config.branches)
    if not branches:
        one.add("missing_key", "steps", f"{one.said} has no branches.", "write steps: and below it - task: TITLE")
    if isinstance(needed, int) and not 1 <= needed <= max(branches, 1):
        sentence = f"{one.said} is done when {needed} are, but has {branches} branches."
        one.add("type_mismatch", "done when", sentence, f"write a number from 1 to {branches}")
    _refuse_empty(one)


def _refuse_empty(one: _Look) -> None:
    if any(not inside.steps for inside in one.scoped.step.scopes()):
        one.add("missing_key", "steps", f"{one.said} holds a branch without steps.", "write - task: TITLE below steps:")


def _choose(one: _Look) -> None:
    if one.config.otherwise is None:
        sentence = f"{one.said}: when no condition is true, nothing of it happens."
        one.add("no_otherwise", "", sentence, "write otherwise: [steps]", "warning")


def _each(one: _Look) -> None:
    config, fields = one.config, one.ctx.fields
    if config.as_ in fields or config.as_ in one.scoped.items:
        one.add("duplicate_id", "as", f"{one.said}: {config.as_!r} is a name already.", "write as: with another name")
    field = fields.get(config.of)
    if field is not None and field.type not in ("table", "choices", "calculated"):
        sentence = f"{one.said} goes through {field.name}, which is a {field.type}, not a list."
        one.add("type_mismatch", "of", sentence, "name a table, or choices")
    _refuse_empty(one)


def _state(one: _Look) -> None:
    names = [action.name for action in one.config.actions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        one.add("duplicate_id", "actions", f"{one.said} has the action {twice[0]!r} twice.", "rename one of them")
    if one.config.outcome is not None and (one.config.actions or one.config.after):
        sentence = f"{one.said} has an outcome, so it is final and can have no ways out."
        one.add("type_mismatch", "outcome", sentence, "remove its actions and timers, or its outcome")


def _email(one: _Look) -> None:
    if not one.config.text and not one.config.draft_for:
        one.add("missing_key", "text", f"The mail {one.said} has no text.", "write text: …", "warning")


def _survey(one: _Look) -> None:
    config, measures = one.config, one.ctx.definition.measures
    if config.measure not in measures:
        hint = did_you_mean(config.measure, measures) or f"write measures: {{{config.measure}: {{type: rating}}}}"
        one.add("unknown_measure", "measure", f"{one.said} asks for {config.measure!r}, which is no measure.", hint)
    several = [word for word in config.to if word.kind in ("group", "role", "everyone involved")]
    if len(config.to) > 1 or several:
        hint = "write to: starter, a person, a field or an address"
        one.add("type_mismatch", "to", f"{one.said} asks several people, but has one link and one answer.", hint)


def _decide(one: _Look) -> None:
    use, library = one.config.use, one.ctx.library
    if use is not None and use not in library.decisions and library.workflows is not None:
        hint = did_you_mean(use, library.decisions)
        one.add("unknown_decision", "use", f"{one.said} uses the decision {use!r}, which is not there.", hint)


def _workflow(one: _Look) -> None:
    library, config, definition = one.ctx.library, one.config, one.ctx.definition
    workflows = library.workflows
    if workflows is None:
        return
    child = workflows.get(config.use)
    if child is None and isinstance(definition, Workflow) and config.use == definition.id:
        child = definition
    if child is None:
        hint = library.elsewhere.get(config.use) or did_you_mean(config.use, workflows)
        one.add("unknown_workflow", "use", f"{one.said} runs the workflow {config.use!r}, which is not there.", hint)
        return
    for name in config.with_:
        if name not in child.fields:
            sentence = f"{one.said} gives {name!r} to {child.title}, which has no such field."
            one.add("unknown_field", f"with/{name}", sentence, did_you_mean(name, child.fields))
    for name in missing_inputs(child):
        if name not in config.with_:
            sentence = f"{child.title} needs {name} to start, and {one.said} does not give it."
            one.add("unmapped_required", "with", sentence, f"write with: {{{name}: …}}")


_KINDS: Mapping[str, Callable[[_Look], None]] = {
    "automate": _automate,
    "wait": _wait,
    "approval": _approval,
    "parallel": _parallel,
    "choose": _choose,
    "each": _each,
    "state": _state,
    "email": _email,
    "survey": _survey,
    "decide": _decide,
    "workflow": _workflow,
}
