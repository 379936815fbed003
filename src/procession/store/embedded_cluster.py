"""Making a cluster (the data of one PostgreSQL server), and bringing one of an earlier PostgreSQL to a later one.

Both fill a draft folder that the caller moves to its place when it is whole, so that a kill leaves nothing half made.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from procession.store.embedded_account import Account
from procession.store.embedded_binaries import Installation
from procession.store.embedded_error import EmbeddedPostgresError

ADMIN = "postgres"
"""The superuser of the clusters we make."""


def make_cluster(draft: Path, account: Account, installation: Installation, password: str) -> None:
    """Make an empty cluster in `draft`, with checksums, and with a password for everybody.

    Raises:
        EmbeddedPostgresError: initdb refused; nothing is left in `draft`.
    """
    shutil.rmtree(draft, ignore_errors=True)
    account.own_folder(draft)
    password_file = draft / "password"
    write_private(password_file, password, account)
    command: list[str | Path] = [installation.program("initdb"), "-D", draft / "data", "-U", ADMIN, "-E", "UTF8"]
    command += ["--pwfile", password_file, "--auth=scram-sha-256", "--data-checksums", *_collation(installation)]
    code, output = account.run(command)
    password_file.unlink()
    if code != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedPostgresError(cause(output.splitlines(), draft.parent))


def upgrade_cluster(
    old: Path, draft: Path, account: Account, programs: tuple[Installation, Installation], password: str
) -> None:
    """Copy the cluster in `old` into a new one in `draft`, for the second of the two `programs`; `old` stays as it is.

    Raises:
        EmbeddedPostgresError: pg_upgrade refused; nothing is left in `draft`.
    """
    before, after = programs
    make_cluster(draft, account, after, password)
    command: list[str | Path] = [after.program("pg_upgrade"), "-U", ADMIN, "-b", before.folder, "-B", after.folder]
    command += ["-d", old / "data", "-D", draft / "data"]
    # It opens a socket in the folder it is told, whose path must be short, and writes its notes where it stands.
    sockets = Path(tempfile.mkdtemp(prefix="procession-", dir="/tmp"))
    try:
        account.own_folder(sockets)
        code, output = account.run(
            [*command, "-s", sockets], folder=draft, environment={"PGPASSWORD": password, "HOME": str(draft)}
        )
    finally:
        shutil.rmtree(sockets, ignore_errors=True)
    if code != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedPostgresError(
            f"{cause(output.splitlines(), old)} Bringing it from PostgreSQL {before.major} to {after.major} failed, "
            "and it is as it was before."
        )


def cause(lines: list[str], folder: Path) -> str:
    """One sentence from what a program of PostgreSQL has printed before it gave up."""
    text = "\n".join(lines)
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return f"The disk that holds {folder} is full: free some space and start again."
    blunt = [line for line in lines if re.search(r"\b(FATAL|PANIC|error|could not)\b", line)]
    said = (blunt or lines or ["it printed nothing"])[-1]
    said = re.sub(r"^.*?(FATAL|PANIC|error): +", "", said).strip().rstrip(".")
    return f"The database in {folder} does not start: {said}."


def write_private(path: Path, text: str, owner: Account | None = None) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if owner is not None and not owner.is_ours:
            os.fchown(descriptor, owner.uid, owner.gid)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def _collation(installation: Installation) -> list[str]:
    """Text in the order of its code points, the same on every machine, with upper and lower case of all scripts."""
    if installation.major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C"]
