"""From whole logs in office hours to one sentence: what was planted is what is said."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from procession.analytics.attribution import attribute
from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog, Site
from procession.analytics.sentences import Diagnosis, diagnosis
from procession.analytics.verdict import Verdict, judge
from procession.analytics.whatif import make_instant
from procession.engine.calendar import STANDARD, WorkCalendar

BERLIN = WorkCalendar("office", "Europe/Berlin", STANDARD.hours, frozenset({datetime(2026, 4, 3).date()}))
DAY = 8 * 3600
MEMBERS = {"background": "HR", "equipment": "IT", "access": "IT", "training": "Academy"}
BEFORE = {
    "background": (),
    "equipment": ("background",),
    "access": ("background",),
    "training": ("equipment", "access"),
}
STEPS = ("ask", "do", "check")


def simulated(slow: dict[str, float], seed: int, cases: int = 80) -> ProcessLog:
    """Background, then equipment beside access, then training. `slow`: a site's key, and how many times slower."""
    draw = random.Random(seed)
    return ProcessLog(
        process="onboarding",
        cases=tuple(one_case(f"case {n}", draw, slow, n) for n in range(cases)),
        titles={"access": "Access", "training": "Training", "equipment": "Equipment", "background": "Background check"},
        owners=MEMBERS,
        calendar=BERLIN,
        target=timedelta(hours=40),
    )


def one_case(name: str, draw: random.Random, slow: dict[str, float], n: int) -> ProcessCase:
    begin = BERLIN.next_working(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=9 * n))
    last: dict[str, ActivityInstance] = {}
    done: list[ActivityInstance] = []
    for member, department in MEMBERS.items():
        releasers = tuple(last[before] for before in BEFORE[member])
        for step in STEPS:
            ready = max((r.ended for r in releasers), default=begin)
            from_other = bool(releasers) and step == STEPS[0]
            source = max(releasers, key=lambda r: (r.ended, r.ready)).member if from_other else None
            between = Site("handoff", member, "over", source).key
            opened = later(ready, draw, slow.get(between, 1) if from_other else 1)
            started = later(opened, draw, slow.get(f"{member}/{step}", 1))
            one = ActivityInstance(
                id=f"{member}.{step}",
                case_id=f"{name} {member}",
                process_case_id=name,
                member=member,
                workflow=member,
                step=step,
                title=step.capitalize(),
                department=department,
                ready=ready,
                first_opened=opened,
                started=started,
                ended=later(started, draw, 1),
                releasers=tuple(r.id for r in releasers),
                handoff="over" if from_other else None,
            )
            done.append(one)
            releasers, last[member] = (one,), one
    return ProcessCase(id=name, begin=begin, end=max(i.ended for i in done), instances=tuple(done))


def later(at: datetime, draw: random.Random, times: float) -> datetime:
    return BERLIN.add_business_time(at, timedelta(hours=draw.lognormvariate(-1, 0.8) * times))


def said(log: ProcessLog) -> tuple[Verdict, Diagnosis]:
    verdict = judge(attribute(log))
    return verdict, diagnosis(verdict)


@pytest.mark.parametrize("seed", range(3))
def test_a_handoff_that_nobody_is_told_of(seed: int) -> None:
    log = simulated({"access>training/over": 40, "equipment>training/over": 40}, seed)
    verdict, words = said(log)
    assert verdict.kind == "process"
    assert verdict.handoff_share > 0.9
    assert words.text in {
        f"Process problem. {share} % of the lost time lies between workflows; no one person can fix it. "
        f"First: nobody is told when {source} is ready."
        for share in (f"{round(100 * verdict.handoff_share)}",)
        for source in ("access", "equipment")
    }
    assert verdict.top is not None
    worst = make_instant(log, verdict.top.cost.site)
    assert 0 < worst.low <= worst.saved <= worst.high
    beside = make_instant(log, Site("step", "training", "ask"))
    assert beside.saved < 0.1 * beside.before
    assert beside.sentence.endswith("working days off: the wait is before it")


@pytest.mark.parametrize("seed", range(3))
def test_a_slow_desk_in_one_workflow(seed: int) -> None:
    verdict, words = said(simulated({"background/check": 40}, seed))
    assert (verdict.kind, verdict.top_part, verdict.departments) == ("workflow", "background", ("HR",))
    assert words.text.startswith("Workflow problem. ")
    assert "lies inside Background check; HR, its owner, can fix it. First: Check waits " in words.text


@pytest.mark.parametrize("seed", range(3))
def test_nothing_planted_names_no_culprit(seed: int) -> None:
    assert said(simulated({}, seed))[0].kind in ("healthy", "undecided")


def test_another_seed_gives_another_sentence() -> None:
    slow = {"access>training/over": 40.0, "equipment>training/over": 40.0, "background/check": 15.0}
    sentences = {said(simulated(slow, seed))[1].text for seed in range(3)}
    assert len(sentences) > 1


def test_estimated_times_are_said_to_be_estimated() -> None:
    log = simulated({"background/check": 40}, 1)
    guessed = [
        ProcessCase(
            id=case.id,
            begin=case.begin,
            end=case.end,
            instances=tuple(estimated(i) for i in case.instances),
        )
        for case in log.cases
    ]
    words = said(ProcessLog(process="p", cases=tuple(guessed), calendar=BERLIN))[1]
    assert words.detail.endswith("; times of opening and starting are estimated")


def estimated(instance: ActivityInstance) -> ActivityInstance:
    return replace(instance, evidence="estimated")
