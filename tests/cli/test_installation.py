"""Commands that work with an installation: on a server of one's own, and from init to restore on the embedded one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from procession.bootstrap import opened
from procession.cli.serving import build_app, free_socket
from procession.settings import Settings
from tests.cli.conftest import Cli, Said

PASSWORD = "three or four words"
FIELDS = ("-f", "first_day=2026-07-01", "-f", "days=5")


@pytest.fixture
def company(office: Path, cli: Cli) -> Path:
    """Ana administers, Bo leads her, and the first workflow is published."""
    assert cli("admin", "create", "Ana Diaz", "ana@example.com", typed=PASSWORD).code == 0
    assert cli("ask", "person.add", "-f", "name=Bo Lind", "-f", "email=bo@example.com", "-f", "id=bo").code == 0
    ana = next(one["id"] for one in cli("ask", "person.list").json if one["email"] == "ana@example.com")
    assert cli("ask", "person.change", "-f", f"person={ana}", "-f", "manager=bo").code == 0
    assert cli("init", "w").code == 0
    assert cli("publish", "w").out == "Holiday request: version 1\n"
    return office


def test_without_an_administrator_it_says_how_to_make_one(office: Path, cli: Cli) -> None:
    said = cli("tasks")
    assert said.code == 1
    assert "procession admin create NAME EMAIL" in said.err
    assert cli("tasks", "--json").json["problems"][0]["code"] == "unauthenticated"


def test_there_is_one_first_administrator(company: Path, cli: Cli) -> None:
    said = cli("admin", "create", "Eve", "eve@example.com", typed=PASSWORD)
    assert (said.code, "There is an administrator already" in said.err) == (1, True)


def test_a_password_is_long_enough_and_given(company: Path, cli: Cli) -> None:
    assert "at least 10 characters" in cli("admin", "reset-password", "ana@example.com", typed="short").err
    assert cli("admin", "reset-password", "ana@example.com").code == 2
    assert "nobody with the address" in cli("admin", "reset-password", "eve@example.com", typed=PASSWORD).err
    assert cli("admin", "reset-password", "ana@example.com", "--json", typed="another four words").json["changed"]


def test_publishing_again_changes_nothing(company: Path, cli: Cli) -> None:
    assert cli("publish", "w").out == "Holiday request: version 1, unchanged\n"


def test_publishing_refuses_errors_and_publishes_nothing_of_the_folder(company: Path, cli: Cli) -> None:
    (company / "w" / "broken.yaml").write_text("workflow: b\ntitel: B\n", encoding="utf-8")
    said = cli("publish", "w")
    assert said.code == 1
    assert "did you mean title?" in said.out
    assert "Nothing was published." in said.out
    found = cli("publish", "w", "--json")
    assert (found.code, found.json["published"]) == (1, False)


def test_a_case_from_start_to_end(company: Path, cli: Cli) -> None:
    started = cli("start", "holiday-request", *FIELDS, "--json").json
    assert "Agree to the days off" in cli("tasks", "--as", "bo@example.com").out
    shown = cli("case", started["id"][:13])
    assert "now: Agree to the days off (Bo Lind)" in shown.out
    task = started["next"][0]["id"]
    done = cli("complete", task[:20], "--outcome", "approve", "--as", "bo@example.com")
    assert (done.code, done.out.startswith("Done: approve.")) == (0, True)
    assert "Bo Lind" in cli("case", started["id"]).out
    assert cli("case", started["id"], "--json").json["id"] == started["id"]
    assert cli("tasks", "--as", "bo@example.com").out == "Nothing to do.\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("start holiday-request", 1, "missing_field: First day is required."),
        ("start holiday-request -f days=5 -f first_day=soon", 1, "must be a date written year-month-day"),
        ("start holiday-request -f day=5", 1, "unknown_field: day is not asked here."),
        ("start holiday-request -f days", 2, "NAME=VALUE"),
        ("start holiday-request --with {", 2, "not JSON"),
        ("start holiday-request --with 3", 2, "one JSON object"),
        ("start holidays", 1, "no workflow 'holidays'"),
        ("tasks --as eve@example.com", 1, "There is no eve@example.com here."),
        ("complete ffff", 2, "'procession tasks' lists them"),
        ("case ffff", 1, "not_found"),
        ("ask person.get -f person=eve", 1, "not_found"),
        ("ask person.get", 1, "person"),
        ("ask person.get -f persn=bo", 1, "persn"),
    ],
)
def test_refusals_are_sentences(words: str, code: int, says: str, company: Path, cli: Cli) -> None:
    said = cli(*words.split())
    assert (said.code, says in said.err, said.out) == (code, True, ""), said.all
    found = cli(*words.split(), "--json")
    assert (found.code, found.json["ok"]) == (code, False)


def test_a_wrong_outcome_names_the_right_ones(company: Path, cli: Cli) -> None:
    task = cli("start", "holiday-request", *FIELDS, "--json").json["next"][0]["id"]
    said = cli("complete", task, "--outcome", "agree", "--as", "bo@example.com")
    assert (said.code, "approve" in said.err) == (1, True)
    assert cli("complete", task, "--outcome", "approve").code != 0  # Ana may not agree to her own
    assert "Agree to the days off" in cli("tasks", "--as", "bo@example.com").out


def test_a_prefix_of_two_tasks_is_refused(company: Path, cli: Cli) -> None:
    ids = [cli("start", "holiday-request", *FIELDS, "--json").json["next"][0]["id"] for _ in range(2)]
    said = cli("complete", ids[0][:4], "--outcome", "approve", "--as", "bo@example.com")
    assert said.code == 2
    assert all(one in said.err for one in ids)


def test_operations_are_listed_and_described(cli: Cli) -> None:
    assert "person.add" in cli("ask").out
    assert any(one["name"] == "task.complete" for one in cli("ask", "--json").json["operations"])
    assert "Full name." in cli("ask", "person.add", "--describe").out
    described = cli("ask", "person.add", "--describe", "--json").json
    assert {one["name"] for one in described["parameters"] if one["required"]} == {"name", "email"}


def test_restore_does_not_guess_that_you_mean_it(company: Path, cli: Cli) -> None:
    (company / "b").write_bytes(b"x")
    said = cli("restore", "b")
    assert (said.code, "--yes" in said.err) == (2, True)
    said = cli("restore", "b", "--yes")
    assert (said.code, "is no backup of Procession" in said.err) == (2, True)
    assert "Bo Lind" in cli("ask", "person.list").out


def test_a_backup_needs_a_passphrase_that_is_worth_it(company: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    said = cli("backup", "b")
    assert (said.code, "a passphrase is needed" in said.err) == (2, True)
    said = cli("backup", "b", typed="short\n")
    assert (said.code, "at least 12 characters; nothing was written" in said.err) == (2, True)
    monkeypatch.setenv("PROCESSION_BACKUP_PASSPHRASE", "short")
    assert "PROCESSION_BACKUP_PASSPHRASE must be at least 12 characters" in cli("backup", "b").err
    assert not (company / "b").exists()


@pytest.fixture
def server(company: Path) -> Iterator[str]:
    """The address of a server on the same database."""
    listening = free_socket("127.0.0.1", 0)
    with opened(Settings.from_environment(), pool_size=4) as installation:
        running = uvicorn.Server(uvicorn.Config(build_app(installation), log_level="critical"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


def test_the_same_commands_work_through_rest(server: str, cli: Cli) -> None:
    made = cli(
        "ask",
        "me.make_token",
        "--with",
        json.dumps({"name": "cli", "scopes": ["cases:write", "cases:read", "tasks:read"]}),
    )
    token = made.json["token"]
    there = ("--url", server, "--token", token)
    started = cli("start", "holiday-request", *FIELDS, *there, "--json").json
    assert "now: Agree to the days off" in cli("case", started["id"][:13], *there).out
    refused = cli("start", "holiday-request", *there)
    assert (refused.code, "missing_field" in refused.err) == (1, True)
    assert cli("tasks", "--url", server, "--token", "wrong").code == 1
    assert cli("tasks", "--url", server, "--as", "bo@example.com").code == 2


def run(folder: Path, *words: str, typed: str = "") -> Said:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PROCESSION_"))
    }
    environment["PROCESSION_DATA"] = str(folder / "data")
    done = subprocess.run(
        [sys.executable, "-m", "procession.cli", *words],
        input=typed,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.mark.timeout(400)  # eighteen processes, most of them with a database of their own
def test_from_init_to_restore_on_the_database_that_comes_along(tmp_path: Path) -> None:
    """Every command in the order in which a newcomer meets them, as processes of their own."""
    tmp_path.chmod(0o711)
    for words, typed, says in (
        ("init w", "", "made w/holiday-request.yaml"),
        ("check w", "", "all fine"),
        ("test w", "", "3 passed"),
        ("run w", "2026-07-01\n5\n\n1\napprove\n", "done"),
        ("admin create Ana ana@example.com", PASSWORD, "Ana is the administrator."),
        ("publish w", "", "version 1"),
        ("start holiday-request -f first_day=2026-07-01 -f days=5", "", "has started"),
        ("tasks --view all", "", "Agree to the days off"),
        ("backup monday.backup", PASSWORD, "monday.backup"),
        ("verify", "", "all as recorded"),
        ("start holiday-request -f first_day=2026-08-01 -f days=2", "", "has started"),
        ("restore monday.backup --yes", PASSWORD, "is restored"),
    ):
        said = run(tmp_path, *words.split(), typed=typed)
        assert (said.code, says in said.out) == (0, True), f"{words}: {said.all}"
    verified = json.loads(run(tmp_path, "verify", "--json").out)
    assert (verified["cases"], verified["sound"]) == (1, True)
    elsewhere = tmp_path / "another machine"
    elsewhere.mkdir(mode=0o711)
    shutil.copy(tmp_path / "monday.backup", elsewhere)
    said = run(elsewhere, "restore", "monday.backup", "--yes", typed="another passphrase")
    assert (said.code, "does not open with this passphrase" in said.err, "Traceback" in said.err) == (2, True, False)
    assert run(elsewhere, "restore", "monday.backup", "--yes", typed=PASSWORD).code == 0
    assert "Agree to the days off" in run(elsewhere, "tasks", "--view", "all").out
