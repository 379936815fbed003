"""Forecasts of when a case ends, on finished cases that were not learned from.

    python -m bench.grading.forecast [--json] [--tuning] [--seeds N] [--logs FOLDER | --demo]

Made processes, divided in time: each case is forecast at its beginning and after its steps from what had ended by then
(`tests.analytics.grade_forecast`). *Less error* is how far the mean absolute error lies below that of the mean per prefix, the
baseline of the field; each process weighs the same. *Interval holds* is the share of ends inside the 80 % interval.
`--logs` grades public logs instead, `--demo` what the demo company lived through. Limits were chosen on seeds 1 to 8.
"""

from __future__ import annotations

import statistics
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from bench.grading.running import Figures, Grader, mean
from tests.analytics.grade_forecast import HEAD, of_demo, of_logs, of_processes, row

GOALS: Final = {"less_error": 0.0, "interval_holds": 0.75}
LIMITS: Final = {"interval_holds": 0.85}


def measure(drawn: range, asked: Namespace) -> Figures:
    """Over all processes or logs, each alike."""
    print(HEAD, file=sys.stderr)
    grades = []
    for one in of_logs(asked.logs) if asked.logs else of_demo() if asked.demo else of_processes(drawn):
        print(row(one), file=sys.stderr, flush=True)
        grades += [one] if one.errors else []
    return {
        "processes": len(grades),
        "forecasts": sum(len(one.errors) for one in grades),
        "silent": sum(one.silent for one in grades),
        "less_error": mean(one.gain for one in grades),
        "interval_holds": mean(one.coverage for one in grades),
        "interval_holds_worst_process": min(one.coverage for one in grades),
        "milliseconds_a_forecast": 1000 * statistics.median(second for one in grades for second in one.seconds),
    }


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--logs", type=Path, help="a folder with public logs, instead of made processes")
    parser.add_argument("--demo", action="store_true", help="the histories of the demo, instead of made processes")


GRADER: Final = Grader(
    about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=12, grading=201, tuning=1, options=_options
)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
