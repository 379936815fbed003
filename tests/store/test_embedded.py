"""The embedded PostgreSQL: private, unprivileged, and back by itself after a crash."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from procession.store import embedded
from procession.store.embedded import ADMIN, APP, OWNER, EmbeddedPostgres, EmbeddedPostgresError
from procession.store.embedded_account import Account
from procession.store.embedded_binaries import Installation, installation_for, installations
from procession.store.embedded_postmaster import Postmaster
from tests.support.database import Database


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder whose parents are open, as below `/srv`."""
    with tempfile.TemporaryDirectory(prefix="procession-") as name:
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        yield data
        if (data / "postgres").exists():
            EmbeddedPostgres.at(data).destroy()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row and len(row) == 1 else row


def server_of(folder: Path) -> Postmaster:
    found = next((folder / "postgres").glob("[0-9]*/data"))
    running = Postmaster.of(found)
    assert running is not None
    return running


def modes(path: Path) -> dict[Path, tuple[int, int, int]]:
    return {each: (each.stat().st_mode, each.stat().st_uid, each.stat().st_gid) for each in (path, *path.parents)}


def test_a_role_reads_the_database_it_was_given(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT current_user, current_setting('listen_addresses')").fetchone()
    assert row == (APP, "")


def test_the_application_is_neither_superuser_nor_beyond_row_level_security(database: Database) -> None:
    roles = "SELECT rolname::text, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s"
    with psycopg.connect(database.admin_url) as admin:
        for role in (APP, OWNER):
            assert admin.execute(roles, [role]).fetchone() == (role, False, False, False, False)
        owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = %s"
        assert admin.execute(owned, [APP]).fetchone() == (0,)


def test_the_application_cannot_make_tables(database: Database) -> None:
    with psycopg.connect(database.app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE public.mine (id int)")


def test_a_wrong_password_is_refused(database: Database) -> None:
    right = database.app_url.split("@")[0].rpartition(":")[2]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.app_url.replace(right, "guess"))


def test_what_was_written_is_there_after_the_next_start(folder: Path) -> None:
    with EmbeddedPostgres.at(folder).running() as server, psycopg.connect(server.url(OWNER)) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert not EmbeddedPostgres.at(folder).is_running
    with EmbeddedPostgres.at(folder).running() as server:
        assert ask(server.url(OWNER), "SELECT answer FROM kept") == 42


def test_no_folder_above_changes_its_mode_or_owner(folder: Path) -> None:
    before = modes(folder.parent)
    with EmbeddedPostgres.at(folder).running():
        during = modes(folder.parent)
    assert during == before == modes(folder.parent)


def test_a_data_folder_below_a_closed_one_works_and_leaves_it_closed(tmp_path: Path) -> None:
    """As below `/root`: the unprivileged account cannot enter, and no folder is opened for it."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    (closed / "data").mkdir(mode=0o700)
    before = modes(closed / "data")
    server = EmbeddedPostgres.at(closed / "data")
    try:
        with server.running():
            assert ask(server.url(), "SELECT 1") == 1
            assert modes(closed / "data") == before
    finally:
        server.destroy()


def test_passwords_socket_and_data_are_closed_to_others(folder: Path) -> None:
    with EmbeddedPostgres.at(folder).running():
        running = server_of(folder)
        assert stat.S_IMODE((folder / "postgres" / "roles.json").stat().st_mode) == 0o600
        for private in (running.sockets, running.data, running.data.parent):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert stat.S_IMODE((running.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_the_server_never_runs_as_root(folder: Path) -> None:
    with EmbeddedPostgres.at(folder).running():
        status = Path(f"/proc/{server_of(folder).pid}/status").read_text().splitlines()
    (uids,) = [line.split()[1:] for line in status if line.startswith("Uid:")]
    assert "0" not in uids


def test_a_long_path_with_spaces_has_a_short_socket_path(folder: Path) -> None:
    long = folder / "the quick brown fox" / ("jumps over the lazy dog " * 5).strip() / "$HOME & \"quotes\" 'here'"
    server = EmbeddedPostgres.at(long)
    try:
        with server.running():
            running = Postmaster.of(next(long.glob("postgres/*/data")))
            assert running is not None and len(str(running.sockets)) < 60
            assert ask(server.url(), "SELECT 1") == 1
        assert not running.sockets.exists()
    finally:
        server.destroy()


def test_a_killed_server_recovers_at_the_next_start(folder: Path) -> None:
    server = EmbeddedPostgres.at(folder)
    server.start()
    with psycopg.connect(server.url(OWNER)) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    killed = server_of(folder)
    os.kill(killed.pid, signal.SIGKILL)
    while killed.still_runs():
        time.sleep(0.01)
    server.start()
    assert server_of(folder).pid != killed.pid
    assert ask(server.url(OWNER), "SELECT answer FROM kept") == 42
    server.stop()


def test_a_lock_file_naming_a_stranger_does_not_stop_the_start(folder: Path) -> None:
    """After the restart of a container, the old process number often belongs to another program."""
    server = EmbeddedPostgres.at(folder)
    with server.running():
        running = server_of(folder)
        left = (running.data / "postmaster.pid").read_text()
    stranger = left.replace(str(running.pid), str(os.getpid()), 1)
    (running.data / "postmaster.pid").write_text(stranger)
    (running.sockets / ".s.PGSQL.5432.lock").write_text(stranger)
    with server.running():
        assert ask(server.url(), "SELECT 1") == 1


def test_a_first_start_that_was_cut_short_is_done_again(folder: Path) -> None:
    server = EmbeddedPostgres.at(folder)
    with server.running(), psycopg.connect(server.url(ADMIN, "postgres"), autocommit=True) as admin:
        admin.execute("DROP DATABASE procession")
        admin.execute(f"DROP ROLE {APP}")
    (folder / "postgres" / "draft" / "data").mkdir(parents=True)
    with server.running():
        assert ask(server.url(), "SELECT current_user") == APP


_PROCESS = """
import sys
from pathlib import Path
from procession.store.embedded import EmbeddedPostgres
server = EmbeddedPostgres.at(Path(sys.argv[1]))
server.start()
print("up", flush=True)
sys.stdin.readline()
server.stop()
"""


def another_process(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROCESS, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    return process


def test_the_last_of_several_processes_stops_the_server(folder: Path) -> None:
    first = another_process(folder)
    mine = EmbeddedPostgres.at(folder)
    mine.start()
    started_by_first = server_of(folder).pid
    first.communicate("leave\n")
    assert mine.is_running and server_of(folder).pid == started_by_first
    mine.stop()
    assert not mine.is_running


def test_a_killed_process_does_not_keep_the_server_up(folder: Path) -> None:
    first = another_process(folder)
    mine = EmbeddedPostgres.at(folder)
    mine.start()
    with first:
        first.kill()
    assert mine.is_running
    mine.stop()
    assert not mine.is_running


def test_processes_that_start_together_share_one_server(folder: Path) -> None:
    command = [sys.executable, "-c", _PROCESS, folder]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(4)]
    assert [each.stdout.readline() for each in processes if each.stdout] == ["up\n"] * 4
    assert ask(EmbeddedPostgres.at(folder).url(), "SELECT 1") == 1
    for each in processes:
        each.communicate("leave\n")
        assert each.returncode == 0
    assert not EmbeddedPostgres.at(folder).is_running


def test_an_interrupt_at_the_terminal_does_not_reach_the_server(folder: Path) -> None:
    with EmbeddedPostgres.at(folder).running():
        assert os.getsid(server_of(folder).pid) != os.getsid(0)


def test_a_dump_can_be_restored(own_database: Database) -> None:
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server = own_database.server
    dump = subprocess.run(
        [server.program("pg_dump"), "-Fc", "-t", "kept", own_database.admin_url], check=True, capture_output=True
    )
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("DROP TABLE kept")
    subprocess.run([server.program("pg_restore"), "-d", own_database.admin_url], input=dump.stdout, check=True)
    assert ask(own_database.owner_url, "SELECT answer FROM kept") == 42


def test_a_server_that_does_not_run_has_no_address(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="does not run: start it first"):
        EmbeddedPostgres.at(folder).url()


def test_an_unknown_role_is_named(database: Database) -> None:
    with pytest.raises(EmbeddedPostgresError, match="no database role nobody: choose from postgres"):
        database.server.url("nobody")


def test_a_data_folder_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="is not a folder"):
        EmbeddedPostgres.at(tmp_path / "data").start()


def test_a_damaged_cluster_is_said_so_with_its_log(folder: Path) -> None:
    server = EmbeddedPostgres.at(folder)
    with server.running():
        data = server_of(folder).data
    (data / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedPostgresError, match=r"does not start: .*pg_control.*The log is .*server\.log"):
        server.start()


def test_missing_passwords_are_said_so(folder: Path) -> None:
    server = EmbeddedPostgres.at(folder)
    with server.running():
        pass
    (folder / "postgres" / "roles.json").unlink()
    with pytest.raises(EmbeddedPostgresError, match=r"roles\.json, are missing or damaged"):
        server.start()


def reach(installation: Installation, account: Account) -> Installation:
    return installation_for(account, installation.major)


def test_data_of_an_earlier_postgresql_is_brought_to_the_present_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the oldest PostgreSQL on this machine; where there is one only, with this one under an older number."""
    newest, oldest = installations()[0], min(installations(), key=lambda each: each.major)
    earlier = oldest.major if oldest.major < newest.major else newest.major - 1
    server = EmbeddedPostgres.at(folder)
    with monkeypatch.context() as past:
        past.setattr(embedded, "installation_for", lambda account, major=None: reach(oldest, account))
        with server.running(), psycopg.connect(server.url(OWNER)) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    (folder / "postgres" / str(oldest.major)).rename(folder / "postgres" / str(earlier))

    def present(account: Account, major: int | None = None) -> Installation:
        return reach(oldest if major == earlier else newest, account)

    stages: list[str] = []
    monkeypatch.setattr(embedded, "installation_for", present)
    with server.running(stages.append):
        assert ask(server.url(OWNER), "SELECT answer FROM kept") == 42
        assert ask(server.url(APP), "SHOW data_checksums") == "on"
    assert stages[0] == f"Bringing the database from PostgreSQL {earlier} to {newest.major}"
    assert (folder / "postgres" / str(earlier) / "data" / "PG_VERSION").exists(), "the data before is kept"


def test_data_of_a_postgresql_that_is_not_here_is_left_alone(folder: Path) -> None:
    server = EmbeddedPostgres.at(folder)
    with server.running():
        pass
    (present,) = (each for each in (folder / "postgres").iterdir() if each.name.isdigit())
    present.rename(present.with_name("14"))
    with pytest.raises(EmbeddedPostgresError, match="written by PostgreSQL 14, whose programs are not here"):
        server.start()
    assert (folder / "postgres" / "14" / "data" / "PG_VERSION").exists()
