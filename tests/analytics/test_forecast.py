"""When a running case usually finishes."""

from __future__ import annotations

from procession.analytics.forecast import Forecaster
from procession.analytics.log import OpenActivity, ProcessCase, ProcessLog
from procession.engine.calendar import STANDARD
from tests.analytics.build import at, case, did, log


def finished(rest: float, name: str) -> ProcessCase:
    """An hour of writing, then the review, which ends `rest` hours after it opened."""
    return case(did("a.write", 0, 0, 1), did("a.review", 1, 1, 1 + rest, "a.write"), name=name)


def history(count: int, **more: object) -> ProcessLog:
    """Reviews of 1, 2, … hours."""
    return log(*(finished(n + 1, str(n)) for n in range(count)), **more)


def review(ready: float = 100) -> OpenActivity:
    return OpenActivity(case_id="now", part="a", step="review", ready=at(ready))


def test_half_and_85_of_100_comparable_cases() -> None:
    """Of 1 to 21 hours the middle is 11, and 85 of 100 are under 18."""
    found = Forecaster(history(21)).forecast([review()], at(100))
    assert (found.usually, found.by, found.cases, found.reason) == (at(111), at(118), 21, None)


def test_who_has_waited_is_compared_with_those_that_took_longer() -> None:
    """After 10 hours, of 1 to 40 the 31 with 10 to 40 are left; their middle is 25."""
    found = Forecaster(history(40)).forecast([review()], at(110))
    assert (found.usually, found.cases) == (at(125), 31)


def test_under_twenty_cases_nothing_is_said() -> None:
    found = Forecaster(history(19)).forecast([review()], at(100))
    assert (found.usually, found.by) == (None, None)
    assert found.reason == "needs 20 comparable finished cases, there are 19"


def test_who_has_waited_longer_than_nearly_all_is_told_so() -> None:
    found = Forecaster(history(30)).forecast([review()], at(125))
    assert found.usually is None
    assert found.reason == "it has been at this step longer than 24 of 30 cases"


def test_the_slowest_branch_decides() -> None:
    write = OpenActivity(case_id="now", part="a", step="write", ready=at(100))
    found = Forecaster(history(21)).forecast([review(), write], at(100))
    assert found.site == write.site
    assert found.usually == at(112)


def test_a_branch_nobody_finished_yet_keeps_it_silent() -> None:
    new = OpenActivity(case_id="now", part="b", step="new", ready=at(100))
    found = Forecaster(history(21)).forecast([review(), new], at(100))
    assert (found.usually, found.site) == (None, new.site)


def test_nights_do_not_count() -> None:
    """Always four working hours; ready on Monday at 15:00, so on Tuesday at 11:00."""
    same = log(*(finished(4, str(n)) for n in range(20)), calendar=STANDARD)
    assert Forecaster(same).forecast([review(6)], at(6)).usually == at(26)


def test_a_case_with_nothing_open_has_no_forecast() -> None:
    assert Forecaster(history(21)).forecast([], at(0)).reason == "nothing is open in this case"


def test_on_closed_cases_85_of_100_are_kept() -> None:
    """Trained on one half of a history, right for the other: 85 of 100 end by the second moment, half by the first."""
    train, judged = history(200), [finished(n + 0.5, str(n)) for n in range(200)]
    found = Forecaster(train).forecast([review(1)], at(1))
    assert found.usually is not None and found.by is not None
    assert sum(one.end <= found.usually for one in judged) in range(95, 106)
    assert sum(one.end <= found.by for one in judged) in range(165, 176)
