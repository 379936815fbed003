"""Functions of dates and times."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..comparison import equal
from ..runtime import Run
from ..temporal import Date, DateTime, DaysDuration, Time, days_from_civil, weekday
from ..values import now_in
from .registry import built_in

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _date(at: Date | DateTime) -> Date:
    return at.date if isinstance(at, DateTime) else at


@built_in("now()")
def now(run: Run) -> DateTime | None:
    environment = run.environment
    if environment.now is None:
        run.warn("'now()' has no answer here, because the time is not known")
        return None
    return now_in(environment.now, environment.zone)


@built_in("today()")
def today(run: Run) -> Date | None:
    environment = run.environment
    if environment.now is None:
        run.warn("'today()' has no answer here, because the time is not known")
        return None
    return now_in(environment.now, environment.zone).date


@built_in("day of year(date: moment)")
def day_of_year(_run: Run, at: Date | DateTime) -> Decimal:
    date = _date(at)
    return Decimal(date.ordinal - days_from_civil(date.year, 1, 1) + 1)


@built_in("day of week(date: moment)")
def day_of_week(_run: Run, at: Date | DateTime) -> str:
    return DAY_NAMES[weekday(_date(at)) - 1]


@built_in("month of year(date: moment)")
def month_of_year(_run: Run, at: Date | DateTime) -> str:
    return MONTH_NAMES[_date(at).month - 1]


@built_in("week of year(date: moment)")
def week_of_year(_run: Run, at: Date | DateTime) -> Decimal:
    """The week of ISO 8601: the one that holds the year's first Thursday is number 1."""
    date = _date(at)
    thursday = date.ordinal - weekday(date) + 4
    for year in (date.year + 1, date.year, date.year - 1):
        first = days_from_civil(year, 1, 1)
        if first <= thursday:
            return Decimal((thursday - first) // 7 + 1)
    raise AssertionError("a Thursday lies in some year")


@built_in("is(value1: any?, value2: any?)")
def is_(run: Run, one: Any, other: Any) -> bool:
    """Equal, and written with the same zone."""
    if isinstance(one, DateTime | Time) and isinstance(other, DateTime | Time):
        return one == other
    if isinstance(one, DaysDuration) or type(one) is type(other):
        return bool(equal(run, one, other))
    return False
