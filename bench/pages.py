"""Pages of the diagnosis on the demo company: how long each takes, asked for one after another.

    python -m bench.pages [--json] [--times N] [--url URL]

A demo of its own, filled from nothing and served as `procession demo` serves it. Every process's page of a kind is asked
for thirty times; of all these answers the median and the ninety-fifth of a hundred are told, `first` is the slowest that
was asked for the first time, and `slowest_page` is the highest ninety-fifth of any single page. The times are those of the
clock, so a busy machine lengthens them; `processor` is what the server itself spent on an answer, on average.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from bench.telling import tell

KINDS = ("home", "diagnosis", "waste", "fix_first", "map", "whatif", "savings", "readiness")
LIMITS = {f"{kind}_p95_ms": 300.0 for kind in KINDS}
LONGEST = 1800
SOME = 10
"""Of workflows, and of steps to automate, so many are asked for."""

_PROCESS = re.compile(r'href="(/processes/[a-z0-9-]+)"')
_WORKFLOW = re.compile(r'href="(/workflows/[a-z0-9-]+)"')
_READINESS = re.compile(r'href="(/workflows/[a-z0-9-]+/steps/[^/"]+/readiness)"')


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description="Times the pages of the diagnosis.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--times", type=int, default=30, help="how often each page is asked for")
    parser.add_argument("--url", help="a demo that is served already; else one is made")
    parser.add_argument("--each", action="store_true", help="tell every page, on the error output")
    options = parser.parse_args(arguments)
    if options.url:
        figures = measure(options.url, None, options.times, each=options.each)
    else:
        with served() as (url, process):
            figures = measure(url, process, options.times, each=options.each)
    return tell(figures, {}, LIMITS, as_json=options.json, digits=1)


@contextmanager
def served() -> Generator[tuple[str, int]]:
    """A demo, its address and the number of its process."""
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as folder:
        Path(folder).chmod(0o711)  # as root, PostgreSQL runs under another account
        with subprocess.Popen(
            [sys.executable, "-m", "procession.cli", "demo", "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PROCESSION_DATA": folder},
        ) as process:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("}"):
                    break
            try:
                yield json.loads(said)["url"], process.pid
            finally:
                process.send_signal(signal.SIGINT)


def measure(url: str, process: int | None, times: int, *, each: bool = False) -> dict[str, float]:
    """Milliseconds by kind of page."""
    door = http.client.HTTPConnection(urlsplit(url).netloc, timeout=300)
    figures: dict[str, float] = {}
    worst = 0.0
    for kind, paths in pages(door).items():
        taken: list[float] = []
        first = 0.0
        spent = processor(process)
        for path in paths:
            of_page = [asked(door, path)[0] for _ in range(times + 1)]
            first = max(first, of_page[0])
            taken += of_page[1:]
            worst = max(worst, float(np.percentile(of_page[1:], 95)))
            if each:
                print(
                    f"{path}: {np.percentile(of_page[1:], [50, 95]).round(1)}, first {of_page[0]:.0f}", file=sys.stderr
                )
        p50, p95 = np.percentile(taken, [50, 95])
        figures |= {f"{kind}_p50_ms": float(p50), f"{kind}_p95_ms": float(p95), f"{kind}_first_ms": first}
        if process is not None:
            figures[f"{kind}_processor_ms"] = 1000 * (processor(process) - spent) / len(taken)
    figures["slowest_page_p95_ms"] = worst
    return figures


def pages(door: http.client.HTTPConnection) -> dict[str, list[str]]:
    """The paths by kind: those of every process, and those that there are once."""
    places = sorted(set(_PROCESS.findall(asked(door, "/processes")[1])) - {"/processes/new"})
    workflows = sorted(set(_WORKFLOW.findall(asked(door, "/workflows")[1])) - {"/workflows/publish"})[:SOME]
    ready = {path for one in workflows for path in _READINESS.findall(asked(door, one)[1])}
    if not places or not ready:
        raise SystemExit("the demo shows no processes, or no step to automate")
    return {
        "home": ["/"],
        "diagnosis": [f"{place}/diagnosis" for place in places],
        "waste": [f"{place}/waste" for place in places],
        "fix_first": ["/fix-first"],
        "map": [f"{place}/map" for place in places],
        "whatif": [f"{place}/whatif" for place in places],
        "savings": ["/savings"],
        "readiness": sorted(ready)[:SOME],
    }


def asked(door: http.client.HTTPConnection, path: str) -> tuple[float, str]:
    """How many milliseconds the page took, and the page. Ends where it is no page."""
    began = time.perf_counter()
    door.request("GET", path, headers={"Accept": "text/html"})
    answer = door.getresponse()
    text = answer.read().decode()
    taken = 1000 * (time.perf_counter() - began)
    if answer.status != 200:
        raise SystemExit(f"{path} answers {answer.status}")
    return taken, text


def processor(process: int | None) -> float:
    """Seconds of processor that a process has used, as Linux counts them; 0 for one that is not ours."""
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
