"""`procession draw --heat`: a published process, coloured by its cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Cli
from tests.support.database import Database
from tests.support.pages import COMPANY, company

PROCESS = "employee-onboarding"
EXAMPLE = Path(__file__).parents[2] / "examples" / PROCESS


@pytest.fixture
def lived(package_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An installation whose organisation has a past."""
    with company(package_database.app_url):
        monkeypatch.setenv("DATABASE_URL", package_database.app_url)
        monkeypatch.setenv("DATABASE_OWNER_URL", package_database.owner_url)
        monkeypatch.setenv("PROCESSION_DATA", str(tmp_path / "data"))
        monkeypatch.setattr("procession.bootstrap.ORGANISATION", COMPANY)
        yield


@pytest.mark.usefixtures("lived")
def test_the_map_has_the_colours_of_its_cases(cli: Cli, tmp_path: Path) -> None:
    plain = cli("draw", EXAMPLE, "--id", PROCESS, "--json").json["svg"]
    answer = cli("draw", PROCESS, "--heat", "waiting", "--json")
    assert answer.code == 0, answer.all
    assert answer.json["cases"] >= 5
    ElementTree.fromstring(answer.json["svg"])
    assert "Waiting before it starts (median)" in answer.json["svg"] and answer.json["svg"] != plain
    assert cli("draw", PROCESS, "--heat", "rework", "--json").json["svg"] != answer.json["svg"]
    written = cli("draw", EXAMPLE, "--id", PROCESS, "--heat", "open", "-o", tmp_path / "map.png", "--dark")
    assert written.code == 0, written.all
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("lived")
def test_what_has_no_figures_is_refused_in_a_sentence(cli: Cli, tmp_path: Path) -> None:
    assert "is a workflow" in cli("draw", "background-check", "--heat", "waiting").err
    assert cli("draw", "nothing-like-it", "--heat", "waiting").code == 1
    assert "should end in .svg or .png" in cli("draw", PROCESS, "--heat", "waiting", "-o", tmp_path / "a.gif").err


def test_the_options_of_an_installation_need_heat(cli: Cli) -> None:
    said = cli("draw", EXAMPLE, "--as", "bo@example.com")
    assert said.code == 2 and "go with --heat" in said.err
