"""The savings page: the calculator in the address, wrong inputs marked in place, and what the records say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import Visitor, plain, shop, visitor


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as opened:
        yield opened


@pytest.fixture
def bo(store: Store, tmp_path: Path) -> Iterator[Visitor]:
    with visitor(store, tmp_path) as somebody:
        yield somebody.be("bo")


def test_the_article_s_figures_stand_there_and_say_what_is_assumed(bo: Visitor) -> None:
    page = plain(bo.web.get("/savings").text)
    assert "4,800" in page and "160 hours of busywork" in page and "160 extra hours" in page
    assert "Assumptions, not measured: people" in page


def test_a_calculation_is_its_address(bo: Visitor) -> None:
    page = plain(bo.web.get("/savings?people=10&hours=2&rate=50&worth=2&growth=1&weeks=4").text)
    assert "1,000" in page and "2,000" in page  # lost a week, and worth
    # 4 × 1,000 + 2,000 × (1.01⁴ − 1) / 0.01 = 12,120.802
    assert "Over 4 weeks: 12,121" in page
    assert "Assumptions" not in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("people=0", "Enter between 1 and 150,000."),
        ("hours=41", "Enter between 0.5 and 40."),
        ("rate=abc", "“abc” is no number."),
        ("of=nothing-such", "There is no such process or workflow. Choose one."),
        ("of=purchase-approval&cost=-1", "Enter what the change costs"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_kept(bo: Visitor, query: str, sentence: str) -> None:
    answer = bo.web.get(f"/savings?{query}")
    assert answer.status_code == 422
    assert sentence in plain(answer.text)


def test_records_that_say_too_little_say_so(bo: Visitor) -> None:
    page = plain(bo.web.get("/savings?of=purchase-approval").text)
    assert "It needs 10 finished cases" in page
