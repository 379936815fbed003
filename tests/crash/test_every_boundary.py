"""A process dies at each boundary between two statements of a whole story, and another one finishes it."""

from __future__ import annotations

import multiprocessing
import signal
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.crash.dying import count_boundaries, die_at, live
from tests.crash.story import check_story, furnish
from tests.support.database import Database

PROCESSES = multiprocessing.get_context("forkserver")
"""Processes come from one that has no threads: a fork of this one could begin with a lock that nobody ever opens."""
PROCESSES.set_forkserver_preload(["__main__", "tests.crash.dying"])


def _ended(target: object, *args: object) -> int | None:
    """The exit code of a process that does this, negative for a signal."""
    process = PROCESSES.Process(target=target, args=args)  # type: ignore[arg-type]
    process.start()
    process.join()
    return process.exitcode


def _die_at_every(database: Database, folder: Path, every: int) -> None:
    url = database.app_url
    with Store(url) as store:
        furnish(store, "counting")
    assert _ended(count_boundaries, url, "counting", folder) == 0
    total = int((folder / "boundaries").read_text())
    assert total > 200
    died = 0
    for boundary in range(0, total, every):
        organisation = f"dies-at-{boundary}"
        with Store(url) as store:
            furnish(store, organisation)
        code = _ended(die_at, boundary, url, organisation, folder)
        assert code in (-signal.SIGKILL, 0), f"boundary {boundary}"
        died += code != 0
        assert _ended(live, url, organisation, folder) == 0, f"after boundary {boundary}"
        with Store(url) as store:
            check_story(store, organisation, ["baton"])
    # Reading in the background may shift the last few boundaries: then the story simply ends.
    assert died > 0.9 * total / every


def test_dying_between_statements(own_database: Database, tmp_path: Path) -> None:
    """A sample of the boundaries, from the first to the last."""
    _die_at_every(own_database, tmp_path, 17)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_dying_between_any_two_statements(own_database: Database, tmp_path: Path) -> None:
    """All of them."""
    _die_at_every(own_database, tmp_path, 1)
