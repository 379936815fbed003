"""Ready to be automated: often, the same way, by a rule that the data shows."""

from __future__ import annotations

import random

from procession.analytics.readiness import Visit, explained, readiness


def by_amount(count: int, *, noise: float = 0.0, seed: int = 1) -> list[Visit]:
    """Approvals of up to 500, but for a share that somebody decides otherwise; each has a name that tells nothing."""
    draw = random.Random(seed)
    visits: list[Visit] = []
    for number in range(count):
        amount = draw.uniform(0, 1000)
        outcome = "approve" if amount <= 500 else "reject"
        if draw.random() < noise:
            outcome = "reject" if outcome == "approve" else "approve"
        visits.append(Visit(outcome=outcome, known={"amount": f"{amount:.2f}", "item": f"item {number}"}))
    return visits


def test_a_threshold_on_an_amount_is_a_rule() -> None:
    found = readiness(by_amount(200))
    assert found.is_ready and found.rule == "amount"
    clarity = found.checks[-1]
    assert clarity.name == "clarity" and clarity.value > 0.98


def test_decisions_that_no_field_explains_speak_against_it() -> None:
    found = readiness(by_amount(200, noise=0.3))
    assert not found.is_ready
    assert any("explains" in one for one in found.against)


def test_a_name_that_every_case_has_of_its_own_explains_nothing() -> None:
    """Learned and tried on the same visits it would explain everything."""
    visits = [Visit(outcome=random.Random(n).choice(["a", "b"]), known={"item": f"item {n}"}) for n in range(200)]
    clarity, rule = explained(visits)
    assert clarity < 0.65 and rule is None


def test_a_choice_is_a_rule_by_its_values() -> None:
    draw = random.Random(2)
    kinds = {"train": "approve", "plane": "reject", "bus": "approve"}
    visits = [Visit(outcome=kinds[kind], known={"kind": kind}) for kind in draw.choices(list(kinds), k=100)]
    assert explained(visits) == (1.0, "kind")


def test_one_outcome_needs_no_rule() -> None:
    found = readiness([Visit(outcome="done")] * 20)
    assert found.is_ready and found.rule is None


def test_each_limit_is_held() -> None:
    few = readiness([Visit(outcome="done")] * 19)
    assert few.against == ("it was done 19 times; 20 are needed to know it",)
    again = readiness([Visit(outcome="done", again=n < 10) for n in range(100)])
    assert again.against == ("10% of it is done again; under 10% is safe",)
    odd = readiness([Visit(outcome="done", exception=n < 25) for n in range(100)])
    assert odd.against[0].startswith("25% were exceptions")
    assert readiness([]).against == ("it was done 0 times; 20 are needed to know it",)
