"""Reads what operations show: a case with its history for the one who asks, and only if they may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from procession.engine.case import Case
from procession.engine.definition import Definition, Process
from procession.engine.moment import Moment
from procession.engine.rejections import NotFound
from procession.operations import access
from procession.operations.case_shapes import ChildView, Recorded
from procession.operations.case_views import Seen
from procession.operations.context import Context
from procession.operations.sentences import titles
from procession.operations.values import CaseRef, Names, PersonRef, definition_ref
from procession.store.cases import CaseRow
from procession.store.deciding import moment_of
from procession.store.tasks import TaskRow as StoredTask
from procession.store.transaction import Transaction

NO_CASE = "There is no such case, or none that you may see."


def moment(ctx: Context) -> Moment:
    """Now, as decisions and views see it."""
    counter = ctx.store.memory.counter(ctx.organisation)
    return moment_of(ctx.surroundings, ctx.caller.as_actor(), ctx.at, counter)


def names(ctx: Context) -> Names:
    """How people are called."""
    return Names(ctx.surroundings.directory.people)


def rule_of(ctx: Context, definition: str, version: int) -> Definition:
    """The definition whose rule says who sees a case: the newest version; its own where that was retired."""
    try:
        return ctx.definition(definition)
    except NotFound:
        return ctx.definition(definition, version)


def open_definitions(ctx: Context) -> list[str]:
    """The definitions all of whose cases the caller may see."""
    latest = ctx.surroundings.latest
    return [id_ for id_ in latest if access.sees_all_of(ctx.caller, ctx.definition(id_))]


def may_see(ctx: Context, tx: Transaction, case: Case) -> bool:
    """Whether the caller may see the case; the records are asked where the case itself does not say."""
    if access.sees(ctx.caller, case, rule_of(ctx, case.definition, case.version)):
        return True
    person = ctx.caller.person
    if person is None:
        return False
    if any(_had(person.id, task) for task in tx.tasks.of_case(case.id)):
        return True
    return case.process_case is not None and _answers_for(ctx, tx, case.process_case)


def _had(person: str, task: StoredTask) -> bool:
    """Has, had, or could once have claimed it: lists know no other rule."""
    return person in (task.assignee, task.completed_by, *task.candidates)


def _answers_for(ctx: Context, tx: Transaction, process_case: str) -> bool:
    """Who answers for a process sees the cases of its members."""
    found = tx.cases.find(process_case)
    return found is not None and access.is_owner(ctx.caller, rule_of(ctx, found.definition, found.version))


def case_of(ctx: Context, tx: Transaction, case_id: str) -> Case:
    """The case, if the caller may see it. Raises `NotFound`."""
    found = tx.cases.find(case_id)
    if found is None or not may_see(ctx, tx, found):
        raise NotFound(NO_CASE)
    return found


def seen(ctx: Context, case_id: str) -> Seen:
    """The case with its history and children. Raises `NotFound`."""
    with ctx.store.transaction(ctx.organisation) as tx:
        return seen_in(ctx, tx, case_of(ctx, tx, case_id))


def seen_in(ctx: Context, tx: Transaction, case: Case, *, with_children: bool = True) -> Seen:
    """A case that the caller may see, with its history and children."""
    now = moment(ctx)
    called = Names(now.directory.people)
    program = ctx.program(case.definition, case.version)
    return Seen(
        caller=ctx.caller,
        program=program,
        members=member_titles(ctx, program.definition),
        case=case,
        moment=now,
        names=called,
        history=history(tx, case.id),
        children=children(ctx, tx, case, called) if with_children else (),
    )


def member_titles(ctx: Context, definition: Definition) -> dict[str, str]:
    """What people call the parts of a process: the process's own word, else the title of the workflow where no other part
    runs the same one, else its id in words."""
    if not isinstance(definition, Process):
        return {}
    latest, parts = ctx.surroundings.latest, definition.members
    uses = Counter(one.use for one in parts.values())
    alone = {
        id_: ctx.definition(one.use).title for id_, one in parts.items() if uses[one.use] == 1 and one.use in latest
    }
    return titles(definition, alone | {id_: one.title for id_, one in parts.items() if one.title})


def history(tx: Transaction, case_id: str) -> Sequence[Recorded]:
    """The events of a case, in order."""
    return [Recorded(row.seq, row.at, row.actor, row.event) for row in tx.events.of_case(case_id)]


def children(ctx: Context, tx: Transaction, case: Case, called: Names) -> tuple[ChildView, ...]:
    """The cases that steps or members of this one started. One that the caller may not see has neither id nor name."""
    steps = {one.child: one.step for one in case.activations.values() if one.child}
    views: list[ChildView] = []
    for row in tx.cases.children(case.id):
        rule = rule_of(ctx, row.definition, row.version)
        whole = tx.cases.get(row.id)
        visible = may_see(ctx, tx, whole)
        people, since, now = held(tx.tasks.of_case(row.id))
        views.append(
            ChildView(
                case=CaseRef(id=row.id if visible else "", name=row.name if visible else rule.title, status=row.status),
                workflow=definition_ref(rule, row.version),
                step=steps.get(row.id),
                member=row.member,
                outcome=row.outcome,
                started_at=row.started_at,
                closed_at=row.closed_at,
                with_=called.refs(people),
                since=since,
                now=now,
            )
        )
    return tuple(views)


def held(tasks: Iterable[StoredTask]) -> tuple[tuple[str, ...], datetime | None, tuple[str, ...]]:
    """Who has open tasks of a case, since when, and what they are called."""
    open_ = [task for task in tasks if task.status == "open"]
    if not open_:
        return (), None, ()
    people = (person for task in open_ for person in ([task.assignee] if task.assignee else task.candidates))
    since = min(task.assigned_at or task.ready_at for task in open_)
    return tuple(dict.fromkeys(people)), since, tuple(dict.fromkeys(task.title for task in open_))


def ref_if_visible(ctx: Context, tx: Transaction, case_id: str | None) -> CaseRef | None:
    """A link to a case, where there is one that the caller may see."""
    found = tx.cases.find(case_id) if case_id else None
    if found is None or not may_see(ctx, tx, found):
        return None
    return CaseRef(id=found.id, name=found.name, status=found.status)


def row_ref(row: CaseRow) -> CaseRef:
    """A link to the case of a list's row."""
    return CaseRef(id=row.id, name=row.name, status=row.status)


def person_ref(ctx: Context, person: str | None) -> PersonRef | None:
    """The person as a value of an answer."""
    return names(ctx).ref(person) if person else None
