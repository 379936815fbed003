"""The compiled engine: it runs only from the sources it was made of, and its classes mean what their sources say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from procession import compiled
from procession.settings import Settings, SettingsError
from tools.compile_engine import CannotCompile, compile_engine, modules, write_out
from tools.native_classes import unrolled

ROOT = Path(__file__).parents[2]
PLAYS, DEEP_PLAYS = 3, 150


def made(folder: Path, **changes: object) -> Path:
    """A folder as the compiler leaves it, of a module that there is, with changes."""
    import hashlib

    case = ROOT / "src" / "procession" / "engine" / "case.py"
    about = {
        "python": EXTENSION_SUFFIXES[0],
        "sources": {"engine/case.py": hashlib.sha256(case.read_bytes()).hexdigest()},
        "modules": {"procession.engine.case": "case.so"},
        **changes,
    }
    (folder / "case.so").touch()
    (folder / "engine.json").write_text(json.dumps(about))
    return folder


def test_what_was_made_of_these_sources_by_this_python_runs(tmp_path: Path) -> None:
    assert compiled.fitting(made(tmp_path)) == ({"procession.engine.case": tmp_path / "case.so"}, "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sources": {"engine/case.py": "0" * 64}}, "engine/case.py has changed since it was compiled"),
        ({"sources": {"engine/gone.py": "0" * 64}}, "engine/gone.py has changed since it was compiled"),
        ({"python": ".cpython-39.so"}, "it was compiled for another Python, .cpython-39.so"),
        ({"modules": {"procession.engine.case": "gone.so"}}, "gone.so of the compiled engine is missing"),
    ],
)
def test_anything_else_leaves_the_sources_to_run(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    assert compiled.fitting(made(tmp_path, **changes)) == ({}, reason)


def test_without_a_folder_the_sources_run(tmp_path: Path) -> None:
    assert compiled.fitting(tmp_path / "none") == ({}, "it has not been compiled")


def procession(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "procession.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def test_the_version_says_which_engine_runs() -> None:
    said = procession("--version", PROCESSION_ENGINE="interpreted").stdout
    assert said.splitlines()[1] == "engine: interpreted (PROCESSION_ENGINE says so)"


def test_an_engine_that_cannot_be_had_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = procession("--version", PROCESSION_ENGINE="fast")
    assert wrong.returncode == 2
    assert wrong.stderr == "procession: PROCESSION_ENGINE must be interpreted or compiled, not 'fast'.\n"
    monkeypatch.setenv("PROCESSION_ENGINE", "compiled")
    monkeypatch.setattr(compiled.Choice, "why_interpreted", "engine/case.py has changed since it was compiled")
    assert compiled.problem() == (
        "PROCESSION_ENGINE asks for the compiled engine, which cannot run: engine/case.py has changed since it was "
        "compiled. Run 'make compiled', or unset the variable."
    )
    with pytest.raises(SettingsError, match="PROCESSION_ENGINE must be interpreted or compiled"):
        Settings.from_environment({"PROCESSION_ENGINE": "fast"})


def test_packages_are_compiled_as_a_whole_and_step_types_are_not() -> None:
    names = {name for name, _ in modules()}
    for folder in ("decide", "events", "evolve", "commands"):
        sources = (ROOT / "src" / "procession" / "engine" / folder).rglob("*.py")
        wanted = {".".join(one.relative_to(ROOT / "src").with_suffix("").parts) for one in sources}
        assert {one.removesuffix(".__init__") for one in wanted} <= names
    assert not any(name.startswith("procession.engine.steps") for name in names)


CLASSES = '''
from __future__ import annotations
from dataclasses import field
from procession.engine.records import record, value

LIMIT = 3
KNOWN: dict[str, int] = {}

@value(kw_only=True)
class Point:
    """A place."""

    x: int
    """Across."""
    y: int = LIMIT
    tags: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        return self.x + self.y
'''


def test_written_out_a_class_means_the_same() -> None:
    ours: dict[str, object] = {"__name__": __name__}
    exec(compile(unrolled(CLASSES), "classes.py", "exec"), ours)
    point: type = ours["Point"]  # type: ignore[assignment]
    one, other = point(x=1, tags=["a"]), point(x=1, y=3, tags=["a"])
    assert one == other and one != point(x=2) and one != "x"
    assert repr(one) == "Point(x=1, y=3, tags=['a'])"
    assert point(x=1).tags is not point(x=1).tags
    assert one.total == 4 and point.__doc__ == "A place."
    assert ours["LIMIT"] == 3 and ours["KNOWN"] == {}
    with pytest.raises(TypeError):
        point(1)


def plays(count: int, **how: str) -> list[str]:
    """What `tests.support.plays` prints; `folder`: of a compiled engine, `sources`: where the package is."""
    command = [sys.executable, "-m", "tests.support.plays", str(count), *([how["folder"]] if "folder" in how else [])]
    environment = {**os.environ, "PROCESSION_ENGINE": "" if "folder" in how else "interpreted", "PYTHONPATH": str(ROOT)}
    if "sources" in how:
        environment["PYTHONPATH"] = how["sources"] + os.pathsep + str(ROOT)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert how.get("folder", how.get("sources", str(ROOT / "src"))) in done.stderr, "another engine played"
    return done.stdout.splitlines()


@pytest.mark.timeout(600)
def test_the_sources_that_are_compiled_play_as_ours_do(tmp_path: Path) -> None:
    write_out(tmp_path)
    ours = plays(PLAYS)
    assert len(ours) == 4 * PLAYS
    assert plays(PLAYS, sources=str(tmp_path)) == ours


def test_without_a_c_compiler_a_sentence_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(CannotCompile, match=r"install one \(on Debian: 'apt-get install gcc'\)"):
        compile_engine(tmp_path / "to")


@pytest.fixture(scope="module")
def folder() -> Path:
    """An engine compiled from these sources; made anew where the one of the last run is of others.

    It takes a C compiler, and its lack is a failure: what is shipped has to have been compared.
    """
    to = ROOT / "build" / "compiled-engine"
    if not compiled.fitting(to)[0]:
        compile_engine(to)
    return to


@pytest.mark.deep
@pytest.mark.timeout(1_800)
def test_the_compiled_engine_plays_as_the_interpreted_one_does(folder: Path) -> None:
    ours = plays(DEEP_PLAYS)
    assert len(ours) == 4 * DEEP_PLAYS
    assert plays(DEEP_PLAYS, folder=str(folder)) == ours


RUN_ON = """
import sys
from pathlib import Path
from procession import compiled
compiled.use(Path(sys.argv[1]))
import pytest
import procession.engine.decide
assert procession.engine.decide.__loader__.__class__.__name__ == "ExtensionFileLoader"
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[2:]]))
"""


@pytest.mark.deep
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("tests", ["tests/engine", "tests/properties", "tests/rest", "tests/store"])
def test_the_compiled_engine_passes_the_tests_of_the_interpreted_one(folder: Path, tests: str) -> None:
    command = [sys.executable, "-c", RUN_ON, str(folder), tests]
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "PROCESSION_ENGINE"))
    }
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
