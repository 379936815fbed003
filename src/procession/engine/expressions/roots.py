"""Which names of the surroundings an expression reads."""

from __future__ import annotations

from . import syntax as s
from .builtins import BUILT_INS
from .functions import HOST_FUNCTIONS


def names_used(tree: s.Node, declared: frozenset[str]) -> frozenset[str]:
    """The roots of all paths that are neither bound inside nor functions of the language.

    Inside a filter a name may be one of an entry's own, so there only declared names count.
    """
    found: set[str] = set()
    _collect(tree, frozenset(), declared, False, found)
    return frozenset(found)


def _collect(node: s.Node, bound: frozenset[str], declared: frozenset[str], filtered: bool, found: set[str]) -> None:
    match node:
        case s.Name(name=name):
            if name not in bound and (name in declared or not (filtered or name in BUILT_INS)):
                found.add(name)
        case s.Call(function=s.Name(name=name), arguments=arguments) if name in BUILT_INS or name in HOST_FUNCTIONS:
            for argument in arguments:
                _collect(argument, bound, declared, filtered, found)
        case s.Filter(base=base, condition=condition):
            _collect(base, bound, declared, filtered, found)
            _collect(condition, bound | {"item"}, declared, True, found)
        case s.For(variables=variables, body=body) | s.Quantified(variables=variables, condition=body):
            for name, domain in variables:
                _collect(domain, bound, declared, filtered, found)
                bound = bound | {name}
            _collect(body, bound | {"partial"}, declared, filtered, found)
        case s.FunctionDefinition(parameters=parameters, body=body):
            _collect(body, bound | {name for name, _ in parameters}, declared, filtered, found)
        case s.ContextLiteral(entries=entries):
            for key, entry in entries:
                _collect(entry, bound, declared, filtered, found)
                bound = bound | {key}
        case _:
            for child in s.children(node):
                _collect(child, bound, declared, filtered, found)
