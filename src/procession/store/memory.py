"""What a process remembers of the database. None of it is trusted: each commit checks it, each refusal reads anew."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

from procession.engine.case import Case
from procession.engine.moment import Counted
from procession.engine.rejections import NotFound
from procession.store.connecting import SET_ORGANISATION, explicit_transaction
from procession.store.counting import count_cases
from procession.store.deciding import Known
from procession.store.keys import FIND, Repeat, repeats_of
from procession.store.pilots import starting_version
from procession.store.programs import Programs
from procession.store.requests import Request
from procession.store.surroundings import Surroundings, UnknownOrganisation, load_surroundings
from procession.store.writing import Write

_MOST_CASES = 1_000
"""Cases in memory; the least recently used leave first. About 5 KB each."""

_LOOK = """
SELECT o.version, c.id::text, c.snapshot, c.hash
FROM organisations o LEFT JOIN cases c ON c.organisation = o.organisation AND c.id = ANY(%s::uuid[])
WHERE o.organisation = %s
"""

_NUMBERS = "SELECT definition, last FROM numbers WHERE organisation = %s AND definition = ANY(%s)"


@dataclass(slots=True)
class View:
    """What the decisions of one commit are made on."""

    surroundings: Surroundings
    cases: dict[str, Known] = field(default_factory=dict[str, Known])
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    """Definition → the last running number taken."""
    repeats: dict[str, Repeat] = field(default_factory=dict[str, Repeat])

    def place_of(self, request: Request) -> tuple[str, int, Known]:
        """Definition, version and case that a request is about. Raises NotFound."""
        if request.starts is not None:
            version = starting_version(self.surroundings, request)
            if version is None:
                raise NotFound(f"There is no published definition '{request.starts}'.")
            return request.starts, version, Known(Case(id=request.case_id))
        known = self.cases.get(request.case_id)
        if known is None:
            raise NotFound("There is no such case.")
        return known.case.definition, known.case.version, known


class Memory:
    """Cases used lately, organisations, running numbers and compiled definitions."""

    def __init__(self, pool: ConnectionPool[Connection[Any]]) -> None:
        self.programs = Programs()
        self._pool = pool
        self._cases: OrderedDict[tuple[str, str], Known] = OrderedDict()
        self._surroundings: dict[str, Surroundings] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def look(self, connection: Connection[Any], organisation: str, requests: Sequence[Request], *, fresh: bool) -> View:
        """What the requests need, from memory where it has everything and `fresh` is not asked for.

        Raises UnknownOrganisation.
        """
        if not fresh and (known := self._known(organisation, requests)) is not None:
            return known
        ids = [request.case_id for request in requests if request.starts is None]
        starts = sorted({request.starts for request in requests if request.starts is not None})
        keys = [request.key.key for request in requests if request.key is not None]
        found_keys = numbers = None
        with connection.pipeline():
            connection.execute(SET_ORGANISATION, [organisation])
            rows = connection.execute(_LOOK, [ids, organisation])
            if starts:
                numbers = connection.execute(_NUMBERS, [organisation, starts])
            if keys:
                found_keys = connection.execute(FIND, [organisation, keys])
        found = rows.fetchall()
        if not found:
            raise UnknownOrganisation(f"There is no organisation {organisation!r} in this database.")
        return View(
            surroundings=self.surroundings_of(connection, organisation, found[0][0]),
            cases={id_: Known(Case.from_json(snapshot), hash_) for _, id_, snapshot, hash_ in found if id_ is not None},
            numbers=dict(numbers.fetchall()) if numbers is not None else {},
            repeats=repeats_of(found_keys.fetchall()) if found_keys is not None else {},
        )

    def _known(self, organisation: str, requests: Sequence[Request]) -> View | None:
        with self._lock:
            surroundings = self._surroundings.get(organisation)
            if surroundings is None:
                return None
            view = View(surroundings)
            for request in requests:
                if request.starts is not None:
                    number = self._numbers.get((organisation, request.starts))
                    if number is None:
                        return None
                    view.numbers[request.starts] = number
                    continue
                known = self._cases.get((organisation, request.case_id))
                if known is None:
                    return None
                view.cases[request.case_id] = known
            return view

    def surroundings_of(self, connection: Connection[Any], organisation: str, version: int) -> Surroundings:
        """The organisation in this version or a newer one."""
        known = self._surroundings.get(organisation)
        if known is None or known.version != version:
            with explicit_transaction(connection, organisation):
                known = load_surroundings(connection, organisation)
            self._surroundings[organisation] = known
        return known

    def keep(self, organisation: str, writes: Iterable[Write]) -> None:
        """Remember what was just committed."""
        with self._lock:
            for write in writes:
                key = (organisation, write.after.id)
                if write.after.is_open:
                    self._cases[key] = Known(write.after, write.hash)
                    self._cases.move_to_end(key)
                else:
                    self._cases.pop(key, None)
                if write.number_of is not None:
                    self._numbers[organisation, write.number_of] = write.after.number
            while len(self._cases) > _MOST_CASES:
                self._cases.popitem(last=False)

    def forget(self, organisation: str, requests: Iterable[Request]) -> None:
        """What these requests were decided on was not, or may not be, true."""
        with self._lock:
            for request in requests:
                self._cases.pop((organisation, request.case_id), None)
                if request.starts is not None:
                    self._numbers.pop((organisation, request.starts), None)

    def counter(self, organisation: str) -> Callable[[Counted], int]:
        """`count of cases(workflow, filter, period)` for expressions, on a connection of its own."""

        def count(asked: Counted) -> int:
            with self._pool.connection() as connection, explicit_transaction(connection, organisation):
                return count_cases(connection, organisation, asked)

        return count
