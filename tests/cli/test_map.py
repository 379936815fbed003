"""`procession map`: short lines become files, all of them or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from procession.cli.main import main

LINES = """\
hiring
feedback was everything there?

ask, hr
write advert,,1h,1h

meet, hr
talk,,1h,1h
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    file = tmp_path / "hiring.txt"
    file.write_text(LINES, encoding="utf-8")
    return file


def test_the_files_can_be_checked(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lines.parent / "hiring"
    assert run("map", str(lines), "-o", str(folder)) == 0
    assert sorted(one.name for one in folder.iterdir()) == ["ask.yaml", "hiring.yaml", "meet.yaml"]
    assert f"made {folder / 'hiring.yaml'}" in capsys.readouterr().out
    assert run("check", str(folder)) == 0


def test_nothing_that_is_there_is_replaced(lines: Path) -> None:
    folder = lines.parent / "hiring"
    folder.mkdir()
    (folder / "meet.yaml").write_text("mine", encoding="utf-8")
    assert run("map", str(lines), "-o", str(folder)) == 2
    assert [one.name for one in folder.iterdir()] == ["meet.yaml"]
    assert (folder / "meet.yaml").read_text(encoding="utf-8") == "mine"


def test_a_line_that_is_not_understood_is_named_and_nothing_is_written(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines.write_text(LINES.replace("1h,1h", "1h,soon", 1), encoding="utf-8")
    assert run("map", str(lines), "-o", str(lines.parent / "out"), "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert [(one["line"], one["sentence"]) for one in said["findings"]] == [(5, "'soon' is not a length of time.")]
    assert not (lines.parent / "out").exists()


def test_without_a_folder_the_yaml_is_printed(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("map", str(lines)) == 0
    said = capsys.readouterr().out
    assert "workflow: ask" in said and "process: hiring" in said


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * 400_001])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "odd.txt"
    file.write_bytes(content)
    assert run("map", str(file)) == 2
    assert run("map", str(tmp_path / "missing.txt")) == 2
