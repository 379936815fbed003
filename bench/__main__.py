"""All figures, one bench after another: python -m bench [--only NAME …], or all graders: python -m bench --grade [NAME …]

Each runs in a process of its own, against its peers in the same run. The results go to `docs/reference/figures.json`
and, for reading, to `docs/reference/figures.md`. Goals that were missed are said, there and by exit code 1. For the graders
see `bench.graders`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import graders

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "reference" / "figures.json"
PAGE = ROOT / "docs" / "reference" / "figures.md"
BENCHES = (
    "feel",
    "engine",
    "check",
    "durable",
    "http",
    "million",
    "simulation",
    "log",
    "log_large",
    "diagnosis",
    "pages",
)
LONGEST = 600
"""Seconds that one bench may take, where it says no other number."""

BUSY = 0.5
"""Other work, in processors' worth, from which on the page says that the machine was busy."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures everything the README speaks of.")
    parser.add_argument(
        "--only", nargs="+", choices=BENCHES, default=BENCHES, help="some of them; the rest keeps its figures"
    )
    parser.add_argument(
        "--grade", nargs="*", choices=graders.GRADERS, help="the graders of the diagnosis instead; all, or some of them"
    )
    options = parser.parse_args(arguments)
    if options.grade is not None:
        return graders.grade_all(options.grade or graders.GRADERS)
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"benches": {}}
    for name in options.only:
        print(f"{name} …", file=sys.stderr, flush=True)
        results["benches"][name] = run(name)
        tell(name, results["benches"][name])
        results["machine"] = machine()
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(page(results), encoding="utf-8")
    ran = [results["benches"][name] for name in options.only]
    return 1 if any(one.get("error") or missed(one) for one in ran) else 0


def run(name: str) -> dict[str, Any]:
    """One bench's figures and goals, with how busy the machine was and how long it took."""
    load, began = os.getloadavg()[0], time.monotonic()
    command = [sys.executable, "-m", f"bench.{name}", "--json"]
    result: dict[str, Any] = {
        "command": f"python -m bench.{name}",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_before": round(load, 1),
    }
    module = importlib.import_module(f"bench.{name}")
    longest = getattr(module, "LONGEST", LONGEST)
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=longest, check=False)
        result["figures"] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {**result, "error": f"it took longer than {longest} s"}
    except json.JSONDecodeError:
        return {**result, "error": (done.stderr.strip().splitlines() or ["it said nothing"])[-1]}
    result["at_least"] = dict(getattr(module, "GOALS", {}))
    result["at_most"] = dict(getattr(module, "LIMITS", {}))
    result["seconds"] = round(time.monotonic() - began)
    return result


def missed(result: Mapping[str, Any]) -> list[str]:
    """The names of the figures that are on the wrong side of their goal."""
    figures = result.get("figures", {})
    low = [name for name, goal in result.get("at_least", {}).items() if figures[name] < goal]
    return low + [name for name, goal in result.get("at_most", {}).items() if figures[name] > goal]


def tell(name: str, result: Mapping[str, Any]) -> None:
    """One bench on the screen."""
    if "error" in result:
        print(f"{name}: {result['error']}")
    for figure, value in result.get("figures", {}).items():
        print(f"{name}: {words(figure)}: {shown(value)}{goal_of(result, figure)}")


def goal_of(result: Mapping[str, Any], figure: str) -> str:
    """`  (goal ≥ 20: missed)`, or nothing."""
    for sign, key in (("≥", "at_least"), ("≤", "at_most")):
        if (goal := result.get(key, {}).get(figure)) is not None:
            return f" (goal {sign} {shown(goal)}: {'missed' if figure in missed(result) else 'met'})"
    return ""


def words(name: str) -> str:
    return name.replace("_per_second", " a second").replace("_ms", ", ms").replace("_", " ")


def shown(value: float) -> str:
    """Three digits that say something: 123,456 · 45.6 · 1.23."""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def machine() -> dict[str, Any]:
    """Where it was measured."""
    names = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory[0]) / 1e6) if memory else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def page(results: Mapping[str, Any]) -> str:
    """The Markdown page."""
    where = results["machine"]
    memory = f", {where['memory_gb']} GB memory" if where["memory_gb"] else ""
    parts = [
        "# Figures",
        "",
        "Written by `make bench`, which anybody can repeat: peers run in the same run, on the same machine,",
        "on the same work. `python -m bench --only engine` measures one of them.",
        "",
        f"Machine: {where['processor']}, {where['cores']} cores{memory}, {where['system']}, Python {where['python']}.",
    ]
    for name in BENCHES:
        if (result := results["benches"].get(name)) is not None:
            parts += ["", *_section(name, result)]
    return "\n".join(parts) + "\n"


def _section(name: str, result: Mapping[str, Any]) -> list[str]:
    about = (importlib.import_module(f"bench.{name}").__doc__ or "").split("\n\n")
    lines = [f"## {about[0].strip()}", ""]
    lines += [text.strip() + "\n" for text in about[2:]]
    if "error" in result:
        return [*lines, f"Not measured: {result['error']}."]
    lines += ["| figure | value | goal | |", "| --- | ---: | ---: | --- |"]
    for figure, value in result["figures"].items():
        low, high = result["at_least"].get(figure), result["at_most"].get(figure)
        goal = f"≥ {shown(low)}" if low is not None else f"≤ {shown(high)}" if high is not None else ""
        met = "" if not goal else "**missed**" if figure in missed(result) else "met"
        lines.append(f"| {words(figure)} | {shown(value)} | {goal} | {met} |")
    busy = ""
    if result["load_before"] > BUSY:
        busy = f" The machine was doing other work as well (load {result['load_before']})."
    return [*lines, "", f"`{result['command']}`, {result['at'][:10]}, {result['seconds']} s.{busy}"]


if __name__ == "__main__":
    sys.exit(main())
