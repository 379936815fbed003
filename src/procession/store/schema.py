"""The tables. Every key begins with the organisation; row-level security holds every table to the organisation at hand.

| role | may |
| --- | --- |
| `procession_owner` | owns and migrates the tables |
| `procession_app` | is what server and workers connect as: owns nothing, sees one organisation, only appends events |

`migrate` brings a database to this version. The migrations are frozen SQL; a test compares their result with this
file.
"""

from __future__ import annotations

from typing import Final

from procession.store import schema_around, schema_cases, schema_logs, schema_organisation
from procession.store.migrate import migrate
from procession.store.schema_parts import metadata

__all__ = ["APP_ROLE", "CHANNEL", "metadata", "migrate"]

APP_ROLE: Final = "procession_app"
"""The role the application works as."""

CHANNEL: Final = "procession"
"""Every commit that changes a case is announced here."""

PARTS: Final = (schema_organisation, schema_cases, schema_around, schema_logs)
"""Where the tables are described; importing them fills `metadata`."""
