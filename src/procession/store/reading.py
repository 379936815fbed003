"""The one place where the store turns published text into values."""

from __future__ import annotations

from procession.engine.definition import Definition, Process, Workflow
from procession.engine.other_definitions import Connection, Decision
from procession.engine.rejections import InvalidDefinition
from procession.interchange import yaml


def read_definition(text: str) -> Definition:
    """The definition of a published text; `check` has passed it before. Raises InvalidDefinition."""
    got = yaml.read(text)
    if got.ok and isinstance(got.definition, Workflow | Process):
        return got.definition
    raise InvalidDefinition(_why(got, "a workflow or a process"))


def read_shared_decision(text: str) -> Decision:
    """A shared decision of a published text. Raises InvalidDefinition."""
    got = yaml.read(text)
    if got.ok and isinstance(got.definition, Decision):
        return got.definition
    raise InvalidDefinition(_why(got, "a decision"))


def read_connection(text: str) -> Connection:
    """A connection of a published text. Raises InvalidDefinition."""
    got = yaml.read(text)
    if got.ok and isinstance(got.definition, Connection):
        return got.definition
    raise InvalidDefinition(_why(got, "a connection"))


def _why(got: yaml.Read, expected: str) -> str:
    errors = [one for one in got.findings if one.severity == "error"]
    return errors[0].sentence if errors else f"This text is not {expected}."
