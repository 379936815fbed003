"""The steps of a workflow as a reader needs them: who does what, asked what, by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from procession.engine.definition import Assignee, Form, Step, Text
from procession.engine.durations import Span
from procession.engine.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutline:
    """A step of a definition."""

    id: str
    title: str
    kind: str
    icon: str
    """A Lucide icon."""
    level: int
    """How deep it stands inside blocks; 0 at the top."""
    who: str | None = None
    """Who does it, in words."""
    asks: tuple[str, ...] = ()
    """Titles of the fields its form asks."""
    outcomes: tuple[str, ...] = ()
    when: str | None = None
    due: str | None = None
    instructions: str | None = None
    """Markdown."""
    department: str | None = None
    uses: str | None = None
    """The workflow it runs."""


def outline(program: Program) -> tuple[StepOutline, ...]:
    """Every step in the order of the file."""
    steps: list[StepOutline] = []
    for node in program.nodes.values():
        level, owner = 0, node.owner
        while owner:
            level, owner = level + 1, program.nodes[owner].owner
        steps.append(_outline(program, node.step, level))
    return tuple(steps)


def _outline(program: Program, step: Step, level: int) -> StepOutline:
    node = program.nodes[step.id]
    words = cast("tuple[Assignee, ...]", getattr(step.config, "assign", ()))
    form = cast("Form", getattr(step.config, "form", ()))
    fields = program.definition.fields
    return StepOutline(
        id=step.id,
        title=step.title,
        kind=step.kind,
        icon=node.type.icon,
        level=level,
        who=who(words) if node.type.is_task else None,
        asks=tuple(fields[entry.field].title if entry.field in fields else entry.field for entry in form),
        outcomes=node.type.outcomes(step) if node.type.is_task else (),
        when=step.when,
        due=due(step.due),
        instructions=step.instructions,
        department=step.department,
        uses=getattr(step.config, "use", None) if step.kind == "workflow" else None,
    )


def who(words: tuple[Assignee, ...]) -> str:
    """The people that `assign:` names, in words."""
    return " or ".join(_word(word) for word in words) or "whoever started it"


def _word(word: Assignee) -> str:
    inner = _word(word.of) if word.of is not None else ""
    name = _plain(word.name)
    match word.kind:
        case "starter" | "requester":
            return "whoever started it"
        case "group":
            return f"the group {name}"
        case "role":
            return f"the role {name}"
        case "field":
            return f"the person in {name}"
        case "manager of":
            return f"the manager of {inner}"
        case "least busy of" | "round robin of":
            return f"one of {inner}"
        case "guest":
            return f"a guest ({name})"
        case _:
            return name or word.kind


def _plain(text: Text) -> str:
    return str(text)


def due(written: Span | str | None) -> str | None:
    """A due date as it is written."""
    return None if written is None else str(written)
