"""`procession map`: short lines become workflows and the process that joins them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from procession.cli.output import FINE, PROBLEMS, as_json, finding_json, print_finding, print_json, wrong_usage
from procession.engine.findings import Finding
from procession.interchange.folder import Folder, add_text
from procession.interchange.sketch import read_sketch
from procession.interchange.sketch_files import UnreadableFile, lines_of_file
from procession.interchange.sketch_model import LONGEST, Sketch
from procession.interchange.sketched import files_of


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-o", "--output", metavar="FOLDER", type=click.Path(path_type=Path), help="Write the files there.")
@as_json
def map(file: Path, output: Path | None, as_json: bool) -> None:  # noqa: A001 - the name of the command
    """Turn short lines into workflows and the process that joins them.

    The first lines say what the process is. An empty line begins a workflow: its name and its group, then its steps as
    what, who, work, wait; a ? marks a decision. 1>2 1d: laptop hands over from the first workflow to the second, waits
    a day and carries the laptop. Lists with bullets, tables, CSV and Word files are read
    too; - reads what is piped in.

    \b
    Examples:
      procession map onboarding.txt
      procession map onboarding.txt -o onboarding
      procession publish onboarding
    """
    sketch = read_sketch(_text(file))
    files = files_of(sketch)
    folder = Folder()
    seen: dict[str, str] = {}
    for name, text in files.items():
        add_text(folder, name, text, seen)
    found = [*(_of_file(one, file) for one in sketch.findings), *folder.check()]
    bad = any(one.severity == "error" for one in found) or not files
    written = _write(files, output) if output is not None and not bad else []
    if as_json:
        shown = {} if output is not None else files
        print_json({"ok": not bad, "files": written or shown, "findings": [finding_json(one) for one in found]})
    else:
        _say(sketch, files, found, written, output)
    sys.exit(PROBLEMS if bad else FINE)


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read(LONGEST + 1)
    if not file.is_file():
        wrong_usage(f"There is no file '{file}'.")
    try:
        return lines_of_file(str(file), file.read_bytes())
    except UnreadableFile as problem:
        wrong_usage(str(problem))


def _of_file(one: Finding, file: Path) -> Finding:
    return replace(one, file=str(file))


def _write(files: Mapping[str, str], folder: Path) -> list[str]:
    """Write all files or none: nothing that is there is replaced."""
    if folder.exists() and not folder.is_dir():
        wrong_usage(f"{folder} is a file; name a folder.")
    for name in files:
        if (folder / name).exists():
            wrong_usage(f"{folder / name} is there already; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in files]


def _say(
    sketch: Sketch, files: Mapping[str, str], found: list[Finding], written: list[str], output: Path | None
) -> None:
    for one in found:
        print_finding(one)
    if not sketch.workflows and not found:
        click.echo(f"Nothing to map yet. Next: {sketch.next}")
    elif output is None:
        click.echo("\n---\n".join(text.rstrip("\n") for text in files.values()))
    for path in written:
        click.echo(f"made {path}")
    if written:
        click.echo(f"\nNext:\n  procession draw {output}\n  procession publish {output}")
