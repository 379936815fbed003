"""Expressions in FEEL, the language of DMN 1.5: read once, evaluated often, safe for untrusted authors.

>>> compile_expression("amount > 500", ["amount"]).evaluate({"amount": 700}).value
True
>>> compile_template("{item} for {starter.name}").render({"item": "mouse", "starter": {"name": "Ana"}}).value
'mouse for Ana'
"""

from __future__ import annotations

from .errors import BudgetExceeded, ExpressionError, TooDeep, TooLarge
from .expression import Expression, UnaryTests, compile_expression, compile_unary_tests
from .inference import Conflict, find_conflicts, infer_type
from .parser import Dialect
from .runtime import DEFAULT, Calendar, Environment, Evaluation, Warning_
from .template import Template, compile_template
from .temporal import BusinessDuration, DaysDuration, MonthsDuration
from .values import Function, Range, from_python, to_python

PROCESSION = Dialect.PROCESSION
DMN = Dialect.DMN

__all__ = [
    "DEFAULT",
    "DMN",
    "PROCESSION",
    "BudgetExceeded",
    "BusinessDuration",
    "Calendar",
    "Conflict",
    "DaysDuration",
    "Dialect",
    "Environment",
    "Evaluation",
    "Expression",
    "ExpressionError",
    "Function",
    "MonthsDuration",
    "Range",
    "Template",
    "TooDeep",
    "TooLarge",
    "UnaryTests",
    "Warning_",
    "compile_expression",
    "compile_template",
    "compile_unary_tests",
    "find_conflicts",
    "from_python",
    "infer_type",
    "to_python",
]
