"""News for open pages: one listener on the database, as many streams of server-sent events as there are pages.

A stream says no more than that something changed; the page then asks again, with all that access allows. So a word too many
costs a request and tells nothing, and a stream needs no judgement of its own but what its topics name.

| topic | changed when |
| --- | --- |
| `tasks` | a task opened, moved or closed that the person has, had, or may claim |
| `case:ID` | anything was recorded of this case |
| `cases` | anything was recorded of any case |
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from procession.store.listening import Announcement
from procession.store.store import Store

CHANGED = "event: changed\ndata: \n\n"
STILL_THERE = ": still there\n\n"
"""A comment; it keeps proxies from closing a quiet stream."""

EVERY = 20.0
"""Seconds between two signs of life."""
BEGINS_WITHIN = 5.0
"""Seconds that a new stream waits until the database is listened to; after that it begins all the same."""
AT_MOST_EVERY = 0.5
"""Seconds between two pieces of news: a burst of commits is one."""
REMEMBERED = 10_000
"""Cases of which it is known whom their tasks concerned last."""


@dataclass(eq=False, slots=True)
class _Stream:
    organisation: str
    person: str
    topics: Sequence[str]
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, note: Announcement, concerned: frozenset[str] | None) -> bool:
        """`concerned` are the people whose tasks changed; None: it is not known."""
        if note.organisation != self.organisation:
            return False
        if "cases" in self.topics or f"case:{note.case_id}" in self.topics:
            return True
        return "tasks" in self.topics and "task" in note.kinds and (concerned is None or self.person in concerned)


class Live:
    """The streams of one server. All but `close` is used inside its event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._streams: set[_Stream] = set()
        self._listening: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._people: OrderedDict[tuple[str, str], frozenset[str]] = OrderedDict()
        self._closed = False

    async def stream(self, organisation: str, person: str, topics: Sequence[str]) -> AsyncIterator[str]:
        """Server-sent events until the page is left or the server stops."""
        mine = _Stream(organisation, person, topics)
        self._streams.add(mine)
        if self._listening is None or self._listening.done():
            self._heard.clear()
            self._listening = asyncio.create_task(self._listen())
        try:
            with suppress(TimeoutError):  # what happens once a page sees its stream begin is not missed
                await asyncio.wait_for(self._heard.wait(), BEGINS_WITHIN)
            yield STILL_THERE
            while not self._closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(mine.news.wait(), EVERY)
                if self._closed:
                    return
                if not mine.news.is_set():
                    yield STILL_THERE
                    continue
                mine.news.clear()
                yield CHANGED
                await asyncio.sleep(AT_MOST_EVERY)
        finally:
            self._streams.discard(mine)

    def close(self) -> None:
        """End every stream at once, so that the server need not wait for open pages."""
        self._closed = True
        self._heard.set()
        for one in self._streams:
            one.news.set()
        if self._listening is not None:
            self._listening.cancel()

    async def _listen(self) -> None:
        async for note in self._store.listen():
            if note is None:
                self._begin_again()
                continue
            if not self._streams:
                continue
            concerned: frozenset[str] | None = None
            if "task" in note.kinds and any("tasks" in one.topics for one in self._streams):
                concerned = await asyncio.to_thread(self._concerned, note)
            for one in self._streams:
                if one.wants(note, concerned):
                    one.news.set()

    def _begin_again(self) -> None:
        """The database is listened to; after an absence nobody knows what was missed, so every page asks again."""
        if self._heard.is_set():
            for one in self._streams:
                one.news.set()
        self._heard.set()

    def _concerned(self, note: Announcement) -> frozenset[str] | None:
        """Whom the case's tasks concern now or concerned before; None where it is not known what was before."""
        with self._store.transaction(note.organisation) as tx:
            tasks = tx.tasks.open_of_cases([note.case_id]).get(note.case_id, [])
            starter = next((row.starter for row in tx.cases.find_many([note.case_id]).values()), "")
        now = frozenset(
            {starter, *(one.assignee or "" for one in tasks), *(who for one in tasks for who in one.candidates)}
        )
        key = (note.organisation, note.case_id)
        before = self._people.get(key)
        self._people[key] = now
        self._people.move_to_end(key)
        if len(self._people) > REMEMBERED:
            self._people.popitem(last=False)
        return None if before is None else before | now
