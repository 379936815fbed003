"""The demo company on a real database, made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procession import demo
from procession.operations import calling
from procession.operations.context import Context
from procession.store.store import Store
from tests.support.database import Database

NOW = datetime(2026, 11, 18, 10, 15, tzinfo=UTC)
"""A Wednesday, a quarter past eleven in Berlin."""

ORGANISATION = "demo"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="package")
def company(package_database: Database, files: Path) -> Iterator[Store]:
    """The default demo, whole. Tests only read it."""
    with Store(package_database.app_url) as store:
        if ORGANISATION not in store.organisations():  # a worker that comes back to this folder finds it there
            demo.prepare(store, ORGANISATION, NOW, files=files)
        yield store


@pytest.fixture
def context(company: Store) -> Context:
    """The demo's person asks."""
    return calling.as_person(company, ORGANISATION, demo.DEFAULT_PERSON, at=NOW)
