"""The examples that ship: nothing is to be said about them, every test passes, every step and outcome is tried."""

from pathlib import Path

import pytest

from procession.engine.definition import Process, Workflow, walk
from procession.interchange.folder import Folder, read_folder
from procession.interchange.neighbours import needed
from procession.testing.folders import run_folder

ROOT = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir())


def example(name: str) -> Folder:
    """An example with the workflows of its neighbours that it uses, but with its own tests only."""
    own = read_folder(ROOT / name)
    whole = read_folder(ROOT / name, *needed(ROOT / name, own.definitions))
    whole.tests = own.tests
    return whole


@pytest.mark.parametrize("name", FOLDERS)
def test_an_example_is_sound_and_its_tests_pass(name: str) -> None:
    folder = example(name)
    assert folder.check() == []
    findings, results = run_folder(folder)
    assert findings == []
    assert [f"{one.test}: {one.sentence}" for one in results if not one.passed] == []
    assert results


@pytest.mark.parametrize("name", FOLDERS)
def test_an_example_says_what_it_is_for_and_how_it_is_done(name: str) -> None:
    folder = read_folder(ROOT / name)
    for one in folder.definitions.values():
        assert one.owner, one.id
        # How long a booking lasts depends on the day of the meeting, so it has no target.
        assert one.target or one.id == "conference-room", one.id
        if isinstance(one, Process):
            assert one.goal
            continue
        assert one.purpose, one.id
        people = [step for step in walk(one.body) if step.kind in ("task", "approval")]
        assert [step.title for step in people if not step.instructions] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_every_task_and_outcome_of_an_example_is_tried(name: str) -> None:
    folder = read_folder(ROOT / name)
    texts = "\n".join(folder.tests.values())
    for one in folder.definitions.values():
        if not isinstance(one, Workflow):
            continue
        for step in walk(one.body):
            if step.kind in ("task", "approval") or (step.kind == "state" and not step.config.outcome):
                assert step.title in texts, f"{one.id}: {step.title}"
            for outcome in step.on:
                assert outcome in texts, f"{one.id}: {outcome}"
