"""Simulation: cases a second on one core, on ten steps of three people each, against SimPy and ciw.

    python -m bench.simulation [--json] [--cases N]

Cases arrive at random, 1.1 an hour, day and night; people work Monday to Friday, nine to five, thirty minutes on
average without memory, and are busy 77 % of their time. The full log is written out by each. The plain loop and the
peers run as many cases, the compiled kernel twenty times as many; all in turns, by processor time, the drawing of
chance and the reading of calendars included, the median of the rounds; "kernel alone" leaves those two out. Compiling the
kernel (or reading what was compiled before) is a figure of its own. Mean cycle times agree, or the bench fails.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.telling import tell
from procession.analytics.simulation.prepare import Limit, first_horizon, prepare
from procession.analytics.simulation.reference import ten_steps
from procession.analytics.simulation.run import Engine, simulate

GOALS = {"loop_cases_per_second": 20_000.0, "kernel_cases_per_second": 300_000.0}
ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers-simulation"
PACKAGES = ("simpy==4.1.2", "ciw==3.2.7")
VOLUME = 20
"""How many times as many cases the kernel runs."""
APART = 0.10
"""How far mean cycle times of different programs may lie apart: chance makes some of it."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.simulation", description="Times simulation against peers.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--cases", type=int, default=10_000, help="cases of the loop and the peers")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each; the median counts")
    options = parser.parse_args(arguments)
    figures = measure(options.cases, options.rounds)
    return tell(figures, GOALS, as_json=options.json)


def measure(cases: int, rounds: int) -> dict[str, float]:
    """Cases a second of each, and how many times the peers' that is."""
    python = peers()
    began = time.process_time()
    simulate(ten_steps(), Limit(cases=10), engine="kernel")
    compiling = time.process_time() - began
    runs: dict[str, Callable[[int], tuple[float, float]]] = {
        "loop": lambda seed: ours("loop", cases, seed),
        "kernel": lambda seed: ours("kernel", cases * VOLUME, seed),
        "kernel_alone": lambda seed: alone(cases * VOLUME, seed),
        "simpy": lambda seed: peer(python, "simpy_ten_steps.py", cases, seed),
        "ciw": lambda seed: peer(python, "ciw_ten_steps.py", cases, seed),
    }
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    cycles: dict[str, list[float]] = {name: [] for name in runs}
    for seed in range(rounds):
        for name, run in runs.items():
            speed, cycle = run(seed)
            speeds[name].append(speed)
            cycles[name].append(cycle)
    refuse_unlike({name: statistics.fmean(values) for name, values in cycles.items()})
    figures = {f"{name}_cases_per_second": statistics.median(values) for name, values in speeds.items()}
    figures["kernel_compiling_seconds"] = compiling
    for other in ("simpy", "ciw"):
        for one in ("loop", "kernel"):
            ratios = (a / b for a, b in zip(speeds[one], speeds[other], strict=True))
            figures[f"{one}_times_{other}"] = statistics.median(ratios)
    return figures


def ours(engine: Engine, cases: int, seed: int) -> tuple[float, float]:
    """Cases a second of processor time, and the mean cycle in hours."""
    began = time.process_time()
    log = simulate(ten_steps(), Limit(cases=cases), seed=seed, engine=engine)
    return cases / (time.process_time() - began), float(log.cycles.mean()) / 3.6e9


def alone(cases: int, seed: int) -> tuple[float, float]:
    """The same for the kernel with its plan at hand: chance drawn, calendars read."""
    from procession.analytics.simulation import kernel

    limit = Limit(cases=cases)
    plan = prepare(ten_steps(), limit, seed, first_horizon(ten_steps(), limit))
    began = time.process_time()
    columns = kernel.run(plan)
    return cases / (time.process_time() - began), float((columns.ended - plan.arrived).mean()) / 3.6e9


def refuse_unlike(cycles: dict[str, float]) -> None:
    """Speed at another task would be worth nothing."""
    for name, cycle in cycles.items():
        if abs(cycle / cycles["kernel"] - 1) > APART:
            raise SystemExit(f"{name} gives a mean cycle of {cycle:.1f} h, the kernel {cycles['kernel']:.1f} h")


def peers() -> Path:
    """The Python of the peers; made by the first run."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    wanted = subprocess.run([python, "-c", "import simpy, ciw"], capture_output=True, check=False)
    if wanted.returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def peer(python: Path, script: str, cases: int, seed: int) -> tuple[float, float]:
    """What a peer's script prints: its speed and its mean cycle."""
    command = [str(python), str(ROOT / "bench" / "peers" / script), str(cases), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    speed, cycle = done.stdout.split()
    return float(speed), float(cycle)


if __name__ == "__main__":
    sys.exit(main())
