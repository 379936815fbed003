"""The hot path: one command, one commit; many waiting commands, one commit together.

A thread that brings a request becomes the leader when a place is free: it takes the requests that wait (its own first,
each of another case), decides them one by one and writes them in one statement. Threads that find all places taken
wait; whoever finishes wakes the first of them to lead the next commit. So a lone request goes straight through, and
under load the cost of a round trip and of a flush to disk is shared.

Cases used lately are kept in memory, so that a commit needs one round trip. That is safe because the commit itself
checks what the decision was made on (see `writing`), and because a refusal counts only when the case was read for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from procession.engine.rejections import Rejection
from procession.store import careful
from procession.store.connecting import Replanning, is_stale
from procession.store.deciding import committed_of, decide_request, moment_of
from procession.store.keys import repeat_of
from procession.store.memory import Memory, View
from procession.store.plain import COMMIT_PLAIN, is_plain, parameters_of_plain
from procession.store.requests import Request
from procession.store.single import COMMIT_ONE, parameters_of_one
from procession.store.statement import Statement, Value
from procession.store.writing import NUMBERED_COMMIT, Write, parameters_of

PLACES = 2
"""Commits under way at once: one writes while the other decides."""

LARGEST_BATCH = 32

_PATIENCE = 0.01
"""Seconds after which a request no longer waits for others to share its commit."""

_MEMORY_OF_LOAD = 0.95
"""What is left of an earlier load after one commit."""

_COMMIT = Statement("procession_commit", NUMBERED_COMMIT)

_QUICK_TRIES = 3
"""After so many commits that came too late, the rows are locked before deciding."""


class Committer:
    """Takes requests of many threads and commits them."""

    def __init__(self, pool: ConnectionPool[Connection[Any]], memory: Memory) -> None:
        self._pool = pool
        self.memory = memory
        self._waiting: deque[Request] = deque()
        self._in_work: set[str] = set()
        self._free = PLACES
        self._under_way = 0
        self._load = 1.0
        """How many requests there were at once, lately."""
        self._lock = Lock()
        self._replanning = Replanning()
        self.kept: list[Connection[Any]] = []
        """Connections between two commits: at most one for each place."""
        self._is_closed = False

    def run(self, request: Request) -> None:
        """Have a request committed; afterwards it holds what was committed, or the error."""
        with self._lock:
            if self._is_time(1 + len(self._waiting)) and self._may_start(request):
                batch = self._lead(request)
            else:
                request.turn.acquire()
                self._waiting.append(request)
                batch = None
        while batch is None:
            if request.turn.acquire(timeout=_PATIENCE):  # another thread has done it, or hands over the lead
                if request.is_done:
                    return
                with self._lock:
                    batch = self._take(request)
            else:
                batch = self._lead_at_last(request)
        self._commit_and_hand_over(batch)

    def _lead(self, request: Request) -> list[Request]:
        self._free -= 1
        return self._take(request)

    def _lead_at_last(self, request: Request) -> list[Request] | None:
        """Use a free place after all: the commit under way takes its time."""
        with self._lock:
            if request not in self._waiting or not self._free or not self._may_start(request):
                return None
            self._waiting.remove(request)
            return self._lead(request)

    def _is_time(self, waiting: int) -> bool:
        """Whether the next commit may begin: at once where none is under way, else when half of the load has come.

        So two commits of like size take turns, where a first comer would else make one of its own. When the commit
        under way ends, those that wait are next, however few.
        """
        return self._free == PLACES or (self._free > 0 and waiting >= self._load / 2)

    def _may_start(self, request: Request) -> bool:
        return self._in_work.isdisjoint(request.resources)

    def _take(self, first: Request) -> list[Request]:
        """The first request and those that can share its commit: same organisation, other cases."""
        batch = [first]
        self._in_work.update(first.resources)
        kept: deque[Request] = deque()
        numbered = {first.starts} if first.starts is not None else set[str]()
        mine = set(first.resources)
        while self._waiting and len(batch) < LARGEST_BATCH:
            other = self._waiting.popleft()
            free = other.case_id not in self._in_work and (
                other.starts in numbered or self._in_work.isdisjoint(other.resources)
            )
            if other.organisation == first.organisation and free:
                batch.append(other)
                self._in_work.update(other.resources)
                mine.update(other.resources)
                if other.starts is not None:
                    numbered.add(other.starts)
            else:
                kept.append(other)
        kept.extend(self._waiting)
        self._waiting = kept
        self._under_way += len(batch)
        self._load = max(self._under_way + len(self._waiting), self._load * _MEMORY_OF_LOAD)
        return batch

    def _commit_and_hand_over(self, batch: list[Request]) -> None:
        try:
            connection = self._connection()
            try:
                self._replanning.before_commit(connection)
                Batch(connection, self.memory, batch).commit()
            finally:
                self._give_back(connection)
        except BaseException as error:
            for request in batch:
                if not request.is_done:
                    request.error = error
        finally:
            with self._lock:
                self._under_way -= len(batch)
                for request in batch:
                    self._in_work.difference_update(request.resources)
                self._hand_over()
            for request in batch[1:]:
                request.turn.release()

    def _connection(self) -> Connection[Any]:
        """One that an earlier commit has left, or one of the pool: asking it for each commit takes as long as deciding."""
        try:
            return self.kept.pop()
        except IndexError:
            return self._pool.getconn()

    def _give_back(self, connection: Connection[Any]) -> None:
        if connection.pgconn.transaction_status == TransactionStatus.IDLE and not self._is_closed:
            self.kept.append(connection)
        else:
            self._pool.putconn(connection)  # which looks after one that is broken

    def close(self) -> None:
        """Give all connections back to the pool."""
        self._is_closed = True
        while self.kept:
            self._pool.putconn(self.kept.pop())

    def _hand_over(self) -> None:
        """Give the free places to the first requests that can start."""
        self._free += 1
        for request in list(self._waiting):
            if not self._is_time(len(self._waiting)):
                return
            if self._in_work.isdisjoint(request.resources):
                self._free -= 1
                self._waiting.remove(request)
                self._in_work.update(request.resources)
                request.turn.release()


class Batch:
    """Requests of one organisation, each of another case, that share a commit."""

    def __init__(self, connection: Connection[Any], memory: Memory, requests: list[Request]) -> None:
        self._connection = connection
        self._memory = memory
        self._requests = requests
        self._organisation = requests[0].organisation
        self._need_care: list[Request] = []

    def commit(self) -> None:
        """Together from memory; what does not go through is tried again on its own, from the database."""
        for request in self._quickly(self._requests, fresh=False):
            self._alone(request)
        for request in self._need_care:
            with _noting(request):
                request.committed = careful.commit(self._connection, self._memory, request)

    def _alone(self, request: Request) -> None:
        for _ in range(_QUICK_TRIES):
            if not self._quickly([request], fresh=True):
                return
        self._need_care.append(request)

    def _quickly(self, requests: list[Request], *, fresh: bool) -> list[Request]:
        """One try; returns the requests that have to be tried again."""
        view = self._memory.look(self._connection, self._organisation, requests, fresh=fresh)
        left: list[Request] = []
        writes: list[tuple[Request, Write]] = []
        for request in requests:
            try:
                if request.key is not None and (repeat := view.repeats.get(request.key.key)) is not None:
                    request.committed = repeat_of(self._connection, self._organisation, request.key, repeat)
                elif (write := self._decide(view, request)) is None:
                    self._need_care.append(request)
                elif write.events or write.key is not None:
                    writes.append((request, write))
                elif fresh:
                    request.committed = committed_of(write)
                else:
                    left.append(request)  # nothing to do, as far as memory knows
            except Rejection as rejection:
                if fresh:
                    request.error = rejection
                else:
                    left.append(request)
            except psycopg.Error:
                raise
            except Exception as error:
                request.error = error
        if writes and not self._write(view, writes):
            left.extend(request for request, _ in writes)
        return left

    def _decide(self, view: View, request: Request) -> Write | None:
        """What to write for a request; None where locks are needed."""
        name, version, known = view.place_of(request)
        program = self._memory.programs.get(self._connection, self._organisation, name, version)
        if program.needs_workload:
            return None
        moment = moment_of(view.surroundings, request.actor, request.at, self._memory.counter(self._organisation))
        write = decide_request(request, program, known, moment, view.numbers.get(name, 0) + 1)
        if "waits" in write.rows:
            return None
        if request.starts is not None:
            view.numbers[name] = write.after.number
        return write

    def _write(self, view: View, writes: list[tuple[Request, Write]]) -> bool:
        """Commit; False where something has changed since it was read."""
        statement, parameters = self._call(view.surroundings.version, [write for _, write in writes])
        try:
            statement.run(self._connection, parameters)
        except psycopg.Error as error:
            self._memory.forget(self._organisation, [request for request, _ in writes])
            if not is_stale(error):
                raise
            return False
        self._memory.keep(self._organisation, [write for _, write in writes])
        for request, write in writes:
            request.committed = committed_of(write)
        return True

    def _call(self, version: int, writes: Sequence[Write]) -> tuple[Statement, Sequence[Value]]:
        if len(writes) == 1:
            parameters = parameters_of_one(self._organisation, version, writes[0])
            if parameters is not None:
                return COMMIT_ONE, parameters
        if all(map(is_plain, writes)):
            return COMMIT_PLAIN, parameters_of_plain(self._organisation, version, writes)
        return _COMMIT, parameters_of(self._organisation, version, writes)


@contextmanager
def _noting(request: Request) -> Generator[None]:
    """A failure is this request's own."""
    try:
        yield
    except Exception as error:
        request.error = error
