"""Where in a case a step opens."""

from __future__ import annotations

from procession.engine.records import value

CLEANING_UP = "on cancel"
"""The branch in which the steps of `on cancel:` run; its end cancels the case."""


@value()
class Place:
    """Where a step opens: the activation around it, the branch inside it, and whose end led here."""

    up: str = ""
    branch: str = "main"
    after: tuple[str, ...] = ()
