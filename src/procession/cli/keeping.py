"""Commands for whoever hosts: backup, restore, verify, admin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from procession.cli.output import PROBLEMS, as_json, counted, print_json, wrong_usage
from procession.cli.serving import settings_or_end, stages


def _owner_url(installation: Any) -> str:
    if installation.owner_url is None:
        wrong_usage("Set DATABASE_OWNER_URL: backup and restore need the owner of the tables.")
    return installation.owner_url


def _passphrase(settings: Any, *, new: bool) -> str:
    """The passphrase of a backup: the setting, typed (twice where it is new), or the first line of standard input."""
    from procession.settings import SHORTEST_PASSPHRASE

    given = settings.backup_passphrase
    if given is None and sys.stdin.isatty():
        given = click.prompt("Passphrase", hide_input=True, confirmation_prompt="Once more" if new else False)
    elif given is None:
        given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        wrong_usage(
            "Backups are encrypted, so a passphrase is needed.",
            "Type it at a terminal, give it on standard input, or set PROCESSION_BACKUP_PASSPHRASE.",
        )
    if new and len(given) < SHORTEST_PASSPHRASE:
        wrong_usage(f"A passphrase has at least {SHORTEST_PASSPHRASE} characters; nothing was written.")
    return given


def _program(installation: Any) -> Any:
    from procession.store.backup import installed_program

    return installation.embedded.program if installation.embedded is not None else installed_program


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@as_json
def backup(target: Path, as_json: bool) -> None:
    """Write everything into one encrypted file; it appears only when it is whole.

    The passphrase is asked for, read from standard input, or taken from PROCESSION_BACKUP_PASSPHRASE.

    \b
    Example:
      procession backup monday.backup
    """
    from procession.bootstrap import opened
    from procession.store.backup import backup as make

    if target.exists():
        wrong_usage(f"{target} is there already; nothing was written.")
    settings = settings_or_end()
    passphrase = _passphrase(settings, new=True)
    with opened(settings, progress=stages(as_json)) as installation:
        made = make(_owner_url(installation), Path(settings.data), target, passphrase, _program(installation))
    if as_json:
        print_json({"file": str(target), "bytes": made.size, "files": made.files})
    else:
        click.echo(f"{target}: {made.size / 1e6:.1f} MB, with {counted(made.files, 'file')}")


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask: what is in the database now is replaced.")
@as_json
def restore(source: Path, yes: bool, as_json: bool) -> None:
    """Put a backup in the place of everything that is in the database.

    \b
    Example:
      procession restore monday.backup
    """
    from procession.bootstrap import opened
    from procession.store.backup import look_at
    from procession.store.backup import restore as bring_back

    if not source.is_file():
        wrong_usage(f"There is no file '{source}'.")
    if not yes and (as_json or not sys.stdin.isatty()):
        wrong_usage("Everything in the database is replaced; say --yes where nobody can be asked.")
    if not yes and not click.confirm("Everything in the database now is replaced. Go on?"):
        click.echo("Nothing was changed.")
        sys.exit(PROBLEMS)
    settings = settings_or_end()
    look_at(source)
    passphrase = _passphrase(settings, new=False)
    with opened(settings, progress=stages(as_json)) as installation:
        owner, program = _owner_url(installation), _program(installation)
        installation.store.close()
        files = bring_back(owner, Path(settings.data), source, passphrase, program)
    if as_json:
        print_json({"restored": str(source), "files": files})
    else:
        click.echo(f"{source} is restored, with {counted(files, 'file')}.")


@click.command()
@as_json
def verify(as_json: bool) -> None:
    """Replay every case, check the hash chain, and compare with what is stored.

    \b
    Example:
      procession verify
    """
    from procession.bootstrap import ORGANISATION, opened
    from procession.store.verify import verify as look

    with opened(settings_or_end(), progress=stages(as_json)) as installation:

        def tell(done: int, total: int) -> None:
            if not as_json and sys.stderr.isatty():
                click.echo(f"\r{done} of {total} cases", nl=done == total, err=True)

        found = look(installation.store, ORGANISATION, tell)
    if as_json:
        print_json({"cases": found.cases, "events": found.events, "problems": found.problems, "sound": found.is_sound})
    else:
        for problem in found.problems:
            click.secho(problem, fg="red")
        click.echo(
            f"{counted(found.cases, 'case')}, {counted(found.events, 'event')}: "
            + ("all as recorded" if found.is_sound else counted(len(found.problems), "problem"))
        )
    sys.exit(0 if found.is_sound else PROBLEMS)


@click.group()
def admin() -> None:
    """What an administrator does on the machine itself.

    \b
    Example:
      procession admin create "Ana Diaz" ana@example.com
    """


def _asked_password(_: click.Context, __: click.Parameter, given: str | None) -> str:
    """The password given, asked for twice at a terminal, or the first line of standard input."""
    if given is not None:
        return given
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        wrong_usage("A password is needed: give it on standard input, or type it at a terminal.")
    return line


password_option = click.option(
    "--password",
    callback=_asked_password,
    metavar="TEXT",
    help="Better left out: it is asked for, or read from standard input.",
)


@admin.command("create")
@click.argument("name")
@click.argument("email")
@password_option
@as_json
def create(name: str, email: str, password: str, as_json: bool) -> None:
    """Make the first administrator.

    \b
    Example:
      procession admin create "Ana Diaz" ana@example.com
    """
    from datetime import UTC, datetime

    from procession.bootstrap import ORGANISATION, opened
    from procession.cli.door import say_refused
    from procession.engine.rejections import Rejection
    from procession.operations import calling

    with opened(settings_or_end()) as installation:
        ctx = calling.context(installation.store, ORGANISATION, at=datetime.now(UTC))
        try:
            calling.call(ctx, "setup.first_administrator", {"name": name, "email": email, "password": password})
        except Rejection as refused:
            say_refused(refused)
            sys.exit(PROBLEMS)
    if as_json:
        print_json({"administrator": {"name": name, "email": email}})
    else:
        click.echo(f"{name} is the administrator.")


@admin.command("reset-password")
@click.argument("email")
@password_option
@as_json
def reset_password(email: str, password: str, as_json: bool) -> None:
    """Set a new password for somebody who has forgotten theirs, and end their sessions.

    \b
    Example:
      procession admin reset-password ana@example.com
    """
    from procession.bootstrap import ORGANISATION, opened
    from procession.cli.door import say_refused
    from procession.engine.rejections import Rejection
    from procession.operations.passwords import hash_password

    with opened(settings_or_end()) as installation, installation.store.transaction(ORGANISATION) as tx:
        row = tx.people.by_email(email) or tx.people.find(email)
        if row is None:
            wrong_usage(f"There is nobody with the address '{email}'.")
        try:
            hashed = hash_password(password, person=row.id)
        except Rejection as refused:
            say_refused(refused)
            sys.exit(PROBLEMS)
        tx.people.change(row.id, password_hash=hashed, failed_logins=0, locked_until=None)
        tx.sessions.end_all(row.id)
    if as_json:
        print_json({"changed": {"name": row.name, "email": row.email}})
    else:
        click.echo(f"{row.name} has a new password.")
