"""Data between steps: two branches that write one field, and mails whose content is typed again."""

from __future__ import annotations

from procession.engine.check.context import Checking
from procession.engine.check.references import writes_of
from procession.engine.definition import Scope, Step, walk
from procession.engine.findings import listed

_TYPED_AGAIN = 2
"""Fields both mailed and then asked, from which on it is called typing again."""


def check_data(ctx: Checking) -> None:
    """Warnings about data that overwrites itself or is typed twice."""
    for step in ctx.steps:
        if step.kind == "parallel" or (step.kind == "choose" and step.config.take == "all"):
            _two_writers(ctx, step)
        if step.kind == "parallel" and step.config.rest == "finish" and step.config.done_when != "all":
            _left_open(ctx, step)
    for root in ctx.roots:
        _retyped(ctx, root)


def _two_writers(ctx: Checking, block: Step) -> None:
    writers: dict[str, dict[str, str]] = {}
    for scope in block.scopes():
        for step in walk(scope):
            for name in writes_of(step):
                if "." not in name:
                    writers.setdefault(name, {}).setdefault(scope.name, step.title)
    for name, by in writers.items():
        if len(by) > 1:
            ctx.add(
                "two_writers",
                f"steps/{block.id}",
                f"{listed(f'“{title}”' for title in by.values())} of “{block.title}” write {name}; the last one wins.",
                "give each its own field",
                severity="warning",
                line=block.line,
            )


def _left_open(ctx: Checking, block: Step) -> None:
    """`rest: finish` lets work go on beside the case; it may still be open when the case ends."""
    last = next((root for root in ctx.roots if root.steps and root.steps[-1] is block), None)
    if last is None:
        return
    ctx.add(
        "work_left_open",
        f"steps/{block.id}/rest",
        f"“{block.title}” is the last step, so the case ends while its other branches are still open.",
        "write rest: withdraw, or done when: all",
        severity="warning",
        line=block.line,
        shown=(block.title,),
    )


def _retyped(ctx: Checking, scope: Scope) -> None:
    """A mail followed by a form that asks what the mail said, or by a task that says to type it elsewhere."""
    for before, after in zip(scope.steps, scope.steps[1:], strict=False):
        if before.kind == "email" and after.kind in ("task", "state"):
            said = _fields_in(before, ctx)
            asked = {entry.field for entry in after.config.form} & said
            if len(asked) >= min(_TYPED_AGAIN, len(said)) and asked:
                ctx.add(
                    "retyped_mail",
                    f"steps/{after.id}/form",
                    f"“{before.title}” mails {listed(sorted(asked))}, and “{after.title}” asks for it again.",
                    "show it on the task instead: the case holds it already",
                    severity="warning",
                    line=after.line,
                )
    for step in scope.steps:
        for inside in step.scopes():
            _retyped(ctx, inside)


def _fields_in(mail: Step, ctx: Checking) -> set[str]:
    text = f"{mail.config.subject or ''} {mail.config.text}"
    return {name for name in ctx.fields if f"{{{name}}}" in text.replace(" ", "")}
