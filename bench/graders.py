"""All graders, one after another: python -m bench --grade [NAME …]

Each runs in a process of its own, as `python -m bench.grading.NAME`. What they find goes to `docs/reference/graded.json` and, for
reading, to `docs/reference/graded.md`; a grader that did not run keeps its figures.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.grading.running import missed, rows

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "docs" / "reference" / "graded.json"
PAGE: Final = ROOT / "docs" / "reference" / "graded.md"
GRADERS: Final = (
    "causes", "cascade", "verdict", "wastes", "vital", "pilots", "links", "formats", "instant",
    "instant_gates", "forecast", "whatif",
)  # fmt: skip
"""In the order of the page."""

HEAD: Final = """\
# Graded

Written by `python -m bench --grade`, which anybody can repeat; `python -m bench --grade verdict` runs one of them, and
`python -m bench.grading.verdict --help` says what it can be asked. Each makes logs in which the truth is known and counts how
much of it is found. Limits were chosen on other seeds than those that grade (`--tuning` runs the former). An interval says how
sure a figure is, from runs drawn anew; where every run agrees, what so many runs leave open. What the figures mean, what was
tried and what they do not show is told in [Findings, graded](findings-graded.md), [Discovery](discovery.md),
[Forecasts](forecast.md) and [What if](what-if-graded.md).
"""


def grade_all(names: Iterable[str]) -> int:
    """Run graders and write what they found; 0 where each goal is met, else 1."""
    wrong = False
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        found = run(name)
        print("\n".join(_section(name, found)), flush=True)
        wrong = wrong or "error" in found or bool(missed(found))
        results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        results[name] = found
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(page(results), encoding="utf-8")
    return 1 if wrong else 0


def run(name: str) -> dict[str, Any]:
    """What one grader found, or why it found nothing."""
    command = [sys.executable, "-m", f"bench.grading.{name}", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    told = {"command": f"python -m bench.grading.{name}", "at": datetime.now(UTC).date().isoformat()}
    try:
        return told | json.loads(done.stdout)
    except json.JSONDecodeError:
        return told | {"error": f"it ended with {done.returncode} and said nothing"}


def page(results: Mapping[str, Any]) -> str:
    """The Markdown page."""
    sections = ["\n".join(_section(name, results[name])) for name in GRADERS if name in results]
    return "\n".join((HEAD, *(f"{section}\n" for section in sections)))


def _section(name: str, found: Mapping[str, Any]) -> list[str]:
    about = (importlib.import_module(f"bench.grading.{name}").__doc__ or "").split("\n\n")
    lines = [f"## {about[0].strip().removesuffix('.')}", "", *(part.strip() + "\n" for part in about[2:])]
    if "error" in found:
        return [*lines, f"Not graded: {found['error']}."]
    return [*lines, *rows(found), f"`{found['command']}`, {found['at']}."]


if __name__ == "__main__":
    sys.exit(grade_all(sys.argv[1:] or GRADERS))
