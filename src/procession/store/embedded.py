"""The database that comes along: a PostgreSQL server of our own, in the data folder, for this machine's processes only.

Nothing needs to be installed or configured, and it is the real thing: the same server, the same durability. It listens
on no network address, only on a socket that the account running it (and root) can reach, and asks for a password there.

    data/postgres/          roles.json (passwords, 0600), locks
    data/postgres/18/       the cluster of PostgreSQL 18: data, socket, server.log (0700)

Several processes may use one data folder at once (server, worker, command line). Whoever comes first starts the server,
whoever leaves last stops it. A process that is killed counts as gone; if it was the last, the server stays up until the
next start finds it and takes it over. After a crash of the machine, PostgreSQL recovers by itself at the next start.

As root, PostgreSQL runs as an unprivileged account (see `embedded_account`). Where this account cannot enter the data
folder, for instance below `/root`, the cluster lives under `/var/lib/procession/clusters`, and the data folder says
where in `postgres/elsewhere`. The modes of folders that we did not make are never changed.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from procession.store.embedded_account import Account, account_for
from procession.store.embedded_binaries import Installation, installation_for, make_system_folder
from procession.store.embedded_cluster import ADMIN, cause, make_cluster, upgrade_cluster, write_private
from procession.store.embedded_error import EmbeddedPostgresError, in_plain_words
from procession.store.embedded_locks import Presence, one_at_a_time
from procession.store.embedded_postmaster import Postmaster, remove_leftovers

__all__ = ["ADMIN", "APP", "DATABASE", "OWNER", "EmbeddedPostgres", "EmbeddedPostgresError"]

APP: Final = "procession_app"
"""The role the application connects as: no superuser, owner of nothing, held by row-level security."""

OWNER: Final = "procession_owner"
"""The role that owns the tables and migrates them."""

DATABASE: Final = "procession"

_LONGEST_SOCKET_PATH = 100
"""In bytes; systems allow 103 to 107."""

_PATIENCE_FOR_START = 600.0
"""In seconds: recovery after a crash reads what was written since the last checkpoint."""

_CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "jit": "off",  # compiling takes longer than our short statements do
}


def _silent(_: str) -> None:
    """Where nobody wants to hear of the stages."""


class EmbeddedPostgres:
    """The PostgreSQL server of one data folder.

    Use it as `with EmbeddedPostgres.at(folder).running() as server: connect(server.url())`, or call `start` and `stop`.
    """

    def __init__(self, folder: Path, options: dict[str, str] | None = None) -> None:
        self._folder = folder.absolute()
        self._options = _CONFIGURATION | (options or {})
        self._presence: Presence | None = None
        self._child: subprocess.Popen[str] | None = None

    @classmethod
    def at(cls, folder: Path, *, options: dict[str, str] | None = None) -> Self:
        """The server of the data folder `folder`, which is made at the first start.

        Args:
            options: settings of PostgreSQL for whoever starts it, such as `{"fsync": "off"}` for throw-away data.
        """
        return cls(folder, options)

    def __repr__(self) -> str:
        return f"EmbeddedPostgres.at({str(self._folder)!r})"

    # Life

    def start(self, progress: Callable[[str], None] = _silent) -> None:
        """Start the server, or join the one that another process has started; the first start makes the cluster.

        Args:
            progress: is told each stage that takes a moment.

        Raises:
            EmbeddedPostgresError: it cannot run here; the message says what to do.
        """
        with in_plain_words(self._folder):
            home = self._make_home()
            with one_at_a_time(home / "start.lock"):
                if not self._join():
                    self._launch(home, progress)
                if self._presence is None:
                    self._presence = Presence(home / "users.lock")
                    self._presence.enter()
                    atexit.register(self.stop)

    def stop(self) -> None:
        """Leave the server; the last to leave shuts it down. Calling it again does nothing.

        Raises:
            EmbeddedPostgresError: the server does not end.
        """
        if self._presence is None:
            return
        atexit.unregister(self.stop)
        presence, self._presence = self._presence, None
        if not self._home.exists():  # destroyed meanwhile
            presence.leave()
            return
        with one_at_a_time(self._home / "start.lock"):
            was_last = presence.leave()
            running = self._postmaster()
            if was_last and running is not None:
                running.stop()
                if running.sockets.parent != self._cluster:
                    shutil.rmtree(running.sockets, ignore_errors=True)
            self._let_go_of_child(was_last)

    def _let_go_of_child(self, ended: bool) -> None:
        """Collect the server process if we started it, or leave it to the others (it outlives us, not by mistake)."""
        if self._child is not None:
            if ended:
                self._child.wait()
            else:
                self._child.returncode = 0  # else its destructor warns of a process that still runs
            self._child = None

    @contextmanager
    def running(self, progress: Callable[[str], None] = _silent) -> Generator[Self]:
        """The server, started (or joined) for the length of a `with` block."""
        self.start(progress)
        try:
            yield self
        finally:
            self.stop()

    @property
    def is_running(self) -> bool:
        """Whether the server answers, whoever started it."""
        running = self._postmaster()
        return running is not None and running.is_ready

    @property
    def is_there(self) -> bool:
        """Whether the server process lives; it may be starting or recovering."""
        return self._postmaster() is not None

    @property
    def folder(self) -> Path:
        """The folder of passwords, locks and data."""
        return self._home

    def destroy(self) -> None:
        """Delete the whole database, for good; the server must not be in use."""
        home = self._home
        if (running := self._postmaster()) is not None:
            running.stop()
        for folder in {home, self._folder / "postgres"}:
            shutil.rmtree(folder, ignore_errors=True)

    # Use

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """The address for psycopg and SQLAlchemy, password included: keep it out of logs.

        Raises:
            EmbeddedPostgresError: the server does not run, or there is no such role.
        """
        running = self._postmaster()
        if running is None:
            raise EmbeddedPostgresError(f"The database of {self._folder} does not run: start it first.")
        passwords = self._passwords()
        if role not in passwords:
            raise EmbeddedPostgresError(f"There is no database role {role}: choose from {', '.join(passwords)}.")
        socket = quote(str(running.sockets), safe="/")
        return f"postgresql://{role}:{passwords[role]}@/{quote(database, safe='')}?host={socket}"

    def program(self, name: str) -> Path:
        """A program of the server's own version, such as `pg_dump`, `pg_restore` or `psql`."""
        return installation_for(self._account, self._major).program(name)

    @property
    def log(self) -> Path:
        """The server's log, for the person who looks for a cause."""
        return self._cluster / "server.log"

    # Places

    @property
    def _home(self) -> Path:
        """The folder of passwords, locks and clusters."""
        usual = self._folder / "postgres"
        try:
            elsewhere = Path((usual / "elsewhere").read_text().strip())
        except (FileNotFoundError, NotADirectoryError):
            return usual
        if not elsewhere.is_dir():
            raise EmbeddedPostgresError(
                f"The database of {self._folder} was kept in {elsewhere}, which is not there: restore a backup, "
                f"or delete {usual} to begin with an empty database."
            )
        return elsewhere

    @property
    def _major(self) -> int | None:
        """The PostgreSQL version of the newest cluster; None before the first start."""
        majors = [int(each.name) for each in self._home.glob("[0-9]*") if each.name.isdigit()]
        return max(majors, default=None)

    @property
    def _cluster(self) -> Path:
        return self._home / str(self._major or "none")

    @property
    def _data(self) -> Path:
        return self._cluster / "data"

    @property
    def _account(self) -> Account:
        return account_for(self._cluster)

    def _postmaster(self) -> Postmaster | None:
        return Postmaster.of(self._data)

    def _make_home(self) -> Path:
        """The home, made when missing: in the data folder, or, where root's stand-in cannot enter this, elsewhere."""
        home = self._home
        if not home.exists():
            if not self._folder.exists():
                self._folder.mkdir(parents=True)
                self._folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
            home.mkdir(exist_ok=True)
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if self._major is None and home == self._folder / "postgres" and not self._account.reaches(home):
            elsewhere = make_system_folder("clusters") / secrets.token_hex(4)
            elsewhere.mkdir(mode=0o711)
            write_private(home / "elsewhere", f"{elsewhere}\n")
            return elsewhere
        return home

    def _socket_folder(self, account: Account) -> Path:
        """A folder for the socket, its path short and plain, closed to everybody but `account`."""
        folder = self._cluster / "socket"
        is_short = len(os.fsencode(folder / ".s.PGSQL.5432")) <= _LONGEST_SOCKET_PATH
        if not is_short or not re.fullmatch(r"[\w./-]+", str(folder)):
            # Not the temporary folder in general: its path may be long. What mkdtemp makes is ours alone anywhere.
            parent = Path("/tmp") if account.is_ours else make_system_folder("sockets")  # noqa: S108
            folder = Path(tempfile.mkdtemp(prefix="procession-", dir=parent))
        account.own_folder(folder)
        return folder

    # Starting

    def _join(self) -> bool:
        """Use the server that runs already, if one does; one that cannot be reached any more is stopped instead."""
        deadline = time.monotonic() + _PATIENCE_FOR_START
        while (running := self._postmaster()) is not None and time.monotonic() < deadline:
            if running.is_ready:
                return True
            if running.status == "ready":
                running.stop()
            time.sleep(0.02)
        return False

    def _launch(self, home: Path, progress: Callable[[str], None]) -> None:
        if (major := self._major) is None:
            progress("Creating the database")
            self._initialise(home)
        else:
            self._upgrade(home, major, progress)
        self._passwords()
        progress("Starting the database")
        account = self._account
        installation = installation_for(account, self._major)
        sockets = self._socket_folder(account)
        remove_leftovers(self._data, sockets)
        self._let_go_of_child(ended=True)  # one that was killed
        self._child = child = self._spawn(installation, account, sockets)
        try:
            self._await_ready(child, progress)
            self._ensure_roles()
        except BaseException:
            child.send_signal(signal.SIGINT)
            self._let_go_of_child(ended=True)
            raise

    def _spawn(self, installation: Installation, account: Account, sockets: Path) -> subprocess.Popen[str]:
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        command: list[str | Path] = [installation.program("postgres"), "-D", self._data, "-k", str(sockets)]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "a") as log:
            return account.popen(command, output=log)

    def _await_ready(self, process: subprocess.Popen[str], progress: Callable[[str], None]) -> None:
        began = said = time.monotonic()
        while time.monotonic() < began + _PATIENCE_FOR_START:
            running = self._postmaster()
            if running is not None and running.pid == process.pid and running.is_ready:
                return
            if process.poll() is not None:
                raise EmbeddedPostgresError(self._why_it_ended())
            if time.monotonic() > said + 5:
                said = time.monotonic()
                progress("The database recovers what was not written out when it was last stopped")
            time.sleep(0.01)
        raise EmbeddedPostgresError(
            f"The database did not come up in {_PATIENCE_FOR_START:.0f} s; its log is {self.log}."
        )

    def _why_it_ended(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-30:] if self.log.exists() else []
        return cause(lines, self._folder) + f" The log is {self.log}."

    def _initialise(self, home: Path) -> None:
        """Make the cluster beside its place and move it there when it is whole: a kill leaves nothing half made."""
        account = self._account
        installation = installation_for(account)
        make_cluster(home / "draft", account, installation, self._passwords(make=True)[ADMIN])
        (home / "draft").rename(home / str(installation.major))

    def _upgrade(self, home: Path, major: int, progress: Callable[[str], None]) -> None:
        """Bring data of an earlier PostgreSQL to the one that is here now, where the programs of both are."""
        account = self._account
        newest = installation_for(account)
        if newest.major <= major:
            return
        programs = (installation_for(account, major), newest)
        progress(f"Bringing the database from PostgreSQL {major} to {newest.major}")
        remove_leftovers(self._data, self._cluster / "socket")
        upgrade_cluster(self._cluster, home / "draft", account, programs, self._passwords()[ADMIN])
        (home / "draft").rename(home / str(newest.major))
        progress(f"The data as it was before is kept in {home / str(major)}; delete it when all is well")

    def _passwords(self, *, make: bool = False) -> dict[str, str]:
        path = self._home / "roles.json"
        if make and not path.exists():
            write_private(path, json.dumps({role: secrets.token_urlsafe(24) for role in (ADMIN, OWNER, APP)}, indent=2))
        try:
            return json.loads(path.read_text())
        except (FileNotFoundError, ValueError) as trouble:
            raise EmbeddedPostgresError(
                f"The passwords of the database, {path}, are missing or damaged: put the file back from a backup."
            ) from trouble

    def _ensure_roles(self) -> None:
        """See that roles and database are there: the first start makes them, even if an earlier one was cut short."""
        passwords = self._passwords()
        with psycopg.connect(self.url(ADMIN, "postgres"), autocommit=True) as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APP):
                if role not in known:
                    secret = connection.pgconn.encrypt_password(
                        passwords[role].encode(), role.encode(), b"scram-sha-256"
                    )
                    statement = sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}"
                    )
                    connection.execute(statement.format(sql.Identifier(role), sql.Literal(secret.decode())))
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                name, owner, app = (sql.Identifier(each) for each in (DATABASE, OWNER, APP))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
                connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, app))
