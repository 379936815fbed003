"""Figures that are kept: what pages show of a process, without the log that it was worked out of.

A module names what it shows with `@kept_figure`. All of them are made together, of one analysis, and saved as one row
with a fingerprint of the program and the organisation, and a mark of the records. Whoever reads them back sees from the
fingerprint whether the same program would say the same of the same organisation, and from the mark whether anything has
happened since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from procession.analytics.forecast.calibration import Calibration
from procession.store.kept_figures import KeptFiguresRow

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from procession.analytics.log import ProcessCase
    from procession.operations.insights.facts import Version
    from procession.operations.insights.read_log import Analysis

T = TypeVar("T")

_PACKAGE: Final = Path(__file__).parents[2]
_DECIDING: Final = ("analytics", "engine", "operations/insights")
"""The folders whose code decides what figures say."""


@dataclass(frozen=True)
class Figure(Generic[T]):
    """One thing that is shown."""

    name: str
    kind: Any
    """Its type: dataclasses of plain values, which JSON can hold."""
    make: Callable[[Analysis], T]

    @property
    def adapter(self) -> TypeAdapter[T]:
        """To JSON and back."""
        return _adapter(self.kind)


_figures: dict[str, Figure[Any]] = {}


def kept_figure(name: str, kind: Any) -> Callable[[Callable[[Analysis], T]], Figure[T]]:
    """Keep what a function makes of an analysis."""

    def keep(make: Callable[[Analysis], T]) -> Figure[T]:
        found = _figures[name] = Figure[T](name, kind, make)
        return found

    return keep


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter as Adapter

    return Adapter(kind)


@dataclass(slots=True)
class Made:
    """The figures of one process or workflow, as they were made or read back."""

    definition: str
    fingerprint: str
    events: str
    """A mark of the records they rest on."""
    as_of: datetime
    """When the records were read."""
    _values: dict[str, Any] = field(default_factory=dict[str, Any])
    _stored: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, analysis: Analysis, fingerprint: str) -> Made:
        """Make every figure there is."""
        values = {name: one.make(analysis) for name, one in _figures.items()}
        return cls(analysis.definition.id, fingerprint, mark_of(analysis.version), analysis.as_of, values)

    @classmethod
    def read(cls, row: KeptFiguresRow) -> Made:
        """Figures that were kept; each becomes a value when it is asked for."""
        return cls(row.definition, row.fingerprint, row.events, row.as_of, {}, row.figures)

    def row(self) -> KeptFiguresRow:
        """To be kept."""
        stored = {name: _figures[name].adapter.dump_python(one, mode="json") for name, one in self._values.items()}
        return KeptFiguresRow(self.definition, self.fingerprint, self.events, self.as_of, stored)

    def get(self, figure: Figure[T]) -> T:
        """One of them."""
        if figure.name not in self._values:
            self._values[figure.name] = figure.adapter.validate_python(self._stored[figure.name])
        return cast("T", self._values[figure.name])

    @property
    def is_whole(self) -> bool:
        """Whether every figure there is was made."""
        return _figures.keys() <= self._values.keys() | self._stored.keys()


def mark_of(version: Version) -> str:
    """The mark of records as text."""
    return json.dumps([str(one) for one in version])


def fingerprint_of(organisation_version: int) -> str:
    """Of the program and of the organisation: people, calendars, definitions. Other figures are not to be shown."""
    return f"{_program()}/{organisation_version}"


@cache
def _program() -> str:
    digest = hashlib.sha256()
    for folder in _DECIDING:
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def finished_mark(fingerprint: str, cases: Iterable[ProcessCase]) -> str:
    """A mark of what forecasts learn from: the finished cases, and how they are read."""
    digest = hashlib.sha256(fingerprint.encode())
    for case in cases:
        digest.update(f"{case.id} {case.end.isoformat()}\n".encode())
    return digest.hexdigest()


def learned_texts(learned: Calibration) -> dict[str, str]:
    """What forecasts have learned, as texts: JSON knows no infinity."""
    return {name: repr(value) for name, value in asdict(learned).items()}


def learned_again(texts: Mapping[str, str]) -> Calibration:
    """The same as it was."""
    plain = asdict(Calibration())
    return Calibration(**{name: type(plain[name])(text) for name, text in texts.items()})
