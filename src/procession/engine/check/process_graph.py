"""How the handoffs of a process lie: circles, ways back that go back nowhere, members that no case comes to."""

from __future__ import annotations

from collections.abc import Mapping

from procession.engine.check.context import Checking
from procession.engine.definition import Handoff, Process


def said_of(handoff: Handoff) -> str:
    """A handoff in a message, such as `a.completed → b`."""
    to = handoff.to if handoff.to is not None else f"end {handoff.end}".rstrip()
    return f"{' or '.join(str(source) for source in handoff.sources)} → {to}"


def check_way_back(ctx: Checking, process: Process, handoff: Handoff) -> None:
    """A handoff marked `again` goes back to what comes before its source, and is bounded."""
    path, line, said = f"handoffs/{handoff.id}", handoff.line, said_of(handoff)
    if handoff.again and handoff.at_most is None:
        ctx.add("unbounded_circle", path, f"The handoff {said} goes again, but nothing bounds it.",
                "write at most: 3", line=line)  # fmt: skip
    if handoff.at_most is not None and not handoff.again:
        ctx.add("missing_key", f"{path}/at most", f"The handoff {said} has at most: but does not go again.",
                "write again: true, or remove at most:", line=line)  # fmt: skip
    known = all(source.member is None or source.member in process.members for source in handoff.sources)
    if not handoff.again or not known or (handoff.to is not None and handoff.to not in process.members):
        return
    after = _after(process, handoff.to)
    if handoff.to is None or not any(source.member in after for source in handoff.sources):
        why = "the end" if handoff.to is None else f"{handoff.to}, which does not come before it"
        ctx.add("type_mismatch", f"{path}/again", f"The handoff {said} is marked again: true, but leads to {why}.",
                "remove again: and at most:", line=line)  # fmt: skip


def _after(process: Process, member: str | None) -> frozenset[str | None]:
    """The member and every one that the handoffs lead to from it."""
    found = [member]
    for name in found:
        for one in process.handoffs:
            if one.to is not None and one.to not in found and any(source.member == name for source in one.sources):
                found.append(one.to)
    return frozenset(found)


def check_circles(ctx: Checking, process: Process) -> None:
    """A circle of handoffs none of which is marked `again`."""
    following: dict[str, list[Handoff]] = {}
    for handoff in process.handoffs:
        if handoff.again or handoff.to is None:
            continue
        for source in handoff.sources:
            if source.member is not None:
                following.setdefault(source.member, []).append(handoff)
    done: set[str] = set()
    for start in process.members:
        trail: list[str] = []
        if circle := _circle(start, following, trail, done):
            back = next(one for one in following[circle[-1]] if one.to == circle[0])
            ctx.add(
                "unbounded_circle",
                f"handoffs/{back.id}",
                f"The handoffs go round: {' → '.join((*circle, circle[0]))}.",
                f"mark {said_of(back)} with again: true and at most: 3",
                line=back.line,
                shown=(*circle, circle[0]),
            )
            return


def _circle(start: str, following: Mapping[str, list[Handoff]], trail: list[str], done: set[str]) -> list[str] | None:
    """A circle that can be met from a member, found without recursion."""
    stack = [(start, iter(following.get(start, ())))]
    trail.append(start)
    while stack:
        current, ways = stack[-1]
        handoff = next(ways, None)
        if handoff is None:
            done.add(current)
            stack.pop()
            trail.pop()
            continue
        to = handoff.to
        if to in trail:
            return trail[trail.index(to) :]
        if to is not None and to not in done:
            stack.append((to, iter(following.get(to, ()))))
            trail.append(to)
    return None


def check_reached(ctx: Checking, process: Process) -> None:
    """Members that no handoff reaches; a member whose every way in waits for one of those."""
    reached: set[str] = set()
    changed = True
    while changed:
        changed = False
        for member in process.members:
            into = [one for one in process.handoffs if one.to == member and not one.again]
            needed = [one for one in into if not one.optional] or into
            can = bool(into) and all(
                any(source.member is None or source.member in reached for source in one.sources) for one in needed
            )
            if member not in reached and can:
                reached.add(member)
                changed = True
    for member in process.members.values():
        if member.id not in reached and not _part_of_circle(ctx):
            ctx.add(
                "unreachable_step",
                f"workflows/{member.id}",
                f"No case can come to the member {member.id!r}.",
                f"write a handoff such as {{from: start, to: {member.id}}}",
                line=member.line,
            )


def _part_of_circle(ctx: Checking) -> bool:
    return any(one.code == "unbounded_circle" and one.path for one in ctx.findings)
