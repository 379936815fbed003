"""What the report says in words; also what the command prints."""

from __future__ import annotations

from datetime import UTC, datetime

from procession.analytics.log_diagnosis import SHARES, LogDiagnosis, Place, Share
from procession.analytics.log_measures.figures import Little, LogFigures, Quantiles
from procession.analytics.sentences_of_table import UNSURE
from procession.analytics.words import elapsed, percent
from procession.interchange.event_log.report import Report

MANY_LEFT_OUT = 0.05
"""The share of rows left out from which on all figures carry a mark."""

MEANING: dict[Share, str] = {
    "working": "somebody or something works on it",
    "waiting": "it is ready, and nobody has begun",
    "handoff": "it has passed to somebody else, who has not begun",
    "outside": "it is with somebody outside",
    "closed hours": "nights, weekends and absences of whoever does it",
}


def day(micros: int) -> str:
    """A moment as a day in UTC."""
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%d %b %Y").lstrip("0")


def counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def headline(figures: LogFigures) -> str:
    return (
        f"{counted(figures.cases, 'case')} with {counted(figures.instances, 'step')} done, from {day(figures.begin)} to "
        f"{day(figures.end)}."
    )


def cycle(figures: LogFigures) -> str:
    """How long a case takes, as far as there are enough of them to say."""
    spread = figures.cycle
    if spread.p50 is None:
        return f"A case takes {elapsed(figures.mean_cycle)} on average ({spread.note})."
    parts = [f"Half of the cases finish within {elapsed(spread.p50)}"]
    if spread.p90 is not None:
        parts.append(f"90 of 100 within {elapsed(spread.p90)}")
    if spread.p99 is not None:
        parts.append(f"99 of 100 within {elapsed(spread.p99)}")
    note = f" ({spread.note})" if spread.note else ""
    return f"{', '.join(parts)}{note}; the average is {elapsed(figures.mean_cycle)}."


def spread(found: Quantiles) -> str:
    """A median, or why there is none."""
    return elapsed(found.p50) if found.p50 is not None else f"too few ({found.count})"


def share(found: LogDiagnosis, part: Share) -> str:
    """A part of the cycles in percent; from the least to the most where beginnings are estimated."""
    low, high = found.bounds[SHARES.index(part)]
    least, most = percent(low), percent(high)
    return least if least == most else f"{least} to {most}"


def connections(found: LogDiagnosis) -> str:
    said = share(found, "handoff")
    return f"{said[:1].upper()}{said[1:]} of the time passes between people: it was handed over, and not yet begun."


def evidence(found: LogDiagnosis) -> str | None:
    """What is estimated, and what that leaves open; None where everything that is shown was recorded."""
    guessed = found.figures.estimated_starts
    if not guessed:
        return None
    return (
        f"For {percent(guessed)} of the steps the log does not say when they were begun: from when one could be begun until it "
        "ended may be work, waiting, or both. So each share is told from the least to the most that it can be."
    )


def place(one: Place) -> str:
    """A place as a manager would say it: subject, number, cause."""
    takes = f"{one.step} takes {percent(one.share)} of all time, {elapsed(one.total / one.visits)} a visit"
    if one.estimated > UNSURE:
        return f"{takes}, work and waiting together."
    whose = f" Most of its wait: {one.cause}." if one.cause else ""
    return f"{takes}.{whose}{' Some of its beginnings are estimated.' if one.estimated else ''}"


def little(found: Little | None) -> str:
    """Whether open cases, arrivals and cycle fit together."""
    if found is None:
        return "Too few cases for a check by Little's law."
    rate = f"{found.arrivals_per_day:.2f} arrivals a day"
    figures = f"{found.open:.1f} cases open on average, {rate}, {elapsed(found.cycle)} a case"
    if found.holds:
        return f"Little's law holds between {day(found.begin)} and {day(found.end)}: {figures} ({percent(found.gap)} apart)."
    return (
        f"Little's law does not hold between {day(found.begin)} and {day(found.end)}: {figures}, {percent(found.gap)} apart. "
        "The log is cut at its ends, or work piles up: averages over all of it mislead."
    )


def imported(report: Report) -> list[str]:
    """What was read and what was not, a sentence each."""
    told = f", told by {report.dialect}'s names of columns" if report.dialect else ""
    rows, steps = counted(report.rows, "row"), counted(report.instances, "step")
    said = [f"{report.name}: {report.format}{told}; {rows}, {steps} of {counted(report.cases, 'case')}."]
    said.append("Columns: " + ", ".join(f"{role} = {name}" for role, name in report.columns.items()) + ".")
    if report.duplicates:
        said.append(f"{counted(report.duplicates, 'row')} equal to an earlier one in every column: left out.")
    if report.error_count:
        said.append(f"{counted(report.error_count, 'row')} could not be read: left out.")
        if report.error_count > MANY_LEFT_OUT * report.rows:
            share = percent(report.error_count / report.rows)
            said.append(f"That is {share} of the log: cases lack what these rows say, so every figure may be wrong.")
    if report.unfinished:
        said.append(f"{counted(report.unfinished, 'step')} begun and not ended: left out.")
    if report.without_resource:
        said.append(
            f"{counted(report.without_resource, 'step')} without anybody named: their waiting has fewer causes."
        )
    if report.without_start:
        said.append(f"{counted(report.without_start, 'step')} without a recorded beginning: estimated.")
    if report.ready_recorded < report.instances:
        said.append(f"{counted(report.instances - report.ready_recorded, 'step')} without a recorded moment from which they "
                    "could have been begun: taken as the end of what was done before.")  # fmt: skip
    return said + report.notes
