"""A process that kills itself, without a word, at a chosen boundary between two statements."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from procession.store.store import Store
from tests.crash.story import start_relay, work_off


class Boundaries:
    """Counts the moments before and after each statement, and after each pipeline; dies at one of them.

    Args:
        die_at: the boundary to die at; None only counts.
    """

    def __init__(self, die_at: int | None) -> None:
        self.passed = 0
        self._die_at = die_at

    def install(self) -> None:
        """Watch every statement of this process from now on."""
        psycopg.Cursor.execute = self._around(psycopg.Cursor.execute)  # type: ignore[method-assign]
        psycopg.Pipeline.__exit__ = self._around(psycopg.Pipeline.__exit__)  # type: ignore[method-assign]
        psycopg.Connection.commit = self._around(psycopg.Connection.commit)  # type: ignore[method-assign]

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._pass()
            result = function(*args, **kwargs)
            self._pass()
            return result

        return watched

    def _pass(self) -> None:
        if self.passed == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


def live(url: str, organisation: str, folder: Path) -> None:
    """The whole story, or what is left of it."""
    with Store(url, pool_size=1) as store:
        start_relay(store, organisation, "baton")
        work_off(store, organisation, folder)


def die_at(boundary: int, url: str, organisation: str, folder: Path) -> None:
    """The story up to a boundary."""
    Boundaries(boundary).install()
    live(url, organisation, folder)


def count_boundaries(url: str, organisation: str, folder: Path) -> None:
    """The story, writing down how many boundaries it has."""
    boundaries = Boundaries(None)
    boundaries.install()
    live(url, organisation, folder)
    (folder / "boundaries").write_text(str(boundaries.passed))
