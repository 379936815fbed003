"""The entry point. A command's module is imported only when it is asked for, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from procession import __version__, compiled

COMMANDS: dict[str, tuple[str, str]] = {
    # command: (module of this package, one line for the overview)
    "check": ("files", "Check definitions: what is wrong, where, and what would be right."),
    "test": ("files", "Run the tests that live beside workflows."),
    "draw": ("files", "Draw a workflow or process as SVG or PNG, or in words."),
    "feel": ("files", "Evaluate a FEEL expression."),
    "schema": ("files", "Print the JSON Schema that lets editors complete and check YAML files."),
    "init": ("beginning", "Make a folder with a first workflow and its test."),
    "map": ("mapping", "Turn short lines into workflows and the process that joins them."),
    "run": ("play", "Play a workflow in the terminal, on a virtual clock."),
    "simulate": ("simulating", "Simulate a workflow or process: where work would wait, and why."),
    "log": ("logs", "Measure an event log: CSV, XES, OCEL 2.0 or Parquet."),
    "diagnose": ("logs", "Say where the time of an event log goes, with a report to print."),
    "export": ("logs", "Turn an event log into another format."),
    "demo": ("serving", "Serve the demo company."),
    "serve": ("serving", "Serve the organisation: pages, REST and a worker."),
    "worker": ("serving", "Run a worker for jobs and timers."),
    "publish": ("work", "Publish a file, or a folder as a whole."),
    "start": ("work", "Start a case."),
    "schedules": ("work", "List what starts by itself, and when."),
    "tasks": ("work", "List open tasks."),
    "complete": ("work", "Complete a task."),
    "case": ("work", "Show a case: where it is, with whom, and what happened."),
    "savings": ("saving", "Say what busywork costs, as you say it or as the records show."),
    "reveal": ("revealing", "Say which separate workflows seem to form a process."),
    "backup": ("keeping", "Write everything into one encrypted file."),
    "restore": ("keeping", "Put a backup in the place of everything."),
    "verify": ("keeping", "Replay every case and compare it with what is stored."),
    "ask": ("asking", "Ask any operation by its name: all that REST and the pages offer."),
    "admin": ("keeping", "What an administrator does on the machine itself."),
}


class Commands(click.Group):
    """Looks a command up by name and imports its module then."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        module = importlib.import_module(f"procession.cli.{found[0]}")
        return getattr(module, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " 'procession --help' lists the commands."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(
    __version__, prog_name="procession", message=f"%(prog)s, version %(version)s\nengine: {compiled.description()}"
)
def cli() -> None:
    """Run workflows, see the processes they live in, and find out what to fix first.

    \b
    Begin with:
      procession demo                 a company with running work, in your browser
      procession init my-workflows    a folder with a first workflow and its test
    """


SENTENCES = (
    ("procession.settings", "SettingsError"),
    ("procession.store.embedded_error", "EmbeddedPostgresError"),
    ("procession.store.backup", "BackupError"),
    ("procession.store.migrate", "MigrationError"),
    ("procession.demo.preparing", "DemoError"),
    ("procession.drawing.elk", "LayoutFailed"),
)
"""Errors whose message is a sentence for whoever typed the command: (module, class). Their modules stay unimported."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; whatever is wrong with the input or the machine becomes one sentence, not a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if wrong := compiled.problem():
        _end(given, wrong)
    try:
        sys.exit(cli.main(given, prog_name="procession", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as problem:
        _end(given, _sentence(problem), _where_help_is(problem))
    except click.Abort:
        _end(given, "Stopped: nobody answered the question.")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as problem:
        sentence = _of_the_machine(problem)
        if sentence is None:
            raise
        _end(given, sentence)


def _end(given: Sequence[str], sentence: str, hint: str | None = None) -> NoReturn:
    from procession.cli.output import WRONG_USAGE, Problem, say_problems

    say_problems([Problem("wrong_usage", sentence, hint)], in_json="--json" in given)
    sys.exit(WRONG_USAGE)


def _sentence(problem: click.ClickException) -> str:
    said = problem.format_message().strip()
    return said if said.endswith((".", "?")) else f"{said}."


def _where_help_is(problem: click.ClickException) -> str | None:
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    return f"'{context.command_path} --help' shows how." if context is not None else None


def _of_the_machine(problem: Exception) -> str | None:
    """The sentence of a problem that is not a mistake of ours; None where it is one."""
    for module, name in SENTENCES:
        known = getattr(sys.modules.get(module), name, None)
        if known is not None and isinstance(problem, known):
            return str(problem)
    psycopg = sys.modules.get("psycopg")
    cause = getattr(problem, "orig", problem)
    if psycopg is not None and isinstance(cause, psycopg.errors.DiskFull):
        return "The disk of the database is full, and nothing was changed: free some space and try again."
    if psycopg is not None and isinstance(cause, psycopg.OperationalError):
        first = next(iter(str(cause).strip().splitlines()), "no answer")
        return f"The database cannot be used: {first.removeprefix('connection failed: ')}."
    if psycopg is not None and isinstance(cause, psycopg.errors.InsufficientPrivilege | psycopg.errors.UndefinedTable):
        first = next(iter(str(cause).strip().splitlines()), "no answer")
        return f"The database is not prepared ({first}): set DATABASE_OWNER_URL, so that its tables are made."
    if isinstance(problem, OSError):
        return (problem.strerror or str(problem)) + (f": {problem.filename}" if problem.filename else "") + "."
    return None
