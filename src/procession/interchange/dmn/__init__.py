"""DMN models (1.2 to 1.5): read from XML, evaluated in the FEEL of DMN 1.5."""

from __future__ import annotations

from .evaluation import evaluate_decision, evaluate_service
from .model import DmnError, Model
from .reader import namespace_of, read_dmn

__all__ = ["DmnError", "Model", "evaluate_decision", "evaluate_service", "namespace_of", "read_dmn"]
