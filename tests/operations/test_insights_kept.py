"""What was worked out outlives the process that did it, and is never shown as though it were of now when it is not.

Nothing here looks at a clock: what is held is which statements run and which rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from procession.analytics.forecast import Forecaster
from procession.operations.insights import analysis, figures
from procession.store.store import Store
from tests.operations.conftest import NOW, ORGANISATION, Office
from tests.operations.test_insights import FIRST, FLOW, PROCESS, SECOND, finish
from tests.support.database import Database


@pytest.fixture
def flow(office: Office) -> Office:
    office.ask("bo", "definition.publish", files=[{"name": "flow.yaml", "text": FLOW}], accept="for tests")
    return office


@pytest.fixture
def chain(flow: Office) -> Office:
    """A workflow with finished cases, and a process, whose figures Home shows."""
    files = [{"name": f"{n}.yaml", "text": text} for n, text in enumerate((FIRST, SECOND, PROCESS))]
    flow.ask("bo", "definition.publish", files=files, accept="for tests")
    finish(flow, 12)
    return flow


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that run meanwhile, by whatever store."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def reads_events(found: list[str]) -> bool:
    return any("FROM events" in one for one in found)


@contextmanager
def restarted(office: Office, clean_database: Database, *, serving: bool = False) -> Iterator[Office]:
    """The same organisation, asked by a process that knows nothing yet; as a server it first reads what is kept."""
    with Store(clean_database.app_url) as store:
        if serving:
            assert analysis.recall(store, ORGANISATION) > 0
        yield Office(store, office.at, office.keys + 1000)
        analysis.wait_for_all(store)


def test_the_first_answer_after_a_restart_reads_no_event(chain: Office, clean_database: Database) -> None:
    said = chain.ask("bo", "insight.home"), chain.ask("bo", "insight.process", process="flow")
    assert said[0].process.id == "chain"
    with restarted(chain, clean_database) as fresh, statements() as found:
        assert fresh.ask("bo", "insight.home") == said[0]
        page = fresh.ask("bo", "insight.process", process="flow")
        assert page == said[1]
        assert (page.cases, page.current) == (12, True)
        fresh.ask("bo", "insight.scales", process="flow")
    assert found
    assert not reads_events(found)


def test_statements_do_not_grow_with_the_cases(chain: Office, clean_database: Database) -> None:
    counts: list[int] = []
    for _ in range(2):
        with restarted(chain, clean_database) as fresh:
            fresh.ask("bo", "insight.home")
            fresh.ask("bo", "insight.process", process="flow")
        with restarted(chain, clean_database) as fresh, statements() as found:
            fresh.ask("bo", "insight.home")
            fresh.ask("bo", "insight.process", process="flow")
        counts.append(len(found))
        finish(chain, 6)
    assert counts[0] == counts[1] <= 40


def test_every_figure_comes_back_as_it_was(chain: Office) -> None:
    context = chain.context("bo")
    made = figures.Made.of(analysis.analysis_of(context, context.definition("flow")), "any")
    back = figures.Made.read(made.row())
    known = figures._figures.values()
    assert {one.name for one in known} >= {"insight", "scales", "weight", "worst instant"}
    for one in known:
        assert back.get(one) == made.get(one)


def test_whoever_asks_once_is_told_what_is_so_now(chain: Office, clean_database: Database) -> None:
    chain.ask("bo", "insight.process", process="flow")
    finish(chain, 1)
    with restarted(chain, clean_database) as fresh:
        found = fresh.ask("bo", "insight.process", process="flow")
        assert (found.cases, found.current) == (13, True)


def test_a_server_says_that_figures_are_of_before_and_works_the_rest_in(
    chain: Office, clean_database: Database
) -> None:
    before = chain.ask("bo", "insight.process", process="flow").as_of
    finish(chain, 1)
    with restarted(chain, clean_database, serving=True) as fresh:
        at_once = fresh.ask("bo", "insight.process", process="flow")
        assert at_once.as_of == before
        assert (at_once.cases, at_once.current) == (12, False)
        analysis.settled(fresh.context("bo"), "flow")
        then = fresh.ask("bo", "insight.process", process="flow")
        assert (then.cases, then.current, then.as_of) == (13, True, fresh.at)


def test_one_server_takes_what_another_has_worked_out(chain: Office, clean_database: Database) -> None:
    with restarted(chain, clean_database) as one, restarted(chain, clean_database) as other:
        one.ask("bo", "insight.process", process="flow")
        other.ask("bo", "insight.process", process="flow")
        finish(chain, 1)
        for office, reads in ((one, True), (other, False)):
            analysis.settled(office.context("bo"), "flow")
            with statements() as found:
                office.ask("bo", "insight.process", process="flow")
                analysis.settled(office.context("bo"), "flow")
            assert reads_events(found) is reads
            assert office.ask("bo", "insight.process", process="flow").cases == 13


def test_another_program_or_organisation_works_it_out_itself(
    chain: Office, clean_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.ask("bo", "insight.process", process="flow")
    with monkeypatch.context() as patched:
        patched.setattr(figures, "_program", lambda: "another")
        with restarted(chain, clean_database) as fresh, statements() as found:
            fresh.ask("bo", "insight.process", process="flow")
        assert reads_events(found)
    with chain.store.transaction(ORGANISATION) as tx:
        tx.groups.save("finance", "Money", ["finn"])
        tx.changed_surroundings()
    with restarted(chain, clean_database) as fresh, statements() as found:
        assert analysis.recall(fresh.store, ORGANISATION) == 0
        fresh.ask("bo", "insight.process", process="flow")
    assert reads_events(found)


def test_an_older_reading_does_not_replace_a_newer_one(chain: Office) -> None:
    chain.ask("bo", "insight.process", process="flow")
    with chain.store.transaction(ORGANISATION) as tx:
        row = tx.kept_figures.find("flow")
        assert row is not None
        older = type(row)(row.definition, row.fingerprint, "older", NOW, {})
        tx.kept_figures.save(older)
        assert tx.kept_figures.find("flow") == row


def test_what_forecasts_have_learned_is_learned_once(
    flow: Office,
    clean_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finish(flow, 45)
    case = flow.ask("ana", "case.start", workflow="flow", data={}).id
    said = flow.ask("ana", "insight.forecast", case_id=case)
    assert said.usually is not None
    learned: list[Forecaster] = []
    learn = Forecaster._past_forecasts
    monkeypatch.setattr(Forecaster, "_past_forecasts", lambda one: learned.append(one) or learn(one))
    with restarted(flow, clean_database) as fresh:
        assert fresh.ask("ana", "insight.forecast", case_id=case) == said
        assert learned == []
        finish(fresh, 1)
    with restarted(fresh, clean_database) as again:
        case = again.ask("ana", "case.start", workflow="flow", data={}).id
        again.ask("ana", "insight.forecast", case_id=case)
        assert len(learned) == 1
