"""The engine alone: start a case and complete five tasks in memory, against SpiffWorkflow doing the same.

    python -m bench.engine [--json]

The definition is read and compiled once, as is the peer's diagram; no database takes part. The engine runs as it is
(interpreted) and compiled to C (`make compiled`; made here first where there is none of these sources), each in a process
of its own. All take turns of one second of processor time, and the median of five turns counts. A step is a start or a
completion: six a case.

So that the speed is not that of a special case, the `rich` figures are those of a workflow that uses most of the language,
ours alone: conditions, a decision table, a choice, branches, a list, an approval by several, due dates in working time,
reminders, separation of duties, calculated fields. Its steps are counted alike: sixteen a case.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from procession import compiled

if "--turn" in sys.argv and sys.argv[-1] != "interpreted":
    compiled.use(Path(sys.argv[-1]))

from bench import purchase
from bench.durable import FIVE, STEPS, peers
from bench.telling import tell
from procession.engine.case import Case
from procession.engine.commands import CompleteTask, StartCase
from procession.engine.decide import advance
from procession.engine.moment import Actor, Directory, Moment, Person
from procession.engine.program import Program, compile_definition
from procession.store.reading import read_definition
from tools.compile_engine import CannotCompile, compile_engine

GOALS = {"times_spiff_in_memory_compiled": 20.0}
ENGINES = ("interpreted", "compiled")
TURNS = 5
SECONDS = 1.0
BUILT = Path(__file__).resolve().parents[1] / "build" / "compiled-engine"
ANA = Person(id="ana", name="Ana", email="ana@example.org")
MOMENT = Moment(at=datetime(2026, 1, 5, 9, tzinfo=UTC), actor=Actor("ana"), directory=Directory(people={"ana": ANA}))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine", description="Times the engine against SpiffWorkflow."
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--turn", metavar="FOLDER", help="one turn of the engine compiled into FOLDER, or 'interpreted'"
    )
    options = parser.parse_args(arguments)
    if options.turn:
        print(json.dumps(turn()))
        return 0
    figures = measure()
    return tell(figures, GOALS, as_json=options.json, digits=1)


def measure() -> dict[str, float]:
    """The figures by name; `…_per_second` are steps."""
    python, folder = peers(), compiled_engine()
    ours: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    theirs = list[float]()
    for _ in range(TURNS):
        for engine in ENGINES:
            ours[engine].append(turn_of(folder if engine == "compiled" else None))
        theirs.append(spiff(python))
    spiffs = statistics.median(theirs)
    figures: dict[str, float] = {}
    for engine in ENGINES:
        for name in ("steps_per_second", "rich_steps_per_second"):
            figures[f"{engine}_{name}"] = statistics.median(one[name] for one in ours[engine])
    return {
        **figures,
        "spiff_steps_per_second": spiffs,
        "times_spiff_in_memory_interpreted": figures["interpreted_steps_per_second"] / spiffs,
        "times_spiff_in_memory_compiled": figures["compiled_steps_per_second"] / spiffs,
    }


def compiled_engine() -> Path:
    """The folder of an engine that was compiled from these sources."""
    for folder in (compiled.FOLDER, BUILT):
        if compiled.fitting(folder)[0]:
            return folder
    try:
        compile_engine(BUILT)
    except CannotCompile as reason:
        raise SystemExit(str(reason)) from None
    return BUILT


def turn_of(folder: Path | None) -> dict[str, float]:
    """One turn in a process of its own, on the engine compiled into the folder, or the interpreted one."""
    command = [sys.executable, "-m", "bench.engine", "--turn", str(folder or "interpreted")]
    environment = {**os.environ, "PROCESSION_ENGINE": "" if folder else "interpreted"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout)


def turn() -> dict[str, float]:
    """Steps a second of the engine that runs here."""
    program = compile_definition(read_definition(FIVE), {}, 1)
    rich = compile_definition(read_definition(purchase.DEFINITION), {}, 1)
    play(program)
    purchase.play(rich)
    return {
        "steps_per_second": rate(lambda: play(program), STEPS),
        "rich_steps_per_second": rate(lambda: purchase.play(rich), purchase.STEPS),
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
