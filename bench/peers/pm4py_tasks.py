"""Seven tasks and the reading of XES on PM4Py: prints processor seconds and what was found, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pm4py

warnings.filterwarnings("ignore")


def tasks_of(folder: Path) -> dict[str, Any]:
    """The seven tasks."""
    frame = pd.read_parquet(folder / "log.parquet")
    began = time.process_time()
    frame = pm4py.format_dataframe(
        frame, case_id="case:concept:name", activity_key="concept:name", timestamp_key="time:timestamp"
    )
    seconds = {"format": time.process_time() - began}
    ends = pm4py.format_dataframe(frame[["case:concept:name", "concept:name", "time:timestamp"]].copy())
    ends.attrs = {name: value for name, value in ends.attrs.items() if "start" not in name}
    tasks: dict[str, Callable[[], Any]] = {
        "directly_follows": lambda: pm4py.discover_dfg(frame),
        "times_between": lambda: pm4py.discover_performance_dfg(frame),
        "variants": lambda: pm4py.get_variants(frame),
        "throughput": lambda: pm4py.get_all_case_durations(ends),  # with beginnings it fails: KeyError
        "service_time": lambda: pm4py.get_service_time(frame, "median", start_timestamp_key="start_timestamp"),
        "handover": lambda: pm4py.discover_handover_of_work_network(frame),
        "rework": lambda: pm4py.get_rework_cases_per_activity(frame),
    }
    results: dict[str, Any] = {}
    for name, task in tasks.items():
        began = time.process_time()
        results[name] = task()
        seconds[name] = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        "pairs": sorted((a, b, int(n)) for (a, b), n in results["directly_follows"][0].items()),
        "between": sorted((a, b, float(one["median"])) for (a, b), one in results["times_between"][0].items()),
        "variants": sorted(int(n) for n in results["variants"].values()),
        "cycle": sum(float(one) for one in results["throughput"]),
        "service": sorted((step, float(one)) for step, one in results["service_time"].items()),
        "handover": sorted((a, b, float(share)) for (a, b), share in results["handover"].connections.items() if share),
        "rework": sorted((step, int(n)) for step, n in results["rework"].items() if n),
    }
    return {"seconds": seconds, "found": found, "memory_mb": memory}


def reading(folder: Path) -> dict[str, Any]:
    """The readers of XES, as `read_xes` chooses and the quickest that comes along, and CSV by pandas."""
    ways: dict[str, Callable[[], Any]] = {
        "xes": lambda: pm4py.read_xes(str(folder / "log.xes")),
        "csv": lambda: pm4py.format_dataframe(
            pd.read_csv(folder / "log.csv"), case_id="case", activity_key="step", timestamp_key="end",
            start_timestamp_key="start",
        ),
    }  # fmt: skip
    seconds, counts = dict[str, float](), dict[str, int]()
    for name, way in ways.items():
        began = time.process_time()
        counts[f"{name}_events"] = len(way())
        seconds[name] = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.process_time()
    pm4py.read_xes(str(folder / "log.xes"), variant="chunk_regex")
    seconds["xes_fastest"] = time.process_time() - began
    return {"seconds": seconds, "found": counts, "memory_mb": memory}


if __name__ == "__main__":
    json.dump((tasks_of if sys.argv[1] == "tasks" else reading)(Path(sys.argv[2])), sys.stdout)
