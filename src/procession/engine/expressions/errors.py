"""What can go wrong with an expression, as one family.

ExpressionError            the text is not an expression, or an evaluation had to stop
├── BudgetExceeded         the evaluation took more steps than it was given
├── TooDeep                something is nested further than we follow
└── TooLarge               a text, list or number grew beyond its cap
"""

from __future__ import annotations


class ExpressionError(Exception):
    """The text is not an expression we can read, or its evaluation had to be stopped.

    ``line`` and ``column`` count from 1 and point into the expression's text; they are 0 where there is no place to
    point at (an evaluation that ran out of budget). ``hint`` says what would be right, where that is known.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"


class BudgetExceeded(ExpressionError):
    """The evaluation took more steps than its budget allows."""


class TooDeep(ExpressionError):
    """The expression, or a value in it, is nested too deeply."""


class TooLarge(ExpressionError):
    """A text, a list or a number in the expression grew too large."""
