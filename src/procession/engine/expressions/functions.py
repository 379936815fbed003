"""Calling functions, and defining them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import syntax as s
from .builtins import BUILT_INS
from .builtins.registry import call as call_built_in
from .conformance import NotConforming, convert
from .runtime import Run, Scope
from .types import write_type
from .values import BuiltIn, Function, describe_type, from_python, to_python

if TYPE_CHECKING:
    from .compiler import Code, Compiler

HOST_FUNCTIONS = ("sample", "count of cases")
"""Functions that the environment may provide; their names hold spaces, so the parser must know them."""


def compile_call(compiler: Compiler, node: s.Call) -> Code:
    arguments = [compiler.compile(argument) for argument in node.arguments]
    names = node.names
    find = _finder(compiler, node.function)

    def evaluate(scope: Scope) -> Any:
        function = find(scope)
        values = [argument(scope) for argument in arguments]
        if type(function) is BuiltIn:
            return call_built_in(scope.run, function, values, names)
        return invoke(scope.run, function, values, names)

    return evaluate


def _finder(compiler: Compiler, node: s.Node) -> Code:
    """The function a call means: a value that is one, else a built-in one, else one of the environment."""
    if not isinstance(node, s.Name):
        code = compiler.compile(node)
        source = compiler.source(node)

        def evaluate(scope: Scope) -> Any:
            value = code(scope)
            if not isinstance(value, Function | BuiltIn):
                scope.run.warn(f"'{source}' is not a function")
                return None
            return value

        return evaluate
    return _finder_by_name(node.name)


def _finder_by_name(name: str) -> Code:
    built_in = BUILT_INS.get(name)

    def find(scope: Scope) -> Any:
        level: Scope | None = scope
        while level is not None:
            value = level.values.get(name)
            if isinstance(value, Function | BuiltIn):
                return value
            level = level.outer
        if built_in is not None:
            return built_in
        host = scope.run.environment.functions.get(name)
        if host is not None:
            return host
        scope.run.warn(f"There is no function named '{name}'")
        return None

    return find


def invoke(run: Run, function: Any, arguments: list[Any], names: tuple[str, ...] | None = None) -> Any:
    """Calls any function with arguments in order, or named."""
    if isinstance(function, BuiltIn):
        return call_built_in(run, function, arguments, names)
    if isinstance(function, Function):
        return _call_defined(run, function, arguments, names)
    return None if function is None else _call_host(run, function, arguments, names)


def _call_host(run: Run, function: Callable[..., Any], arguments: list[Any], names: tuple[str, ...] | None) -> Any:
    run.spend(1)
    if names is not None:
        run.warn("A function of the environment takes its arguments in order, not by name")
        return None
    given = [to_python(argument) for argument in arguments]
    try:
        inspect.signature(function).bind(*given)
    except TypeError as error:
        run.warn(f"A function of the environment does not take these arguments: {error}")
        return None
    try:
        answer = function(*given)
    except ValueError as error:
        run.warn(f"A function of the environment has no answer: {error}")
        return None
    return from_python(answer, run.environment.zone)


def _call_defined(run: Run, function: Function, arguments: list[Any], names: tuple[str, ...] | None) -> Any:
    parameters = function.parameters
    if names is not None:
        known = [name for name, _ in parameters]
        if sorted(names) != sorted(known):
            run.warn(
                f"'{function.name or 'The function'}' has the parameters {', '.join(known)}, not {', '.join(names)}"
            )
            return None
        arguments = [arguments[names.index(name)] for name in known]
    elif len(arguments) != len(parameters):
        run.warn(f"'{function.name or 'The function'}' takes {len(parameters)} arguments, not {len(arguments)}")
        return None
    run.enter_call()
    try:
        return function.call(run, *arguments)
    finally:
        run.leave_call()


def compile_definition(compiler: Compiler, node: s.FunctionDefinition) -> Code:
    parameters, types = node.parameters, compiler.types
    if node.external:
        return _refuse_external
    body, cost = compiler.compile(node.body), s.cost(node.body)

    def define(scope: Scope) -> Any:
        def call(run: Run, *arguments: Any) -> Any:
            run.spend(cost)
            values: dict[str, Any] = {}
            for (name, type_), value in zip(parameters, arguments, strict=True):
                try:
                    values[name] = convert(run, value, type_, types)
                except NotConforming:
                    run.warn(f"The argument {name} is {describe_type(value)}, not of type {write_type(type_)}")
                    return None
            return body(Scope(values, scope, run))

        return Function("", parameters, call)

    return define


def _refuse_external(scope: Scope) -> Any:
    scope.run.warn("Functions of other languages (Java, PMML) cannot be called")
    return None
