"""A company that never was, with a past made by the real engine: to try Procession on, and to hold diagnosis
against."""

from __future__ import annotations

from procession.demo.company import DEFAULT_PERSON, TITLE
from procession.demo.histories import Plan
from procession.demo.preparing import Prepared, prepare

__all__ = ["DEFAULT_PERSON", "TITLE", "Plan", "Prepared", "prepare"]
