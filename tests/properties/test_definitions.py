"""Laws of definitions: a file loses nothing, nothing makes reading or checking fail, what is called sound ends."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from procession.engine import commands as ask
from procession.engine.case import task_id
from procession.engine.check import CODES, check
from procession.engine.definition import Process, Workflow
from procession.engine.moment import Actor, Directory, Moment, Person
from procession.engine.program import compile_definition
from procession.engine.world import World
from procession.interchange.yaml import read, write
from procession.interchange.yaml.emit import emit
from tests.support.definitions import runnable, workflows


@given(workflows())
def test_a_definition_comes_back_from_its_file_as_it_was(one: Workflow) -> None:
    text = write(one)
    got = read(text, "random.yaml")
    assert got.findings == (), text
    assert got.definition == one, text
    assert write(got.definition) == text


@given(workflows())
def test_every_finding_has_a_known_code_a_place_and_a_sentence(one: Workflow) -> None:
    got = read(write(one), "random.yaml")
    assert isinstance(got.definition, Workflow)
    for finding in check(got.definition, None, got.source):
        assert finding.code in CODES
        assert finding.line >= 1 and finding.column >= 1
        assert finding.sentence.endswith(".")


YAML = st.text(st.sampled_from(list("abw:-[]{}&*!|>'\"%@`#,? \n\t0.=~<")), max_size=60)
WORDS = st.sampled_from(
    [
        "workflow",
        "process",
        "steps",
        "fields",
        "task",
        "approval",
        "end",
        "when",
        "states",
        "handoffs",
        "x",
        "a > 1",
        "[",
        "from",
        "to",
        "form",
        "set",
        "each",
        "of",
        "parallel",
        "rules",
        "decide",
        "on reject",
        "due",
        "is",
        "table",
        "columns",
    ]
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(YAML | st.text(max_size=40) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
@example("? - a\n: b")
def test_no_text_makes_reading_fail(text: str) -> None:
    got = read(text, "x.yaml")
    assert got.definition is not None or got.findings


@given(
    st.sampled_from(["workflow", "process", "decision", "data set", "calendar", "connection", "people"]),
    VALUES,
    VALUES,
    st.dictionaries(WORDS, VALUES, max_size=5),
)
def test_no_shape_makes_reading_or_checking_fail(
    kind: str, first: object, steps: object, more: dict[str, object]
) -> None:
    text = emit({kind: first if kind == "people" else "x", "steps": steps, **more})
    got = read(text, "x.yaml")
    if isinstance(got.definition, Workflow | Process):
        for finding in check(got.definition, None, got.source):
            assert finding.code in CODES


@given(runnable(), st.integers())
def test_what_is_called_sound_ends(one: Workflow, seed: int) -> None:
    findings = check(one)
    assume(not any(finding.severity == "error" or finding.code == "busy_loop" for finding in findings))
    assert _plays_through(one, Random(seed)), write(one)


def _plays_through(one: Workflow, random: Random, most: int = 2_000) -> bool:
    """Whether a case ends when one person plays at random and time passes."""
    people = Directory(people={"ana": Person(id="ana", name="Ana")})
    ids = iter(f"c{number}" for number in range(9))
    world = World(
        {one.id: compile_definition(one)},
        Moment(at=datetime(2026, 1, 5, 9, tzinfo=UTC), directory=people),
        lambda: next(ids),
    )
    case = world.start(one.id, {"ok": random.random() < 0.5, "rows": [{"x": "1"}, {"x": "2"}]}, Actor("ana"))
    nodes = world.programs[one.id].nodes
    for _ in range(most):
        if case.status != "open":
            return True
        tasks = [key for key, activation in case.activations.items() if nodes[activation.step].type.is_task]
        if tasks and random.random() < 0.9:
            key = random.choice(tasks)
            outcomes = nodes[case.activations[key].step].type.outcomes(nodes[case.activations[key].step].step)
            command = ask.CompleteTask(
                task_id=task_id(case.id, key), outcome=random.choice(outcomes), values={"ok": random.random() < 0.5}
            )
            world.ask(case.id, command, Actor("ana"))
        else:
            # Conditions count as free, so they have to change while nobody is asked anything, too.
            change = ask.EditData(values={"ok": random.random() < 0.5}, reason="another day")
            world.ask(case.id, change, Actor("ana", admin=True))
            world.advance(world.at + timedelta(hours=1))
        assert not case.incidents, case.incidents
    return case.status != "open"


def test_the_strategies_make_sound_and_unsound_ones() -> None:
    seen: set[bool] = set()

    @settings(max_examples=300)  # of 25 all may be sound by chance
    @given(runnable())
    def look(one: Workflow) -> None:
        seen.add(any(finding.code == "never_ends" for finding in check(one)))

    look()
    assert seen == {True, False}
