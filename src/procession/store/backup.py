"""Backup and restore: the database and the files, in one ZIP file.

    database.dump      pg_dump in its own format
    files/…            the bytes of all files, by their SHA-256
    manifest.json      when, which version, hashes

The database is dumped first. Files never change and are never missing for a row, so what the dump names is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from procession import __version__
from procession.store.address import psycopg_url
from procession.store.migrate import migrate

_FORMAT: Final = 1
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}

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


def backup(owner_url: str, files: Path, target: Path, program: Program = installed_program) -> Made:
    """Write a backup to `target`, which appears only when it is whole.

    Args:
        owner_url: the database as the owner of its tables.
        files: the folder of the uploaded files.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            dump = Path(folder) / "database.dump"
            _run(
                owner_url,
                [program("pg_dump"), "--format=custom", "--enable-row-security", "--no-owner", "--file", dump],
            )
            count = _pack(draft, dump, files)
        draft.chmod(0o600)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Made(target, count, target.stat().st_size)


def _pack(draft: Path, dump: Path, files: Path) -> int:
    stored = sorted(one for one in files.glob("??/??/*") if one.is_file())
    manifest = {
        "format": _FORMAT,
        "version": __version__,
        "at": datetime.now(UTC).isoformat(),
        "database": _sha256(dump),
        "files": len(stored),
    }
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, indent=2))
        archive.write(dump, "database.dump")
        for one in stored:
            archive.write(one, f"files/{one.name}")
    return len(stored)


def restore(owner_url: str, files: Path, source: Path, program: Program = installed_program) -> int:
    """Put a backup in the place of everything that is in the database; returns the number of files.

    Nothing is touched before the whole backup has been read and checked. Nobody else may be using the database.

    Raises:
        BackupError: it is no backup, it is damaged, or it is of a newer version.
    """
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile):
        raise BackupError(f"{source} is no backup of Procession.") from None
    with archive, tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "database.dump"
        _check(archive, source, dump)
        with psycopg.connect(psycopg_url(owner_url), autocommit=True) as connection:
            connection.execute(_EMPTY)
        name = str(conninfo_to_dict(psycopg_url(owner_url)).get("dbname") or "")
        options = ["--no-owner", "--single-transaction", "--exit-on-error", "--dbname", name]
        _run(owner_url, [program("pg_restore"), *options, dump])
        migrate(owner_url)
        names = [name for name in archive.namelist() if name.startswith("files/")]
        for name in names:
            with archive.open(name) as content:
                _put(files, name.removeprefix("files/"), content)
    return len(names)


def _check(archive: zipfile.ZipFile, source: Path, dump: Path) -> None:
    try:
        manifest = json.loads(archive.read("manifest.json"))
        with archive.open("database.dump") as packed, dump.open("xb") as file:
            shutil.copyfileobj(packed, file)
        if manifest["format"] > _FORMAT:
            raise BackupError(f"{source} was made by a newer Procession ({manifest['version']}).")
        sound = manifest["database"] == _sha256(dump)
        for name in archive.namelist():
            if name.startswith("files/"):
                with archive.open(name) as content:
                    sound = sound and _digest(content) == name.removeprefix("files/")
    except (KeyError, ValueError, zipfile.BadZipFile, EOFError):
        raise BackupError(f"{source} is no backup of Procession, or it is damaged.") from None
    if not sound:
        raise BackupError(f"{source} is damaged: its parts do not have the hashes that were written down.")


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
$$
"""


def _run(url: str, command: Sequence[str | Path]) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, where other people's `ps` does not show it."""
    given = conninfo_to_dict(psycopg_url(url))
    environment = os.environ | {name: str(given[key]) for key, name in _VARIABLES.items() if given.get(key)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BackupError(f"{Path(command[0]).name} failed: {said}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return _digest(file)


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := content.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()
