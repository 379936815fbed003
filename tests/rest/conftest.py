"""The REST door over a real store, asked through HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from procession.connectors.files import FileStore
from procession.operations.catalogue import SCOPES
from procession.rest.api import Settings
from procession.rest.app import create_app
from procession.store.store import Store
from tests.operations.conftest import ORGANISATION, Office, office, store  # noqa: F401 - fixtures
from tests.support.browser import served

Client = Callable[..., httpx.Client]


@pytest.fixture
def client(office: Office, store: Store, tmp_path: Path) -> Iterator[Client]:  # noqa: F811
    """`client("ana")` asks as Ana with a token of hers, `client()` as nobody."""
    files = FileStore(tmp_path)
    app = create_app(store, Settings(organisation=ORGANISATION, clock=lambda: office.at, rate=None, files=files))
    opened: list[httpx.Client] = []

    def make(person: str | None = None, *scopes: str) -> httpx.Client:
        headers = {}
        if person is not None:
            wanted = scopes or [name for name in SCOPES if name != "public"]
            token = office.ask(person, "me.make_token", name="test", scopes=list(wanted)).token
            headers["Authorization"] = f"Bearer {token}"
        made = httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60)
        opened.append(made)
        return made

    with served(app) as address:
        yield make
        for one in opened:
            one.close()
