"""Runs a copy of the DMN Technology Compatibility Kit.

    python -m tests.conformance.dmn_tck FOLDER [--json] [--failures]

FOLDER holds ``compliance-level-2`` and so on (at any depth), each with one folder for each suite. A case passes when
every
result is what is expected: numbers to eight digits after the point, as the kit's own runner compares them, all else
exactly.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from procession.engine.expressions import Environment, ExpressionError
from procession.engine.expressions.numbers import read_number
from procession.engine.expressions.temporal import DateTime, Time, instant, time_instant
from procession.engine.expressions.temporal_text import parse_date, parse_datetime, parse_duration, parse_time
from procession.interchange.dmn import DmnError, evaluate_decision, evaluate_service, namespace_of, read_dmn
from procession.interchange.dmn.xml import first, local_name, named, parse_xml

REFUSED = {
    "0076-feel-external-java": "calls methods of Java classes: an untrusted author must not reach code of the host"
}
NOW = Environment(now=datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC), budget=5_000_000)
TOLERANCE = Decimal("0.00000001")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass
class Tally:
    """What became of the cases of one level."""

    passed: int = 0
    total: int = 0
    with_value_passed: int = 0
    with_value: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list[str])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.dmn_tck", description="Runs the DMN TCK.")
    parser.add_argument("folder", type=Path, help="a copy of the kit, or a part of it")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--failures", action="store_true", help="name each case that fails")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"There is no folder {options.folder}", file=sys.stderr)
        return 2
    levels = run_kit(options.folder)
    if not levels:
        print(f"There are no test cases in {options.folder}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(as_json(levels), indent=2))
    else:
        report(levels, failures=options.failures)
    return 1 if any(tally.failures for level, tally in levels.items() if level != "non-compliant") else 0


def as_json(levels: dict[str, Tally]) -> dict[str, Any]:
    return {
        "levels": {
            level: {
                "passed": tally.passed,
                "cases": tally.total,
                "with_value_passed": tally.with_value_passed,
                "with_value": tally.with_value,
                "refused": tally.refused,
                "failures": tally.failures,
            }
            for level, tally in levels.items()
        },
        "refused_suites": REFUSED,
    }


def report(levels: dict[str, Tally], *, failures: bool) -> None:
    for level, tally in sorted(levels.items()):
        rate = 100 * tally.passed / tally.total if tally.total else 100.0
        valued = 100 * tally.with_value_passed / tally.with_value if tally.with_value else 100.0
        print(f"{level}: {tally.passed} of {tally.total} cases pass ({rate:.2f} %)")
        print(f"  of those that expect a value: {tally.with_value_passed} of {tally.with_value} ({valued:.2f} %)")
        if tally.refused:
            print(f"  refused, not counted: {tally.refused} cases")
        for failure in tally.failures if failures else ():
            print(f"  failed: {failure}")
    for suite, reason in REFUSED.items():
        print(f"refused suite {suite}: {reason}")


def run_kit(folder: Path) -> dict[str, Tally]:
    """Runs every suite below a folder and counts by level."""
    levels: dict[str, Tally] = {}
    for path in sorted(folder.rglob("*.xml")):
        root = parse_xml(path.read_bytes())
        if local_name(root) == "testCases":
            tally = levels.setdefault(path.parent.parent.name, Tally())
            run_suite(path, root, tally)
    return levels


def run_suite(path: Path, root: Element, tally: Tally) -> None:
    cases = list(named(root, "testCase"))
    if path.parent.name in REFUSED:
        tally.refused += len(cases)
        return
    models = {file.name: file.read_bytes() for file in sorted(path.parent.glob("*.dmn"))}
    model_name = first(root, "modelName")
    name = (model_name.text or "").strip() if model_name is not None else ""
    problem = None
    try:
        model = read_dmn(models[name], {namespace_of(data): data for data in models.values()})
    except (DmnError, KeyError) as error:
        model, problem = None, str(error)
    for case in cases:
        results = list(named(case, "resultNode"))
        valued = any(_expected(node) is not None for node in results)
        failure = problem if model is None else _run_case(model, case, results)
        tally.total += 1
        tally.with_value += valued
        if failure is None:
            tally.passed += 1
            tally.with_value_passed += valued
        else:
            tally.failures.append(f"{path.parent.name} {case.get('id')}: {failure}")


def _run_case(model: Any, case: Element, results: list[Element]) -> str | None:
    inputs: dict[Any, Any] = {}
    for node in named(case, "inputNode"):
        inputs[node.get("name", "")] = _value(node)
        if node.get("namespace"):
            inputs[node.get("namespace"), node.get("name")] = _value(node)
    for node in results:
        name = node.get("name", "")
        try:
            if case.get("type") == "decisionService":
                found = evaluate_service(model, case.get("invocableName", ""), inputs, NOW, exact=True)
                value = found.value
                outputs = model.by_name(case.get("invocableName"), "decisionService").outputs
                if len(outputs) > 1 and isinstance(value, dict):
                    value = value.get(name)
            else:
                found = evaluate_decision(model, name, inputs, NOW, namespace=node.get("namespace"), exact=True)
                value = found.value
        except (DmnError, ExpressionError) as error:
            if _expected(node) is None:
                continue
            return f"{name}: {error}"
        expected = _expected(node)
        if not _same(value, expected):
            return f"{name}: {value!r} instead of {expected!r}; {'; '.join(w.message for w in found.warnings[:3])}"
    return None


def _expected(node: Element) -> Any:
    expected = first(node, "expected")
    return None if expected is None else _value(expected)


def _value(element: Element) -> Any:
    """The value that the kit's XML writes, as FEEL has it."""
    for child in element:
        match local_name(child):
            case "value":
                return _scalar(child)
            case "list":
                return None if child.get(_NIL) == "true" else [_value(item) for item in named(child, "item")]
            case "component":
                components = list(named(element, "component"))
                return {one.get("name", ""): None if one.get(_NIL) == "true" else _value(one) for one in components}
            case _:
                pass
    return None


def _scalar(element: Element) -> Any:
    if element.get(_NIL) == "true":
        return None
    text = element.text or ""
    kind = element.get(_TYPE, "").rpartition(":")[2]
    trimmed = text.strip()
    if not kind:  # older suites leave the type to be guessed
        guesses = {"true": True, "false": False}
        return guesses[trimmed] if trimmed in guesses else text if (number := read_number(trimmed)) is None else number
    match kind:
        case "decimal" | "double" | "integer" | "int" | "float" | "long":
            return read_number(trimmed)
        case "boolean":
            return trimmed == "true"
        case "date":
            return parse_date(trimmed)
        case "time":
            return parse_time(trimmed)
        case "dateTime":
            return parse_datetime(trimmed)
        case "duration" | "dayTimeDuration" | "yearMonthDuration":
            return parse_duration(trimmed)
        case _:
            return text


def _same(value: Any, expected: Any) -> bool:
    if isinstance(expected, Decimal):
        return isinstance(value, Decimal) and abs(value - expected) <= TOLERANCE * max(1, abs(expected))
    if isinstance(expected, list):
        return isinstance(value, list) and len(value) == len(expected) and all(map(_same, value, expected))
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(_same(value[key], one) for key, one in expected.items())
        )
    if isinstance(expected, DateTime) and isinstance(value, DateTime):
        return (expected.zone is None) == (value.zone is None) and instant(expected) == instant(value)
    if isinstance(expected, Time) and isinstance(value, Time):
        return (expected.zone is None) == (value.zone is None) and time_instant(expected) == time_instant(value)
    return type(value) is type(expected) and value == expected


def find_kit() -> Iterator[Path]:
    """Full copies of the kit that this machine has: named by DMN_TCK, or kept beside the checkout."""
    named_folder = os.environ.get("DMN_TCK")
    beside = Path(__file__).parents[2].parent / "shared" / "data" / "dmn-tck"
    for folder in ([Path(named_folder)] if named_folder else []) + [beside]:
        if folder.is_dir():
            yield folder


if __name__ == "__main__":
    sys.exit(main())
