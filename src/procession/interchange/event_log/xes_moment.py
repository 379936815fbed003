# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""The compiled part of reading XES that reads moments."""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = np.iinfo(np.int64).min
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_FAULT = np.int64(-1)


@njit(cache=True)
def _number(buf, at, digits):
    """A number of so many digits, or a fault."""
    found = np.int64(0)
    for i in range(at, at + digits):
        if buf[i] < 48 or buf[i] > 57:
            return _FAULT
        found = found * 10 + np.int64(buf[i] - 48)
    return found


@njit(cache=True)
def _days(year, month, day):
    """Days since 1970, after Hinnant's `days_from_civil`."""
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@njit(cache=True)
def moment_of(buf, at, length):
    """Microseconds of `2026-12-31T08:15:00.000000+01:00` or `…Z`; NEVER for what is written otherwise."""
    end = at + length
    if length < 20 or buf[at + 4] != 45 or buf[at + 7] != 45 or buf[at + 10] != 84:
        return NEVER
    if buf[at + 13] != 58 or buf[at + 16] != 58:
        return NEVER
    year, month, day = _number(buf, at, 4), _number(buf, at + 5, 2), _number(buf, at + 8, 2)
    hour, minute, second = _number(buf, at + 11, 2), _number(buf, at + 14, 2), _number(buf, at + 17, 2)
    if year < 1 or month < 1 or month > 12 or day < 1 or day > _DAYS[month]:
        return NEVER
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return NEVER
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return NEVER
    at += 19
    part, scale = np.int64(0), np.int64(100_000)
    if buf[at] == 46:
        at += 1
        if at == end or buf[at] < 48 or buf[at] > 57:
            return NEVER
        while at < end and 48 <= buf[at] <= 57:
            if scale == 0 and buf[at] != 48:
                return NEVER
            part += np.int64(buf[at] - 48) * scale
            scale //= 10
            at += 1
    apart = np.int64(0)
    if end - at == 1 and buf[at] == 90:
        apart = 0
    elif end - at == 6 and (buf[at] == 43 or buf[at] == 45) and buf[at + 3] == 58:
        hours, minutes = _number(buf, at + 1, 2), _number(buf, at + 4, 2)
        if hours < 0 or hours > 14 or minutes < 0 or minutes > 59:
            return NEVER
        apart = (hours * 60 + minutes) * (1 if buf[at] == 43 else -1)
    else:
        return NEVER
    seconds = _days(year, month, day) * 86_400 + hour * 3600 + (minute - apart) * 60 + second
    return seconds * 1_000_000 + part
