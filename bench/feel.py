"""How fast expressions and decision tables are, on one core.

    python -m bench.feel [--json]

Both are compiled once and evaluated with changing values, as the engine does; each figure is the best of five runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from bench.telling import tell
from procession.engine.decision_table import DecisionTable, Output
from procession.engine.expressions import compile_expression

GOALS = {"condition_per_second": 100_000, "table_per_second": 30_000}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.feel", description="Times expressions and decision tables.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    figures = measure()
    return tell(figures, GOALS, as_json=options.json, digits=0)


def measure() -> dict[str, float]:
    """The figures by name; ``…_per_second`` are evaluations."""
    condition = compile_expression('amount > 500 and status = "open"', ["amount", "status"])
    values = [
        {"amount": Decimal(amount), "status": status} for amount in range(400, 600) for status in ("open", "done")
    ]
    table = twenty_rules()
    rows = [
        {"amount": Decimal(amount), "country": country, "rush": rush}
        for amount in range(0, 20_000, 400)
        for country in ("DE", "US", "FR", "XX")
        for rush in (True, False)
    ]
    text = " and ".join(f'(field_{n} > {n} or "x{n}" = name_{n})' for n in range(50))
    return {
        "condition_per_second": rate(lambda: [condition.evaluate(one) for one in values], len(values)),
        "table_per_second": rate(lambda: [table.evaluate(one) for one in rows], len(rows)),
        "parse_kilobytes_per_second": rate(lambda: compile_expression(text), 1) * len(text) / 1000,
    }


def twenty_rules() -> DecisionTable:
    """Twenty rules over three inputs: ranges, texts and yes or no."""
    rules: list[list[str]] = []
    for band in range(5):
        amount = f"[{band * 4000}..{(band + 1) * 4000})"
        for country, level in (('"DE","FR"', "a"), ('"US"', "b"), ('not("DE","FR","US")', "c")):
            rules.append([amount, country, "true", f"{level}{band}"])
        rules.append([amount, "-", "false", f"slow{band}"])
    return DecisionTable(["amount", "country", "rush"], [Output("level", is_text=True)], rules)


def rate(work: Callable[[], object], items: int) -> float:
    """Items a second, the best of five runs of at least a fifth of a second each."""
    best = 0.0
    for _ in range(5):
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < 0.2:
            work()
            count += items
        best = max(best, count / elapsed)
    return best


if __name__ == "__main__":
    sys.exit(main())
