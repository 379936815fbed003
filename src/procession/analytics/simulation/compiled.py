"""A plan as tables of whole numbers, for the kernel: everything by number, lists of lists as one list with beginnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from procession.analytics.simulation.hours import SECOND, HorizonReached
from procession.analytics.simulation.model import END, Bound, Choice, End, Fork, Model, Work
from procession.analytics.simulation.prepare import Codes, Floats, Ints, Plan, successors

ORDERS = ("fifo", "priority", "due")
KINDS = (Work, Choice, Bound, Fork, End)

DONE, AVAILABLE, ARRIVES, WAKES = range(4)
K_WORK, K_CHOICE, K_BOUND, K_FORK, K_END = range(5)
FINE, TOO_SHORT, CIRCLE = range(3)

# Columns of the tables. What ends in FROM is where a row's part of a list begins; it ends where the next row's begins.
T_READY, T_NOTICED, T_GATED, T_AVAILABLE, T_STARTED, T_COMPLETED, T_WORK, T_RANK = range(8)
L_CASE, L_NODE, L_PERSON, L_RELEASER, L_LEFT, L_RIGHT = range(6)
AT, CODE = range(2)
BUSY, WAKING, PERSON_HOURS, AT_ONCE, QUEUES_FROM = range(5)
PLACE, SINCE, UNTIL, HOURS_FROM = range(4)
TURN, HEAD, TAIL, MEMBERS_FROM = range(4)
OPENS, CLOSES, WORKED = range(3)
SOURCE, URGENCY, ARRIVED, ENDED, LAST, OUTCOME = range(6)
ENTRY, DEFAULT = range(2)
(N_KIND, N_NEXT, N_OWNER, N_HOURS_OF_NODE, N_QUEUE_OF_NODE, N_PRIORITY, N_DUE, N_WORK_AT, N_WORK_BLOCKS, N_NOTICE_AT,
 N_NOTICE_BLOCKS, N_SHARE_AT, N_SHARE_BLOCKS, N_WAYS_FROM, N_BACK, N_EXHAUSTED, N_AT_MOST, N_OUTCOME_OF,
 N_BRANCHES_FROM, N_INSIDE_FROM, N_FORK_OF, N_REPEAT_OF, N_HAS_GATE, N_GATES_FROM, N_HAS_BATCH,
 N_BATCHES_FROM) = range(26)  # fmt: skip
TASKS, EVENTS, TROUBLE, STACKED, CASES, ORDER, REPEATING, FORKING, DELAYS = range(9)


class Tables(NamedTuple):
    """What the kernel reads and writes: tables of whole numbers, a row for each thing; of tasks a row for each column."""

    tasks: Ints
    links: Codes
    """Of tasks as well: what is a number of something. Half as wide, for memory that is touched costs more than sums."""
    heap: Ints
    people: Ints
    hours: Ints
    queues: Ints
    stretches: Ints
    nodes: Ints
    """With a column `N_OWNER`: the fork whose branch a node stands in, or -1."""
    cases: Ints
    sources: Ints
    lists: Ints
    """Ways, branches, bounds inside forks, members of queues, queues of people, one after the other."""
    moments: Ints
    times: Ints
    """Draws of work and lags."""
    shares: Floats
    bounds: Floats
    visits: Ints
    joined: Ints
    stack: Ints
    counts: Ints


def unsupported(model: Model) -> str | None:
    """What the kernel does not run in a model; None where it runs it all."""
    for node in model.nodes:
        if not isinstance(node, KINDS):
            return f"{type(node).__name__.lower()} steps"
        if isinstance(node, Work) and node.until is not None:
            return "waits for a date"
        if isinstance(node, Work) and (node.not_by or (node.batch is not None and node.batch.size is not None)):
            return "exclusions and batches by number"
        if isinstance(node, Choice) and node.decide is not None:
            return "choices by data"
        if isinstance(node, Bound) and node.levels:
            return "arrows out of blocks"
        if isinstance(node, Fork) and not _waits_for_all(node):
            return "blocks that do not wait for all their branches"
    inside = owners(model)
    if any(isinstance(node, End) and inside[index] >= 0 for index, node in enumerate(model.nodes)):
        return "ends inside blocks"
    if any(source.begin is not None for source in model.sources):
        return "data"
    return None


def _waits_for_all(node: Fork) -> bool:
    plain = node.need is None and node.pick is None and node.votes is None and bool(node.branches)
    return plain and not (node.in_turn or node.detached) and node.inner == "block"


def owners(model: Model) -> list[int]:
    """The innermost fork around each node; -1 where there is none."""
    found = [-1] * len(model.nodes)
    depth = [-1] * len(model.nodes)

    def visit(node: int, owner: int, level: int) -> None:
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one == END or depth[one] >= level:
                continue
            found[one], depth[one] = owner, level
            step = model.nodes[one]
            if isinstance(step, Fork):
                for branch in step.branches:
                    visit(branch, one, level + 1)
                waiting.append(step.next)
            else:
                waiting.extend(successors(step))

    for source in model.sources:
        visit(source.entry, -1, 0)
    return found


class _Lists:
    """Lists of lists as one list."""

    def __init__(self) -> None:
        self.values: list[int] = []

    def add(self, lists: Iterable[Iterable[int]]) -> list[int]:
        """Where each begins, and at last where they end."""
        begins: list[int] = []
        for one in lists:
            begins.append(len(self.values))
            self.values.extend(one)
        return [*begins, len(self.values)]


def _table(*columns: Sequence[int] | Ints) -> Ints:
    """Columns side by side; one that is shorter goes on with its last value."""
    rows = max(len(column) for column in columns)
    found = np.zeros((rows, len(columns)), dtype=np.int64)
    for number, column in enumerate(columns):
        found[: len(column), number] = column
        if 0 < len(column) < rows:
            found[len(column) :, number] = column[-1]
    return found


def _cases(plan: Plan) -> Ints:
    found = np.empty((plan.cases, 6), dtype=np.int64)
    found[:, SOURCE], found[:, URGENCY], found[:, ARRIVED] = plan.source, plan.urgency, plan.arrived
    found[:, ENDED], found[:, LAST], found[:, OUTCOME] = -1, -1, 0
    return found


def outcomes_of(model: Model) -> tuple[str, ...]:
    """Every outcome that a case can have."""
    ends = [node.outcome for node in model.nodes if isinstance(node, End)]
    return tuple(dict.fromkeys([source.outcome for source in model.sources] + ends))


def doubled(w: Tables) -> Tables:
    """The same with room for twice as much, where little is left."""
    room = len(w.queues) + len(w.people) + 4 * len(w.nodes) + 16
    if w.counts[TASKS] + room > w.tasks.shape[1]:
        w = w._replace(
            tasks=np.concatenate((w.tasks, np.empty_like(w.tasks)), axis=1),
            links=np.concatenate((w.links, np.empty_like(w.links)), axis=1),
        )
    if w.counts[EVENTS] + room > len(w.heap):
        w = w._replace(heap=np.concatenate((w.heap, np.empty_like(w.heap))))
    return w


def tables_of(plan: Plan) -> Tables:
    """The tables of a plan whose model is supported. Raises `HorizonReached` where somebody has no hours in it."""
    model, cases = plan.model, plan.cases
    lists = _Lists()
    nodes, repeating, forking = _nodes(plan, lists)
    members = lists.add(queue.members for queue in plan.queues)
    own_queues = lists.add(
        [q for q, queue in enumerate(plan.queues) if person in queue.members] for person in range(len(model.people))
    )
    hours, stretches = _hours(plan)
    names = outcomes_of(model)
    works = sum(isinstance(node, Work) for node in model.nodes)
    room = len(plan.queues) + len(model.people) + 4 * len(model.nodes) + 32
    counts = np.zeros(9, dtype=np.int64)
    counts[DELAYS] = bool(plan.notice or plan.gates or plan.batches)
    counts[[EVENTS, CASES, ORDER, REPEATING, FORKING]] = 1, cases, ORDERS.index(model.order), repeating, forking
    found = Tables(
        tasks=np.empty((8, cases * works + room), dtype=np.int64),
        links=np.empty((6, cases * works + room), dtype=np.int32),
        heap=np.empty((max(1024, 4 * room), 2), dtype=np.int64),
        people=_table(
            [0] * len(model.people), [0] * len(model.people), plan.hours_of_person or [0],
            [person.at_once for person in model.people] or [1], own_queues,
        ),
        hours=hours, queues=_table([0] * len(plan.queues) or [0], [-1] * len(plan.queues) or [-1],
                                   [-1] * len(plan.queues) or [-1], members),
        stretches=stretches, nodes=nodes,
        cases=_cases(plan),
        sources=_table([one.entry for one in model.sources], [names.index(one.outcome) for one in model.sources]),
        lists=np.array([*lists.values, 0], dtype=np.int64), moments=_moments(plan),
        times=_long([*plan.work.values(), *plan.notice.values()], np.int64),
        shares=_long([*plan.ways.values()], np.float64), bounds=_bounds(model),
        visits=np.zeros(cases * max(1, repeating), dtype=np.int64),
        joined=np.zeros(cases * max(1, forking), dtype=np.int64),
        stack=np.empty(4 * len(model.nodes) + 16, dtype=np.int64), counts=counts,
    )  # fmt: skip
    found.heap[0] = plan.arrived[0], ARRIVES
    return found


def _nodes(plan: Plan, lists: _Lists) -> tuple[Ints, int, int]:
    """The table of nodes, how many repeat, how many are forks. The ways come first in the lists, beside the bounds."""
    nodes, count = plan.model.nodes, len(plan.model.nodes)
    inside = owners(plan.model)
    forks = [i for i, node in enumerate(nodes) if isinstance(node, Fork)]
    again = [i for i in range(count) if plan.repeats[i] or isinstance(nodes[i], Bound)]
    bounds = [i for i, node in enumerate(nodes) if isinstance(node, Bound)]
    names = outcomes_of(plan.model)
    work_at, work_blocks = _blocks(plan.work, count, plan.cases, 0)
    drawn = sum(len(blocks) for blocks in plan.work.values()) * plan.cases
    notice_at, notice_blocks = _blocks(plan.notice, count, plan.cases, drawn)
    share_at, share_blocks = _blocks(plan.ways, count, plan.cases, 0)
    gates, batches = _Lists(), _Lists()
    gates_from = gates.add(plan.gates.get(i, ()) for i in range(count))
    batches_from = [len(gates.values) + place for place in batches.add(plan.batches.get(i, ()) for i in range(count))]
    table = _table(
        [next(k for k, kind in enumerate(KINDS) if isinstance(node, kind)) for node in nodes],
        [getattr(node, "next", END) for node in nodes], inside, plan.hours_of_node, plan.queue_of_node,
        [getattr(node, "priority", 0) for node in nodes],
        [round(node.due * SECOND) if isinstance(node, Work) and node.due is not None else -1 for node in nodes],
        work_at, work_blocks, notice_at, notice_blocks, share_at, share_blocks,
        lists.add(node.ways if isinstance(node, Choice) else () for node in nodes),
        [getattr(node, "back", END) for node in nodes], [getattr(node, "exhausted", END) for node in nodes],
        [getattr(node, "at_most", 0) for node in nodes],
        [names.index(node.outcome) if isinstance(node, End) else -1 for node in nodes],
        lists.add(node.branches if isinstance(node, Fork) else () for node in nodes),
        lists.add([i for i in bounds if fork in _around(inside, i)] for fork in range(count)),
        _places(forks, count), _places(again, count),
        [i in plan.gates for i in range(count)], gates_from, [i in plan.batches for i in range(count)], batches_from,
    )  # fmt: skip
    return table, len(again), len(forks)


def _hours(plan: Plan) -> tuple[Ints, Ints]:
    lists = _Lists()
    begins = lists.add(hours.opens for hours in plan.hours)
    if any(not hours.opens for hours in plan.hours):
        raise HorizonReached
    closes = [close for hours in plan.hours for close in hours.closes]
    done = [done for hours in plan.hours for done in hours.done]
    first = [hours.opens[0] for hours in plan.hours]
    until = [hours.closes[0] for hours in plan.hours]
    return _table(begins[:-1], first, until, begins), _table(lists.values, closes, done)


def _moments(plan: Plan) -> Ints:
    every = [moment for table in (plan.gates, plan.batches) for node in sorted(table) for moment in table[node]]
    return np.array([*every, 0], dtype=np.int64).reshape(-1, 1)


def _long(draws: Iterable[Iterable[Ints]] | Iterable[Iterable[Floats]], kind: Any) -> Any:
    every = [block for blocks in draws for block in blocks]
    return np.concatenate(every) if every else np.zeros(1, dtype=kind)


def _blocks(
    draws: Mapping[int, Sequence[Ints | Floats]], count: int, cases: int, begin: int
) -> tuple[list[int], list[int]]:
    """Where each node's blocks begin in one long list, and how many they are."""
    at, blocks = [0] * count, [0] * count
    for node, own in draws.items():
        at[node], blocks[node] = begin, len(own)
        begin += len(own) * cases
    return at, blocks


def _bounds(model: Model) -> Floats:
    """Cumulated chances, beside the ways."""
    found: list[float] = []
    for node in model.nodes:
        if isinstance(node, Choice):
            total = 0.0
            for chance in node.chances:
                total += chance
                found.append(total)
    return np.array([*found, 0.0])


def _around(owner: Sequence[int], node: int) -> set[int]:
    """Every fork around a node."""
    found: set[int] = set()
    while (node := owner[node]) >= 0:
        found.add(node)
    return found


def _places(chosen: Sequence[int], count: int) -> list[int]:
    """The number of each chosen one among them; -1 for the others."""
    found = [-1] * count
    for number, place in enumerate(chosen):
        found[place] = number
    return found
