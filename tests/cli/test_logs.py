"""`log`, `diagnose` and `export` answer in words, in JSON and as a page; bad input is a sentence and exit code 2."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from procession.analytics.log_diagnosis import SHARES, diagnose
from procession.interchange.event_log.reading import read_log
from tests.cli.conftest import Cli
from tests.interchange.event_log.given import given_log

LOG = given_log("simod__LoanApp_simplified")
ONLY_ENDS = given_log("opm__raw_itsm_2024")


def in_one_line(text: str) -> str:
    """Paragraphs are broken into lines."""
    return " ".join(text.split())


def test_a_log_is_measured_in_words(cli: Cli) -> None:
    said = cli("log", LOG)
    assert said.code == 0, said.err
    assert "500 cases with 3,620 steps done, from 9 Feb 2023 to 24 Mar 2023." in said.out
    assert "18 variants" in said.out and "AML check" in said.out
    assert "The moments name no time zone and are taken as UTC." in said.out


def test_figures_of_single_people_are_shown_where_asked_for(cli: Cli) -> None:
    assert "Senior Officer-000001" not in cli("log", LOG).out
    assert "Senior Officer-000001" in cli("log", LOG, "--people").out
    assert "people" not in cli("log", LOG, "--json").json["figures"]
    assert cli("log", LOG, "--json", "--people").json["figures"]["people"]


def test_cases_are_chosen(cli: Cli) -> None:
    some = cli("log", LOG, "--where", "Stand=Stone Ocean", "--from", "2023-02-20", "--json").json["figures"]
    assert 0 < some["cases"] < 500
    none = cli("log", LOG, "--from", "2030-01-01")
    assert none.code == 2 and "None of the 500 cases is chosen." in none.err
    wrong = cli("log", LOG, "--where", "Colour=red")
    assert wrong.code == 2 and "no field 'Colour'" in wrong.err


def test_a_diagnosis_adds_up_and_names_the_slowest_places(cli: Cli) -> None:
    found = cli("diagnose", LOG, "--json").json
    assert sum(found["diagnosis"]["shares"].values()) == pytest.approx(1, abs=1e-9)
    assert sum(found["diagnosis"]["parts"]) == found["diagnosis"]["cycle"]
    assert found["diagnosis"]["places"][0]["step"] == "Check application form completeness"
    said = cli("diagnose", LOG)
    assert "Check application form completeness takes" in in_one_line(said.out) and "closed hours" in said.out
    assert "not measured here" in in_one_line(said.out)


def test_waste_is_told_with_what_it_costs_and_the_cases_behind_it(cli: Cli) -> None:
    found = cli("diagnose", given_log("wta__PurchasingExample"), "--json").json["diagnosis"]["waste"]
    rework = next(one for one in found["findings"] if one["waste"] == "rework")
    assert rework["subject"] == "Analyze Request for Quotation" and len(rework["cases"]) == 149
    assert "149 times in all" in rework["number"] and rework["case_count"] == 149
    saved = rework["saved_hours_per_week"]
    assert 0 < saved["low"] < saved["hours"] < saved["high"]
    assert "unnecessary approval" in found["lacking"]
    said = in_one_line(cli("diagnose", given_log("wta__PurchasingExample")).out)
    assert rework["sentence"] in said and "Without it all cases together would end" in said


def test_money_is_hours_times_a_rate_and_called_an_assumption(cli: Cli, tmp_path: Path) -> None:
    log, page = given_log("wta__PurchasingExample"), tmp_path / "report.html"
    found = cli("diagnose", log, "--json", "--rate", "62.50", "--html", page).json["diagnosis"]
    assert (found["money"]["rate"], found["money"]["stated"]) == (62.5, True) and "assumption" in found["money"][
        "assumption"
    ]
    for one in (*found["findings"], *found["waste"]["findings"]):
        assert one["money_per_week"] == round(62.5 * one["hours_per_week"])
    assert "At 62.50 an hour (assumed)" in page.read_text("utf-8")
    wrong = cli("diagnose", log, "--rate", "5")
    assert wrong.code == 2 and "Enter between 10 and 1,000." in wrong.err


def test_whether_the_figures_hold_is_always_said(cli: Cli) -> None:
    said = in_one_line(cli("diagnose", given_log("ead__Loan_Application")).out)
    assert "Little's law does not hold" in said
    assert "Appraiser (99 %) is busy nearly all the time and what lies there becomes more" in said
    assert "Whether the figures hold" in said and "right the first time" in said
    checks = cli("diagnose", given_log("eventdataR__patients"), "--json").json["diagnosis"]["checks"]
    assert checks["open_cases"] == 8, "492 of 500 patients have checked out"
    assert checks["median_with_open"] > checks["median"]


@pytest.mark.parametrize("name", ["simod__LoanApp_simplified", "wta__PurchasingExample", "opm__raw_billing_2024"])
def test_the_time_of_every_log_is_divided_exactly(name: str) -> None:
    """Cycles, and the time of each place, are the sum of their parts to the microsecond."""
    table = read_log(given_log(name)).table
    found = diagnose(table)
    first = table.first_rows[:-1]
    begins = np.minimum.reduceat(table.ready, first)
    assert found.cycle == int((np.maximum.reduceat(table.end, first) - begins).sum()) == sum(found.parts)
    assert all(sum(one.parts) == one.total for one in found.places)
    assert sum(one.total for one in found.places) == found.cycle


def test_what_is_estimated_is_a_bound_and_says_so(cli: Cli) -> None:
    said = cli("diagnose", ONLY_ENDS)
    assert "For 100 % of the steps the log does not say when they were begun" in in_one_line(said.out)
    for part in ("working", "waiting", "handoff"):
        assert re.search(rf"^{part} +0 % to [1-9][0-9]+ % ", said.out, re.MULTILINE)
    assert "busy with earlier work" not in said.out, "nobody knows when anybody was busy"
    assert "Can one person fix it" not in said.out, "where the verdict is not spoken"


def test_a_step_outside_is_time_outside(cli: Cli) -> None:
    given = cli("diagnose", LOG, "--outside", "Assess loan risk", "--json").json
    assert given["diagnosis"]["shares"]["outside"] > 0
    wrong = cli("diagnose", LOG, "--outside", "Nothing")
    assert wrong.code == 2 and "There is no step 'Nothing'." in wrong.err


def test_the_page_stands_alone(cli: Cli, tmp_path: Path) -> None:
    """No scripts, nothing loaded, both themes, and every name of the log as text and nothing else."""
    path = tmp_path / "log.csv"
    rows = "".join(
        f"{n},<script>alert(1)</script>,2026-01-0{1 + n % 5} 08:00,2026-01-0{1 + n % 5} 09:00,ann\n" for n in range(30)
    )
    path.write_text("case,step,start,end,resource\n" + rows)
    page = tmp_path / "report.html"
    assert cli("diagnose", path, "--html", page).code == 0
    text = page.read_text("utf-8")
    assert "<script" not in text and "&lt;script&gt;" in text
    assert not re.search(r"(src|href)=|url\(|@import", text)
    assert "prefers-color-scheme:dark" in text and "@media print" in text
    body = text[text.index("<main>") : text.index("</main>") + len("</main>")]
    drawn = ElementTree.fromstring(body.replace("&nbsp;", " "))
    labels = [one.get("aria-label") for one in drawn.iter() if one.tag.endswith("svg")]
    assert len(labels) >= 2 and all(labels)
    for part in SHARES:
        assert part in text


def test_a_log_goes_into_another_format_and_back(cli: Cli, tmp_path: Path) -> None:
    assert "Written to" in cli("export", LOG, "--to", tmp_path / "log.xes.gz").out
    assert (
        cli("export", tmp_path / "log.xes.gz", "--to", tmp_path / "log.parquet", "--json").json["format"] == "parquet"
    )
    one, other = read_log(LOG).table, read_log(tmp_path / "log.parquet").table
    assert np.array_equal(one.end, other.end) and one.step_names == other.step_names


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("log", "nowhere.csv"), "There is no file 'nowhere.csv'."),
        (("log", LOG, "--column", "case"), "--column needs MEANING=NAME, not 'case'."),
        (("log", LOG, "--zone", "Nowhere"), "There is no time zone 'Nowhere'."),
        (("log", LOG, "--from", "soon"), "--from soon: that is no date."),
        (("export", LOG, "--to", "log.docx"), "'log.docx' names no format."),
        (("diagnose", given_log("opm__outcome_employee_onboarding_2024")), "No column was found for the step"),
    ],
)
def test_bad_input_is_a_sentence(words: tuple[str | Path, ...], sentence: str, cli: Cli) -> None:
    said = cli(*words)
    assert said.code == 2 and sentence in said.err
    in_json = cli(*words, "--json")
    assert in_json.code == 2 and sentence in in_json.json["problems"][0]["sentence"]


def test_rows_that_were_left_out_are_written(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("case,step,end\n1,a,2026-01-05 08:00\n,b,2026-01-05 08:00\n")
    assert cli("log", path, "--errors", tmp_path / "errors.csv").code == 0
    assert (tmp_path / "errors.csv").read_text() == "row,reason\n3,it names no case\n"


def test_dates_that_read_in_two_ways_are_asked(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("case,step,end\n1,a,01/02/2026 08:00\n1,b,03/02/2026 08:00\n")
    asked = cli("log", path)
    assert asked.code == 2 and "--dates day-first or --dates month-first" in asked.err
    assert "from 1 Feb 2026 to 3 Feb 2026" in cli("log", path, "--dates", "day-first").out


def decided(path: Path, *, whole_case: bool = False, words: tuple[str, str] = ("approved", "rejected")) -> Path:
    """300 orders: a check refuses every third, four of five times for one reason; a manager never says no."""
    yes, no = words
    lines = ["case,step,start,end,resource,decision,reason"]
    for n in range(300):
        at = datetime(2026, 1, 5, 8) + timedelta(hours=3 * n)
        bad, why = n % 3 == 0, "no cost centre" if n % 15 else "wrong sum"
        checked = no if bad else yes
        told = (checked,) * 5 if whole_case else ("", checked, "", yes, "")
        steps = ("write order", "check form", "send by e-mail", "approve", "book")
        for step, who, said in zip(steps, (f"w{n % 4}", "cy", "cy", "mo", "SYSTEM"), told, strict=True):
            at += timedelta(hours=5)
            reason = why if bad and step == "check form" else ""
            lines.append(
                f"{n},{step},{at:%Y-%m-%d %H:%M},{at + timedelta(minutes=20):%Y-%m-%d %H:%M},{who},{said},{reason}"
            )
    path.write_text("\n".join(lines) + "\n")
    return path


def wasted(cli: Cli, *words: str | Path) -> tuple[dict[str, list[str]], str]:
    found = cli("diagnose", *words, "--json").json["diagnosis"]["waste"]
    return {one["waste"]: one["cases"] for one in found["findings"]}, found["lacking"]


def test_outcomes_of_a_log_are_read(cli: Cli, tmp_path: Path) -> None:
    found, lacking = wasted(cli, decided(tmp_path / "log.csv"))
    assert len(found["unnecessary approval"]) == 300
    assert len(found["repeated error"]) == 80, "of 100 refusals 80 say that there was no cost centre"
    assert "decided" not in lacking and "e-mail handoff" not in lacking
    renamed, _ = wasted(cli, decided(tmp_path / "log.csv", words=("geht", "geht nicht")), "--refused", "geht nicht")
    assert renamed == found


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ({"whole_case": True}, "its column of outcomes says the same at every step of a case"),
        ({"words": ("green", "red")}, "its outcomes, such as 'red', say neither yes nor no in words that are known"),
    ],
)
def test_outcomes_that_cannot_be_used_are_told_of(
    made: dict[str, Any], sentence: str, cli: Cli, tmp_path: Path
) -> None:
    found, lacking = wasted(cli, decided(tmp_path / "log.csv", **made))
    assert "unnecessary approval" not in found and sentence in lacking


def test_a_step_that_passes_work_on_by_mail_may_be_named(cli: Cli, tmp_path: Path) -> None:
    path = decided(tmp_path / "log.csv")
    path.write_text(path.read_text().replace("send by e-mail", "pass on"))
    assert "e-mail handoff (no step is called mail or e-mail" in wasted(cli, path)[1]
    assert "e-mail handoff" not in wasted(cli, path, "--mail", "pass on")[1]
    assert (
        "is done by nobody who is named, or by a program"
        in wasted(cli, path, "--mail", "pass on", "--automatic", "pass on")[1]
    )
    assert cli("diagnose", path, "--mail", "nowhere").code == 2
