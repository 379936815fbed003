"""The disk of the database is full, on a real small file system: what was acknowledged stays, everybody is told in one
sentence, and work goes on by itself when there is space again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest

from procession.bootstrap import ORGANISATION, Installation, opened
from procession.cli.serving import build_app
from procession.operations import calling
from procession.settings import Settings
from procession.store import connecting, embedded_guard
from procession.store.embedded import ADMIN
from procession.store.verify import verify
from tests.crash.story import furnish
from tests.support.browser import served

SIZE = "200m"
PROBLEM = "application/problem+json"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, small enough to fill; only root may mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small file system can be mounted by root on Linux only")
    folder = Path(tempfile.mkdtemp(prefix="procession-small-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "tmpfs", folder]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"this machine does not let root mount a file system: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a database that is away."""
    monkeypatch.setattr(connecting, "PATIENCE", 1.0)
    monkeypatch.setattr(embedded_guard, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(embedded_guard, "TRY_AGAIN_AFTER", 0.5)


class Clerk:
    """Starts cases through REST, with a key each, and remembers which were acknowledged."""

    def __init__(self, installation: Installation, address: str) -> None:
        ana = calling.as_person(installation.store, ORGANISATION, "ana", at=datetime.now(UTC))
        scopes = ["cases:write", "cases:read"]
        token = calling.call(ana, "me.make_token", {"name": "clerk", "scopes": scopes}).token
        headers = {"Authorization": f"Bearer {token}"}
        self.address = address
        self._client = httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60)
        self.acknowledged: list[str] = []

    def close(self) -> None:
        self._client.close()

    def start(self, item: str) -> httpx.Response:
        ask = {"workflow": "pair", "data": {"item": item}}
        answer = self._client.post("/cases", json=ask, headers={"Idempotency-Key": item})
        if answer.status_code == 200 and item not in self.acknowledged:
            self.acknowledged.append(item)
        return answer

    def start_until_refused(self, prefix: str) -> httpx.Response:
        for number in range(20_000):
            if (answer := self.start(f"{prefix}-{number}")).status_code != 200:
                return answer
        raise AssertionError("the disk never was full")

    def start_until_it_works(self, item: str, patience: float = 60) -> None:
        deadline = time.monotonic() + patience
        while (answer := self.start(item)).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def use_up_the_log(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        for _ in range(1000):
            admin.execute("SELECT pg_switch_wal(), pg_logical_emit_message(true, 'x', repeat('x', 1000000))")


def check(installation: Installation, clerk: Clerk) -> None:
    """Each acknowledged case is there once, and nothing else is."""
    store = installation.store
    assert verify(store, ORGANISATION).problems == []
    with store.transaction(ORGANISATION) as tx:
        items = [tx.cases.get(row.id).data["item"] for row in tx.cases.list(limit=100_000)]
    assert sorted(items) == sorted(clerk.acknowledged)


def with_a_server(disk: Path, story: Callable[[Installation, Clerk], None]) -> None:
    with opened(Settings(data=disk / "data")) as installation:
        furnish(installation.store, ORGANISATION)
        with served(build_app(installation, demo_person="ana")) as address:
            clerk = Clerk(installation, address)
            try:
                story(installation, clerk)
            finally:
                clerk.close()


@pytest.mark.timeout(300)
def test_a_table_that_cannot_grow(small_disk: Path, impatient: None) -> None:
    def story(installation: Installation, clerk: Clerk) -> None:
        assert clerk.start("before").status_code == 200
        filler = fill(small_disk)
        refused = clerk.start_until_refused("during")
        assert (refused.status_code, refused.headers["content-type"]) == (507, PROBLEM)
        told = refused.json()
        assert told["code"] == "storage_full"
        assert told["detail"] == "The disk of the database is full. Nothing has changed."
        assert "free some space" in told["hint"]
        page = httpx.get(f"{clerk.address}/cases", timeout=60)
        assert page.status_code in (200, 507), "reading goes on, or says the same"
        filler.unlink()
        clerk.start_until_it_works("after")
        check(installation, clerk)

    with_a_server(small_disk, story)


@pytest.mark.timeout(300)
def test_a_log_that_cannot_grow_ends_the_database_and_it_comes_back(small_disk: Path, impatient: None) -> None:
    """Without space for its log PostgreSQL gives up for good; nobody has to start anything when there is space again."""

    def story(installation: Installation, clerk: Clerk) -> None:
        server = installation.embedded
        assert server is not None
        clerk.start("before")
        filler = fill(small_disk)
        with pytest.raises(psycopg.OperationalError):
            use_up_the_log(server.url(ADMIN))
        deadline = time.monotonic() + 60
        while server.is_there:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        refused = clerk.start("during")
        assert (refused.status_code, refused.headers["content-type"]) == (503, PROBLEM)
        assert refused.json()["detail"] == "The database cannot be reached just now."
        page = httpx.get(f"{clerk.address}/cases", timeout=60)
        assert (page.status_code, "The database cannot be reached just now." in page.text) == (503, True)
        filler.unlink()
        clerk.start_until_it_works("during")
        check(installation, clerk)

    with_a_server(small_disk, story)


def test_a_first_start_without_space_is_one_sentence(small_disk: Path) -> None:
    filler = fill(small_disk)
    with filler.open("rb+") as file:
        file.truncate(file.seek(0, os.SEEK_END) - 20_000_000)  # enough to begin, not enough to end
    command = [sys.executable, "-m", "procession.cli", "verify"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PROCESSION_"))
    }
    environment["PROCESSION_DATA"] = str(small_disk / "data")
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1 and "is full: free some space and start again" in said.stderr, said.stderr
    filler.unlink()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr


def test_make_run_without_space_is_one_sentence(small_disk: Path) -> None:
    """A checkout on a full disk: said before anything is written, with the remedy."""
    project = Path(__file__).parents[2]
    copy = small_disk / "checkout"
    (copy / "tools").mkdir(parents=True)
    for name in ("tools/bootstrap.py", "tools/requirements-uv.lock", "requirements.lock", "pyproject.toml", "Makefile"):
        shutil.copy(project / name, copy / name)
    fill(small_disk)
    said = subprocess.run(["make", "-s", "run"], cwd=copy, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "is full (0 MB are free): free about 1500 MB there and run make again." in said.stderr
    assert "Traceback" not in said.stderr
    assert not (copy / ".venv").exists()
