"""Server and worker are killed at random moments under load, again and again; then the last one finishes everything."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from procession.store.embedded import ADMIN, APP, OWNER, EmbeddedPostgres
from procession.store.migrate import migrate
from procession.store.store import Store
from tests.crash.story import check_story, furnish
from tests.support.database import Database

ORGANISATION = "load"


def _node(url: str, folder: Path, name: str, mode: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.node", url, ORGANISATION, str(folder), name, mode]
    with (folder / "errors").open("ab") as errors:
        return subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=errors)


def _kill_again_and_again(url: str, folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    with Store(url) as store:
        furnish(store, ORGANISATION)
    journal = folder / "journal"
    journal.touch()
    for number in range(rounds):
        size = journal.stat().st_size
        nodes = [_node(url, folder, f"{number}{letter}", "load") for letter in "ab"]
        deadline = time.monotonic() + 30
        while journal.stat().st_size < size + 400 and time.monotonic() < deadline:
            time.sleep(0.01)
        for node in chance.sample(nodes, 2):
            time.sleep(chance.uniform(0.0, 0.7))
            node.kill()
            node.wait()
    drain = _node(url, folder, "last", "drain")
    assert drain.wait(240) == 0, (folder / "errors").read_text()[-3000:]


def _check(url: str, folder: Path) -> None:
    lines = (folder / "journal").read_text().splitlines()
    asked = {line.removeprefix("asked ") for line in lines if line.startswith("asked ")}
    acknowledged = [line for line in lines if not line.startswith("asked ")]
    assert len(acknowledged) > 20
    assert len(acknowledged) == len(set(acknowledged)), "a command was acknowledged twice as done"
    with Store(url) as store:
        with store.transaction(ORGANISATION) as tx:
            known = {key for (key,) in tx.run("SELECT key FROM command_keys WHERE organisation = :organisation")}
            items = [
                tx.cases.get(row.id).data["item"] for row in tx.cases.list(limit=100_000) if row.definition == "relay"
            ]
        assert set(acknowledged) <= known, "an acknowledged command is lost"
        started = {key.removeprefix("start/") for key in acknowledged if key.startswith("start/")}
        assert started <= set(items) <= asked
        check_story(store, ORGANISATION, sorted(set(items)))
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)


@pytest.mark.timeout(400)
def test_killed_under_load(own_database: Database, tmp_path: Path) -> None:
    """Three rounds of two processes."""
    _kill_again_and_again(own_database.app_url, tmp_path, 3, seed=1)
    _check(own_database.app_url, tmp_path)


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(5))
def test_killed_under_load_many_times(own_database: Database, tmp_path: Path, seed: int) -> None:
    """Ten rounds of two processes, five times over."""
    _kill_again_and_again(own_database.app_url, tmp_path, 10, seed)
    _check(own_database.app_url, tmp_path)


@pytest.mark.timeout(400)
def test_the_database_itself_killed_under_load(tmp_path: Path) -> None:
    """A backend dies by SIGKILL: PostgreSQL throws everybody out and recovers from its log; fsync is on."""
    folder = tmp_path / "database"
    with EmbeddedPostgres.at(folder).running() as server:
        migrate(server.url(OWNER))
        url = server.url(APP)
        with Store(url) as store:
            furnish(store, ORGANISATION)
        journal = tmp_path / "journal"
        journal.touch()
        node = _node(url, tmp_path, "only", "load")
        deadline = time.monotonic() + 180
        for _ in range(3):
            size = journal.stat().st_size
            while journal.stat().st_size < size + 500:
                if node.poll() is not None:  # all its clients met the outage; the next process goes on
                    node = _node(url, tmp_path, f"again{size}", "load")
                assert time.monotonic() < deadline, (tmp_path / "errors").read_text()[-3000:]
                time.sleep(0.05)
            with psycopg.connect(server.url(ADMIN), autocommit=True) as admin:
                row = admin.execute(
                    "SELECT pid FROM pg_stat_activity WHERE application_name = 'procession' LIMIT 1"
                ).fetchone()
            assert row is not None
            os.kill(row[0], signal.SIGKILL)
            time.sleep(0.2)
            _await_ready(server)
        node.kill()
        node.wait()
        drain = _node(url, tmp_path, "last", "drain")
        assert drain.wait(240) == 0, (tmp_path / "errors").read_text()[-3000:]
        _check(url, tmp_path)


def _await_ready(server: EmbeddedPostgres) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            psycopg.connect(server.url(ADMIN)).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the database did not come back")
