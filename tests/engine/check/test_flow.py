"""Where a case can go: what never ends is shown with its shortest path; sound loops are left alone."""

import time

import pytest

from procession.engine.check import check
from procession.engine.definition import Workflow
from procession.engine.findings import Finding
from procession.interchange.yaml import read

DATA = "fields: {a: number, rows: {type: table, columns: {x: text?}}}\n"
FLOW = {"arrow_into_block", "unreachable_step", "never_ends", "work_left_open", "busy_loop", "unknown_step"}


def findings(body: str) -> list[Finding]:
    got = read("workflow: x\n" + DATA + body, "x.yaml")
    assert isinstance(got.definition, Workflow), got.findings
    assert got.findings == ()
    return [one for one in check(got.definition, None, got.source) if one.code in FLOW]


def codes(body: str) -> list[str]:
    return [one.code for one in findings(body)]


SOUND = {
    "one after the other": "steps: [{task: A}, {task: B}]",
    "a loop with a way out": "steps: [{task: A}, {approval: B, assign: starter, on reject: A}]",
    "a bounded loop": "steps: [{task: A}, {task: B, next: A, at most: 3}]",
    "a bounded loop with its own way out": (
        "steps: [{task: A}, {task: B, next: A, at most: 3, on exhausted: end given up}]"
    ),
    "to itself": "steps: [{task: A, outcomes: [again, done], on again: A}]",
    "out of a block": (
        "steps: [{task: A}, {parallel: B, steps: [{task: C}, {task: D, outcomes: [ok, stop], on stop: E}]}, {task: E}]"
    ),
    "out of a block, back": (
        "steps: [{task: A}, {parallel: B, steps: [{task: C}, {task: D, outcomes: [ok, no], on no: A}]}]"
    ),
    "a block whose only way is an end inside": "steps: [{parallel: B, steps: [{task: C}, {end: stop}]}]",
    "states": (
        "initial: N\nstates: {N: {actions: [{action: go, to: M}, {action: no, to: Z}]}, M: {after: "
        "{1 day: N}}, Z: {outcome: z}}"
    ),
    "an each over rows": "steps: [{each: R, of: rows, steps: [{task: A, outcomes: [ok, no], on no: A}]}]",
    "a wait in a loop": (
        "steps: [{wait: W, for: 1 day}, {choose: C, cases: [{when: a > 1, steps: [{end: "
        "enough}]}]}, {set: {a: a + 1}, next: w}]"
    ),
    "a step in place": "steps: [{approval: A, assign: starter, on reject: {task: Fix}}, {task: B}]",
    "a step in place that goes back": (
        "steps: [{approval: A, assign: starter, on reject: {task: Fix, next: A}}, {task: B}]"
    ),
    "failure by hand": "steps: [{automate: J, do: http, with: {url: 'https://x.y'}, on failure: {task: By hand}}]",
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_left_alone(name: str) -> None:
    assert findings(SOUND[name]) == []


UNSOUND = {
    "a circle": ("steps: [{task: A}, {task: B}, {task: C, next: B}]", "never_ends", ("A", "B", "C", "B")),
    "only a bounded arrow leads on": (
        "steps: [{task: A}, {task: B, next: A, at most: 2, on exhausted: C}, {task: C, next: A}]",
        "never_ends",
        ("A", "B", "C", "A"),
    ),
    "inside a block": (
        "steps: [{parallel: P, steps: [{task: X}, [{task: A}, {task: B, next: A}]]}]",
        "never_ends",
        ("A", "B", "A"),
    ),
    "inside an each, although the list may be empty": (
        "steps: [{each: R, of: rows, steps: [{task: A, next: A}]}]",
        "never_ends",
        ("A", "A"),
    ),
    "a state without a way out": (
        "initial: N\nstates: {N: {actions: [{action: go, to: M}]}, M: {assign: starter}}",
        "never_ends",
        ("N", "M"),
    ),
    "states in a circle": (
        "initial: N\nstates: {N: {actions: [{action: go, to: M}]}, M: {actions: [{action: back, to: N}]}}",
        "never_ends",
        ("N", "M", "N"),
    ),
    "behind an end": ("steps: [{task: A, next: end}, {task: B}]", "unreachable_step", ()),
    "a state that nothing leads to": ("initial: N\nstates: {N: {outcome: n}, M: {outcome: m}}", "unreachable_step", ()),
    "into a block": (
        "steps: [{task: A, outcomes: [go, in], on in: C}, {parallel: B, steps: [{task: C}, {task: D}]}]",
        "arrow_into_block",
        (),
    ),
    "from one branch into another": (
        "steps: [{parallel: B, steps: [{task: C}, {task: D, outcomes: [ok, no], on no: C}]}]",
        "arrow_into_block",
        (),
    ),
    "into a step in place": (
        "steps: [{approval: A, assign: starter, on reject: {task: Fix}}, {task: B, outcomes: [ok, no], on no: Fix}]",
        "arrow_into_block",
        (),
    ),
    "nothing waits": (
        "steps: [{task: T}, {choose: C, cases: [{when: a > 3, steps: [{end: enough}]}]}, {set: {a: a + 1}, next: c}]",
        "busy_loop",
        ("C", "Set a", "C"),
    ),
    "work beside the end": (
        "steps: [{task: A}, {parallel: P, done when: any, rest: finish, steps: [{task: B}, {task: C}]}]",
        "work_left_open",
        ("P",),
    ),
    "to nowhere": ("steps: [{task: A, next: Q}]", "unknown_step", ()),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_what_is_not_sound_is_shown(name: str) -> None:
    body, code, path = UNSOUND[name]
    first = next((one for one in findings(body) if one.code == code), None)
    assert first is not None, findings(body)
    assert first.path == path
    assert first.line > 0 and first.column > 0


def test_a_loop_of_steps_that_may_be_skipped_is_only_warned_of() -> None:
    body = (
        "steps: [{task: A, when: a > 1}, {choose: C, cases: [{when: a > 3, steps: [{end: ok}]}]}, "
        "{set: {a: a + 1}, next: A}]"
    )
    (found,) = findings(body)
    assert (found.code, found.severity) == ("busy_loop", "warning")


def test_the_path_is_the_shortest() -> None:
    body = (
        "steps: [{task: A, outcomes: [quick, slow], on quick: D}, {task: B}, {task: C}, {task: D}, {task: E, next: D}]"
    )
    first = next(one for one in findings(body) if one.code == "never_ends")
    assert first.path == ("A", "D", "E", "D")


@pytest.mark.parametrize("loops", [False, True])
def test_a_thousand_steps_are_checked_quickly(loops: bool) -> None:
    back = ", outcomes: [done, back], on back: Step 0" if loops else ""
    steps = "\n".join(
        f"  - {{task: Step {number}, assign: starter, when: a > {number}{back}}}" for number in range(1000)
    )
    got = read(f"workflow: x\n{DATA}steps:\n{steps}")
    assert isinstance(got.definition, Workflow)
    best = min(_timed(got.definition, got.source) for _ in range(3))
    assert best < 1.5, f"{best:.3f} s"


def _timed(definition: Workflow, source: object) -> float:
    began = time.perf_counter()
    assert check(definition, None, source) == []  # type: ignore[arg-type]
    return time.perf_counter() - began
