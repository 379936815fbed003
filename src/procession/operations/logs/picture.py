"""What follows what in a log, as a picture: the frequent steps, and the arrows that most cases take."""

from __future__ import annotations

from typing import Final

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.log_measures.figures import LogFigures, StepFigures
from procession.analytics.words import elapsed
from procession.drawing.flow import draw_flow
from procession.drawing.model import FlowDiagram, FlowEdge, FlowNode

MOST_STEPS: Final = 24
MOST_ARROWS: Final = 48
RARE: Final = 0.02
"""An arrow that is a smaller share of what leaves or enters a step is left out, but for the most frequent one of each."""


def picture_of(table: InstanceTable, figures: LogFigures) -> str:
    """The directly-follows picture as SVG for a page: on each arrow how often, and how long half of the waits last."""
    often = {one.step: one for one in figures.steps}
    place = _mean_places(table)
    shown = sorted(
        sorted(often, key=lambda step: -often[step].count)[:MOST_STEPS], key=lambda step: (place[step], step)
    )
    ids = {step: f"s{number}" for number, step in enumerate(shown)}
    nodes = tuple(FlowNode(id=ids[step], title=step, subtitle=_often(often[step])) for step in shown)
    arrows = [one for one in figures.follows if one.before in ids and one.step in ids and one.before != one.step]
    leaving: dict[str, int] = {}
    entering: dict[str, int] = {}
    for one in arrows:
        leaving[one.before] = leaving.get(one.before, 0) + one.count
        entering[one.step] = entering.get(one.step, 0) + one.count
    kept, sources, targets = list[FlowEdge](), set[str](), set[str]()
    for one in sorted(arrows, key=lambda one: (-one.count, one.before, one.step)):
        needed = one.before not in sources or one.step not in targets
        rare = one.count < RARE * min(leaving[one.before], entering[one.step])
        if not needed and (rare or len(kept) >= MOST_ARROWS):
            continue
        sources.add(one.before)
        targets.add(one.step)
        half = one.between.p50
        between = f" · {elapsed(half)}" if half is not None else ""
        kept.append(
            FlowEdge(
                id=f"{ids[one.before]}>{ids[one.step]}", source=ids[one.before], target=ids[one.step],
                label=f"{one.count:,}{between}", back=place[one.step] < place[one.before],
            )
        )  # fmt: skip
    return draw_flow(FlowDiagram(title="What follows what", nodes=nodes, edges=tuple(kept)), unfolded=frozenset())


def _often(step: StepFigures) -> str:
    half = step.both.p50
    return f"{step.count:,} times" + (f", {elapsed(half)}" if half is not None else "")


def left_out(figures: LogFigures) -> int:
    """Steps that the picture does not show."""
    return max(0, len(figures.steps) - MOST_STEPS)


def _mean_places(table: InstanceTable) -> dict[str, float]:
    """Where in a case each step stands on average."""
    rows = np.arange(len(table)) - np.repeat(table.first_rows[:-1], np.diff(table.first_rows))
    counts = np.bincount(table.step, minlength=len(table.step_names))
    sums = np.bincount(table.step, weights=rows, minlength=len(table.step_names))
    return {name: float(sums[code] / max(counts[code], 1)) for code, name in enumerate(table.step_names)}
