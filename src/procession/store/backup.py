"""Backup and restore: the database, the files and the secret key, in one encrypted file.

The file is a ZIP archive of three parts. Two are in the age format, so that `age` opens them where Procession is gone:

    about.json         format, version, when: what may be told without the passphrase
    key.age            the key of this backup, encrypted with the passphrase
    contents.age       encrypted with that key, a ZIP archive of
        manifest.json      the hash of the dump
        database.dump      pg_dump in its own format
        secret_key         of the data folder, where there is one
        files/…            the bytes of all files, by their SHA-256

The database is dumped first. Files never change and are never missing for a row, so what the dump names is there.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from procession import __version__
from procession.store.address import psycopg_url
from procession.store.migrate import migrate
from procession.store.sealing import Damaged, WrongPassphrase, seal, unseal

_FORMAT: Final = 1
_SECRET_KEY: Final = "secret_key"  # noqa: S105 - the name of a file
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
_PATIENCE = 5.0
"""In seconds, for connections of our own that are about to end."""

Program = Callable[[str], Path]
"""Finds a program of PostgreSQL by name."""


class BackupError(Exception):
    """A backup cannot be made or used; the message says why."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    path: Path
    files: int
    size: int
    """In bytes."""


def installed_program(name: str) -> Path:
    """A program of PostgreSQL on this machine's PATH. Raises BackupError."""
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed here: install the client programs of your PostgreSQL version.")
    return Path(found)


# Making one


def backup(owner_url: str, data: Path, target: Path, passphrase: str, program: Program = installed_program) -> Made:
    """Write a backup to `target`, which appears only when it is whole.

    Args:
        owner_url: the database as the owner of its tables.
        data: the data folder, with the uploaded files and the secret key.

    Raises:
        BackupError: pg_dump failed, or the disk is full; there is no `target`.
    """
    draft = target.with_name(f".{target.name}.draft")
    with _enough_space(target.parent):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                dump, contents = Path(folder) / "database.dump", Path(folder) / "contents.zip"
                command = [program("pg_dump"), "--format=custom", "--enable-row-security", "--no-owner", "--file", dump]
                _run(owner_url, command)
                count = _pack(contents, dump, data)
                dump.unlink()
                _seal(draft, contents, passphrase)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return Made(target, count, target.stat().st_size)


def _pack(contents: Path, dump: Path, data: Path) -> int:
    stored = sorted(one for one in (data / "files").glob("??/??/*") if one.is_file())
    with zipfile.ZipFile(contents, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.json", json.dumps({"database": _sha256(dump), "files": len(stored)}))
        archive.write(dump, "database.dump")
        if (data / _SECRET_KEY).exists():
            archive.write(data / _SECRET_KEY, _SECRET_KEY)
        for one in stored:
            archive.write(one, f"files/{one.name}")
    return len(stored)


def _seal(draft: Path, contents: Path, passphrase: str) -> None:
    about = {"format": _FORMAT, "version": __version__, "at": datetime.now(UTC).isoformat()}
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("about.json", json.dumps(about, indent=2))
            with contents.open("rb") as plain, archive.open("contents.age", "w", force_zip64=True) as sealed:
                key = seal(plain, sealed, passphrase)
            archive.writestr("key.age", key)
        file.flush()
        os.fsync(file.fileno())


# Bringing one back


def restore(owner_url: str, data: Path, source: Path, passphrase: str, program: Program = installed_program) -> int:
    """Put a backup in the place of everything that is in the database; returns the number of files.

    The whole backup is read and checked before anything is touched, and the database is replaced in one transaction.

    Raises:
        BackupError: the passphrase is wrong, it is no backup, it is damaged, it is of a newer version, or somebody
            uses the database.
    """
    with _enough_space(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as folder:
            contents = Path(folder) / "contents.zip"
            _unseal(source, contents, passphrase)
            with zipfile.ZipFile(contents) as archive:
                names = _files(archive)
                _check(archive, source, names)
                _refuse_company(owner_url)
                for name in names:
                    with archive.open(name) as content:
                        _put(data / "files", name.removeprefix("files/"), content)
                archive.extract("database.dump", folder)
                contents.unlink()
                _replace_database(owner_url, Path(folder), program)
                if _SECRET_KEY in archive.namelist():
                    archive.extract(_SECRET_KEY, folder)
                    (Path(folder) / _SECRET_KEY).chmod(0o600)
                    (Path(folder) / _SECRET_KEY).replace(data / _SECRET_KEY)
    migrate(owner_url)
    return len(names)


def look_at(source: Path) -> None:
    """Look at what can be seen without the passphrase. Raises BackupError where it would be of no use."""
    with _opened(source):
        pass


@contextmanager
def _opened(source: Path) -> Generator[zipfile.ZipFile]:
    """The outer archive of a backup that this version can read."""
    with source.open("rb") as file:
        looks_like_one = file.read(4) == b"PK\x03\x04"
    try:
        with zipfile.ZipFile(source) as archive:
            about: dict[str, Any] = json.loads(archive.read("about.json"))
            if about["format"] > _FORMAT:
                raise BackupError(
                    f"{source} was made by Procession {about['version']}, which is newer than this one ({__version__}): "
                    "install that version, then restore."
                )
            yield archive
    except zipfile.BadZipFile:
        if looks_like_one:
            raise BackupError(f"{source} is damaged or was cut short: take another copy of it.") from None
        raise BackupError(f"{source} is no backup of Procession.") from None
    except (KeyError, TypeError, ValueError):
        raise BackupError(f"{source} is no backup of Procession.") from None


def _unseal(source: Path, contents: Path, passphrase: str) -> None:
    with _opened(source) as archive:
        try:
            with archive.open("contents.age") as sealed, contents.open("xb") as plain:
                unseal(sealed, plain, archive.read("key.age"), passphrase)
        except WrongPassphrase:
            raise BackupError(
                f"{source} does not open with this passphrase: use the one that it was made with."
            ) from None
        except (Damaged, EOFError):
            raise BackupError(f"{source} is damaged or was cut short: take another copy of it.") from None


def _files(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.startswith("files/")]


def _check(archive: zipfile.ZipFile, source: Path, names: list[str]) -> None:
    """See that all is there, as it was packed."""
    manifest = json.loads(archive.read("manifest.json"))
    sound = manifest["files"] == len(names)
    for name, digest in [("database.dump", manifest["database"]), *((one, one[6:]) for one in names)]:
        with archive.open(name) as content:
            sound = sound and _digest(content) == digest
    if not sound:
        raise BackupError(f"{source} is damaged: its parts do not have the hashes that were written down.")


def _refuse_company(owner_url: str) -> None:
    """Raises BackupError while somebody else uses the database: they would go on with what they remember of it."""
    deadline = time.monotonic() + _PATIENCE
    with psycopg.connect(psycopg_url(owner_url), autocommit=True) as connection:
        while _company(connection):
            if time.monotonic() > deadline:
                raise BackupError(
                    "The database is in use: stop the server, its workers and other commands, then restore."
                )
            time.sleep(0.1)


def _company(connection: psycopg.Connection) -> bool:
    others = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'procession'"
    return connection.execute(f"{others} AND pid <> pg_backend_pid()").fetchone() is not None


def _replace_database(owner_url: str, folder: Path, program: Program) -> None:
    """Empty the database and fill it from `database.dump`, in one transaction: a failure leaves it as it was."""
    before, script = folder / "empty.sql", folder / "database.sql"
    before.write_text(_EMPTY, encoding="utf-8")
    _run(owner_url, [program("pg_restore"), "--no-owner", "--file", script, folder / "database.dump"])
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output", os.devnull]
    _run(owner_url, [program("psql"), *options, "--file", before, "--file", script])


def _put(files: Path, sha256: str, content: IO[bytes]) -> None:
    place = files / sha256[:2] / sha256[2:4] / sha256
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place.with_name(f".{sha256}")
    with draft.open("wb") as file:
        shutil.copyfileobj(content, file)
    draft.replace(place)


_EMPTY = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT t.oid::regtype AS name FROM pg_type t
        WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'c') LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END
$$;
"""


# Helpers


def _run(url: str, command: Sequence[str | Path]) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, where other people's `ps` does not show it."""
    given = conninfo_to_dict(psycopg_url(url))
    environment = os.environ | {name: str(given[key]) for key, name in _VARIABLES.items() if given.get(key)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if "No space left on device" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BackupError(f"{Path(command[0]).name} failed: {said}")


@contextmanager
def _enough_space(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise BackupError(f"The disk that holds {folder.absolute()} is full: free some space and try again.") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return _digest(file)


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := content.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()
