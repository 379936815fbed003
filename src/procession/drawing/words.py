"""A step's second line: who does it and until when, in words."""

from collections.abc import Callable
from typing import Any

from procession.engine.definition import Assignee, Step, Workflow
from procession.engine.durations import Span

AUTOMATIC = {"http": "Web request", "webhook": "Webhook", "transform": "Changes data"}


def step_words(step: Step, workflow: Workflow) -> str:
    """Who or what does a step; a department of its own goes before."""
    tell = _BY_KIND.get(step.kind, _nobody)
    words = tell(step.config, workflow)
    return " · ".join(part for part in (plain(step.department or ""), words) if part)


def due_words(step: Step) -> str:
    """Until when, as it is written."""
    if step.due is None:
        return ""
    return str(step.due) if isinstance(step.due, Span) else f"by {step.due}"


def who(assigned: tuple[Assignee, ...], workflow: Workflow) -> str:
    """The people of an `assign:`; from the third on only how many more."""
    words = [_one(word, workflow) for word in assigned]
    shown = ", ".join(words[:2])
    return f"{shown} +{len(words) - 2}" if len(words) > 2 else shown


def plain(name: str) -> str:
    """A name of the file as people say it: `people-ops` is People ops, `{level}` is Level."""
    words = name.replace("{", "").replace("}", "").replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _one(word: Assignee, workflow: Workflow) -> str:
    match word.kind:
        case "manager of":
            return f"Manager of {_small(_one(word.of, workflow))}" if word.of is not None else "Manager"
        case "least busy of" | "round robin of":
            return _one(word.of, workflow) if word.of is not None else plain(word.name)
        case "field":
            known = workflow.fields.get(word.name)
            return known.title if known is not None else plain(word.name)
        case "person":
            return (
                str(word.name).partition("@")[0].replace(".", " ").title() if "{" not in word.name else plain(word.name)
            )
        case "group" | "role":
            return plain(word.name)
        case "address":
            return str(word.name)
        case "guest":
            return "Guest"
        case _:
            return plain(word.kind)


def _small(words: str) -> str:
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def _people(config: Any, workflow: Workflow) -> str:
    return who(config.assign, workflow) or "Starter"


def _approval(config: Any, workflow: Workflow) -> str:
    people = _people(config, workflow)
    return people if config.quorum is None else f"{people}, {config.quorum} of them"


def _state(config: Any, workflow: Workflow) -> str:
    return who(config.assign, workflow)


def _decide(config: Any, workflow: Workflow) -> str:
    rules = len(config.rules)
    return plain(config.use) if config.use else f"Decision table, {rules} rule{'' if rules == 1 else 's'}"


def _automate(config: Any, workflow: Workflow) -> str:
    return AUTOMATIC.get(config.do, plain(config.do))


def _email(config: Any, workflow: Workflow) -> str:
    return f"To {_small(who(config.to, workflow))}"


def _wait(config: Any, workflow: Workflow) -> str:
    found = (
        str(config.for_) if config.for_ is not None else "",
        f"until {config.until}" if config.until is not None else "",
        f"message {config.message}" if config.message is not None else "",
        f"milestone {config.reached}" if config.reached is not None else "",
    )
    return " or ".join(part for part in found if part)


def _child(config: Any, workflow: Workflow) -> str:
    return plain(config.use)


def _nobody(config: Any, workflow: Workflow) -> str:
    return ""


_BY_KIND: dict[str, Callable[[Any, Workflow], str]] = {
    "task": _people,
    "approval": _approval,
    "state": _state,
    "decide": _decide,
    "automate": _automate,
    "email": _email,
    "wait": _wait,
    "workflow": _child,
}
