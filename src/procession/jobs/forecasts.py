"""Forecasts of running cases of processes, looked at again when something has happened in them and once an hour."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

import structlog

from procession.operations.insights.slips import look_at, open_cases, together
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
            for process, cases in open_cases(self._store, organisation).items():
                marks = {case: (mark, hour) for case, mark in cases}
                seen.update({(organisation, case): mark for case, mark in marks.items()})
                changed = [case for case, mark in marks.items() if self._seen.get((organisation, case)) != mark]
                if not changed:
                    continue
                try:
                    told += self._look_at(organisation, process, changed, at)
                except Exception as trouble:  # nor one process
                    log.warning(
                        "forecasts not looked at", organisation=organisation, process=process, error=str(trouble)
                    )
        self._seen = seen
        return told

    def _look_at(self, organisation: str, process: str, cases: list[str], at: datetime) -> int:
        """Cases of one process, for which its log is read once and then let go."""
        told = 0
        with together(self._store, organisation, process, at) as analysis:
            for case in cases if analysis is not None else ():
                began = time.thread_time()
                try:
                    told += look_at(self._store, organisation, case, at, analysis)
                except Exception as trouble:  # one case must not keep the others waiting
                    log.warning("forecast not looked at", organisation=organisation, case=case, error=str(trouble))
                time.sleep(time.thread_time() - began)  # pages are answered by the same process
        return told
