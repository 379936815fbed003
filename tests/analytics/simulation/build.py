"""Small models written by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from procession.analytics.simulation.arrivals import Arrivals, Listed, Poisson
from procession.analytics.simulation.distributions import Distribution, Exponential, Fixed
from procession.analytics.simulation.model import END, Model, Node, Person, Place, Source, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.result import SimulatedLog
from procession.analytics.simulation.run import Engine, simulate
from tests.analytics.build import ALWAYS, MONDAY, at

HOUR = 3600.0


def step(name: str, hours: float | Distribution = 1.0, group: str | None = "team", **more: Any) -> Work:
    """A step of so many hours of work."""
    work = Fixed(hours * HOUR) if isinstance(hours, int | float) else hours
    return Work(place=Place("flow", name, name, more.pop("workflow", "flow")), work=work, group=group, **more)


def person(name: str, *groups: str, **more: Any) -> Person:
    return Person(name=name, groups=frozenset(groups or ("team",)), **more)


def arriving(*hours: float) -> Listed:
    """Cases so many hours after Monday, nine o'clock."""
    return Listed(tuple(at(one) for one in hours))


def model(
    *nodes: Node, arrivals: Arrivals | None = None, people: tuple[Person, ...] | None = None, **more: Any
) -> Model:
    """A model around the clock, that begins on Monday at nine."""
    given: dict[str, Any] = {
        "nodes": nodes,
        "people": (person("ana"),) if people is None else people,
        "calendars": {"standard": ALWAYS},
        "begin": MONDAY,
        "sources": (Source(name="flow", arrivals=arrivals or arriving(0), entry=0),),
    }
    return Model(**(given | more))


def run(made: Model, cases: int = 1000, *, seed: int = 0, engine: Engine = "loop") -> SimulatedLog:
    return simulate(made, Limit(cases=cases), seed=seed, engine=engine)


def line(count: int, servers: int, per_hour: float, work: Distribution) -> Model:
    """`count` steps in a row, each with as many people."""
    nodes = tuple(
        step(f"s{number}", work, f"g{number}", next=number + 1 if number + 1 < count else END)
        for number in range(count)
    )
    people = tuple(person(f"g{g}-{p}", f"g{g}") for g in range(count) for p in range(servers))
    return model(*nodes, arrivals=Poisson(per_hour), people=people)


def queue(servers: int, per_hour: float, work: Distribution | None = None) -> Model:
    """One step, one hour of work on average."""
    return line(1, servers, per_hour, work or Exponential(HOUR))


def hours_waited(log: SimulatedLog) -> list[float]:
    """Of each task: from ready to started."""
    c = log.columns
    return ((c.started - c.ready) / 3.6e9).tolist()


def days(number: float) -> timedelta:
    return timedelta(days=number)
