"""Short ways to evaluate, for the tests of expressions."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from procession.engine.expressions import DMN, Environment, Evaluation, compile_expression

MONDAY = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC)


class WeekdayCalendar:
    """Monday to Friday, nine to five, counted day by day and hour by hour."""

    def add_business_days(self, at: datetime.datetime, days: int) -> datetime.datetime:
        step = datetime.timedelta(days=1 if days >= 0 else -1)
        for _ in range(abs(days)):
            at += step
            while at.weekday() > 4:
                at += step
        return at

    def add_business_time(self, at: datetime.datetime, amount: datetime.timedelta) -> datetime.datetime:
        for _ in range(int(amount.total_seconds() // 3600)):
            at += datetime.timedelta(hours=1)
            if at.hour >= 17:
                at = self.add_business_days(at.replace(hour=9), 1)
        return at


HERE = Environment(now=MONDAY, calendar=WeekdayCalendar(), zone=ZoneInfo("Europe/Berlin"))


def evaluate(text: str, values: dict[str, Any] | None = None, environment: Environment = HERE) -> Evaluation:
    return compile_expression(text, values or {}).evaluate(values or {}, environment)


def value(text: str, **values: Any) -> Any:
    return evaluate(text, values).value


def dmn(text: str, **values: Any) -> Any:
    return compile_expression(text, values, dialect=DMN).evaluate(values, HERE).value


def warning(text: str, **values: Any) -> str:
    found = evaluate(text, values)
    assert found.warnings, f"{text} came to {found.value!r} without a warning"
    return found.warnings[0].message
