"""Expressions, cells of tables and texts with expressions in them, compiled and ready to be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

from . import syntax as s
from .builtins import BUILT_INS
from .compiler import Code, Compiler
from .errors import TooDeep
from .functions import HOST_FUNCTIONS, invoke
from .limits import MAX_VALUE_DEPTH
from .parser import Dialect, Parser
from .properties import MEMBER_NAMES
from .relations import Test, compile_test
from .roots import names_used
from .runtime import DEFAULT, Environment, Evaluation, Run, Scope
from .types import Type
from .values import to_python
from .vocabulary import Vocabulary

_MEMBERS = Vocabulary(MEMBER_NAMES)
_T = TypeVar("_T")


@lru_cache(maxsize=256)
def _vocabulary(names: frozenset[str], dialect: Dialect) -> Vocabulary:
    host = HOST_FUNCTIONS if dialect is Dialect.PROCESSION else ()
    return Vocabulary([*BUILT_INS, *host, *sorted(names)])


def _parser(
    text: str,
    names: frozenset[str],
    dialect: Dialect,
    members: Iterable[str],
    types: Mapping[str, Type] | None,
    options: Iterable[str] = (),
) -> Parser:
    """A parser that knows the names in scope and the language's functions."""
    known = Vocabulary([*MEMBER_NAMES, *members]) if members else _MEMBERS
    vocabulary = _vocabulary(names, dialect)
    return Parser(text, vocabulary, dialect, members=known, types=Vocabulary(types or ()), options=options)


def start_run(environment: Environment, dialect: Dialect) -> Run:
    return Run(environment, dialect is Dialect.PROCESSION, invoke)


def finish(run: Run, value: Any, *, exact: bool = False) -> Evaluation:
    """The result, unless it is too large to hand out: in Python's terms, or with ``exact`` in FEEL's own.

    Python's stop at microseconds and at the year 9999.
    """
    if isinstance(value, dict | list):
        _measure(run, value)
    return Evaluation(value if exact else to_python(value), run.warnings())


def _measure(run: Run, value: Any) -> None:
    """Spends a step on every entry: a small list that holds another a thousand times is large when written out."""
    waiting = [(value, 0)]
    while waiting:
        current, depth = waiting.pop()
        if isinstance(current, list | dict):
            if depth > MAX_VALUE_DEPTH:
                raise TooDeep(f"The result holds lists or contexts more than {MAX_VALUE_DEPTH} levels deep")
            entries = current.values() if isinstance(current, dict) else current  # type: ignore[reportUnknownVariableType]
            run.spend(len(current) + 1)  # type: ignore[reportUnknownArgumentType]
            waiting.extend((entry, depth + 1) for entry in entries)  # type: ignore[reportUnknownVariableType]


class Expression:
    """One expression. ``names_used`` are the roots of what it reads: ``item`` for ``item.serial``.

    ``names_shared`` are those of them that a function of the language has too, and that were not said to be in scope:
    where there is a value of such a name, ``number`` without brackets is that value.
    """

    __slots__ = ("_code", "dialect", "names_shared", "names_used", "text", "tree")

    def __init__(
        self, text: str, tree: s.Node, code: Code, dialect: Dialect, names: frozenset[str],
        shared: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.text = text
        self.tree = tree
        self.dialect = dialect
        self.names_used = names
        self.names_shared = shared
        self._code = code

    def evaluate(self, values: Mapping[str, object], environment: Environment = DEFAULT) -> Evaluation:
        """The value in Python's terms; None with a warning where there is no answer.

        Raises BudgetExceeded, TooDeep or TooLarge when the expression asks for too much.
        """
        run = start_run(environment, self.dialect)
        try:
            return finish(run, self._code(Scope(values, None, run)))
        except RecursionError:
            raise TooDeep("The expression goes too deep") from None

    def compute(self, scope: Scope) -> Any:
        """The FEEL value inside a run that is under way."""
        return self._code(scope)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _holds_for_one(scope: Scope, test: Test, items: list[Any]) -> bool:
    """In our files a test that a list as a whole cannot be put to is put to each of the choices in it."""
    scope.run.spend(len(items))
    return any(test(scope, item) is True for item in items)


class UnaryTests:
    """The cell of a table: tests of one input value, of which one must hold."""

    __slots__ = ("_negated", "_tests", "dialect", "names_used", "text", "tree")

    def __init__(self, text: str, tree: s.Tests, tests: list[Test], dialect: Dialect, names: frozenset[str]) -> None:
        self.text = text
        self.tree = tree
        self.dialect = dialect
        self.names_used = names
        self._tests = tests
        self._negated = tree.negated

    def evaluate(
        self, input_value: object, values: Mapping[str, object] | None = None, environment: Environment = DEFAULT
    ) -> Evaluation:
        """True, False, or None where the value cannot be compared with the cell."""
        run = start_run(environment, self.dialect)
        try:
            found = run.convert("?", input_value)
            return Evaluation(self.compute(Scope(values or {}, None, run), found), run.warnings())
        except RecursionError:
            raise TooDeep("The cell goes too deep") from None

    def compute(self, scope: Scope, value: Any) -> bool | None:
        """The answer inside a run that is under way, of a FEEL value."""
        if not self._tests:
            return True
        result: bool | None = False
        for test in self._tests:
            answer = test(scope, value)
            if answer is None and isinstance(value, list) and self.dialect is Dialect.PROCESSION:
                answer = _holds_for_one(scope, test, cast("list[Any]", value))
            if answer is True:
                result = True
                break
            if answer is None:
                result = None
        if self._negated:
            return None if result is None else not result
        return result

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


def compile_expression(
    text: str,
    names: Iterable[str] = (),
    *,
    dialect: Dialect = Dialect.PROCESSION,
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> Expression:
    """Reads an expression once, to be evaluated often.

    ``names`` are those in scope: only names with spaces or signs need to be given to be read right, but giving all is
    best.
    ``members`` may stand after a dot, ``types`` after ``instance of``. Raises ExpressionError with line, column and a
    hint.
    """
    names = frozenset(names)
    tree = _guarded(_parser(text, names, dialect, members, types).parse_expression)
    code = Compiler(text, types).compile(tree)
    used = names_used(tree, names)
    return Expression(text, tree, code, dialect, used, names_used(tree, names.union(BUILT_INS)) - used)


def compile_unary_tests(
    text: str,
    names: Iterable[str] = (),
    *,
    options: Iterable[str] = (),
    dialect: Dialect = Dialect.PROCESSION,
    members: Iterable[str] = (),
    types: Mapping[str, Type] | None = None,
) -> UnaryTests:
    """Reads a table's cell. A bare option of the input's choice field stands for itself; ``-`` means any value."""
    names, options = frozenset(names), list(options)
    literal = _bare_options(text, options)
    if literal is not None:
        tree = s.Tests(start=0, end=len(text), tests=literal, negated=False)
    else:
        tree = _guarded(_parser(text, names, dialect, members, types, options).parse_tests)
    compiler = Compiler(text, types)
    tests = [compile_test(compiler, test) for test in tree.tests]
    return UnaryTests(text, tree, tests, dialect, names_used(tree, names))


def _bare_options(text: str, options: list[str]) -> tuple[s.Node, ...] | None:
    """The cell's options where it is nothing but options, whatever signs they are made of."""
    parts = [text.strip()] if text.strip() in options else [part.strip() for part in text.split(",")]
    if not options or not all(part in options for part in parts):
        return None
    return tuple(s.Literal(start=0, end=len(text), value=part) for part in parts)


def _guarded(parse_text: Callable[[], _T]) -> _T:
    try:
        return parse_text()
    except RecursionError:
        raise TooDeep("The expression is nested too deeply", 1, 1) from None
