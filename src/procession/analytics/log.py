"""The data model of diagnosis: what was done, when it could have begun, and what it waited for.

A loader turns recorded events into these values. `ready` is the moment the step opened; `releasers` are the instances
whose end opened it, as recorded by the engine, across workflows too. Nothing is guessed; where a loader of foreign logs
has to guess, it marks the instance as `estimated`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from procession.analytics.pauses import Pause
from procession.analytics.ways import Handing, Way
from procession.engine.calendar import STANDARD, WorkCalendar

Evidence = Literal["recorded", "estimated"]

MACHINE_KINDS = frozenset({"automate", "email", "archive", "set", "decide", "choose", "agent", "bot", "survey", "end"})
"""Kinds of step that no person works on: their time counts as work from the moment they are ready."""


class LogError(ValueError):
    """A log that contradicts itself; the sentence names the case and the instance."""


class Site(NamedTuple):
    """A place where time can be lost: one step, or one handoff between two workflows."""

    kind: Literal["step", "handoff"]
    part: str
    """The member or workflow the step belongs to; for a handoff, the one that is handed the work."""
    name: str
    """The step's id; for a handoff, its name."""
    source: str | None = None
    """For a handoff: the member or workflow that hands over (None: the process's own start)."""

    @property
    def key(self) -> str:
        """One text for it, for addresses and pictures: `access/create`, or `background>access/cleared`."""
        before = f"{self.source or 'start'}>" if self.kind == "handoff" else ""
        return f"{before}{self.part}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityInstance:
    """One visit of a case to one step, finished. All times are aware."""

    id: str
    """Unique within its process case."""
    case_id: str
    """The workflow's own case."""
    process_case_id: str | None = None
    """The process case it belongs to, when the workflow ran as a member of one."""
    member: str | None = None
    """The member's name in the process."""
    workflow: str
    """The workflow's id."""
    step: str
    """The step's id."""
    title: str = ""
    """What people call the step."""
    resource: str | None = None
    """Who did it: a person, a robot, a machine job."""
    department: str | None = None
    """Where it was done, as people call it: the step's own, else the workflow's owner."""
    kind: str = "task"
    """The kind of step."""
    outside: bool = False
    """Whether somebody outside the organisation did it. A `wait` is outside without being marked."""
    fixed_end: bool = False
    """Whether it ends at a moment of its own, such as a date, however early it became ready."""
    ready: datetime
    """When it opened: from now on it could be worked on."""
    assigned: datetime | None = None
    """When one person was made responsible; None: it lay before a group, and nobody in particular was told."""
    first_opened: datetime | None = None
    """When its assignee or a candidate first looked at it."""
    started: datetime | None = None
    """When it was claimed or its first value saved; None: it was finished in one go."""
    ended: datetime
    """When it was finished or withdrawn."""
    releasers: tuple[str, ...] = ()
    """Ids of the instances whose end made it ready; empty for what the start itself opened."""
    handoff: str | None = None
    """The name of the handoff that released it, when one did."""
    paused: tuple[Pause, ...] = ()
    """When its case stood still: that is neither waiting nor work."""
    outcome: str | None = None
    """What it ended with, where the log says it."""
    evidence: Evidence = "recorded"

    @property
    def part(self) -> str:
        """The member of the process, or the workflow where it runs alone."""
        return self.member or self.workflow

    @property
    def site(self) -> Site:
        """The step as a place where time can be lost."""
        return Site("step", self.part, self.step)

    @property
    def is_outside(self) -> bool:
        """Whether the time is spent by somebody or something outside the organisation."""
        return self.outside or self.kind == "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCase:
    """One finished case of a process, or of a workflow that runs alone, with everything done in it.

    Instances are kept in order of their end. Raises `LogError` when the links cannot be true: an unknown or later
    releaser, an end before the beginning.
    """

    id: str
    begin: datetime
    """When the requester submitted."""
    end: datetime
    """When the case ended."""
    instances: tuple[ActivityInstance, ...]
    traits: Mapping[str, object] = field(default_factory=dict[str, object])
    """What was known of it at its beginning: its version, answers of the start form."""
    called_off: tuple[ActivityInstance, ...] = ()
    """Tasks that something else made moot before they were done, where the log says them; they end then."""
    ways: tuple[Way, ...] = ()
    """The turns it took, where the log says them."""
    handings: tuple[Handing, ...] = ()
    """Of a process: what each of its events handed over."""

    def __post_init__(self) -> None:
        ordered = sorted(enumerate(self.instances), key=lambda pair: (pair[1].ended, pair[1].ready, pair[0]))
        object.__setattr__(self, "instances", tuple(instance for _, instance in ordered))
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if self.end < self.begin:
            raise LogError(f"case {self.id} ends before it begins")
        seen: dict[str, datetime] = {}
        for instance in self.instances:
            where = f"case {self.id}, {instance.id} ({instance.step})"
            if instance.id in seen:
                raise LogError(f"{where}: the id occurs twice")
            if not self.begin <= instance.ready <= instance.ended:
                raise LogError(f"{where}: it must be ready after the case begins and end after it is ready")
            for releaser in instance.releasers:
                if releaser not in seen:
                    raise LogError(f"{where}: released by {releaser}, which is not in the case or ends later")
                if seen[releaser] > instance.ready:
                    raise LogError(f"{where}: ready before {releaser} ended, which released it")
            seen[instance.id] = instance.ended

    @property
    def cycle(self) -> timedelta:
        """From submission to the end, nights and weekends included."""
        return self.end - self.begin

    def by_id(self) -> dict[str, ActivityInstance]:
        """The instances by their ids."""
        return {instance.id: instance for instance in self.instances}

    def last_releaser(
        self, instance: ActivityInstance, by_id: Mapping[str, ActivityInstance]
    ) -> ActivityInstance | None:
        """Of what released this instance, what ended last: the one it really waited for."""
        if not instance.releasers:
            return None
        return max((by_id[r] for r in instance.releasers), key=lambda r: (r.ended, r.ready))

    def handoff_site(self, instance: ActivityInstance, by_id: Mapping[str, ActivityInstance]) -> Site | None:
        """The handoff that released this instance, as a place where time can be lost."""
        if instance.handoff is None:
            return None
        releaser = self.last_releaser(instance, by_id)
        return Site("handoff", instance.part, instance.handoff, releaser.part if releaser else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenActivity:
    """A step that is open now, in a case that is still running."""

    case_id: str
    """The process case, or the workflow's own case where it runs alone."""
    part: str
    step: str
    ready: datetime
    handoff: str | None = None
    source: str | None = None
    """The member or workflow that handed over, when a handoff released it."""
    first_opened: datetime | None = None
    started: datetime | None = None
    until: datetime | None = None
    """When it ends by itself, where that is known: the date a wait is for."""
    title: str = ""
    resource: str | None = None
    """Whose it is."""
    paused: tuple[Pause, ...] = ()
    """When its case stood still since it opened, and went on again."""
    paused_at: datetime | None = None
    """Since when its case stands still."""

    @property
    def site(self) -> Site:
        """The step as a place where time can be lost."""
        return Site("step", self.part, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCase:
    """A case that has not ended: what is done in it, and what is open."""

    id: str
    begin: datetime
    done: tuple[ActivityInstance, ...] = ()
    """In any order."""
    open: tuple[OpenActivity, ...] = ()
    traits: Mapping[str, object] = field(default_factory=dict[str, object])
    """What was known of it at its beginning."""
    open_is_all: bool = True
    """Whether everything that is ready stands in `open`. Foreign logs tell only what ended or was begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLog:
    """Everything diagnosis needs to know about one process, or one workflow that runs alone."""

    process: str
    """Its id."""
    title: str = ""
    cases: tuple[ProcessCase, ...]
    """The finished cases."""
    open: tuple[OpenActivity, ...] = ()
    """What is open now in running cases."""
    running: tuple[RunningCase, ...] = ()
    """The running cases."""
    target: timedelta | None = None
    """The cycle-time goal, in working time of the calendar: two business days of eight hours are 16 hours."""
    step_targets: Mapping[Site, timedelta] = field(default_factory=dict[Site, timedelta])
    """What single steps may take, where that is recorded (their due spans), in working time."""
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    """What people call each member or workflow."""
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    """The department that answers for each member or workflow, as people call it."""
    calendar: WorkCalendar = STANDARD
    """The organisation's."""
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    """Calendars of single people, by resource, where they differ."""

    def calendar_of(self, instance: ActivityInstance) -> WorkCalendar:
        """The calendar of whoever did it."""
        return self.calendars.get(instance.resource or "", self.calendar)

    def part_title(self, part: str) -> str:
        """What people call a member or workflow; its id in words where no title is known."""
        return self.titles.get(part) or in_words(part)


def in_words(name: str) -> str:
    """An id as words: `background-check` is `Background check`."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
