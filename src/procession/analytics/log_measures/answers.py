"""What whoever counts has to answer, as rows of codes; names are put to them afterwards."""

from __future__ import annotations

from typing import Any, Protocol

from procession.analytics.instances import Moments

Rows = list[tuple[Any, ...]]


class Answers(Protocol):
    """Measures of one table. Spreads are lists of quantiles: of fifty, ninety and ninety-nine in a hundred, or the first."""

    def cycles(self) -> tuple[Moments, Moments]:
        """Of each case the first beginning and the last end."""
        ...

    def variants(self, most: int) -> tuple[int, Rows]:
        """How many sequences there are, and of the most frequent: cases, the first of them, its length, median cycle."""
        ...

    def follows(self) -> Rows:
        """Before, step, count, quantiles and sum of the time between, and the cases of each pair; the most frequent first."""
        ...

    def steps(self) -> Rows:
        """The columns of `statements.steps`."""
        ...

    def rework(self) -> Rows:
        """The columns of `statements.rework`."""
        ...

    def parties(self, who: str) -> Rows:
        """The columns of `statements.parties`; `who` is resource, department or grp."""
        ...

    def handovers(self, who: str) -> Rows:
        """The columns of `statements.handovers`."""
        ...

    def states(self) -> Rows:
        """The columns of `statements.states`."""
        ...
