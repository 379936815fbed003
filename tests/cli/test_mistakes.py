"""What beginners get wrong, one line each: the command, its exit code, and words that its answer needs to have.

No answer is a traceback, nothing is changed by any of them, and the same mistake with `--json` is a JSON document.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

FILES = {
    "good/one.yaml": "workflow: one\ntitle: One\nfields: {n: integer}\nstart: {form: [n]}\n"
    "steps:\n  - {task: Do it, assign: starter}\n",
    "good/one.test.yaml": "workflow: one\npeople: {ana: {}}\ntests:\n"
    "  - {name: begins, start: {by: ana, with: {n: 1}}, expect: {open: [Do it]}}\n",
    "typo.yaml": "workflow: typo\ntitel: Typo\nsteps:\n  - {task: Do it, assign: starter}\n",
    "tabs.yaml": "workflow: tabs\n\ttitle: Tabs\n",
    "list.yaml": "- one\n- two\n",
    "blank.yaml": "",
    "binary.yaml": "\udcff\udcfe\udcfd",
    "later.yaml": "workflow: later\ntitle: Later\nsteps:\n  - {agent: Read it, assign: starter}\n",
    "nowhere.yaml": "workflow: nowhere\ntitle: No\nsteps:\n"
    "  - {task: A, assign: starter, next: Bee}\n  - {task: B, assign: starter}\n",
    "expression.yaml": "workflow: e\ntitle: E\nfields: {n: integer}\nsteps:\n"
    "  - {task: A, assign: starter, when: m > 1}\n",
    "wrong.test.yaml": "workflow: one\ntests:\n  - {nam: x}\n",
    "data.json": '{"n": 1}',
    "broken.json": '{"n": ',
    "array.json": "[1]",
    "plain.txt": "hello",
}

MISTAKES: list[tuple[str, int, str]] = [
    ("chek good", 2, "Did you mean 'check'?"),
    ("frobnicate", 2, "lists the commands"),
    ("check --strct good", 2, "--strict"),
    ("check nowhere", 2, "no file or folder 'nowhere'"),
    ("check plain", 2, "no definitions here"),
    ("check typo.yaml", 1, "did you mean title?"),
    ("check tabs.yaml", 1, "yaml_error"),
    ("check list.yaml", 1, "list.yaml:1:1"),
    ("check blank.yaml", 1, "blank.yaml:1:1"),
    ("check binary.yaml", 1, "UTF-8"),
    ("check later.yaml", 1, "not_available"),
    ("check nowhere.yaml", 1, "Bee"),
    ("check expression.yaml", 1, "'m'"),
    ("check good good/one.yaml", 1, "duplicate_id"),
    ("test nowhere", 2, "no file or folder"),
    ("test plain", 2, ".test.yaml"),
    ("test good -k nothing", 2, "whose name contains 'nothing'"),
    ("test wrong.test.yaml", 1, "wrong.test.yaml:3"),
    ("test typo.yaml", 1, "did you mean title?"),
    ("draw", 2, "Missing argument"),
    ("draw nowhere", 2, "no file or folder"),
    ("draw plain", 2, "no definition in plain"),
    ("draw good -o a.gif", 2, ".svg or .png"),
    ("draw good -o missing/a.svg", 2, "No such file or directory: missing/a.svg"),
    ("draw good --id two", 2, "no definition 'two'"),
    ("draw binary.yaml", 1, "UTF-8"),
    ("feel", 2, "Missing argument"),
    ("feel n --with nowhere.json", 2, "no file 'nowhere.json'"),
    ("feel n --with broken.json", 2, "not JSON"),
    ("feel n --with array.json", 2, "one JSON object"),
    ("feel (1", 1, "line 1, column"),
    ("run nowhere", 2, "no file or folder"),
    ("run plain", 2, "no definition in plain"),
    ("run good --with {", 2, "not JSON"),
    ("run good --with []", 2, "one JSON object"),
    ('run good --with {"n":"x"}', 1, "invalid_field"),
    ('run good --with {"m":1}', 1, "unknown_field"),
    ("run typo.yaml", 1, "did you mean title?"),
    ("run good --id two", 2, "no definition 'two'"),
    ("init plain.txt", 2, "is a file; name a folder"),
    ("backup data.json", 2, "is there already"),
    ("restore nowhere.zip", 2, "no file 'nowhere.zip'"),
    ("publish", 2, "Missing argument"),
    ("publish nowhere", 2, "no file or folder"),
    ("publish plain", 2, "no .yaml files"),
    ("publish binary.yaml", 2, "UTF-8"),
    ("tasks --token x", 2, "--token goes with --url"),
    ("tasks --url 127.0.0.1:8000", 2, "such as http://"),
    ("tasks --url http://127.0.0.1:1", 2, "cannot be reached"),
    ("tasks --view nobodys", 2, "'nobodys' is not one of"),
    ("ask person.chnge", 2, "Did you mean 'person.change'?"),
    ("ask nonsense", 2, "lists them"),
    ("serve --port 70000", 2, "65535"),
    ("admin create Ana", 2, "Missing argument 'EMAIL'"),
    ("admin frob", 2, "frob"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROCESSION_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize(("words", "code", "says"), MISTAKES, ids=[words for words, _, _ in MISTAKES])
def test_a_mistake_gets_a_sentence_and_changes_nothing(
    words: str, code: int, says: str, folder: Path, cli: Cli
) -> None:
    before = content(folder)
    said = cli(*words.split())
    assert (said.code, says in said.all, "Traceback" in said.all) == (code, True, False), said.all
    assert content(folder) == before
    in_json = cli(*words.split(), "--json")
    assert in_json.code == code
    assert json.dumps(in_json.json)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PROCESSION_PORT", "eighty", "PROCESSION_PORT must be a port"),
        ("PROCESSION_PROT", "80", "did you mean PROCESSION_PORT?"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must be"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", "The database cannot be used"),
        ("PROCESSION_DATA", "plain.txt", "is not a folder: choose another data folder"),
        ("PROCESSION_SECRET_KEY", "short", "at least 32 characters"),
    ],
)
def test_a_wrong_setting_is_named(
    variable: str, value: str, says: str, folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    said = cli("tasks")
    assert (said.code, says in said.err, "Traceback" in said.all) == (2, True, False), said.all
