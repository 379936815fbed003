"""What people say a process takes gives a longest way, an order of the vital few and a verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procession.analytics.log import ProcessLog, Site
from procession.analytics.pareto import pareto
from procession.analytics.sentences import diagnosis
from procession.analytics.stated import Stated, stated
from procession.analytics.verdict import judge_stated
from procession.engine.definition import Process, Workflow
from procession.engine.durations import Span
from procession.interchange.yaml import read

HOURS = {"minutes": 1 / 60, "hours": 1.0, "days": 8.0, "business days": 8.0, "weeks": 40.0}

A = """\
workflow: a
title: A
steps:
  - {task: One, assign: starter, usually: {work: 1 hour, wait: 1 hour}}
  - {task: Two, assign: starter, milestone: ready, usually: {work: 1 hour, wait: 1 hour}}
  - {task: Three, assign: starter, usually: {work: 1 hour, wait: 1 hour}}
"""
B = """\
workflow: b
title: B
steps:
  - parallel: Side by side
    steps:
      - {task: Left, assign: starter, usually: {work: 1 hour, wait: 1 hour}}
      - {task: Right, assign: starter, usually: {work: 1 hour, wait: 3 hours}}
  - {task: Last, assign: starter, usually: {work: 1 hour}}
"""
PROCESS = """\
process: p
title: P
workflows: {first: {use: a}, second: {use: b}}
handoffs:
  - {from: start, to: first}
  - {from: first.completed, to: second, usually: {wait: 5 days}}
"""


def seconds(span: Span) -> float:
    return float(span.amount) * HOURS[span.unit] * 3600


def definition(text: str) -> Workflow | Process:
    found = read(text).definition
    assert isinstance(found, Workflow | Process)
    return found


def said(text: str = PROCESS, *, log: ProcessLog | None = None, a: str = A, b: str = B) -> Stated | None:
    workflows = {"a": definition(a), "b": definition(b)}
    return stated(definition(text), workflows, log or ProcessLog(process="p", cases=()), seconds)  # type: ignore[arg-type]


def test_the_longest_way_adds_up_to_the_cycle() -> None:
    found = said()
    assert found is not None
    assert [(one.site.part, one.site.name, (one.wait_for + one.work_for) / 3600) for one in found.path] == [
        ("first", "start->first", 0),
        ("first", "one", 2),
        ("first", "two", 2),
        ("first", "three", 2),
        ("second", "first.completed->second", 40),
        ("second", "right", 4),
        ("second", "last", 1),
    ]
    assert found.said.cycles[0] / 3600 == 51
    assert [one.title for one in found.places if not one.on_path] == ["Left"]


def test_a_long_handoff_is_a_process_problem() -> None:
    found = said()
    assert found is not None
    verdict = judge_stated(found.said)
    assert (verdict.kind, verdict.stated, verdict.cases, verdict.handoff_share) == ("process", True, 0, 1.0)
    assert verdict.top is not None and verdict.top.cost.site == Site(
        "handoff", "second", "first.completed->second", "first"
    )
    words = diagnosis(verdict)
    assert words.subject == "Process problem, as stated"
    assert words.cause == "second starts only 5 working days after first is ready"


def test_a_long_step_is_a_problem_of_its_workflow() -> None:
    found = said(
        PROCESS.replace("5 days", "10 minutes"),
        a=A.replace("{work: 1 hour, wait: 1 hour}", "{work: 1 hour, wait: 4 days}", 1),
    )
    assert found is not None
    verdict = judge_stated(found.said)
    assert (verdict.kind, verdict.top_part) == ("workflow", "first")


def test_nothing_stands_out_where_all_takes_alike() -> None:
    found = said(PROCESS.replace("5 days", "1 hour"))
    assert found is not None
    assert judge_stated(found.said).kind == "healthy"


def test_pareto_ranks_what_is_said_to_wait() -> None:
    found = said()
    assert found is not None
    bars = pareto(found.said, "place").items
    assert [(one.key, one.excess / 3600) for one in bars] == [
        ("first>second/first.completed->second", 40),
        ("second/right", 3),
        ("first/one", 1),
        ("first/three", 1),
        ("first/two", 1),
    ]


def test_a_due_time_is_what_a_step_should_take() -> None:
    site = Site("step", "first", "one")
    log = ProcessLog(process="p", cases=(), step_targets={site: timedelta(minutes=30)})
    found = said(log=log)
    assert found is not None
    cost = next(one for one in found.said.costs if one.site == site)
    assert (cost.reference, cost.has_target) == (1800, True)


def test_a_milestone_hands_over_before_the_end() -> None:
    found = said(PROCESS.replace("first.completed", "first.milestone.ready"))
    assert found is not None
    assert [one.site.name for one in found.path if one.site.part == "first" and one.site.kind == "step"] == [
        "one",
        "two",
    ]


def test_of_several_sources_the_first_counts_and_of_several_handoffs_the_last() -> None:
    text = """\
process: p
title: P
workflows: {x: {use: a}, y: {use: b}, z: {use: a}}
handoffs:
  - {from: start, to: [x, y]}
  - {from: JOIN, to: z}
"""
    either = said(text.replace("JOIN", "{any of: [x.completed, y.completed]}"))
    both = said(
        text.replace("  - {from: JOIN, to: z}", "  - {from: x.completed, to: z}\n  - {from: y.completed, to: z}")
    )
    assert either is not None and both is not None
    assert either.said.cycles[0] / 3600 == 5 + 6
    assert both.said.cycles[0] / 3600 == 6 + 6


def test_a_handoff_that_goes_back_is_no_part_of_the_way() -> None:
    text = PROCESS + "  - {from: second.completed, to: first, again: true, at most: 2, usually: {wait: 9 weeks}}\n"
    found, before = said(text), said()
    assert found is not None and before is not None
    assert found.said.cycles == before.said.cycles


def test_nothing_said_is_nothing_to_show() -> None:
    bare = "\n".join(line.partition(", usually")[0] + ("}" if ", usually" in line else "") for line in A.split("\n"))
    found = stated(definition(bare), {}, ProcessLog(process="a", cases=()), seconds)
    assert found is None


@pytest.mark.parametrize(("count", "enough"), [(2, False), (3, True)])
def test_a_verdict_needs_half_of_the_steps_and_three(count: int, enough: bool) -> None:
    steps = "".join(
        f"  - {{task: S{n}, assign: starter{', usually: {wait: 1 day}' if n < count else ''}}}\n" for n in range(5)
    )
    found = stated(
        definition(f"workflow: w\ntitle: W\nsteps:\n{steps}"), {}, ProcessLog(process="w", cases=()), seconds
    )
    assert found is not None
    assert (found.stated, found.steps, found.is_enough) == (count, 5, enough)
