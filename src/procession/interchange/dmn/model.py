"""A DMN model as values: its types, and the elements of its decision requirements graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from procession.engine.expressions.runtime import Scope
from procession.engine.expressions.types import Type

Key = tuple[str, str]
"""Namespace and id of an element."""

Code = Callable[[Scope], Any]


class DmnError(ValueError):
    """The file is no DMN model that can be read; the sentence says why."""


@dataclass(slots=True)
class DrgElement:
    """A node of the graph. ``requires`` are the elements whose values its logic sees."""

    key: Key
    name: str
    type_name: str | None
    kind: str
    """``inputData``, ``decision``, ``businessKnowledgeModel`` or ``decisionService``."""
    requires: tuple[Key, ...] = ()
    logic: Element | None = None
    """The boxed expression; of a business knowledge model its function."""
    inputs: tuple[Key, ...] = ()
    """Of a decision service: the parameters, input data first."""
    outputs: tuple[Key, ...] = ()
    """Of a decision service: the decisions it answers with."""
    code: Code | None = None


@dataclass(slots=True)
class Model:
    """One file, with the models it imports by the name it gives them."""

    name: str
    namespace: str
    elements: dict[Key, DrgElement] = field(default_factory=dict[Key, DrgElement])
    imports: dict[str, Model] = field(default_factory=dict[str, "Model"])
    types: dict[str, Type] = field(default_factory=dict[str, Type])
    """By name; those of imported models are prefixed with the import's name."""
    members: frozenset[str] = frozenset()
    """Names that may stand after a dot."""
    allowed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    """Allowed values of the types that list them, in order."""

    def find(self, key: Key) -> DrgElement | None:
        """An element of this model or of one that it imports."""
        if key in self.elements:
            return self.elements[key]
        for model in self.imports.values():
            found = model.find(key)
            if found is not None:
                return found
        return None

    def by_name(self, name: str, *kinds: str) -> DrgElement | None:
        """The element of that name, of one of the kinds."""
        return next((one for one in self.elements.values() if one.name == name and one.kind in kinds), None)

    def prefix_of(self, namespace: str) -> str | None:
        """The name under which a namespace is imported here; None where it is this model's own, or unknown."""
        return next((name for name, model in self.imports.items() if model.namespace == namespace), None)

    def owner_of(self, key: Key) -> Model:
        """The model, this one or an imported one, in which an element stands."""
        if key in self.elements:
            return self
        return next((model.owner_of(key) for model in self.imports.values() if model.find(key)), self)
