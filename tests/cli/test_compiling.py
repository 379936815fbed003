"""A server has the diagnosis of waits compiled beside it, once on a machine, and leaves no process behind."""

from __future__ import annotations

import threading
import time

import pytest

from procession.analytics import waiting
from procession.cli.serving import Compiling


@pytest.fixture(autouse=True)
def never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "is_prepared", lambda: False)


def test_the_cases_made_up_for_it_can_be_diagnosed() -> None:
    compiling = Compiling()
    compiling.run()
    assert compiling.process is not None
    assert compiling.process.returncode == 0


def test_a_server_that_ends_ends_it_too() -> None:
    compiling = Compiling()
    running = threading.Thread(target=compiling.run)
    running.start()
    while compiling.process is None:
        time.sleep(0.01)
    compiling.stop()
    running.join()
    assert compiling.process.returncode not in (None, 0)


def test_after_the_end_none_is_begun() -> None:
    compiling = Compiling()
    compiling.stop()
    compiling.run()
    assert compiling.process is None
