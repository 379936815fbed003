"""A store on the test run's database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from procession.store.store import Store
from tests.support.database import Database
from tests.support.office import office


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    """The office, connected as the application's role."""
    with office(clean_database.app_url) as opened:
        yield opened
