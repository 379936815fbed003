"""`procession ask`: any operation of the catalogue, by its name. What has a command of its own is shown nicer there."""

from __future__ import annotations

import inspect
import json
from typing import Any

import click

from procession.cli.door import door, options, values_of, with_values
from procession.cli.output import as_json, print_json, table, wrong_usage
from procession.operations.catalogue import Operation, catalogue


@click.command()
@click.argument("operation", required=False)
@click.option("--describe", is_flag=True, help="Say what the operation needs instead of asking it.")
@with_values
@options
@as_json
def ask(
    operation: str | None,
    describe: bool,
    data: str | None,
    fields: tuple[str, ...],
    person: str | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Ask any operation by its name; without a name, list them all. The answer is JSON.

    \b
    Examples:
      procession ask
      procession ask person.add --describe
      procession ask person.add -f name="Bo Lind" -f email=bo@example.com -f manager=ana@example.com
      procession ask group.save -f group=buyers -f 'members=["bo"]'
    """
    if operation is None:
        _list(as_json)
        return
    one = _named(operation)
    if describe:
        _describe(one, as_json)
        return
    with door(person, url, token) as at:
        answer = at.ask(one.name, **{name: _read(value) for name, value in values_of(data, fields).items()})
    print_json(answer)


def _read(value: Any) -> Any:
    """A value of `-f`: lists, objects, true, false and null are written as in JSON; the rest is text."""
    if isinstance(value, str) and (value[:1] in ("[", "{") or value in ("true", "false", "null")):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _offered() -> dict[str, Operation]:
    """Streams of bytes have no place in a terminal."""
    return {name: one for name, one in catalogue().items() if not one.raw}


def _named(name: str) -> Operation:
    from difflib import get_close_matches

    offered = _offered()
    if name not in offered:
        near = get_close_matches(name, offered, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else "'procession ask' lists them."
        wrong_usage(f"There is no operation '{name}' here.", hint)
    return offered[name]


def _list(in_json: bool) -> None:
    offered = _offered()
    if in_json:
        print_json(
            {
                "operations": [
                    {"name": name, "summary": one.summary, "scope": one.scope} for name, one in offered.items()
                ]
            }
        )
        return
    table(("Operation", "What it does"), [(name, one.summary) for name, one in offered.items()])


def _describe(one: Operation, in_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"name": each.name, "type": inspect.formatannotation(each.type), "required": each.required, "text": each.doc}
        for each in one.parameters
    ]
    if in_json:
        print_json({"name": one.name, "summary": one.summary, "scope": one.scope, "parameters": rows})
        return
    click.echo(one.documentation)
    if rows:
        click.echo()
        table(
            ("Parameter", "Needed", "Meaning"),
            [(row["name"], "yes" if row["required"] else "", row["text"]) for row in rows],
        )
