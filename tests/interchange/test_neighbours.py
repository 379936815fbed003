"""What a folder uses and does not hold is named where it stands beside it."""

from pathlib import Path

from procession.interchange.folder import read_folder
from procession.interchange.neighbours import elsewhere, holds_definition, needed

PROCESS = """\
process: lunch
title: Lunch
owner: kitchen
workflows: {soup: {use: soup}}
handoffs: [{from: start, to: soup}]
feedback: {from: soup.completed, to: kitchen, ask: Was it hot?}
"""
PARENT = """\
workflow: buffet
title: Buffet
start: {by: nobody, form: []}
steps:
  - workflow: Cook the soup
    use: soup
"""
SOUP = """\
workflow: soup
title: Soup
start: {form: []}
steps:
  - {task: Cook, assign: starter}
"""


def kitchen(tmp_path: Path, text: str = PROCESS) -> Path:
    for name, file, content in (("lunch", "lunch.yaml", text), ("soup", "soup.yaml", SOUP)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(content, encoding="utf-8")
    return tmp_path / "lunch"


def test_a_member_that_stands_beside_the_folder_is_said_to(tmp_path: Path) -> None:
    lunch = kitchen(tmp_path)
    (found,) = read_folder(lunch).check()
    assert found.code == "unknown_workflow"
    assert found.hint is not None
    assert found.hint.startswith("it stands in ../soup")
    assert found.hint.endswith(f"{lunch} {tmp_path / 'soup'}")


def test_so_is_a_child_and_so_it_is_for_a_single_file(tmp_path: Path) -> None:
    lunch = kitchen(tmp_path, PARENT)
    for path in (lunch, lunch / "lunch.yaml"):
        hints = [one.hint for one in read_folder(path).check() if one.code == "unknown_workflow"]
        assert len(hints) == 1
        assert str(hints[0]).startswith("it stands in ../soup")


def test_both_folders_together_are_fine(tmp_path: Path) -> None:
    lunch = kitchen(tmp_path)
    both = (lunch, tmp_path / "soup")
    assert [one for one in read_folder(*both).check() if one.severity == "error"] == []
    assert needed(lunch, read_folder(lunch).definitions) == (tmp_path / "soup",)
    assert needed(tmp_path / "soup", read_folder(tmp_path / "soup").definitions) == ()


def test_what_stands_nowhere_keeps_the_usual_hint(tmp_path: Path) -> None:
    lunch = kitchen(tmp_path, PROCESS.replace("use: soup", "use: stew"))
    (found,) = [one for one in read_folder(lunch).check() if one.code == "unknown_workflow"]
    assert "stands in" not in str(found.hint)


def test_hidden_folders_and_unreadable_files_are_passed_over(tmp_path: Path) -> None:
    lunch = kitchen(tmp_path)
    (tmp_path / "soup").rename(tmp_path / ".soup")
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "bytes.yaml").write_bytes(b"\xff\xfe\x00workflow: \xff")
    assert elsewhere([lunch]) == {}


def test_tests_and_histories_are_no_definitions(tmp_path: Path) -> None:
    lunch = kitchen(tmp_path)
    (lunch / "lunch.history.yaml").write_text("history: lunch\n", encoding="utf-8")
    assert [one.code for one in read_folder(lunch).findings] == []
    names = ("a.yaml", "a.yml", "a.test.yaml", "a.history.yaml", "a.txt")
    assert [name for name in names if holds_definition(name)] == ["a.yaml", "a.yml"]
