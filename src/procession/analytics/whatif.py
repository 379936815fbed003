"""What a change would have saved, by re-timing the finished cases along their recorded links.

Level one of the counterfactuals: no queues. Every instance keeps the waiting and the work it had, in working time, and
begins when its releasers now end. What waits for the next meeting or run begins when the next one is held that it is
ready for, so that what is saved before a gate counts only where it reaches an earlier opening. Without a change this
gives back the recorded times exactly; no earlier release ever makes anything later. Queues that would move to another
step are for simulation to find; a batch that is worked off together is taken to come sooner with each of its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from procession.analytics.attribution import Attribution, SiteCost, attribute, quantile
from procession.analytics.bootstrap import mean_interval
from procession.analytics.counted import working_between
from procession.analytics.gates import Gate, gates_of, opening_of
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, Evidence, ProcessCase, ProcessLog, Site
from procession.analytics.named_dates import NamedDate, named_dates
from procession.analytics.words import number, percent, spell
from procession.engine.calendar import WorkCalendar

Removed = Literal["everything", "waiting", "working"]

_ZERO = timedelta()


@dataclass(frozen=True, slots=True)
class Change:
    """What is different at one step or handoff."""

    site: Site
    remove: Removed | None = None
    """What takes no time any more."""
    delay: timedelta = _ZERO
    """What comes on top, in working time, before it can begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What a change would have meant for the finished cases. Times are seconds of working time per case."""

    change: Change
    title: str
    cases: int
    before: float
    """The mean cycle as it was."""
    saved: float
    """The mean time saved (lost, when negative)."""
    low: float
    high: float
    """The 95 % interval of the mean saving, from resampled cases; of a step made instant from what its work alone saves."""
    savings: tuple[float, ...]
    """The saving of each case."""
    elapsed_saved: timedelta
    """The mean saving with nights and weekends."""
    unchanged: float
    """The share of cases that would have ended at the same moment."""
    evidence: Evidence
    sentence: str
    is_low_by_work: bool = False
    """Whether `low` is what the work of the step alone saves."""

    @property
    def share(self) -> float:
        """The saving as a share of the cycle."""
        return self.saved / self.before if self.before else 0.0


def retime(
    case: ProcessCase,
    log: ProcessLog,
    change: Change | None,
    dates: Mapping[Site, NamedDate] | None = None,
    gates: Mapping[Site, Gate] | None = None,
) -> dict[str, datetime]:
    """When each instance of a case would have ended, by instance id; `dates` are those that waits are for, `gates` where
    work waits for the next opening."""
    by_id = case.by_id()
    ends: dict[str, datetime] = {}
    for instance in case.instances:
        calendar = log.calendar_of(instance)
        released = max((by_id[r].ended for r in instance.releasers), default=case.begin)
        now = max((ends[r] for r in instance.releasers), default=case.begin)
        handoff = case.handoff_site(instance, by_id)
        date = _passed(instance, case, dates or {})
        gate = gates.get(instance.site) if gates and opening_of(instance) is not None else None
        ends[instance.id] = _end(instance, released, now, calendar, handoff, change, date, gate)
    return ends


def _passed(instance: ActivityInstance, case: ProcessCase, dates: Mapping[Site, NamedDate]) -> datetime | None:
    """The date that a wait was for, where it had passed when the wait began: who comes sooner waits for it."""
    named = dates.get(instance.site) if instance.kind == "wait" else None
    own = named.of(case.traits) if named is not None else None
    return datetime.fromtimestamp(own, UTC) if own is not None and own <= instance.ready.timestamp() else None


def _end(
    instance: ActivityInstance,
    released: datetime,
    now: datetime,
    calendar: WorkCalendar,
    handoff: Site | None,
    change: Change | None,
    date: datetime | None = None,
    gate: Gate | None = None,
) -> datetime:
    """When the instance ends if its last releaser, which ended at `released`, ends at `now`."""
    at_handoff = change is not None and change.site == handoff
    at_step = change is not None and change.site == instance.site
    if change is not None and change.delay and (at_handoff or at_step):
        now = calendar.add_business_time(now, change.delay)
    skipped = change.remove if change is not None else None
    was = released
    for bound, stage, moves in _stages(instance, handoff, gate):
        until = min(max(bound, was), instance.ended)
        if stage == "handoff":
            gone = at_handoff and skipped in ("everything", "waiting")
        else:
            gone = at_step and skipped in ("everything", stage)
        if not gone:
            now = (
                _after_date(was, until, now, date) if date and stage == "working" else moves(was, until, now, calendar)
            )
        was = until
    return now


_Move = Callable[[datetime, datetime, datetime, WorkCalendar], datetime]


def _stages(instance: ActivityInstance, handoff: Site | None, gate: Gate | None) -> list[tuple[datetime, str, _Move]]:
    """The stages an instance went through: until when, what it was, and how it moves with its beginning."""
    before = "handoff" if handoff else "waiting"
    stages: list[tuple[datetime, str, _Move]] = [(instance.ready, before, carry)]
    opens = _at_gate(gate) if gate is not None else None
    if instance.is_outside:
        stages.append((instance.ended, "working", opens or (_fixed if instance.fixed_end else _elapsed)))
        return stages
    machine = instance.kind in MACHINE_KINDS
    started = instance.started or (instance.ready if machine else instance.ended)
    if opens is not None:  # when somebody looked at it has decided nothing
        return [*stages, (started, "waiting", opens), (instance.ended, "working", _elapsed if machine else carry)]
    noticed = started if instance.first_opened is None else min(instance.first_opened, started)
    if not machine:
        stages.append((noticed, before, carry))
    stages.append((started, "waiting", _elapsed if machine else carry))
    stages.append((instance.ended, "working", _fixed if instance.fixed_end else _elapsed if machine else carry))
    return stages


def carry(was: datetime, until: datetime, now: datetime, calendar: WorkCalendar) -> datetime:
    """When a stage that went from `was` to `until` ends if it begins at `now`: after as much working time.

    What ended inside working hours ends inside them again. What passed wholly outside them ran by the clock, and still
    does; what ended outside them keeps its distance to the working time before.
    """
    worked = working_between(calendar, was, until)
    if calendar.is_working(until):
        return now if until == was else calendar.next_working(calendar.add_business_time(now, worked))
    if not worked:
        return now + (until - was)
    return calendar.add_business_time(now, worked) + (until - calendar.add_business_time(was, worked))


def _elapsed(was: datetime, until: datetime, now: datetime, calendar: WorkCalendar) -> datetime:
    return now + (until - was)


def _fixed(was: datetime, until: datetime, now: datetime, calendar: WorkCalendar) -> datetime:
    return max(now, until)


def _at_gate(gate: Gate) -> _Move:
    """A wait for the next opening: as long after that of its new beginning as it was after that of its old one."""

    def moved(was: datetime, until: datetime, now: datetime, calendar: WorkCalendar) -> datetime:
        if now == was:
            return until
        late = until.timestamp() - gate.next(was.timestamp())
        return max(now, datetime.fromtimestamp(gate.next(now.timestamp()) + late, UTC))

    return moved


def _after_date(was: datetime, until: datetime, now: datetime, date: datetime) -> datetime:
    """A wait for a date that had passed by then: it takes as long as it took, and begins no sooner than the date."""
    return max(now, date) + (until - was)


def make_instant(
    log: ProcessLog, site: Site, remove: Removed = "everything", *, measured: Attribution | None = None, seed: int = 0
) -> WhatIf:
    """What it would have saved if this step or handoff had taken no time. Raises `ValueError` for an unknown site.

    Who waited for the people of a step may wait for the next people instead. So where everything at a step is taken away,
    the interval reaches down to what its work alone saves; `bench.grading.instant` says how often the truth lies in it.
    """
    found = what_if(log, Change(site, remove), measured=measured, seed=seed)
    if remove != "everything" or site.kind != "step":
        return found
    work = what_if(log, Change(site, "working"), measured=measured, seed=seed)
    return replace(found, low=work.low, is_low_by_work=True) if work.low < found.low else found


def add_delay(
    log: ProcessLog, site: Site, delay: timedelta, *, measured: Attribution | None = None, seed: int = 0
) -> WhatIf:
    """What it would have cost if this step or handoff had begun later by so much working time: the cascade."""
    return what_if(log, Change(site, None, delay), measured=measured, seed=seed)


def what_if(log: ProcessLog, change: Change, *, measured: Attribution | None = None, seed: int = 0) -> WhatIf:
    """Re-time every finished case with the change. Raises `ValueError` when no case has that step or handoff.

    `measured` is the log's attribution, where it is at hand already.
    """
    measured = measured or attribute(log)
    cost = next((c for c in measured.costs if c.site == change.site), None)
    if cost is None:
        raise ValueError(f"no finished case has the {change.site.kind} {change.site.name} of {change.site.part}")
    savings: list[float] = []
    elapsed = _ZERO
    same = 0
    dates, gates = named_dates(log.cases, log.calendar.zone), gates_of(log)
    for case in log.cases:
        end = _case_end(case, retime(case, log, change, dates, gates))
        savings.append(working_between(log.calendar, end, case.end).total_seconds())
        elapsed += case.end - end
        same += end == case.end
    low, high = mean_interval(savings, seed=seed)
    saved = sum(savings) / len(savings)
    if change.delay:
        sentence = _delay_sentence(cost, change.delay, savings, same, measured.day)
    else:
        sentence = _removal_sentence(log, measured, cost, change, saved)
    return WhatIf(
        change=change,
        title=cost.title,
        cases=len(savings),
        before=sum(measured.cycles) / len(measured.cycles),
        saved=saved,
        low=low,
        high=high,
        savings=tuple(savings),
        elapsed_saved=elapsed / len(savings),
        unchanged=same / len(savings),
        evidence=measured.evidence,
        sentence=sentence,
    )


def _case_end(case: ProcessCase, ends: dict[str, datetime]) -> datetime:
    """The case's new end: its last instance's, plus what passed between the two."""
    inside = [i for i in case.instances if i.ended <= case.end]
    if not inside:
        return case.end
    return max(ends[i.id] for i in inside) + (case.end - inside[-1].ended)


def _delay_sentence(cost: SiteCost, delay: timedelta, savings: Sequence[float], same: int, day: float) -> str:
    lost = [-saved for saved in savings]
    return (
        f"{spell(delay.total_seconds(), day)} more at {cost.title} delays the end by "
        f"{spell(sum(lost) / len(lost), day)} on average: {percent(same / len(lost))} of the cases would have ended "
        f"no later, one in ten at least {spell(quantile(lost, 0.9), day)} later"
    )


def _removal_sentence(log: ProcessLog, measured: Attribution, cost: SiteCost, change: Change, saved: float) -> str:
    verb = {"waiting": "Taking the waiting out of", "working": "Taking the work out of"}.get(change.remove or "")
    subject = f"{verb} {cost.title}" if verb else f"Making {cost.title} instant"
    before = sum(measured.cycles) / len(measured.cycles)
    days = f"{number(saved / measured.day)} of {number(before / measured.day, fine=True)} working days"
    return f"{subject} takes {days} off{_because(log, measured, cost, saved, before)}"


def _because(log: ProcessLog, measured: Attribution, cost: SiteCost, saved: float, before: float) -> str:
    """Why it saves little, where it does: the wait is before it, or it runs beside something longer."""
    if saved >= 0.1 * before:
        return ""
    leading: set[Site] = set()
    for case in log.cases:
        by_id = case.by_id()
        sites = (case.handoff_site(i, by_id) for i in case.instances if i.site == cost.site)
        leading.update(site for site in sites if site is not None)
    wait_before = sum(sum(c.path_spent) for c in measured.costs if c.site in leading) / measured.cases
    if wait_before > max(2 * saved, 0.1 * before):
        return ": the wait is before it"
    own = sum(cost.spent) / measured.cases
    if own > 2 * saved and own >= 0.02 * before:
        return ": something else takes as long beside it"
    return ": it takes little time itself"
