"""`make run` and `make test` on machines that lack something: one sentence with the remedy, and exit code 1."""

from __future__ import annotations

import ast
import errno
import importlib.util
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as it would run in an empty checkout, in a folder with a space."""
    project = tmp_path / "a checkout"
    (project / "tools").mkdir(parents=True)
    for name in ("tools/bootstrap.py", "tools/requirements-uv.lock", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, project / name)
    for name in ("pyproject.toml", "procession"):
        shutil.copy(ROOT / name, project)
    spec = importlib.util.spec_from_file_location("bootstrap", project / "tools" / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refusal(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str], command: str = "run") -> str:
    assert bootstrap.main([command]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1, "one sentence, not more"
    return said


def test_an_old_python_can_read_the_script() -> None:
    ast.parse((ROOT / "tools" / "bootstrap.py").read_text(), feature_version=(3, 6))


def test_an_old_python_is_told_what_is_needed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 10, "final", 0))
    monkeypatch.setenv("PATH", "")
    assert refusal(bootstrap, capsys) == (
        "Procession needs Python 3.11 or later and this is 3.8: install a newer Python, or name one with "
        "'make PYTHON=/path/to/python3 ...'.\n"
    )


def test_an_old_python_hands_over_to_a_newer_one_beside_it(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    became: list[list[str]] = []

    def become(_path: str, command: list[str]) -> None:
        became.append(command)
        raise SystemExit

    monkeypatch.setattr(sys, "version_info", (3, 9, 0, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap.os, "execv", become)
    with pytest.raises(SystemExit):
        bootstrap.main(["run", "--port", "9000"])
    assert became == [[str(newer), bootstrap.__file__, "run", "--port", "9000"]]


def test_a_python_without_venv_is_told_the_package(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    assert "apt-get install python3-venv" in refusal(bootstrap, capsys)


def test_too_little_disk_space_is_said_before_anything_is_written(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: SimpleNamespace(free=40_000_000))
    said = refusal(bootstrap, capsys)
    assert "is full (40 MB are free): free about 1500 MB" in said
    assert not Path(bootstrap.VENV).exists()


def test_a_disk_that_fills_up_on_the_way_is_said(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bootstrap, "install", full)
    assert "is full (nothing more can be written)" in refusal(bootstrap, capsys)


def test_the_error_of_a_failed_installation_is_named(bootstrap: ModuleType) -> None:
    script = "print('Collecting'); print('OSError: the file is gone.'); raise SystemExit(1)"
    with pytest.raises(bootstrap.CannotGoOn, match=r"^Installing failed \(OSError: the file is gone\); .*install\.log"):
        bootstrap.run_logged([sys.executable, "-c", script])


def test_a_full_disk_is_recognised_in_what_pip_prints(bootstrap: ModuleType) -> None:
    script = "print('ERROR: [Errno 28] No space left on device'); raise SystemExit(1)"
    with pytest.raises(bootstrap.CannotGoOn, match="is full"):
        bootstrap.run_logged([sys.executable, "-c", script])


def test_a_folder_of_somebody_else_is_said(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/srv/procession/.venv")

    monkeypatch.setattr(bootstrap, "install", refused)
    assert refusal(bootstrap, capsys).startswith("No permission for /srv/procession/.venv: run make as its owner")


def test_what_is_installed_already_is_not_installed_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(bootstrap.PYTHON).parent.mkdir(parents=True)
    Path(bootstrap.PYTHON).symlink_to(sys.executable)
    done: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "make_environment", lambda: None)
    monkeypatch.setattr(bootstrap, "install_packages", done.append)
    bootstrap.install("requirements-dev.lock")
    assert len(done) == 2
    bootstrap.install("requirements-dev.lock")
    bootstrap.install("requirements.lock")
    assert len(done) == 2
    lock = Path(bootstrap.ROOT, "requirements-dev.lock")
    lock.write_text(lock.read_text() + "# changed\n")
    bootstrap.install("requirements-dev.lock")
    assert len(done) == 4


def test_an_index_of_ones_own_is_told_to_uv(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        "global.index-url='https://packages.example.org/simple'\n"
        "global.find-links='\\n/first\\n/second'\n"
        "global.cert='/from/the/file.pem'\n"
        ":env:.cert='/from/the/environment.pem'\n"
    )
    monkeypatch.setattr(bootstrap, "output_of", lambda command: told)
    for variable in bootstrap.PIP_TO_UV.values():
        monkeypatch.delenv(variable, raising=False)
    environment = bootstrap.uv_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://packages.example.org/simple"
    assert environment["UV_FIND_LINKS"] == "/first,/second"
    assert environment["SSL_CERT_FILE"] == "/from/the/environment.pem"


def test_pip_installs_where_uv_cannot(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run_quietly", lambda command, environment=None: ran.append(command) or 1)
    monkeypatch.setattr(bootstrap, "run_logged", ran.append)
    bootstrap.install_packages(["-r", "some.lock"])
    assert ran[-1][1:4] == ["-m", "pip", "install"] and ran[-1][-2:] == ["-r", "some.lock"]


def test_a_named_browser_that_does_not_run_is_said(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "install", lambda lock: None)
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert refusal(bootstrap, capsys, "test") == (
        "CHROMIUM is set to /no/such/browser, which does not run: correct it or unset it.\n"
    )


def test_a_machine_without_browser_fails_the_tests_with_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "install", lambda lock: None)
    monkeypatch.setattr(bootstrap, "output_of", lambda command: "/no/such/browser\n")
    monkeypatch.setattr(bootstrap, "run_quietly", lambda command, environment=None: 1)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    assert "The browser tests need Chromium: install it" in refusal(bootstrap, capsys, "test")


def test_a_browser_on_the_path_is_taken(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    browser = tmp_path / "google-chrome"
    browser.write_text("#!/bin/sh\necho 1.0\n")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.chromium() == str(browser)


def test_the_launcher_says_how_to_install(bootstrap: ModuleType) -> None:
    asked = subprocess.run([Path(bootstrap.ROOT, "procession"), "--help"], capture_output=True, text=True, check=False)
    assert asked.returncode == 1
    assert asked.stderr.startswith("Procession is not installed here yet: run 'make run' once in ")
