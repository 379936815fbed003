"""A log as columns: what fits together, what is estimated, and our own history in that shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.analytics.estimating import concurrent_steps, estimate
from procession.analytics.instances import InstanceTable, TableError
from procession.analytics.table_of_log import table_of
from tests.analytics.build import case, did, log

NO = np.iinfo(np.int64).min


def column(*values: int) -> Any:
    return np.array(values, np.int32)


def moments(*values: int) -> Any:
    return np.array(values, np.int64)


def flags(*values: bool) -> Any:
    return np.array(values, np.bool_)


def table(**changed: Any) -> InstanceTable:
    """Case a does x then y, case b does x."""
    given_: dict[str, Any] = {
        "case": column(0, 0, 1), "step": column(0, 1, 0), "resource": column(0, 1, -1),
        "department": column(-1, -1, -1), "workflow": column(-1, -1, -1),
        "ready": moments(0, 10, 0), "start": moments(5, 12, 0), "end": moments(10, 20, 3),
        "ready_estimated": flags(False, False, False), "start_estimated": flags(False, False, False),
        "case_names": ["a", "b"], "step_names": ["x", "y"], "resource_names": ["ann", "ben"],
        "released_by": column(-1, 0, -1), "case_traits": {"size": [1, 2]}, "traits": {"note": ["p", "q", "r"]},
    }  # fmt: skip
    return InstanceTable(**(given_ | changed))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"start": moments(5, 12)}, "column start: has another length"),
        ({"step": column(0, 2, 0)}, "column step: row 1 has a code without a name"),
        ({"start": moments(5, 9, 0)}, "column start: row 1 is out of order"),
        ({"released_by": column(-1, 0, 0)}, "column released_by: row 2 needs a row above it, of its case"),
        ({"released_by": column(0, -1, -1)}, "column released_by: row 0 needs a row above it"),
    ],
)
def test_columns_that_do_not_fit_together_are_refused_by_name_and_row(changed: Any, sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        table(**changed)


def test_some_cases_are_a_table_of_their_own() -> None:
    whole = table()
    second = whole.only(flags(False, True))
    assert second.case.tolist() == [0] and second.case_names == ["b"]
    assert second.step_names == ["x"] and second.resource_names == []
    assert second.case_traits == {"size": [2]} and second.traits == {"note": ["r"]}
    first = whole.only(flags(True, False))
    assert first.released_by.tolist() == [-1, 0] and first.first_rows.tolist() == [0, 2]


def estimated(rows: list[tuple[int, int, int, int | None, int]], **more: Any) -> Any:
    """Rows are (case, step, resource, start or None, end), in the order of a table."""
    starts = [NO if row[3] is None else row[3] for row in rows]
    return estimate(
        case=column(*(row[0] for row in rows)),
        step=column(*(row[1] for row in rows)),
        resource=column(*(row[2] for row in rows)),
        ready=more.get("ready", moments(*(NO for _ in rows))),
        ready_known=more.get("ready_known", flags(*(False for _ in rows))),
        start=moments(*starts),
        start_known=flags(*(row[3] is not None for row in rows)),
        end=moments(*(row[4] for row in rows)),
    )


def test_what_was_waited_for_is_the_last_that_ended_before() -> None:
    found = estimated([(0, 0, 0, 0, 10), (0, 1, 1, 12, 20), (0, 2, 2, 25, 30)])
    assert found.ready.tolist() == [0, 10, 20]
    assert found.released_by.tolist() == [-1, 0, 1]
    assert found.ready_estimated.all() and not found.start_estimated.any()


def test_what_goes_on_at_the_same_time_is_not_waited_for() -> None:
    """Two checks overlap in one case; in the other they follow each other by chance, and still do not wait."""
    found = estimated(
        [(0, 0, 0, 0, 10), (0, 1, 1, 10, 20), (0, 2, 2, 15, 30), (1, 0, 0, 100, 110), (1, 1, 1, 110, 120),
         (1, 2, 2, 125, 130)]
    )  # fmt: skip
    assert found.ready.tolist() == [0, 10, 10, 100, 110, 110]


def test_an_overlap_in_few_cases_is_an_accident() -> None:
    overlapping = [(0, 0, 0, 0, 10), (0, 1, 1, 9, 20)]
    many = [
        row for n in range(1, 40) for row in ((n, 0, 0, 100 * n, 100 * n + 10), (n, 1, 1, 100 * n + 30, 100 * n + 40))
    ]
    cases, steps = column(*(r[0] for r in overlapping + many)), column(*(r[1] for r in overlapping + many))
    starts, ends = moments(*(r[3] for r in overlapping + many)), moments(*(r[4] for r in overlapping + many))
    assert concurrent_steps(cases, steps, starts, ends).tolist() == []
    assert concurrent_steps(cases[:20], steps[:20], starts[:20], ends[:20]).tolist() == [1, 2]


def test_touching_is_no_overlap_and_an_instant_inside_is_one() -> None:
    touching = concurrent_steps(column(0, 0), column(0, 1), moments(0, 10), moments(10, 20))
    inside = concurrent_steps(column(0, 0), column(0, 1), moments(0, 5), moments(10, 5))
    assert touching.tolist() == [] and inside.tolist() == [1, 2]


def test_without_a_recorded_start_work_begins_when_it_is_ready_and_its_resource_free() -> None:
    found = estimated([(0, 0, 0, None, 10), (0, 1, 1, None, 40), (1, 1, 1, None, 30)])
    assert found.start.tolist() == [10, 30, 30]
    assert found.start_estimated.all()


def test_a_recorded_moment_of_readiness_is_kept() -> None:
    found = estimated(
        [(0, 0, 0, 0, 10), (0, 1, 1, 20, 30)], ready=moments(NO, 14), ready_known=flags(False, True)
    )  # fmt: skip
    assert found.ready.tolist() == [0, 14] and found.ready_estimated.tolist() == [True, False]


spans = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 4), st.integers(-1, 3), st.none() | st.integers(0, 50), st.integers(0, 50)
    ),
    min_size=1,
    max_size=40,
)


@given(spans)
def test_every_estimate_is_in_order_and_waits_for_nothing_that_overlaps(raw: list[Any]) -> None:
    rows = [(c, s, r, None if a is None else min(a, b), b if a is None else max(a, b)) for c, s, r, a, b in raw]
    rows.sort(key=lambda row: (row[0], row[4], row[4] if row[3] is None else row[3]))
    found = estimated(rows)
    ends = np.array([row[4] for row in rows])
    assert (found.ready <= found.start).all() and (found.start <= ends).all()
    for row, by in enumerate(found.released_by):
        if by >= 0:
            assert by < row and rows[by][0] == rows[row][0]
            assert ends[by] == found.ready[row] and ends[by] <= found.start[row]


def test_our_own_history_is_a_table_of_recorded_moments() -> None:
    """What was finished in one go has no beginning of its own; a step of two workflows is named with its workflow."""
    ours = table_of(
        log(
            case(
                did("legal.check", 0, 1, 3, resource="ann"),
                did("finance.check", 3, None, 5, "legal.check", resource="ben"),
                did("finance.pay", 5, 6, 7, "finance.check", resource="ben"),
            )
        )
    )
    assert [ours.step_names[one] for one in ours.step] == ["Check (Legal)", "Check (Finance)", "Pay"]
    assert ours.released_by.tolist() == [-1, 0, 1]
    assert ours.start_estimated.tolist() == [False, True, False]
    assert (ours.start - ours.ready).tolist() == [3_600_000_000, 7_200_000_000, 3_600_000_000]
    assert [ours.department_names[one] for one in ours.department] == ["legal team", "finance team", "finance team"]
