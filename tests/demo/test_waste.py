"""What is wasted in the shipped examples is found, what only looks like it is left alone, and nothing else is called waste.

`WASTES` is the whole truth: of every history the finders and places that are reported, on the shipped seed and two others.
`LOOKALIKES` names for every finder a place that resembles its waste; where a guard keeps it out, the test takes the guard
away and sees the place accused, so that it really is a look-alike. What is planted stands in words in the history files
(`finds`) and in docs/reference/planted.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from procession.analytics.discovery import Column, Link, WorkflowLog, reveal
from procession.analytics.discovery.logs import as_text
from procession.analytics.waste import FINDERS, chasing, find_waste
from procession.analytics.waste.material import Looks, Material
from procession.demo import company as firm
from procession.demo.acting import Acting
from procession.demo.histories import compile_all
from procession.engine.case import Case
from procession.engine.definition import Workflow
from procession.engine.instants import from_instant
from procession.operations import calling
from procession.operations.context import Context
from procession.operations.insights import evidence
from procession.operations.insights.facts import EVIDENCE, of_world
from procession.operations.insights.loader import Setting, load
from tests.demo.past import NOW, Plan, histories, lived, planned, published

OTHER_SEEDS: Final = (7, 8)
BY_HAND: Final = ("workflows not connected", "Purchase approval > Supplier invoice")

WASTES: Final[dict[str, set[tuple[str, str]]]] = {
    # Who holds the account is whoever is hired: the form that begins it knows the name.
    "employee-onboarding": {("duplicate data entry", "payroll/enter-the-contract > payroll/name-your-bank-account")},
    # Finance types the register number that sales entered on the first day.
    "client-onboarding": {("data does not flow", "validation/look-up-the-register > opening/open-the-account")},
    # The legal lead agrees to the clause, and then to the draft; the terms reach finance by mail.
    "contract-management": {
        ("redundant approval", "drafting/look-at-the-unusual-clause > drafting/release-the-draft"),
        ("e-mail handoff", "filing/e-mail-the-terms-to-finance > filing/plan-the-payments"),
    },
    # Whoever asked wants to know how far it is.
    "customer-support": {("manual status check", "escalation/find-the-solution")},
    # The offer is missing, again and again.
    "expense-management": {("repeated error", "budget/agree-to-the-spending")},
    # Whoever calculates the last pay never hears what was wrong.
    "employee-offboarding": {("missing feedback", "payroll/check-the-last-pay")},
    # What Security agreed to lies at the service desk.
    "reset-password": {("silo", "Security > Service desk")},
    # The days of last year were not counted.
    "time-off": {("rework", "time-off/check-the-balance")},
    # Without a batch number there is nothing to look up; and operations does not believe the cause.
    "customer-complaint": {
        ("data does not flow", "customer-complaint/investigate"),
        ("ping-pong", "customer-complaint/find-the-root-cause > customer-complaint/correct-it"),
    },
    # Approved although it was signed before; paid every second Friday; begun by hand.
    "supplier-invoice": {
        ("unnecessary approval", "supplier-invoice/approve-the-invoice"),
        ("batching", "supplier-invoice/pay-the-invoice"),
        BY_HAND,
    },
    "purchase-approval": {BY_HAND},
    # Their trouble, where they have any, is where time goes, which is no waste of these kinds; loops in them are meant.
    "morning-routine": set(), "software-delivery": set(), "policy-update": set(), "content-publishing": set(),
    "morning-coffee": set(), "support-ticket": set(), "proposal-review": set(), "document-approval": set(),
    "conference-room": set(),
}  # fmt: skip


def test_every_shipped_history_is_asked() -> None:
    assert set(WASTES) == {one.definition for one in histories()}


def test_every_finder_has_a_case_that_it_finds() -> None:
    assert {waste for found in WASTES.values() for waste, _ in found} == {one.name for one in FINDERS}


# --- exactly that, on the shipped seed: as it is asked for, from the records of the whole company ----------------------


@pytest.mark.parametrize("name", WASTES)
def test_exactly_what_is_planted_is_called_waste(name: str, context: Context) -> None:
    found = calling.call(context, "insight.findings", {"process": name}).findings
    assert {(one.waste, one.place) for one in found} == WASTES[name]
    for one in found:
        assert one.cases, "the newest cases stand behind it"
        assert one.sentence.count(". ") >= 2 and ".." not in one.sentence


# --- and on two others, from a past in memory --------------------------------------------------------------------------


def around(name: str) -> Setting:
    programs = compile_all(published())
    workflows = {id_: one.definition for id_, one in programs.items() if isinstance(one.definition, Workflow)}
    return Setting(
        definition=programs[name].definition, workflows=workflows, departments=firm.GROUPS,
        calendar=firm.office_calendar(NOW),
    )  # fmt: skip


def material(name: str, seed: int) -> Material:
    past = lived(Plan(inbox=False, seed=seed), process=name)
    return evidence.material_of(load(of_world(past), around(name)).log, of_world(past, EVIDENCE), around(name))


def accused(found: Material) -> set[tuple[str, str]]:
    return {(one.waste, one.place) for one in find_waste(found).findings}


@pytest.mark.parametrize("seed", OTHER_SEEDS)
@pytest.mark.parametrize("name", WASTES)
def test_another_seed_changes_the_figures_and_not_what_is_found(name: str, seed: int) -> None:
    assert accused(material(name, seed)) == WASTES[name] - {BY_HAND}


ALONE: Final = ("purchase-approval", "customer-complaint", "time-off", "reset-password", "support-ticket")
"""Workflows that belong to no process; the first of them begins supplier invoices."""


@pytest.mark.parametrize("seed", OTHER_SEEDS)
def test_the_invoices_are_the_only_ones_begun_by_hand_after_others(seed: int) -> None:
    found = reveal(separate(seed))
    links: list[Link] = [*found.pairs, *(link for one in found.proposals for link in one.links)]
    assert [(link.source_title, link.target_title) for link in links] == [("Purchase approval", "Supplier invoice")]
    assert next(key.target_title for key in links[0].keys) == "Number of the order"


@cache
def separate(seed: int) -> list[WorkflowLog]:
    """The cases of workflows that belong to no process, as discovery reads them."""
    programs, moment = compile_all(published()), firm.moment(NOW)
    cases: dict[str, list[Case]] = {}
    for batch in planned(Plan(inbox=False, seed=seed)):
        for start in batch.starts:
            if start.definition in ALONE or start.definition == "supplier-invoice":
                acting = Acting(start, programs, moment, batch.habits, NOW)
                acting.run()
                for case in acting.world.cases.values():
                    cases.setdefault(case.definition, []).append(case)
    return [_log(programs[name].definition, found) for name, found in cases.items()]  # type: ignore[arg-type]


def _log(workflow: Workflow, cases: list[Case]) -> WorkflowLog:
    begins = np.array([from_instant(one.started_at).timestamp() for one in cases])
    ends = np.array([from_instant(one.closed_at).timestamp() if one.closed_at else np.nan for one in cases])
    return WorkflowLog(
        id=workflow.id, title=workflow.title, cases=[one.id for one in cases], begins=begins,
        ends=np.maximum(begins, ends), outcomes=[one.outcome for one in cases],
        columns=tuple(
            Column(name=name, title=known.title, type=known.type, values=[as_text(one.data.get(name)) for one in cases])
            for name, known in workflow.fields.items()
        ),
    )  # fmt: skip


# --- what only looks like it -------------------------------------------------------------------------------------------

Change = Callable[[Material], Material]


def typed_by_hand(found: Material) -> Material:
    """As if people had typed what handoffs carried."""
    assert found.entries is not None
    entries = replace(found.entries, typed=np.ones(len(found.entries.row), dtype=bool), started=None)
    return replace(found, entries=entries)


@dataclass(frozen=True)
class Decoy:
    """A place that resembles a waste, and is none."""

    history: str
    place: str
    without: Change | None = None
    """Takes the guard away that keeps it out; then it is called waste. None: nothing but its figures keeps it out."""


LOOKALIKES: Final[dict[str, Decoy]] = {
    # Finance approves practically everything, and must: a second pair of eyes on money that goes out.
    "unnecessary approval": Decoy(
        "expense-management", "reimbursement/approve-for-payment", lambda one: replace(one, regulated=frozenset())
    ),
    # The same manager agrees to the spending and then to the receipts: two questions that rules ask.
    "redundant approval": Decoy(
        "expense-management",
        "budget/agree-to-the-spending > reimbursement/review-the-expenses",
        lambda one: replace(one, regulated=frozenset()),
    ),
    # The handoff carries the client's name from one member to the next; nobody types it.
    "data does not flow": Decoy("contract-management", "drafting/take-it-in > filing/enter-it-in-the-register", None),
    "duplicate data entry": Decoy("client-onboarding", "opening/open-the-account", None),
    # The system mails the reviewers, who then take half a day.
    "e-mail handoff": Decoy("document-approval", "document-approval/give-feedback"),
    # The head of finance looks every Monday at nine at what lies with his legal lead.
    "manual status check": Decoy("contract-management", "drafting/look-at-the-unusual-clause"),
    # The same questions come as tickets and to customer support: there are only eight of them.
    "workflows not connected": Decoy("support-ticket", "Support ticket > Customer support"),
    # The specialists of operations are slow for everybody who asks them.
    "silo": Decoy("customer-support", "Support > Operations"),
    # A text that is not good goes back to whoever wrote it.
    "missing feedback": Decoy("content-publishing", "writing/edit-the-text"),
    # Reviewers have three remarks, each as often as the others.
    "repeated error": Decoy("document-approval", "document-approval/give-feedback"),
    # An answer goes back and forth until it works: the states say so.
    "ping-pong": Decoy("customer-support", "closing/to-confirm > closing/worked-on-again"),
    # A text is written until it is good: the definition says so.
    "rework": Decoy("content-publishing", "writing/draft-the-text", lambda one: replace(one, loops=frozenset())),
    # Accounts are opened in one run, for which cases wait by the calendar; the desk collects nothing.
    "batching": Decoy("client-onboarding", "opening/open-the-account"),
}


def test_every_finder_has_a_look_alike_at_a_place_that_it_does_not_accuse() -> None:
    assert set(LOOKALIKES) == {one.name for one in FINDERS}
    for waste, decoy in LOOKALIKES.items():
        assert (waste, decoy.place) not in WASTES[decoy.history]


@pytest.mark.parametrize("waste", [name for name, one in LOOKALIKES.items() if one.without is not None])
def test_without_its_guard_the_look_alike_is_accused(waste: str) -> None:
    decoy = LOOKALIKES[waste]
    assert decoy.without is not None
    found = material(decoy.history, Plan().seed)
    assert (waste, decoy.place) not in accused(found)
    assert (waste, decoy.place) in accused(decoy.without(found))


def test_what_is_carried_would_be_called_typed_again_had_people_typed_it() -> None:
    found = accused(typed_by_hand(material("contract-management", Plan().seed)))
    assert {waste for waste, _ in found} >= {"data does not flow"}
    assert len({place for waste, place in found if waste == "data does not flow"}) > 1


def all_of_them(looks: Looks) -> Looks:
    return looks


def test_without_the_rule_for_reviews_a_weekly_look_is_called_chasing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = material("contract-management", Plan().seed)
    accusation = ("manual status check", "drafting/look-at-the-unusual-clause")
    assert accusation not in accused(found)
    monkeypatch.setattr(chasing, "by_chance", all_of_them)
    assert accusation in accused(found)


def test_what_is_planted_and_what_looks_like_it_stand_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "planted.md").read_text(encoding="utf-8")
    rows = {
        cells[0]: cells[1:] for line in page.splitlines() if (cells := [one.strip() for one in line.split("|")[1:-1]])
    }
    for finder in FINDERS:
        planted, lookalike = rows[finder.name][:2]
        for history, found in WASTES.items():
            if finder.name in {waste for waste, _ in found}:
                assert f"`{history}`" in planted
        assert f"`{LOOKALIKES[finder.name].history}`" in lookalike
