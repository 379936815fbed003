"""What the report says beyond figures: vital few, critical paths, what making a step instant saves. Sentences for the page
and for the terminal alike."""

from __future__ import annotations

from typing import Final

from procession.analytics.log_diagnosis import LogDiagnosis, cases_behind
from procession.analytics.log_diagnosis.places import PlaceFinding
from procession.analytics.log_diagnosis.wasting import Waste
from procession.analytics.retiming import Instant, Saving
from procession.analytics.waste import Finding
from procession.analytics.waste.words import count
from procession.analytics.words import elapsed, listed, number, percent

SHOWN_CASES: Final = 20
LEAST_SHARE: Final = 0.005


def behind(found: LogDiagnosis, one: PlaceFinding | Finding, shown: int = SHOWN_CASES) -> str:
    """`238 cases are behind it; the newest: 12, 47 and 9, and 235 more.`"""
    names = cases_behind(found, one)
    if not names:
        return ""
    is_place = isinstance(one, PlaceFinding)
    first = "those that lost most" if is_place else "the newest"
    judged = f" of the {found.sampled:,} that were judged" if is_place and found.sampled < found.figures.cases else ""
    if len(names) == 1:
        return f"1 case{judged} is behind it: {names[0]}."
    listed_ = ", ".join(names[:shown])
    if len(names) <= shown:
        return f"{len(names):,} cases{judged} are behind it: {listed_}."
    return f"{len(names):,} cases{judged} are behind it; {first}: {listed_}, and {len(names) - shown:,} more."


def without(one: Finding) -> str:
    """What cases would gain if a waste were gone; empty where that cannot be said."""
    if one.saved is None:
        return ""
    hours, low, high = (f"{value:,.0f}" if value >= 10 else number(value) for value in one.saved)
    return f"Without it all cases together would end {hours} hours a week sooner (95 % interval {low} to {high})."


def lay(found: LogDiagnosis) -> str:
    """How much of what is charged to other work was no queue; empty where it is little."""
    if found.is_guessed or not found.lay or found.lay < LEAST_SHARE * found.cycle:
        return ""
    return (
        f"Of what is charged to other work, {elapsed(found.lay)} ({percent(found.lay / found.cycle)} of the cycles) provably lay "
        "instead: whoever did it in the end stood idle later while it was still there. It may be more."
    )


def nothing_wasted(waste: Waste) -> str:
    """That no waste was found, and at how many places."""
    return (
        f"Nothing was found at {count(waste.tested, 'place')} that could be looked at."
        if waste.tested
        else "Nothing was found."
    )


def few(found: LogDiagnosis) -> str:
    """Which few places carry most of the lost time, and how sure that is."""
    rank = found.pareto
    if not rank.items:
        return "No step or handoff loses time beyond what its quickest quarter takes."
    every = len(rank.items)
    if rank.vital is None:
        return (
            f"No few places are sure to hold four fifths of the lost time: there are {every}, and the first, "
            f"{rank.items[0].title}, holds {percent(rank.items[0].share)}."
        )
    names = listed([one.title for one in rank.items[: min(rank.vital, 5)]])
    held = rank.items[rank.vital - 1]
    more = "" if rank.vital <= 5 else f" and {rank.vital - 5} more"
    holds = "holds" if rank.vital == 1 else "hold"
    return (
        f"{rank.vital} of {every} steps and handoffs {holds} {percent(held.cumulative)} of the lost time (95 % interval "
        f"{percent(held.low)} to {percent(held.high)}): {names}{more}. If they took what their quickest quarter takes, a case "
        f"would take {percent(rank.removable)} less."
    )


def stable(found: LogDiagnosis) -> str:
    """How stable the ranking is; empty where there is none."""
    if len(found.pareto.items) <= 3:
        return ""
    return f"In {percent(found.pareto.stability)} of repeated counts the same three are at the top."


def path(found: LogDiagnosis) -> list[str]:
    """Where critical paths run, and what runs beside them."""
    paths, said = found.paths, list[str]()
    if not paths.parts:
        said.append(
            "The log names no workflows or departments, so its critical paths cannot be told apart by them; by step they are "
            "in the slowest places."
        )
    else:
        one = paths.parts[0]
        said.append(
            f"Most of the critical path runs through {one.part}: {percent(one.share)} of the time of all cases."
        )
        said.append(_between(found))
    if paths.beside:
        names = listed([f"{one.step} ({percent(one.on_path)})" for one in paths.beside[:5]])
        said.append(f"Beside the critical path as a rule, so that making them quicker ends few cases sooner: {names}. In "
                    "brackets the share of visits that lie on it.")  # fmt: skip
    elif len(found.figures.steps) > 1:
        said.append("No step runs beside the critical path as a rule: each one that takes longer makes cases longer.")
    return said


def _between(found: LogDiagnosis) -> str:
    kind = found.made_of.kind
    if found.is_guessed:
        return f"How much of it lies between {kind}s stays open, for the log does not say when steps were begun."
    between = sum(passing.share for passing in found.paths.passings)
    if not between:
        return f"No time lies between {kind}s that neither other work nor closed hours explain."
    share = percent(between)
    return (
        f"{share[:1].upper()}{share[1:]} of all time lies between {kind}s: handed over and not begun, though somebody was there "
        "and free."
    )


def saving(one: Saving) -> str:
    """`1.2 h (1.1 h to 1.4 h)`."""
    return f"{elapsed(1e6 * one.mean)} ({elapsed(1e6 * one.low)} to {elapsed(1e6 * one.high)})"


def instant(one: Instant) -> str:
    """What automating a step does to the whole: "takes 0.2 of 17 days off: the wait is before it"."""
    most, least = one.work.mean, one.work_least.mean
    guessed = least < most - 1
    takes = f"between {elapsed(1e6 * least)} and {elapsed(1e6 * most)}" if guessed else saving(one.work)
    rest = ""
    if not guessed and one.whole.mean > most + 60:
        rest = f"; with nobody waiting for it either, {elapsed(1e6 * one.whole.mean)}"
    return f"Automating {one.step} takes {takes} of {elapsed(1e6 * one.cycle)} off{'' if guessed else _because(one)}{rest}."


def _because(one: Instant) -> str:
    """Why it saves little, where it does."""
    if one.work.mean >= 0.1 * one.cycle:
        return ""
    if one.spent > 2 * max(one.whole.mean, 60) and one.unchanged > 0.3:
        return ": something else takes as long beside it"
    if one.whole.mean > 2 * one.work.mean and one.whole.mean >= 0.05 * one.cycle:
        return ": the wait is before it"
    return ": it takes little time itself"


def rests_on(found: LogDiagnosis) -> str:
    """That figures rest on some of the cases or steps, where they do."""
    said: list[str] = []
    if found.sampled < found.figures.cases:
        said.append(
            f"Verdict, lost time and savings rest on {found.sampled:,} evenly spaced cases of {found.figures.cases:,}; "
            "measures, causes of waiting and waste on all."
        )
    if found.judged_steps < len(found.figures.steps):
        said.append(
            f"The log has {len(found.figures.steps):,} different steps; the {found.judged_steps - 1:,} with most time are judged "
            "each for itself, all others as one."
        )
    return " ".join(said)
