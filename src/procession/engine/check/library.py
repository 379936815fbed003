"""What a definition is checked against: the other definitions, the people, the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from procession.engine.definition import Workflow
from procession.engine.moment import Directory
from procession.engine.other_definitions import DataSet, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What stands in the same folder or is published. None means that nothing is known, so nothing is judged."""

    workflows: Mapping[str, Workflow] | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict[str, Decision])
    data_sets: Mapping[str, DataSet] = field(default_factory=dict[str, DataSet])
    calendars: frozenset[str] | None = None
    connections: frozenset[str] | None = None
    directory: Directory | None = None
    settings: frozenset[str] | None = None
    """Names that the administrator has set."""
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])
    """Workflows that are not among these but stand nearby → a hint that says where."""
    publishing: bool = False
    """People, groups and settings that nobody knows are errors; otherwise they are notes."""
