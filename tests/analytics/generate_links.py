"""Invented organisations whose workflows are linked in a known way, among others that only look as if they were (G7).

Each organisation has one true process of three to five workflows in one of eight shapes. Its cases are linked by a
subject that runs through all of them (an order, a person), or by references to the number of the case before, in a
field of their own or inside a text. Keys are written differently in different workflows. Everything a key can be
confused with is there as well: departments, months, amounts, requesters, running numbers.

Decoys, four or five beside each process:

- `chance`: cases about the same subjects, at any time;
- `numbers`: running numbers that collide with those of the process, at nearly the same rate;
- `mirrored`: exactly one case for each subject, with time running backwards;
- `later`: cases about the same subjects, at any time *after* the process has dealt with them;
- `low`: nothing in common but departments, sites and months.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from procession.analytics.discovery.logs import PlainCase, WorkflowLog, log_of

DAY = 86400.0
YEAR = 365 * DAY
FIRST = datetime(2025, 1, 6, 8, tzinfo=UTC)

Noise = Literal["none", "some", "heavy"]
Mode = Literal["subject", "reference", "mixed"]
Decoy = Literal["chance", "numbers", "mirrored", "later", "low"]

SHAPES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "chain of 3": (("a", "b"), ("b", "c")),
    "chain of 4": (("a", "b"), ("b", "c"), ("c", "d")),
    "chain of 5": (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")),
    "fork": (("a", "b"), ("a", "c"), ("c", "d")),
    "join": (("a", "c"), ("b", "c"), ("c", "d")),
    "diamond": (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")),
    "branch": (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")),
    "shortcut": (("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")),
}
"""Name → true links. In a branch a case takes one of two ways; in a shortcut some cases leave `b` out."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """What real records have, as shares."""

    typos: float = 0.0
    """Keys with one character wrong."""
    early: float = 0.0
    """Cases begun before their source ended."""
    alone: float = 0.0
    """Further cases without a source."""
    twice: float = 0.0
    """Cases begun again with the same key."""


TROUBLES: Mapping[Noise, Troubles] = {
    "none": Troubles(),
    "some": Troubles(0.03, 0.03, 0.05, 0.02),
    "heavy": Troubles(0.08, 0.08, 0.15, 0.05),
}


@dataclass(slots=True)
class Run:
    """One case while it is being made."""

    begin: float
    end: float
    subject: str
    number: int = 0
    sources: dict[str, Run] = field(default_factory=dict[str, "Run"])
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class World:
    """An organisation and what is true in it."""

    seed: int
    shape: str
    mode: Mode
    logs: tuple[WorkflowLog, ...]
    links: frozenset[tuple[str, str]]
    keys: Mapping[tuple[str, str], frozenset[tuple[str, str]]]
    """Link → the pairs of fields that truly hold it."""


def world(
    seed: int,
    *,
    missing: float = 0.0,
    noise: Noise = "none",
    decoys: tuple[Decoy, ...] = ("chance", "numbers", "mirrored", "later", "low"),
    shape: str | None = None,
    mode: Mode | None = None,
    subjects: int | None = None,
    linked: bool = True,
) -> World:
    """One organisation.

    Args:
        missing: the share of keys that are empty, on both sides of every link independently.
        linked: False leaves the process out, so that there is nothing to find.
    """
    draw = random.Random(f"links {seed}")
    shape = shape or draw.choice(sorted(SHAPES))
    mode = mode or draw.choice(("subject", "reference", "mixed"))
    count = subjects or draw.randint(120, 420)
    begun = sorted(draw.random() * YEAR for _ in range(count))
    names = _subjects(draw, count)
    links = SHAPES[shape] if linked else ()
    runs = _process(draw, shape, begun, names, TROUBLES[noise]) if linked else {}
    ends = {run.subject: run.end for found in runs.values() for run in found}
    for kind in decoys:
        runs[f"decoy-{kind}"] = _decoy(draw, kind, begun, names, ends)
    for found in runs.values():
        for number, run in enumerate(sorted(found, key=lambda one: one.begin), 1):
            run.number = number
    referring = {pair for pair in links if mode == "reference" or (mode == "mixed" and draw.random() < 0.5)}
    writer = _Writer(draw, mode, missing, TROUBLES[noise], referring)
    logs = [writer.log(name, found, [a for a, b in links if b == name]) for name, found in runs.items()]
    draw.shuffle(logs)
    return World(seed, shape, mode, tuple(logs), frozenset(links), writer.keys)


def _subjects(draw: random.Random, count: int) -> list[str]:
    """Order numbers, or people by their names."""
    if draw.random() < 0.5:
        return [f"ORD-{number:05d}" for number in draw.sample(range(100, 99999), count)]
    names = [f"{first}.{last}" for first in _FIRST for last in _LAST]  # 462: more than are ever asked for
    draw.shuffle(names)
    return names[:count]


_FIRST = "ana bo carl dana eva finn gus hanna ivo jana kim lena max nora otto paula rita sven tina uwe vera zoe".split()
_LAST = (
    "adler brandt costa dietz engel falk graf horn imhof jansen keller lang moser nagel otten roth stein thoma vogel "
    "weiss ziegler"
).split()

# --- what happens -----------------------------------------------------------------------------------------------------


def _process(
    draw: random.Random, shape: str, begun: list[float], names: list[str], troubles: Troubles
) -> dict[str, list[Run]]:
    links = SHAPES[shape]
    members = sorted({name for pair in links for name in pair})
    took = {name: _span(draw, 0.1, 5.0) for name in members}
    lags = {name: _span(draw, 0.05, 3.0) for name in members}
    runs: dict[str, list[Run]] = {name: [] for name in members}
    for begin, subject in zip(begun, names, strict=True):
        ways = draw.random()
        own: dict[str, Run] = {}
        for name in members:
            sources = {a: own[a] for a, b in links if b == name and a in own}
            if shape == "branch" and ((name == "b" and ways < 0.4) or (name == "c" and ways >= 0.4)):
                continue
            if shape == "shortcut" and name == "b" and ways < 0.5:
                continue
            if shape == "shortcut" and name == "c" and "b" in sources:
                sources.pop("a", None)
            apart = 20 * DAY if shape == "join" else DAY  # the two first ones come in any order
            at = max((one.end for one in sources.values()), default=begin + draw.random() * apart) + lags[name](draw)
            if sources and draw.random() < troubles.early:
                at = min(one.end - draw.random() * 0.5 * (one.end - one.begin) for one in sources.values())
            own[name] = Run(at, at + took[name](draw), subject, sources=sources)
            runs[name].append(own[name])
            if draw.random() < troubles.twice:
                again = own[name].end + draw.random() * 3 * DAY
                runs[name].append(Run(again, again + took[name](draw), subject, sources=sources))
    for name in members:
        for _ in range(int(troubles.alone * len(runs[name]))):
            at = draw.random() * YEAR
            runs[name].append(Run(at, at + took[name](draw), f"ALONE-{draw.randrange(10**6)}"))
    return runs


def _span(draw: random.Random, shortest: float, longest: float) -> Callable[[random.Random], float]:
    """A log-normal time with a median between so many days, a tail of its own, and one draw for each case."""
    median = math.exp(draw.uniform(math.log(shortest), math.log(longest))) * DAY
    spread = draw.uniform(0.4, 1.0)
    return lambda again: median * math.exp(again.gauss(0, spread))


def _decoy(
    draw: random.Random, kind: Decoy, begun: list[float], names: list[str], ends: Mapping[str, float]
) -> list[Run]:
    took = _span(draw, 0.1, 3.0)
    last = max((*ends.values(), YEAR))
    match kind:
        case "chance":
            chosen = [(draw.random() * last, name) for name in names if draw.random() < 0.7]
        case "mirrored":
            chosen = [(last - begin, name) for begin, name in zip(begun, names, strict=True)]
        case "later":
            chosen = [
                (ends.get(name, 0.0) + draw.random() * (last + 60 * DAY - ends.get(name, 0.0)), name)
                for name in names
                if draw.random() < 0.8
            ]
        case "numbers":
            rate = draw.uniform(0.85, 1.15)
            chosen = [(draw.random() * YEAR, f"X{draw.randrange(10**9)}") for _ in range(int(len(names) * rate))]
        case "low":
            chosen = [(draw.random() * YEAR, f"Y{draw.randrange(10**9)}") for _ in names]
    return [Run(at, at + took(draw), name) for at, name in sorted(chosen)]


# --- how it is written down -------------------------------------------------------------------------------------------


class _Writer:
    """Turns runs into logs with fields as people fill them in."""

    def __init__(
        self,
        draw: random.Random,
        mode: Mode,
        missing: float,
        troubles: Troubles,
        referring: set[tuple[str, str]],
    ) -> None:
        self.draw, self.mode, self.missing, self.troubles, self.referring = draw, mode, missing, troubles, referring
        self.keys: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        self.named: dict[str, str] = {}
        """Workflow → its field for the subject."""
        self.bare = draw.random() < 0.5
        """Numbers of cases are bare, so that those of different workflows collide."""

    def log(self, name: str, runs: list[Run], sources: list[str]) -> WorkflowLog:
        draw = self.draw
        has_subject = self.mode != "reference" or name.startswith("decoy")
        self.named[name] = draw.choice(["subject", "order", "about", "person"])
        style = draw.choice([str, str.lower, str.upper, _spaced, _zeros])
        as_mail = draw.random() < 0.5
        in_text = {source: draw.random() < 0.4 and not self._is_bare(source) for source in sources}
        cases: list[PlainCase] = []
        for place, run in enumerate(sorted(runs, key=lambda one: one.begin)):
            values: dict[str, object] = self._noise_fields(run)
            values["number"] = self._kept(self._number(name, run))
            if has_subject and name != "decoy-low":
                subject = f"{run.subject}@example.org" if as_mail and "." in run.subject else style(run.subject)
                values[self.named[name]] = self._kept(subject)
            for source in sources:
                if (source, name) in self.referring and source in run.sources:
                    number = self._kept(self._number(source, run.sources[source]))
                    if in_text[source]:
                        said = f"Belongs to {number}, see there." if number else "As discussed, see there."
                        values["remarks"] = f"{values.get('remarks', '')} {said}".strip()
                    else:
                        values[f"{source}_number"] = number
            cases.append(
                PlainCase(id=f"{name}{place}", begin=_at(run.begin), end=_at(run.end), outcome="done", values=values)
            )
        self._note_keys(name, sources, has_subject, in_text)
        return log_of(name, cases, types={"amount": "money", "note": "long text"})

    def _note_keys(self, name: str, sources: list[str], has_subject: bool, in_text: Mapping[str, bool]) -> None:
        for source in sources:
            true: set[tuple[str, str]] = set()
            if has_subject:
                true.add((self.named[source], self.named[name]))
            if (source, name) in self.referring:
                true.add(("number", "remarks" if in_text[source] else f"{source}_number"))
            self.keys[source, name] = frozenset(true)

    def _number(self, name: str, run: Run) -> str:
        return str(run.number) if self._is_bare(name) else f"{_SERIES[name]}-{run.number:04d}"

    def _is_bare(self, name: str) -> bool:
        return self.bare and name != "a"

    def _kept(self, text: str) -> str | None:
        """The key as somebody typed it, or nothing."""
        draw = self.draw
        if draw.random() < self.missing:
            return None
        if draw.random() < self.troubles.typos:
            place = draw.randrange(len(text))
            return f"{text[:place]}{draw.choice('0123456789')}{text[place + 1 :]}"
        return text

    def _noise_fields(self, run: Run) -> dict[str, object]:
        draw = self.draw
        at = _at(run.begin)
        return {
            "department": draw.choice(["sales", "it", "finance", "legal", "people", "quality", "office", "support"]),
            "site": draw.choice(["Berlin", "Paris", "Warsaw"]),
            "month": at.strftime("%B %Y"),
            "day": at.date().isoformat(),
            "amount": f"{draw.choice([10, 20, 50, 100]) * draw.randint(1, 40)}.00",
            "requester": f"p{draw.randrange(60)}",
            "note": draw.choice(["Please check item 4711.", "As in 2024.", "Room 101 again", "Nothing special"]),
        }


_SERIES = {
    **{name: name.upper() for name in "abcde"},
    "decoy-chance": "K",
    "decoy-numbers": "N",
    "decoy-mirrored": "M",
    "decoy-later": "T",
    "decoy-low": "L",
}
"""What stands before the numbers of each workflow's cases."""


def _spaced(text: str) -> str:
    return f" {text.replace('-', ' ').replace('.', ' . ').replace(' . ', '.')} "


def _zeros(text: str) -> str:
    head, mark, tail = text.partition("-")
    return f"{head}{mark}00{tail}" if mark and tail.isdigit() else text


def _at(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=seconds)
