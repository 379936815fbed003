"""Who may import whom, as `pyproject.toml` says it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    lint = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [sys.executable, lint, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def project_with(folder: Path, files: dict[str, str]) -> Path:
    """A project with our contracts and other modules, to see that the contracts do refuse something."""
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for name, text in {"__init__.py": "", "engine/__init__.py": "", **files}.items():
        path = folder / "src" / "procession" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_no_layer_imports_one_above_it() -> None:
    checked = check(ROOT)
    assert checked.returncode == 0, checked.stdout


def test_an_import_upwards_is_refused(tmp_path: Path) -> None:
    checked = check(
        project_with(
            tmp_path,
            {
                "engine/upwards.py": "import procession.settings\nimport procession.store\n",
                "store/__init__.py": "",
                "settings.py": "",
            },
        )
    )
    assert checked.returncode == 1
    assert "procession.engine is not allowed to import procession.store" in checked.stdout


def test_a_folder_of_no_layer_is_refused(tmp_path: Path) -> None:
    checked = check(project_with(tmp_path, {"utils/__init__.py": ""}))
    assert checked.returncode == 1
    assert "utils" in checked.stdout + checked.stderr


def test_an_engine_that_draws_lots_is_refused(tmp_path: Path) -> None:
    checked = check(project_with(tmp_path, {"engine/lots.py": "import random\n"}))
    assert checked.returncode == 1
    assert "procession.engine is not allowed to import random" in checked.stdout
