"""News of commits, for live pages and for workers that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import psycopg

from procession.store.address import psycopg_url
from procession.store.connecting import session_options


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something was committed."""

    organisation: str
    case_id: str
    kinds: tuple[str, ...]
    """case, task, timer, incident, notification."""


async def listen(url: str) -> AsyncIterator[Announcement | None]:
    """Announcements; None says that from here on none is missed: at first, and again after the database was away."""
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(
                psycopg_url(url), autocommit=True, options=session_options(url)
            )
        except psycopg.OperationalError:
            await asyncio.sleep(1)
            continue
        async with connection:
            try:
                await connection.execute("LISTEN procession")
                yield None
                async for notification in connection.notifies():
                    note = orjson.loads(notification.payload)
                    yield Announcement(note["o"], note["c"], tuple(note["k"]))
            except psycopg.OperationalError:
                await asyncio.sleep(1)
