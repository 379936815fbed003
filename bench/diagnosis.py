"""Diagnosis: everything `procession diagnose` says of a log of a million events, from the file to the page.

    python -m bench.diagnosis [--json] [--events N]

A log of about ten events a case is written first: twenty steps of three departments, a hundred people, some steps skipped,
some done again. Then the real command reads it, diagnoses it and writes JSON and the page, twice, in processes of its own:
once with nothing compiled yet (what the first user of a machine waits for), and once after that. The goal is held against
seconds by the clock, other work of the machine included. There is no peer: no other program that may be had says the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.log import write
from bench.telling import tell

LIMITS = {"seconds": 60.0, "memory_mb": 2000.0}
ROOT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.diagnosis", description="Times the whole diagnosis of a log."
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the log")
    options = parser.parse_args(arguments)
    return tell(measure(options.events), {}, LIMITS, as_json=options.json)


def measure(events: int) -> dict[str, float]:
    """Seconds of the first and of a later diagnosis, and the most memory that one took."""
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as name:
        folder = Path(name)
        write(folder / "plain.parquet", events, seed=1)
        with_departments(folder / "plain.parquet", folder / "log.parquet")
        first, _ = run(folder)
        seconds, used = run(folder)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "events": float(events), "seconds": seconds, "processor_seconds": used, "first_time_seconds": first,
        "memory_mb": memory,
    }  # fmt: skip


def with_departments(plain: Path, log: Path) -> None:
    """The same log, in which every third of the steps belongs to a department."""
    import duckdb

    con = duckdb.connect()
    con.execute(
        f"copy (select *, 'department ' || (split_part(\"concept:name\", ' ', 2)::int // 7) as \"org:department\" "
        f"from read_parquet('{plain}')) to '{log}' (format parquet)"
    )
    con.close()


def run(folder: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor; what it says is looked at, for speed at saying nothing would be none."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    command = [
        sys.executable, "-c", "from procession.cli.main import main; main()", "diagnose", str(folder / "log.parquet"),
        "--column", "department=org:department", "--html", str(folder / "report.html"), "--json",
    ]  # fmt: skip
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "compiled")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env=environment)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    found = json.loads(done.stdout)["diagnosis"]
    if not (found["verdict"]["sentences"] and found["instant"] and (folder / "report.html").stat().st_size > 20_000):
        raise SystemExit("The report says nothing.")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
