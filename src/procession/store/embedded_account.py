"""Under which account of the operating system the embedded PostgreSQL runs.

PostgreSQL refuses to run as root, rightly. Started by a plain user it runs as this user; started by root it runs as the
system account `procession`, which is made at the first start where the system lets us, else as `postgres` or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from procession.store.embedded_error import EmbeddedPostgresError

SYSTEM_FOLDER = Path("/var/lib/procession")
"""Where root keeps what the unprivileged account must reach: the programs, and clusters whose data folder it cannot."""

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""What PostgreSQL's programs see: no PG* variables of ours, English messages, and no library path of others."""

_PREFERRED = ("procession", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The account that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process already runs as this account, so that nothing needs to be handed over."""
        return self.uid == os.geteuid()

    def popen(
        self,
        command: Sequence[str | Path],
        *,
        stdin: int = subprocess.DEVNULL,
        output: int | IO[str] = subprocess.PIPE,
        folder: Path = Path("/"),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start `command` as this account, away from our terminal (its Ctrl-C is not meant for PostgreSQL).

        Raises:
            EmbeddedPostgresError: the system does not let us become this account.
        """
        try:
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=folder,
                env=_ENVIRONMENT | dict(environment or {}),
                start_new_session=True,
                user=None if self.is_ours else self.uid,
                group=None if self.is_ours else self.gid,
                extra_groups=None if self.is_ours else [],
            )
        except PermissionError as refusal:
            raise EmbeddedPostgresError(
                f"The account {self.name} cannot run {command[0]}: "
                "run as another user, or set DATABASE_URL to a PostgreSQL server."
            ) from refusal

    def run(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path = Path("/"),
        environment: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Run `command` as this account to its end; gives its exit code and everything it printed."""
        process = self.popen(command, folder=folder, environment=environment)
        output, _ = process.communicate()
        return process.returncode, output

    def reaches(self, folder: Path) -> bool:
        """Whether this account may enter `folder`, by asking the system; modes do not tell all."""
        return self.is_ours or self.run(["/bin/sh", "-c", 'cd "$0"', folder])[0] == 0

    def own_folder(self, folder: Path) -> None:
        """Make `folder`, closed to everybody but this account; its parents stay as they are."""
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if not self.is_ours:
            os.chown(folder, self.uid, self.gid)


def account_for(cluster: Path) -> Account:
    """The account that runs PostgreSQL on `cluster`: the owner of the cluster once it exists.

    Raises:
        EmbeddedPostgresError: the cluster belongs to somebody else, or root finds no unprivileged account.
    """
    if cluster.exists():
        owner = cluster.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise EmbeddedPostgresError(
                f"The database in {cluster} belongs to {_account(owner).name}: "
                "run as this user, or choose another data folder with PROCESSION_DATA."
            )
        if owner != 0:
            return _account(owner)
    return _unprivileged() if os.geteuid() == 0 else _account(os.geteuid())


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # a container started with a bare user number
        return Account(str(uid), uid, os.getegid() if uid == os.geteuid() else uid)
    return Account(entry.pw_name, uid, entry.pw_gid)


def _unprivileged() -> Account:
    _make_system_account()
    for name in _PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no account to run it as: "
        "add one with 'useradd --system procession', or run as a plain user."
    )


def _make_system_account() -> None:
    """Add the system account where the tool for it exists; a refusal is fine, the next account in line is taken."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None or sys.platform != "linux" or "procession" in {entry.pw_name for entry in pwd.getpwall()}:
        return
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_FOLDER)]
    subprocess.run([useradd, *options, "--shell", "/usr/sbin/nologin", "procession"], capture_output=True, check=False)
