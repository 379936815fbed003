"""A step's second line: who does it and until when, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from procession.engine.definition import Assignee, Step, Workflow
from procession.engine.durations import Span

AUTOMATIC = {"http": "Web request", "webhook": "Webhook", "transform": "Changes data"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """How an organisation calls its people, groups and roles, by id; whoever is not in it goes by the name of the file."""

    people: Mapping[str, str] = field(default_factory=dict[str, str])
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    roles: Mapping[str, str] = field(default_factory=dict[str, str])

    def group(self, name: str) -> str:
        """A group, or the department of that name."""
        return self.groups.get(name) or plain(name)


@dataclass(frozen=True, slots=True)
class _About:
    """What a step's words are taken from besides the step."""

    workflow: Workflow
    called: Called


def step_words(step: Step, workflow: Workflow, called: Called | None = None) -> str:
    """Who or what does a step; a department of its own goes before."""
    about = _About(workflow, called or Called())
    words = _BY_KIND.get(step.kind, _nobody)(step.config, about)
    department = about.called.group(step.department) if step.department else ""
    return " · ".join(part for part in (department, words) if part)


def due_words(step: Step) -> str:
    """Until when, as it is written."""
    if step.due is None:
        return ""
    return str(step.due) if isinstance(step.due, Span) else f"by {step.due}"


def _who(assigned: tuple[Assignee, ...], about: _About) -> str:
    """The people of an `assign:`; from the third on only how many more."""
    words = [_one(word, about) for word in assigned]
    shown = ", ".join(words[:2])
    return f"{shown} +{len(words) - 2}" if len(words) > 2 else shown


def plain(name: str) -> str:
    """A name of the file as people say it: `people-ops` is People ops, `{level}` is Level."""
    words = name.replace("{", "").replace("}", "").replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _one(word: Assignee, about: _About) -> str:
    match word.kind:
        case "manager of":
            return f"Manager of {_small(_one(word.of, about))}" if word.of is not None else "Manager"
        case "least busy of" | "round robin of":
            return _one(word.of, about) if word.of is not None else plain(word.name)
        case "field":
            known = about.workflow.fields.get(word.name)
            return known.title if known is not None else plain(word.name)
        case "person":
            return about.called.people.get(word.name) or _person(word.name)
        case "group":
            return about.called.group(word.name)
        case "role":
            return about.called.roles.get(word.name) or plain(word.name)
        case "address":
            return str(word.name)
        case "guest":
            return "Guest"
        case _:
            return plain(word.kind)


def _person(name: str) -> str:
    """Somebody nobody has named: `ana.flores@example.org` is Ana Flores."""
    return plain(name) if "{" in name else name.partition("@")[0].replace(".", " ").title()


def _small(words: str) -> str:
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def _people(config: Any, about: _About) -> str:
    return _who(config.assign, about) or "Starter"


def _approval(config: Any, about: _About) -> str:
    people = _people(config, about)
    return people if config.quorum is None else f"{people}, {config.quorum} of them"


def _state(config: Any, about: _About) -> str:
    return _who(config.assign, about)


def _decide(config: Any, about: _About) -> str:
    rules = len(config.rules)
    return plain(config.use) if config.use else f"Decision table, {rules} rule{'' if rules == 1 else 's'}"


def _automate(config: Any, about: _About) -> str:
    return AUTOMATIC.get(config.do, plain(config.do))


def _email(config: Any, about: _About) -> str:
    return f"To {_small(_who(config.to, about))}"


def _wait(config: Any, about: _About) -> str:
    found = (
        str(config.for_) if config.for_ is not None else "",
        f"until {_moment(config.until)}" if config.until is not None else "",
        f"message {config.message}" if config.message is not None else "",
        f"milestone {config.reached}" if config.reached is not None else "",
    )
    return " or ".join(part for part in found if part)


def _moment(expression: str) -> str:
    """A field's name in words; what is computed has no place on a small card."""
    text = expression.strip().removeprefix("=").strip()
    return plain(text.replace("_", " ")) if text.isidentifier() else "a date"


def _child(config: Any, about: _About) -> str:
    return plain(config.use)


def _nobody(config: Any, about: _About) -> str:
    return ""


_BY_KIND: dict[str, Callable[[Any, _About], str]] = {
    "task": _people,
    "approval": _approval,
    "state": _state,
    "decide": _decide,
    "automate": _automate,
    "email": _email,
    "wait": _wait,
    "workflow": _child,
}
