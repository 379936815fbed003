"""What is wasted in the shipped processes, and nothing else: on the shipped seed and two others.

The table names for every finder a case that it finds and one that it must not. Where the demo company does not have such
a waste, the case is one of the processes that `bench.grading.planted` makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import pytest

from bench.grading.planted import Plant, Recipe, material_of
from procession.analytics.waste import FINDERS, find_waste
from procession.demo import company
from procession.demo.histories import compile_all
from procession.engine.definition import Process, Workflow
from procession.operations.insights import evidence
from procession.operations.insights.facts import EVIDENCE, of_world
from procession.operations.insights.loader import Setting, load
from tests.demo.past import NOW, Plan, histories, lived, published

SEEDS: Final = (Plan().seed, 7, 8)

WASTES: Final[dict[str, set[tuple[str, str]]]] = {
    # Who holds the account is whoever is hired: the form that begins it knows the name.
    "employee-onboarding": {("duplicate data entry", "payroll/enter-the-contract > payroll/name-your-bank-account")},
    # Their trouble is where time goes, which is no waste of these kinds; loops in them are meant.
    "morning-routine": set(), "expense-management": set(), "customer-support": set(), "client-onboarding": set(),
    "contract-management": set(), "software-delivery": set(), "policy-update": set(), "content-publishing": set(),
    "employee-offboarding": set(),
}  # fmt: skip


@cache
def wasted(process: str, seed: int) -> set[tuple[str, str]]:
    """Finder and place of everything that is called waste."""
    programs = compile_all(published())
    workflows = {name: one.definition for name, one in programs.items() if isinstance(one.definition, Workflow)}
    around = Setting(
        definition=programs[process].definition, workflows=workflows, departments=company.GROUPS,
        calendar=company.office_calendar(NOW),
    )  # fmt: skip
    past = lived(Plan(inbox=False, seed=seed), process=process)
    material = evidence.material_of(load(of_world(past), around).log, of_world(past, EVIDENCE), around)
    return {(one.waste, one.place) for one in find_waste(material).findings}


@cache
def made(plant: Plant, decoy: bool) -> set[tuple[str, str]]:
    return {
        (one.waste, one.place) for one in find_waste(material_of(Recipe(plant=plant, decoy=decoy, seed=12))).findings
    }


def test_every_shipped_process_is_asked() -> None:
    begun = {one.definition for one in histories()}
    assert set(WASTES) == {name for name, (one, _) in published().items() if isinstance(one, Process)} & begun


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", WASTES)
def test_what_is_wasted_is_found_and_nothing_else_is_called_waste(name: str, seed: int) -> None:
    assert wasted(name, seed) == WASTES[name]


@dataclass(frozen=True)
class Cases:
    """A case that a finder finds, and one that it must not."""

    finds: Plant | str
    """A plant of the made process, or a shipped process."""
    leaves: str
    """A shipped process that looks like it: what in it must not be called so is said beside."""


TABLE: Final = {
    # The payment is refused once in seventy times: seldom, and not never.
    "unnecessary approval": Cases("unnecessary approval", "expense-management"),
    # A large amount is approved twice, by two people.
    "redundant approval": Cases("redundant approval", "expense-management"),
    # Names are carried into every member, and typed once.
    "duplicate data entry": Cases("employee-onboarding", "client-onboarding"),
    # What the system mails is no handoff by mail.
    "e-mail handoff": Cases("e-mail handoff", "customer-support"),
    # Managers look at their own approvals alone.
    "manual status check": Cases("manual status check", "expense-management"),
    # Fields are carried by handoffs.
    "data does not flow": Cases("data does not flow", "employee-onboarding"),
    # Specialists of one department are slow for everybody who asks them.
    "silo": Cases("silo", "customer-support"),
    # A draft that is not good goes back to whoever wrote it.
    "missing feedback": Cases("missing feedback", "content-publishing"),
    # Reasons for refusing differ.
    "repeated error": Cases("repeated error", "contract-management"),
    # A draft is written until it is good: the definition says so.
    "rework": Cases("rework", "content-publishing"),
    # Meetings and runs open for many at a time.
    "batching": Cases("batching", "client-onboarding"),
}  # fmt: skip
"""Without workflows that are not connected, and ping-pong: their cases stand with those finders' own tests."""


def test_the_table_names_every_finder() -> None:
    assert set(TABLE) | {"workflows not connected", "ping-pong"} == {one.name for one in FINDERS}


@pytest.mark.parametrize("name", TABLE)
def test_each_finder_finds_its_case(name: str) -> None:
    cases = TABLE[name]
    found = wasted(cases.finds, SEEDS[0]) if cases.finds in WASTES else made(cases.finds, False)  # type: ignore[arg-type]
    assert name in {waste for waste, _ in found}


@pytest.mark.parametrize("name", TABLE)
def test_each_finder_leaves_the_other_one_alone(name: str) -> None:
    assert name not in {waste for waste, _ in wasted(TABLE[name].leaves, SEEDS[0])}
