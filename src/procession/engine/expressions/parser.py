"""Tokens to a syntax tree.

A hand-written precedence climber. It needs to know the names in scope: ``date and time`` is one name when it is known, and
``a-b`` is a subtraction when it is not. Names that an expression itself brings in (a loop's variable, a context's key, a
function's parameter) are known from where they are declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from . import syntax as s
from .errors import ExpressionError, TooDeep, TooLarge
from .lexer import Token, place, tokenize
from .limits import MAX_NESTING, MAX_TEXT, MAX_TREE_DEPTH
from .numbers import read_number
from .temporal_text import parse_temporal
from .type_parser import parse_type
from .vocabulary import Vocabulary

_N = TypeVar("_N", bound=s.Node)
_T = TypeVar("_T")


class Dialect(Enum):
    """Which language a text is written in."""

    PROCESSION = "procession"
    """FEEL, where a number followed by a unit of time is a duration."""

    DMN = "dmn"
    """FEEL as DMN 1.5 defines it."""


KEYWORDS = frozenset(
    ["if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "between"]
    + ["function", "external", "instance", "true", "false", "null"]
)
UNITS = {"minute", "hour", "day", "week", "month", "year", "business hour", "business day"}
_NAME_SIGNS = frozenset(["+", "-", "*", "/", "'", "’", "."])
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
_RELATIONS = frozenset(["=", "!=", "<", "<=", ">", ">="])


class Parser:
    """Reads one text. ``names`` are in scope; ``members`` may stand after a dot; ``options`` stand for themselves."""

    def __init__(
        self,
        text: str,
        names: Vocabulary,
        dialect: Dialect,
        *,
        members: Vocabulary | None = None,
        types: Vocabulary | None = None,
        options: Iterable[str] = (),
    ) -> None:
        if len(text) > MAX_TEXT:
            raise TooLarge(f"The expression has {len(text)} characters; {MAX_TEXT} are the most", 1, 1)
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.dialect = dialect
        self.scopes = [names, Vocabulary()]
        self.members = members or Vocabulary()
        self.own_members = Vocabulary()
        self.types = types or Vocabulary()
        self.options = Vocabulary(options)
        self.nesting = 0
        self.depths: dict[int, int] = {}  # id of a node we hold → levels below it
        self.held: list[s.Node] = []

    # -- the tokens ------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def is_next(self, text: str) -> bool:
        token = self.tokens[self.at]
        return token.text == text and token.kind in ("symbol", "word")

    def accept(self, text: str) -> bool:
        if self.is_next(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str, after: str) -> Token:
        if not self.is_next(text):
            raise self.error(f"'{text}' is missing after {after}")
        self.at += 1
        return self.tokens[self.at - 1]

    def error(self, message: str, token: Token | None = None, hint: str | None = None) -> ExpressionError:
        token = token or self.token
        line, column = place(self.text, token.start)
        found = "" if token.kind == "end" or token.text in message else f", before '{token.text[:30]}'"
        return ExpressionError(message + found, line, column, hint)

    def keep(self, node: _N) -> _N:
        """Counts how deep the tree under a new node is."""
        depth = 1 + max((self.depths.get(id(child), 1) for child in s.children(node)), default=0)
        if depth > MAX_TREE_DEPTH:
            line, column = place(self.text, node.start)
            raise TooDeep(f"The expression has more than {MAX_TREE_DEPTH} operations inside each other", line, column)
        self.depths[id(node)] = depth
        self.held.append(node)
        return node

    def nested(self, read: Callable[[], _T]) -> _T:
        if self.nesting >= MAX_NESTING:
            line, column = place(self.text, self.token.start)
            raise TooDeep(f"More than {MAX_NESTING} brackets are open inside each other", line, column)
        self.nesting += 1
        try:
            return read()
        finally:
            self.nesting -= 1

    # -- whole texts -----------------------------------------------------------------------------------------------

    def parse_expression(self) -> s.Node:
        """The whole text as one expression."""
        if self.token.kind == "end":
            raise self.error("The expression is empty")
        node = self.expression()
        self.expect_end()
        return node

    def parse_tests(self) -> s.Tests:
        """The whole text as the cell of a table."""
        start = self.token.start
        if self.token.kind == "end":
            raise self.error("The cell is empty", hint="'-' means any value")
        if self.is_next("-") and self.peek().kind == "end":
            return s.Tests(start=start, end=len(self.text), tests=(), negated=False)
        negated = self.is_next("not") and self.peek().text == "(" and self._closes_at_end(self.at + 1)
        if negated:
            self.at += 2
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        if negated:
            self.expect(")", "the tests of 'not'")
        self.expect_end()
        return self.keep(s.Tests(start=start, end=len(self.text), tests=tuple(tests), negated=negated))

    def _closes_at_end(self, opening: int) -> bool:
        """Whether the bracket at that token is closed by the last token."""
        level = 0
        for index in range(opening, len(self.tokens) - 1):
            text = self.tokens[index].text if self.tokens[index].kind == "symbol" else ""
            level += (text == "(") - (text == ")")
            if level == 0:
                return index == len(self.tokens) - 2
        return False

    def expect_end(self) -> None:
        if self.token.kind != "end":
            text = self.token.text
            hints = {"==": "equality is '='", "&&": "write 'and'", "else": "'if' needs 'then' before 'else'"}
            hint = "equality is '=', once" if text == "=" and self.tokens[self.at - 1].text == "=" else hints.get(text)
            raise self.error(f"'{text[:30]}' is not expected here", hint=hint)

    # -- precedence ------------------------------------------------------------------------------------------------

    def expression(self) -> s.Node:
        return self.nested(self.disjunction)

    def disjunction(self) -> s.Node:
        operands = [self.conjunction()]
        while self.accept("or"):
            operands.append(self.conjunction())
        if len(operands) == 1:
            return operands[0]
        return self.keep(s.Or(start=operands[0].start, end=operands[-1].end, operands=tuple(operands)))

    def conjunction(self) -> s.Node:
        operands = [self.comparison()]
        while self.accept("and"):
            operands.append(self.comparison())
        if len(operands) == 1:
            return operands[0]
        return self.keep(s.And(start=operands[0].start, end=operands[-1].end, operands=tuple(operands)))

    def comparison(self) -> s.Node:
        left = self.arithmetic(1)
        while True:
            token = self.token
            if token.kind == "symbol" and token.text in _RELATIONS:
                self.at += 1
                if token.text == "=" and self.is_next("="):
                    raise self.error("'=' stands twice", hint="equality is '=', once")
                right = self.arithmetic(1)
                left = self.keep(s.Comparison(start=left.start, end=right.end, operator=token.text, left=left, right=right))
            elif token.kind == "word" and token.text == "between":
                self.at += 1
                low = self.arithmetic(1)
                self.expect("and", "the lower end of 'between'")
                high = self.arithmetic(1)
                left = self.keep(s.Between(start=left.start, end=high.end, value=left, low=low, high=high))
            elif token.kind == "word" and token.text == "in":
                self.at += 1
                tests = self.in_tests()
                end = self.tokens[self.at - 1].end
                left = self.keep(s.In(start=left.start, end=end, value=left, tests=tests))
            else:
                return left

    def in_tests(self) -> tuple[s.Node, ...]:
        """What stands after ``in``: one test, or several in brackets."""
        if not self.is_next("("):
            return (self.test(self.arithmetic_or_unary),)
        mark = self.at
        if self._is_bracketed_list():
            self.at = mark + 1
            tests = [self.nested(self.test)]
            while self.accept(","):
                tests.append(self.nested(self.test))
            self.expect(")", "the tests of 'in'")
            return tuple(tests)
        return (self.test(self.arithmetic_or_unary),)

    def _is_bracketed_list(self) -> bool:
        """Whether the bracket here holds tests: a comma at its top level, or a relation right behind it."""
        if self.peek().text in _RELATIONS and self.peek().kind == "symbol":
            return True
        level = 0
        for token in self.tokens[self.at :]:
            if token.kind != "symbol":
                continue
            if token.text in "([{":
                level += 1
            elif token.text in ")]}":
                level -= 1
                if level == 0:
                    return False
            elif token.text == "," and level == 1:
                return True
        return False

    def arithmetic_or_unary(self) -> s.Node:
        return self.arithmetic(1)

    def test(self, otherwise: Callable[[], s.Node] | None = None) -> s.Node:
        """A test: a relation to a value, or an expression."""
        token = self.token
        if token.kind == "symbol" and token.text in _RELATIONS:
            self.at += 1
            operand = self.nested(lambda: self.arithmetic(1))
            return self.keep(s.UnaryTest(start=token.start, end=operand.end, operator=token.text, operand=operand))
        return (otherwise or self.expression)()

    def arithmetic(self, weakest: int) -> s.Node:
        """Precedence climbing; every operator is left-associative, ``**`` too."""
        left = self.unary()
        while True:
            token = self.token
            precedence = _PRECEDENCE.get(token.text, 0) if token.kind == "symbol" else 0
            if precedence < weakest or precedence == 0:
                return left
            self.at += 1
            right = self.arithmetic(precedence + 1)
            left = self.keep(s.Arithmetic(start=left.start, end=right.end, operator=token.text, left=left, right=right))

    def unary(self) -> s.Node:
        token = self.token
        if token.kind == "symbol" and token.text == "-":
            self.at += 1
            operand = self.nested(self.unary)
            if isinstance(operand, s.Literal) and isinstance(operand.value, Decimal):
                return self.keep(s.Literal(start=token.start, end=operand.end, value=-operand.value))
            return self.keep(s.Negation(start=token.start, end=operand.end, operand=operand))
        node = self.postfix()
        while self.is_next("instance") and self.peek().text == "of":
            self.at += 2
            type_ = self.nested(lambda: parse_type(self))
            node = self.keep(s.InstanceOf(start=node.start, end=self.tokens[self.at - 1].end, value=node, type=type_))
        return node

    def postfix(self) -> s.Node:
        node = self.primary()
        while True:
            if self.accept("."):
                name = self.member_name()
                node = self.keep(s.Path(start=node.start, end=self.tokens[self.at - 1].end, base=node, name=name))
            elif self.is_next("[") and not self._closes_range():
                self.at += 1
                condition = self.filter_condition()
                end = self.expect("]", "the filter").end
                node = self.keep(s.Filter(start=node.start, end=end, base=node, condition=condition))
            elif self.is_next("("):
                node = self.call(node)
            elif self.dialect is Dialect.PROCESSION and (unit := self.unit_here()):
                node = self.keep(s.DurationOf(start=node.start, end=self.tokens[self.at - 1].end, amount=node, unit=unit))
            else:
                return node

    def filter_condition(self) -> s.Node:
        self.scopes.append(Vocabulary(["item"]))
        try:
            return self.expression()
        finally:
            self.scopes.pop()

    def _closes_range(self) -> bool:
        """``[`` after the end of ``[1..3[`` closes it: then nothing that could begin an expression follows."""
        if not self._in_range_end:
            return False
        after = self.peek()
        if after.kind == "end":
            return True
        if after.kind == "word":
            return after.text in ("and", "or", "in", "between", "then", "else", "return", "satisfies", "instance")
        return after.kind == "symbol" and after.text in (")", "]", "}", ",", "=", "!=", "<", ">", "<=", ">=", ".", ":")

    _in_range_end = False

    def unit_here(self) -> str | None:
        """``days``, ``business hours``: the unit in the singular, taken from the tokens."""
        token = self.token
        if token.kind != "word":
            return None
        words, length = token.text, 1
        if words == "business":
            words, length = f"business {self.peek().text}", 2
        unit = words.removesuffix("s")
        if unit not in UNITS or self.scoped_name() is not None:
            return None
        self.at += length
        return unit

    # -- names -----------------------------------------------------------------------------------------------------

    def scoped_name(self) -> tuple[str, int] | None:
        """The longest known name that begins here; of equally long ones the innermost."""
        best: tuple[str, int] | None = None
        for scope in reversed(self.scopes):
            found = scope.longest(self.tokens, self.at)
            if found and (best is None or found[1] > best[1]):
                best = found
        return best

    def member_name(self) -> str:
        """What may stand after a dot."""
        if self.token.kind != "word":
            raise self.error("A name is missing after '.'")
        best = (self.token.text, 1)
        for names in (self.members, self.own_members, *self.scopes):
            found = names.longest(self.tokens, self.at)
            if found and found[1] > best[1]:
                best = found
        self.at += best[1]
        return best[0]

    def declared_name(self, what: str, *stops: str) -> str:
        """A new name: all words and signs up to one of the stops."""
        first = self.token
        if first.kind != "word":
            raise self.error(f"A name for {what} is missing")
        while not (self.token.text in stops and self.token.kind in ("word", "symbol")):
            token = self.token
            if not (token.kind in ("word", "number") or token.text in _NAME_SIGNS):
                raise self.error(f"'{stops[0]}' is missing after the name of {what}")
            self.at += 1
        return " ".join(self.text[first.start : self.tokens[self.at - 1].end].split())

    # -- operands --------------------------------------------------------------------------------------------------

    def primary(self) -> s.Node:
        token = self.token
        match token.kind:
            case "number":
                self.at += 1
                return self.keep(s.Literal(start=token.start, end=token.end, value=self._number(token)))
            case "string":
                self.at += 1
                return self.keep(s.Literal(start=token.start, end=token.end, value=token.value))
            case "at":
                self.at += 1
                return self.keep(s.Literal(start=token.start, end=token.end, value=parse_temporal(token.value)))
            case "word":
                return self.word()
            case "end":
                raise self.error("The expression ends too early")
            case "symbol":
                return self.bracketed()

    def _number(self, token: Token) -> Decimal:
        value = read_number(token.text)
        if value is None:
            line, column = place(self.text, token.start)
            raise TooLarge(f"The number {token.text[:40]} is too large", line, column)
        return value

    def bracketed(self) -> s.Node:
        match self.token.text:
            case "(":
                return self.group_or_range()
            case "[":
                return self.list_or_range()
            case "]":
                opening = self.token
                self.at += 1
                low = self.expression()
                return self.range_from(opening, low, False)
            case "{":
                return self.context()
            case _:
                raise self.error(f"'{self.token.text}' is not expected here")

    def word(self) -> s.Node:
        token = self.token
        known = None if token.text == "?" else self.options.longest(self.tokens, self.at)
        if known:
            self.at += known[1]
            return self.keep(s.Literal(start=token.start, end=self.tokens[self.at - 1].end, value=known[0]))
        known = self.scoped_name()
        if token.text in _FORMS and not (known and known[1] > 1):
            return self.nested(lambda: _FORMS[token.text](self))
        if token.text in KEYWORDS and known is None:
            raise self.error(f"'{token.text}' is not expected here")
        if token.text == "?":
            self.at += 1
            return self.keep(s.InputValue(start=token.start, end=token.end))
        name, length = known or (token.text, 1)
        self.at += length
        return self.keep(s.Name(start=token.start, end=self.tokens[self.at - 1].end, name=name))

    def constant(self) -> s.Node:
        token = self.token
        self.at += 1
        value = {"true": True, "false": False, "null": None}[token.text]
        return self.keep(s.Literal(start=token.start, end=token.end, value=value))

    def group_or_range(self) -> s.Node:
        opening = self.token
        self.at += 1
        outer, self._in_range_end = self._in_range_end, False
        try:
            inner = self.nested(self.test)
            if self.is_next(".."):
                return self.range_from(opening, inner, False)
            self.expect(")", "the expression in brackets")
        finally:
            self._in_range_end = outer
        return inner

    def list_or_range(self) -> s.Node:
        opening = self.token
        self.at += 1
        outer, self._in_range_end = self._in_range_end, False
        try:
            if self.is_next("]"):
                self.at += 1
                return self.keep(s.ListLiteral(start=opening.start, end=self.tokens[self.at - 1].end, items=()))
            items = [self.nested(self.test)]
            if self.is_next(".."):
                return self.range_from(opening, items[0], True)
            while self.accept(","):
                items.append(self.nested(self.test))
            end = self.expect("]", "the list").end
        finally:
            self._in_range_end = outer
        return self.keep(s.ListLiteral(start=opening.start, end=end, items=tuple(items)))

    def range_from(self, opening: Token, low: s.Node, low_included: bool) -> s.Node:
        self.expect("..", "the lower end of the range")
        self._in_range_end = True
        high = self.expression()
        self._in_range_end = False
        closing = self.token
        if closing.text not in ("]", ")", "[") or closing.kind != "symbol":
            raise self.error("The range is not closed", hint="']' includes the upper end, ')' leaves it out")
        self.at += 1
        included = closing.text == "]"
        return self.keep(
            s.RangeLiteral(
                start=opening.start, end=closing.end, low=low, high=high, low_included=low_included, high_included=included
            )
        )

    def context(self) -> s.Node:
        opening = self.token
        self.at += 1
        scope = Vocabulary()
        self.scopes.append(scope)
        entries: list[tuple[str, s.Node]] = []
        try:
            while not self.is_next("}"):
                if entries:
                    self.expect(",", "a context's entry")
                key = self.context_key()
                self.expect(":", f"the key '{key}'")
                entries.append((key, self.expression()))
                scope.add(key)
                self.own_members.add(key)
        finally:
            self.scopes.pop()
        end = self.expect("}", "the context").end
        return self.keep(s.ContextLiteral(start=opening.start, end=end, entries=tuple(entries)))

    def context_key(self) -> str:
        if self.token.kind == "string":
            self.at += 1
            return self.tokens[self.at - 1].value
        return self.declared_name("the context's entry", ":")

    def call(self, function: s.Node) -> s.Node:
        self.at += 1
        outer, self._in_range_end = self._in_range_end, False
        arguments: list[s.Node] = []
        names: list[str] = []
        try:
            while not self.is_next(")"):
                if arguments:
                    self.expect(",", "an argument")
                if self._is_named_argument():
                    names.append(self.declared_name("the parameter", ":"))
                    self.at += 1
                elif names:
                    raise self.error("After a named argument all others need names too")
                arguments.append(self.nested(self.test))
                if names and len(names) != len(arguments):
                    raise self.error("After a named argument all others need names too")
            end = self.expect(")", "the arguments").end
        finally:
            self._in_range_end = outer
        given = tuple(names) if names else None
        return self.keep(s.Call(start=function.start, end=end, function=function, arguments=tuple(arguments), names=given))

    def _is_named_argument(self) -> bool:
        ahead = 0
        while self.peek(ahead).kind == "word" or (ahead and self.peek(ahead).text in _NAME_SIGNS):
            ahead += 1
        return ahead > 0 and self.peek(ahead).text == ":" and self.peek(ahead).kind == "symbol"

    # -- forms that begin with a word --------------------------------------------------------------------------------

    def if_form(self) -> s.Node:
        start = self.token.start
        self.at += 1
        condition = self.expression()
        self.expect("then", "the condition of 'if'")
        then = self.expression()
        self.expect("else", "the 'then' of 'if'")
        otherwise = self.expression()
        return self.keep(s.If(start=start, end=otherwise.end, condition=condition, then=then, otherwise=otherwise))

    def for_form(self) -> s.Node:
        start = self.token.start
        self.at += 1
        variables = self.variables("return", ["partial"])
        try:
            body = self.expression()
        finally:
            self.scopes.pop()
        return self.keep(s.For(start=start, end=body.end, variables=variables, body=body))

    def quantified_form(self) -> s.Node:
        start, every = self.token.start, self.token.text == "every"
        self.at += 1
        variables = self.variables("satisfies", [])
        try:
            condition = self.expression()
        finally:
            self.scopes.pop()
        return self.keep(s.Quantified(start=start, end=condition.end, every=every, variables=variables, condition=condition))

    def variables(self, then: str, more: list[str]) -> tuple[tuple[str, s.Node], ...]:
        """``x in list, y in …`` and the word after it; leaves a scope open that knows the variables."""
        scope = Vocabulary()
        self.scopes.append(scope)
        found: list[tuple[str, s.Node]] = []
        try:
            while True:
                name = self.declared_name("the variable", "in")
                self.at += 1
                found.append((name, self.domain()))
                scope.add(name)
                if not self.accept(","):
                    break
            for name in more:
                scope.add(name)
            self.expect(then, "the lists")
        except ExpressionError:
            self.scopes.pop()
            raise
        return tuple(found)

    def domain(self) -> s.Node:
        """A list, or two numbers with ``..`` between them."""
        low = self.expression()
        if not self.accept(".."):
            return low
        high = self.expression()
        return self.keep(
            s.RangeLiteral(start=low.start, end=high.end, low=low, high=high, low_included=True, high_included=True)
        )

    def function_form(self) -> s.Node:
        start = self.token.start
        self.at += 1
        self.expect("(", "'function'")
        scope = Vocabulary()
        parameters: list[tuple[str, s.Type]] = []
        while not self.is_next(")"):
            if parameters:
                self.expect(",", "a parameter")
            name = self.declared_name("the parameter", ":", ",", ")")
            type_ = self.nested(lambda: parse_type(self)) if self.accept(":") else s.ANY
            parameters.append((name, type_))
            scope.add(name)
        self.at += 1
        external = self.accept("external")
        self.scopes.append(scope)
        try:
            body = self.expression()
        finally:
            self.scopes.pop()
        return self.keep(
            s.FunctionDefinition(start=start, end=body.end, parameters=tuple(parameters), body=body, external=external)
        )


_FORMS: dict[str, Callable[[Parser], s.Node]] = {
    "if": Parser.if_form,
    "for": Parser.for_form,
    "some": Parser.quantified_form,
    "every": Parser.quantified_form,
    "function": Parser.function_form,
    "true": Parser.constant,
    "false": Parser.constant,
    "null": Parser.constant,
}
