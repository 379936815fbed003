"""Every log that is given imports without a word from us, and equals each figure that its note gives."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from procession.analytics.instances import InstanceTable
from procession.interchange.event_log.errors import ColumnsUnknown
from procession.interchange.event_log.reading import Imported, read_log
from tests.interchange.event_log.given import EXPORTED, given_log, given_logs

LOGS = {one.name: one for one in given_logs() if one.name != EXPORTED}
SECOND = 1_000_000
DAY = 86_400 * SECOND


def begun(table: InstanceTable) -> Any:
    """When each was begun, where that is recorded; else when it was done."""
    return np.where(table.start_estimated, table.end, table.start)


def sequences(case: Any, step: Any) -> int:
    """How many different sequences of steps there are."""
    bounds = [*np.flatnonzero(np.r_[True, case[1:] != case[:-1]]), len(case)]
    return len({tuple(step[low:high].tolist()) for low, high in pairwise(bounds)})


def in_rows(imported: Imported) -> tuple[Any, Any]:
    """Case and step of each row of the file, in order of time: of pairs, the beginning and the end are rows.

    At one moment the beginnings stand first, as they do in the one file that has pairs.
    """
    table = imported.table
    if "lifecycle" not in imported.report.columns:
        return table.case, table.step
    case, step = np.r_[table.case, table.case], np.r_[table.step, table.step]
    is_end = np.r_[np.zeros(len(table)), np.ones(len(table))]
    order = np.lexsort((step, is_end, np.r_[table.start, table.end], case))
    return case[order], step[order]


def figures_of(imported: Imported) -> dict[str, Any]:
    table, report = imported.table, imported.report
    first = table.first_rows[:-1]
    spans = np.maximum.reduceat(table.end, first) - np.minimum.reduceat(begun(table), first)
    seconds = (table.end - begun(table)) // SECOND  # the notes count whole seconds
    return {
        "events": report.rows - report.duplicates - report.error_count,
        "cases": report.cases,
        "acts": report.steps,
        "res": report.resources,
        "start_end": "start" in report.columns,
        "variants": sequences(*in_rows(imported)),
        "med_thr_d": round(float(np.median(spans)) / DAY, 2),
        "mean_thr_d": round(float(spans.mean()) / DAY, 2),
        "from": str(datetime.fromtimestamp(begun(table).min() / SECOND, UTC).date()),
        "to": str(datetime.fromtimestamp(table.end.max() / SECOND, UTC).date()),
        "zero_dur_share": round(float((seconds == 0).mean()), 3),
        "proc_h": round(float(seconds.sum()) / 3600),
    }


@pytest.mark.parametrize("name", LOGS)
def test_an_import_equals_its_note(name: str) -> None:
    imported = read_log(LOGS[name].path)
    said = {key: value for key, value in LOGS[name].figures.items() if key not in ("extra", "kb")}
    ours = figures_of(imported)
    assert said, "a note without figures proves nothing"
    assert {key: ours[key] for key in said} == said
    assert imported.report.error_count == 0 and imported.report.duplicates == 0


@pytest.mark.parametrize("name", LOGS)
def test_other_columns_stay_as_traits(name: str) -> None:
    report = read_log(LOGS[name].path).report
    kept = {*report.other_columns, *report.columns.values()}
    assert set(LOGS[name].figures["extra"]) <= kept


def test_a_table_of_results_is_no_log_and_the_sentence_says_what_is_missing() -> None:
    with pytest.raises(ColumnsUnknown, match=r"No column was found for the step .* and the time .*'metric_name'"):
        read_log(given_log(EXPORTED))


@pytest.mark.parametrize(
    ("name", "at_least"), [("simod__Simple_log_with_batching", 0.99), ("simod__Simple_log_with_prioritization", 0.99)]
)
def test_the_estimate_of_readiness_is_near_what_a_log_records(name: str, at_least: float) -> None:
    """The log says when work was enabled; without that column we estimate it, to the second in so many instances."""
    recorded = read_log(given_log(name)).table
    from procession.analytics.estimating import estimate

    nothing = np.zeros(len(recorded), np.bool_)
    found = estimate(
        case=recorded.case, step=recorded.step, resource=recorded.resource, ready=recorded.ready, start=recorded.start,
        end=recorded.end, ready_known=nothing, start_known=~nothing,
    )  # fmt: skip
    known = ~recorded.ready_estimated & (recorded.released_by >= 0)
    near = np.abs(found.ready - recorded.ready)[known] <= SECOND
    assert known.sum() > 100
    assert near.mean() >= at_least
