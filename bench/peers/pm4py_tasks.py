"""Seven tasks and the reading of XES on PM4Py: prints processor seconds and what was found, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pm4py

warnings.filterwarnings("ignore")


def main(path: str, xes: str) -> None:
    frame = pd.read_parquet(path)
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
    began = time.process_time()
    events = len(pm4py.read_xes(xes, variant="iterparse"))
    seconds["xes"] = time.process_time() - began
    found = {
        "pairs": sorted((a, b, int(n)) for (a, b), n in results["directly_follows"][0].items()),
        "between": sorted((a, b, float(one["median"])) for (a, b), one in results["times_between"][0].items()),
        "variants": sorted(int(n) for n in results["variants"].values()),
        "cycle": sum(float(one) for one in results["throughput"]),
        "service": sorted((step, float(one)) for step, one in results["service_time"].items()),
        "handover": sorted((a, b, float(share)) for (a, b), share in results["handover"].connections.items() if share),
        "rework": sorted((step, int(n)) for step, n in results["rework"].items() if n),
        "xes_events": events,
    }
    json.dump({"seconds": seconds, "found": found, "memory_mb": memory}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
