"""A process dies at each boundary between two statements of a whole story, and another one finishes it."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.crash.dying import Boundaries
from tests.crash.story import check_story, furnish, start_relay, work_off
from tests.support.database import Database


def _story(url: str, organisation: str, folder: Path) -> None:
    with Store(url, pool_size=1) as store:
        start_relay(store, organisation, "baton")
        work_off(store, organisation, folder)


def _in_child(action: Callable[[], None]) -> int:
    """Run in a child process; returns its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _count_boundaries(url: str, organisation: str, folder: Path) -> int:
    reader, writer = os.pipe()

    def count() -> None:
        boundaries = Boundaries(None)
        boundaries.install()
        _story(url, organisation, folder)
        os.write(writer, str(boundaries.passed).encode())

    assert _in_child(count) == 0
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return int(pipe.read())


def _die_at_every(database: Database, folder: Path, every: int) -> None:
    url = database.app_url
    with Store(url) as store:
        furnish(store, "counting")
    total = _count_boundaries(url, "counting", folder)
    assert total > 200
    for boundary in range(0, total, every):
        organisation = f"dies-at-{boundary}"
        with Store(url) as store:
            furnish(store, organisation)

        def die(boundary: int = boundary, organisation: str = organisation) -> None:
            Boundaries(boundary).install()
            _story(url, organisation, folder)

        # Reading in the background may shift the last few boundaries: then the story simply ends.
        assert _in_child(die) in (-signal.SIGKILL, 0)
        assert _in_child(lambda organisation=organisation: _story(url, organisation, folder)) == 0  # type: ignore[misc]
        with Store(url) as store:
            check_story(store, organisation, ["baton"])


def test_dying_between_statements(own_database: Database, tmp_path: Path) -> None:
    """A sample of the boundaries, from the first to the last."""
    _die_at_every(own_database, tmp_path, 17)


@pytest.mark.deep
def test_dying_between_any_two_statements(own_database: Database, tmp_path: Path) -> None:
    """All of them."""
    _die_at_every(own_database, tmp_path, 1)
