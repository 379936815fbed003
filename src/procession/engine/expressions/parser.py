"""Tokens to a syntax tree.

A hand-written precedence climber. It needs to know the names in scope: ``date and time`` is one name when it is
known, and
``a-b`` is a subtraction when it is not. Names that an expression itself brings in (a loop's variable, a context's
key, a function's parameter) are known from where they are declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import Enum

from . import syntax as s
from .brackets import NAME_SIGNS, bracketed, call
from .cursor import Cursor
from .errors import TooLarge
from .forms import FORMS
from .lexer import Token, place
from .numbers import read_number
from .temporal_text import parse_temporal
from .type_parser import parse_type
from .vocabulary import Vocabulary


class Dialect(Enum):
    """Which language a text is written in."""

    PROCESSION = "procession"
    """FEEL, where a number followed by a unit of time is a duration."""

    DMN = "dmn"
    """FEEL as DMN 1.5 defines it."""


KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between function external instance true false null".split()
)
UNITS = {"minute", "hour", "day", "week", "month", "year", "business hour", "business day"}
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
_RELATIONS = frozenset(["=", "!=", "<", "<=", ">", ">="])


class Parser(Cursor):
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
        super().__init__(text)
        self.dialect = dialect
        self.scopes = [names, Vocabulary()]
        self.members = members or Vocabulary()
        self.own_members = Vocabulary()
        self.types = types or Vocabulary()
        self.options = Vocabulary(options)
        self.in_range_end = False
        """Whether a ``[`` may close a range."""

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
                left = self.keep(
                    s.Comparison(start=left.start, end=right.end, operator=token.text, left=left, right=right)
                )
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
                node = call(self, node)
            elif self.dialect is Dialect.PROCESSION and (unit := self.unit_here()):
                node = self.keep(
                    s.DurationOf(start=node.start, end=self.tokens[self.at - 1].end, amount=node, unit=unit)
                )
            else:
                return node

    def filter_condition(self) -> s.Node:
        known = len(self.scopes)
        self.scopes += [self.members, self.own_members, Vocabulary(["item"])]  # an entry's own names may stand alone
        try:
            return self.expression()
        finally:
            del self.scopes[known:]

    def _closes_range(self) -> bool:
        """``[`` after the end of ``[1..3[`` closes it: then nothing that could begin an expression follows."""
        if not self.in_range_end:
            return False
        after = self.peek()
        if after.kind == "end":
            return True
        if after.kind == "word":
            return after.text in ("and", "or", "in", "between", "then", "else", "return", "satisfies", "instance")
        return after.kind == "symbol" and after.text in (")", "]", "}", ",", "=", "!=", "<", ">", "<=", ">=", ".", ":")

    def unit_here(self) -> str | None:
        """``days``, ``business hours``: the unit in the singular, taken from the tokens.

        It stands right behind a value, where no name can stand; so it is a unit even where a field is called `day`.
        """
        token = self.token
        if token.kind != "word":
            return None
        words, length = token.text, 1
        if words == "business":
            words, length = f"business {self.peek().text}", 2
        unit = words.removesuffix("s")
        if unit not in UNITS:
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
            if not (token.kind in ("word", "number") or token.text in NAME_SIGNS):
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
                return bracketed(self)

    def _number(self, token: Token) -> Decimal:
        value = read_number(token.text)
        if value is None:
            line, column = place(self.text, token.start)
            raise TooLarge(f"The number {token.text[:40]} is too large", line, column)
        return value

    def word(self) -> s.Node:
        token = self.token
        known = None if token.text == "?" else self.options.longest(self.tokens, self.at)
        if known:
            self.at += known[1]
            return self.keep(s.Literal(start=token.start, end=self.tokens[self.at - 1].end, value=known[0]))
        known = self.scoped_name()
        if token.text in FORMS and not (known and known[1] > 1):
            return self.nested(lambda: FORMS[token.text](self))
        if token.text in KEYWORDS and known is None:
            raise self.error(f"'{token.text}' is not expected here")
        if token.text == "?":
            self.at += 1
            return self.keep(s.InputValue(start=token.start, end=token.end))
        name, length = known or (token.text, 1)
        self.at += length
        return self.keep(s.Name(start=token.start, end=self.tokens[self.at - 1].end, name=name))
