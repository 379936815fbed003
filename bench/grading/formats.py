"""The same log in every format gives the same findings (G8).

    python -m bench.grading.formats [--json] [--seeds N]

Logs of the process of `bench.grading.planted` with silos, rework and batches, as Parquet, XES, OCEL 2.0 and five kinds of
CSV (comma, semicolon, tab; moments in UTC, in another offset, and without one in a named zone), each read back and
diagnosed: causes of waiting to the microsecond, findings of waste with all their figures, and the vital few.
"""

from __future__ import annotations

import csv
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.grading.planted import Plant, Recipe, log_of
from bench.grading.running import Figures, Grader, share
from procession.analytics.attribution_of_table import attribute_table
from procession.analytics.instances import InstanceTable
from procession.analytics.pareto import pareto
from procession.analytics.table_of_log import table_of
from procession.analytics.waiting.decompose import decompose
from procession.analytics.waiting.hours import discovered
from procession.analytics.waste import Material, find_waste
from procession.interchange.event_log.reading import Options, read_log
from procession.interchange.event_log.writing import write_log

GOALS: Final = {"alike": 1.0}
LIMITS: Final[dict[str, float]] = {}
PLANTED: Final[tuple[Plant | None, ...]] = (None, "silo", "rework", "batching")
VIENNA: Final = ZoneInfo("Europe/Vienna")


def diagnosed(table: InstanceTable) -> Any:
    """Everything that is said of a log, in a form that can be compared."""
    causes = decompose(table, discovered(table))
    report = find_waste(Material(causes=causes))
    few = pareto(attribute_table(table, causes.hours), "place")
    return (
        table.cases, len(table), causes.waits.sum(axis=0).tolist(), int(causes.working.sum()),
        [replace(one, cases=()) for one in report.findings], [sorted(one.cases) for one in report.findings], report.tested,
        [(one.key, round(one.excess, 6)) for one in few.items],
    )  # fmt: skip


def bare(table: InstanceTable) -> InstanceTable:
    """What every format can hold: who did what in which case and department, from when to when."""
    return replace(table, traits={}, case_traits={}, pauses=table.pauses[:0])


def written(table: InstanceTable, folder: Path) -> Iterator[tuple[str, Path, Options]]:
    """The log in every format, with what its reader has to be told."""
    for name, ending in (("parquet", "parquet"), ("xes", "xes"), ("ocel", "json"), ("csv", "csv")):
        path = folder / f"log.{ending}"
        write_log(table, path)
        yield name, path, Options()
    rows = list(csv.reader((folder / "log.csv").open(encoding="utf-8-sig", newline="")))
    for name, separator, moved, zone in (
        ("csv, semicolon", ";", _same, "UTC"), ("csv, tab", "\t", _same, "UTC"),
        ("csv, two hours east", ",", _east, "UTC"), ("csv, Vienna without offset", ",", _vienna, "Europe/Vienna"),
    ):  # fmt: skip
        path = folder / f"{name.replace(' ', '-').replace(',', '')}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=separator)
            writer.writerow(rows[0])
            writer.writerows([_moved(value, moved) for value in row] for row in rows[1:])
        yield name, path, Options(zone=zone)


def _moved(value: str, how: Callable[[datetime], str]) -> str:
    if len(value) > 18 and value[4:5] == "-" and value[13:14] == ":":
        return how(datetime.fromisoformat(value))
    return value


def _same(at: datetime) -> str:
    return at.isoformat()


def _east(at: datetime) -> str:
    return at.astimezone(timezone(timedelta(hours=2))).isoformat()


def _vienna(at: datetime) -> str:
    return at.astimezone(VIENNA).replace(tzinfo=None).isoformat(sep=" ")


def measure(drawn: range, asked: Namespace) -> Figures:
    """The share of files that say what the log itself says."""
    alike: dict[str, list[bool]] = {}
    for seed in drawn:
        for plant in PLANTED:
            table = bare(table_of(log_of(Recipe(plant=plant, seed=seed, cases=400))))
            told: dict[str, Any] = {}
            with tempfile.TemporaryDirectory() as folder:
                for name, path, options in written(table, Path(folder)):
                    told[name] = diagnosed(read_log(path, options).table)
            for name, one in told.items():
                alike.setdefault(name, []).append(one == told["parquet"])
    figures: Figures = {f"alike_{name.replace(', ', '_').replace(' ', '_')}": share(c) for name, c in alike.items()}
    every = [one for column in alike.values() for one in column]
    return {"logs": len(drawn) * len(PLANTED), "files": len(every), "alike": share(every), **figures}


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=1)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
