"""How long `check` takes: on every example together, and on definitions of 200 steps.

    python -m bench.check [--json]

Milliseconds from the text of a file to its findings, the best of three; the import of Procession is not counted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.telling import tell
from procession.interchange.folder import Folder, add_text, read_folder

EXAMPLES = Path(__file__).parents[1] / "examples"
STEPS = 200


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.check", description="Times the check of definitions.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    figures = measure()
    return tell(figures, {}, as_json=options.json, digits=0)


def measure() -> dict[str, float]:
    """The figures by name, in milliseconds."""
    return {
        "examples_ms": milliseconds(lambda: read_folder(EXAMPLES)),
        "steps_200_in_a_row_ms": milliseconds(lambda: folder_of(in_a_row())),
        "steps_200_with_choices_ms": milliseconds(lambda: folder_of(with_choices())),
        "steps_200_in_parallel_ms": milliseconds(lambda: folder_of(in_parallel())),
        "steps_200_with_loops_ms": milliseconds(lambda: folder_of(with_loops())),
    }


def milliseconds(read: Callable[[], Folder]) -> float:
    """The best of three; a definition with errors would not be a fair one."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        findings = read().check()
        best = min(best, time.perf_counter() - began)
        if wrong := [one for one in findings if one.severity == "error"]:
            raise AssertionError(f"the definition is not sound: {wrong[0].sentence}")
    return best * 1000


def folder_of(steps: str) -> Folder:
    """A folder that holds one workflow of these steps."""
    folder = Folder()
    head = "workflow: long\ntitle: Long\nfields: {n: integer, ok: yes/no}\nstart: {form: [n, ok]}\nsteps:\n"
    add_text(folder, "long.yaml", head + steps, {})
    return folder


def in_a_row() -> str:
    return "".join(f"  - {{task: Step {n}, assign: starter}}\n" for n in range(STEPS))


def with_choices() -> str:
    """Every step but the last has a condition, so that there are 2^199 ways."""
    conditions = "".join(f"  - {{task: Step {n}, assign: starter, when: n > {n}}}\n" for n in range(STEPS - 1))
    return conditions + "  - {task: Last, assign: starter}\n"


def in_parallel() -> str:
    """Twenty blocks, one after another, of nine branches each."""
    block = "  - parallel: Block {b}\n    steps:\n"
    branch = "      - {{task: Step {b} {n}, assign: starter}}\n"
    return "".join(block.format(b=b) + "".join(branch.format(b=b, n=n) for n in range(9)) for b in range(STEPS // 10))


def with_loops() -> str:
    """A hundred tasks, each with an approval that sends back to it at most three times."""
    return "".join(
        f"  - {{task: Write {n}, assign: starter}}\n"
        f"  - {{approval: Read {n}, assign: starter, on reject: Write {n}, at most: 3, on exhausted: end given up}}\n"
        for n in range(STEPS // 2)
    )


if __name__ == "__main__":
    sys.exit(main())
