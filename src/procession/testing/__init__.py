"""Tests of workflows, written beside them in YAML and run on a virtual clock; nothing leaves.

`read_suite(text)` reads a file, `run_suite(suite, definitions)` runs it on the same engine that serves real cases.
"""

from __future__ import annotations

from procession.testing.runner import Result, run_suite
from procession.testing.suite import Suite, Test, read_suite

__all__ = ["Result", "Suite", "Test", "read_suite", "run_suite"]
