"""Where a case can go: arrows into blocks, steps that nothing reaches, circles without an end or a wait.

Every scope is a small graph whose nodes are its steps. A block's child scopes are summarised first, as the exits by
which they can be left, each with its shortest path; the block then is one node with those ways out. What is reachable
from the entry but cannot reach an exit never ends. An arrow with `at most` can be followed forward, but it is no way
out. The work is proportional to steps and arrows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from procession.engine.check.context import Checking, waits_for
from procession.engine.check.graph import (
    OUT,
    Exit,
    Graph,
    Way,
    circle_from,
    entry_of,
    instantly_reached,
    keep,
    worth_showing,
)
from procession.engine.definition import Scope, Step, Target
from procession.engine.findings import Finding, did_you_mean
from procession.engine.steps import LATER_KINDS, step_types

_INSTANT = frozenset({"decide", "set", "email", "survey", "archive", "end"})
"""Kinds that finish by themselves, at once."""


def check_flow(ctx: Checking) -> None:
    """Findings about the arrows of a workflow."""
    for root in ctx.roots:
        _Flow(ctx).summarise(root, ())


class _Flow:
    def __init__(self, ctx: Checking) -> None:
        self.ctx = ctx
        self._places: dict[int, Mapping[str, int]] = {}

    def places(self, scope: Scope) -> Mapping[str, int]:
        """Step id → its place in the scope."""
        known = self._places.get(id(scope))
        if known is None:
            known = self._places[id(scope)] = {step.id: place for place, step in enumerate(scope.steps)}
        return known

    def summarise(self, scope: Scope, around: tuple[Scope, ...]) -> dict[Exit, Way]:
        """The exits of a scope; what is wrong inside is reported."""
        graph = Graph(scope)
        scopes = (*around, scope)
        for index, step in enumerate(scope.steps):
            graph.ways[step.id] = list(self._ways(step, index, scopes))
        self._walk_forward(graph)
        exits = self._exits(graph)
        self._report_unreachable(graph)
        self._report_never_ending(graph)
        self._report_busy(graph)
        return exits

    # Ways out of one step

    def _ways(self, step: Step, index: int, scopes: tuple[Scope, ...]) -> Iterator[Way]:
        scope = scopes[-1]
        below: Exit = OUT if index + 1 >= len(scope.steps) else ("step", scope.steps[index + 1].id)
        if step.when is not None:
            yield Way(below, (step.title,), instant=True, skips=True)
        if step.kind == "state":
            yield from self._ways_of_state(step, scopes)
            return
        inside = self._through(step, scopes)
        for way in inside:
            if way.to != OUT:
                yield way
        through = next((way for way in inside if way.to == OUT), None)
        if through is not None:
            yield from self._arrows(step, index, below, through, scopes)

    def _through(self, step: Step, scopes: tuple[Scope, ...]) -> list[Way]:
        """The step itself as ways: to its own end (`out`), and by arrows from inside a block."""
        title = (step.title,)
        children = step.scopes()
        if not children:
            if step.kind == "end":
                return [Way(("end", step.config.outcome), title, instant=True)]
            return [Way(OUT, title, instant=_is_instant(step))]
        found: dict[Exit, Way] = {}
        summaries = [self.summarise(child, scopes) for child in children]
        for summary in summaries:
            for to, way in summary.items():
                if to != OUT:
                    keep(found, Way(to, title + way.titles, way.bounded, way.instant))
        done = _done(step, summaries)
        if done is not None:
            keep(found, Way(OUT, title + done.titles, instant=done.instant))
        return list(found.values())

    def _arrows(self, step: Step, index: int, below: Exit, through: Way, scopes: tuple[Scope, ...]) -> Iterator[Way]:
        """The ways that the step's arrows make of its finishing."""
        falls = step.next is None and _falls_through(step, self.ctx)
        if step.next is not None:
            yield from self._arrow(step, "next", step.next, index, below, through, scopes)
        for label, target in step.targets():
            if label not in ("next", "on exhausted"):
                yield from self._arrow(step, label, target, index, below, through, scopes)
        if falls:
            yield Way(below, through.titles, instant=through.instant)
        if step.kind == "approval" and "reject" in step.config.outcomes and "reject" not in step.on:
            yield Way(("end", "rejected"), through.titles, instant=through.instant)

    def _arrow(
        self, step: Step, label: str, target: Target, index: int, below: Exit, through: Way, scopes: tuple[Scope, ...]
    ) -> Iterator[Way]:
        if target.end is not None:
            yield Way(("end", target.end), through.titles, instant=through.instant)
        elif target.inline is not None:
            yield from self._inline(target.inline, index, below, through, scopes)
        elif target.step is not None and self._may_lead(step, label, target.step, scopes):
            back = self._leads_back(target.step, index, scopes)
            bounded = back and step.at_most is not None
            yield Way(("step", target.step), through.titles, bounded=bounded, instant=through.instant)
            if bounded:
                yield from self._exhausted(step, index, below, through, scopes)

    def _exhausted(self, step: Step, index: int, below: Exit, through: Way, scopes: tuple[Scope, ...]) -> Iterator[Way]:
        target = step.on_exhausted
        if target is None:
            yield Way(below, through.titles, instant=through.instant)
        elif target.end is not None:
            yield Way(("end", target.end), through.titles, instant=through.instant)
        elif target.inline is not None:
            yield from self._inline(target.inline, index, below, through, scopes)
        elif target.step is not None and self._may_lead(step, "on exhausted", target.step, scopes):
            yield Way(("step", target.step), through.titles, instant=through.instant)

    def _inline(self, step: Step, index: int, below: Exit, through: Way, scopes: tuple[Scope, ...]) -> Iterator[Way]:
        """A step written in place: after it the case goes on below its owner."""
        inside = Scope(name=step.id, steps=(step,))
        for to, way in self._inline_exits(inside, index, below, scopes).items():
            yield Way(to, through.titles + way.titles, way.bounded, through.instant and way.instant)

    def _inline_exits(self, inside: Scope, index: int, below: Exit, scopes: tuple[Scope, ...]) -> dict[Exit, Way]:
        step = inside.steps[0]
        found: dict[Exit, Way] = {}
        if step.when is not None:
            keep(found, Way(below, (step.title,), instant=True, skips=True))
        through = self._through(step, scopes)
        for way in through:
            if way.to != OUT:
                keep(found, way)
            else:
                for arrow in self._arrows(step, index, below, way, scopes):
                    keep(found, arrow)
        return found

    def _ways_of_state(self, step: Step, scopes: tuple[Scope, ...]) -> Iterator[Way]:
        title = (step.title,)
        entering = self._through(step, scopes)
        yield from (way for way in entering if way.to != OUT)
        if all(way.to != OUT for way in entering):
            return
        if step.config.outcome is not None:
            yield Way(("end", step.config.outcome), title, instant=True)
            return
        for number, action in enumerate(step.config.actions):
            if self._may_lead(step, f"actions/{number}/to", action.to, scopes):
                yield Way(("step", action.to), title)
        for after in step.config.after:
            if self._may_lead(step, f"after/{after.span}", after.to, scopes):
                yield Way(("step", after.to), title)

    def _may_lead(self, step: Step, label: str, target: str, scopes: tuple[Scope, ...]) -> bool:
        """Whether the arrow leads to a step of this list or of one around it; if not, that is reported."""
        if any(target in self.places(scope) for scope in scopes):
            return True
        path = f"steps/{step.id}/{f'on {label}' if label in step.on else label}"
        line = step.line
        goal = self.ctx.by_id.get(target)
        if goal is None:
            names = [one.title for one in self.ctx.steps]
            self.ctx.add(
                "unknown_step",
                path,
                f"“{step.title}” leads to {target!r}, which is no step here.",
                did_you_mean(target, [*names, *self.ctx.by_id, "end"], otherwise="the steps are {}"),
                line=line,
            )
            return False
        block = self._block_around(target)
        self.ctx.add(
            "arrow_into_block",
            path,
            f"“{step.title}” leads into {f'“{block}”' if block else 'a step written in place'} from outside, "
            f"to “{goal.title}”.",
            f"lead to “{block}” itself" if block else "write that step in the list of steps, and lead to it there",
            line=line,
        )
        return False

    def _leads_back(self, target: str, index: int, scopes: tuple[Scope, ...]) -> bool:
        """To the step itself, an earlier one of its list, the block around it, or a step before that block."""
        inside: Scope | None = None
        for scope in reversed(scopes):
            place = self.places(scope).get(target)
            if place is not None:
                if scope.kind == "states" or inside is None:
                    return scope.kind == "states" or place <= index
                around = next(
                    (at for at, one in enumerate(scope.steps) if any(s is inside for s in _owned(one))), index
                )
                return place <= around
            inside = scope
        return False

    def _block_around(self, target: str) -> str | None:
        for one in self.ctx.steps:
            for scope in one.scopes():
                if any(step.id == target for step in scope.steps):
                    return one.title
        return None

    # What follows from the graph

    def _walk_forward(self, graph: Graph) -> None:
        entry = entry_of(graph.scope)
        if entry is None:
            return
        graph.came[entry], graph.length[entry] = ("", ()), 0
        waiting = deque([entry])
        while waiting:
            current = waiting.popleft()
            for way in graph.ways[current]:
                if way.to[0] == "step" and way.to[1] in graph.ways and way.to[1] not in graph.came:
                    graph.came[way.to[1]] = (current, worth_showing(way))
                    graph.length[way.to[1]] = graph.length[current] + len(worth_showing(way))
                    waiting.append(way.to[1])

    def _exits(self, graph: Graph) -> dict[Exit, Way]:
        """Every exit with its best way: unbounded before bounded, then the shortest; instant if any way to it is."""
        if not graph.scope.steps:
            return {OUT: Way(OUT, (), instant=True)}
        quick = instantly_reached(graph)
        best: dict[Exit, tuple[bool, int, str, Way]] = {}
        instant: set[Exit] = set()
        for step_id in graph.came:
            for way in graph.ways[step_id]:
                if way.to[0] == "step" and way.to[1] in graph.ways:
                    continue
                if way.instant and step_id in quick:
                    instant.add(way.to)
                rank = (way.bounded, graph.length[step_id] + len(worth_showing(way)))
                if way.to not in best or rank < best[way.to][:2]:
                    best[way.to] = (*rank, step_id, way)
        return {
            to: Way(to, graph.path_to(step_id) + worth_showing(way), way.bounded, to in instant)
            for to, (_, _, step_id, way) in best.items()
        }

    def _report_unreachable(self, graph: Graph) -> None:
        for step in graph.scope.steps:
            if step.id not in graph.came:
                what = "state" if step.kind == "state" else "step"
                self.ctx.add(
                    "unreachable_step",
                    f"steps/{step.id}",
                    f"No case can come to the {what} “{step.title}”.",
                    "lead an arrow to it, or remove it",
                    line=step.line,
                )

    def _report_never_ending(self, graph: Graph) -> None:
        backward: dict[str, list[str]] = {}
        alive: set[str] = set()
        for step_id in graph.came:
            for way in graph.ways[step_id]:
                if way.bounded:
                    continue
                if way.to[0] == "step" and way.to[1] in graph.ways:
                    backward.setdefault(way.to[1], []).append(step_id)
                else:
                    alive.add(step_id)
        waiting = list(alive)
        while waiting:
            for before in backward.get(waiting.pop(), ()):
                if before not in alive:
                    alive.add(before)
                    waiting.append(before)
        stuck = [step for step in graph.scope.steps if step.id in graph.came and step.id not in alive]
        if not stuck:
            return
        nearest_stuck = min(stuck, key=lambda step: graph.length[step.id])
        caught = circle_from(graph, nearest_stuck.id, {step.id for step in stuck})
        first = self.ctx.by_id[caught[0]]
        turn = tuple(self.ctx.by_id[name].title for name in caught)
        path = (*graph.path_to(first.id), *turn)
        if len(turn) > 1:
            sentence = f"A case that comes to “{first.title}” goes round and never ends: {' → '.join(turn)}."
            hint = "lead one of these steps out of the circle"
        elif first.scopes():
            sentence, hint = f"A case that comes to “{first.title}” never gets out of it.", "see the steps inside"
        else:
            sentence = f"A case that comes to “{first.title}” stays there for ever."
            hint = "give it an action, a timer or an outcome" if first.kind == "state" else "give it a way to go on"
        if not any(one.code in ("never_ends", "unknown_step", "arrow_into_block") for one in self._inside(first)):
            self.ctx.add("never_ends", f"steps/{first.id}", sentence, hint, line=first.line, shown=path)

    def _inside(self, step: Step) -> list[Finding]:
        """Findings about arrows of the step or of steps inside it, which explain why it does not end."""
        lines = {step.line, *(one.line for child in step.scopes() for one in child.steps)}
        return [one for one in self.ctx.findings if one.line in lines and one.line]

    def _report_busy(self, graph: Graph) -> None:
        """A circle of ways that are all instant and unbounded."""
        state: dict[str, int] = {}
        for start in graph.came:
            if start in state:
                continue
            trail: list[tuple[str, Iterator[Way]]] = [(start, iter(graph.ways[start]))]
            state[start] = 1
            while trail:
                current, ways = trail[-1]
                way = next(ways, None)
                if way is None:
                    state[current] = 2
                    trail.pop()
                    continue
                to = way.to[1]
                if not way.instant or way.bounded or way.to[0] != "step" or to not in graph.ways:
                    continue
                if state.get(to) == 1:
                    self._busy(graph, [name for name, _ in trail], to)
                    return
                if to not in state:
                    state[to] = 1
                    trail.append((to, iter(graph.ways[to])))

    def _busy(self, graph: Graph, trail: Sequence[str], to: str) -> None:
        circle = trail[trail.index(to) :]
        titles = {step.id: step.title for step in graph.scope.steps}
        names = tuple(titles[name] for name in (*circle, to))
        skipping = any(
            way.skips
            and not any(other.instant and not other.skips and other.to == way.to for other in graph.ways[name])
            for name, following in zip(circle, (*circle[1:], to), strict=True)
            for way in graph.ways[name]
            if way.to == ("step", following)
        )
        last = self.ctx.by_id[circle[-1]]
        self.ctx.add(
            "busy_loop",
            f"steps/{last.id}/next" if last.next is not None else f"steps/{last.id}",
            f"Nothing waits in the circle {' → '.join(names)}"
            + (" when the steps with a condition are skipped." if skipping else "."),
            "put a task or a wait into it, or bound it with at most:",
            severity="warning" if skipping else "error",
            line=last.line,
            shown=names,
        )


def _is_instant(step: Step) -> bool:
    if step.kind == "email":
        return not step.config.draft_for
    if step.kind == "workflow":
        return bool(step.config.detached)
    if step.kind == "wait":
        return not waits_for(step)
    return step.kind in _INSTANT


def _done(step: Step, summaries: Sequence[Mapping[Exit, Way]]) -> Way | None:
    """How a block finishes by itself, with the shortest path; None where it cannot."""
    outs = [summary[OUT] for summary in summaries if OUT in summary]
    if step.kind == "choose":
        if step.config.otherwise is None:
            return Way(OUT, (), instant=True)
        return (
            Way(OUT, min((way.titles for way in outs), key=len), instant=any(w.instant for w in outs)) if outs else None
        )
    if not outs:
        return None
    if step.kind == "parallel":
        needed = step.config.done_when
        count = len(summaries) if needed == "all" else 1 if needed == "any" else int(needed)
        if needed == "all" and any(way.bounded for way in outs):
            return None
        if len(outs) < min(count, len(summaries)) and needed != "all":
            return None
        if needed == "all" and len(outs) < len(summaries):
            # A branch that only leaves by an arrow never comes to its end; the arrow is the block's way out.
            return None
        titles = tuple(title for way in outs[:count] for title in way.titles)
        return Way(OUT, titles, instant=sum(way.instant for way in outs) >= count)
    return Way(OUT, outs[0].titles, instant=outs[0].instant)


def _falls_through(step: Step, ctx: Checking) -> bool:
    """Whether some outcome leads to the step below."""
    if step.kind in LATER_KINDS or step.kind == "workflow":
        return True
    if step.kind == "wait":
        ways = waits_for(step)
        return not ways or any(
            name not in step.on and getattr(step.config, f"on_{name}") is None
            for name in ways
            if _can_happen(step, name, ctx)
        )
    outcomes = step_types()[step.kind].outcomes(step)
    return any(name not in step.on and not (step.kind == "approval" and name == "reject") for name in outcomes)


def _can_happen(step: Step, name: str, ctx: Checking) -> bool:
    return name != "reached" or step.config.reached in ctx.milestones


def _owned(step: Step) -> Iterator[Scope]:
    """The scopes inside a step, those of steps written in place included."""
    yield from step.scopes()
    for _, target in step.targets():
        if target.inline is not None:
            yield from _owned(target.inline)
