"""Who may see and do what. Every read and every write of an operation passes here.

| on a case | who |
| --- | --- |
| see | members (or whom `visible to` names), starter, whoever has or had a task in it, owner group, administrators |
| comment | whoever sees it, guests excepted |
| skip, send back, cancel, correct data, change due dates, reopen, reassign | the owner group, administrators |
| see a field with `see:` | those it names, and nobody else |
| correct a field with `edit:` | those it names, and nobody else |

| on a task | who |
| --- | --- |
| see | whoever sees the case; a guest only the task of the private link |
| work on it | its assignee, or a candidate while nobody has it; never anybody for another |

What one may not see answers as though it did not exist. The rule of the newest published version decides, so that
closing a workflow also closes its older cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from procession.engine.case import Activation, Case
from procession.engine.definition import Definition, Field
from procession.engine.moment import Actor, Person
from procession.engine.rejections import Forbidden, NotAssignee, NotFound, Unauthenticated

Kind = Literal["person", "guest", "nobody", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who stands at the door."""

    kind: Kind = "nobody"
    person: Person | None = None
    task_id: str | None = None
    """Of a guest: the one task the private link opens."""
    guest: str | None = None
    """Of a guest: `guest:EMAIL`, as the case knows them."""
    scopes: frozenset[str] | None = None
    """Of an API token: what it is limited to; None is no limit."""
    session: str | None = None
    """The session or token that let the person in."""

    @property
    def id(self) -> str:
        """The name under which what is done is recorded; empty for nobody."""
        if self.person is not None:
            return self.person.id
        return (self.guest or "guest") if self.kind == "guest" else "system" if self.kind == "system" else ""

    @property
    def is_admin(self) -> bool:
        return self.kind == "system" or (self.person is not None and self.person.admin)

    def as_actor(self) -> Actor:
        """The actor that the engine decides for."""
        if self.kind == "guest":
            return Actor(self.id, "guest")
        if self.kind == "system":
            return Actor("system", "system", admin=True)
        return Actor(self.id, "person", admin=self.is_admin)


NOBODY = Caller()


def member(caller: Caller) -> Person:
    """The person who asks. Raises `Unauthenticated` for anybody else."""
    if caller.person is None or not caller.person.active:
        raise Unauthenticated("Log in first.")
    return caller.person


def administrator(caller: Caller) -> None:
    """Raises `Forbidden` unless an administrator asks."""
    if not caller.is_admin:
        member(caller)
        raise Forbidden("Only an administrator may do this.")


def scope(caller: Caller, needed: str) -> None:
    """Raises `Forbidden` where the API token is not meant for this."""
    if caller.scopes is not None and needed not in caller.scopes and needed != "public":
        raise Forbidden(f"This token may not be used for {needed}.", hint="Make one with that scope.")


def named(caller: Caller, words: Iterable[str], case: Case | None = None) -> bool:
    """Whether one of the assignment words (`starter`, `group:NAME`, `role:NAME`, `person:EMAIL`) names the caller."""
    person = caller.person
    if person is None:
        return False
    return any(_names(word, person, case) for word in words)


def _names(word: str, person: Person, case: Case | None) -> bool:
    if word in ("everyone", "members", "public"):
        return True
    if word in ("starter", "requester"):
        return case is not None and case.starter == person.id
    sort, _, name = word.partition(":")
    if sort == "group":
        return name in person.groups
    if sort == "role":
        return name in person.roles
    return sort == "person" and name in (person.id, person.email)


# --- cases ------------------------------------------------------------------------------------------------------------


def sees_all_of(caller: Caller, definition: Definition) -> bool:
    """Whether every case of the definition is open to the caller, whoever started it."""
    if caller.is_admin:
        return True
    if caller.person is None:
        return False
    words = [word for word in definition.visible_to if word not in ("starter", "requester")]
    return not definition.visible_to or named(caller, words) or is_owner(caller, definition)


def sees(caller: Caller, case: Case, definition: Definition, *, had_task: bool = False) -> bool:
    """Whether the caller may see the case. `had_task`: the records know of a task of theirs that is closed."""
    if caller.kind == "guest":
        return False
    return sees_all_of(caller, definition) or (
        caller.person is not None and (had_task or is_involved(caller.person.id, case))
    )


def is_involved(person: str, case: Case) -> bool:
    """Started it, has a task in it, could claim one, finished one, or is asked something about it."""
    return (
        case.starter == person
        or any(person == one.assignee or person in one.candidates for one in case.activations.values())
        or any(person in people for people in case.did.values())
        or any(person in asked["to"] for asked in case.feedback.values())
    )


def may_see(caller: Caller, case: Case, definition: Definition, *, had_task: bool = False) -> None:
    """Raises `NotFound` where the caller may not see the case."""
    if not sees(caller, case, definition, had_task=had_task):
        raise NotFound("There is no such case, or none that you may see.")


def is_owner(caller: Caller, definition: Definition) -> bool:
    """Whether the caller answers for the workflow: its owner group, or an administrator."""
    if caller.is_admin:
        return True
    return caller.person is not None and bool(definition.owner) and definition.owner in caller.person.groups


def may_act_as_owner(caller: Caller, definition: Definition, to: str) -> None:
    """Raises `Forbidden` unless the owner group or an administrator asks. `to` completes the sentence."""
    if not is_owner(caller, definition):
        who = f"the group {definition.owner} or an administrator" if definition.owner else "an administrator"
        raise Forbidden(f"Only {who} may {to}.")


def may_start(caller: Caller, definition: Definition) -> None:
    """Raises `NotFound` or `Forbidden` where the caller may not start a case of the definition."""
    by = definition.start.by
    if by == "public":
        return
    member(caller)
    if by == "nobody":
        raise Forbidden(f"{definition.title} is only started by other workflows.")
    if not named(caller, (by,)):
        raise Forbidden(f"{definition.title} is started by {by.replace(':', ' ')}.")


def can_start(caller: Caller, definition: Definition) -> bool:
    """Whether the definition stands among those the caller may start."""
    by = definition.start.by
    return caller.person is not None and by != "nobody" and named(caller, (by,))


# --- fields -----------------------------------------------------------------------------------------------------------


def sees_field(caller: Caller, field: Field, case: Case | None) -> bool:
    """Whether the value of the field may be shown."""
    return not field.see or caller.kind == "system" or named(caller, field.see, case)


def hidden_fields(caller: Caller, definition: Definition, case: Case | None) -> frozenset[str]:
    """The fields whose values must not be shown."""
    return frozenset(name for name, field in definition.fields.items() if not sees_field(caller, field, case))


def edits_field(caller: Caller, field: Field, case: Case | None) -> bool:
    """Whether `edit:` lets the caller write the field."""
    return not field.edit or caller.kind == "system" or named(caller, field.edit, case)


def may_write(caller: Caller, definition: Definition, case: Case | None, names: Iterable[str]) -> None:
    """Raises `Forbidden` where one of the fields is not the caller's to write."""
    for name in names:
        field = definition.fields.get(name)
        if field is not None and not edits_field(caller, field, case):
            raise Forbidden(f"{field.title} may only be written by {', '.join(field.edit)}.", field=name)


# --- tasks ------------------------------------------------------------------------------------------------------------

WORDS: Mapping[str, str] = {"complete": "complete", "claim": "claim", "delegate": "hand on", "release": "release"}


def works_on(caller: Caller, task_id: str, activation: Activation) -> bool:
    """Whether the task is the caller's to do: assigned to them, or free and they are a candidate."""
    if caller.kind == "guest":
        mine = activation.assignee is None or activation.assignee == caller.guest
        return activation.guest and mine and caller.task_id == task_id
    person = caller.person
    if person is None:
        return False
    if activation.assignee is not None:
        return activation.assignee == person.id
    return person.id in activation.candidates


def may_work_on(caller: Caller, task_id: str, activation: Activation) -> None:
    """Raises `NotAssignee` unless the task is the caller's to do. Administrators are no exception."""
    if not works_on(caller, task_id, activation):
        whose = f"It is {activation.assignee}'s." if activation.assignee else "You are not among its candidates."
        raise NotAssignee(f"This task is somebody else's. {whose}", assignee=activation.assignee)
