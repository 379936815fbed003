"""Each finding with a measured cost leads to what ending it would save, and the page says the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from procession.engine.rejections import InvalidForm, NotFound
from procession.operations import calling
from procession.operations.context import Context
from procession.operations.insights.saving import MeasuredWasteView
from procession.operations.insights.wasting import FindingOfWaste
from procession.store.store import Store
from tests.demo.conftest import ORGANISATION
from tests.support.browser import served
from tests.support.pages import application
from tests.support.work import Visitor, plain

SILO = "Security > Service desk"


def found(context: Context, process: str) -> tuple[FindingOfWaste, ...]:
    return calling.call(context, "insight.findings", {"process": process}).findings


def saved(context: Context, process: str, **ask: object) -> MeasuredWasteView:
    return calling.call(context, "savings.measured", {"process": process, **ask})


@pytest.mark.parametrize(
    "process", ["reset-password", "time-off", "supplier-invoice", "customer-complaint", "customer-support"]
)
def test_a_finding_has_hours_and_money_with_their_interval(process: str, context: Context) -> None:
    for one in found(context, process):
        view = saved(context, process, waste=one.waste, place=one.place, rate=50, cost=1000)
        if one.costs is None:
            assert (view.hours_a_week, view.money_a_week, view.payback) == (None, None, None)
            continue
        assert view.hours_a_week is not None and view.hours_low is not None and view.hours_high is not None
        assert view.hours_a_week == one.costs.together
        assert view.hours_low <= view.hours_a_week <= view.hours_high
        assert view.money_a_week == pytest.approx(50 * view.hours_a_week)
        assert one.costs.work <= one.costs.together
        assert view.payback is not None and view.payback.weeks == pytest.approx(1000 / (50 * view.hours_a_week))
        alone = saved(context, process, waste=one.waste, place=one.place, rate=50, waiting=False)
        assert alone.hours_a_week == one.costs.work
        assert not any("waits" in sentence for sentence in alone.assumed)


def test_what_nobody_works_for_saves_no_work(context: Context) -> None:
    (silo,) = found(context, "reset-password")
    assert silo.costs is not None and silo.costs.work == 0 < silo.costs.together
    view = saved(context, "reset-password", waste="silo", place=SILO)
    assert view.assumed == ("An hour costs 30.", "An hour that a case waits costs as much as one that somebody works.")
    assert silo.money_per_week == Decimal(repr(silo.costs.together * 30)).quantize(Decimal(1))


def test_what_looks_take_is_said_to_be_assumed(context: Context) -> None:
    (asked,) = found(context, "customer-support")
    view = saved(context, "customer-support", waste=asked.waste, place=asked.place, rate=40)
    assert view.assumed == ("Each look takes five minutes.",)
    assert view.hours_a_week == pytest.approx(asked.hours_per_week)


def test_what_is_not_found_there_is_not_counted(context: Context) -> None:
    with pytest.raises(NotFound, match="No silo is found at 'Sales > IT'"):
        saved(context, "reset-password", waste="silo", place="Sales > IT")
    with pytest.raises(InvalidForm, match="together, or neither"):
        saved(context, "reset-password", waste="silo")


@pytest.fixture
def maya(company: Store) -> Iterator[Visitor]:
    with served(application(company, ORGANISATION, "maya")) as address:
        somebody = Visitor(address)
        with somebody.web:
            yield somebody


def test_the_page_of_waste_leads_there(maya: Visitor, context: Context) -> None:
    waste = maya.get("/workflows/reset-password/waste")
    address = "/savings?" + urlencode({"of": "reset-password", "waste": "silo", "place": SILO})
    assert f'href="{address}#records"' in waste
    view = saved(context, "reset-password", waste="silo", place=SILO)
    page = plain(maya.get(address + "&cost=2000"))
    assert view.sentence in page
    assert f"{view.hours_a_week:.1f}" in page and "Paid back after" in page
    assert "Assumed, not measured: An hour costs 30. An hour that a case waits" in page
    assert "In all of these hours cases wait, and nobody works." in page


def test_the_page_counts_the_work_of_people_alone(maya: Visitor) -> None:
    query = "of=time-off&waste=rework&place=time-off/check-the-balance"
    assert "Only work of people is counted." in plain(maya.get(f"/savings?{query}&waiting=no"))
    assert "No rework is found at 'nowhere'." in plain(
        maya.web.get("/savings?of=time-off&waste=rework&place=nowhere").text
    )
