"""The outside world: calls to other systems, mail, files."""
