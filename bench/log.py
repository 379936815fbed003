"""Event logs: seven tasks over a million events, and the reading of XES, against PM4Py.

    python -m bench.log [--json] [--events N] [--xes N]

The tasks are those that both know: what directly follows what, the time between, variants, throughput, median service
time, handover of work, rework. Each program works on the same log in memory, one after another in processes of their own,
by processor time; ours with its compiled code on disk, where a first run puts it. Bringing the log into order ("format";
ours with reading Parquet and making codes of names) is told apart and is in `times_pm4py_with_format`. What they find is
compared, or the bench fails.

XES is read from the same file by both. `xes_times_pm4py` is like with like: from the file to typed columns, against
PM4Py's own reader as `read_xes` chooses it; `xes_times_fastest` is against the quickest that it brings along, which reads
by regular expressions. Our whole import, `import_times_pm4py`, also recognises the columns, finds duplicates, pairs,
orders, codes and estimates. CSV likewise: our whole import against pandas and `format_dataframe`.

PM4Py (AGPL) lives in an environment of its own below `build/`. Ten million events are in `python -m bench.log_large`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.telling import tell

GOALS = {"times_pm4py": 20.0, "xes_times_pm4py": 15.0}
ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers-pm4py"
PACKAGES = ("pm4py==2.7.23.11", "pyarrow")
STEPS, PEOPLE = 20, 100


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.log", description="Times measures of logs against PM4Py.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the tasks")
    parser.add_argument("--xes", type=int, default=300_000, help="events of the XES and CSV files")
    parser.add_argument("--ours", nargs=2, metavar=("WHAT", "FOLDER"), help="only our half: print it as JSON")
    options = parser.parse_args(arguments)
    if options.ours:
        what, folder = options.ours
        json.dump((our_tasks if what == "tasks" else our_reading)(Path(folder)), sys.stdout)
        return 0
    return tell(measure(options.events) | measure_reading(options.xes), GOALS, as_json=options.json)


def measure(events: int) -> dict[str, float]:
    """Seconds of each at the seven tasks, and how many times as quick we are."""
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as name:
        write(Path(name) / "log.parquet", events, seed=1)
        write(Path(name) / "small.parquet", 30_000, seed=2)
        mine, theirs = both("tasks", Path(name))
    tasks = [one for one in mine["seconds"] if one != "format"]
    own, peer = (sum(one["seconds"][task] for task in tasks) for one in (mine, theirs))
    figures = {
        "events": float(events),
        "times_pm4py": peer / own,
        "times_pm4py_with_format": (peer + theirs["seconds"]["format"]) / (own + mine["seconds"]["format"]),
        "seconds": own,
        "pm4py_seconds": peer,
        "memory_mb": mine["memory_mb"],
        "pm4py_memory_mb": theirs["memory_mb"],
    }
    return figures | {f"{task}_times_pm4py": theirs["seconds"][task] / mine["seconds"][task] for task in tasks}


def measure_reading(events: int) -> dict[str, float]:
    """Reading and importing XES and CSV."""
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as name:
        for size, called in ((events, "log"), (30_000, "small")):
            write(Path(name) / f"{called}.parquet", size, seed=3)
            write_as_text(Path(name), called)
        mine, theirs = both("reading", Path(name))
    own, peer = mine["seconds"], theirs["seconds"]
    return {
        "xes_times_pm4py": peer["xes"] / own["xes"],
        "xes_times_fastest": peer["xes_fastest"] / own["xes"],
        "xes_events_a_second": events / own["xes"],
        "import_times_pm4py": peer["xes"] / own["import"],
        "import_events_a_second": events / own["import"],
        "csv_times_pm4py": peer["csv"] / own["csv"],
        "csv_events_a_second": events / own["csv"],
        "reading_memory_mb": mine["memory_mb"],
        "pm4py_reading_memory_mb": theirs["memory_mb"],
    }


def both(what: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our half and theirs, which must have found the same."""
    python = peers()
    mine = run([sys.executable, "-m", "bench.log", "--ours", what, str(folder)])
    theirs = run([str(python), str(ROOT / "bench" / "peers" / "pm4py_tasks.py"), what, str(folder)])
    refuse_unlike(mine["found"], theirs["found"])
    return mine, theirs


def write(path: Path, events: int, seed: int) -> None:
    """A log of about ten events a case: some steps are skipped, some done again; ends differ within a case."""
    import duckdb

    chance = np.random.default_rng(seed)
    lengths = chance.integers(5, 16, size=events // 10 + 1)
    case = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[:events]
    rows = len(case)
    place = np.arange(rows) - np.searchsorted(case, case)
    usual = place + (chance.random(rows) < 0.15) * chance.integers(-3, 4, size=rows)
    step = np.clip(usual, 0, STEPS - 1).astype(np.int32)
    who = ((step * 5 + chance.integers(0, 8, size=rows)) % PEOPLE).astype(np.int32)
    begin = 1_700_000_000_000_000 + case.astype(np.int64) * 300_000_000
    work = chance.integers(60, 7200, size=rows) * 1_000_000
    end = begin + (place + 1) * 14_400_000_000 - chance.integers(0, 3_600_000_000, size=rows)
    con = duckdb.connect()
    con.register("columns", {"c": case, "s": step, "w": who, "b": end - work, "e": end})
    con.execute(
        "copy (select 'case ' || c as \"case:concept:name\", 'step ' || s as \"concept:name\", 'person ' || w as "
        '"org:resource", make_timestamptz(b) as start_timestamp, make_timestamptz(e) as "time:timestamp" from columns) '
        f"to '{path}' (format parquet)"
    )


def write_as_text(folder: Path, name: str) -> None:
    """The log as XES and CSV."""
    from procession.interchange.event_log.reading import read_log
    from procession.interchange.event_log.writing import write_log

    table = read_log(folder / f"{name}.parquet").table
    for ending in ("xes", "csv"):
        write_log(table, folder / f"{name}.{ending}")


def our_tasks(folder: Path) -> dict[str, Any]:
    """Our half of the tasks, in this process."""
    from procession.analytics.log_measures import statements
    from procession.analytics.log_measures.by_kernels import ByKernels

    warm = ByKernels(codes_of(folder / "small.parquet"))  # compiled code is on disk, or is put there now
    for task in statements.SHARED:
        warm.shared(task)
    began = time.process_time()
    table = codes_of(folder / "log.parquet")
    answers = ByKernels(table)
    seconds = {"format": time.process_time() - began}
    results: dict[str, Any] = {}
    for name in statements.SHARED:
        began = time.process_time()
        results[name] = answers.shared(name)
        seconds[name] = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps, people = table.step_names, table.resource_names
    before, after, counts = results["directly_follows"]
    giver, taker, passed = results["handover"]
    everything = float(passed.sum())
    left, right, _, _, between = results["times_between"]
    found = {
        "pairs": sorted((steps[a], steps[b], int(n)) for a, b, n in zip(before, after, counts, strict=True)),
        "between": sorted(
            (steps[a], steps[b], q[0] / 1e6) for a, b, q in zip(left, right, between.tolist(), strict=True)
        ),
        "variants": sorted(results["variants"][0].tolist()),
        "cycle": float((results["throughput"][1] - ends_first(table)).sum()) / 1e6,
        "service": sorted(
            (steps[code], half[0] / 1e6) for code, half in enumerate(results["service_time"][2].tolist())
        ),
        "handover": sorted(
            (people[a], people[b], int(n) / everything) for a, b, n in zip(giver, taker, passed, strict=True)
        ),
        "rework": sorted((steps[code], n) for code, n in enumerate(results["rework"].tolist()) if n),
    }
    return {"seconds": seconds, "found": found, "memory_mb": memory}


def ends_first(table: Any) -> Any:
    """PM4Py counts a case from the end of its first event."""
    return np.minimum.reduceat(table.end, table.first_rows[:-1])


def codes_of(parquet: Path) -> Any:
    """The log as a table: read, names made codes, brought into order. Without estimates, which PM4Py does not make."""
    import duckdb

    from procession.analytics.instances import InstanceTable

    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    names: dict[str, list[str]] = {}
    for kind, column in (("case", "case:concept:name"), ("step", "concept:name"), ("who", "org:resource")):
        con.execute(
            f"create type {kind}_name as enum (select distinct \"{column}\" from read_parquet('{parquet}') order by 1)"
        )
        names[kind] = (
            con.execute(f"select unnest(enum_range(null::{kind}_name))::varchar as name").fetchnumpy()["name"].tolist()
        )
    found = con.execute(
        'select enum_code("case:concept:name"::case_name)::int as case_code, enum_code("concept:name"::step_name)::int as '
        'step_code, enum_code("org:resource"::who_name)::int as who, epoch_us(start_timestamp) as b, '
        f"epoch_us(\"time:timestamp\") as e from read_parquet('{parquet}') order by 1, e, b"
    ).fetchnumpy()
    con.close()
    case, step, who, begin, end = (
        np.ascontiguousarray(np.ma.getdata(found[k])) for k in ("case_code", "step_code", "who", "b", "e")
    )
    nobody, no = np.full(len(case), -1, np.int32), np.zeros(len(case), np.bool_)
    return InstanceTable(
        case=case, step=step, resource=who, department=nobody, workflow=nobody, ready=begin, start=begin, end=end,
        ready_estimated=no, start_estimated=no, case_names=names["case"], step_names=names["step"],
        resource_names=names["who"],
    )  # fmt: skip


def our_reading(folder: Path) -> dict[str, Any]:
    """Our half of reading, in this process."""
    from procession.interchange.event_log import xes_scan
    from procession.interchange.event_log.reading import connect, read_log

    seconds: dict[str, float] = {}
    found: dict[str, Any] = {}
    for name in ("small", "log"):  # the first puts compiled code on disk and loads it
        with tempfile.TemporaryDirectory(prefix="procession-bench-") as other:
            before = _used()
            con = connect(Path(other))
            if xes_scan.load(con, folder / f"{name}.xes", None) is None:
                raise SystemExit("the file that was written is not scanned")
            seconds["xes"] = _used() - before
            con.close()
        for kind, ending in (("import", "xes"), ("csv", "csv")):
            before = _used()
            found[f"{ending}_events"] = read_log(folder / f"{name}.{ending}").report.rows
            seconds[kind] = _used() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "found": found, "memory_mb": memory}


def _used() -> float:
    both = (resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def refuse_unlike(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Speed at another task would be worth nothing."""
    for name, value in mine.items():
        if not alike(value, theirs[name]):
            raise SystemExit(f"{name}: we find {str(value)[:300]}, PM4Py finds {str(theirs[name])[:300]}")


def alike(one: Any, other: Any) -> bool:
    """Numbers to a millionth, as PM4Py calculates in seconds with floating point; the rest exactly."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float):
        return abs(one - other) <= 1e-6 * max(abs(other), 1e-3)
    return one == other


def peers() -> Path:
    """The Python of the peer; made by the first run."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    wanted = subprocess.run([python, "-c", "import pm4py, pyarrow"], capture_output=True, check=False)
    if wanted.returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def run(command: list[str]) -> dict[str, Any]:
    """What one half prints."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
