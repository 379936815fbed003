"""What people say a process takes, by whom and since when, until enough cases have been there to measure it.

A place shows what is said of it until it was visited `FEWEST_FOR_HEAT` times, then what was measured: place by place,
never both in one figure. The verdict and the order of the vital few add figures up, so they rest wholly on what is
said, or, from `FEWEST_CASES` finished cases on, wholly on what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from procession.analytics.log import ProcessLog, Site
from procession.analytics.measures import FEWEST_FOR_HEAT
from procession.analytics.pareto import Pareto, pareto
from procession.analytics.sentences import Diagnosis, diagnosis
from procession.analytics.stated import Stated, StatedPlace, stated
from procession.analytics.verdict import Verdict, judge_stated
from procession.drawing.map_of_process import step_key
from procession.engine.definition import Definition, Process
from procession.engine.durations import Span
from procession.operations.context import Context
from procession.operations.insights.loader import Setting, working_time
from procession.operations.values import DefinitionRef, PersonRef, definition_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Sayer:
    """Who said it: whoever published the version in which it stands."""

    definition: DefinitionRef
    by: PersonRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """All that is known of a process from what people say."""

    stated: Stated
    verdict: Verdict | None
    """None where too few steps have a stated time."""
    words: Diagnosis | None
    pareto: Pareto
    sayers: Mapping[str, Sayer]
    """By part; of handoffs under the process's own id."""
    process: str


def said_of(ctx: Context, setting: Setting, log: ProcessLog) -> Said | None:
    """What is said of a process or workflow; None where nothing is."""

    def seconds(span: Span) -> float:
        found = working_time(span, setting.calendar)
        return found.total_seconds() if found is not None else 0.0

    definition = setting.definition
    found = stated(definition, setting.workflows, log, seconds)
    if found is None:
        return None
    verdict = judge_stated(found.said) if found.is_enough else None
    return Said(
        stated=found, verdict=verdict, words=diagnosis(verdict) if verdict is not None else None,
        pareto=pareto(found.said, "place"), sayers=_sayers(ctx, setting), process=definition.id,
    )  # fmt: skip


def _sayers(ctx: Context, setting: Setting) -> dict[str, Sayer]:
    definition = setting.definition
    uses: dict[str, Definition] = {}
    if isinstance(definition, Process):
        parts = definition.members.values()
        uses = {one.id: setting.workflows[one.use] for one in parts if one.use in setting.workflows}
    uses[definition.id] = definition
    found: dict[str, Sayer] = {}
    with ctx.store.transaction(ctx.organisation) as tx:
        for part, used in uses.items():
            row = tx.definitions.find(used.id)
            if row is not None:
                person = tx.people.find(row.published_by)
                by = PersonRef(id=row.published_by, name=person.name if person else row.published_by)
                found[part] = Sayer(definition=definition_ref(used, row.version), by=by, at=row.published_at)
    return found


# --- as answers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPlaceView:
    """What people say of one step or handoff."""

    key: str
    map_key: str
    """Names it on the map."""
    kind: Literal["step", "handoff"]
    title: str
    work: str | None
    """How long the work is, as it was said: `10 minutes`."""
    wait: str | None
    """How long it waits before that, as it was said: `2 days`."""
    working: float | None
    """The same in seconds, nights and weekends included."""
    waiting: float | None
    on_path: bool
    """It lies on the longest way."""
    said_in: DefinitionRef | None
    """The version in which it stands."""
    said_by: PersonRef | None
    """Who published that version."""
    said_at: datetime | None
    replaced: bool
    """Enough cases have been there: what was measured is shown instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedView:
    """A process by what people say it takes; times are of one case that takes exactly that."""

    cycle: float
    """The longest way, in seconds of working time."""
    steps: int
    """Steps that people do or that wait."""
    stated: int
    """Those of which something is said."""
    path: tuple[StatedPlaceView, ...]
    """The longest way, first to last."""
    places: tuple[StatedPlaceView, ...]
    by: tuple[PersonRef, ...]
    """Everybody who said something."""
    since: datetime | None
    """When the newest of it was said."""


def stated_view(said: Said, visits: Mapping[Site, int]) -> StatedView:
    """It as an answer. `visits` says how often cases have been at each place."""

    def view(one: StatedPlace) -> StatedPlaceView:
        handoff = one.site.kind == "handoff"
        sayer = said.sayers.get(said.process if handoff else one.site.part)
        return StatedPlaceView(
            key=one.site.key, map_key=one.site.name if handoff else step_key(one.site.part, one.site.name),
            kind=one.site.kind, title=one.title, work=_text(one.work), wait=_text(one.wait),
            working=elapsed(one.work), waiting=elapsed(one.wait), on_path=one.on_path,
            said_in=sayer.definition if sayer else None, said_by=sayer.by if sayer else None,
            said_at=sayer.at if sayer else None, replaced=visits.get(one.site, 0) >= FEWEST_FOR_HEAT,
        )  # fmt: skip

    places = tuple(view(one) for one in said.stated.places)
    return StatedView(
        cycle=said.stated.said.cycles[0], steps=said.stated.steps, stated=said.stated.stated,
        path=tuple(view(one) for one in said.stated.path), places=places, by=_once(places),
        since=max((one.said_at for one in places if one.said_at is not None), default=None),
    )  # fmt: skip


def _once(places: Iterable[StatedPlaceView]) -> tuple[PersonRef, ...]:
    return tuple({one.said_by.id: one.said_by for one in places if one.said_by is not None}.values())


def _text(span: Span | None) -> str | None:
    return str(span) if span is not None else None


_ELAPSED: Mapping[str, float] = {
    "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "business hours": 3600.0, "days": 86400.0,
    "business days": 86400.0, "weeks": 7 * 86400.0, "months": 30.44 * 86400.0,
}  # fmt: skip


def elapsed(span: Span | None) -> float | None:
    """A span as a map shows it, nights included. A business day counts as a day: it may well hold no weekend."""
    return float(span.amount) * _ELAPSED[span.unit] if span is not None else None
