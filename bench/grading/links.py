"""Links between workflows that nobody recorded, found from the workflows' own logs (G7).

    python -m bench.grading.links [--json] [--tuning] [--seeds N] [--write]

Invented organisations with one process of three to five workflows in one of eight shapes, and workflows beside it that
only look linked; keys are missing and mistyped (`tests.analytics.generate_links`). A link counts as right only in its
direction and only if it is direct. Each seed makes one organisation of each of 27 kinds. `--write` writes the table of all kinds
to the reference page (40 seeds take some ten minutes).
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any, Final

from bench.grading.running import Figures, Grader, ratio, share
from tests.analytics.grade_links import CELLS, Grade, grade_seed, row, write

GOALS: Final = {"precision": 0.95, "recall_up_to_20_percent_missing": 0.9}
LIMITS: Final[dict[str, float]] = {}
FEW: Final = 0.2
"""The share of missing keys up to which recall has a goal."""


def measure(drawn: range, asked: Namespace) -> Figures:
    """Over all kinds of organisations alike, and by what is missing."""
    found: list[tuple[dict[str, Any], list[Grade]]] = []
    lines: list[str] = []
    for name, options in CELLS:
        grades = [grade_seed(seed, options) for seed in drawn]
        found.append((options, grades))
        lines.append(row(name, options, grades))
        print(lines[-1], file=sys.stderr, flush=True)
    if asked.write:
        write(lines, drawn)
    linked = [(options, one) for options, grades in found if options.get("linked", True) for one in grades]
    figures: Figures = {
        "organisations": sum(len(grades) for _, grades in found),
        "precision": _precision([one for _, one in linked]),
        "recall_up_to_20_percent_missing": _recall([one for o, one in linked if o.get("missing", 0.0) <= FEW]),
        "right_key": ratio((one.keys, one.right) for _, one in linked),
        "only_decoys_left_alone": share(
            one.wrong == 0 for options, grades in found if not options.get("linked", True) for one in grades
        ),
    }
    for missing in (0.0, 0.1, 0.2, 0.3, 0.4):
        here = [one for options, one in linked if options.get("missing") == missing and "shape" not in options]
        figures[f"precision_{100 * missing:.0f}_percent_missing"] = _precision(here)
        figures[f"recall_{100 * missing:.0f}_percent_missing"] = _recall(here)
    return figures


def _precision(grades: list[Grade]) -> float:
    return ratio((one.right, one.right + one.wrong) for one in grades)


def _recall(grades: list[Grade]) -> float:
    return ratio((one.right, one.right + one.missed) for one in grades)


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="write docs/reference/discovery.md")


GRADER: Final = Grader(
    about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=4, tuning=100, options=_options
)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
