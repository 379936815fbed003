"""The past of the invented company, and what lies on its desks today: which cases, when, and how they were made.

Everything follows from the seed, the plant and the present moment. Cases are made by the real engine (`acting`) and
encoded for the store, in batches that can run in several processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from procession.demo import company
from procession.demo.acting import Start, make
from procession.demo.habits import PLANTS, Habits
from procession.engine.calendar import WorkCalendar
from procession.engine.definition import Definition, Workflow
from procession.engine.instants import to_instant
from procession.engine.program import Program, compile_definition
from procession.engine.world import Recorded
from procession.store.history import Encoded, Happened, encode

PROCESS: Final = "employee-onboarding"
"""The process with the long history."""

MANY: Final[Mapping[str, int]] = {"expense-management": 404}
"""Cases of those that have more than the others, over a year."""

READ_AFTER: Final = timedelta(days=1)
"""Older notifications count as read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much past there is."""

    seed: int = 20
    plant: str = "between"
    """One of `habits.PLANTS`."""
    hires: int = 404
    """Onboardings that began long enough ago to have ended by now."""
    joining: int = 40
    """Onboardings of the last weeks; most of them run."""
    others: int = 72
    """Cases of each other workflow."""
    inbox: bool = True
    """Also the tasks that lie on the desk of the demo's person."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that lies on a desk: of which workflow, at which step, and when it is due."""

    definition: str
    step: str
    due: str
    """overdue, today, soon."""
    values: Mapping[str, object]
    starter: str
    span: float = 8.0
    """Working hours that the step may take."""
    person: str = company.DEFAULT_PERSON


DESK: Final = (
    Waiting(
        "purchase-approval",
        "sign-off-the-purchase",
        "overdue",
        {"item": "Forklift inspection", "amount": "2380.00", "reason": "The certificate ends this month."},
        "luis",
    ),
    Waiting("time-off", "agree-to-the-time-off", "overdue", {"kind": "sick leave", "cover": "greta"}, "luis"),
    Waiting(
        "purchase-approval",
        "sign-off-the-purchase",
        "today",
        {"item": "Cold-room sensors", "amount": "1240.00", "reason": "Two of six no longer report."},
        "pavel",
    ),
    Waiting("time-off", "look-at-the-team-s-calendar", "today", {"kind": "unpaid", "cover": "luis"}, "greta"),
    Waiting("document-approval", "give-feedback", "today", {"title": "Cold-chain manual"}, "amara", 16.0),
    Waiting(
        "purchase-approval",
        "sign-off-the-purchase",
        "soon",
        {"item": "Second label printer", "amount": "3900.00", "reason": "Line 2 waits for line 1."},
        "amara",
    ),
    Waiting(
        "proposal-review", "sign-the-proposal", "soon", {"title": "Returnable jars", "cost": "64000.00"}, "lena", 24.0
    ),
)
"""What the demo's person finds in the inbox besides what runs anyway."""

STUCK: Final = (
    (36.0, "name-the-systems"),
    (31.0, "enter-the-agency-s-report"),
    (29.0, "name-the-systems"),
    (26.0, "name-the-systems"),
)
"""Onboardings that began so many days ago and stand still at a step: they are late today."""


def starts(plan: Plan, definitions: Mapping[str, Definition], now: datetime) -> list[Start]:
    """Every case that is made, in the order they begin, numbered in that order."""
    calendar = company.office_calendar(now)
    found: list[Start] = []
    for name, definition in sorted(definitions.items()):
        if definition.start.by == "nobody":
            continue
        rng = Random(f"{plan.seed}/{name}")
        if name == PROCESS:
            spans = [(420.0, 62.0, plan.hires), (40.0, 0.5, plan.joining)]
        else:
            many = MANY.get(name) if plan.others else None
            spans = [(160.0, 0.1, plan.others) if many is None else (400.0, 0.1, many)]
        moments = [at for first, last, count in spans for at in _moments(now, first, last, count, calendar, rng)]
        found.extend(Start(definition=name, at=at, number=0, seed=0) for at in moments)
    if plan.inbox:
        found.extend(_on_the_desk(now, calendar, definitions))
        found.extend(
            Start(
                definition=PROCESS,
                at=calendar.next_working(now - timedelta(days=ago)),
                number=0,
                seed=0,
                hold=(step, ""),
            )
            for ago, step in STUCK
            if PROCESS in definitions
        )
    return _numbered(plan, sorted(found, key=lambda one: one.at))


def _moments(
    now: datetime, first: float, last: float, count: int, calendar: WorkCalendar, rng: Random
) -> Iterator[datetime]:
    """Moments of work, evenly spread over the days from `first` to `last` days ago."""
    for place in range(count):
        ago = first - (first - last) * (place + rng.random()) / count
        at = calendar.next_working(now - timedelta(days=ago, minutes=rng.randint(0, 240)))
        if at < now:
            yield at


def _on_the_desk(now: datetime, calendar: WorkCalendar, definitions: Mapping[str, Definition]) -> Iterator[Start]:
    for one in DESK:
        definition = definitions.get(one.definition)
        if isinstance(definition, Workflow):
            yield Start(
                definition=one.definition,
                at=_ready_for(one, now, calendar),
                number=0,
                seed=0,
                hold=(one.step, one.person),
                values=dict(one.values),
                starter=one.starter,
                hurry=True,
            )


def _ready_for(one: Waiting, now: datetime, calendar: WorkCalendar) -> datetime:
    """When a case has to begin, so that its task is due then."""
    closing = calendar.end_of_day(calendar.local_day(now))
    left = calendar.working_between(now, closing)
    if one.due == "overdue":
        due = calendar.add_business_time(now, timedelta(hours=-6))
    elif one.due == "today" and left:
        due = now + left * 0.6
    else:
        due = calendar.add_business_time(now, left + timedelta(hours=5))
    prelude = timedelta(minutes=30)
    return min(calendar.add_business_time(due, -timedelta(hours=one.span) - prelude), now - timedelta(minutes=1))


def _numbered(plan: Plan, found: list[Start]) -> list[Start]:
    counts: dict[str, int] = {}
    numbered: list[Start] = []
    for one in found:
        number = counts[one.definition] = counts.get(one.definition, 0) + 1
        seed = Random(f"{plan.seed}/{one.definition}/{number}").getrandbits(64)
        numbered.append(
            Start(
                definition=one.definition,
                at=one.at,
                number=number,
                seed=seed,
                hold=one.hold,
                values=one.values,
                starter=one.starter,
                hurry=one.hurry,
            )
        )
    return numbered


# --- making ----------------------------------------------------------------------------------------------------------


Published = Mapping[str, tuple[Definition, int]]
"""Definition's id → what it says, and its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cases to be made together, with all that a process of its own needs."""

    organisation: str
    published: Published
    """The definitions in force."""
    plant: str
    now: datetime
    starts: tuple[Start, ...]


def batches(organisation: str, published: Published, plan: Plan, now: datetime, *, size: int = 60) -> list[Batch]:
    """The whole past, in batches of about the same work."""
    todo = starts(plan, {name: definition for name, (definition, _) in published.items()}, now)
    # The long cases of the process first, so that the last batch to end is a short one.
    todo.sort(key=lambda one: one.definition != PROCESS)
    return [
        Batch(
            organisation=organisation,
            published=published,
            plant=plan.plant,
            now=now,
            starts=tuple(todo[first : first + size]),
        )
        for first in range(0, len(todo), size)
    ]


def make_batch(batch: Batch) -> Encoded:
    """Make the cases of a batch, ready to be written."""
    return encode(batch.organisation, histories(batch), read_until=to_instant(batch.now - READ_AFTER))


def histories(batch: Batch) -> Iterator[tuple[str, list[Happened]]]:
    """Each case of a batch (members too) with what happened."""
    programs, manner, at = compile_all(batch.published), Habits(PLANTS[batch.plant]), company.moment(batch.now)
    for start in batch.starts:
        yield from by_case(make(start, programs, at, manner, batch.now))


def by_case(log: Iterable[Recorded]) -> Iterator[tuple[str, list[Happened]]]:
    """The events of each case, in order."""
    cases: dict[str, list[Happened]] = {}
    for row in log:
        cases.setdefault(row.case_id, []).append(Happened(row.at, row.actor, row.event))
    yield from cases.items()


_compiled: list[tuple[Published, dict[str, Program]]] = []


def compile_all(published: Published) -> dict[str, Program]:
    """Programs of definitions; made once in each process."""
    if not _compiled or _compiled[0][0] != published:
        made = {name: compile_definition(one, version=version) for name, (one, version) in published.items()}
        _compiled[:] = [(published, made)]
    return _compiled[0][1]
