"""Laws of the engine: whatever is asked in whatever order, events are the truth, refusals leave no trace, sound cases end."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from procession.engine.check import check
from procession.engine.definition import Definition, Process, Scope, Step, Workflow
from procession.interchange.yaml import read
from tests.support.definitions import runnable
from tests.support.player import Player

MANY = """
workflow: many
name: "{a} of {starter.name}"
fields:
  a: number?
  ok: yes/no?
  size: {type: choice, options: [small, big], required: false}
  day: date?
  who: person?
  rows: {type: table, columns: {x: text?}, required: false}
  twice: {type: calculated, is: "= a * 2"}
start: {form: [a, ok, rows, day, who]}
on cancel: [{task: Clean up, assign: group:team}, {email: Told, to: starter}]
steps:
  - task: Prepare
    assign: group:team
    form: [a, size, {name: day, show when: a > 1, required when: ok}]
    outcomes: [on, stop]
    checklist: [one, two]
    on stop: end stopped
    due: "= day"
    remind: 1 hour before due
    escalate: [{after: 1 day overdue, to: manager of assignee, do: reassign}, {after: 2 days overdue, do: on}]
  - {decide: Size it, inputs: [a], outputs: [size], rules: [["< 5", small], ["[5..1000]", big]]}
  - approval: Sign
    assign: group:team
    not by: Prepare
    quorum: majority
    on reject: Prepare
    at most: 2
    on exhausted: {task: Talk, assign: "person:bo", set: {a: "a + 1"}}
    due: 2 hours
    escalate: [{after: 1 hour overdue, to: role:manager, do: reassign}, {after: 2 hours overdue, do: reject}]
  - parallel: Both
    done when: any
    rest: finish
    set: {a: "if a = null then 1 else a"}
    milestone: half
    steps:
      - [{automate: Call, do: http, with: {url: "x{a}"}, take: {a: result.n}, retry: 1}, {wait: For go, message: go, for: 2 days}]
      - {task: Odd, assign: "field:who", outcomes: [fine, out], on out: Prepare, cancel: [Call]}
      - [{wait: Half, reached: half, until: "= day"}, {task: Late, on done: Letter}]
  - each: Rows
    of: rows
    done when: 2
    rest: finish
    steps: [{task: "Row {item.x}", id: row, assign: "person:bo", form: [item.x], cancel: [other]}, {task: Other, when: ok}]
  - {each: One by one, of: rows, at once: false, steps: [{approval: Check row, assign: "group:team"}], next: Letter}
  - {email: Letter, to: "starter", subject: "S {a}", text: T, draft for: group:team}
  - {workflow: Child, use: child, with: {p: a}, take: {a: q}, on no: Prepare, at most: 1}
  - {archive: Seal, fields: [size]}
  - {task: Last, form: [size], set: {size: '"big"'}, open while: ok}
"""
CHILD = """
workflow: child
fields: {p: {type: number, max: 100}, q: number?}
start: {by: nobody, form: [p]}
steps: [{task: Answer, form: [q], outcomes: [yes, no], on no: end no}]
"""
STATES = """
workflow: states
fields: {ok: yes/no?, a: number?}
start: {form: [ok]}
initial: New
states:
  New:
    assign: group:team
    form: [ok, a]
    on enter: [{email: Hello, to: starter}, {task: Greet, when: ok}]
    actions: [{action: Go, to: Busy, when: a > 1}, {action: Close, to: Closed}]
    after: {1 hour: {to: Busy}}
    due: 1 hour
    escalate: {after: 10 minutes overdue, do: Go}
  Busy: {assign: "person:bo", not by: New, actions: [{action: Back, to: New}, {action: Close, to: Closed, when: ok}]}
  Closed: {outcome: closed}
"""
PROCESS = """
process: whole
fields: {a: number?, ok: yes/no?}
start: {form: [a, ok]}
workflows: {first: {use: child, take: {a: q}}, second: {use: child}, third: {use: states}}
handoffs:
  - {from: start, to: first, carry: {p: a}}
  - {from: first.completed, to: second, when: q > 1, carry: {p: q}}
  - {from: first.no, to: third, carry: {ok: ok}}
  - {from: second.no, to: first, again: true, at most: 2, carry: {p: p}}
  - {from: second.done, to: end fine}
"""


def definition(text: str) -> Definition:
    result = read(text, "x.yaml")
    assert isinstance(result.definition, Workflow | Process), result.findings
    return result.definition


WORLDS: dict[str, tuple[Definition, ...]] = {
    "many": (definition(MANY), definition(CHILD)),
    "states": (definition(STATES),),
    "process": (definition(PROCESS), definition(CHILD), definition(STATES)),
}
START: dict[str, dict[str, Any]] = {
    "many": {"a": "3", "ok": True, "rows": [{"x": "1"}, {"x": "2"}, {"x": "3"}], "day": "2026-01-07", "who": "cy"},
    "states": {"ok": True},
    "process": {"a": "3", "ok": False},
}


def play(name: str, seed: int, steps: int, hostile: float) -> Player:
    player = Player(*WORLDS[name], seed=seed)
    player.start(START[name])
    for _ in range(steps):
        player.step(hostile)
    player.replayed()
    return player


@pytest.mark.parametrize("name", WORLDS)
@given(seed=st.integers(0, 2**32), hostile=st.sampled_from([0.0, 0.1, 0.6]))
@settings(max_examples=6)
def test_whatever_is_asked_events_are_the_truth_and_refusals_leave_no_trace(
    name: str, seed: int, hostile: float
) -> None:
    assert play(name, seed, 60, hostile).done


@pytest.mark.deep
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", WORLDS)
@given(seed=st.integers(0, 2**32), hostile=st.sampled_from([0.0, 0.05, 0.3]))
@settings(max_examples=200)
def test_the_laws_hold_in_long_plays(name: str, seed: int, hostile: float) -> None:
    play(name, seed, 200, hostile)


@pytest.mark.parametrize("name", WORLDS)
def test_the_same_play_has_the_same_events(name: str) -> None:
    first, second = (play(name, 7, 60, 0.1) for _ in range(2))
    assert first.world.log == second.world.log


@given(runnable(), st.integers(0, 2**32))
@settings(max_examples=15)
def test_random_definitions_keep_the_laws_too(one: Workflow, seed: int) -> None:
    player = Player(one, seed=seed)
    player.start({"ok": True, "rows": [{"x": "1"}, {"x": "2"}]})
    for _ in range(25):
        player.step(0.05)
    player.replayed()


@given(runnable(), st.integers(0, 2**32))
@settings(max_examples=25)
def test_a_sound_case_ends_with_blocks_that_let_their_rest_finish_too(one: Workflow, seed: int) -> None:
    loose = replace(one, body=_loosened(one.body, Random(seed)))
    assume(not any(found.severity == "error" or found.code == "busy_loop" for found in check(loose)))
    player = Player(loose, seed=seed)
    case_id = player.start({"ok": True, "rows": [{"x": "1"}, {"x": "2"}]}).id
    for _ in range(3_000):
        case = player.world.cases[case_id]
        if not case.is_open:
            break
        assert case.activations, "nothing is open, and the case has not ended"
        player.push_on(case)
    assert not player.world.cases[case_id].is_open
    player.replayed()


def _loosened(scope: Scope, random: Random) -> Scope:
    """The same steps, with blocks decided early whose rest may finish."""
    return replace(scope, steps=tuple(_loose_step(step, random) for step in scope.steps))


def _loose_step(step: Step, random: Random) -> Step:
    config = step.config
    if step.kind == "parallel":
        branches = tuple(_loosened(one, random) for one in config.branches)
        config = replace(
            config,
            branches=branches,
            done_when=random.choice(["all", "any", 1]),
            rest=random.choice(["finish", "withdraw"]),
        )
    elif step.kind == "each":
        config = replace(
            config, body=_loosened(config.body, random), done_when=random.choice(["all", "any", 1]), rest="finish"
        )
    elif step.kind == "choose":
        otherwise = _loosened(config.otherwise, random) if config.otherwise is not None else None
        config = replace(config, cases=tuple(_loosened(one, random) for one in config.cases), otherwise=otherwise)
    return replace(step, config=config)
