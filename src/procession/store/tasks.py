"""Tasks: inboxes and lists. Only commands change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procession.engine.case import split_task_id, task_id
from procession.engine.rejections import NotFound
from procession.store.ids import is_id
from procession.store.noun import MOST_COUNTED, Noun, like, up_to_most


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task, with what a list says of its case."""

    case_id: str
    activation: str
    definition: str
    step: str
    kind: str
    title: str
    status: str
    """open, done, withdrawn or skipped."""
    assignee: str | None
    candidates: list[str]
    guest: bool
    attempt: int
    department: str | None
    ready_at: datetime
    assigned_at: datetime | None
    first_opened_at: datetime | None
    started_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    completed_by: str | None
    outcome: str | None
    case_name: str
    case_status: str
    case_number: int
    case_starter: str
    version: int

    @property
    def id(self) -> str:
        """The task's public id."""
        return task_id(self.case_id, self.activation)


_OF_TASK = (
    "t.case_id, t.activation, t.definition, t.step, t.kind, t.title, t.status, t.assignee, t.candidates, t.guest, "
    "t.attempt, t.department, t.ready_at, t.assigned_at, t.first_opened_at, t.started_at, t.due_at, t.closed_at, "
    "t.completed_by, t.outcome"
)
_OF_CASE = "c.name, c.status, c.number, c.starter, c.version"
_COLUMNS = f"{_OF_TASK.replace('t.case_id', 't.case_id::text', 1)}, {_OF_CASE}"
_JOIN = "JOIN cases c ON c.organisation = t.organisation AND c.id = t.case_id"
_DUE = "CASE WHEN {0}.due_at IS NULL THEN 'infinity' ELSE {0}.due_at END"
# The very words of the indexes. Not `coalesce`: PostgreSQL takes a condition to an index before row-level security only
# where it cannot tell of rows, and coalesce it does not trust, so that page n read all pages before it.

_AFTER = (
    "AND (" + _DUE + ", {0}.case_id, {0}.activation) > (coalesce(CAST(:after_due AS timestamptz), 'infinity'), "
    "CAST(:after_case AS uuid), :after_activation)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks a list shows; everything that is given must hold."""

    status: str | None = "open"
    assignee: str | None = None
    definition: str | None = None
    step: str | None = None
    case_id: str | None = None
    department: str | None = None
    overdue_at: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    undated_too: bool = False
    """With `due_from`: also tasks without a due date."""
    unassigned: bool = False
    candidate: str | None = None
    """This person may claim it."""
    case_starter: str | None = None
    not_assignee: str | None = None
    """Not this person's."""
    definitions: Sequence[str] | None = None
    """Of one of these."""
    search: str | None = None
    """Part of the task's title or of the case's name."""


class Tasks(Noun):
    """Tasks of the organisation."""

    def get(self, task: str) -> TaskRow:
        """A task by its public id. Raises NotFound."""
        case_id, activation = split_task_id(task)
        found = None
        if is_id(case_id):
            found = self.one(
                TaskRow,
                f"SELECT {_COLUMNS} FROM tasks t {_JOIN} WHERE t.organisation = :organisation "
                "AND t.case_id = CAST(:case AS uuid) AND t.activation = :activation",
                case=case_id, activation=activation,
            )  # fmt: skip
        if found is None:
            raise NotFound("There is no such task.")
        return found

    view = get

    def of_case(self, case_id: str) -> list[TaskRow]:
        """All tasks of a case, in the order they became ready."""
        return self.all(
            TaskRow,
            f"SELECT {_COLUMNS} FROM tasks t {_JOIN} WHERE t.organisation = :organisation "
            "AND t.case_id = CAST(:case AS uuid) ORDER BY t.ready_at, CAST(substr(t.activation, 2) AS integer)",
            case=case_id,
        )

    def open_of_cases(self, case_ids: Sequence[str]) -> dict[str, list[TaskRow]]:
        """The open tasks of several cases, by case: for lists of cases."""
        found: dict[str, list[TaskRow]] = {}
        rows = self.all(
            TaskRow,
            f"SELECT {_COLUMNS} FROM tasks t {_JOIN} WHERE t.organisation = :organisation "
            "AND t.case_id = ANY(CAST(:cases AS uuid[])) AND t.status = 'open' ORDER BY t.ready_at",
            cases=[one for one in case_ids if is_id(one)],
        )
        for row in rows:
            found.setdefault(row.case_id, []).append(row)
        return found

    def inbox(
        self,
        person: str,
        after: str | None = None,
        limit: int = 50,
        *,
        assigned: bool = True,
        claimable: bool = True,
    ) -> list[TaskRow]:
        """What a person can do now, what is due first first: their own tasks, and those they may claim.

        Args:
            after: the task id that the page before ended with.
            limit: how many; among the words of the statement, because PostgreSQL distrusts a plan made for any number
                and would plan each page of a long inbox anew.
        """
        parameters: dict[str, Any] = {"person": person}
        more = {"t": "", "k": ""}
        if after is not None and (last := self._place_of(after)) is not None:
            parameters |= last
            more = {name: _AFTER.format(name) for name in more}
        own = (
            f"(SELECT {_DUE.format('t')} AS due, {_OF_TASK} FROM tasks t "
            f"WHERE t.organisation = :organisation AND t.assignee = :person AND t.status = 'open' {more['t']} "
            f"ORDER BY {_DUE.format('t')}, t.case_id, t.activation LIMIT {limit:d})"
        )
        shared = (
            f"(SELECT k.due, {_OF_TASK} FROM (SELECT {_DUE.format('k')} AS due, k.case_id, k.activation "
            f"FROM candidates k WHERE k.organisation = :organisation AND k.person = :person {more['k']} "
            f"ORDER BY {_DUE.format('k')}, k.case_id, k.activation LIMIT {limit:d}) k JOIN tasks t "
            "ON t.organisation = :organisation AND t.case_id = k.case_id AND t.activation = k.activation)"
        )
        sources = " UNION ALL ".join(part for part, wanted in ((own, assigned), (shared, claimable)) if wanted)
        if not sources:
            return []
        statement = (
            f"SELECT {_COLUMNS} FROM (SELECT * FROM ({sources}) either ORDER BY due, case_id, activation LIMIT {limit:d}) t "
            f"{_JOIN.replace('t.organisation', ':organisation')} ORDER BY t.due, t.case_id, t.activation"
        )
        return self.all(TaskRow, statement, **parameters)

    def _place_of(self, task: str) -> dict[str, Any] | None:
        case_id, activation = split_task_id(task)
        if not is_id(case_id):
            return None
        row = self.run(
            "SELECT due_at FROM tasks WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "AND activation = :activation",
            case=case_id, activation=activation,
        ).first()  # fmt: skip
        if row is None:
            return None
        return {"after_due": row[0], "after_case": case_id, "after_activation": activation}

    def counts(self, person: str, at: datetime) -> dict[str, int]:
        """For the badge of the inbox: assigned, claimable, overdue; each at most `MOST_COUNTED`."""
        mine = "SELECT FROM tasks t WHERE t.organisation = :organisation AND t.assignee = :person AND t.status = 'open'"
        late = f"{mine} AND {_DUE.format('t')} < :at"
        (row,) = self.rows_of(
            f"SELECT {up_to_most(mine)}, {up_to_most(late)}, "
            + up_to_most("SELECT FROM candidates WHERE organisation = :organisation AND person = :person"),
            person=person, at=at, most=MOST_COUNTED,
        )  # fmt: skip
        return {"assigned": row[0], "overdue": row[1], "claimable": row[2]}

    def done_by(self, person: str, limit: int = 50) -> list[TaskRow]:
        """What a person finished, latest first."""
        return self.all(
            TaskRow,
            f"SELECT {_COLUMNS} FROM tasks t {_JOIN} WHERE t.organisation = :organisation AND t.completed_by = :person "
            "AND t.status = 'done' ORDER BY t.closed_at DESC LIMIT :limit",
            person=person, limit=limit,
        )  # fmt: skip

    def list(self, filters: TaskFilter | None = None, after: str | None = None, limit: int = 50) -> list[TaskRow]:
        """Tasks of everybody, what is due first first; for administrators and owners of workflows."""
        where, parameters = _where(filters or TaskFilter())
        if after is not None and (last := self._place_of(after)) is not None:
            where.append(_AFTER.format("t").removeprefix("AND "))
            parameters |= last
        return self.all(
            TaskRow,
            f"SELECT {_COLUMNS} FROM tasks t {_JOIN} WHERE {' AND '.join(where)} "
            f"ORDER BY {_DUE.format('t')}, t.case_id, t.activation LIMIT :limit",
            limit=limit, **parameters,
        )  # fmt: skip


def _where(filters: TaskFilter) -> tuple[list[str], dict[str, Any]]:
    where = ["t.organisation = :organisation"]
    parameters: dict[str, Any] = {}

    def add(name: str, value: object, condition: str) -> None:
        if value is not None:
            where.append(condition)
            parameters[name] = value

    add("status", filters.status, "t.status = :status")
    add("assignee", filters.assignee, "t.assignee = :assignee")
    add("definition", filters.definition, "t.definition = :definition")
    add("step", filters.step, "t.step = :step")
    add("case", filters.case_id, "t.case_id = CAST(:case AS uuid)")
    add("department", filters.department, "t.department = :department")
    add("overdue_at", filters.overdue_at, "t.status = 'open' AND t.due_at < :overdue_at")
    dated_from = "t.due_at IS NULL OR t.due_at >= :due_from" if filters.undated_too else "t.due_at >= :due_from"
    add("due_from", filters.due_from, f"({dated_from})")
    add("due_before", filters.due_before, "t.due_at < :due_before")
    add(
        "candidate",
        filters.candidate,
        "EXISTS (SELECT FROM candidates k WHERE k.organisation = t.organisation AND k.case_id = t.case_id "
        "AND k.activation = t.activation AND k.person = :candidate)",
    )
    add("case_starter", filters.case_starter, "c.starter = :case_starter")
    add("not_assignee", filters.not_assignee, "t.assignee IS DISTINCT FROM :not_assignee")
    definitions = list(filters.definitions) if filters.definitions is not None else None
    add("definitions", definitions, "t.definition = ANY(:definitions)")
    add("search", like(filters.search) if filters.search else None, "(t.title ILIKE :search OR c.name ILIKE :search)")
    if filters.unassigned:
        where.append("t.assignee IS NULL")
    return where, parameters
