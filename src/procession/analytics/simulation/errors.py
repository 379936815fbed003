"""What is wrong with a model, said to whoever wrote it."""

from __future__ import annotations


class SimulationError(ValueError):
    """A model that cannot be run, or figures that cannot be read."""

    def __init__(self, sentence: str, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.hint = hint
        """What would be right, where that is known."""
