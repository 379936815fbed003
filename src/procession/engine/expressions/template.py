"""Texts with ``{expression}`` in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .errors import ExpressionError, TooDeep
from .expression import Expression, compile_expression, finish, start_run
from .lexer import place
from .parser import Dialect
from .runtime import DEFAULT, Environment, Evaluation, Run, Scope
from .text import write_value


class Template:
    """A text whose ``{expr}`` are replaced by values; ``{{`` and ``}}`` are braces."""

    __slots__ = ("names_shared", "names_used", "parts", "plain", "text")

    def __init__(self, text: str, parts: tuple[str | Expression, ...]) -> None:
        self.text = text
        self.parts = parts
        self.plain: str | None = None
        """The whole text, where there is nothing to replace."""
        if not any(isinstance(part, Expression) for part in parts):
            self.plain = "".join(cast("tuple[str, ...]", parts))
        expressions = [part for part in parts if isinstance(part, Expression)]
        self.names_used: frozenset[str] = frozenset[str]().union(*(part.names_used for part in expressions))
        self.names_shared: frozenset[str] = frozenset[str]().union(*(part.names_shared for part in expressions))

    @property
    def is_constant(self) -> bool:
        """Whether there is nothing to replace."""
        return self.plain is not None

    def render(self, values: Mapping[str, object], environment: Environment = DEFAULT) -> Evaluation:
        """The text; a template that is exactly one ``{expr}`` gives that value, of its own type."""
        run = start_run(environment, Dialect.PROCESSION)
        scope = Scope(values, None, run)
        try:
            if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
                return finish(run, self.parts[0].compute(scope))
            return Evaluation(self._join(run, scope), run.warnings())
        except RecursionError:
            raise TooDeep("The text's expressions go too deep") from None

    def _join(self, run: Run, scope: Scope) -> str:
        pieces = [part if isinstance(part, str) else _insert(run, part.compute(scope)) for part in self.parts]
        run.check_size(sum(map(len, pieces)))
        return "".join(pieces)

    def __repr__(self) -> str:
        return f"Template({self.text!r})"


def _insert(run: Run, value: Any) -> str:
    """A value amid other words: nothing for an empty one, the items of a plain list one after the other."""
    if value is None:
        return ""
    if isinstance(value, list):
        items = cast("list[object]", value)
        if not any(isinstance(one, list | dict) for one in items):
            return ", ".join(_insert(run, one) for one in items)
    return write_value(run, value)


def compile_template(text: str, names: Iterable[str] = ()) -> Template:
    """Reads a text with expressions once. Raises ExpressionError that points into the text."""
    names = frozenset(names)
    parts: list[str | Expression] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            plain.append(text[at])
            at += 2
        elif text[at] == "{":
            end = _closing(text, at)
            if plain:
                parts.append("".join(plain))
                plain = []
            parts.append(_compile_part(text, at + 1, end, names))
            at = end + 1
        else:
            following = min(
                (place for place in (text.find("{", at), text.find("}}", at)) if place >= 0), default=len(text)
            )
            following = max(following, at + 1)
            plain.append(text[at:following])
            at = following
    if plain or not parts:
        parts.append("".join(plain))
    return Template(text, tuple(parts))


def _closing(text: str, opening: int) -> int:
    """Where the brace at ``opening`` is closed; braces in texts and contexts inside are passed over."""
    level, quoted, at = 0, False, opening
    while at < len(text):
        character = text[at]
        if quoted:
            if character == "\\":
                at += 1
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character == "{":
            level += 1
        elif character == "}":
            level -= 1
            if level == 0:
                return at
        at += 1
    line, column = place(text, opening)
    raise ExpressionError("This '{' is never closed", line, column, "write '{{' for a brace")


def _compile_part(text: str, start: int, end: int, names: frozenset[str]) -> Expression:
    try:
        return compile_expression(text[start:end], names)
    except ExpressionError as error:
        line, column = place(text, start)
        inner_line, inner_column = max(error.line, 1), max(error.column, 1)
        moved = (line, column + inner_column - 1) if inner_line == 1 else (line + inner_line - 1, inner_column)
        raise type(error)(error.message, *moved, error.hint) from None
