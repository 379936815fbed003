"""A backup brings everything back, on another machine too; what cannot be used is refused before anything is touched."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import psycopg
import pytest

from procession.connectors.files import FileStore
from procession.store import backup as backups
from procession.store.backup import BackupError, backup, restore
from procession.store.checkpoints import checkpoint
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.office import OFFICE, complete, office, start

PASSPHRASE = "four words of mine"
SECRET = "a secret key that signs what leaves the server"
CONTENT = b"%PDF of somebody's contract"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a secret key."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret_key").write_text(SECRET)
    return folder


def make(database: Database, data: Path, target: Path) -> Path:
    return backup(database.owner_url, data, target, PASSPHRASE, database.server.program).path


def bring_back(database: Database, data: Path, source: Path, passphrase: str = PASSPHRASE) -> int:
    return restore(database.owner_url, data, source, passphrase, database.server.program)


def titles(database: Database) -> list[object]:
    with Store(database.app_url) as store, store.transaction(OFFICE) as tx:
        return [tx.cases.get(row.id).data["item"] for row in tx.cases.list()]


def refusal(database: Database, data: Path, source: Path, passphrase: str = PASSPHRASE) -> str:
    with pytest.raises(BackupError) as refused:
        bring_back(database, data, source, passphrase)
    assert titles(database) == ["kept"], "nothing was touched"
    assert (data / "secret_key").read_text() == SECRET
    assert sorted(one.name for one in data.iterdir()) == ["secret_key"], "nothing is left behind"
    return str(refused.value)


def test_a_backup_brings_everything_back(own_database: Database, data: Path, tmp_path: Path) -> None:
    sha256, _ = FileStore(data / "files").put([CONTENT])
    with office(own_database.app_url) as store:
        done = complete(store, start(store, "five", item="kept", key="k").case)
        checkpoint(store, OFFICE)
    made = make(own_database, data, tmp_path / "b")
    assert made.stat().st_mode & 0o077 == 0
    with Store(own_database.app_url) as store:
        start(store, "five", item="after the backup")
    other = tmp_path / "other"
    assert bring_back(own_database, other, made) == 1
    with Store(own_database.app_url) as store:
        assert verify(store, OFFICE).problems == []
        with store.transaction(OFFICE) as tx:
            assert [row.id for row in tx.cases.list()] == [done.case.id]
        assert start(store, "five", item="kept", key="k").replayed
        assert FileStore(other / "files").is_sound(sha256)
        complete(store, done.case)
    assert (other / "secret_key").read_text() == SECRET
    assert (other / "secret_key").stat().st_mode & 0o077 == 0
    with psycopg.connect(own_database.app_url) as connection:
        assert connection.execute("SELECT count(*) FROM cases").fetchone() == (0,), "row-level security came back too"


def test_nothing_can_be_read_without_the_passphrase(own_database: Database, data: Path, tmp_path: Path) -> None:
    FileStore(data / "files").put([CONTENT])
    with office(own_database.app_url) as store:
        start(store, "five", item="the merger")
    made = make(own_database, data, tmp_path / "b")
    for secret in (CONTENT, SECRET.encode(), b"the merger", b"CREATE TABLE", b"files/"):
        assert secret not in made.read_bytes()
    assert sorted(zipfile.ZipFile(made).namelist()) == ["about.json", "contents.age", "key.age"]
    with zipfile.ZipFile(made) as archive:
        assert all(archive.read(name).startswith(b"age-encryption.org/v1\n") for name in ("key.age", "contents.age"))


def test_what_cannot_be_used_is_refused_in_one_sentence(own_database: Database, data: Path, tmp_path: Path) -> None:
    with office(own_database.app_url) as store:
        start(store, "five", item="kept")
    made = make(own_database, data, tmp_path / "b")
    whole = made.read_bytes()
    assert refusal(own_database, data, made, "another passphrase") == (
        f"{made} does not open with this passphrase: use the one that it was made with."
    )
    cut = tmp_path / "cut"
    for length in (len(whole) - 30, len(whole) // 2, 40):
        cut.write_bytes(whole[:length])
        assert refusal(own_database, data, cut) == f"{cut} is damaged or was cut short: take another copy of it."
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF
    cut.write_bytes(bytes(changed))
    assert "is damaged or was cut short" in refusal(own_database, data, cut)
    text = tmp_path / "text"
    text.write_text("no backup")
    assert refusal(own_database, data, text) == f"{text} is no backup of Procession."
    with zipfile.ZipFile(text, "w") as stranger:
        stranger.writestr("holiday.txt", "sun")
    assert refusal(own_database, data, text) == f"{text} is no backup of Procession."


def test_a_backup_of_a_newer_version_names_it(own_database: Database, data: Path, tmp_path: Path) -> None:
    with office(own_database.app_url) as store:
        start(store, "five", item="kept")
    newer = tmp_path / "newer"
    with zipfile.ZipFile(newer, "w") as archive:
        archive.writestr("about.json", json.dumps({"format": 2, "version": "7.1.0"}))
    said = refusal(own_database, data, newer)
    assert "was made by Procession 7.1.0, which is newer than this one" in said
    assert said.endswith("install that version, then restore.")


def test_a_restore_that_fails_on_the_way_leaves_the_database_as_it_was(
    own_database: Database, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office(own_database.app_url) as store:
        start(store, "five", item="kept")
    made = make(own_database, data, tmp_path / "b")
    monkeypatch.setattr(backups, "_EMPTY", backups._EMPTY + "CREATE TABLE cases ();")
    said = refusal(own_database, data, made)
    assert said.startswith("psql failed: ") and 'relation "cases" already exists' in said


def test_a_database_in_use_is_not_replaced(
    own_database: Database, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "_PATIENCE", 0.2)
    with office(own_database.app_url) as store:
        start(store, "five", item="kept")
    made = make(own_database, data, tmp_path / "b")
    with Store(own_database.app_url) as store:
        assert store.is_ready()
        assert "stop the server, its workers and other commands" in refusal(own_database, data, made)


def test_a_full_disk_leaves_no_half_backup(
    own_database: Database, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    FileStore(data / "files").put([CONTENT])
    with pytest.raises(BackupError, match=r"^The disk that holds .* is full: free some space and try again\.$"):
        make(own_database, data, tmp_path / "b")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data"]
