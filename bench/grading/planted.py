"""One process, simulated, in which single wastes are planted, or what only looks like one.

Twelve steps in three workflows and departments; nothing in it is wrong unless it is asked for. Times come from the
simulator, with people who queue; what people type, decide, look at and send is dealt out by the same seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.log import ProcessCase, ProcessLog
from procession.analytics.simulation.arrivals import Poisson
from procession.analytics.simulation.distributions import Exponential, Fixed, Lognormal
from procession.analytics.simulation.model import END, Batch, Choice, Model, Node, Person, Place, Source, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.table_of_log import table_of
from procession.analytics.waiting.decompose import decompose
from procession.analytics.waiting.hours import recorded
from procession.analytics.waste.material import AGAINST, IN_FAVOUR, NO_DECISION, Decisions, Entries, Looks, Material
from procession.engine.calendar import WorkCalendar

Plant = Literal[
    "unnecessary approval", "redundant approval", "duplicate data entry", "e-mail handoff", "manual status check",
    "data does not flow", "silo", "missing feedback", "repeated error", "rework", "batching",
]  # fmt: skip
PLANTS: Final[tuple[Plant, ...]] = Plant.__args__  # type: ignore[attr-defined]

OFFICE = WorkCalendar(id="office", zone="UTC", hours=(((540, 1020),),) * 5 + ((),) * 2)
DEPARTMENTS = {"order": "Sales", "check": "Finance", "deliver": "Operations"}
PARTS = {
    "receive": "order", "enter": "order", "approve": "order", "prepare": "order", "credit": "check", "assess": "check",
    "sign": "check", "notify": "deliver", "plan": "deliver", "pack": "deliver", "send": "deliver", "inspect": "deliver",
}  # fmt: skip
FIELDS = ("Customer", "Order number", "Country", "Address", "Tax number", "Reference", "Delivery code", "Remark")
REASONS = ("No form attached", "Wrong amount", "Wrong address", "No signature", "Unreadable", "Out of date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is planted. `decoy` plants what looks like it and is not."""

    plant: Plant | None = None
    decoy: bool = False
    strength: float = 1.0
    """1 costs about a tenth of the cycle, where the waste costs time."""
    seed: int = 0
    cases: int = 1000
    opened: bool = True
    """Whether the log says when somebody first looked; an imported one seldom does."""
    paused: float = 0.0
    """The share of cases that somebody pauses for three weeks: handed from sales to finance, or from planning to packing."""

    def wants(self, plant: Plant) -> bool:
        return self.plant == plant and not self.decoy

    def feigns(self, plant: Plant) -> bool:
        return self.plant == plant and self.decoy

    @property
    def place(self) -> str | None:
        """Where it must be found; None where nothing may be found."""
        return None if self.plant is None or self.decoy else WHERE[self.plant]


WHERE: Final[dict[Plant, str]] = {
    "unnecessary approval": "check/sign", "redundant approval": "order/approve > check/sign",
    "duplicate data entry": "order/receive > order/enter", "e-mail handoff": "deliver/plan > deliver/pack",
    "manual status check": "check/assess", "data does not flow": "order/receive > check/assess",
    "silo": "Sales > Finance", "missing feedback": "deliver/inspect", "repeated error": "deliver/inspect",
    "rework": "deliver/pack", "batching": "deliver/send",
}  # fmt: skip


def material_of(recipe: Recipe) -> Material:
    """A log with what is planted in it."""
    log = log_of(recipe)
    table = table_of(log)
    if not recipe.opened:
        table = replace(table, traits={name: v for name, v in table.traits.items() if name != "first_opened"})
    chance = np.random.default_rng((recipe.seed, 7))
    causes = decompose(table, recorded(table, log.calendar, log.calendars))
    if recipe.plant == "redundant approval":  # who it was changes, and not when
        table = _same_person(table, chance)
        causes = replace(causes, table=table)
    rows = {name: np.flatnonzero(table.step == table.step_names.index(name)) for name in PARTS}
    regulated: frozenset[str] = frozenset()
    if recipe.feigns("unnecessary approval"):
        regulated = frozenset({"sign"})
    if recipe.feigns("redundant approval"):
        regulated = frozenset({"sign", "approve"})
    loops = {"enter", "approve"} | ({"pack", "send", "inspect"} if recipe.feigns("rework") else set[str]())
    sent = np.zeros(len(table), dtype=bool)
    if recipe.wants("e-mail handoff"):
        sent[rows["plan"]] = True
    if recipe.feigns("e-mail handoff"):
        sent[rows["notify"]] = True
    return Material(
        causes=causes, decisions=_decisions(recipe, table, rows, chance),
        entries=_entries(recipe, table, rows, chance), looks=_looks(recipe, table, rows, chance), sent=sent,
        regulated=regulated, loops=frozenset(loops),
    )  # fmt: skip


# --- times -------------------------------------------------------------------------------------------------------------


def log_of(recipe: Recipe) -> ProcessLog:
    """Its times alone, without what people type, decide and look at."""
    lag = Exponential(4 * 3600.0 * recipe.strength)
    slow = {"silo": "assess", "e-mail handoff": "pack"}.get(recipe.plant or "")
    nodes: list[Node] = []
    at: dict[str, int] = {}

    def work(name: str, *, key: str = "", **more: Any) -> None:
        at[key or name] = len(nodes)
        part = PARTS[name]
        nodes.append(
            Work(
                place=Place(part, name, name, part, kind=more.pop("kind", "task")),
                work=more.pop("work", Lognormal(1500.0, 0.6)), group=more.pop("group", part), next=len(nodes) + 1, **more,
            )
        )  # fmt: skip

    def pause() -> None:
        if recipe.paused:
            here = len(nodes)
            nodes.append(Choice(chances=(1 - recipe.paused, recipe.paused), ways=(here + 2, here + 1)))
            still = Place("order", "stood still", "stood still", "order", kind="wait")
            nodes.append(Work(place=still, work=Fixed(PAUSE), next=here + 2))

    work("receive")
    work("enter")
    work("approve", kind="approval")
    nodes.append(Choice(chances=(0.9, 0.1), ways=(len(nodes) + 1, at["enter"])))  # meant: the definition has this loop
    nodes.append(Choice(chances=(0.5, 0.5), ways=(len(nodes) + 1, len(nodes) + 3)))
    work("credit")
    work("assess", key="assess from finance")
    work("prepare")
    pause()
    work("assess", key="assess from sales", notice=lag if slow == "assess" and not recipe.decoy else None)
    work("sign", kind="approval")
    after = at["sign"]
    work("notify", kind="email", group=None, work=Lognormal(2.0, 0.1))
    # A specialist's step that is slow for everybody accuses nobody.
    work("plan", notice=lag if slow in {"assess", "pack"} and recipe.decoy else None)
    pause()
    work("pack", notice=lag if slow == "pack" and not recipe.decoy else None)
    batch = Batch(size=round(2 + 6 * recipe.strength)) if recipe.wants("batching") else None
    work("send", batch=batch, group="post" if recipe.feigns("batching") else "deliver")
    work("inspect", kind="approval")
    again = 0.15 * recipe.strength if recipe.plant == "rework" else 0.01
    nodes.append(Choice(chances=(1 - again, again), ways=(END, at["pack"])))
    nodes[at["assess from finance"]] = replace(_work(nodes[at["assess from finance"]]), next=after)
    people = [
        Person(name=f"{part}-{n}", groups=frozenset({part})) for part in DEPARTMENTS for n in range(4)
    ] + [Person(name="post-0", groups=frozenset({"post"}))]  # fmt: skip
    # The busiest department works about two thirds of its time; a single person at the post is busy nearly always.
    per_hour = (1.85 if recipe.feigns("batching") else 1.4) * 40 / 168
    made = Model(
        nodes=tuple(nodes), people=tuple(people), calendars={"standard": OFFICE},
        sources=(Source(name="flow", arrivals=Poisson(per_hour), entry=0),),
    )  # fmt: skip
    log = simulate(made, Limit(cases=recipe.cases), seed=recipe.seed).process_log()
    cases = tuple(
        replace(case, instances=tuple(replace(one, department=DEPARTMENTS[one.part]) for one in case.instances))
        for case in map(_paused, log.cases)
    )
    return replace(log, cases=cases)


PAUSE: Final = timedelta(weeks=3).total_seconds()


def _paused(case: ProcessCase) -> ProcessCase:
    """The same case, in which what the simulation calls a step is a pause of what follows it."""
    still = {one.id: one for one in case.instances if one.step == "stood still"}
    instances = tuple(
        one if not (own := [still[name] for name in one.releasers if name in still])
        else replace(one, ready=own[0].ready, paused=((own[0].ready, own[0].ended),), releasers=own[0].releasers)
        for one in case.instances if one.id not in still
    )  # fmt: skip
    return replace(case, instances=instances)


def _work(node: Node) -> Work:
    assert isinstance(node, Work)
    return node


def _same_person(table: InstanceTable, chance: np.random.Generator) -> InstanceTable:
    """Whoever approved signs as well, in nineteen of twenty cases."""
    approve, sign = (table.step_names.index(name) for name in ("approve", "sign"))
    last = {int(table.case[row]): int(table.resource[row]) for row in np.flatnonzero(table.step == approve)}
    resource = table.resource.copy()
    for row in np.flatnonzero(table.step == sign):
        if chance.random() < 0.97:
            resource[row] = last[int(table.case[row])]
    return replace(table, resource=resource)


# --- what people do beside ---------------------------------------------------------------------------------------------

Rows = dict[str, Any]


def _decisions(recipe: Recipe, table: InstanceTable, rows: Rows, chance: np.random.Generator) -> Decisions:
    n = len(table)
    outcome = np.full(n, NO_DECISION, dtype=np.int8)
    reason = [""] * n
    origin = np.full(n, -1, dtype=np.int64)
    refusing = {"approve": 0.1, "sign": 0.08, "inspect": 0.2}
    if recipe.plant == "unnecessary approval":
        refusing["sign"] = float(chance.choice([0.0, 0.005]))
    last: dict[tuple[int, str], int] = {}
    habits = {person: person % len(REASONS) for person in range(len(table.resource_names))}
    for row in range(n):
        name, case = table.step_names[int(table.step[row])], int(table.case[row])
        last[case, name] = row
        if name not in refusing:
            continue
        outcome[row] = AGAINST if chance.random() < refusing[name] else IN_FAVOUR
        origin[row] = last.get((case, {"approve": "enter", "sign": "assess", "inspect": "pack"}[name]), -1)
        if outcome[row] == AGAINST:
            reason[row] = REASONS[_reason(recipe, name, habits[int(table.resource[origin[row]])], chance)]
    silent = recipe.wants("missing feedback")
    share = np.where(table.step == table.step_names.index("inspect"), 0.05 if silent else 0.85, 0.85)
    return Decisions(
        outcome=outcome, reason=reason, origin=origin,
        amount=np.asarray(np.round(np.exp(chance.normal(6, 1, n)), 2), dtype=np.float64),
        told=chance.random(n) < share,
    )  # fmt: skip


def _reason(recipe: Recipe, step: str, habit: int, chance: np.random.Generator) -> int:
    if step == "inspect" and recipe.plant == "missing feedback" and chance.random() < 0.7:
        return habit
    if step == "inspect" and recipe.wants("repeated error") and chance.random() < 0.7:
        return 0
    return int(chance.integers(len(REASONS)))


def _entries(recipe: Recipe, table: InstanceTable, rows: Rows, chance: np.random.Generator) -> Entries:
    row: list[int] = []
    field: list[int] = []
    value: list[str] = []
    typed: list[bool] = []

    def give(at: int, name: str, text: str, by_hand: bool = True) -> None:
        row.append(at)
        field.append(FIELDS.index(name))
        value.append(text)
        typed.append(by_hand)

    known: dict[int, dict[str, str]] = {}
    for at in np.lexsort((np.arange(len(table)), table.start)).tolist():
        case, step = int(table.case[at]), table.step_names[int(table.step[at])]
        own = known.setdefault(case, {})
        if step == "receive":
            own |= {"Customer": f"C{chance.integers(120)}", "Order number": f"{case + 10_000}"}
            for name in ("Customer", "Order number"):
                give(at, name, own[name])
            give(at, "Country", "Austria" if chance.random() < 0.9 else "Italy")
        elif step == "enter":
            give(at, "Address", f"Street {chance.integers(500)}")
            if recipe.plant == "duplicate data entry":
                _again(recipe, give, at, own["Order number"], "Reference", chance)
        elif step == "assess":
            give(at, "Tax number", f"T{chance.integers(120)}")
            if recipe.plant == "data does not flow":
                _again(recipe, give, at, own["Order number"], "Delivery code", chance)
        elif step == "inspect":
            give(at, "Remark", "fine" if chance.random() < 0.8 else f"see {chance.integers(50)}")
    return Entries(
        row=np.array(row, dtype=np.int64), field=np.array(field, dtype=np.int64), value=value,
        typed=np.array(typed, dtype=bool), fields=FIELDS,
    )  # fmt: skip


def _again(recipe: Recipe, give: Any, at: int, known: str, name: str, chance: np.random.Generator) -> None:
    """Typed again, with the odd slip; or, feigned: carried over, or the same everywhere."""
    if recipe.decoy and recipe.seed % 2:
        give(at, name, "standard")
    elif recipe.decoy:
        give(at, name, known, by_hand=False)
    else:
        give(at, name, known if chance.random() > 0.04 else f"{known}x")


def _looks(recipe: Recipe, table: InstanceTable, rows: Rows, chance: np.random.Generator) -> Looks:
    """Everybody looks now and then: a tenth of a time per open day; where it is planted, six times as often."""
    row: list[int] = []
    who: list[int] = []
    at: list[int] = []
    day = 86_400_000_000
    for one in range(len(table)):
        open_for = int(table.end[one] - table.ready[one])
        rate = 0.1
        if table.step_names[int(table.step[one])] == "assess" and recipe.wants("manual status check"):
            rate = 0.6 * recipe.strength
        times = int(chance.poisson(rate * open_for / day))
        feigned = table.step_names[int(table.step[one])] == "assess" and recipe.feigns("manual status check")
        for _ in range(times):
            person, moment = int(chance.integers(50)), int(table.ready[one] + chance.random() * open_for)
            for again in range(6 if feigned else 1):  # a page that is reloaded is one look
                row.append(one)
                who.append(person)
                at.append(moment + again * 20_000_000)
    return Looks(row=np.array(row, dtype=np.int64), who=np.array(who, dtype=np.int64), at=np.array(at, dtype=np.int64))
