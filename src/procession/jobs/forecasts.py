"""Forecasts of running cases of processes, looked at again when something has happened in them and once an hour."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import structlog

from procession.operations.insights.slips import look_at, open_cases
from procession.store.store import Store

log = structlog.get_logger()

_HOUR: Final = 3600


class Forecasts:
    """What a worker has looked at. Several workers may look: telling happens once, whoever is first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}

    def look(self, at: datetime | None = None) -> int:
        """Look at every case that has gone on, or was not looked at for an hour; returns how many people were told."""
        at = at or datetime.now(UTC)
        hour = int(at.timestamp()) // _HOUR
        told = 0
        seen: dict[tuple[str, str], tuple[int, int]] = {}
        for organisation in self._store.organisations():
            for case_id, mark in open_cases(self._store, organisation):
                seen[organisation, case_id] = mark, hour
                if self._seen.get((organisation, case_id)) == (mark, hour):
                    continue
                began = time.thread_time()
                try:
                    told += look_at(self._store, organisation, case_id, at)
                except Exception as trouble:  # one case must not keep the others waiting
                    log.warning("forecast not looked at", organisation=organisation, case=case_id, error=str(trouble))
                time.sleep(time.thread_time() - began)  # pages are answered by the same process
        self._seen = seen
        return told
