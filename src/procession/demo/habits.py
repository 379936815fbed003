"""How the invented company works: how long things lie, how long they take, what people answer. What is planted stands
here.

Times are working hours, drawn from log-normal distributions around the medians given, so that most are short and some
long. A place is named as the diagnosis names it: `workflow/step`, and `into:MEMBER` for the handoff that starts a
member.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Lying:
    """How long work lies at a place before somebody looks at it, or begins it."""

    median: float
    """In working hours."""
    spread: float = 0.7
    """Of the logarithm."""

    def draw(self, rng: Random) -> float:
        return rng.lognormvariate(math.log(self.median), self.spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What holds cases up at one place."""

    place: str
    share: float
    """Of the visits that are held up."""
    least: float
    most: float
    """In working days."""
    before: str = "looking"
    """`looking`: nobody knows of it; `beginning`: it is known, and lies on a desk."""

    def draw(self, rng: Random) -> float:
        """Working hours on top."""
        return 8 * rng.uniform(self.least, self.most) if rng.random() < self.share else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What is wrong in the made-up history, so that what the diagnosis says can be held against it."""

    name: str
    truth: str
    """What a right diagnosis finds."""
    causes: tuple[Cause, ...] = ()


BETWEEN: Final = Plant(
    name="between",
    truth="Process: hiring managers are not told when equipment is ordered; the handoff to access lies for days.",
    causes=(
        Cause(place="into:access", share=0.7, least=2, most=9),
        Cause(place="background-check/enter-the-agency-s-report", share=0.6, least=3.5, most=6.5, before="beginning"),
        Cause(place="access-setup/audit-the-rights", share=0.4, least=2, most=5.5, before="beginning"),
        Cause(place="budget-approval/look-up-the-budget", share=0.75, least=3, most=9, before="beginning"),
    ),
)
"""The demo: in onboarding most of the lost time lies between two workflows, some inside two others; in expenses the
budget's approval is slow and the reimbursement itself is healthy."""

INSIDE: Final = Plant(
    name="inside",
    truth="Workflow: in access setup the audit of rights stops at one desk.",
    causes=(Cause(place="access-setup/audit-the-rights", share=0.7, least=3, most=10, before="beginning"),),
)
NOTHING: Final = Plant(name="nothing", truth="Healthy: no place holds cases up.")
PLANTS: Final = {one.name: one for one in (BETWEEN, INSIDE, NOTHING)}

LOOKING: Final = Lying(0.9)
"""Until somebody looks, where nothing else is said."""
BEGINNING: Final = Lying(0.4)
WORKING: Final = Lying(0.4, 0.5)

BEGINS: Final[Mapping[str, Lying]] = {
    "morning-coffee": Lying(0.005),
    "shower": Lying(0.01),
    "breakfast": Lying(0.01),
    "commute": Lying(0.02),
    "reset-password": Lying(0.03),
    "support-ticket": Lying(0.05),
}
"""Between looking and beginning, by step or for a whole workflow."""

LOOKS: Final[Mapping[str, Lying]] = {
    "background-check/enter-the-agency-s-report": Lying(6.0, 0.4),
    "into:equipment": Lying(2.0),
    "into:access": Lying(1.5),
    "access-setup/audit-the-rights": Lying(2.0),
    "proposal-review/sign-the-proposal": Lying(5.0, 0.6),
    "proposal-review/legal-review": Lying(6.0, 0.6),
    "purchase-approval/sign-off-the-purchase": Lying(3.0, 0.9),
    "document-approval/give-feedback": Lying(5.0, 0.6),
    "support-ticket/new": Lying(0.12, 0.4),
    "support-ticket/in-progress": Lying(1.2, 0.8),
    "support-ticket/escalated": Lying(1.0, 0.8),
    "support-ticket/resolved-to-confirm": Lying(3.0, 0.8),
    "reset-password/verify-identity": Lying(0.15),
    "reset-password/reset-the-password": Lying(0.1),
    "reset-password/confirm-that-it-works": Lying(0.3),
    "morning-coffee": Lying(0.005),
    "into:reimbursement": Lying(1.0, 0.5),
    "budget-approval/look-up-the-budget": Lying(1.5, 0.5),
    "expense-audit/check-the-receipts": Lying(6.0, 0.6),
    "expense-rule": Lying(6.0, 0.6),
    "into:shower": Lying(0.08, 0.5),
    "into:coffee": Lying(0.03, 0.5),
    "into:breakfast": Lying(0.05, 0.5),
    "into:commute": Lying(0.2, 0.8),
    "shower": Lying(0.01),
    "breakfast": Lying(0.01),
    "commute": Lying(0.02),
}
"""Until somebody looks, by place or for a whole workflow."""

WORKS: Final[Mapping[str, Lying]] = {
    "equipment-provisioning/configure-the-computer": Lying(1.2, 0.4),
    "document-approval/revise-the-document": Lying(2.0, 0.5),
    "proposal-review/legal-review": Lying(2.5, 0.5),
    "support-ticket/in-progress": Lying(1.0, 0.8),
    "support-ticket/new": Lying(0.05, 0.4),
    "access-setup/create-the-accounts": Lying(0.6, 0.4),
    "morning-coffee": Lying(0.03, 0.3),
    "shower": Lying(0.12, 0.3),
    "breakfast": Lying(0.08, 0.4),
    "commute/leave-the-house": Lying(0.04, 0.4),
    "commute/travel": Lying(0.45, 0.3),
    "reset-password": Lying(0.1, 0.4),
}
"""The work itself, by step or for a whole workflow."""

OUTCOMES: Final[Mapping[str, Mapping[str, float]]] = {
    "purchase-approval/sign-off-the-purchase": {"approve": 0.93, "reject": 0.07},
    "budget-approval/agree-to-the-spending": {"approve": 0.93, "reject": 0.07},
    "budget-approval/agree-to-exceed-the-budget": {"approve": 0.6, "reject": 0.4},
    "reimbursement/review-the-expenses": {"approve": 0.97, "reject": 0.03},
    "reimbursement/approve-for-payment": {"approve": 0.985, "reject": 0.015},
    "reimbursement/approve-a-large-amount": {"approve": 0.98, "reject": 0.02},
    "expense-audit/check-the-receipts": {"in order": 0.88, "rule unclear": 0.07, "to pay back": 0.05},
    "expense-rule/review-the-rule": {"approve": 0.8, "reject": 0.2},
    "background-check/decide-on-the-findings": {"approve": 0.95, "reject": 0.05},
    "access-setup/audit-the-rights": {"in order": 0.9, "too many rights": 0.1},
    "access-setup/agree-to-administrator-rights": {"approve": 0.9, "reject": 0.1},
    "document-approval/give-feedback": {"fine as it is": 0.72, "needs changes": 0.28},
    "document-approval/approve-the-document": {"approve": 0.94, "reject": 0.06},
    "proposal-review/sign-the-proposal": {"approve": 0.985, "reject": 0.015},
    "time-off/agree-to-the-time-off": {"approve": 0.94, "reject": 0.06},
    "time-off/agree-to-a-long-absence": {"approve": 0.9, "reject": 0.1},
    "conference-room/agree-to-a-large-meeting": {"approve": 0.9, "reject": 0.1},
    "support-ticket/new": {"Take it": 0.72, "Escalate": 0.04, "Resolve": 0.24},
    "support-ticket/in-progress": {"Resolve": 0.86, "Escalate": 0.14},
    "support-ticket/escalated": {"Resolve": 0.8, "Give back to the team": 0.2},
    "support-ticket/resolved-to-confirm": {"It works": 0.93, "Not solved": 0.07},
    "reset-password/agree-to-reset-a-privileged-account": {"approve": 0.9, "reject": 0.1},
}
"""What people choose where a step offers several outcomes; elsewhere the first."""

TOGETHER: Final[Mapping[tuple[str, str], Mapping[str, object]]] = {
    ("support-ticket/new", "Take it"): {"priority": "P2", "simple": False},
    ("support-ticket/new", "Escalate"): {"priority": "P1", "simple": False},
    ("support-ticket/new", "Resolve"): {"priority": "P3", "simple": True},
}
"""Answers that go with what is chosen at a step."""

UNANSWERED: Final[Mapping[str, float]] = {"support-ticket/resolved-to-confirm": 0.25}
"""The share of tasks that nobody ever does: their clock ends them."""

MESSAGES: Final[Mapping[str, float]] = {"room check-in": 0.88}
"""Message → the share of waits in which somebody sends it, within minutes."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How long each thing takes under one plant."""

    plant: Plant = BETWEEN

    def until_looked_at(self, places: tuple[str, ...], rng: Random) -> float:
        """Working hours until somebody looks; the first place that is known counts, every cause adds."""
        return _known(LOOKS, places, LOOKING).draw(rng) + self._held_up(places, "looking", rng)

    def until_begun(self, places: tuple[str, ...], rng: Random) -> float:
        """Working hours between looking and beginning."""
        return _known(BEGINS, places, BEGINNING).draw(rng) + self._held_up(places, "beginning", rng)

    def work(self, step: str, rng: Random) -> float:
        """Working hours of the work itself."""
        return _known(WORKS, (step,), WORKING).draw(rng)

    def _held_up(self, places: tuple[str, ...], before: str, rng: Random) -> float:
        causes = (one for one in self.plant.causes if one.before == before and one.place in places)
        return sum(one.draw(rng) for one in causes)


def _known(table: Mapping[str, Lying], places: tuple[str, ...], otherwise: Lying) -> Lying:
    """What a table says of the first place it knows, else of the workflow, else what is usual."""
    workflow = places[-1].partition("/")[0]
    return next((table[place] for place in (*places, workflow) if place in table), otherwise)


def outcome(step: str, offered: tuple[str, ...], rng: Random) -> str | None:
    """What somebody chooses; None where there is nothing to choose."""
    if len(offered) < 2:
        return None
    weights = OUTCOMES.get(step, {})
    weighed = [weights.get(one, 0.0) for one in offered]
    return rng.choices(offered, weighed)[0] if any(weighed) else offered[0]
