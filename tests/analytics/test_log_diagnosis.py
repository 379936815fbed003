"""The whole diagnosis of a table: whose problem it is, what would be saved, and what stays open."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from procession.analytics.estimating import estimate
from procession.analytics.instances import InstanceTable
from procession.analytics.log_diagnosis import LogDiagnosis, as_plain, diagnose
from procession.analytics.log_diagnosis.parts import parts_of
from procession.analytics.log_diagnosis.sampling import sampled
from procession.analytics.retiming import make_instant
from procession.analytics.waiting.decompose import by_case, decompose
from procession.analytics.waiting.hours import around_the_clock

HOUR = 3_600_000_000
BEGIN = 1_767_600_000_000_000  # Monday 5 January 2026, 8:00 UTC

Step = tuple[str, str, float, float]
"""What, by whom, hours waited, hours worked."""


def made(
    cases: list[list[Step]], *, departments: dict[str, str] | None = None, only_ends: bool = False
) -> InstanceTable:
    """A log around the clock: of each case its steps one after another, a case every 100 hours."""
    steps = sorted({one[0] for case in cases for one in case})
    people = sorted({one[1] for case in cases for one in case})
    rows: list[tuple[int, int, int, int, int]] = []
    for number, case in enumerate(cases):
        at = BEGIN + number * 100 * HOUR
        for step, who, waited, worked in case:
            start = at + round(waited * HOUR)
            at = start + round(worked * HOUR)
            rows.append((number, steps.index(step), people.index(who), start, at))
    case, step, who, start, end = (np.array(column) for column in zip(*rows, strict=True))
    known = np.full(len(rows), not only_ends)
    found = estimate(
        case=case.astype(np.int32), step=step.astype(np.int32), resource=who.astype(np.int32), ready=start, start=start,
        end=end, ready_known=np.zeros(len(rows), bool), start_known=known,
    )  # fmt: skip
    table = InstanceTable(
        case=case.astype(np.int32), step=step.astype(np.int32), resource=who.astype(np.int32),
        department=np.full(len(rows), -1, np.int32), workflow=np.full(len(rows), -1, np.int32), ready=found.ready,
        start=found.start, end=end, ready_estimated=found.ready_estimated, start_estimated=found.start_estimated,
        released_by=found.released_by, case_names=[f"case {n}" for n in range(len(cases))], step_names=steps,
        resource_names=people,
    )  # fmt: skip
    if departments is None:
        return table
    names = sorted(set(departments.values()))
    codes = np.array([names.index(departments[people[one]]) for one in who.tolist()], np.int32)
    return replace(table, department=codes, department_names=names)


OF = {"ann": "Sales", "bob": "Sales", "cem": "Finance", "dan": "Finance"}


def onboarding(*, to_finance: float = 0.0, back: float = 0.0, inside: float = 0.0) -> list[Step]:
    return [
        ("ask", "ann", 0, 1), ("note", "bob", 0.2, 1), ("check", "cem", 0.2 + to_finance, 1),
        ("weigh", "dan", 0.2 + inside, 1), ("sign", "cem", 0.2, 1), ("tell", "ann", 0.2 + back, 1),
    ]  # fmt: skip


def varied(count: int = 40, **kinds: float) -> list[list[Step]]:
    """Two cases of three have the fault, so that the quickest quarter has not."""
    return [onboarding(**(kinds if n % 3 else {})) for n in range(count)]


def test_what_lies_between_departments_is_a_process_problem() -> None:
    found = diagnose(made(varied(to_finance=20.0, back=20.0), departments=OF))
    assert found.judgement.verdict.kind == "process"
    assert "No: 2 departments have to act together, Finance and Sales." in found.judgement.quick_test
    assert found.wrong_fix is not None and found.wrong_fix.gain < 0.1
    assert {one.kind for one in found.findings} == {"handoff"}
    assert found.findings[0].cases == ("case 1", "case 2", "case 4", "case 5", "case 7")
    assert found.findings[0].cause.startswith("what comes from Finance lies 13 hours before Sales begins with it")


def test_what_lies_inside_one_department_is_a_workflow_problem() -> None:
    found = diagnose(made(varied(inside=30.0), departments=OF))
    assert found.judgement.verdict.kind == "workflow"
    assert "whoever leads Finance" in found.judgement.quick_test
    assert found.wrong_fix is not None and "hand over" in found.wrong_fix.sentence
    assert found.findings[0].subject == "weigh"


def test_a_healthy_log_has_no_findings() -> None:
    found = diagnose(made(varied(), departments=OF))
    assert found.judgement.verdict.kind == "healthy"
    assert found.findings == () and found.wrong_fix is None and found.judgement.quick_test == ""


def test_ends_alone_do_not_tell_work_from_handoffs() -> None:
    """The same faulty log, of which only the ends are known: the verdict is silent and says why."""
    found = diagnose(made(varied(to_finance=20.0), departments=OF, only_ends=True))
    assert found.judgement.verdict.kind == "undecided"
    assert "not when they were begun" in found.judgement.words.number
    assert found.wrong_fix is None
    assert found.findings and all(one.estimated for one in found.findings)
    assert "work and waiting together" in found.findings[0].sentence


def test_without_departments_it_is_not_said_whose_problem_it_is() -> None:
    found = diagnose(made(varied(inside=30.0)))
    assert found.made_of.kind is None
    assert found.judgement.words.subject == "Time is lost at single steps"
    assert found.judgement.quick_test == "" and found.paths.parts == ()


def test_numbered_names_of_people_say_their_role_and_it_is_marked() -> None:
    named = {"ann": "Clerk-01", "bob": "Clerk-02", "cem": "Officer-1", "dan": "Officer-2"}
    cases = [[(step, named[who], a, b) for step, who, a, b in case] for case in varied(to_finance=20.0, back=20.0)]
    found = parts_of(made(cases))
    assert (found.kind, found.names, found.is_estimated) == ("role", ("Clerk", "Officer"), True)
    assert parts_of(made(varied())).kind is None


def test_too_few_cases_are_no_verdict_and_no_waste() -> None:
    found = diagnose(made(varied(5, to_finance=20.0), departments=OF))
    assert found.judgement.verdict.kind == "not enough data"
    assert found.waste.findings == () and "needs 10 cases" in found.waste.lacking


def test_a_step_made_instant_saves_its_own_time_in_a_line() -> None:
    table = made(varied(30, inside=30.0), departments=OF)
    found = decompose(table, around_the_clock(len(table.resource_names)))
    by_step = {one.step: one for one in make_instant(found)}
    assert by_step["weigh"].work.mean == pytest.approx(3600)
    assert by_step["weigh"].whole.mean == pytest.approx(3600 * (1.2 + 20))
    assert by_step["weigh"].whole.low < by_step["weigh"].whole.mean < by_step["weigh"].whole.high


def test_what_runs_beside_something_longer_saves_nothing() -> None:
    table = beside()
    found = decompose(table, around_the_clock(len(table.resource_names)))
    by_step = {one.step: one for one in make_instant(found, [0, 1, 2, 3])}
    assert by_step["short"].whole.mean == 0 and by_step["short"].unchanged == 1
    assert by_step["long"].whole.mean == pytest.approx(2 * 3600), "the short one is still waited for"
    assert by_step["ask"].whole.mean == pytest.approx(3600)


def beside(cases: int = 20) -> InstanceTable:
    """After one hour of asking, a step of five hours beside one of three, then one of an hour."""
    rows: list[tuple[int, int, int, int]] = []
    names = ["ask", "end", "long", "short"]
    for n in range(cases):
        at = BEGIN + n * 100 * HOUR
        for step, begin, end in (("ask", 0, 1), ("short", 1, 4), ("long", 1, 6), ("end", 6, 7)):
            rows.append((n, names.index(step), at + begin * HOUR, at + end * HOUR))
    case, step, start, end = (np.array(column) for column in zip(*rows, strict=True))
    nobody = np.full(len(rows), -1, np.int32)
    found = estimate(
        case=case.astype(np.int32), step=step.astype(np.int32), resource=nobody, ready=start, start=start, end=end,
        ready_known=np.zeros(len(rows), bool), start_known=np.ones(len(rows), bool),
    )  # fmt: skip
    return InstanceTable(
        case=case.astype(np.int32), step=step.astype(np.int32), resource=nobody, department=nobody, workflow=nobody,
        ready=found.ready, start=found.start, end=end, ready_estimated=found.ready_estimated,
        start_estimated=found.start_estimated, released_by=found.released_by,
        case_names=[str(n) for n in range(cases)], step_names=names,
    )  # fmt: skip


def test_some_cases_keep_the_causes_they_had_among_all() -> None:
    table = made(varied(60, to_finance=20.0), departments=OF)
    whole = decompose(table, around_the_clock(len(table.resource_names)))
    some = sampled(whole, 20)
    assert some.table.cases == 20 and len(some.waits) == len(some.table)
    assert by_case(some).cycle.tolist() == by_case(whole).cycle[np.linspace(0, 59, 20).astype(int)].tolist()


def test_progress_is_told_from_nothing_to_all() -> None:
    told: list[tuple[str, float]] = []
    diagnose(made(varied(12), departments=OF), ZoneInfo("UTC"), (), lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] == 0 and told[-1] == ("done", 1.0)


def test_plain_values_hold_every_section() -> None:
    found: LogDiagnosis = diagnose(made(varied(to_finance=20.0, back=20.0), departments=OF))
    plain = as_plain(found)
    assert plain["verdict"]["kind"] == "process" and plain["verdict"]["sentences"]
    assert plain["findings"][0]["sentence"].startswith(plain["findings"][0]["subject"])
    assert "people" not in plain["figures"] and "people" in as_plain(found, people=True)["figures"]
