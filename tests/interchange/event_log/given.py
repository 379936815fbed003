"""The logs of others that tests read, with what their notes say."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "logs"
EXPORTED = "opm__outcome_employee_onboarding_2024"
"""A table of results of cases: no event log, and the tests see it refused."""


@dataclass(frozen=True)
class Given:
    path: Path
    figures: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(".gz").removesuffix(".csv")


def given_logs() -> list[Given]:
    """Each log with the figures of its note, by name."""
    found: dict[str, Given] = {}
    for folder in filter(None, (HERE, os.environ.get("PROCESSION_LOGS"))):
        for note in sorted(Path(folder).glob("*.ORIGIN")):
            line = next(one for one in note.read_text("utf-8").splitlines() if one.startswith("stats: "))
            one = Given(note.with_suffix(""), json.loads(line.removeprefix("stats: ")))
            found.setdefault(one.name, one)
    return list(found.values())


def given_log(name: str) -> Path:
    return next(one.path for one in given_logs() if one.name == name)
