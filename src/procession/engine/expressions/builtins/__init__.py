"""FEEL's built-in functions (DMN 1.5, chapter 10.3.4), by name."""

from __future__ import annotations

from ..values import BuiltIn
from . import contexts, conversion, lists, numbers, ranges, strings, temporal
from .registry import REGISTRY

MODULES = (contexts, conversion, lists, numbers, ranges, strings, temporal)

BUILT_INS: dict[str, BuiltIn] = {name: BuiltIn(name, tuple(signatures)) for name, signatures in REGISTRY.items()}
