"""A process that kills itself, without a word, at a chosen boundary between two statements."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psycopg


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
