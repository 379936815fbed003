"""How commands answer: text for people, one JSON document with `--json`, and the exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast

import click
import orjson

from procession.engine.findings import Finding

FINE, PROBLEMS, WRONG_USAGE = 0, 1, 2

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2).decode())


def _plain(value: object) -> object:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if hasattr(value, "to_json"):
        return cast("Any", value).to_json()
    return str(value)


def wrong_usage(sentence: str, hint: str | None = None) -> NoReturn:
    """End with exit code 2 and a sentence."""
    say_problems([Problem("wrong_usage", sentence, hint)])
    sys.exit(WRONG_USAGE)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a command did nothing."""

    code: str
    sentence: str
    hint: str | None = None


def say_problems(problems: Sequence[Problem], *, in_json: bool | None = None) -> None:
    """Problems on standard error, or as the one JSON document where `--json` was given (None: ask the command)."""
    if wants_json() if in_json is None else in_json:
        listed = [{"code": one.code, "sentence": one.sentence, "hint": one.hint} for one in problems]
        print_json({"ok": False, "problems": listed})
        return
    for one in problems:
        name = "procession" if one.code == "wrong_usage" else click.style(one.code, fg="red", bold=True)
        click.echo(f"{name}: {one.sentence}", err=True)
        if one.hint:
            click.echo(f"    {one.hint}", err=True)


def wants_json() -> bool:
    """Whether the running command was given `--json`."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.params.get("as_json"))


def finding_json(one: Finding) -> dict[str, object]:
    """A finding as the JSON of every door has it."""
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "severity": one.severity,
        "code": one.code,
        "sentence": one.sentence,
        "hint": one.hint,
        "path": list(one.path),
        "example": dict(one.example) if one.example else None,
    }


COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def print_finding(one: Finding) -> None:
    """A finding on its own line, its hint below."""
    place = ":".join(str(part) for part in (one.file, one.line, one.column) if part)
    severity = click.style(one.severity, fg=COLOURS[one.severity], bold=True)
    click.echo(f"{place}: {severity} {one.code}: {one.sentence}")
    if one.hint:
        click.echo(f"    {one.hint}")
    if one.path:
        click.echo(f"    path: {' > '.join(one.path)}")
    if one.example:
        click.echo(f"    example: {', '.join(f'{key} = {value}' for key, value in one.example.items())}")


def say_findings(findings: Sequence[Finding]) -> None:
    """Findings that end a command, for people or as the one JSON document."""
    if wants_json():
        print_json({"ok": False, "findings": [finding_json(one) for one in findings]})
        return
    for one in findings:
        print_finding(one)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table, as wide as it needs to be."""
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        click.echo(click.style(text, bold=True) if number == 0 else text)


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 error`, `3 errors`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
