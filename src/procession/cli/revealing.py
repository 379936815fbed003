"""`procession reveal`: the processes that separate workflows form, and connecting them."""

from __future__ import annotations

import sys
from typing import Any

import click

from procession.cli.door import door, options
from procession.cli.output import PROBLEMS, as_json, counted, print_json, table
from procession.cli.work import print_findings


@click.command()
@click.option("--draft", "shown", metavar="PROPOSAL", help="Print the draft of a proposal as YAML.")
@click.option("--connect", metavar="PROPOSAL", help="Publish the draft of a proposal.")
@click.option("--accept", metavar="REASON", help="With --connect: publish in spite of warnings, and say why.")
@options
@as_json
def reveal(
    shown: str | None,
    connect: str | None,
    accept: str | None,
    person: str | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Say which separate workflows seem to form a process, and what shows it.

    \b
    Examples:
      procession reveal
      procession reveal --draft 3fa0b1c2d4e5 > order-to-invoice.yaml
      procession reveal --connect 3fa0b1c2d4e5 --accept "Drafted from the records"
    """
    with door(person, url, token) as at:
        found = at.ask("process.reveal")
        chosen = _named(found, connect or shown)
        if chosen is not None and connect is not None:
            warnings = [one for one in chosen["findings"] if one["severity"] == "warning"]
            if not chosen["publishable"] or (warnings and accept is None):
                _refuse(chosen, warnings, as_json)
            done = at.ask("process.connect", proposal=connect, accept=accept)
            _say_connected(done, as_json)
            return
    if chosen is not None:
        click.echo(chosen["text"], nl=False)
    elif as_json:
        print_json(found)
    else:
        _say(found)


def _named(found: dict[str, Any], proposal: str | None) -> dict[str, Any] | None:
    """The proposal of that id, or of the only one that begins so."""
    if proposal is None:
        return None
    fitting = [one for one in found["proposals"] if one["id"].startswith(proposal)]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(one["id"] for one in found["proposals"]) or "none"
    raise click.ClickException(f"There is no proposal '{proposal}'; there is {known}.")


def _refuse(chosen: dict[str, Any], warnings: list[dict[str, Any]], in_json: bool) -> None:
    errors = [one for one in chosen["findings"] if one["severity"] == "error"]
    if in_json:
        print_json({"published": False, "findings": chosen["findings"]})
    else:
        print_findings(errors or warnings)
        hint = "put the draft right (--draft)" if errors else "accept the warnings with --accept REASON"
        click.echo(f"Nothing was published; {hint}.")
    sys.exit(PROBLEMS)


def _say_connected(done: dict[str, Any], in_json: bool) -> None:
    if in_json:
        print_json({"published": True, **done})
        return
    for one in done["definitions"]:
        click.echo(f"{one['title']}: version {one['version']}")


def _say(found: dict[str, Any]) -> None:
    for one in found["proposals"]:
        click.echo(f"{one['sentence']} (proposal {one['id']})")
        _say_links(one["links"])
        for question in one["questions"]:
            click.echo(f"  ? {question}")
        click.echo()
    if found["sentence"]:
        click.echo(found["sentence"])
    if found["pairs"]:
        _say_links(found["pairs"])
    compared = f"{found['cases']:,} cases of {counted(found['workflows'], 'workflow')} were compared."
    click.echo(compared)


def _say_links(links: list[dict[str, Any]]) -> None:
    rows = [
        (
            f"{one['source_title']} > {one['target_title']}",
            f"{one['keys'][0]['source_field']} = {one['keys'][0]['target_field']}",
            f"{one['matched']} of {one['cases']}",
            f"{one['lag_median'] / 3600:.1f} h",
            f"{one['p']:.1g}",
        )
        for one in links
    ]
    table(("Link", "Key", "Cases", "Usually after", "Chance"), rows)
    for one in links:
        click.echo(f"  {one['sentence']}")
        for doubt in one["doubts"]:
            click.echo(f"  ! {doubt}")
