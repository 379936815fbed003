"""DMN files to models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from procession.engine.expressions.types import ConstrainedType, ListType, Type

from .boxed import BOXED
from .item_types import component_names, listed_values, read_item_definition
from .model import DmnError, DrgElement, Key, Model
from .xml import XmlRefused, first, local_name, named, parse_xml

_REQUIRED = ("requiredInput", "requiredDecision", "requiredKnowledge")
_KINDS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
_NAMERS = ("contextEntry", "column", "output", "variable")


def read_dmn(data: bytes, others: Mapping[str, bytes] | None = None) -> Model:
    """Reads a model from its XML; ``others`` are the files it may import, by namespace. Nothing is fetched.

    Raises DmnError with a sentence.
    """
    return _read(data, others or {}, ())


def namespace_of(data: bytes) -> str:
    """The namespace a model is known by to those that import it."""
    return _root(data).get("namespace", "")


def _root(data: bytes) -> Element:
    try:
        root = parse_xml(data)
    except XmlRefused as error:
        raise DmnError(str(error)) from None
    if local_name(root) != "definitions" or "/DMN/" not in root.tag:
        raise DmnError("The file is XML, but no DMN model")
    return root


def _read(data: bytes, others: Mapping[str, bytes], path: tuple[str, ...]) -> Model:
    root = _root(data)
    model = Model(root.get("name", ""), root.get("namespace", ""))
    if model.namespace in path:
        raise DmnError(f"The model '{model.name}' imports itself")
    for element in named(root, "import"):
        namespace, name = element.get("namespace", ""), element.get("name", "")
        if namespace in others:
            model.imports[name] = _read(others[namespace], others, (*path, model.namespace))
        elif "/DMN/" in element.get("importType", ""):
            raise DmnError(f"The model '{name}' ({namespace}) is imported, but was not given")
    _read_types(root, model)
    for element in root:
        if local_name(element) in _KINDS:
            node = _read_element(element, model)
            model.elements[node.key] = node
    model.members = frozenset(_members(root, model))
    return model


def _read_types(root: Element, model: Model) -> None:
    allowed: dict[str, tuple[object, ...]] = {}
    for prefix, imported in model.imports.items():
        for name, type_ in imported.types.items():
            model.types[f"{prefix}.{name}" if prefix else name] = type_
            model.types.setdefault(name, type_)
    for element in named(root, "itemDefinition"):
        name = element.get("name", "")
        type_ = model.types[name] = read_item_definition(element)
        allowed[name] = listed_values(_constraint(type_))
    model.allowed = allowed


def _constraint(type_: Type) -> str | None:
    if isinstance(type_, ListType):
        return _constraint(type_.item)
    return type_.text if isinstance(type_, ConstrainedType) else None


def _members(root: Element, model: Model) -> Iterator[str]:
    for element in named(root, "itemDefinition"):
        yield from component_names(element)
    for imported in model.imports.values():
        yield from imported.members
        yield from (one.name for one in imported.elements.values())
    for element in root.iter():
        if local_name(element) in _NAMERS and element.get("name"):
            yield element.get("name", "")


def _read_element(element: Element, model: Model) -> DrgElement:
    kind, name = local_name(element), " ".join(element.get("name", "").split())
    variable = first(element, "variable")
    key = (model.namespace, element.get("id") or f"{kind} {name}")
    node = DrgElement(key, name, None if variable is None else variable.get("typeRef"), kind)
    node.requires = tuple(_required(element, model))
    if kind == "decision":
        node.logic = first(element, *BOXED)
    elif kind == "businessKnowledgeModel":
        node.logic = first(element, "encapsulatedLogic")
    elif kind == "decisionService":
        node.inputs = tuple(_hrefs(element, model, "inputData")) + tuple(_hrefs(element, model, "inputDecision"))
        node.outputs = tuple(_hrefs(element, model, "outputDecision"))
    return node


def _required(element: Element, model: Model) -> Iterator[Key]:
    for requirement in named(element, "informationRequirement", "knowledgeRequirement"):
        yield from _hrefs(requirement, model, *_REQUIRED)


def _hrefs(element: Element, model: Model, *names: str) -> Iterator[Key]:
    for one in named(element, *names):
        namespace, _, identifier = one.get("href", "").rpartition("#")
        yield (namespace or model.namespace, identifier)
