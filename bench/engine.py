"""The engine alone: start a case and complete five tasks in memory, against SpiffWorkflow doing the same.

    python -m bench.engine [--json]

The definition is read and compiled once, as is the peer's diagram; no database takes part. Both run in turns of one
second of processor time, and the median of five turns counts. A step is a start or a completion: six a case.

So that the speed is not that of a special case, `rich_steps_per_second` is the figure of a workflow that uses most of
the language, ours alone: conditions, a decision table, a choice, branches, a list, an approval by several, due dates in
working time, reminders, separation of duties, calculated fields. Its steps are counted alike: sixteen a case.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import purchase
from bench.durable import FIVE, STEPS, peers
from bench.telling import tell
from procession.engine.case import Case
from procession.engine.commands import CompleteTask, StartCase
from procession.engine.decide import advance
from procession.engine.moment import Actor, Directory, Moment, Person
from procession.engine.program import Program, compile_definition
from procession.store.reading import read_definition

GOALS = {"times_spiff_in_memory": 20.0}
TURNS = 5
SECONDS = 1.0
ANA = Person(id="ana", name="Ana", email="ana@example.org")
MOMENT = Moment(at=datetime(2026, 1, 5, 9, tzinfo=UTC), actor=Actor("ana"), directory=Directory(people={"ana": ANA}))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine", description="Times the engine against SpiffWorkflow."
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    figures = measure()
    return tell(figures, GOALS, as_json=options.json, digits=1)


def measure() -> dict[str, float]:
    """The figures by name; `…_per_second` are steps."""
    python = peers()
    program = compile_definition(read_definition(FIVE), {}, 1)
    rich = compile_definition(read_definition(purchase.DEFINITION), {}, 1)
    play(program)
    purchase.play(rich)
    ours, theirs, purchases = list[float](), list[float](), list[float]()
    for _ in range(TURNS):
        ours.append(rate(lambda: play(program), STEPS))
        theirs.append(spiff(python))
        purchases.append(rate(lambda: purchase.play(rich), purchase.STEPS))
    return {
        "steps_per_second": statistics.median(ours),
        "rich_steps_per_second": statistics.median(purchases),
        "spiff_steps_per_second": statistics.median(theirs),
        "times_spiff_in_memory": statistics.median(ours) / statistics.median(theirs),
    }


def rate(case: Callable[[], None], steps: int) -> float:
    """Steps a second in one turn of playing a case of so many steps."""
    cases, began = 0, time.process_time()
    while (elapsed := time.process_time() - began) < SECONDS:
        case()
        cases += 1
    return cases * steps / elapsed


def play(program: Program) -> None:
    """A whole case: each command is decided, and the case goes on as its events say."""
    case = advance(program, Case(id="case"), StartCase(data={"item": "mouse"}, number=1), MOMENT).after
    for step in range(STEPS - 1):
        (activation,) = case.activations
        command = CompleteTask(task_id=f"case.{activation}", values={"note": f"step {step}"})
        case = advance(program, case, command, MOMENT).after
    if case.status != "done":
        raise AssertionError(f"the case is {case.status} after its last task")


def spiff(python: Path) -> float:
    """What the peer's script prints."""
    script = Path(__file__).parent / "peers" / "spiff_memory.py"
    done = subprocess.run([python, script, str(SECONDS)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    return float(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
