"""Our own history as an event log: what is exported and read again says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from procession.analytics.log_measures.figures import LogFigures
from procession.analytics.log_measures.measuring import measure_log
from procession.analytics.table_of_log import table_of
from procession.engine.rejections import Rejection
from procession.interchange.event_log.reading import read_log
from procession.operations import calling
from procession.operations.insights.diagnosing import visible
from procession.store.store import Store
from tests.support.database import Database
from tests.support.pages import COMPANY, DEFAULT_PERSON, asked, company

PROCESS = "employee-onboarding"


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def ours(store: Store) -> LogFigures:
    """What is measured of the history itself."""
    from datetime import UTC, datetime

    context = calling.as_person(store, COMPANY, DEFAULT_PERSON, at=datetime.now(UTC))
    return measure_log(table_of(visible(context, PROCESS)[0].log))


@pytest.mark.parametrize(
    ("format_", "name"), [("csv", "a.csv"), ("xes", "a.xes"), ("ocel", "a.json"), ("parquet", "a.parquet")]
)
def test_what_is_exported_and_read_again_has_the_same_measures(
    store: Store, ours: LogFigures, tmp_path: Path, format_: str, name: str
) -> None:
    found = asked(store, "insight.event_log", process=PROCESS, format=format_)
    path = tmp_path / name
    path.write_bytes(found.content)
    theirs = measure_log(read_log(path).table)
    assert ours.cases >= 20 and len(ours.steps) > 20
    for part in ("cases", "instances", "begin", "end", "cycle", "mean_cycle", "variant_count", "little", "buckets",
                 "estimated_starts"):  # fmt: skip
        assert getattr(theirs, part) == getattr(ours, part), part
    assert {one.steps: one.cases for one in theirs.variants} == {one.steps: one.cases for one in ours.variants}
    assert {(one.before, one.step): (one.count, one.between) for one in theirs.follows} == {
        (one.before, one.step): (one.count, one.between) for one in ours.follows}  # fmt: skip
    assert set(theirs.handovers_departments) == set(ours.handovers_departments)
    assert set(theirs.handovers_people) == set(ours.handovers_people)
    mine = {one.step: one for one in ours.steps}
    for one in theirs.steps:
        other = mine[one.step]
        assert (one.count, one.cases, one.recorded, one.again) == (
            other.count,
            other.cases,
            other.recorded,
            other.again,
        )
        if one.is_sure:
            assert one == other
        else:  # only ready and done are recorded: what lies between is divided otherwise, and is the same together
            assert one.both == other.both


def test_nothing_finished_is_said_and_so_is_a_stranger(store: Store) -> None:
    with pytest.raises(Rejection, match="There is no process or workflow 'nothing-such'"):
        asked(store, "insight.event_log", process="nothing-such")
    assert asked(store, "insight.event_log", process=PROCESS).name == "employee-onboarding.csv"
