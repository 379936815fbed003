"""Workflow problem or process problem: the rule on small measurements, its sentences, and its grades."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from procession.analytics.attribution import QUICKEST, Attribution, SiteCost, attribute, quantile
from procession.analytics.log import ProcessLog, Site
from procession.analytics.sentences import diagnosis
from procession.analytics.verdict import fewest_departments, judge
from tests.analytics.build import at, case, did, hours, log
from tests.analytics.grade import table

HOUR = 3600.0


def measured(times: dict[Site, list[float]], **more: Any) -> Attribution:
    """Hours per case at each place, one after the other; handoffs belong to both sides."""
    cases = len(next(iter(times.values())))
    costs = tuple(
        SiteCost(
            site=site,
            title=site.name.capitalize(),
            departments=(site.part,) if site.kind == "step" else (site.source or "start", site.part),
            reference=quantile(spent, 0.25) * HOUR,
            has_target=False,
            quickest=quantile(spent, QUICKEST) * HOUR,
            visits=(1,) * cases,
            spent=tuple(h * HOUR for h in spent),
            path_visits=(1,) * cases,
            path_spent=tuple(h * HOUR for h in spent),
            path_planned=(0.0,) * cases,
            phases={"unstarted": sum(spent) * HOUR},
        )
        for site, spent in times.items()
    )
    parts = {site.part for site in times}
    given: dict[str, Any] = {
        "process": "p",
        "title": "P",
        "cases": cases,
        "cycles": tuple(sum(spent[i] for spent in times.values()) * HOUR for i in range(cases)),
        "costs": costs,
        "part_titles": {part: part.capitalize() for part in parts},
        "owners": {part: part for part in parts},
    }
    return Attribution(**(given | more))


def place(name: str) -> Site:
    """`a.one` is a step of a, `a>b` the handoff from a to b."""
    if ">" in name:
        source, target = name.split(">")
        return Site("handoff", target, "over", source)
    part, step = name.split(".")
    return Site("step", part, step)


def process(**slow: list[float]) -> Attribution:
    """Three workflows of three steps, an hour each in 40 cases, except what is named: `_` is a dot and `__` is >."""
    names = [f"{part}.{step}" for part in "abc" for step in ("one", "two", "three")] + ["a>b", "b>c"]
    times = {place(name): [1.0] * 40 for name in names}
    for name, spent in slow.items():
        site = place(name.replace("__", ">").replace("_", "."))
        assert site in times
        times[site] = spent
    return measured(times)


TAILED = [2.0] * 16 + [20.0] * 24


def test_one_slow_step_is_a_workflow_problem() -> None:
    """Mean (16 x 2 + 24 x 20) / 40 = 12.8, reference 2, so 10.8 h of 22.8 h are lost, all of it in b."""
    verdict = judge(process(b_two=TAILED))
    assert (verdict.kind, verdict.confidence, verdict.top_part, verdict.top_share) == ("workflow", 1.0, "b", 1.0)
    assert verdict.lost == pytest.approx(10.8 * HOUR)
    assert verdict.effect == pytest.approx(10.8 / 22.8)
    assert verdict.departments == ("b",)
    assert diagnosis(verdict).text == (
        "Workflow problem. 100 % of the lost time lies inside B; b, its owner, can fix it. "
        "First: Two waits 1.6 working days before it is dealt with."
    )
    assert diagnosis(verdict).detail == "Two costs a case 1.4 working days of 2.9 working days"


def test_slow_handoffs_are_a_process_problem() -> None:
    verdict = judge(process(a__b=TAILED, b__c=TAILED, c_one=TAILED))
    assert verdict.kind == "process"
    assert verdict.handoff_share == pytest.approx(2 / 3)
    assert verdict.departments == ("b", "c", "a")  # the one with most of it first
    assert verdict.top is not None and verdict.top.cost.site.kind == "handoff"
    said = diagnosis(verdict)
    assert said.text == (
        "Process problem. 67 % of the lost time lies between workflows; no one person can fix it. "
        "First: b waits 1.6 working days after a is ready."
    )
    assert said.detail.endswith("b, c and a have to act together")


def test_slow_steps_in_three_workflows_are_a_process_problem_too() -> None:
    verdict = judge(process(a_one=TAILED, b_two=TAILED, c_three=TAILED))
    assert (verdict.kind, verdict.handoff_share) == ("process", 0)
    assert diagnosis(verdict).number == (
        "The lost time is spread over 3 workflows, the worst of them holds 33 %; no one person can fix it"
    )


def test_a_quarter_between_workflows_makes_it_a_process_problem() -> None:
    """Handoff excess 3.6 h beside 10.8 h inside b is exactly 25 %."""
    third = [2.0] * 16 + [8.0] * 24
    assert judge(process(b_two=TAILED, a__b=third)).kind == "process"


def test_even_times_are_healthy() -> None:
    verdict = judge(process())
    assert (verdict.kind, verdict.effect, verdict.evidence) == ("healthy", 0, ())
    assert diagnosis(verdict).text == (
        "No single place holds cases up. "
        "A case takes 1.4 working days, and none of it is lost at slow steps or handoffs."
    )


def test_a_long_step_that_always_takes_as_long_loses_nothing() -> None:
    assert judge(process(b_two=[30.0] * 40)).kind == "healthy"


def test_a_step_that_holds_up_nearly_every_visit_is_judged_by_its_quickest() -> None:
    """0.7 of 13.7 h are lost beyond the quickest quarter, 3 h, less than a tenth. A few visits take 1 h, so that more
    could be gained: twice that at most, a little more than a tenth."""
    verdict = judge(process(b_two=[1.0] * 4 + [3.0] * 18 + [5.0] * 18))
    assert verdict.effect == pytest.approx(0.7 / 13.7)
    assert verdict.possible == pytest.approx(1.4 / 13.7)
    assert verdict.leaning == "workflow"


def test_a_few_quick_visits_do_not_make_a_steady_step_a_problem() -> None:
    """A tenth goes through at once; all others take 30 h. Nothing is lost beyond the quickest quarter."""
    verdict = judge(process(b_two=[0.1] * 4 + [30.0] * 36))
    assert (verdict.kind, verdict.lost, verdict.possible) == ("healthy", 0, 0)


@pytest.mark.parametrize(
    ("b_two", "c_one", "kind", "share"),
    [
        ([2.0] * 16 + [44.0] * 24, TAILED, "process", 0.7),  # c alone would still lose 10.8 of 23.8 h
        ([3.0] * 20 + [6.2] * 20, [3.0] * 20 + [4.2] * 20, "workflow", 1.6 / 2.2),  # c would lose 0.6 of 15.6 h
        ([2.0] * 16 + [80.0] * 24, TAILED, "workflow", 46.8 / 57.6),  # more than 80 %: the quick test says b alone
    ],
)
def test_most_of_it_in_one_workflow_is_its_problem_unless_what_is_left_is_one_too(
    b_two: list[float], c_one: list[float], kind: str, share: float
) -> None:
    verdict = judge(process(b_two=b_two, c_one=c_one))
    assert (verdict.kind, verdict.top_part) == (kind, "b")
    assert verdict.top_share == pytest.approx(share)


def test_late_though_every_step_keeps_its_time_is_a_process_problem() -> None:
    """Nine steps and two handoffs of an hour, up to a half more now and then: 11 h and more, for a target of 10 h."""
    uneven = [1.0] * 20 + [1.5] * 20
    sick = process(a_one=uneven, b_two=uneven, b__c=[1.0] * 30 + [1.8] * 10)
    verdict = judge(replace(sick, target=10 * HOUR))
    assert (verdict.kind, verdict.end_to_end, verdict.late, verdict.confidence) == ("process", True, 1, 1)
    assert {one.cost.title for one in verdict.evidence} == {"One", "Two", "Over"}
    said = diagnosis(verdict)
    assert said.number == (
        "100 % of the cases end later than the target, though no single place holds them up; no one person can fix it"
    )
    assert judge(replace(sick, target=20 * HOUR)).kind == judge(sick).kind == "healthy"


def test_one_workflow_that_is_late_though_its_steps_are_not_is_a_workflow_problem() -> None:
    names = ("one", "two", "three")
    alone = measured({Site("step", "a", name): [1.0] * 30 + [1.4] * 10 for name in names}, target=2 * HOUR)
    verdict = judge(alone)
    assert (verdict.kind, verdict.end_to_end) == ("workflow", True)
    assert (
        diagnosis(verdict).number == "100 % of the cases end later than the target, though no single step holds them up"
    )


@pytest.mark.parametrize(("late", "kind"), [(0.1, "healthy"), (0.5, "process")])
def test_a_fifth_of_late_cases_is_the_most_that_is_no_problem(late: float, kind: str) -> None:
    count = round(40 * late)
    found = process(a_one=[1.0] * (40 - count) + [2.0] * count)
    assert judge(replace(found, target=11.5 * HOUR)).kind == kind


def test_a_share_of_late_cases_close_to_a_fifth_is_not_sure() -> None:
    found = process(a_one=[1.0] * 31 + [2.0] * 9)
    verdict = judge(replace(found, target=11.5 * HOUR))
    assert verdict.kind == "undecided"
    assert "the share of late cases is close to the 20 % from which it is a problem" in verdict.missing


def dated(waits: float, before: float) -> ProcessLog:
    """Thirty cases that take `before` hours and then wait for a date, every other one `waits` hours longer."""
    cases = []
    for n in range(30):
        end = before + (waits if n % 2 else waits / 2)
        cases.append(
            case(
                did("a.write", 0, 0, before if n % 3 else before / 2),
                did("b.embargo", before if n % 3 else before / 2, None, end, "a.write", kind="wait", fixed_end=True),
                did("b.publish", end, end, end + 1, "b.embargo"),
                name=f"case {n}",
            )
        )
    return log(*cases)


def test_late_because_of_dates_that_cases_name_is_a_target_that_does_not_fit() -> None:
    found = attribute(replace(dated(waits=40, before=4), target=hours(20)))
    verdict = judge(found)
    assert (verdict.kind, verdict.late_anyway, verdict.confidence) == ("target", 0, 1)
    assert diagnosis(verdict).subject == "The target does not fit"


def test_what_comes_before_a_date_that_is_waited_for_is_not_lost() -> None:
    """Writing takes two or four hours; the date comes later anyway, so the two hours more cost nothing."""
    found = attribute(dated(waits=40, before=4))
    write = next(cost for cost in found.costs if cost.site.name == "write")
    assert sum(write.path_spent) > 0
    assert write.excess() == [0.0] * 30
    assert judge(found).lost == 0


def test_ten_percent_of_the_cycle_is_the_least_that_counts() -> None:
    """One case in ten takes 40 h: the mean, 4.9 h, is beyond the fence, and 3.9 of 14.9 h are lost, but unsurely."""
    verdict = judge(process(b_two=[1.0] * 36 + [40.0] * 4))
    assert verdict.leaning == "workflow"
    assert verdict.kind == "undecided"
    said = diagnosis(verdict)
    assert said.subject == "Not sure yet"
    assert said.number.startswith("It looks like a workflow problem, but only ")
    assert "more finished cases than 40" in said.number
    assert said.cause == said.action == ""


def test_under_ten_cases_nothing_is_said() -> None:
    few = attribute(log(*(case(did("a.one", 0, 0, 1), name=str(n)) for n in range(9))))
    assert judge(few).kind == "not enough data"
    assert diagnosis(judge(few)).text == (
        "Not enough data yet. 9 cases have finished; a diagnosis needs 1 more finished case."
    )
    none = judge(attribute(ProcessLog(process="p", cases=())))
    assert diagnosis(none).text == (
        "Not enough data yet. No case has finished; a diagnosis needs 10 more finished cases."
    )


@pytest.mark.parametrize(
    ("excess", "departments"),
    [
        ([(("hr",), 8), (("it",), 2)], ("hr",)),
        ([(("hr",), 7), (("it",), 3)], ("hr", "it")),
        ([(("hr", "it"), 9), (("hr",), 1)], ("hr", "it")),  # what lies between two takes both
        ([(("hr",), 5), (("it",), 3), (("ops",), 2)], ("hr", "it")),
        ([((), 9), (("it",), 1)], ("it",)),
        ([], ()),
    ],
)
def test_the_quick_test_is_the_fewest_departments_that_cover_most(
    excess: list[tuple[tuple[str, ...], float]], departments: tuple[str, ...]
) -> None:
    assert fewest_departments(excess) == departments


def onboarding(**access: Any) -> ProcessLog:
    """Forty cases with 20 to 60 h between the end of access and the first look at training."""
    cases = []
    for n in range(40):
        wait = 2 if n % 2 else 60
        cases.append(
            case(
                did("background.check", 0, 1, 2),
                did("access.create", 2, 3, 4, "background.check", handoff="cleared", opened=2),
                did("access.audit", 4, 5, 6, "access.create", opened=4),
                did(
                    "training.plan",
                    6,
                    6 + wait,
                    7 + wait,
                    "access.audit",
                    handoff="granted",
                    opened=6 + wait,
                    **access,
                ),
                name=f"case {n}",
            )
        )
    return log(*cases, owners={"background": "HR", "access": "IT", "training": "HR"})


def test_work_before_a_group_that_nobody_opens_is_work_nobody_was_told_of() -> None:
    said = diagnosis(judge(attribute(onboarding())))
    assert said.text == (
        "Process problem. 100 % of the lost time lies between workflows; no one person can fix it. "
        "First: nobody is told when access is ready."
    )
    assert said.action == "Assign training to one person as soon as access is ready"


def test_who_was_told_and_did_not_look_is_another_cause() -> None:
    said = diagnosis(judge(attribute(onboarding(assigned=at(6)))))
    assert said.cause == "whoever does training first looks 1.3 days after access is ready"


def test_a_workflow_that_is_started_late_by_hand_is_not_connected() -> None:
    cases = []
    for n in range(40):
        late = 2 if n % 2 else 60
        cases.append(
            case(
                did("a.one", 0, 1, 2),
                did("a.two", 2, 3, 4, "a.one"),
                did("b.three", 4 + late, 5 + late, 6 + late, "a.two", handoff="over", opened=4 + late),
                name=f"case {n}",
            )
        )
    said = diagnosis(judge(attribute(log(*cases, titles={"a": "Access", "b": "Training"}))))
    assert said.cause == "training starts only 1.3 days after access is ready"
    assert said.action == "Connect the two, so that training starts by itself when access is ready"


def test_the_same_log_gives_the_same_verdict_and_another_log_another() -> None:
    assert judge(process(b_two=TAILED)) == judge(process(b_two=TAILED))
    assert judge(process(b_two=TAILED)).kind != judge(process(a__b=TAILED)).kind


def test_who_ends_late_while_every_step_is_on_time_is_told_so() -> None:
    calm = log(*(case(did("a.one", 0, 0, 5), name=str(n)) for n in range(12)), target=hours(4))
    assert diagnosis(judge(attribute(calm))).number.endswith(
        "100 % of the cases end later than the target, though no single step holds them up"
    )


@pytest.mark.parametrize(
    ("fault", "strength", "least_right", "most_wrong"),
    [
        ("workflow", 3, 11, 0),
        ("process", 3, 11, 0),
        ("workflow", 6, 12, 0),
        ("process", 6, 12, 0),
        ("workflow", 10, 12, 0),
        ("process", 10, 12, 0),
        ("healthy", 0, 12, 0),
    ],
)
def test_planted_faults_are_found_and_healthy_processes_left_alone(
    fault: Any, strength: float, least_right: int, most_wrong: int
) -> None:
    """Twelve seeds a cell; `python -m bench.grading.verdict` grades many more."""
    grades = table(fault, strength, range(12))
    assert grades["right"] >= least_right
    assert grades["wrong"] <= most_wrong
