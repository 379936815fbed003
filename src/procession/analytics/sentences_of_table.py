"""Places of a table in the manager's words: what goes wrong there, from what its waits were for, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from procession.analytics.attribution import Attribution, SiteCost
from procession.analytics.words import spell

UNSURE: Final = 0.5
"""The share of a place's time that may be work or waiting, above which it is called neither."""

_STEP: Final[Mapping[str, tuple[str, str]]] = {
    "BATCHING": (
        "at {place} cases wait {time} until enough of them are there to be done together",
        "Do {place} for each case as it comes, or collect for a shorter time",
    ),
    "CONTENTION": (
        "cases wait {time} at {place} while whoever does it works on what came before",
        "Share {place} among more people, or let a rule decide the plain cases",
    ),
    "PRIORITISATION": (
        "cases wait {time} at {place} while whoever does it works on what came later",
        "Take cases at {place} in the order in which they come, or say which ones go first",
    ),
    "HANDOFF": (
        "{place} lies {time} after it was handed over, though whoever does it was there and not busy",
        "Tell whoever does {place} when a case arrives, with a due date and a substitute",
    ),
    "EXTERNAL": (
        "{place} waits {time} for somebody outside",
        "Agree with them how long it may take, and chase before that",
    ),
    "UNEXPLAINED": (
        "{place} lies {time}, and the log does not say why",
        "Ask whoever does {place} what they wait for, and record it",
    ),
}
"""By what most of the wait is: what goes wrong, and what to do about it."""


def cause_and_action(cost: SiteCost, measured: Attribution) -> tuple[str, str]:
    """What goes wrong at a place and what to do; every wait is a mean over its visits on critical paths."""
    visits = max(1, sum(cost.path_visits))
    if cost.site.kind == "handoff":
        return _handoff(cost, measured, visits)
    place = cost.title
    if cost.unsure > UNSURE:
        time = spell(sum(cost.path_spent) / visits, measured.day)
        return (
            f"{place} takes {time} from when it could begin until it is done, work and waiting together",
            "Ask what these cases waited for; when it is begun, if recorded, would show how much of it is work",
        )
    most = next(iter(cost.causes), None)
    worked = cost.phases.get("working", 0.0)
    waited_longer, worked_longer = cost.longer
    if most is None or worked_longer >= waited_longer:
        return (
            f"the work of {place} itself takes {spell(worked / visits, measured.day)}",
            f"Split {place}, or give it what it lacks when it begins",
        )
    time = spell(cost.causes[most] / visits, measured.day)
    if most == "GATE":
        return (
            f"{place} is held {cost.gate} only, and cases wait {time} for it",
            f"Hold {place} more often or let cases in later, or end earlier what makes them miss it",
        )
    cause, action = _STEP[most]
    return cause.format(place=place, time=time), action.format(place=place)


def _handoff(cost: SiteCost, measured: Attribution, visits: int) -> tuple[str, str]:
    target = measured.part_titles.get(cost.site.part, cost.site.part)
    source = measured.part_titles.get(cost.site.source or "", cost.site.source or "the start")
    time = spell(sum(cost.path_spent) / visits, measured.day)
    busy = " that neither other work nor closed hours explain"
    if cost.unsure > UNSURE:
        busy = ", work included, for the log does not say when it was begun"
    return (
        f"what comes from {source} lies {time} before {target} begins with it{busy}",
        f"Let the end of {source} open it in {target} for one person who is told, and agree how soon it is begun",
    )
