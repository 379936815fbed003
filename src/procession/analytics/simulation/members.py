"""Processes: members start when every handoff to them has happened, as the engine has it; what it decides by data or
by people's hands is decided by data or by chance here."""

from __future__ import annotations

from procession.analytics.simulation.flow import Block, Flow, Run, run_of
from procession.analytics.simulation.model import Data, Handoff, Happening, Member, Members
from procession.analytics.simulation.prepare import Plan, place_of


class ProcessBlock(Block):
    """A process under way."""

    __slots__ = ("carried", "events", "happened", "latest", "open", "outcomes", "reached", "step")

    def __init__(self, case: int, node: int, step: Members, parent: Block) -> None:
        super().__init__(case, node, None, parent, ())
        self.step = step
        self.happened: dict[str, int] = {}
        """Handoff → how often."""
        self.events: dict[Happening, int] = {}
        """How often each came, less one."""
        self.latest: dict[str, int] = {}
        """Member → the place of the handoff that reached it last."""
        self.carried: dict[str, Data] = {}
        self.open: dict[str, MemberRun] = {}
        self.outcomes: dict[str, str | None] = {}
        """Members that ended, or were not started (None)."""
        self.reached: set[tuple[str, str]] = set()


class MemberRun(Run):
    """A member under way."""

    __slots__ = ("member", "process")

    def __init__(self, member: Member, process: ProcessBlock, data: Data) -> None:
        super().__init__(process.case, process.node, None, process, data)
        self.member, self.process = member, process


class Processes(Flow):
    """One run of a model with processes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.happens = {key: [block.tolist() for block in blocks] for key, blocks in plan.happens.items()}
        self.lags = {key: [block.tolist() for block in blocks] for key, blocks in plan.lags.items()}

    def members_begin(self, node: int, step: Members, block: Block, at: int, releaser: int) -> None:
        process = ProcessBlock(block.case, node, step, block)
        self.happen_all(process, (None, None, None), {}, at, releaser)
        self.settle(process, at, releaser)

    def end_run(self, run: Run, at: int, releaser: int, outcome: str | None) -> None:
        if not isinstance(run, MemberRun):
            super().end_run(run, at, releaser, outcome)
            return
        process, name = run.process, run.member.name
        self.withdraw(run, at)
        if not process.alive:
            return
        ended = outcome or run.member.outcome
        process.open.pop(name, None)
        process.outcomes[name] = ended
        if run.member.take is not None:
            run.member.take(run.data, run_of(process).data)
        self.happen_all(process, (name, ended, None), run.data, at, releaser)
        self.settle(process, at, releaser)

    def milestone(self, run: Run, name: str, at: int, releaser: int) -> None:
        super().milestone(run, name, at, releaser)
        if isinstance(run, MemberRun) and run.process.alive:
            run.process.reached.add((run.member.name, name))
            self.happen_all(run.process, (run.member.name, None, name), run.data, at, releaser)
            self.settle(run.process, at, releaser)

    # --- handoffs --------------------------------------------------------------------------------------------------------

    def happen_all(self, process: ProcessBlock, event: Happening, data: Data, at: int, releaser: int) -> None:
        """Let every handoff that an event sets off happen, where its condition holds."""
        together = self.together(process, event)
        for number, handoff in enumerate(process.step.handoffs):
            if not process.alive:
                return
            count = process.happened.get(handoff.id, 0)
            if not _matches_any(handoff, event) or (count and not handoff.again):
                continue
            if handoff.at_most is not None and count >= handoff.at_most:
                continue
            known = together is not None and not handoff.by_chance
            if handoff.id in (together or ()) if known else self.holds(process, number, handoff, data, count):
                self.hand_over(process, number, handoff, data, at, releaser)

    def together(self, process: ProcessBlock, event: Happening) -> frozenset[str] | None:
        """What an event hands over, drawn from what it handed over in the log; None where the log does not say it."""
        known = process.step.handings.get(event)
        if not known:
            return None
        number = next((n for n, one in enumerate(process.step.handoffs) if _matches_any(one, event)), None)
        if number is None:
            return frozenset()
        visit = process.events[event] = process.events.get(event, -1) + 1
        blocks = self.happens[process.node, number]
        block, place = place_of(visit, process.case, len(blocks), self.plan.cases)
        drawn, total = blocks[block][place], 0.0
        for handoffs, share in known:
            total += share
            if drawn < total:
                return handoffs
        return known[-1][0]

    def holds(self, process: ProcessBlock, number: int, handoff: Handoff, data: Data, count: int) -> bool:
        """Whether a handoff's condition is true."""
        if handoff.decide is not None:
            found = handoff.decide({**run_of(process).data, **data})
            if found is not None:
                return found
        if handoff.chance >= 1:
            return True
        blocks = self.happens[process.node, number]
        block, place = place_of(count, process.case, len(blocks), self.plan.cases)
        return blocks[block][place] < handoff.chance

    def hand_over(
        self, process: ProcessBlock, number: int, handoff: Handoff, data: Data, at: int, releaser: int
    ) -> None:
        """A handoff happens."""
        process.happened[handoff.id] = process.happened.get(handoff.id, 0) + 1
        if handoff.to is None:
            self.finish(process, handoff.outcome or process.step.outcome, at, releaser)
            return
        process.latest[handoff.to] = number
        if handoff.carry is not None:
            process.carried.setdefault(handoff.to, {}).update(handoff.carry(data, run_of(process).data))
        if handoff.again:
            self.renew(process, handoff.to)
            if handoff.to not in process.open:
                self.begin_member(process, handoff.to, at, releaser)

    def renew(self, process: ProcessBlock, to: str) -> None:
        """What went back begins anew: the target, every ended member below it, and their handoffs."""
        below = [to]
        for member in below:
            below += [
                one.to for one in process.step.handoffs
                if not one.again and one.to is not None and one.to not in below and _leads_from(one, member)
            ]  # fmt: skip
        for member in below:
            process.outcomes.pop(member, None)
        for one in process.step.handoffs:
            if not one.again and any(source[0] in below for source in one.sources):
                process.happened.pop(one.id, None)

    def begin_member(self, process: ProcessBlock, name: str, at: int, releaser: int) -> None:
        """A member starts; how long its first work lies unnoticed is its last handoff's lag."""
        member = next(one for one in process.step.members if one.name == name)
        carried = dict(process.carried.get(name, {}))
        data = (
            member.begin(carried, lambda field: self.draw(field, process.case)) if member.begin is not None else carried
        )
        run = MemberRun(member, process, data)
        process.open[name] = run
        self.flow(member.entry, run, at, releaser, self.lag(process, name))

    def lag(self, process: ProcessBlock, name: str) -> int:
        """How long, in working time, until the other side turns to what was handed over."""
        number = process.latest.get(name)
        blocks = None if number is None else self.lags.get((process.node, number))
        if number is None or blocks is None:
            return 0
        count = process.happened.get(process.step.handoffs[number].id, 1) - 1
        block, place = place_of(count, process.case, len(blocks), self.plan.cases)
        return blocks[block][place]

    # --- joins -----------------------------------------------------------------------------------------------------------

    def settle(self, process: ProcessBlock, at: int, releaser: int) -> None:
        """Start what can start, give up what cannot, and end when nothing is left."""
        while process.alive and self.settle_once(process, at, releaser):
            pass
        if process.alive and not process.open:
            self.finish(process, process.step.outcome, at, releaser)

    def settle_once(self, process: ProcessBlock, at: int, releaser: int) -> bool:
        """Whether anything changed."""
        for member in process.step.members:
            name = member.name
            if name in process.outcomes or name in process.open:
                continue
            incoming = [one for one in process.step.handoffs if one.to == name and not one.again]
            missing = [one for one in incoming if not one.optional and one.id not in process.happened]
            if any(not can_happen(process, one) for one in missing):
                process.outcomes[name] = None
                return True
            awaited = [one for one in incoming if one.optional and one.id not in process.happened]
            if missing or any(can_happen(process, one) for one in awaited):
                continue
            back = [one for one in process.step.handoffs if one.to == name and one.again]
            if any(one.id in process.happened for one in incoming) or not (incoming or back):
                self.begin_member(process, name, at, releaser)
                return True
            if incoming or not any(_again_can(process, one, frozenset()) for one in back):
                process.outcomes[name] = None
                return True
        return False

    def finish(self, process: ProcessBlock, outcome: str, at: int, releaser: int) -> None:
        """The process ends, with whatever is open in it."""
        assert process.parent is not None
        self.withdraw(process, at)
        self.end_run(run_of(process.parent), at, releaser, outcome)


def _matches_any(handoff: Handoff, event: Happening) -> bool:
    return any(_matches(source, event) for source in handoff.sources)


def _matches(source: Happening, event: Happening) -> bool:
    if source[0] != event[0] or source[2] != event[2]:
        return False
    if source[0] is None or source[2] is not None or source[1] in (None, "completed"):
        return True
    return source[1] == event[1]


def _leads_from(handoff: Handoff, member: str) -> bool:
    return any(source[0] == member for source in handoff.sources)


def can_happen(process: ProcessBlock, handoff: Handoff, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a handoff that has not happened still may."""
    if handoff.id in seen:
        return False
    return any(_source_can(process, source, seen | {handoff.id}) for source in handoff.sources)


def _source_can(process: ProcessBlock, source: Happening, seen: frozenset[str]) -> bool:
    name, _, milestone = source
    if name is None:
        return False
    if name in process.open:
        return milestone is None or (name, milestone) not in process.reached
    incoming = [one for one in process.step.handoffs if one.to == name]
    if name in process.outcomes:
        return any(one.again and _again_can(process, one, seen) for one in incoming)
    return not incoming or any(one.id in process.happened or can_happen(process, one, seen) for one in incoming)


def _again_can(process: ProcessBlock, handoff: Handoff, seen: frozenset[str]) -> bool:
    used_up = handoff.at_most is not None and process.happened.get(handoff.id, 0) >= handoff.at_most
    return not used_up and can_happen(process, handoff, seen)
