"""A workflow as a diagram: its steps and arrows, coloured by where one case stands.

Steps follow each other; a condition is a pill on the arrow to its step, with an arrow past it. Where several arrows
past steps would meet, a diamond gathers them, so that ten optional steps in a row need twenty arrows and not fifty.
Blocks are containers: a bar opens and closes branches that run at once, a diamond those of which one is chosen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from procession.drawing.model import OTHERWISE, FlowDiagram, FlowEdge, FlowNode
from procession.drawing.progress import progress_of, state_of_mark, ways_taken
from procession.drawing.words import Called, due_words, step_words
from procession.engine.case import Case
from procession.engine.definition import Scope, Step, Target, Workflow
from procession.engine.instants import Instant

Link = Callable[[str], str | None]
"""The address behind a step, by its id."""

BLOCKS = frozenset({"parallel", "choose", "each"})


def flow_of_workflow(
    workflow: Workflow,
    *,
    link: Link | None = None,
    selected: str | None = None,
    badges: Mapping[str, str] | None = None,
    called: Called | None = None,
) -> FlowDiagram:
    """The workflow as it is written. `badges` are short figures by step id, such as how many cases stand there."""
    builder = _Builder(workflow, link, selected, badges or {}, called)
    return builder.diagram(workflow.title)


def flow_of_case(
    workflow: Workflow,
    case: Case,
    *,
    now: Instant,
    link: Link | None = None,
    selected: str | None = None,
    badges: Mapping[str, str] | None = None,
    called: Called | None = None,
) -> FlowDiagram:
    """The workflow with one case in it: what is open, late, done, skipped, and which way it went.

    `now` decides what is late. A case of an older version must be given that version's workflow.
    """
    diagram = flow_of_workflow(workflow, link=link, selected=selected, called=called)
    steps = progress_of(case, {node.id for node in diagram.nodes}, now)
    shown = badges or {}
    nodes = tuple(
        replace(node, state=steps[node.id].state, badge=shown.get(node.id, steps[node.id].badge))
        if node.id in steps
        else replace(node, state=state_of_mark(node, case))
        for node in diagram.nodes
    )
    edges = ways_taken(replace(diagram, nodes=nodes), case)
    return replace(diagram, title=case.name or workflow.title, nodes=nodes, edges=edges)


@dataclass(frozen=True, slots=True)
class _Loose:
    """An arrow that has left its source and not yet arrived."""

    source: str
    label: str = ""
    aside: bool = False
    """Not the ordinary way on; drawn after it."""


class _Builder:
    def __init__(
        self,
        workflow: Workflow,
        link: Link | None,
        selected: str | None,
        badges: Mapping[str, str],
        called: Called | None,
    ) -> None:
        self.workflow = workflow
        self.called = called
        self.link: Link = link or _nowhere
        self.selected = selected
        self.badges = badges
        self.nodes: list[FlowNode] = []
        self.arrows: list[tuple[str, str, _Loose]] = []
        self.entries: dict[str, str] = {}
        """Where an arrow to a step docks: the step, or the first mark inside a block."""
        self.ends: dict[str, str] = {}
        self.limits: dict[str, int] = {}
        """How often the arrows of a node that lead back may be taken."""

    def diagram(self, title: str) -> FlowDiagram:
        self.nodes.append(FlowNode(id="start", title="", kind="start"))
        body = self.workflow.body
        if body.kind == "states":
            self._states(body)
        else:
            loose = self._steps(body.steps, [_Loose("start")], None, "")
            self._arrive(loose, self._end(""))
        order = {node.id: index for index, node in enumerate(self.nodes)}
        order.update({name: len(order) for name in self.ends.values()})
        return FlowDiagram(
            title=title,
            nodes=(*self.nodes, *(FlowNode(id=name, title=end, kind="end") for end, name in self.ends.items())),
            edges=tuple(self._edges(order)),
        )

    def _edges(self, order: Mapping[str, int]) -> Iterator[FlowEdge]:
        ordered = sorted(self.arrows, key=lambda arrow: (order[arrow[0]], arrow[2].aside))
        arrows = dict.fromkeys((source, self.entries.get(target, target), way.label) for source, target, way in ordered)
        for index, (source, target, label) in enumerate(arrows):
            back = order[target] <= order[source]
            if back and source in self.limits:
                shown = _joined(label, f"at most {self.limits[source]} times")
            else:
                shown = label
            yield FlowEdge(id=f"{index}:{source}->{target}", source=source, target=target, label=shown, back=back)

    # -- a list of steps

    def _steps(
        self, steps: tuple[Step, ...], loose: list[_Loose], parent: str | None, prefix: str, first: int = 1
    ) -> list[_Loose]:
        """Draw steps one after the other, numbered from `first`; what is loose after the last is given back."""
        bypassed = False
        for index, step in enumerate(steps, first):
            number = f"{prefix}{index}"
            if step.when is None:
                loose = self._step(step, loose, parent, number)
                bypassed = False
                continue
            if bypassed:
                gate = f"{step.id}/gate"
                self.nodes.append(FlowNode(id=gate, title="", kind="gate", parent=parent))
                self._arrive(loose, gate)
                loose = [_Loose(gate)]
            condition = [replace(one, label=_joined(one.label, step.when)) for one in loose]
            past = [replace(one, label=_joined(one.label, OTHERWISE)) for one in loose]
            loose = [*self._step(step, condition, parent, number), *past]
            bypassed = True
        return loose

    def _step(self, step: Step, loose: list[_Loose], parent: str | None, number: str) -> list[_Loose]:
        self.entries[step.id] = step.id
        if step.kind == "end":
            self.nodes.append(self._node(step, parent, number, kind="end", title=step.config.outcome or step.title))
            self._arrive(loose, step.id)
            return []
        self.nodes.append(self._node(step, parent, number))
        inside = self._block(step, loose, number) if step.kind in BLOCKS else None
        if inside is None:
            self._arrive(loose, step.id)
        return self._leaving(step, inside if inside is not None else [_Loose(step.id)], parent, number)

    def _node(self, step: Step, parent: str | None, number: str, kind: str = "", title: str = "") -> FlowNode:
        who = step_words(step, self.workflow, self.called)
        due = due_words(step)
        return FlowNode(
            id=step.id,
            title=title or step.title,
            subtitle=" · ".join(part for part in (who, due) if part),
            kind=kind or step.kind,
            number="" if kind == "end" else number,
            parent=parent,
            badge=self.badges.get(step.id, ""),
            href=self.link(step.id),
            selected=step.id == self.selected,
        )

    def _arrive(self, loose: list[_Loose], target: str) -> None:
        for one in loose:
            self.arrows.append((one.source, target, one))

    # -- blocks

    def _block(self, step: Step, loose: list[_Loose], number: str) -> list[_Loose]:
        """Draw what is inside a block; gives back what is loose at its end."""
        scopes = step.scopes()
        if step.kind == "each":
            before = len(self.nodes)
            after = self._steps(scopes[0].steps, loose, step.id, f"{number}.")
            if len(self.nodes) > before:
                self.entries[step.id] = self._first_entry(scopes[0], self.nodes[before].id)
            return after
        fork, join = f"{step.id}/fork", f"{step.id}/join"
        self.nodes.append(FlowNode(id=fork, title="", kind="fork", parent=step.id))
        self.entries[step.id] = fork
        self._arrive(loose, fork)
        ends: list[_Loose] = []
        counted = 0
        for scope in scopes:
            label = scope.label or (scope.when or OTHERWISE if step.kind == "choose" else "")
            ends += self._steps(scope.steps, [_Loose(fork, label)], step.id, f"{number}.", counted + 1)
            counted += len(scope.steps)
        if step.kind == "choose" and all(scope.when is not None for scope in scopes):
            ends.append(_Loose(fork, OTHERWISE))
        self.nodes.append(FlowNode(id=join, title="", kind="join", parent=step.id))
        self._arrive(ends, join)
        return [_Loose(join)]

    def _first_entry(self, scope: Scope, first: str) -> str:
        return self.entries.get(scope.steps[0].id, first) if scope.steps else first

    # -- arrows

    def _leaving(self, step: Step, loose: list[_Loose], parent: str | None, number: str) -> list[_Loose]:
        """Draw the arrows written on a step; gives back what goes on to the step below."""
        below: list[_Loose] = []
        written = [(label, target) for label, target in step.targets() if label not in ("next", "on exhausted")]
        default = list(loose)
        if any(label in _outcomes_of(step) for label, _ in written) or _rejects(step):
            rest = [name for name in _outcomes_of(step) if name not in dict(written)]
            rest = [name for name in rest if not (name == "reject" and _rejects(step))]
            default = [replace(one, label=_joined(one.label, " / ".join(rest))) for one in loose] if rest else []
        for label, target in written:
            below += self._follow(step, loose, label, target, parent, number)
        if _rejects(step):
            self._arrive([replace(one, label="reject", aside=True) for one in loose], self._end("rejected"))
        if step.at_most is not None:
            after = f"after {step.at_most} times"
            self.limits.update({one.source: step.at_most for one in loose})
            if step.on_exhausted is not None:
                below += self._follow(step, loose, after, step.on_exhausted, parent, number)
            else:
                below += [replace(one, label=after, aside=True) for one in loose]
        if step.next is None:
            return [*default, *below]
        for one in default:
            below += self._follow(step, [one], one.label, step.next, parent, number)
        return below

    def _follow(
        self, step: Step, loose: list[_Loose], label: str, target: Target, parent: str | None, number: str
    ) -> list[_Loose]:
        named = [replace(one, label=label, aside=label != one.label or one.aside) for one in loose]
        if target.inline is not None:
            return self._step(target.inline, named, parent, _lettered(number, self.nodes))
        if target.step is not None:
            for one in named:
                self.arrows.append((one.source, target.step, one))
            return []
        self._arrive(named, self._end(target.end or ""))
        return []

    def _end(self, outcome: str) -> str:
        """The ring of an outcome, one for each."""
        name = outcome or self.workflow.outcome
        return self.ends.setdefault(name, f"end/{name}")

    # -- states

    def _states(self, scope: Scope) -> None:
        for state in scope.steps:
            final = state.config.outcome is not None
            node = self._node(state, None, "", kind="final" if final else "state")
            if final:
                node = replace(node, subtitle=state.config.outcome)
            if state.config.on_enter is not None:
                entering = ", ".join(step.title for step in state.config.on_enter.steps)
                node = replace(node, tooltip=f"On entering: {entering}")
            self.nodes.append(node)
        first = scope.initial or scope.steps[0].id
        self.arrows.append(("start", first, _Loose("start")))
        for state in scope.steps:
            self.arrows += ((state.id, target, _Loose(state.id, label)) for target, label in _state_arrows(state))


def _state_arrows(state: Step) -> Iterator[tuple[str, str]]:
    for action in state.config.actions:
        condition = f", if {action.when}" if action.when else ""
        yield action.to, f"{action.name}{condition}"
    for after in state.config.after:
        yield after.to, f"after {after.span}"


def _nowhere(step: str) -> str | None:
    return None


def _joined(label: str, more: str) -> str:
    return f"{label}, {more}" if label and more else label or more


def _outcomes_of(step: Step) -> tuple[str, ...]:
    """The outcomes that an `on OUTCOME:` of this step may catch, as far as its own options name them."""
    return getattr(step.config, "outcomes", ())


def _rejects(step: Step) -> bool:
    """An approval's `reject` that leads nowhere ends the case."""
    return step.kind == "approval" and "reject" in _outcomes_of(step) and "reject" not in step.on


def _lettered(number: str, nodes: list[FlowNode]) -> str:
    """The number of a step written in place: 3a, 3b."""
    taken = {node.number for node in nodes}
    return next(
        (f"{number}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz" if f"{number}{letter}" not in taken), ""
    )
