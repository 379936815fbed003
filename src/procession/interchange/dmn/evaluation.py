"""Evaluating the decisions of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from procession.engine.expressions.errors import TooDeep
from procession.engine.expressions.expression import finish, start_run
from procession.engine.expressions.limits import MAX_CALL_DEPTH
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import DEFAULT, Environment, Evaluation, Run, Scope
from procession.engine.expressions.types import Type
from procession.engine.expressions.values import Function, from_python

from .boxed import Surroundings, coerce, compile_boxed, make_function, typed
from .item_types import type_from_name
from .model import DmnError, DrgElement, Key, Model

Inputs = Mapping[str | Key, object]
"""Values of input data by name, or by namespace and name where a name is not enough."""


def evaluate_decision(
    model: Model,
    name: str,
    inputs: Inputs,
    environment: Environment = DEFAULT,
    *,
    namespace: str | None = None,
    exact: bool = False,
) -> Evaluation:
    """The value of a decision, with those that it needs; with ``exact`` in FEEL's own types instead of Python's.

    Raises DmnError where there is no decision of that name.
    """
    owner = model if namespace in (None, model.namespace) else _imported(model, namespace or "")
    element = owner.by_name(name, "decision")
    if element is None:
        raise DmnError(f"The model has no decision '{name}'")
    key = element.key

    def ask(graph: _Graph, _run: Run) -> Any:
        return graph.value_of(key)

    return _evaluate(model, inputs, environment, ask, exact)


def evaluate_service(
    model: Model, name: str, inputs: Inputs, environment: Environment = DEFAULT, *, exact: bool = False
) -> Evaluation:
    """What a decision service answers to arguments given by name."""
    element = model.by_name(name, "decisionService")
    if element is None:
        raise DmnError(f"The model has no decision service '{name}'")

    def call(graph: _Graph, run: Run) -> Any:
        arguments = [graph.given(parameter) for parameter in map(graph.element, element.inputs)]
        return graph.call_service(element, run, arguments)

    return _evaluate(model, inputs, environment, call, exact)


def _imported(model: Model, namespace: str) -> Model:
    for imported in model.imports.values():
        if imported.namespace == namespace:
            return imported
    return model


def _evaluate(
    model: Model, inputs: Inputs, environment: Environment, ask: Callable[[_Graph, Run], Any], exact: bool
) -> Evaluation:
    run = start_run(environment, Dialect.DMN)
    given = {name: from_python(value) for name, value in inputs.items()}
    try:
        return finish(run, ask(_Graph(model, run, given, {}), run), exact=exact)
    except RecursionError:
        raise TooDeep("The decisions go too deep") from None


class _Graph:
    """One evaluation of a model's graph; every element is evaluated at most once."""

    def __init__(self, model: Model, run: Run, inputs: Mapping[str | Key, Any], known: dict[Key, Any]) -> None:
        self.model = model
        self.run = run
        self.inputs = inputs
        self.known = known
        self.open: list[Key] = []

    def element(self, key: Key) -> DrgElement:
        found = self.model.find(key)
        if found is None:
            raise DmnError(f"The model refers to '{key[1]}', which is not in it")
        return found

    def value_of(self, key: Key) -> Any:
        if key not in self.known:
            if key in self.open or len(self.open) > MAX_CALL_DEPTH:
                raise DmnError(f"The decision '{self.element(key).name}' needs itself")
            self.open.append(key)
            self.known[key] = self._compute(self.element(key))
            self.open.pop()
        return self.known[key]

    def _compute(self, element: DrgElement) -> Any:
        self.run.spend(1)
        if element.kind == "inputData":
            return self.given(element)
        if element.kind == "decisionService":
            return self._service(element)
        owner = self.model.owner_of(element.key)
        if element.kind == "businessKnowledgeModel":
            return self._knowledge(element, owner)
        scope = self._scope(element, owner)
        return self._code(element, owner, scope)(scope)

    def given(self, element: DrgElement) -> Any:
        """The value given for an element, as its type allows."""
        value = self.inputs.get((element.key[0], element.name), self.inputs.get(element.name))
        owner = self.model.owner_of(element.key)
        return coerce(self.run, value, type_from_name(element.type_name), owner.types)

    def _scope(self, element: DrgElement, owner: Model) -> Scope:
        """The values of all required elements; those of imported models stand in a context named like the import."""
        values: dict[str, Any] = {}
        for key in element.requires:
            required = self.element(key)
            prefix = owner.prefix_of(key[0]) if key not in owner.elements else None
            if not prefix:
                values[required.name] = self.value_of(key)
            else:
                values.setdefault(prefix, {})[required.name] = self.value_of(key)
        return Scope(values, Scope({}, None, self.run), self.run)

    def _code(self, element: DrgElement, owner: Model, scope: Scope) -> Any:
        if element.code is None:
            around = Surroundings(owner, frozenset(scope.values))
            element.code = typed(compile_boxed(element.logic, around), type_from_name(element.type_name), around)
        return element.code

    def _knowledge(self, element: DrgElement, owner: Model) -> Any:
        """A function; it sees the knowledge it requires, and itself."""
        scope = self._scope(element, owner)
        values: dict[str, Any] = dict(scope.values)
        inner = Scope(values, scope, self.run)
        if element.code is None:
            around = Surroundings(owner, frozenset(values) | {element.name})
            element.code = compile_boxed(element.logic, around)
        function = element.code(inner)
        if not isinstance(function, Function):
            return None
        result = self._result_type(element)

        def call(run: Run, *arguments: Any) -> Any:
            return coerce(run, function.call(run, *arguments), result, owner.types)

        values[element.name] = made = Function(element.name, function.parameters, call)
        return made

    def _result_type(self, element: DrgElement) -> Type:
        """A business knowledge model's variable has the type of its result, or that of the function itself."""
        return type_from_name(element.type_name)

    def _service(self, element: DrgElement) -> Function:
        parameters = tuple((one.name, type_from_name(one.type_name)) for one in map(self.element, element.inputs))
        owner = self.model.owner_of(element.key)

        def body(scope: Scope) -> Any:
            arguments = [scope.values[name] for name, _ in parameters]
            return self.call_service(element, scope.run, arguments)

        return make_function(element.name, parameters, body, owner.types, Scope({}, None, self.run))

    def call_service(self, element: DrgElement, run: Run, arguments: list[Any]) -> Any:
        """The service's decisions, evaluated with nothing but the arguments."""
        graph = _Graph(self.model, run, {}, dict(zip(element.inputs, arguments, strict=True)))
        values = {graph.element(key).name: graph.value_of(key) for key in element.outputs}
        value = next(iter(values.values())) if len(values) == 1 else values
        owner = self.model.owner_of(element.key)
        return coerce(run, value, type_from_name(element.type_name), owner.types)
