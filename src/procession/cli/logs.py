"""`procession log`, `diagnose` and `export`: event logs of others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from procession.cli.door import Door, door, options
from procession.cli.log_telling import say_diagnosis
from procession.cli.output import as_json, print_json, table, wrong_usage

if TYPE_CHECKING:
    from procession.analytics.instances import InstanceTable
    from procession.analytics.log_diagnosis import Rate
    from procession.interchange.event_log.reading import Imported

F = TypeVar("F", bound=Callable[..., Any])

SHOWN = 10
"""Rows of a list in the terminal."""

_READING = (
    click.argument("log", type=click.Path(path_type=Path)),
    click.option("--column", "columns", multiple=True, metavar="MEANING=NAME",
                 help="Which column is the case, step, end, start, ready, resource, department, group, workflow, outcome…"),
    click.option("--zone", default="UTC", show_default=True, help="The time zone of moments that name none."),
    click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="How 1/2/2026 is meant, where that is open."),
    click.option("--separator", help="What separates the cells of a CSV file; otherwise found out."),
    click.option("--encoding", help="Such as utf-16 or latin-1; otherwise found out."),
    click.option("--object-type", help="Of OCEL: which objects are the cases."),
    click.option("--errors", type=click.Path(path_type=Path), help="Write the rows that were left out, as CSV."),
)  # fmt: skip

_COLUMNS = _READING[1:]

_CHOOSING = (
    click.option("--from", "begun_from", metavar="DATE", help="Only cases that began on this day or later."),
    click.option("--before", "begun_before", metavar="DATE", help="Only cases that began before this day."),
    click.option("--where", "values", multiple=True, metavar="FIELD=VALUE", help="Only cases with this value."),
    click.option("--version", "version", help="Only cases of this version."),
    click.option("--department", help="Only cases in which this department took part."),
    click.option("--workflow", help="Only cases in which this workflow took part."),
)


def reading(command: F) -> F:
    """The options that say how a log is read."""
    for option in reversed(_READING):
        command = option(command)
    return command


def _columns_of(command: F) -> F:
    """The same without the log itself."""
    for option in reversed(_COLUMNS):
        command = option(command)
    return command


def choosing(command: F) -> F:
    """The options that choose cases."""
    for option in reversed(_CHOOSING):
        command = option(command)
    return command


@click.command("log")
@reading
@choosing
@click.option("--people", is_flag=True, help="Show figures of single people as well.")
@as_json
def log(people: bool, as_json: bool, **given: Any) -> None:
    """Measure an event log: CSV, XES, OCEL 2.0 JSON or Parquet, packed or not.

    \b
    Example:
      procession log orders.csv --column case="Order number" --zone Europe/Berlin
    """
    imported = read_given(given)
    chosen = _chosen(imported.table, given)
    from dataclasses import asdict

    from procession.analytics.log_measures.measuring import measure_log

    figures = measure_log(chosen)
    if as_json:
        found = asdict(figures)
        if not people:
            found = {name: value for name, value in found.items() if name not in ("people", "handovers_people")}
        print_json({"unit_of_time": "microseconds", "import": imported.report.as_json(), "figures": found})
        return
    _say_import(imported)
    _say_figures(figures, people)


@click.command()
@reading
@choosing
@click.option("--outside", multiple=True, metavar="STEP", help="A step that somebody outside does.")
@click.option("--mail", multiple=True, metavar="STEP", help="A step in which somebody passes work on by mail.")
@click.option("--automatic", multiple=True, metavar="STEP", help="A step that no person does.")
@click.option("--refused", multiple=True, metavar="VALUE", help="An outcome that says no; then all others say yes.")
@click.option("--rate", help="What an hour costs, 10 to 1,000. Assumed: 30.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as one page to read, send and print.")
@click.option("--people", is_flag=True, help="Show figures of single people as well.")
@as_json
def diagnose(
    outside: tuple[str, ...],
    mail: tuple[str, ...],
    automatic: tuple[str, ...],
    refused: tuple[str, ...],
    rate: str | None,
    html: Path | None,
    people: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Diagnose a log: where its time goes, whose problem that is, what is wasted and what to change first.

    \b
    Example:
      procession diagnose orders.xes.gz --html report.html
    """
    hourly = _rate(rate)
    imported = read_given(given)
    chosen = _chosen(imported.table, given)
    from procession.analytics.log_diagnosis import Said

    said = Said(outside=outside, mail=mail, automatic=automatic, refused=refused)
    if (unknown := said.unknown(chosen)) is not None:
        wrong_usage(f"There is no step '{unknown}'.", f"The steps are {', '.join(chosen.step_names[:30])}.")
    from zoneinfo import ZoneInfo

    from procession.analytics.log_diagnosis import as_plain
    from procession.analytics.log_diagnosis import diagnose as diagnose_table

    found = diagnose_table(chosen, ZoneInfo(given["zone"]), said, _tell)
    if html is not None:
        from procession.interchange.log_report.page import report_page

        try:
            html.write_text(
                report_page(given["log"].name, found, imported.report, people=people, rate=hourly), encoding="utf-8"
            )
        except OSError as problem:
            wrong_usage(f"The report cannot be written to '{html}': {problem.strerror}.")
    if as_json:
        print_json(
            {
                "unit_of_time": "microseconds",
                "import": imported.report.as_json(),
                "diagnosis": as_plain(found, people=people, rate=hourly),
            }
        )
        return
    _say_import(imported)
    say_diagnosis(found, hourly)
    if html is not None:
        click.echo(f"\nThe report is in {html}.")


@click.command()
@click.argument("log", type=click.Path(path_type=Path), required=False)
@_columns_of
@click.option("--to", "target", required=True, type=click.Path(path_type=Path),
              help="Where to: FILE.csv, .xes, .json (OCEL 2.0) or .parquet; .gz may follow.")  # fmt: skip
@click.option("--of", "own", metavar="ID", help="Instead of a file: the finished cases of this process or workflow.")
@options
@as_json
def export(
    target: Path, own: str | None, person: str | None, url: str | None, token: str | None, as_json: bool, **given: Any
) -> None:
    """Turn an event log into another format, or write our own history as one.

    \b
    Examples:
      procession export orders.csv --to orders.xes.gz
      procession export --of employee-onboarding --to onboarding.parquet
    """
    from procession.interchange.event_log.errors import LogFileError
    from procession.interchange.event_log.writing import format_of, write_log

    try:
        chosen = format_of(target)
    except LogFileError as problem:
        wrong_usage(str(problem), problem.hint)
    if (own is None) == (given["log"] is None):
        wrong_usage("Name a log, or a process or workflow with --of.", "procession export orders.csv --to orders.xes")
    if own is not None:
        _export_own(own, target, chosen, door(person, url, token), as_json=as_json)
        return
    if person or url or token:
        wrong_usage("--as, --url and --token go with --of: a file is read on this machine.")
    imported = read_given(given)
    write_log(imported.table, target, chosen)
    if as_json:
        print_json({"import": imported.report.as_json(), "written": str(target), "format": chosen})
        return
    _say_import(imported)
    click.echo(f"Written to {target}.")


def _export_own(own: str, target: Path, chosen: str, at: AbstractContextManager[Door], *, as_json: bool) -> None:
    import gzip

    with at as open_door:
        content = open_door.fetch("insight.event_log", process=own, format=chosen)
    target.write_bytes(gzip.compress(content, mtime=0) if target.name.lower().endswith(".gz") else content)
    if as_json:
        print_json({"process": own, "written": str(target), "format": chosen})
    else:
        click.echo(f"Written to {target}.")


def _rate(text: str | None) -> Rate:
    try:
        from procession.analytics.log_diagnosis import rate_of
    except ImportError as problem:
        wrong_usage(f"Logs need {problem.name}, which is not installed.", "pip install 'procession[analytics]'")
    try:
        return rate_of(text)
    except ValueError as problem:
        wrong_usage(f"--rate: {problem}", "Write it like 45 or 62.50.")


def read_given(given: dict[str, Any]) -> Imported:
    """Read the log that the options name, or end with a sentence."""
    try:
        from procession.interchange.event_log.errors import LogFileError
        from procession.interchange.event_log.reading import Options, read_log
    except ImportError as problem:
        wrong_usage(f"Logs need {problem.name}, which is not installed.", "pip install 'procession[analytics]'")
    columns: dict[str, str] = {}
    for one in given["columns"]:
        meaning, equals, name = one.partition("=")
        if not equals:
            wrong_usage(f"--column needs MEANING=NAME, not '{one}'.")
        columns[meaning] = name
    separator = {"tab": "\t", "\\t": "\t"}.get(given["separator"], given["separator"])
    options = Options(
        columns=columns, zone=given["zone"], separator=separator, encoding=given["encoding"],
        day_first={"day-first": True, "month-first": False}.get(given["dates"]), object_type=given["object_type"],
    )  # fmt: skip
    try:
        imported = read_log(given["log"], options, _tell)
    except LogFileError as problem:
        hint = problem.hint
        if problem.row_errors and given["errors"] is not None:
            _write_errors(given["errors"], problem.row_errors)
            hint = f"The rows that were left out are in {given['errors']}, each with its reason."
        elif problem.row_errors:
            hint = f"{hint} --errors FILE writes them all.".strip()
        wrong_usage(str(problem), hint or None)
    if given["errors"] is not None:
        _write_errors(given["errors"], imported.report.errors_as_csv())
    return imported


def _write_errors(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8", newline="")
    except OSError as problem:
        wrong_usage(f"The rows that were left out cannot be written to '{path}': {problem.strerror}.")


def _chosen(whole: InstanceTable, given: dict[str, Any]) -> InstanceTable:
    from procession.analytics.log_measures.filters import Filter, FilterError, chosen

    values: dict[str, str] = {}
    for one in given["values"]:
        field, equals, value = one.partition("=")
        if not equals:
            wrong_usage(f"--where needs FIELD=VALUE, not '{one}'.")
        values[field] = value
    wanted = Filter(
        begun_from=_moment(given["begun_from"], given["zone"], "--from"),
        begun_before=_moment(given["begun_before"], given["zone"], "--before"), values=values,
        version=given["version"], department=given["department"], workflow=given["workflow"],
    )  # fmt: skip
    try:
        flags = chosen(whole, wanted)
    except FilterError as problem:
        said = str(problem)
        wrong_usage(said[:1].upper() + said[1:] + ".")
    if not flags.any():
        wrong_usage(f"None of the {whole.cases:,} cases is chosen.", "Leave out one of the conditions.")
    return whole if flags.all() else whole.only(flags)


def _moment(text: str | None, zone: str, option: str) -> int | None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong_usage(f"{option} {text}: that is no date.", "Write it like 2026-12-31.")
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
    return round(at.timestamp() * 1e6)


def _tell(what: str, share: float) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{what} … {share:4.0%} ", err=True, nl=share >= 1)


def _say_import(imported: Imported) -> None:
    from procession.interchange.log_report.sentences import imported as said

    for sentence in said(imported.report):
        click.echo(sentence)


def _say_figures(figures: Any, people: bool) -> None:
    from procession.analytics.words import elapsed, percent
    from procession.interchange.log_report import sentences

    click.echo(f"\n{sentences.headline(figures)}\n{sentences.cycle(figures)}\n{sentences.little(figures.little)}\n")
    mark = "" if all(one.is_sure for one in figures.steps) else " (estimated)"
    rows = [[one.step, f"{one.count:,}", f"{one.cases:,}", sentences.spread(one.waiting), sentences.spread(one.working),
             f"{one.again:,}"] for one in figures.steps[:SHOWN]]  # fmt: skip
    table(["step", "times", "cases", f"waiting{mark}", f"working{mark}", "again"], rows)
    click.echo(f"\n{figures.variant_count:,} variants; the most frequent:")
    for one in figures.variants[:3]:
        click.echo(f"  {percent(one.share)}  {' → '.join(one.steps[:12])}{' → …' if len(one.steps) > 12 else ''}")
    kinds = [figures.handovers_departments, figures.handovers_groups, *([figures.handovers_people] if people else [])]
    for found in filter(None, kinds):
        click.echo()
        rows = [[one.giver, one.taker, f"{one.count:,}", elapsed(one.total)] for one in found[:SHOWN]]
        table(["from", "to", "times", "time between"], rows)
