"""Figures in words: percentages, counts and working time as a manager says them."""

from __future__ import annotations

from collections.abc import Sequence


def percent(share: float) -> str:
    """0.614 is `61 %`; what is not nothing is never shown as 0 %."""
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{round(100 * share)} %"


def number(value: float, *, fine: bool = False) -> str:
    """One decimal where it matters: 0.24 is `0.2`, 17.3 is `17`, 3.0 is `3`. `fine`: always one, so that figures which
    are read together add up."""
    text = f"{value:.1f}" if fine or abs(value) < 10 else f"{value:.0f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


AROUND_THE_CLOCK = 20 * 3600.0
"""From so many working seconds a day on, a day is a day and a working hour an hour."""


def spell(seconds: float, day: float, *, fine: bool = False) -> str:
    """Working time: minutes under an hour and a half, hours under a working day, else working days. Where work goes on
    day and night, hours and days of 24 hours. `fine` as in `number`."""
    if seconds < 0:
        return f"minus {spell(-seconds, day, fine=fine)}"
    if seconds < 5400:
        return _counted(round(seconds / 60), "minute")
    working = "" if day >= AROUND_THE_CLOCK else "working "
    day = day if working else 86_400.0
    if seconds < day:
        return _counted(seconds / 3600, f"{working}hour", fine=fine)
    return _counted(seconds / day, f"{working}day", fine=fine)


def elapsed(micros: float) -> str:
    """A span by the clock, from microseconds: `40 s`, `12 min`, `6.5 h`, `3.2 d`; nights and weekends included."""
    seconds = micros / 1e6
    for unit, size, below in (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 36 * 3600)):
        if seconds < below:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds / 86400)} d"


def _counted(value: float, unit: str, *, fine: bool = False) -> str:
    text = number(value, fine=fine)
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
