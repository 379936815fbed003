"""Decision tables: rules in rows, tests in columns, all hit policies of DMN.

>>> rules = [["< 500", "auto"], [">= 500", "manager"]]
>>> table = DecisionTable(["amount"], [Output("level", is_text=True)], rules)
>>> table.evaluate({"amount": 700}).outputs
{'level': 'manager'}
"""

from __future__ import annotations

from .analysis import Analysis, Bounds, Finding, find_gaps_and_overlaps
from .cells import CellError, Output
from .hit_policy import HIT_POLICIES, Result
from .making import make_table
from .table import DecisionTable

__all__ = [
    "HIT_POLICIES",
    "Analysis",
    "Bounds",
    "CellError",
    "DecisionTable",
    "Finding",
    "Output",
    "Result",
    "find_gaps_and_overlaps",
    "make_table",
]
