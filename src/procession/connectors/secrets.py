"""Secrets of connections: environment variables `PROCESSION_CONNECTION_<CONNECTION>_<NAME>`, never recorded."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from procession.engine.other_definitions import Connection

_SECRET = re.compile(r"\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}")


class SecretMissing(Exception):
    """A connection's secret is not set; the message names the variable."""


def variable(connection: str, secret: str) -> str:
    """The environment variable that holds a secret."""
    return "PROCESSION_CONNECTION_" + re.sub(r"[^A-Z0-9]+", "_", f"{connection}_{secret}".upper())


def headers_with_secrets(connection: Connection, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """A connection's headers with its secrets filled in. Raises SecretMissing."""

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name not in connection.secrets:
            raise SecretMissing(f"The connection {connection.id} does not list the secret {name}.")
        value = environment.get(variable(connection.id, name))
        if not value:
            raise SecretMissing(
                f"The secret {name} of the connection {connection.id} is not set: set {variable(connection.id, name)}."
            )
        return value

    return {name: _SECRET.sub(fill, text) for name, text in connection.headers.items()}
