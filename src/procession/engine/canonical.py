"""The one written form of numbers and durations: the same value is always the same text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation

DIGIT_LIMIT = 34
"""Significant digits of a number: those of decimal128, which expressions compute with."""
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,11}(?:\.\d{1,6})?)S)?)?"
)
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
EVERY_DIGIT = Context(prec=500)
"""Python's usual context would cut numbers of more than 28 digits."""


def decimal_of(raw: object) -> Decimal | None:
    """A finite number of bearable size, or None. Text may be a percentage such as `20 %`."""
    if isinstance(raw, bool):
        return None
    percent = False
    if isinstance(raw, (int, float)):
        raw = repr(raw) if isinstance(raw, float) or abs(raw) < 10**DIGIT_LIMIT else "too long"
    if isinstance(raw, str):
        text = raw.strip()
        percent = text.endswith("%")
        text = text.removesuffix("%").rstrip()
        if len(text) > 100 or not _NUMBER.fullmatch(text):
            return None
        raw = Decimal(text)
    if not isinstance(raw, Decimal) or not raw.is_finite():
        return None
    number = raw.scaleb(-2) if percent else raw
    if not number:
        return Decimal(0)
    if len(number.as_tuple().digits) > DIGIT_LIMIT or not -DIGIT_LIMIT <= number.adjusted() < DIGIT_LIMIT:
        return None
    return number


def plain_text(number: Decimal) -> str:
    return format(number.normalize(EVERY_DIGIT), "f") if number else "0"


def rounded(number: Decimal) -> Decimal:
    """Cut the tail that a division leaves, so that what is stored has at most 34 digits."""
    if not number.is_finite() or number.adjusted() < -DIGIT_LIMIT:
        return number if not number.is_finite() else Decimal(0)
    try:
        return number.quantize(Decimal(1).scaleb(max(-DIGIT_LIMIT, number.adjusted() - DIGIT_LIMIT + 1)))
    except InvalidOperation:
        return number


def duration_of(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if not match or not any(match.group(name) for name in ("weeks", "days", "hours", "minutes", "seconds")):
        raise ValueError(f"{text} is not an ISO 8601 duration in days and time")
    seconds = Decimal(match["seconds"] or 0)
    amount = timedelta(
        weeks=int(match["weeks"] or 0),
        days=int(match["days"] or 0),
        hours=int(match["hours"] or 0),
        minutes=int(match["minutes"] or 0),
        microseconds=int(seconds.scaleb(6)),
    )
    return -amount if match["sign"] else amount


def iso_duration(amount: timedelta) -> str:
    sign = "-" if amount < timedelta(0) else ""
    amount = abs(amount)
    minutes, seconds = divmod(Decimal(amount.seconds) + Decimal(amount.microseconds).scaleb(-6), 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{amount.days}D" if amount.days else ""
    time = "".join(f"{plain_text(n)}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"{sign}P{days}{'T' + time if time else ''}" if days or time else "PT0S"


def kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "a yes/no"
    if isinstance(value, (int, float, Decimal)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "a date and time"
    if isinstance(value, date):
        return "a date"
    if isinstance(value, timedelta):
        return "a duration"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a group of values" if isinstance(value, Mapping) else "nothing" if value is None else type(value).__name__
