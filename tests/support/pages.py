"""The pages over a small company with a past, for tests of what people see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI

from procession.demo import DEFAULT_PERSON, Plan, prepare
from procession.operations import calling
from procession.store.store import Store
from procession.web.app import add_pages
from procession.web.visiting import Site

COMPANY = "company"
SMALL = Plan(hires=48, joining=8, others=3)
"""A past that is made in seconds and long enough for a verdict."""


@contextmanager
def company(url: str) -> Iterator[Store]:
    """A store in which the company has lived through its past; made by the first module of the run that asks."""
    with Store(url, pool_size=6) as store:
        if COMPANY not in store.organisations():
            prepare(store, COMPANY, datetime.now(UTC), plan=SMALL, processes=1)
        yield store


def application(store: Store, organisation: str = COMPANY, person: str = DEFAULT_PERSON) -> FastAPI:
    """The pages, seen by one person at first."""
    app = FastAPI(openapi_url=None)
    add_pages(app, Site(store=store, organisation=organisation, title="Company", demo_person=person))
    return app


def asked(store: Store, operation: str, /, *, person: str = DEFAULT_PERSON, **values: Any) -> Any:
    """What an operation answers to somebody of the company."""
    return calling.call(calling.as_person(store, COMPANY, person, at=datetime.now(UTC)), operation, values)
