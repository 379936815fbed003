"""The text of a procedure: a workflow told step by step, as Markdown."""

from __future__ import annotations

from procession.engine.definition import Process
from procession.engine.program import Program
from procession.operations.outline import StepOutline, outline
from procession.operations.values import in_words

_AUTOMATIC = {
    "decide": "Procession decides this by its table.",
    "automate": "A machine does this.",
    "email": "Procession sends this mail.",
    "survey": "Procession asks by a private link; the case goes on meanwhile.",
    "set": "Procession fills this in.",
    "archive": "Procession seals the data.",
    "wait": "The case waits here.",
    "parallel": "These steps run side by side.",
    "choose": "One way is chosen.",
    "each": "This is done for each item.",
    "end": "The case ends here.",
}


def sop(program: Program) -> str:
    """The procedure as Markdown."""
    definition = program.definition
    lines = [f"# {definition.title}", ""]
    about = definition.goal if isinstance(definition, Process) else definition.purpose
    if about:
        lines += [about, ""]
    if definition.owner:
        lines += [f"Owner: {definition.owner}.", ""]
    if definition.target:
        lines += [f"Goal: done within {definition.target}.", ""]
    if isinstance(definition, Process):
        for member in definition.members.values():
            lines += [f"## {member.title or member.id}", "", f"Runs the workflow {member.use}.", ""]
        return "\n".join(lines).rstrip() + "\n"
    numbers: list[int] = []
    for step in outline(program):
        numbers = [*numbers[: step.level + 1], *([0] * (step.level + 1 - len(numbers)))]
        numbers[step.level] += 1
        number = ".".join(str(one) for one in numbers)
        lines += [f"{'#' * min(6, step.level + 2)} {number} {step.title}", "", *_told(step)]
    return "\n".join(lines).rstrip() + "\n"


def _told(step: StepOutline) -> list[str]:
    sentences: list[str] = []
    if step.when:
        sentences.append(f"Only when `{step.when}`.")
    if step.who:
        sentences.append(f"Done by {step.who}.")
    elif step.uses:
        sentences.append(f"Runs the workflow {step.uses}.")
    elif step.kind in _AUTOMATIC:
        sentences.append(_AUTOMATIC[step.kind])
    if step.asks:
        sentences.append(f"Fill in {in_words(step.asks)}.")
    if len(step.outcomes) > 1:
        sentences.append(f"Choose {in_words(step.outcomes, 'or')}.")
    if step.due:
        sentences.append(f"Due: {step.due}.")
    told = [" ".join(sentences), ""] if sentences else []
    return told + ([step.instructions.strip(), ""] if step.instructions else [])
