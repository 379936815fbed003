"""Which steps and handoffs a case really waited for.

The critical path of a case is walked back from what ended last, each time to the releaser that ended last. Because an
instance is ready when its last releaser ends, the pieces of the path lie end to end and add up to the cycle exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from procession.analytics.counted import working_between
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessCase, ProcessLog, Site
from procession.analytics.pauses import Pause, total, within
from procession.engine.calendar import WorkCalendar

SegmentKind = Literal["working", "waiting", "handoff", "outside"]
"""Working on a step, waiting inside a workflow, between workflows, or for somebody outside."""

Phase = Literal["transit", "unopened", "unstarted", "working", "outside"]
"""What a wait was for: the next workflow to start, somebody to look, somebody to begin."""

_ZERO = timedelta()


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a case's critical path."""

    kind: SegmentKind
    phase: Phase
    begin: datetime
    end: datetime
    site: Site | None
    """Where the time passed; None after the last instance ended."""
    instance: str | None
    open: timedelta
    """The part of it in working hours in which the case was not paused."""

    @property
    def duration(self) -> timedelta:
        """All of it."""
        return self.end - self.begin

    @property
    def closed(self) -> timedelta:
        """The part of it outside working hours, or in which the case was paused."""
        return self.duration - self.open


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """What one case waited for, from its beginning to its end, without gap or overlap."""

    case_id: str
    segments: tuple[Segment, ...]
    instances: tuple[str, ...]
    """Ids of the instances on the path, first to last, those that took no time included."""

    @property
    def cycle(self) -> timedelta:
        """The sum of the segments, which is the case's cycle exactly."""
        return sum((s.duration for s in self.segments), _ZERO)

    @property
    def open(self) -> timedelta:
        """The cycle in working time."""
        return sum((s.open for s in self.segments), _ZERO)

    def by_kind(self) -> dict[str, timedelta]:
        """How the cycle divides into working, waiting, handoff, outside and closed hours; the parts add up to it."""
        parts = {"working": _ZERO, "waiting": _ZERO, "handoff": _ZERO, "outside": _ZERO, "closed hours": _ZERO}
        for segment in self.segments:
            parts[segment.kind] += segment.open
            parts["closed hours"] += segment.closed
        return parts


def critical_path(case: ProcessCase, log: ProcessLog) -> CriticalPath:
    """What the case waited for, from its beginning to its end."""
    by_id = case.by_id()
    walked = released_last(case, by_id)
    segments: list[Segment] = []
    at = case.begin
    for instance in walked:
        segments += segments_of(instance, at, case.handoff_site(instance, by_id), log.calendar_of(instance))
        at = instance.ended
    segments += tail(case, walked, log.calendar)
    return CriticalPath(case.id, tuple(segments), tuple(instance.id for instance in walked))


def released_last(case: ProcessCase, by_id: Mapping[str, ActivityInstance]) -> list[ActivityInstance]:
    """Walk back from the instance that ended last to the case's beginning; given first to last."""
    current = next((i for i in reversed(case.instances) if i.ended <= case.end), None)
    walked: list[ActivityInstance] = []
    while current is not None:
        walked.append(current)
        current = case.last_releaser(current, by_id)
    walked.reverse()
    return walked


def tail(case: ProcessCase, walked: Sequence[ActivityInstance], calendar: WorkCalendar) -> list[Segment]:
    """What passed between the last instance and the case's end: normally nothing."""
    last = walked[-1].ended if walked else case.begin
    return [_segment("waiting", "transit", last, case.end, None, None, calendar)] if last < case.end else []


def segments_of(
    instance: ActivityInstance, lower: datetime, handoff: Site | None, calendar: WorkCalendar
) -> list[Segment]:
    """The time from `lower`, when the last releaser ended, to the end of the instance, by what it was spent on.

    After a handoff, everything until somebody first looks is time between the workflows. A task finished in one go has
    no measured work of its own: its time is waiting.
    """
    bounds: list[tuple[SegmentKind, Phase, datetime, Site]] = []
    between: SegmentKind = "handoff" if handoff else "waiting"
    gap_site = handoff or instance.site
    bounds.append((between, "transit", instance.ready, gap_site))
    if instance.is_outside:
        bounds.append(("outside", "outside", instance.ended, instance.site))
    elif instance.kind in MACHINE_KINDS:
        bounds.append(("waiting", "unstarted", instance.started or instance.ready, instance.site))
        bounds.append(("working", "working", instance.ended, instance.site))
    else:
        started = instance.started or instance.ended
        opened = instance.first_opened
        if opened is not None:
            bounds.append((between, "unopened", min(opened, started), gap_site))
            bounds.append(("waiting", "unstarted", started, instance.site))
        else:
            bounds.append((between, "unstarted", started, gap_site))
        bounds.append(("working", "working", instance.ended, instance.site))
    found: list[Segment] = []
    at = lower
    for kind, phase, bound, site in bounds:
        until = min(max(bound, at), instance.ended)
        if until > at:
            still = within(instance.paused, at, until) if instance.paused else ()
            found.append(_segment(kind, phase, at, until, site, instance.id, calendar, still))
            at = until
    return found


def _segment(
    kind: SegmentKind,
    phase: Phase,
    begin: datetime,
    end: datetime,
    site: Site | None,
    instance: str | None,
    calendar: WorkCalendar,
    paused: Sequence[Pause] = (),
) -> Segment:
    """A segment with its working time. Work done wholly outside working hours counts as what it is: work; time in which
    the case was paused does not count."""
    counted = working_between(calendar, begin, end)
    for since, until in paused:
        counted -= working_between(calendar, since, until)
    if kind == "working" and not counted:
        counted = end - begin - total(paused)
    return Segment(kind, phase, begin, end, site, instance, counted)


def slack(case: ProcessCase) -> dict[str, timedelta]:
    """How much later each instance could have ended without the case ending later, by instance id.

    Backward pass: the least, over what an instance released, of (ready + slack - its own end). What ends after the
    case itself has none.
    """
    ends = {instance.id: instance.ended for instance in case.instances}
    found: dict[str, timedelta] = {}
    for instance in reversed(case.instances):
        own = found.setdefault(instance.id, max(case.end - instance.ended, _ZERO))
        for releaser in instance.releasers:
            spare = instance.ready + own - ends[releaser]
            found[releaser] = min(found.get(releaser, spare), spare)
    return found
