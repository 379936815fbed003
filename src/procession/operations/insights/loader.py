"""From recorded events to the log that diagnosis works on: nothing is guessed, everything was recorded when it
happened.

A step's releasers are the steps whose end opened it. Across workflows they are found through the process: the first
steps of a member were released by what ended (or reached the milestone in) the members whose handoffs started it.
Blocks and steps that take no time are looked through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from procession.analytics.attribution import working_day
from procession.analytics.log import (
    ActivityInstance,
    LogError,
    OpenActivity,
    ProcessCase,
    ProcessLog,
    RunningCase,
    Site,
)
from procession.analytics.pauses import Pause
from procession.analytics.ways import Way
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.definition import Definition, Process, Step, Workflow, walk
from procession.engine.durations import Span
from procession.operations.insights.facts import Fact
from procession.operations.insights.visits import CaseFacts, Handover, Visit, fold

if TYPE_CHECKING:
    from procession.engine.moment import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the log needs to know besides the events."""

    definition: Definition
    """The process, or the workflow that is looked at alone."""
    workflows: Mapping[str, Workflow]
    """By id: those that take part, in their newest version."""
    departments: Mapping[str, str] = field(default_factory=dict[str, str])
    """Group → what people call it."""
    calendar: WorkCalendar = STANDARD
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    """Person → their own calendar."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Person → the groups they are in, as people call these, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The log, and what could not be taken into it."""

    log: ProcessLog
    left_out: tuple[str, ...] = ()
    """One sentence for each finished case whose records contradict themselves."""


def setting_of(
    definition: Definition,
    workflows: Mapping[str, Workflow],
    directory: Directory,
    departments: Mapping[str, str],
    calendar: WorkCalendar,
    calendars: Mapping[str, WorkCalendar],
) -> Setting:
    """The setting of an organisation: people's own calendars are looked up by name."""
    people = directory.people.values()
    own = {p.id: calendars[p.calendar] for p in people if p.calendar in calendars and p.calendar}
    groups = {p.id: tuple(sorted(departments.get(group, group) for group in p.groups)) for p in people if p.groups}
    return Setting(
        definition=definition, workflows=workflows, departments=departments, calendar=calendar, calendars=own,
        groups=groups,
    )  # fmt: skip


def load(facts: Iterable[Fact], setting: Setting) -> Loaded:
    """The log of a process with all its cases and members, or of a workflow that is looked at alone.

    Finished cases are those that reached an end; cancelled ones are left aside, running ones give what is open now.
    """
    cases = fold(facts)
    if isinstance(setting.definition, Process):
        return _Loader(setting, cases, _Process(setting.definition)).load()
    return _Loader(setting, cases, None).load()


@dataclass(frozen=True, slots=True)
class _Process:
    definition: Process

    def use(self, member: str) -> str:
        return self.definition.members[member].use if member in self.definition.members else member

    def title(self, member: str, workflows: Mapping[str, Workflow]) -> str | None:
        known = self.definition.members.get(member)
        workflow = workflows.get(self.use(member))
        return (known.title if known is not None else None) or (workflow.title if workflow is not None else None)


class _Loader:
    def __init__(self, setting: Setting, cases: Mapping[str, CaseFacts], process: _Process | None) -> None:
        self.setting = setting
        self.cases = cases
        self.process = process
        self.children: dict[tuple[str, str], CaseFacts] = {}
        self.members: dict[str, list[CaseFacts]] = {}
        for case in cases.values():
            if case.parent is not None and case.parent_activation is not None:
                self.children.setdefault((case.parent, case.parent_activation), case)
                if case.member is not None:
                    self.members.setdefault(case.parent, []).append(case)
        self.clocks = _clocks(setting.workflows.values())

    def load(self) -> Loaded:
        finished: list[ProcessCase] = []
        running: list[RunningCase] = []
        left_out: list[str] = []
        whole = [
            case for case in self.cases.values() if case.definition == self.setting.definition.id and case.started_at
        ]
        for case in sorted(whole, key=lambda one: (str(one.started_at), one.id)):
            parts = [case] if self.process is None else self.members.get(case.id, [])
            if case.status == "done":
                try:
                    finished.append(self._finished(case, parts))
                except LogError as problem:
                    left_out.append(str(problem))
            elif case.status == "open":
                running.append(self._running(case, parts))
        return Loaded(log=self._log(finished, running), left_out=tuple(left_out))

    def _log(self, finished: list[ProcessCase], running: list[RunningCase]) -> ProcessLog:
        definition, workflows = self.setting.definition, self.setting.workflows
        if self.process is None:
            parts = {definition.id: definition.id}
            titles = {definition.id: definition.title}
        else:
            parts = {member: self.process.use(member) for member in self.process.definition.members}
            titles = {m: title for m in parts if (title := self.process.title(m, workflows)) is not None}
        owners = {part: self._department(workflows[use].owner) for part, use in parts.items() if use in workflows}
        return ProcessLog(
            process=definition.id, title=definition.title, cases=tuple(finished),
            open=tuple(one for case in running for one in case.open), running=tuple(running),
            target=working_time(definition.target, self.setting.calendar), titles=titles,
            step_targets=dict(self._step_targets(parts)),
            owners={part: owner for part, owner in owners.items() if owner is not None},
            calendar=self.setting.calendar, calendars=self.setting.calendars,
        )  # fmt: skip

    def _step_targets(self, parts: Mapping[str, str]) -> Iterator[tuple[Site, timedelta]]:
        for part, use in parts.items():
            workflow = self.setting.workflows.get(use)
            for step in walk(workflow.body) if workflow is not None else ():
                target = working_time(step.due, self.setting.calendar) if isinstance(step.due, Span) else None
                if target is not None:
                    yield Site("step", part, step.id), target

    def _department(self, group: str | None) -> str | None:
        return self.setting.departments.get(group, group) if group is not None else None

    # --- finished cases -----------------------------------------------------------------------------------------------

    def _finished(self, case: CaseFacts, parts: list[CaseFacts]) -> ProcessCase:
        if case.started_at is None or case.closed_at is None:
            raise LogError(f"case {case.id} has no beginning or no end")
        instances = self._instances(case, parts)
        return ProcessCase(
            id=case.id, begin=case.started_at, end=case.closed_at, instances=instances,
            called_off=tuple(self._called_off(case, parts, {one.id for one in instances})),
            traits=case.traits, ways=tuple(self._ways(parts)), handings=tuple(case.handings),
        )  # fmt: skip

    def _called_off(self, case: CaseFacts, parts: list[CaseFacts], led_on: set[str]) -> Iterator[ActivityInstance]:
        """Tasks that were withdrawn, and led to nothing."""
        for part in parts:
            for visit in part.visits.values():
                if visit.how == "withdrawn" and visit.kind in ("task", "approval") and not visit.is_block:
                    instance = self._instance(case, part, visit, (), None)
                    if instance.id not in led_on:
                        yield instance

    def _ways(self, parts: list[CaseFacts]) -> Iterator[Way]:
        for part in parts:
            of = (part.member if self.process else None) or part.definition
            yield from (way._replace(place=f"{of}/{way.place}") for way in part.ways)

    def _instances(self, case: CaseFacts, parts: list[CaseFacts]) -> tuple[ActivityInstance, ...]:
        """Everything in a case that is over."""
        named: dict[str, tuple[CaseFacts, Visit, tuple[str, ...], str | None]] = {}
        for part in parts:
            for visit in part.visits.values():
                if visit.is_over and not visit.is_block:
                    self._name(case, part, visit, named)
        return tuple(self._instance(case, *entry) for entry in named.values())

    def _name(
        self,
        case: CaseFacts,
        part: CaseFacts,
        visit: Visit,
        named: dict[str, tuple[CaseFacts, Visit, tuple[str, ...], str | None]],
    ) -> None:
        """Note a visit with its releasers. One that was withdrawn counts only where its withdrawal led on."""
        name = _name_of(part, visit.activation)
        if name in named or visit.ended_at is None:
            return
        before = part.before(visit.activation)
        released = [(part, part.visits[one]) for one in before]
        handoff = None
        if not released:
            released, handoff = self._across(case, part)
        named[name] = (part, visit, tuple(_name_of(of, one.activation) for of, one in released), handoff)
        for of, one in released:
            self._name(case, of, one, named)

    def _across(self, case: CaseFacts, part: CaseFacts) -> tuple[list[tuple[CaseFacts, Visit]], str | None]:
        """What released the first steps of a member, and the name of the handoff whose source ended last."""
        if part is case or part.parent_activation is None:
            return [], None
        handovers = _incoming(case, part)
        found: list[tuple[CaseFacts, Visit]] = []
        last: tuple[datetime, datetime, int] | None = None
        handoff = handovers[-1].handoff if handovers else None
        for one in handovers:
            for of, visit in self._source(case, one):
                ended = visit.ended_at
                if ended is None:
                    continue
                found.append((of, visit))
                key = (ended, visit.opened_at, one.seq)
                if last is None or key >= last:
                    last, handoff = key, one.handoff
        return found, handoff

    def _source(self, case: CaseFacts, handover: Handover) -> list[tuple[CaseFacts, Visit]]:
        if handover.activation is None:
            return []
        source = self.children.get((case.id, handover.activation))
        if source is None:
            return []
        if handover.milestone is not None:
            return [(source, visit) for visit in _reached(source, handover.milestone)]
        last = source.last_over()
        return [(source, source.visits[one]) for one in source.leaves(last.activation)] if last is not None else []

    def _instance(
        self, case: CaseFacts, part: CaseFacts, visit: Visit, releasers: tuple[str, ...], handoff: str | None
    ) -> ActivityInstance:
        assert visit.ended_at is not None
        return ActivityInstance(
            id=_name_of(part, visit.activation), case_id=part.id,
            process_case_id=case.id if self.process is not None else None, member=part.member if self.process else None,
            workflow=part.definition, step=visit.step, title=visit.title, resource=visit.person,
            department=self._department(visit.department), kind=visit.kind, outside=visit.guest,
            fixed_end=visit.kind == "wait" and visit.timed_out and (part.definition, visit.step) in self.clocks,
            ready=visit.opened_at, assigned=visit.assigned_at, first_opened=visit.first_opened_at,
            started=visit.started_at, ended=visit.ended_at, releasers=releasers, handoff=handoff,
            paused=_pauses(case, part, visit.ended_at), outcome=visit.outcome,
        )  # fmt: skip

    # --- running cases ------------------------------------------------------------------------------------------------

    def _running(self, case: CaseFacts, parts: list[CaseFacts]) -> RunningCase:
        """A case that has not ended. What its records contradict is not said of it."""
        assert case.started_at is not None
        try:
            done = self._instances(case, parts)
        except LogError:
            done = ()
        return RunningCase(
            id=case.id, begin=case.started_at, done=done, open=tuple(self._open(case, parts)), traits=case.traits
        )

    def _open(self, case: CaseFacts, parts: list[CaseFacts]) -> Iterator[OpenActivity]:
        for part in parts:
            for visit in part.visits.values():
                if visit.ended_at is not None or visit.is_block:
                    continue
                released: list[tuple[CaseFacts, Visit]] = []
                handoff = None
                if not part.before(visit.activation):
                    released, handoff = self._across(case, part)
                last = max(released, key=lambda pair: str(pair[1].ended_at), default=None)
                yield OpenActivity(
                    case_id=case.id, part=(part.member if self.process else None) or part.definition, step=visit.step,
                    ready=visit.opened_at, handoff=handoff, first_opened=visit.first_opened_at,
                    source=(last[0].member or last[0].definition) if last is not None else None,
                    started=visit.started_at, title=visit.title,
                    until=self._until(part, visit), paused=_pauses(case, part, None), paused_at=_paused_at(case, part),
                )  # fmt: skip

    def _until(self, part: CaseFacts, visit: Visit) -> datetime | None:
        """When a wait ends by itself. While its case stands still that is known of a date only: the others move on."""
        if visit.kind != "wait" or (part.paused_at is not None and (part.definition, visit.step) not in self.clocks):
            return None
        return visit.until


def _pauses(case: CaseFacts, part: CaseFacts, before: datetime | None) -> tuple[Pause, ...]:
    """When a member stood still, or the process that it is of, and went on again."""
    found = part.pauses if part is case else [*case.pauses, *part.pauses]
    return tuple(one for one in found if before is None or one[0] < before) if found else ()


def _paused_at(case: CaseFacts, part: CaseFacts) -> datetime | None:
    return min((at for at in (case.paused_at, part.paused_at) if at is not None), default=None)


def _name_of(part: CaseFacts, activation: str) -> str:
    return f"{part.id}.{activation}"


def _incoming(case: CaseFacts, part: CaseFacts) -> list[Handover]:
    """The handoffs that started this run of a member: those since its run before, until it opened."""
    opened = case.opened_seq.get(part.parent_activation or "", 0)
    earlier = [seq for name, seq in case.opened_seq.items() if case.visits[name].step == part.member and seq < opened]
    since = max(earlier, default=0)
    return [one for one in case.handovers if one.to == part.member and since < one.seq < opened]


def _reached(source: CaseFacts, milestone: str) -> list[Visit]:
    """The visit that reached a milestone: the first of its step that ended after the milestone was noted."""
    if milestone not in source.milestones:
        return []
    step, seq = source.milestones[milestone]
    ended = [one for one in source.visits.values() if one.step == step and one.is_over and one.ended_seq > seq]
    first = min(ended, key=lambda one: one.ended_seq, default=None)
    return [source.visits[one] for one in source.leaves(first.activation)] if first is not None else []


def _clocks(workflows: Iterable[Workflow]) -> frozenset[tuple[str, str]]:
    """The waits that end on a date of their own, by workflow and step."""

    def waits(step: Step) -> bool:
        return step.kind == "wait" and step.config.until is not None

    return frozenset((one.id, step.id) for one in workflows for step in walk(one.body) if waits(step))


def working_time(span: Span | None, calendar: WorkCalendar) -> timedelta | None:
    """A goal in working time: two business days of eight hours are 16 hours, one week is the hours of a week."""
    if span is None:
        return None
    day = working_day(calendar)
    amount = float(span.amount)
    week = sum(60.0 * (end - start) for hours in calendar.hours for start, end in hours)
    per_unit = {
        "business days": day,
        "business hours": 3600.0,
        "months": week * 365.25 / 84,
        "weeks": week,
        "days": week / 7,
        "hours": 3600.0,
        "minutes": 60.0,
        "seconds": 1.0,
    }
    return timedelta(seconds=amount * per_unit[span.unit])
