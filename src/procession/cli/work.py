"""Commands that work with cases: publish, start, schedules, tasks, complete, case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from procession.cli.door import door, options, values_of, with_values
from procession.cli.output import FINE, PROBLEMS, as_json, print_json, table, wrong_usage
from procession.interchange.folder import read_folder
from procession.interchange.neighbours import holds_definition


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--accept", metavar="REASON", help="Publish in spite of warnings, and say why.")
@options
@as_json
def publish(
    paths: tuple[Path, ...], accept: str | None, person: str | None, url: str | None, token: str | None, as_json: bool
) -> None:
    """Publish files, or folders as a whole: all or nothing.

    \b
    Example:
      procession publish examples/purchase-approval
    """
    files = [{"name": str(path), "text": _text_of(path)} for path in _yaml_files(paths)]
    if not files:
        wrong_usage("There are no .yaml files there.")
    with door(person, url, token) as at:
        checked = _with_hints(at.ask("definition.check", files=files), paths)
        errors = [one for one in checked["findings"] if one["severity"] == "error"]
        warnings = [one for one in checked["findings"] if one["severity"] == "warning"]
        if errors or (warnings and accept is None):
            if as_json:
                print_json({"published": False, **checked})
            else:
                print_findings(errors or warnings)
                click.echo(
                    "Nothing was published."
                    if errors
                    else "Nothing was published; accept the warnings with --accept REASON."
                )
            sys.exit(PROBLEMS)
        done = at.ask("definition.publish", files=files, accept=accept)
    if as_json:
        print_json({"published": True, **done})
        return
    if not done["definitions"]:
        click.echo("Nothing that runs was among the files; what definitions share is published.")
    for one in done["definitions"]:
        same = one["id"] in done["unchanged"]
        click.echo(f"{one['title']}: version {one['version']}{', unchanged' if same else ''}")


def _yaml_files(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            wrong_usage(f"There is no file or folder '{path}'.")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if holds_definition(one.name)]
    return found


def _with_hints(checked: dict[str, Any], paths: tuple[Path, ...]) -> dict[str, Any]:
    """What is neither published nor among the files may stand in a folder beside them, which only we can see."""
    lacking = [one for one in checked["findings"] if one["code"] == "unknown_workflow"]
    if lacking:
        seen = {(one.file, one.line, one.code): one.hint for one in read_folder(*paths).check()}
        for one in lacking:
            one["hint"] = seen.get((one["file"], one["line"], one["code"])) or one["hint"]
    return checked


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        wrong_usage(f"{path} is not UTF-8 text; nothing was published.", "Save it as UTF-8 in your editor.")


def print_findings(findings: list[dict[str, Any]]) -> None:
    """Findings as an answer holds them, one on a line, its hint below."""
    for one in findings:
        place = ":".join(str(one[key]) for key in ("file", "line", "column") if one.get(key))
        click.echo(f"{place}: {one['severity']} {one['code']}: {one['sentence']}")
        if one.get("hint"):
            click.echo(f"    {one['hint']}")


@click.command()
@click.argument("workflow")
@with_values
@options
@as_json
def start(
    workflow: str,
    data: str | None,
    fields: tuple[str, ...],
    person: str | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Start a case.

    \b
    Example:
      procession start purchase-approval -f item=mouse -f amount=499.99 --as ana@example.com
    """
    with door(person, url, token) as at:
        started = at.ask("case.start", workflow=workflow, data=values_of(data, fields))
    if as_json:
        print_json(started)
        return
    click.echo(f"{started['name']} has started: {started['id']}")
    for one in started["next"]:
        click.echo(f"  {one['title']}  {one['id']}")


@click.command()
@options
@as_json
def schedules(person: str | None, url: str | None, token: str | None, as_json: bool) -> None:
    """List the workflows and processes whose cases start by themselves, the next one first.

    \b
    Example:
      procession schedules
    """
    with door(person, url, token) as at:
        lines = at.ask("schedule.list")
    if as_json:
        print_json(lines)
        return
    if not lines:
        click.echo("Nothing starts by itself: no published workflow has a schedule.")
        return
    shown = [(one["workflow"], one["schedule"]) for one in lines]
    rows = [
        (workflow["title"], when["sentence"], _minute(when["next_at"]), _latest(when)) for workflow, when in shown
    ]  # fmt: skip
    table(("Workflow", "Starts", "Next", "Latest"), rows)


def _latest(when: dict[str, Any]) -> str:
    return when["last_error"] or f"{_minute(when['last_at'])} {(when['last_case'] or '')[:8]}".strip()


def _minute(at: str | None) -> str:
    return (at or "")[:16].replace("T", " ")


@click.command()
@click.option(
    "--view", type=click.Choice(["mine", "team", "watching", "all", "done"]), default="mine", show_default=True
)
@click.option("--workflow", help="Only of this workflow.")
@options
@as_json
def tasks(
    view: str, workflow: str | None, person: str | None, url: str | None, token: str | None, as_json: bool
) -> None:
    """List open tasks, what is due first first.

    \b
    Example:
      procession tasks --as dana@example.com
    """
    with door(person, url, token) as at:
        page = at.ask("task.list", view=view, workflow=workflow, limit=200)
    if as_json:
        print_json(page)
        return
    if not page["items"]:
        click.echo("Nothing to do.")
        return
    rows = [
        (
            one["group"],
            one["title"],
            one["case"]["name"],
            (one["due_at"] or "")[:16].replace("T", " "),
            one["assignee"]["name"] if one["assignee"] else "to claim",
            one["id"],
        )
        for one in page["items"]
    ]
    table(("When", "Task", "Case", "Due", "With", "Id"), rows)


@click.command()
@click.argument("task")
@click.option("--outcome", help="Which button; not needed where there is only one.")
@with_values
@options
@as_json
def complete(
    task: str,
    outcome: str | None,
    data: str | None,
    fields: tuple[str, ...],
    person: str | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Complete a task. The id may be shortened as long as it stays unique among your open tasks.

    \b
    Example:
      procession complete 0192f4 --outcome approve --as dana@example.com
    """
    with door(person, url, token) as at:
        full = _unique(at, task)
        points = len(at.ask("task.get", task_id=full)["checklist"])
        done = at.ask(
            "task.complete", task_id=full, outcome=outcome, values=values_of(data, fields), checked=list(range(points))
        )
    if as_json:
        print_json(done)
        return
    click.echo(f"Done: {done['outcome']}. {done['case']['name']} is {done['case']['status']}.")
    for one in done["next"]:
        click.echo(f"  next: {one['title']}  {one['id']}")


def _unique(at: Any, prefix: str) -> str:
    """The one open task whose id begins (or whose case's id begins) like that."""
    if len(prefix) > 36 and "." in prefix:
        return prefix
    found: dict[str, str] = {}
    for view in ("mine", "team"):
        for one in at.ask("task.list", view=view, limit=200)["items"]:
            if one["id"].startswith(prefix):
                found[one["id"]] = one["title"]
    if not found:
        wrong_usage(f"None of your open tasks begins with '{prefix}'.", "'procession tasks' lists them.")
    if len(found) > 1:
        listed = ", ".join(f"{id_} ({title})" for id_, title in found.items())
        wrong_usage(f"{len(found)} of your open tasks begin with '{prefix}'.", f"Write more of the id: {listed}.")
    return next(iter(found))


@click.command()
@click.argument("case")
@options
@as_json
def case(case: str, person: str | None, url: str | None, token: str | None, as_json: bool) -> None:
    """Show a case: where it is, with whom, and what happened.

    \b
    Example:
      procession case 0192f4
    """
    with door(person, url, token) as at:
        full = case if len(case) == 36 else at.ask("case.find", prefix=case)["id"]
        view = at.ask("case.get", case_id=full)
    if as_json:
        print_json(view)
        return
    click.secho(view["name"], bold=True)
    state = view["outcome"] or view["status"]
    click.echo(f"{view['workflow']['title']}, version {view['workflow']['version']}: {state}")
    for one in view["tasks"]:
        who = one["assignee"]["name"] if one["assignee"] else "to claim"
        click.echo(f"  now: {one['title']} ({who})  {one['id']}")
    for one in view["incidents"]:
        click.secho(f"  stopped: {one['sentence']}", fg="red")
    shown = [one for one in view["data"] if one["shown"]]
    if shown:
        click.echo()
        table(("Field", "Value", "Came"), [(one["title"], one["shown"], one["origin"] or "") for one in shown])
    click.echo()
    for one in reversed(view["timeline"]):
        click.echo(f"{one['at'][:16].replace('T', ' ')}  {one['sentence']}")
    sys.exit(FINE)
