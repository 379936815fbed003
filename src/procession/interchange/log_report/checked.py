"""Whether the figures of a log can be believed, by queueing theory, in words and rows for page and terminal alike."""

from __future__ import annotations

from typing import Final

from procession.analytics.log_diagnosis import LogDiagnosis
from procession.analytics.words import elapsed, listed, percent
from procession.interchange.log_report.sentences import counted, little

DESKS: Final = ("who", "people", "busy", "pile", "waits behind other work", "an ordinary queue would")
STEPS: Final = ("step", "at work", "speed", "right the first time", "together")
MOST: Final = 8


def sentences(found: LogDiagnosis) -> list[str]:
    """What holds and what does not, a sentence each."""
    said = [little(found.checks.little), _open(found), *_desks(found)]
    return [one for one in said if one]


def _open(found: LogDiagnosis) -> str:
    """The median with cases that the end of the log cuts off."""
    checks = found.checks
    if not checks.open_cases:
        return "No case seems to be cut off by the end of the log: the last steps are those with which cases end."
    seem = f"{counted(checks.open_cases, 'case')} {'seems' if checks.open_cases == 1 else 'seem'} to go on after the log ends"
    if checks.median_with_open is None:
        return f"{seem} (estimated), so many that the median of all cannot be told."
    return (
        f"{seem} (estimated: their last step is recent, and hardly any older case ends with it). Half of the others took at most "
        f"{elapsed(checks.median)}; with the open ones among them (Kaplan and Meier) it is {elapsed(checks.median_with_open)}."
    )


def _desks(found: LogDiagnosis) -> list[str]:
    checks = found.checks
    if not checks.desks:
        return [f"How busy people are cannot be told: {_why(found)}."]
    full = [one for one in checks.desks if one.is_unstable]
    if not full:
        one = checks.desks[0]
        return [
            f"Nobody is busy all the time while the pile grows; the busiest are {one.name}, at {percent(one.busy)}."
        ]
    who = listed([f"{one.name} ({percent(one.busy)})" for one in full])
    said = (
        f"{who} {'is' if len(full) == 1 else 'are'} busy nearly all the time and what lies there becomes more: such a desk never "
        "catches up, and its waits have no mean."
    )
    return [said]


def _why(found: LogDiagnosis) -> str:
    if found.made_of.kind is None:
        return "the log names no departments, groups or roles"
    if found.is_guessed:
        return "the log does not say when steps were begun"
    return "too few steps are recorded of each person, or their beginnings are not"


def desks(found: LogDiagnosis) -> list[tuple[str, ...]]:
    """By who works: how busy they are, and what they wait beside an ordinary queue that is as busy (Kingman)."""
    return [
        (one.name, str(one.people), percent(one.busy), "grows" if one.growing else "does not grow", elapsed(one.waited),
         elapsed(one.expected) if one.expected is not None else "never catches up")
        for one in found.checks.desks[:MOST]
    ]  # fmt: skip


def steps(found: LogDiagnosis) -> list[tuple[str, ...]]:
    """How well the time at a step is used (OEE), the least first; of steps whose beginnings are recorded."""
    return [
        (one.step, percent(one.available), percent(one.speed), percent(one.first_time), percent(one.overall))
        for one in found.checks.steps[:MOST]
    ]


OF_DESKS: Final = (
    "Busy: the share of the time between somebody's first and last record in which they work on something, closed hours left "
    "out. An ordinary queue as busy waits so long (Kingman, for several people Sakasegawa); a desk that waits much longer does "
    "not only queue."
)
OF_STEPS: Final = (
    "At work: the share of the time there in which whoever does it was at work. Speed: a quick visit (25 of 100 are quicker), "
    "which stands for a target the log does not name, as a share of the usual one. Right the first time: visits after which the "
    "case did not come again. Together they are the overall effectiveness (OEE)."
)
