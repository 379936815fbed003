"""Cases: reading them, and finding them for lists. Only commands change them (`Store.execute`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procession.engine.case import Case, Json
from procession.engine.rejections import NotFound
from procession.store.ids import is_id
from procession.store.noun import Noun, like, up_to_most


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case, as far as lists need it."""

    id: str
    definition: str
    version: int
    kind: str
    status: str
    outcome: str | None
    name: str
    number: int
    starter: str
    started_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    changed_at: datetime
    parent: str | None
    parent_activation: str | None
    process_case: str | None
    member: str | None
    incidents: int
    """How many are open."""
    seq: int


_COLUMNS = (
    "c.id::text, c.definition, c.version, c.kind, c.status, c.outcome, c.name, c.number, c.starter, c.started_at, "
    "c.closed_at, c.due_at, c.changed_at, c.parent::text, c.parent_activation, c.process_case::text, c.member, "
    "c.incidents, c.seq"
)


_AFTER_BY_DUE = (
    "(coalesce(c.due_at, 'infinity'), c.id) > (SELECT coalesce(l.due_at, 'infinity'), l.id FROM cases l "
    "WHERE l.organisation = :organisation AND l.id = CAST(:after AS uuid))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBy:
    """What a person may see: cases of these definitions, and those the person takes part in."""

    person: str
    definitions: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list shows; everything that is given must hold."""

    definition: str | None = None
    kind: str | None = None
    status: str | None = None
    """open, done or cancelled."""
    outcome: str | None = None
    starter: str | None = None
    process_case: str | None = None
    parent: str | None = None
    top_level: bool = False
    """Leave out cases that other cases started."""
    overdue_at: datetime | None = None
    """Open and due before this moment."""
    with_incident: bool = False
    unassigned: bool = False
    """An open task of it has nobody."""
    step: str | None = None
    """A task of this step is open."""
    worked_by: str | None = None
    """This person has, or may claim, an open task of it."""
    search: str | None = None
    """Part of the name."""
    started_from: datetime | None = None
    started_before: datetime | None = None
    seen_by: SeenBy | None = None


class Cases(Noun):
    """Cases of the organisation."""

    def get(self, case_id: str) -> Case:
        """The case. Raises NotFound."""
        case = self.find(case_id)
        if case is None:
            raise NotFound("There is no such case.")
        return case

    def find(self, case_id: str) -> Case | None:
        """The case, or None."""
        if not is_id(case_id):
            return None
        snapshot: dict[str, Json] | None = self.run(
            "SELECT snapshot FROM cases WHERE organisation = :organisation AND id = :id", id=case_id
        ).scalar()
        return Case.from_json(snapshot) if snapshot is not None else None

    def row(self, case_id: str) -> CaseRow:
        """The case as lists show it. Raises NotFound."""
        found = self.rows([case_id])
        if not found:
            raise NotFound("There is no such case.")
        return found[0]

    def rows(self, case_ids: Sequence[str]) -> list[CaseRow]:
        """Those of the cases that exist, newest first."""
        ids = [one for one in case_ids if is_id(one)]
        return self.all(
            CaseRow,
            f"SELECT {_COLUMNS} FROM cases c WHERE c.organisation = :organisation AND c.id = ANY(CAST(:ids AS uuid[])) "
            "ORDER BY c.id DESC",
            ids=ids,
        )

    def list(
        self, filters: CaseFilter | None = None, after: str | None = None, limit: int = 50, *, by_due: bool = False
    ) -> list[CaseRow]:
        """Cases, newest first, or what is due first first; `after` is the id that the page before ended with."""
        where, parameters = _where(filters or CaseFilter())
        if after is not None and is_id(after):
            parameters["after"] = after
            where.append(_AFTER_BY_DUE if by_due else "c.id < CAST(:after AS uuid)")
        order = "coalesce(c.due_at, 'infinity'), c.id" if by_due else "c.id DESC"
        statement = f"SELECT {_COLUMNS} FROM cases c WHERE {' AND '.join(where)} ORDER BY {order} LIMIT :limit"
        return self.all(CaseRow, statement, limit=limit, **parameters)

    def open_parts(self, case_ids: Sequence[str]) -> dict[str, str]:
        """The open parts of several process cases, each with its process case: for lists of cases."""
        rows = self.rows_of(
            "SELECT id::text, process_case::text FROM cases WHERE organisation = :organisation "
            "AND process_case = ANY(CAST(:cases AS uuid[])) AND status = 'open' ORDER BY id",
            cases=[one for one in case_ids if is_id(one)],
        )
        return {str(part): str(whole) for part, whole in rows}

    def find_many(self, case_ids: Sequence[str]) -> dict[str, Case]:
        """Those of the cases that exist, by id."""
        rows = self.rows_of(
            "SELECT id::text, snapshot FROM cases WHERE organisation = :organisation AND id = ANY(CAST(:ids AS "
            "uuid[]))",
            ids=[one for one in case_ids if is_id(one)],
        )
        return {str(id_): Case.from_json(snapshot) for id_, snapshot in rows}

    def count(self, filters: CaseFilter | None = None, most: int | None = None) -> int:
        """How many there are; with `most`, no more than so many are counted."""
        where, parameters = _where(filters or CaseFilter())
        rows = f"SELECT FROM cases c WHERE {' AND '.join(where)}"
        return self.run(f"SELECT {up_to_most(rows)}", most=most, **parameters).scalar_one()

    def children(self, case_id: str) -> list[CaseRow]:
        """Cases that this one started, in the order they began."""
        return self.all(
            CaseRow,
            f"SELECT {_COLUMNS} FROM cases c WHERE c.organisation = :organisation AND c.parent = CAST(:id AS uuid) "
            "ORDER BY c.id",
            id=case_id,
        )

    def with_prefix(self, prefix: str, limit: int = 2) -> list[str]:
        """Ids that begin so; two suffice to know that a prefix is not unique."""
        bare = prefix.lower().replace("-", "")
        if not bare or len(bare) > 32 or any(letter not in "0123456789abcdef" for letter in bare):
            return []
        found = self.rows_of(
            "SELECT id::text FROM cases WHERE organisation = :organisation "
            "AND id BETWEEN CAST(:low AS uuid) AND CAST(:high AS uuid) ORDER BY id LIMIT :limit",
            low=bare.ljust(32, "0"), high=bare.ljust(32, "f"), limit=limit,
        )  # fmt: skip
        return [id_ for (id_,) in found]

    def child_of(self, parent: str, activation: str) -> str | None:
        """The case that an activation of another case started."""
        return self.run(
            "SELECT id::text FROM cases WHERE organisation = :organisation AND parent = CAST(:parent AS uuid) "
            "AND parent_activation = :activation",
            parent=parent, activation=activation,
        ).scalar()  # fmt: skip


def _where(filters: CaseFilter) -> tuple[list[str], dict[str, Any]]:
    where = ["c.organisation = :organisation"]
    parameters: dict[str, Any] = {}

    def add(name: str, value: object, condition: str) -> None:
        if value is not None:
            where.append(condition)
            parameters[name] = value

    add("definition", filters.definition, "c.definition = :definition")
    add("kind", filters.kind, "c.kind = :kind")
    add("status", filters.status, "c.status = :status")
    add("outcome", filters.outcome, "c.outcome = :outcome")
    add("starter", filters.starter, "c.starter = :starter")
    add("process_case", filters.process_case, "c.process_case = CAST(:process_case AS uuid)")
    add("parent", filters.parent, "c.parent = CAST(:parent AS uuid)")
    add("overdue_at", filters.overdue_at, "c.status = 'open' AND c.due_at < :overdue_at")
    add("search", like(filters.search) if filters.search else None, "c.name ILIKE :search")
    add("started_from", filters.started_from, "c.started_at >= :started_from")
    add("started_before", filters.started_before, "c.started_at < :started_before")
    add(
        "step",
        filters.step,
        "EXISTS (SELECT FROM tasks t WHERE t.organisation = c.organisation AND t.case_id = c.id AND t.status = 'open' "
        "AND t.step = :step)",
    )
    add(
        "worked_by",
        filters.worked_by,
        "EXISTS (SELECT FROM tasks t WHERE t.organisation = c.organisation AND t.case_id = c.id AND t.status = 'open' "
        "AND (t.assignee = :worked_by OR t.assignee IS NULL AND :worked_by = ANY(t.candidates)))",
    )
    if filters.top_level:
        where.append("c.parent IS NULL")
    if filters.unassigned:
        where.append(
            "EXISTS (SELECT FROM tasks t WHERE t.organisation = c.organisation AND t.case_id = c.id AND t.status = 'open' "
            "AND t.assignee IS NULL)"
        )
    if filters.with_incident:
        where.append("c.incidents > 0")
    if filters.seen_by is not None:
        where.append(
            "(c.starter = :seer OR c.definition = ANY(:seen_definitions) OR EXISTS (SELECT FROM tasks t "
            "WHERE t.organisation = c.organisation AND t.case_id = c.id "
            "AND (t.assignee = :seer OR t.completed_by = :seer OR :seer = ANY(t.candidates))))"
        )
        parameters |= {"seer": filters.seen_by.person, "seen_definitions": list(filters.seen_by.definitions)}
    return where, parameters
