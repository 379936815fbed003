"""Compiles what decides and makes rows to C with mypyc, some four times faster. See docs/how-to/compiled-engine.md.

    python -m tools.compile_engine [--to FOLDER]

The sources are copied to a folder below `build`, their dataclasses written out (`tools/native_classes.py`), compiled there, and
put into `src/procession/_compiled` as a whole: `procession.compiled` takes them from there as long as the sources are
those they were made from. Needs the development environment and a C compiler.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from procession import compiled
from tools.native_classes import unrolled

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src"
BUILD = ROOT / "build"
GROUP = "procession_engine"
MODULES = (
    "canonical", "case", "commands", "decide", "definition", "events", "evolve", "field_input", "fields", "instants",
    "moment", "program", "stored_values",
)  # fmt: skip
"""What deciding passes through, packages as a whole. Step types stay as they are: theirs is the door for plugins."""

ROWS = ("chain", "plain", "projections", "single", "writing")
"""Modules of the store, which make rows of what was decided."""


class CannotCompile(Exception):
    """What is wrong and what helps, in one sentence."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.compile_engine", description="Compiles the engine.")
    parser.add_argument("--to", type=Path, default=SOURCES / "procession" / "_compiled", help="where it is put")
    parser.add_argument("--plain", action="store_true", help="only write out the sources that would be compiled")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        if options.plain:
            write_out(options.to)
            return 0
        compile_engine(options.to)
    except CannotCompile as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"The compiled engine is in {options.to} ({time.monotonic() - began:.0f} s).")
    return 0


def modules() -> Iterator[tuple[str, Path]]:
    """The modules that are compiled, by name, with their sources."""
    package = SOURCES / "procession"
    for place in [*(package / "engine" / name for name in MODULES), *(package / "store" / name for name in ROWS)]:
        for file in sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
            dotted = ".".join(file.relative_to(SOURCES).with_suffix("").parts)
            yield dotted.removesuffix(".__init__"), file


def write_out(folder: Path) -> None:
    """Copy the package into the folder, with the classes of its compiled modules written out."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "_compiled", "static", "templates", "vendor")
    shutil.copytree(SOURCES / "procession", folder / "procession", ignore=ignored)
    for _, file in modules():
        (folder / file.relative_to(SOURCES)).write_text(unrolled(file.read_text("utf-8")), encoding="utf-8")


def compile_engine(to: Path) -> None:
    """Compile, and put the result in the place of what is there. Raises CannotCompile."""
    if shutil.which(os.environ.get("CC", "cc").split()[0]) is None:
        raise CannotCompile("The engine is compiled with a C compiler: install one (on Debian: 'apt-get install gcc').")
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="engine-", dir=BUILD) as folder, (BUILD / "engine.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if compiled.fitting(to)[0].keys() != _names():  # who waited finds what the one before has made
            _compile(Path(folder), to)


def _names() -> set[str]:
    return {f"{GROUP}__mypyc", *(name for name, _ in modules())}


def _compile(tree: Path, to: Path) -> None:
    made = dict(modules())
    # All of the engine: what is compiled counts on the types of what is not.
    package = SOURCES / "procession"
    read = {*(package / "engine").rglob("*.py"), *made.values()}
    sources = {str(file.relative_to(package)): _digest(file) for file in sorted(read)}
    write_out(tree)
    _run_compiler(tree, [str(file.relative_to(SOURCES)) for file in made.values()])
    suffix = EXTENSION_SUFFIXES[0]
    files = {name: f"{file.relative_to(SOURCES).with_suffix('')}{suffix}" for name, file in made.items()}
    files[f"{GROUP}__mypyc"] = f"{GROUP}__mypyc{suffix}"
    draft = to.with_name(f"{to.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    for file in files.values():
        (draft / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tree / file, draft / file)
    about = {"python": suffix, "sources": sources, "modules": files}
    (draft / "engine.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(to, ignore_errors=True)
    draft.rename(to)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


FLAGS = "-fno-plt -fno-semantic-interposition"
"""For the C compiler: shorter ways to functions of Python and of our own."""

SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup
extensions = mypycify(
    # `replace` asks for what it takes to be a dataclass, and the classes that are written out are none to mypy.
    ["--follow-imports=silent", "--ignore-missing-imports", "--disable-error-code=type-var", *sys.argv[2:]],
    opt_level="3", debug_level="0", group_name=sys.argv[1], target_dir="c",
)
setup(name="engine", ext_modules=extensions, script_args=["--quiet", "build_ext", "--inplace"])
"""


def _run_compiler(tree: Path, files: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SETUP, GROUP, *files], cwd=tree, capture_output=True, text=True, check=False,
        env={**os.environ, "PROCESSION_ENGINE": "interpreted", "CFLAGS": f"{os.environ.get('CFLAGS', '')} {FLAGS}"},
    )  # fmt: skip
    if done.returncode != 0:
        raise CannotCompile(f"The engine did not compile:\n{(done.stdout + done.stderr).strip()[-4000:]}")


if __name__ == "__main__":
    sys.exit(main())
