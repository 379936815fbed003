"""Procession runs workflows, shows the processes they live in, and says what to fix first."""

from procession import compiled

__version__ = "0.1.0"

compiled.use()
