"""The entry point. A command's module is imported only when it is asked for, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import sys

import click

from procession import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    # command: (module of this package, one line for the overview)
    "check": ("files", "Check definitions: what is wrong, where, and what would be right."),
    "test": ("files", "Run the tests that live beside workflows."),
    "draw": ("files", "Draw a workflow or process as SVG or PNG, or in words."),
    "feel": ("files", "Evaluate a FEEL expression."),
    "schema": ("files", "Print the JSON Schema that lets editors complete and check YAML files."),
    "init": ("beginning", "Make a folder with a first workflow and its test."),
    "run": ("play", "Play a workflow in the terminal, on a virtual clock."),
    "demo": ("serving", "Serve the demo company."),
    "serve": ("serving", "Serve the organisation: pages, REST and a worker."),
    "worker": ("serving", "Run a worker for jobs and timers."),
    "publish": ("work", "Publish a file, or a folder as a whole."),
    "start": ("work", "Start a case."),
    "tasks": ("work", "List open tasks."),
    "complete": ("work", "Complete a task."),
    "case": ("work", "Show a case: where it is, with whom, and what happened."),
    "backup": ("keeping", "Write everything into one file."),
    "restore": ("keeping", "Bring a backup back into an empty database."),
    "verify": ("keeping", "Replay every case and compare it with what is stored."),
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

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - only for a mistake

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " 'procession --help' lists the commands."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="procession")
def cli() -> None:
    """Run workflows, see the processes they live in, and find out what to fix first.

    \b
    Begin with:
      procession demo                 a company with running work, in your browser
      procession init my-workflows    a folder with a first workflow and its test
    """


def main() -> None:
    """Run the command line; problems of the machine become one sentence instead of a traceback."""
    try:
        cli.main(standalone_mode=True)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as problem:
        click.echo(f"procession: {problem.strerror or problem}" + (f": {problem.filename}" if problem.filename else ""), err=True)
        sys.exit(2)
