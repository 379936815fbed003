"""What a pilot shows: who takes part, how its cases fare beside the others, what people say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from procession.analytics.attribution import quantile
from procession.analytics.pilot import Arm, Effect, PilotCase, compare
from procession.engine.pilots import is_meant_for
from procession.operations.context import Context
from procession.operations.loading import names
from procession.operations.values import DefinitionRef, PersonRef, definition_ref
from procession.store.pilots import PilotRow, pilot_of
from procession.store.store import Store
from procession.store.transaction import Transaction

FOLLOWED = 0.95
"""A case is followed as long as this share of earlier cases took."""
FEWEST_EARLIER = 20
FOLLOWED_AT_FIRST = timedelta(days=30)
"""Where there are too few earlier cases to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmView:
    """One side of the comparison: cases begun since the comparison began."""

    cases: int
    running: int
    counted: int
    """Those that were followed long enough to count."""
    typical: float | None
    """The geometric mean of their cycle, in seconds, nights and weekends included."""
    done_again: float | None
    """The share of cases in which a step was done more than once; null without a case."""
    stopped: int
    """Running cases with an open incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidView:
    """What somebody who worked with the version that is tried said of it."""

    case_id: str
    person: PersonRef
    better: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotNote:
    """Something that happened to a pilot."""

    at: datetime
    by: PersonRef
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotLine:
    """A pilot in a list."""

    id: str
    definition: DefinitionRef
    """With the version that is tried."""
    baseline: int
    """The version that all others take."""
    status: Literal["running", "paused", "rolled out", "rolled back"]
    share: float
    """Of the new cases that it is meant for, how many take part; from 0 to 1."""
    audience: str
    """Whom it is meant for, in words."""
    why: str
    begun_at: datetime
    begun_by: PersonRef
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotView(PilotLine):
    """A pilot beside its control."""

    since: datetime
    """The comparison counts cases from here: the beginning, or the latest change of what is compared."""
    followed_for: float
    """How long a case is followed before it counts, in seconds."""
    design: Literal["randomised", "compared with others", "not evidence"]
    verdict: Literal["too early", "works", "no difference yet", "worse"]
    sentence: str
    """The verdict in words, with the figures."""
    change: float | None
    """How much longer (or, below 0, shorter) cases take, as a fraction; null before anything may be said."""
    low: float | None
    high: float | None
    """Holds with 95 % at all looks together, where chance decided who takes part."""
    needed: int | None
    """About how many more cases until it can be said; null where it is said, or cannot be known."""
    pilot: ArmView
    control: ArmView
    question: str
    better: int
    """How many said that it is better."""
    answered: int
    said: tuple[SaidView, ...]
    guards: dict[str, float]
    history: tuple[PilotNote, ...]
    """The latest first."""
    can_act: bool
    """The caller may change and end it."""
    can_take_back: bool
    """It was rolled out, its version is the newest for everybody, and the caller may take it back."""


@dataclass(frozen=True, slots=True)
class _Case:
    id: str
    version: int
    begin: datetime
    end: datetime | None
    starter: str
    lot: str
    incidents: int
    value: str | None
    """Of the audience's field."""


_CASES = """
SELECT id::text, version, started_at, closed_at, starter, coalesce(process_case, id)::text, incidents,
  snapshot -> 'data' ->> CAST(:field AS text)
FROM cases WHERE organisation = :organisation AND definition = :definition AND status <> 'cancelled'
AND started_at >= :since ORDER BY started_at, id
"""
_EARLIER = """
SELECT extract(epoch FROM closed_at - started_at)::float8 FROM cases WHERE organisation = :organisation
AND definition = :definition AND status = 'done' AND started_at < :until ORDER BY started_at DESC LIMIT 1000
"""
_AGAIN = """
SELECT DISTINCT t.case_id::text FROM tasks t JOIN cases c ON c.organisation = t.organisation AND c.id = t.case_id
WHERE t.organisation = :organisation AND c.definition = :definition AND c.started_at >= :since AND t.status = 'done'
GROUP BY t.case_id, t.step HAVING count(DISTINCT t.attempt) > 1
"""
"""Counted from one task to the next: the first task of a state that does something on entering has the number 2."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pilot's cases and what they say."""

    effect: Effect
    horizon: timedelta
    pilot: ArmView
    control: ArmView


def compared(store: Store, tx: Transaction, row: PilotRow, at: datetime) -> Comparison:
    """Both sides of a pilot, and the effect."""
    randomised = row.share < 1
    horizon = _horizon(tx, row)
    before = timedelta() if randomised else max(at - row.since, timedelta(weeks=8))
    found = [
        _Case(*values)
        for values in tx.rows_of(
            _CASES, definition=row.definition, since=row.since - before, field=row.audience.get("field") or ""
        )
    ]
    arms = _arms(store, tx, row, found)
    effect = compare(
        [PilotCase(begin=one.begin, end=one.end, arm=arm) for one, arm in arms],
        since=row.since, now=at, horizon=horizon, randomised=randomised,
    )  # fmt: skip
    again = {one for (one,) in tx.rows_of(_AGAIN, definition=row.definition, since=row.since)}

    def side(arm: Arm, counted: int, typical: float | None) -> ArmView:
        members = [one for one, of in arms if of == arm and one.begin >= row.since]
        return ArmView(
            cases=len(members),
            running=sum(one.end is None for one in members),
            counted=counted,
            typical=typical,
            done_again=sum(one.id in again for one in members) / len(members) if members else None,
            stopped=sum(one.incidents > 0 for one in members),
        )

    return Comparison(
        effect,
        horizon,
        side("pilot", effect.pilot, effect.pilot_typical),
        side("control", effect.control, effect.control_typical),
    )


def _horizon(tx: Transaction, row: PilotRow) -> timedelta:
    earlier = sorted(float(took) for (took,) in tx.rows_of(_EARLIER, definition=row.definition, until=row.begun_at))
    if len(earlier) < FEWEST_EARLIER:
        return FOLLOWED_AT_FIRST
    return timedelta(seconds=max(quantile(earlier, FOLLOWED), 60.0))


def _arms(store: Store, tx: Transaction, row: PilotRow, found: list[_Case]) -> list[tuple[_Case, Arm]]:
    """Each case with its side; those that belong to neither (another version, nobody it is meant for) are left out."""
    pilot = pilot_of(row)
    people = store.surroundings(tx.organisation).directory.people
    arms: list[tuple[_Case, Arm]] = []
    for one in found:
        data = {pilot.field: one.value} if pilot.field else {}
        meant = is_meant_for(pilot, one.starter, people.get(one.starter), data)
        if one.begin < row.since:
            arms.append((one, "pilot" if meant else "control"))
        elif one.version == row.version:
            arms.append((one, "pilot"))
        elif one.version == row.baseline and (meant if row.share < 1 else not meant):
            arms.append((one, "control"))
    return arms


# --- in words ---------------------------------------------------------------------------------------------------------


def line_of(ctx: Context, row: PilotRow) -> PilotLine:
    """A pilot in a list."""
    return PilotLine(**_line(ctx, row))


def _line(ctx: Context, row: PilotRow) -> dict[str, Any]:
    return {
        "id": row.id, "definition": definition_ref(ctx.definition(row.definition, row.version), row.version),
        "baseline": row.baseline, "status": row.status, "share": row.share, "audience": audience_in_words(ctx, row),
        "why": row.why, "begun_at": row.begun_at, "begun_by": names(ctx).ref(row.begun_by), "ended_at": row.ended_at,
    }  # fmt: skip


def view_of(ctx: Context, tx: Transaction, row: PilotRow, *, can_act: bool) -> PilotView:
    """A pilot with its comparison."""
    found = compared(ctx.store, tx, row, row.ended_at or ctx.at)
    answers = tx.pilots.answers(row.id)
    effect, called = found.effect, names(ctx)
    return PilotView(
        **_line(ctx, row),
        since=row.since, followed_for=found.horizon.total_seconds(), design=effect.design, verdict=effect.verdict,
        sentence=sentence_of(effect), change=effect.change, low=effect.low, high=effect.high, needed=effect.needed,
        pilot=found.pilot, control=found.control, question=row.question,
        better=sum(one.better for one in answers), answered=len(answers),
        said=tuple(
            SaidView(case_id=one.case_id, person=called.ref(one.person), better=one.better, text=one.text, at=one.at)
            for one in answers[:50]
        ),
        guards=row.guards,
        history=tuple(
            PilotNote(at=datetime.fromisoformat(one["at"]), by=called.ref(one["by"]), what=one["what"])
            for one in reversed(row.history)
        ),
        can_act=can_act,
        can_take_back=can_act and row.status == "rolled out"
        and tx.definitions.latest(row.definition).version == row.version and tx.pilots.open_of(row.definition) is None,
    )  # fmt: skip


def audience_in_words(ctx: Context, row: PilotRow) -> str:
    """Whom it is meant for: `everybody`, `Ana Flores, group finance and cases whose Site is Oslo`."""
    audience, called = row.audience, names(ctx)
    parts = [called(one) for one in audience.get("people") or ()]
    parts += [f"the group {one}" for one in audience.get("groups") or ()]
    if audience.get("field"):
        field = ctx.definition(row.definition, row.version).fields.get(audience["field"])
        title = field.title if field is not None else audience["field"]
        parts.append(f"cases whose {title} is {' or '.join(audience['values'])}")
    if not parts:
        return "everybody"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence_of(effect: Effect) -> str:
    """The verdict as one would say it."""
    sizes = f"{effect.pilot} cases with the change, {effect.control} without"
    if effect.change is None:
        more = f" About {effect.needed} more on the smaller side are needed." if effect.needed else ""
        return f"Too early to say: {sizes} were followed long enough.{more}"
    if effect.design == "not evidence" or effect.low is None or effect.high is None:
        return (
            f"Not evidence: cases take {_length(effect.change)} than before, but nobody went on as before, so that nothing "
            "tells the change from everything else that changed."
        )
    between = f"surely between {size_of(effect.low)} and {size_of(effect.high)}"
    if effect.verdict == "works":
        return f"It works: cases take {_length(effect.change)} ({between}), from {sizes}."
    if effect.verdict == "worse":
        return f"It is worse: cases take {_length(effect.change)} ({between}), from {sizes}."
    more = f" An effect of this size would show after about {effect.needed} more cases." if effect.needed else ""
    anything = f"anything between {size_of(effect.low)} and {size_of(effect.high)}"
    return f"No difference shows yet: it could be {anything}, from {sizes}.{more}"


def _length(change: float) -> str:
    return f"{abs(change):.0%} {'less time' if change < 0 else 'longer'}".replace("%", " %")


def size_of(change: float) -> str:
    """How much more or less, in per cent with its sign."""
    return f"{change:+.0%}".replace("%", " %").replace("-", "−")
