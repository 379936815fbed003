"""Processes made at random, whose cases run through people who are busy: for grading forecasts and cascades.

Four to six members of two to four steps, joined by handoffs. Work takes longer for larger cases; some members are only
for cases of one kind; steps are sent back; outsiders take days by the clock; one member may wait for a weekly or
fortnightly meeting. People work nine to five and take what came first; arrivals come in waves.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog
from procession.analytics.workline import WorkLine
from procession.engine.calendar import STANDARD

BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)
_HOUR = 3600.0
_DAY = 24 * _HOUR
_KINDS = ("new", "change", "renewal")


@dataclass(slots=True)
class _Step:
    member: str
    name: str
    kind: str
    hours: float
    grows: float
    """With the size of the case."""
    back: float
    """The chance that the work is sent back to the step before."""


@dataclass(slots=True)
class _Member:
    name: str
    steps: list[_Step]
    after: list[str]
    only: str | None
    people: int


@dataclass(slots=True)
class _Case:
    id: str
    begin: float
    traits: dict[str, object]
    done: dict[str, list[str]]
    """Member → its instances."""
    instances: list[ActivityInstance]
    begun: set[str]


class Made:
    """One random process."""

    def __init__(
        self, seed: int, *, paired: bool = False, late: dict[tuple[str, str, str], float] | None = None
    ) -> None:
        """`paired`: the luck of every visit is its own, so that a run with something `late` (case, member, step →
        seconds of work on top) differs from the run without it in nothing else."""
        self.seed = seed
        self.paired = paired
        self.late = late or {}
        self.random = random.Random(f"process {seed}")
        self.line = WorkLine(STANDARD, BEGIN.timestamp() - 30 * _DAY)
        self.meeting = self.random.choice((0, 7, 14))
        self.members = self._members()

    def _members(self) -> list[_Member]:
        draw = self.random
        members: list[_Member] = []
        for n in range(draw.randint(4, 6)):
            before = draw.sample(members, min(len(members), draw.choice((1, 1, 2)))) if members else []
            steps: list[_Step] = []
            for s in range(draw.randint(2, 4)):
                kind = draw.choice(("task", "task", "task", "approval", "outside"))
                hours = draw.uniform(12, 72) if kind == "outside" else draw.lognormvariate(0.3, 0.6)
                steps.append(
                    _Step(f"m{n}", f"s{s}", kind, hours, draw.choice((0, 0, 0.5, 1)), draw.choice((0, 0, 0.15)))
                )
            if n == 2 and self.meeting:
                steps.insert(1, _Step(f"m{n}", "meeting", "meeting", 0, 0, 0))
            only = draw.choice(_KINDS) if n >= 2 and draw.random() < 0.3 else None
            members.append(_Member(f"m{n}", steps, [one.name for one in before], only, draw.randint(2, 4)))
        return members

    def log(self, cases: int) -> ProcessLog:
        """So many finished cases."""
        draw = self.random
        load = max(self._load(member) / member.people for member in self.members)
        gap = load / draw.uniform(0.6, 0.85)
        """Working hours between two cases, so that the busiest team is busy, not drowned."""
        at, started = 0.0, []
        for n in range(cases):
            wave = 1 + 0.4 * (1 if (n // 60) % 2 else -1)
            at += draw.expovariate(1 / (gap * wave)) * _HOUR
            begin = self.line.moment(self.line.worked(BEGIN.timestamp()) + at)
            traits: dict[str, object] = {
                "kind": draw.choice(_KINDS),
                "size": round(draw.lognormvariate(0, 0.7), 2),
                "site": draw.choice("abc"),
            }
            started.append(_Case(str(n), begin, traits, {}, [], set()))
        self._run(started)
        found = [
            ProcessCase(
                id=one.id, begin=_at(one.begin), end=max(i.ended for i in one.instances),
                instances=tuple(one.instances), traits=one.traits,
            )
            for one in started
        ]  # fmt: skip
        return ProcessLog(process="made", cases=tuple(found), calendar=STANDARD)

    def _load(self, member: _Member) -> float:
        share = 1 / 3 if member.only else 1.0
        return share * sum(
            one.hours * 1.25 * (1.3 if one.grows else 1) * (1 + one.back)
            for one in member.steps
            if one.kind in ("task", "approval")
        )

    def _run(self, cases: list[_Case]) -> None:
        free = {member.name: [0.0] * member.people for member in self.members}
        heap: list[tuple[float, int, _Case, _Member, int, tuple[str, ...]]] = []
        count = 0

        def push(ready: float, case: _Case, member: _Member, step: int, by: tuple[str, ...]) -> None:
            nonlocal count
            count += 1
            heapq.heappush(heap, (ready, count, case, member, step, by))

        for case in cases:
            for member in self.members:
                if not member.after:
                    push(case.begin, case, member, 0, ())
        while heap:
            ready, _, case, member, index, by = heapq.heappop(heap)
            step = member.steps[index]
            started, ended, person = self._do(step, case, ready, free[member.name])
            name = f"{case.id}.{len(case.instances)}"
            case.instances.append(
                ActivityInstance(
                    id=name, case_id=f"{case.id}.{member.name}", process_case_id=case.id, member=member.name,
                    workflow=member.name, step=step.name, title=f"{member.name} {step.name}", ready=_at(ready),
                    started=_at(started), ended=_at(ended), releasers=by, kind="wait" if step.kind == "meeting" else "task",
                    outside=step.kind == "outside", resource=person, fixed_end=step.kind == "meeting",
                    handoff="over" if index == 0 and by else None,
                )
            )  # fmt: skip
            if index and self._luck(step, case).random() < step.back and len(case.instances) < 60:
                push(ended, case, member, index - 1, (name,))
            elif index + 1 < len(member.steps):
                push(ended, case, member, index + 1, (name,))
            else:
                case.done[member.name] = [name]
                self._hand_over(case, ended, push)

    def _hand_over(self, case: _Case, at: float, push) -> None:
        """Start every member whose sources are all done; one that is not for this kind hands on at once."""
        for member in self.members:
            if member.name in case.begun or not member.after or any(one not in case.done for one in member.after):
                continue
            case.begun.add(member.name)
            by = tuple(dict.fromkeys(name for one in member.after for name in case.done[one]))
            ends = {one.id: one.ended.timestamp() for one in case.instances}
            at = max([at, *(ends[name] for name in by)])
            if member.only is not None and member.only != case.traits["kind"]:
                case.done[member.name] = list(by)
                self._hand_over(case, at, push)
                continue
            push(at, case, member, 0, by)

    def _do(self, step: _Step, case: _Case, ready: float, free: list[float]) -> tuple[float, float, str | None]:
        """When it is begun and ended, and by whom of the house."""
        draw = self._luck(step, case)
        noise = draw.lognormvariate(0, 0.6)
        size = float(case.traits["size"]) ** step.grows  # type: ignore[arg-type]
        if step.kind == "outside":
            return ready, ready + step.hours * size * noise * _HOUR, None
        if step.kind == "meeting":
            since = (BEGIN + timedelta(days=1, hours=1)).timestamp()
            opened = since + -(-(ready - since) // (self.meeting * _DAY)) * self.meeting * _DAY
            return ready, max(opened, ready), None
        person = min(range(len(free)), key=lambda one: free[one])
        begin = max(free[person], self.line.moment(self.line.worked(ready) + draw.expovariate(1 / 2.0) * _HOUR))
        begin = self.line.next_working(begin)
        ended = self.line.moment(self.line.worked(begin) + step.hours * size * noise * _HOUR)
        who = f"{step.member} {person}"
        late = self.late.get((case.id, step.member, step.name))
        if late and all(one.site.key != f"{step.member}/{step.name}" for one in case.instances):
            return begin, self.line.moment(self.line.worked(ended) + late), who  # the person goes on with other work
        free[person] = ended
        return begin, ended, who

    def _luck(self, step: _Step, case: _Case) -> random.Random:
        if not self.paired:
            return self.random
        visit = sum(one.member == step.member and one.step == step.name for one in case.instances)
        return random.Random(f"{self.seed} {case.id} {step.member} {step.name} {visit}")


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds), UTC)
