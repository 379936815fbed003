"""Commands that need files only: check, test, draw, feel, schema."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click
import orjson

from procession.cli.door import options
from procession.cli.heat import MEASURES, Reach, draw_heat
from procession.cli.output import (
    FINE,
    PROBLEMS,
    as_json,
    counted,
    finding_json,
    print_finding,
    print_json,
    say_findings,
    wrong_usage,
)
from procession.engine.definition import Definition
from procession.interchange.folder import Folder, read_folder

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


def _read(paths: tuple[Path, ...]) -> Folder:
    chosen = paths or (Path(),)
    for path in chosen:
        if not path.exists():
            wrong_usage(f"There is no file or folder '{path}'.")
    return read_folder(*chosen)


@click.command()
@PATHS
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@as_json
def check(paths: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Check files or folders of definitions.

    \b
    Example:
      procession check examples/purchase-approval
    """
    folder = _read(paths)
    findings = folder.check()
    if not findings and not folder.reads and not folder.shared and not folder.calendars and folder.directory is None:
        wrong_usage("There are no definitions here: they live in files that end in .yaml.")
    bad = [one for one in findings if one.severity == "error" or (strict and one.severity == "warning")]
    if as_json:
        print_json(
            {
                "findings": [finding_json(one) for one in findings],
                "definitions": sorted(folder.definitions),
                "ok": not bad,
            }
        )
    else:
        for one in findings:
            print_finding(one)
        errors = sum(one.severity == "error" for one in findings)
        warnings = sum(one.severity == "warning" for one in findings)
        said = f"{counted(len(folder.definitions), 'definition')} checked: "
        click.echo(
            said + (f"{counted(errors, 'error')}, {counted(warnings, 'warning')}" if errors or warnings else "all fine")
        )
    sys.exit(PROBLEMS if bad else FINE)


@click.command()
@PATHS
@click.option("-k", "only", help="Only tests whose name contains this.")
@as_json
def test(paths: tuple[Path, ...], only: str | None, as_json: bool) -> None:
    """Run the tests beside workflows (*.test.yaml). Nothing leaves: jobs are answered by the tests themselves.

    \b
    Example:
      procession test examples
    """
    from procession.testing.folders import run_folder

    folder = _read(paths)
    began = time.perf_counter()
    findings, results = run_folder(folder, only)
    if not results and not findings:
        named = f" whose name contains '{only}'" if only else ""
        wrong_usage(f"There are no tests here{named}: they live in files that end in .test.yaml.")
    failed = [one for one in results if not one.passed]
    if as_json:
        print_json(
            {
                "passed": len(results) - len(failed),
                "failed": len(failed),
                "tests": [
                    {
                        "file": one.file,
                        "test": one.test,
                        "line": one.line,
                        "passed": one.passed,
                        "sentence": one.sentence,
                    }
                    for one in results
                ],
                "findings": [finding_json(one) for one in findings],
            }
        )
    else:
        for one in findings:
            print_finding(one)
        for one in failed:
            click.echo(f"{one.file}:{one.line}: {click.style('failed', fg='red', bold=True)} {one.test}")
            click.echo(f"    {one.sentence}")
        click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed in {time.perf_counter() - began:.1f} s")
    sys.exit(PROBLEMS if failed or any(one.severity == "error" for one in findings) else FINE)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="FILE.svg or FILE.png; without it, words on the screen."
)
@click.option("--dark", is_flag=True, help="For a dark background.")
@click.option("--id", "chosen", metavar="ID", help="Which definition, where the path holds several.")
@click.option(
    "--heat",
    type=click.Choice(MEASURES),
    help="Colour the map of a published process by what its cases show; FILE is then its id, or a path as usual.",
)
@options
@as_json
def draw(
    file: Path, output: Path | None, dark: bool, chosen: str | None, heat: str | None, person: str | None,
    url: str | None, token: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Draw a workflow or a process.

    \b
    Examples:
      procession draw examples/purchase-approval -o purchase.svg
      procession draw employee-onboarding --heat waiting -o onboarding.svg
    """
    from procession.drawing import picture

    reach = Reach(person=person, url=url, token=token)
    if heat is None and reach != Reach():
        wrong_usage("--as, --url and --token go with --heat: without it, files alone are drawn.")
    if heat is not None and not file.exists():
        draw_heat(chosen or str(file), heat, output, dark=dark, as_json=as_json, reach=reach)
        return
    folder = _read((file,))
    drawable = folder.definitions
    if file.is_file():
        near = read_folder(file.parent)
        library = near.definitions
    else:
        library = folder.definitions
    if chosen is None and len(drawable) > 1:
        processes = [name for name, one in drawable.items() if one.kind == "process"]
        chosen = processes[0] if len(processes) == 1 else None
        if chosen is None:
            wrong_usage(f"Choose one with --id: {', '.join(sorted(drawable))}.")
    if not drawable and folder.findings:
        say_findings(folder.findings)
        sys.exit(PROBLEMS)
    name = chosen or next(iter(drawable), None)
    if name is None or name not in drawable:
        wrong_usage(f"There is no definition '{name}' in {file}." if name else f"There is no definition in {file}.")
    definition = drawable[name]
    if heat is not None:
        if definition.kind != "process":
            wrong_usage(f"--heat colours processes; {definition.title} is a workflow.")
        draw_heat(name, heat, output, dark=dark, as_json=as_json, reach=reach)
        return
    if output is not None:
        _write_picture(definition, library, output, dark)
    if as_json:
        print_json({"id": name, "svg": picture.svg(definition, library, dark=dark)})
    elif output is not None:
        click.echo(f"{definition.title}: {output}")
    else:
        click.echo(picture.words(definition, library))


def _write_picture(definition: Definition, library: Mapping[str, Definition], output: Path, dark: bool) -> None:
    from procession.drawing import picture

    match output.suffix.lower():
        case ".png":
            output.write_bytes(picture.png(definition, library, dark=dark))
        case ".svg":
            output.write_text(picture.svg(definition, library, dark=dark), encoding="utf-8")
        case _:
            wrong_usage(f"'{output.name}' should end in .svg or .png.")


@click.command()
@click.argument("expression")
@click.option("--with", "data", type=click.Path(path_type=Path), help="A JSON file whose keys are the names in scope.")
@as_json
def feel(expression: str, data: Path | None, as_json: bool) -> None:
    """Evaluate a FEEL expression.

    \b
    Examples:
      procession feel '1 + 2 * 3'
      procession feel 'sum(lines.cost)' --with data.json
    """
    from datetime import UTC, datetime

    from procession.engine.calendar import STANDARD
    from procession.engine.expressions import Environment, ExpressionError, compile_expression

    values = _values(data)
    try:
        compiled = compile_expression(expression, values)
        result = compiled.evaluate(values, Environment(now=datetime.now(UTC), calendar=STANDARD))
    except ExpressionError as problem:
        if as_json:
            print_json(
                {
                    "ok": False,
                    "problems": [
                        {
                            "code": "expression_error",
                            "sentence": str(problem),
                            "hint": problem.hint,
                            "line": problem.line,
                            "column": problem.column,
                        }
                    ],
                }
            )
        else:
            click.echo(f"{problem}" + (f"\n    {problem.hint}" if problem.hint else ""), err=True)
        sys.exit(PROBLEMS)
    warnings = [one.message for one in result.warnings]
    if as_json:
        value = orjson.Fragment(_json_of(result.value))
        print_json(
            {
                "ok": not warnings,
                "value": value,
                "problems": [{"code": "no_answer", "sentence": one} for one in warnings],
            }
        )
    else:
        click.echo(_shown(result.value))
        for warning in warnings:
            click.echo(f"note: {warning}", err=True)
    sys.exit(PROBLEMS if warnings else FINE)


def _values(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if not path.is_file():
        wrong_usage(f"There is no file '{path}'.")
    try:
        data = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as problem:
        wrong_usage(f"{path} is not JSON: {problem}.")
    if not isinstance(data, dict):
        wrong_usage(f"{path} should hold one JSON object, whose keys are the names in scope.")
    from procession.engine.decide.values import to_values

    return to_values(data)  # pyright: ignore[reportReturnType]


def _shown(value: object) -> str:
    from decimal import Decimal

    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | dict):
        return _json_of(value)  # pyright: ignore[reportUnknownArgumentType]
    return _text(value)


def _text(value: Any) -> str:
    """Dates, times and durations in their ISO 8601 form."""
    from datetime import date, time, timedelta

    from procession.engine.canonical import iso_duration

    if isinstance(value, timedelta):
        return iso_duration(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _json_of(value: Any) -> str:
    """Lists and contexts as JSON; numbers with all their digits, dates and durations as text."""
    if isinstance(value, list):
        return "[" + ", ".join(_json_of(one) for one in cast("list[Any]", value)) + "]"
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{orjson.dumps(key).decode()}: {_json_of(one)}" for key, one in entries) + "}"
    from decimal import Decimal

    plain = value is None or isinstance(value, bool | Decimal)
    return _shown(value) if plain else orjson.dumps(_text(value)).decode()


@click.command()
@click.option("--scenario", is_flag=True, help="That of scenario files, for simulate.")
@as_json
def schema(scenario: bool, as_json: bool) -> None:
    """Print the JSON Schema of definition files. It is JSON with or without --json.

    \b
    Example:
      procession schema > procession.schema.json
    """
    if scenario:
        from procession.interchange.scenarios import scenario_schema as make
    else:
        from procession.interchange.yaml.schema import schema as make

    click.echo(orjson.dumps(make(), option=orjson.OPT_INDENT_2).decode())
