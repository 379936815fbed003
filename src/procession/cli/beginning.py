"""`procession init`: a folder with a first workflow and its test."""

from __future__ import annotations

from pathlib import Path

import click

from procession.cli.output import as_json, print_json, wrong_usage

WORKFLOW = """\
# A workflow is the steps that finish one thing. This one runs: `procession run .`
workflow: holiday-request
title: Holiday request
name: "{days} days off for {starter.name}"
purpose: Nobody is away without their manager knowing.
fields:
  first_day: {type: date, label: First day}
  days:      {type: integer, label: How many days?, min: 1, max: 30}
  note:      {type: long text, label: Anything to add?, required: false}
start:
  form: [first_day, days, note]
steps:
  - approval: Agree to the days off
    assign: manager of starter
    due: 2 business days
    instructions: |
      Look at who else is away. If it does not fit, reject and say which days would.
  - email: Tell the one who asked
    to: starter
    subject: Your {days} days off are agreed
    text: Enjoy them.
"""

TEST = """\
# The tests live beside the workflow: `procession test .`
workflow: holiday-request
people: {ana: {manager: bo}, bo: {}}
tests:
  - name: the manager agrees
    start: {by: ana, with: {first_day: 2026-07-01, days: 5}}
    steps:
      - {task: Agree to the days off, assigned to: bo, by: bo, outcome: approve}
    expect: {outcome: done}
  - name: the manager says no
    start: {by: ana, with: {first_day: 2026-12-24, days: 10}}
    steps:
      - {task: Agree to the days off, by: bo, outcome: reject}
    expect: {outcome: rejected}
  - name: nobody asks for zero days
    start: {by: ana, with: {first_day: 2026-07-01, days: 0}, refused: invalid_field}
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@as_json
def init(folder: Path, as_json: bool) -> None:
    """Make a folder with a first workflow and its test.

    \b
    Example:
      procession init my-workflows
    """
    files = {folder / "holiday-request.yaml": WORKFLOW, folder / "holiday-request.test.yaml": TEST}
    if folder.exists() and not folder.is_dir():
        wrong_usage(f"{folder} is a file; name a folder.")
    for path in files:
        if path.exists():
            wrong_usage(f"{path} is there already; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"files": [str(path) for path in files]})
        return
    for path in files:
        click.echo(f"made {path}")
    click.echo(f"\nNext:\n  procession test {folder}\n  procession run {folder}\n  procession publish {folder}")
