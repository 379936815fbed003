"""The embedded server that ends without being told to is started again, by whichever process sees it first."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from procession.store import embedded_guard
from procession.store.embedded import EmbeddedPostgres
from procession.store.embedded_guard import kept_up
from procession.store.embedded_postmaster import Postmaster


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    monkeypatch.setattr(embedded_guard, "LOOK_EVERY", 0.05)
    with tempfile.TemporaryDirectory(prefix="procession-guard-") as folder:
        Path(folder).chmod(0o711)
        made = EmbeddedPostgres.at(Path(folder))
        with made.running():
            yield made


def pid(server: EmbeddedPostgres) -> int:
    running = Postmaster.of(next(server.folder.glob("*/data")))
    return running.pid if running is not None else 0


def answers(server: EmbeddedPostgres) -> bool:
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_server_comes_back(server: EmbeddedPostgres) -> None:
    with kept_up(server):
        killed = pid(server)
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while not (server.is_running and pid(server) != killed):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert answers(server)


def test_a_server_that_runs_is_left_alone(server: EmbeddedPostgres) -> None:
    before = pid(server)
    with kept_up(server):
        time.sleep(0.5)
    assert pid(server) == before and answers(server)
