"""Grade the discovery of links between workflows on generator G7.

`python -m bench.grading.links` runs it and writes the reference page. Seeds from 5000 on are for grading; no rule or limit
was fitted to them. Tuning used the seeds below 1000.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procession.analytics.discovery import reveal
from tests.analytics.generate_links import SHAPES, Decoy, World, world

ALL: tuple[Decoy, ...] = ("chance", "numbers", "mirrored", "later", "low")
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "discovery.md"


@dataclass(frozen=True, slots=True)
class Grade:
    """What was said about one organisation."""

    right: int
    wrong: int
    missed: int
    keys: int
    """Right links whose best key is truly one."""
    whole: bool
    """Exactly one process was proposed, with exactly the true links."""
    seconds: float


def grade(given: World) -> Grade:
    began = time.process_time()
    said = reveal(given.logs)
    seconds = time.process_time() - began
    links = {link.pair: link for proposal in said.proposals for link in proposal.links}
    right = {pair for pair in links if pair in given.links}
    keys = sum(
        (links[pair].keys[0].source_field, links[pair].keys[0].target_field) in given.keys[pair] for pair in right
    )
    whole = set(links) == given.links and len(said.proposals) == (1 if given.links else 0)
    return Grade(len(right), len(links) - len(right), len(given.links) - len(right), keys, whole, seconds)


def grade_seed(seed: int, options: dict[str, Any]) -> Grade:
    return grade(world(seed, **options))


def ratio(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 1.0


def precision(grades: Iterable[Grade]) -> float:
    found = list(grades)
    return ratio(sum(one.right for one in found), sum(one.wrong for one in found))


def recall(grades: Iterable[Grade]) -> float:
    found = list(grades)
    return ratio(sum(one.right for one in found), sum(one.missed for one in found))


def interval(grades: Sequence[Grade], figure: Any) -> str:
    """The 95 % bootstrap interval over organisations."""
    draw = random.Random(0)
    values = sorted(figure(draw.choices(grades, k=len(grades))) for _ in range(400))
    return f"{values[10]:.2f}–{values[-11]:.2f}"


CELLS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((f"{100 * m:.0f} % of keys missing", {"missing": m}) for m in (0.0, 0.1, 0.2, 0.3, 0.4)),
    *((f"{100 * m:.0f} % missing, some noise", {"missing": m, "noise": "some"}) for m in (0.0, 0.1, 0.2, 0.3, 0.4)),
    *((f"{100 * m:.0f} % missing, heavy noise", {"missing": m, "noise": "heavy"}) for m in (0.0, 0.2, 0.4)),
    *((f"20 % missing, some noise, decoy: {d}", {"missing": 0.2, "noise": "some", "decoys": (d,)}) for d in ALL),
    *((f"20 % missing, some noise, {s}", {"missing": 0.2, "noise": "some", "shape": s}) for s in SHAPES),
    ("no process, only decoys", {"linked": False, "noise": "some"}),
)

HEAD = "| organisations with | links | precision | | recall | | right key | whole process | seconds |"
RULE = "| --- | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: |"


def row(name: str, options: dict[str, Any], grades: Sequence[Grade]) -> str:
    """One line of the table."""
    runs = len(grades)
    right, wrong = sum(one.right for one in grades), sum(one.wrong for one in grades)
    if not options.get("linked", True):
        proposed = sum(one.wrong > 0 for one in grades)
        return f"| {name} | 0 | {wrong} wrong links in {proposed} of {runs} | | | | | {runs - proposed}/{runs} | |"
    return (
        f"| {name} | {right + sum(one.missed for one in grades)} | {precision(grades):.3f} | "
        f"{interval(grades, precision)} | {recall(grades):.3f} | {interval(grades, recall)} | "
        f"{sum(one.keys for one in grades)}/{right} | {sum(one.whole for one in grades)}/{runs} | "
        f"{sum(one.seconds for one in grades) / runs:.1f} |"
    )


INTRODUCTION = """\
# How well processes are discovered

Written by `python -m bench.grading.links --seeds {runs} --write`. Each row grades {runs} invented organisations (seeds
from {first} on, which no rule was fitted to): one process of three to five workflows in one of eight shapes, linked by a
subject that runs through it or by references to the case before, in a field or inside a text; beside it up to five
workflows that only look linked:

- *chance*: cases about the same subjects, at any time;
- *numbers*: running numbers that collide with those of the process;
- *mirrored*: one case for each subject, with time running backwards;
- *later*: cases about the same subjects, at any time after the process;
- *low*: only departments, sites and months in common.

Keys go missing on both sides of every link independently, so that 20 % missing leaves 64 % of the cases with a match, and
40 % leaves 36 %. *Some* noise: 3 % typing mistakes in keys, 3 % of cases begun before their source ended, 5 % further cases
without a source, 2 % begun twice; *heavy*: 8, 8, 15 and 5 %. A link counts as right only in its direction and only if it is
direct; a link the data imply through others counts as wrong. In a diamond one of the two ways is often nearly always the
faster one: nothing then shows that it is waited for, so it is left out, which is most of what is missed. Intervals are
95 % bootstrap intervals over organisations; seconds are of processor time, for one organisation. The goals are a precision
of .95 and, with up to 20 % of the keys missing, a recall of .9.

"""


def write(lines: Sequence[str], drawn: range) -> None:
    """The reference page."""
    text = INTRODUCTION.format(runs=len(drawn), first=drawn.start) + "\n".join((HEAD, RULE, *lines)) + "\n"
    PAGE.write_text(text, encoding="utf-8")
