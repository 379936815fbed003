"""When a running case will have ended."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.forecast import Forecast, Forecaster, running_at
from procession.analytics.forecast.calibration import Calibration, Past, Spread
from procession.analytics.forecast.prospects import slack_of
from procession.analytics.forecast.words import in_words
from procession.analytics.log import OpenActivity, ProcessCase, ProcessLog, RunningCase
from procession.engine.calendar import STANDARD
from tests.analytics.build import ALWAYS, MONDAY, at, case, did, log
from tests.analytics.generate import logs
from tests.analytics.made_processes import Made


def finished(rest: float, name: str, **traits: object) -> ProcessCase:
    """An hour of writing, then the review, which ends `rest` hours after it opened."""
    whole = case(did("a.write", 0, 0, 1), did("a.review", 1, 1, 1 + rest, "a.write"), name=name)
    return ProcessCase(id=whole.id, begin=whole.begin, end=whole.end, instances=whole.instances, traits=traits)


def history(count: int, **more: object) -> ProcessLog:
    """Reviews of 1, 2, … hours."""
    return log(*(finished(n + 1, str(n)) for n in range(count)), **more)


def running(*steps: tuple[str, float], done: tuple[str, ...] = ("write",), **traits: object) -> RunningCase:
    """A case that is at these steps since so many hours."""
    return RunningCase(
        id="now", begin=at(0), traits=traits, done=tuple(did(f"a.{name}", 0, 0, 1) for name in done),
        open=tuple(OpenActivity(case_id="now", part="a", step=name, ready=at(since)) for name, since in steps),
    )  # fmt: skip


def hours_of(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - MONDAY) / timedelta(hours=1)


def test_half_and_8_of_10_comparable_cases() -> None:
    """Of 1 to 21 hours the middle is 11, and 8 of 10 lie between 3 and 19."""
    found = Forecaster(history(21)).forecast(running(("review", 100)), at(100))
    assert (found.cases, found.reason, found.checked) == (21, None, 0)
    assert hours_of(found.usually) == pytest.approx(111, abs=0.5)
    assert hours_of(found.earliest) == pytest.approx(103, abs=0.5)
    assert hours_of(found.latest) == pytest.approx(119, abs=0.5)


def test_who_has_waited_is_compared_with_those_that_took_longer() -> None:
    """After 10 hours, of 1 to 40 the 31 with 10 to 40 are left; their middle is 25."""
    found = Forecaster(history(40)).forecast(running(("review", 100)), at(110))
    assert found.cases == 31
    assert hours_of(found.usually) == pytest.approx(125, abs=1)


def test_under_twenty_cases_nothing_is_said() -> None:
    found = Forecaster(history(19)).forecast(running(("review", 100)), at(100))
    assert (found.usually, found.earliest, found.latest) == (None, None, None)
    assert found.reason == "needs 20 comparable finished cases, there are 19"


def test_who_has_waited_longer_than_nearly_all_is_told_so() -> None:
    found = Forecaster(history(30)).forecast(running(("review", 100)), at(125))
    assert found.usually is None
    assert found.reason == "it has been at this step longer than 24 of 30 cases"


def test_the_slowest_branch_decides() -> None:
    found = Forecaster(history(21)).forecast(running(("review", 100), ("write", 100), done=()), at(100))
    assert found.site is not None
    assert found.site.name == "review"


def test_a_branch_nobody_finished_yet_keeps_it_silent() -> None:
    found = Forecaster(history(21)).forecast(running(("review", 100), ("new", 100)), at(100))
    assert found.usually is None
    assert found.site is not None
    assert found.site.name == "new"


def test_nights_do_not_count() -> None:
    """Always four working hours; ready on Monday at 15:00, so on Tuesday at 11:00."""
    same = log(*(finished(4, str(n)) for n in range(20)), calendar=STANDARD)
    assert hours_of(Forecaster(same).forecast(running(("review", 6)), at(6)).usually) == 26


def test_a_case_with_nothing_open_has_no_forecast() -> None:
    assert Forecaster(history(21)).forecast(running(), at(0)).reason == "nothing is open in this case"


def test_a_date_that_is_known_is_kept() -> None:
    whole = [case(did("a.write", 0, 0, 1), did("a.wait", 1, 1, 5 + n, "a.write", kind="wait", fixed_end=True), name=str(n))
             for n in range(20)]  # fmt: skip
    until = OpenActivity(case_id="now", part="a", step="wait", ready=at(100), until=at(333))
    found = Forecaster(log(*whole)).forecast(RunningCase(id="now", begin=at(99), open=(until,)), at(100))
    assert hours_of(found.usually) == 333


def test_what_is_known_of_a_case_counts_where_it_matters() -> None:
    """Large cases take 50 hours and small ones 5; where the cases were heard of says nothing."""
    draw = random.Random(4)
    cases = [
        finished(
            (50 if n % 2 else 5) + draw.random(), str(n), size="large" if n % 2 else "small", heard=draw.choice("ab")
        )
        for n in range(80)
    ]
    forecaster = Forecaster(log(*cases))
    assert forecaster.past.likeness.relevant == ("size",)
    large = forecaster.forecast(running(("review", 100), size="large", heard="a"), at(100))
    small = forecaster.forecast(running(("review", 100), size="small", heard="a"), at(100))
    assert hours_of(large.usually) == pytest.approx(150.5, abs=1)
    assert hours_of(small.usually) == pytest.approx(105.5, abs=1)


def test_slack_is_how_much_later_something_may_end() -> None:
    """The boxes are there after 4 hours and the accounts after 10; day one needs both."""
    whole = [
        case(did("hr.offer", 0, 0, 1), did("it.boxes", 1, 1, 4, "hr.offer"), did("sec.accounts", 1, 1, 10, "hr.offer"),
             did("hr.day-one", 10, 10, 12, "it.boxes", "sec.accounts"), name=str(n))
        for n in range(20)
    ]  # fmt: skip
    offer = OpenActivity(case_id="now", part="hr", step="offer", ready=at(100))
    found = Forecaster(log(*whole)).forecast(RunningCase(id="now", begin=at(100), open=(offer,)), at(100))
    slack = {one.site.name: (one.slack / 3600, one.on_path) for one in found.prospects}
    assert slack == {"offer": (0, 1), "boxes": (6, 0), "accounts": (0, 1), "day-one": (0, 1)}
    assert [one.site.name for one in found.prospects if one.is_open] == ["offer"]


@given(logs(most=1), st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_a_future_of_twenty_equal_cases_is_that_case(drawn: ProcessLog, share: int) -> None:
    """Forecast from copies of itself, at any moment a case ends when it ended, and nothing has negative slack."""
    one = drawn.cases[0]
    copies = tuple(ProcessCase(id=str(n), begin=one.begin, end=one.end, instances=one.instances) for n in range(20))
    asked = one.begin + (one.end - one.begin) * share / 100
    case_now = running_at(one, asked)
    found = Forecaster(ProcessLog(process="drawn", cases=copies, calendar=drawn.calendar)).forecast(case_now, asked)
    if found.usually is None:
        assert found.reason
        return
    for way in found.futures:
        assert all(slack >= 0 for slack in slack_of(way))
        assert all(leg.ended >= asked.timestamp() - 1e-3 for leg in way.legs)
        assert way.end == pytest.approx(max([asked.timestamp(), *(leg.ended for leg in way.legs)]), abs=3600)


@given(st.lists(st.floats(1, 1e6), min_size=5, max_size=50), st.floats(1, 1e6))
def test_a_score_leads_back_to_its_value(remaining: list[float], actual: float) -> None:
    spread = Spread.of(remaining)
    assert spread.at(spread.score(actual)) == pytest.approx(actual, rel=1e-6, abs=1e-3)


@given(st.lists(st.floats(1, 1e6), min_size=5, max_size=50), st.floats(1, 1e6), st.floats(0.03, 3))
def test_a_place_leads_back_to_its_value(remaining: list[float], actual: float, usual: float) -> None:
    spread = Spread.of(remaining)
    high, low = spread.places(actual, usual)
    assert low <= high
    for place in (high, low):
        assert spread.at_place(place, usual) == pytest.approx(actual, rel=1e-6, abs=1.01)


def past(spread: list[float], actuals: list[float], cases: int = 10_000) -> list[Past]:
    return [Past(f"c{n % cases}", Spread.of(spread), actual) for n, actual in enumerate(actuals)]


def test_the_interval_is_stretched_until_it_holds_what_it_says() -> None:
    """The ends scatter twice as far as the ways did that were looked at."""
    draw = random.Random(5)
    ways = [1e5 * math.exp(0.5 * draw.gauss(0, 1)) for _ in range(200)]
    ends = [1e5 * math.exp(1.0 * draw.gauss(0, 1)) for _ in range(6000)]
    raw, learned = Calibration(), Calibration.learned(past(ways, ends))
    held: list[float] = []
    for calibration in (raw, learned):
        low, _, high = calibration.of(Spread.of(ways))
        held.append(mean(low <= one <= high for one in ends))
    assert held == [pytest.approx(0.5, abs=0.06), pytest.approx(0.8, abs=0.02)]
    assert Calibration.learned(past(ways, ends[:20])) == raw


def test_few_past_cases_move_the_interval_little() -> None:
    """As many as the raw interval counts for move it half the way; three forecasts of one case are one case."""
    ways = [float(n) for n in range(0, 101_000, 1000)]
    late = [99_000.0] * 3000
    places = {cases: Calibration.learned(past(ways, late, cases)).high for cases in (60, 3000)}
    assert places[60] == pytest.approx((0.9 + 0.99) / 2, abs=1e-6)
    assert places[3000] == pytest.approx(0.99, abs=0.002)


def test_where_the_ways_lie_close_together_past_errors_widen_others_by_what_is_usual() -> None:
    """Nine of ten cases wait for a date and end within minutes of each other; the tenth is dropped at once. A past
    forecast that saw only the nine was far off, in its own narrow spread; that makes no other interval begin now."""
    narrow = [500_000.0 + 60 * n for n in range(100)]
    wide = [100_000.0 * math.exp(n / 50 - 1) for n in range(100)]
    found = past(narrow, [502_000.0] * 36 + [3_600.0] * 6) + past(wide, [wide[n % 100] for n in range(400)])
    learned = Calibration.learned(found)
    low, _, high = learned.of(Spread.of(wide))
    assert 0.8 * wide[5] <= low <= wide[15]
    assert wide[85] <= high <= 1.2 * wide[95]


def test_ends_that_many_ways_share_are_inside_wherever_the_interval_touches_them() -> None:
    spread = Spread.of([10.0, 50.0, 50.0, 50.0, 90.0])
    assert spread.places(50.0, 1.0) == (0.75, 0.25)
    assert spread.places(70.0, 1.0) == (0.875, 0.875)


def test_on_later_cases_it_beats_the_mean_per_prefix_and_holds_what_it_says() -> None:
    """A small run of the grader; its figures for many processes and real logs stand in the reference."""
    from tests.analytics import grade_forecast  # the grader itself asks for much time

    found = grade_forecast.grade("made", Made(201).log(250), open_is_all=True, cases=24, moments_each=5)
    assert found.errors
    assert found.gain > 0
    assert 0.6 <= found.coverage <= 0.97


# --- in words ----------------------------------------------------------------------------------------------------------


def told(
    earliest: datetime, usually: datetime, latest: datetime, now: datetime = datetime(2026, 11, 20, 9, tzinfo=UTC)
) -> str:
    found = Forecast(usually=usually, earliest=earliest, latest=latest, cases=30, checked=40, site=None, reason=None)
    return in_words(found, now, "UTC")


def december(day: int, hour: int = 12, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_the_interval_in_words() -> None:
    assert told(december(1), december(4), december(9)) == (
        "Probably 4 Dec; 8 of 10 such cases finish between 1 and 9 Dec."
    )
    assert told(december(28, month=11), december(4), december(9)) == (
        "Probably 4 Dec; 8 of 10 such cases finish between 28 Nov and 9 Dec."
    )
    assert told(december(4, 10), december(4, 12), december(4, 16)) == (
        "Probably on 4 Dec at 12:00; 8 of 10 such cases finish between 10:00 and 16:00."
    )
    assert told(december(4, 10), december(4, 12), december(4, 16), december(4, 9)).startswith(
        "Probably today at 12:00;"
    )
    assert told(december(30), datetime(2027, 1, 4, tzinfo=UTC), datetime(2027, 1, 9, tzinfo=UTC)) == (
        "Probably 4 Jan 2027; 8 of 10 such cases finish between 30 Dec and 9 Jan 2027."
    )


def test_silence_in_words() -> None:
    silent = Forecaster(history(3)).forecast(running(("review", 1)), at(2))
    assert in_words(silent, at(2), "UTC") == "No forecast yet: needs 20 comparable finished cases, there are 3."
    assert ALWAYS.zone == "UTC"


def test_what_was_learned_is_kept_while_the_same_cases_are_finished() -> None:
    before, same, more = Forecaster(history(40)), Forecaster(history(40)), Forecaster(history(41))
    same.go_on_from(before)
    assert "calibration" not in vars(same), "nobody had asked for a forecast"
    learned = before.calibration
    same.go_on_from(before)
    more.go_on_from(before)
    assert same.calibration is learned
    assert "calibration" in vars(more), "learned anew before anybody asks"
    assert more.calibration is not learned
