"""Ten million events: the seven tasks of the bench of logs, against PM4Py.

    python -m bench.log_large [--json] [--events N]

As in `python -m bench.log`, in less than two gigabytes. PM4Py takes some minutes for it.
"""

from __future__ import annotations

import argparse
import sys

from bench.log import measure
from bench.telling import tell

GOALS = {"times_pm4py": 60.0}
LIMITS = {"memory_mb": 2000.0}
LONGEST = 1800


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.log_large", description="Times measures of a large log.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--events", type=int, default=10_000_000, help="events of the log")
    options = parser.parse_args(arguments)
    return tell(measure(options.events), GOALS, LIMITS, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
