"""What a workflow's steps name: outcomes, other steps, milestones, people, groups, roles, other definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

from procession.engine.check.context import Checking, outcomes_of
from procession.engine.check.uses import scoped_steps
from procession.engine.definition import Assignee, Process, Step, Workflow, walk
from procession.engine.findings import did_you_mean, listed
from procession.engine.steps import LATER_KINDS
from procession.engine.steps.later import LaterConfig


def check_references(ctx: Checking) -> None:
    """Findings about names of things outside the step."""
    definition = ctx.definition
    _group(ctx, definition.owner, "owner", "owner", 0)
    start = definition.start.by
    for word, path in ((start, "start/by"), *((one, "visible to") for one in definition.visible_to)):
        kind, colon, name = word.partition(":")
        if colon and kind in ("group", "role"):
            _named(ctx, kind, name, path, path.replace("/", " "), 0)
        elif path == "visible to" and word != "starter":
            ctx.add("type_mismatch", path, f"visible to: {word!r} does not say who.", f"write group:{word}, or starter")
    for one in definition.fields.values():
        for key, words in (("see", one.see), ("edit", one.edit)):
            for word in words:
                kind, colon, name = word.partition(":")
                if colon and kind in ("group", "role"):
                    _named(ctx, kind, name, f"fields/{one.name}/{key}", f"{key} of {one.name}", one.line)
    if isinstance(definition, Process):
        for handoff in definition.handoffs:
            where = f"owner of the handoff from {handoff.sources[0]}"
            _group(ctx, handoff.owner, f"handoffs/{handoff.id}/owner", where, handoff.line)
        for one in definition.feedback:
            _group(ctx, one.to, "feedback/to", f"feedback from {one.source}", one.line)
        return
    for scoped in scoped_steps(ctx):
        step = scoped.step
        if step.kind in LATER_KINDS:
            _later(ctx, step)
            continue
        _outcomes(ctx, step)
        _steps_named(ctx, step)
        _people(ctx, step)


def _later(ctx: Checking, step: Step) -> None:
    path = f"steps/{step.id}"
    hint = {"agent": "until then write task:", "bot": "until then write automate: with do: webhook"}
    ctx.add(
        "not_available",
        path,
        f"“{step.title}”: steps of kind {step.kind} come with a later version.",
        hint.get(step.kind, "until then write task:"),
        line=step.line,
    )
    if step.kind == "agent" and isinstance(step.config, LaterConfig):
        missing = [key for key in ("writes", "on failure", "review", "budget") if not step.config.keys.get(key)]
        tools = step.config.keys.get("tools")
        modes = set(cast("dict[str, str]", tools).values()) if isinstance(tools, dict) else {"none"}
        if tools is not None and not modes <= {"auto", "ask", "deny"}:
            missing.append("a mode (auto, ask or deny) for each of its tools")
        if missing:
            ctx.add(
                "agent_contract",
                path,
                f"The agent “{step.title}” lacks {listed(missing)}.",
                "say what it writes, who takes over, who reviews, and what it may spend",
                line=step.line,
            )


def _outcomes(ctx: Checking, step: Step) -> None:
    known = outcomes_of(step, ctx.library)
    if known is not None:
        for outcome in step.on:
            if outcome not in known:
                ctx.add(
                    "unknown_outcome",
                    f"steps/{step.id}/on {outcome}",
                    f"“{step.title}” has no outcome {outcome!r}.",
                    did_you_mean(outcome, known, otherwise="its outcomes are {}"),
                    line=step.line,
                )
        for notice in (*step.remind, *step.escalate):
            if notice.do not in ("notify", "reassign", *known):
                ctx.add(
                    "unknown_outcome",
                    f"steps/{step.id}/escalate",
                    f"escalate of “{step.title}” takes {notice.do!r}, which is none of its outcomes.",
                    did_you_mean(notice.do, ("notify", "reassign", *known), otherwise="write one of {}"),
                    line=notice.line or step.line,
                )
    outcomes = getattr(step.config, "outcomes", ())
    if step.kind in ("task", "approval") and not outcomes:
        ctx.add("missing_key", f"steps/{step.id}/outcomes", f"“{step.title}” has no outcome.", "write outcomes: [done]",
                line=step.line)  # fmt: skip
    twice = sorted({one for one in outcomes if outcomes.count(one) > 1})
    if twice:
        ctx.add("duplicate_id", f"steps/{step.id}/outcomes", f"“{step.title}” has the outcome {twice[0]!r} twice.",
                "keep one of them", line=step.line)  # fmt: skip
    if step.on_exhausted is not None and step.at_most is None:
        ctx.add("missing_key", f"steps/{step.id}/on exhausted", f"“{step.title}” has on exhausted: without at most:.",
                "write at most: 3", line=step.line)  # fmt: skip
    needs_due = [one for one in (*step.remind, *step.escalate) if one.anchor != "after opening"]
    if needs_due and step.due is None:
        ctx.add(
            "missing_key",
            f"steps/{step.id}",
            f"“{step.title}” reminds or escalates by its due date, but has none.",
            "write due: 2 business days",
            line=step.line,
        )


def _steps_named(ctx: Checking, step: Step) -> None:
    for one in step.cancel:
        if one not in ctx.by_id:
            sentence = f"“{step.title}” cancels {one!r}, which is no step here."
            hint = did_you_mean(one, ctx.step_names)
            ctx.add("unknown_step", f"steps/{step.id}/cancel", sentence, hint, line=step.line)
    for one in getattr(step.config, "not_by", ()):
        if one in ctx.by_id or one == "starter" or one.startswith("field:"):
            continue
        kind, colon, name = one.partition(":")
        if colon and kind in ("person", "group", "role"):
            _named(ctx, kind, name, f"steps/{step.id}/not by", f"not by of “{step.title}”", step.line)
            continue
        sentence = f"not by of “{step.title}” names {one!r}, which is no step here."
        hint = did_you_mean(one, ("starter", *ctx.step_names)) or "write starter, person:EMAIL or a step"
        ctx.add("unknown_step", f"steps/{step.id}/not by", sentence, hint, line=step.line)


def _words(step: Step) -> Iterator[tuple[str, Assignee]]:
    for key in ("assign", "to", "draft_for"):
        for word in getattr(step.config, key, ()) or ():
            yield key.replace("_", " "), word
    for key, notices in (("remind", step.remind), ("escalate", step.escalate)):
        for notice in notices:
            for word in notice.to:
                yield key, word


def _people(ctx: Checking, step: Step) -> None:
    for key, word in _words(step):
        inner = word
        while inner.of is not None:
            inner = inner.of
        path, what = f"steps/{step.id}/{key}", f"{key} of “{step.title}”"
        if inner.kind in ("group", "role", "person"):
            _named(ctx, inner.kind, inner.name, path, what, step.line)
        elif inner.kind == "field":
            _person_field(ctx, inner.name, path, what, step.line)
    check_usually(ctx, step.usually, f"steps/{step.id}/usually", f"“{step.title}”", step.line)
    _group(ctx, step.department, f"steps/{step.id}/department", f"department of “{step.title}”", step.line)
    known = ctx.library.calendars
    if step.calendar is not None and known is not None and step.calendar not in known:
        sentence = f"“{step.title}” follows the calendar {step.calendar!r}, which is not there."
        ctx.add(
            "unknown_calendar",
            f"steps/{step.id}/calendar",
            sentence,
            did_you_mean(step.calendar, known),
            line=step.line,
        )


def _person_field(ctx: Checking, name: str, path: str, what: str, line: int) -> None:
    root = name.partition(".")[0]
    field = ctx.fields.get(name)
    if field is None:
        if "{" in name or ("." in name and root not in ctx.fields):
            return
        people = [one.name for one in ctx.fields.values() if one.type in ("person", "group", "email")]
        ctx.add("unknown_field", path, f"{what} names the field {name!r}, which is not there.",
                did_you_mean(name, people or ctx.fields), line=line)  # fmt: skip
    elif field.type not in ("person", "people", "group", "email", "text", "calculated"):
        ctx.add("type_mismatch", path, f"{what} names {name}, which is a {field.type}, not a person.",
                "write type: person", line=line)  # fmt: skip


def _group(ctx: Checking, name: str | None, path: str, what: str, line: int) -> None:
    if name is not None:
        _named(ctx, "group", name, path, what, line)


def _named(ctx: Checking, kind: str, name: str, path: str, what: str, line: int) -> None:
    """A person, group or role is judged where people are known."""
    directory = ctx.library.directory
    if directory is None or "{" in name:
        return
    known: Iterable[str] = {"person": directory.people, "group": directory.groups, "role": directory.roles}[kind]
    if kind == "person":
        known = {*directory.people, *(one.email for one in directory.people.values() if one.email)}
    if name in known:
        return
    ctx.add(
        "unknown_person" if kind == "person" else "unknown_group",
        path,
        f"{what}: nobody knows the {kind} {name!r}."
        if kind == "person"
        else f"{what}: the {kind} {name!r} has no members.",
        did_you_mean(name, known, otherwise=f"the {kind}s are {{}}") if known else None,
        severity="error" if ctx.library.publishing else "note",
        line=line,
    )


_USUALLY: Final = ("work", "wait")


def check_usually(ctx: Checking, usually: Iterable[str], path: str, what: str, line: int) -> None:
    """Findings about the names of the times that people say a step or handoff takes."""
    for name in usually:
        if name not in _USUALLY:
            ctx.add("unknown_key", f"{path}/{name}", f"usually of {what} has no key {name!r}.",
                    did_you_mean(name, _USUALLY, otherwise="its keys are {}"), line=line)  # fmt: skip


def missing_inputs(child: Workflow | Process) -> tuple[str, ...]:
    """Fields that a start of the workflow or process requires."""
    if child.start.form is None:
        written = written_fields(child)
        return tuple(
            name for name, one in child.fields.items() if one.required and one.formula is None and name not in written
        )
    needed: list[str] = []
    for entry in child.start.form:
        one = child.fields.get(entry.field)
        required = entry.required if entry.required is not None else one is not None and one.required
        sometimes = entry.show_when is not None or entry.required_when is not None
        if one is not None and required and not sometimes and one.formula is None:
            needed.append(entry.field)
    return tuple(needed)


def written_fields(workflow: Workflow | Process) -> frozenset[str]:
    """Fields that some step of the workflow writes, or some member of the process."""
    if isinstance(workflow, Process):
        return frozenset(name for member in workflow.members.values() for name in member.take)
    found: set[str] = set()
    for root in (workflow.body, *([workflow.on_cancel] if workflow.on_cancel is not None else [])):
        for step in walk(root):
            found.update(name.partition(".")[0] for name in writes_of(step))
    return frozenset(found)


def writes_of(step: Step) -> frozenset[str]:
    """Fields that the step itself writes, `item.column` included."""
    if step.kind in LATER_KINDS:
        written = step.config.keys.get("writes", ())
        return frozenset(map(str, cast("list[object]", written))) if isinstance(written, list) else frozenset()
    found = set(step.set)
    found.update(entry.field for entry in getattr(step.config, "form", ()))
    if step.kind == "set":
        found.update(step.config.values)
    if step.kind == "decide":
        found.update(step.config.outputs)
    if step.kind in ("wait", "workflow", "automate"):
        found.update(step.config.take)
    return frozenset(found)
