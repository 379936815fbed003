"""`procession reveal`: the processes that separate workflows form, and connecting them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from procession.cli.door import door, options
from procession.cli.logs import read_given
from procession.cli.output import PROBLEMS, as_json, counted, print_json, table, wrong_usage
from procession.cli.work import print_findings

if TYPE_CHECKING:
    from procession.analytics.discovery import WorkflowLog


@click.command()
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--draft", "shown", metavar="PROPOSAL", help="Print the draft of a proposal as YAML.")
@click.option("--connect", metavar="PROPOSAL", help="Publish the draft of a proposal.")
@click.option("--accept", metavar="REASON", help="With --connect: publish in spite of warnings, and say why.")
@click.option(
    "--column", "columns", multiple=True, metavar="MEANING=NAME", help="Of logs: which column is the case, step, end…"
)
@click.option("--zone", help="Of logs: the time zone of moments that name none. Otherwise UTC.")
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    help="Of logs: how 1/2/2026 is meant, where that is open.",
)
@options
@as_json
def reveal(
    logs: tuple[Path, ...],
    shown: str | None,
    connect: str | None,
    accept: str | None,
    columns: tuple[str, ...],
    zone: str | None,
    dates: str | None,
    person: str | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Say which separate workflows seem to form a process, and what shows it: our own, or those of event logs, a file each.

    \b
    Examples:
      procession reveal
      procession reveal orders.csv deliveries.xes.gz invoices.csv
      procession reveal --draft 3fa0b1c2d4e5 > order-to-invoice.yaml
      procession reveal --connect 3fa0b1c2d4e5 --accept "Drafted from the records"
    """
    if logs:
        if shown or connect or accept or person or url or token:
            wrong_usage(
                "Logs are files on this machine, and only their links are told: nothing can be connected with them.",
                "Publish a workflow for each; procession reveal then drafts the process from its own records.",
            )
        told = _of_logs([_read(one, columns, zone or "UTC", dates) for one in logs])
        if as_json:
            print_json(told)
        else:
            _say(told)
        return
    if columns or zone or dates:
        wrong_usage(
            "--column, --zone and --dates go with logs.", "procession reveal orders.csv deliveries.csv invoices.csv"
        )
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


def _read(path: Path, columns: tuple[str, ...], zone: str, dates: str | None) -> WorkflowLog:
    """The cases of one file; its name is what the workflow is called by."""
    given: dict[str, Any] = {
        "log": path, "columns": columns, "zone": zone, "dates": dates, "separator": None, "encoding": None,
        "object_type": None, "errors": None,
    }  # fmt: skip
    imported = read_given(given)
    from procession.analytics.discovery import log_of_table

    return log_of_table(imported.table, path.name.partition(".")[0])


def _of_logs(logs: list[WorkflowLog]) -> dict[str, Any]:
    """What the logs say, as `log.reveal` says it of logs that are kept."""
    from dataclasses import asdict

    from procession.analytics.discovery import reveal as look
    from procession.operations.logs.linking import told

    titles = {one.id: one.title for one in logs}
    if len(titles) < len(logs):
        wrong_usage("Two logs have the same name.", "Each is the log of one workflow, called by the name of its file.")
    return asdict(told(look(logs), titles))


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
        click.echo(f"{one['sentence']} (proposal {one['id']})" if "text" in one else one["sentence"])
        _say_links(one["links"])
        for question in one.get("questions", ()):
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
