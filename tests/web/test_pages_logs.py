"""Event logs in the browser, without any script: brought, matched by hand, read, looked at, deleted; bad ones refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from procession.cli.main import main
from procession.jobs.logs import run_log
from procession.jobs.work import Tools
from procession.settings import Settings
from procession.store.store import Store
from tests.interchange.event_log.given import given_log
from tests.support import foreign_log
from tests.support.browser import served
from tests.support.database import Database
from tests.support.linked_logs import ORDERS, linked_logs
from tests.support.work import SHOP, Visitor, application, plain, shop


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as opened:
        yield opened


@pytest.fixture
def ana(store: Store, tmp_path: Path) -> Iterator[Visitor]:
    with served(application(store, tmp_path / "files")) as address:
        somebody = Visitor(address)
        with somebody.web:
            yield somebody.be("ana")


def bring(ana: Visitor, name: str, content: bytes) -> httpx.Response:
    return ana.post("/import/log", files={"file": (name, content)})


def diagnosed(store: Store, folder: Path, log: str, chosen: str = "") -> None:
    """Do what waits for a log, as a worker does."""
    run_log(Tools.of(store, Settings(data=folder)), SHOP, log, chosen)


def id_in(answer: httpx.Response) -> str:
    found = re.search(r"[0-9a-f-]{36}", str(answer.url))
    assert found is not None, answer.url
    return found.group()


def test_a_file_becomes_a_page_that_says_where_its_time_goes(ana: Visitor, store: Store, tmp_path: Path) -> None:
    looked = bring(ana, "orders.csv", foreign_log.orders())
    assert looked.status_code == 200
    said = plain(looked.text)
    assert "Names as in Procession" in said and "The first rows" in said and "2026-01-05T13:00:00Z" in said
    read = ana.post(str(looked.url), {"do": "read", "title": "Our orders", "zone": "Europe/Berlin"})
    log = id_in(read)
    assert read.url.path == f"/logs/{log}"
    assert "You can leave this page" in plain(read.text)
    assert 'http-equiv="refresh"' in read.text, "the page looks again without any script"
    diagnosed(store, tmp_path, log)
    page = ana.get(f"/logs/{log}")
    words = plain(page)
    for part in ("Our orders", "Where the time goes", "Why it waits", "What follows what", "Variants", "Departments",
                 "Departments: who hands over to whom", "Done again", "Open cases", "What was read"):  # fmt: skip
        assert part in words, part
    assert "<h2>People</h2>" not in page and "People: who hands over" not in words, "nobody asked for single people"
    assert "2 ways through the steps" in words
    assert "Our orders" in plain(ana.get("/logs"))
    exported = ana.web.get(f"/logs/{log}/file?format=csv")
    assert exported.content.startswith(b"case,step,resource,department,start,end")
    gone = ana.post(f"/logs/{log}/delete")
    assert gone.url.path == "/logs" and "Our orders" not in plain(gone.text)


def test_columns_are_matched_by_hand_and_kept_where_something_is_missing(ana: Visitor) -> None:
    odd = b"a,b,c\n7,ask,1/2/2026 08:00\n7,check,3/4/2026 10:00\n"
    looked = bring(ana, "odd.csv", odd)
    assert "No column was found for the case" in plain(looked.text)
    said = {"do": "read", "column.case": "a", "column.step": "b", "column.end": "c", "title": "Odd one"}
    asked = ana.post(str(looked.url), said)
    assert asked.status_code == 422
    assert "read in two ways" in plain(asked.text) and "Say whether the day or the month comes first." in plain(
        asked.text
    )
    assert 'value="Odd one"' in asked.text, "what was typed is kept"
    assert re.search(r'<option value="b" selected>b</option>', asked.text)
    read = ana.post(str(looked.url), said | {"dates": "day-first"})
    assert read.url.path == f"/logs/{id_in(read)}"


def test_rows_that_were_left_out_can_be_downloaded(ana: Visitor, store: Store, tmp_path: Path) -> None:
    content = foreign_log.orders(10) + b"10,pay,,soon,ann,sales,north\n" + b"10,pay,,2026-01-05,ann,sales,north\n" * 2
    looked = bring(ana, "orders.csv", content)
    log = id_in(ana.post(str(looked.url), {"do": "read"}))
    diagnosed(store, tmp_path, log)
    said = plain(ana.get(f"/logs/{log}"))
    assert "1 row could not be read: left out." in said
    assert "1 row equal to an earlier one in every column: left out." in said
    errors = ana.web.get(f"/logs/{log}/errors")
    assert errors.headers["content-disposition"].startswith("attachment")
    assert errors.text.splitlines() == ["row,reason", "34,its end is no moment"]


def test_rows_that_were_left_out_can_be_downloaded_where_nothing_could_be_read(ana: Visitor) -> None:
    looked = bring(ana, "orders.csv", b"case,step,end\n,ask,2026-01-05 08:00\n2,,2026-01-06 08:00\n")
    log = id_in(looked)
    refused = ana.post(str(looked.url), {"do": "read"})
    assert refused.status_code == 422 and "None of the 2 rows" in plain(refused.text)
    again = ana.get(f"/import/log/{log}")
    assert f'href="/logs/{log}/errors"' in again and f'href="/logs/{log}/errors"' in refused.text
    assert ana.web.get(f"/logs/{log}/errors").text.splitlines() == [
        "row,reason",
        "2,it names no case",
        "3,it names no step",
    ]


def test_chosen_cases_have_a_page_of_their_own(ana: Visitor, store: Store, tmp_path: Path) -> None:
    looked = bring(ana, "orders.csv", foreign_log.orders())
    log = id_in(ana.post(str(looked.url), {"do": "read"}))
    diagnosed(store, tmp_path, log)
    waiting = ana.get(f"/logs/{log}?field=region&value=north")
    assert "You can leave this page" in plain(waiting)
    with store.transaction(SHOP) as tx:
        rows = tx.rows_of(
            "SELECT chosen FROM log_figures WHERE organisation = :organisation AND log = CAST(:log AS uuid) AND chosen <> ''",
            log=log,
        )
    diagnosed(store, tmp_path, log, rows[0][0])
    page = plain(ana.get(f"/logs/{log}?field=region&value=north"))
    assert "region north" in page and "Cases 20" in page
    refused = ana.web.get(f"/logs/{log}?department=marketing")
    assert refused.status_code == 422
    assert "The log has no department 'marketing'." in plain(refused.text)


ON_PAGES = {"prose": "'letter.txt' has no events.", "no times": "Column 'end' holds no moments"}
"""What is said otherwise, because somebody has looked at the columns first."""


@pytest.mark.parametrize("case", foreign_log.REFUSED)
def test_a_file_that_is_no_log_gets_a_sentence_and_leaves_nothing(ana: Visitor, tmp_path: Path, case: str) -> None:
    name, content, sentence = foreign_log.REFUSED[case]
    answer = bring(ana, name, content)
    if answer.status_code == 200:  # a table: somebody has to say what its columns mean, and then it is refused
        answer = ana.post(str(answer.url), {"do": "read", "column.end": "end"})
        discarded = ana.post(str(answer.url), {"do": "discard"})
        assert "The file is gone" in discarded.text
    assert answer.status_code == 422
    assert ON_PAGES.get(case, sentence) in plain(answer.text), plain(answer.text)
    assert not [one for one in (tmp_path / "files").rglob("*") if one.is_file()]


def test_without_a_file_the_form_says_so(ana: Visitor) -> None:
    answer = ana.post("/import/log", files={"file": ("", b"")})
    assert (answer.status_code, "Choose a file first." in plain(answer.text)) == (422, True)


def test_a_page_of_a_log_answers_from_what_is_kept(ana: Visitor, store: Store, tmp_path: Path) -> None:
    looked = bring(ana, "orders.csv", foreign_log.orders(400))
    log = id_in(ana.post(str(looked.url), {"do": "read"}))
    diagnosed(store, tmp_path, log)
    with store.transaction(SHOP) as tx:
        before = tx.imported_logs.figures(log)
    page = ana.get(f"/logs/{log}")
    assert len(page) < 150_000
    assert "Cases 400" in plain(page)
    with store.transaction(SHOP) as tx:
        assert tx.imported_logs.figures(log) == before, "nothing was asked of a worker again"


def test_somebody_else_sees_it_and_may_not_delete_it(ana: Visitor) -> None:
    looked = bring(ana, "orders.csv", foreign_log.orders(5))
    log = id_in(ana.post(str(looked.url), {"do": "read"}))
    assert ana.be("dana").web.get(f"/logs/{log}").status_code == 200
    assert ana.post(f"/logs/{log}/delete").status_code == 403
    looked = bring(ana.be("ana"), "orders.csv", foreign_log.orders(5))
    log = id_in(ana.post(str(looked.url), {"do": "read", "group": "finance"}))
    assert ana.be("dana").web.get(f"/logs/{log}").status_code == 404
    assert ana.be("bo").web.get(f"/logs/{log}").status_code == 200


def purchases(ana: Visitor, store: Store, tmp_path: Path) -> str:
    """A log with findings, diagnosed; gives its id."""
    given = given_log("wta__PurchasingExample")
    log = id_in(ana.post(str(bring(ana, given.name, given.read_bytes()).url), {"do": "read"}))
    diagnosed(store, tmp_path, log)
    return log


def test_the_cases_behind_a_finding_are_as_many_as_it_says_and_have_pages(
    ana: Visitor, store: Store, tmp_path: Path
) -> None:
    log = purchases(ana, store, tmp_path)
    page = ana.get(f"/logs/{log}")
    links = dict(re.findall(r'href="(/logs/[^"]+/cases\?finding=[fw][0-9]+)">([0-9,]+) cases? behind it', page))
    assert len(links) >= 5
    assert "27 % of 544 cases come back to it, 149 times in all" in plain(page)
    counted: set[int] = set()
    for link, said in links.items():
        listed = ana.get(link)
        assert f'<span class="muted num">{said}</span>' in listed
        names = re.findall(r'class="row-link" href="[^"]+">([^<]+)</a>', listed)
        assert len(set(names)) == min(50, int(said))
        counted.add(int(said))
    assert 149 in counted
    rework = next(link for link, said in links.items() if said == "149")
    rest = ana.get(f"{rework}&after=100")
    assert len(re.findall(r'class="row-link"', rest)) == 49 and "101 to 149 of 149" in plain(rest)
    one = re.search(r'class="row-link" href="([^"]+)">([^<]+)</a>', rest)
    assert one is not None
    case = plain(ana.get(one.group(1).replace("&amp;", "&")))
    assert "Why you are here" in case and "the finding" in case
    assert case.count("Analyze Request for Quotation") >= 3, "it was done again in this case"
    assert ana.web.get(f"/logs/{log}/case?case=nowhere").status_code == 404
    assert ana.web.get(f"/logs/{log}/cases?finding=w99").status_code == 422


def test_the_report_of_the_page_is_the_one_of_the_command_line(ana: Visitor, store: Store, tmp_path: Path) -> None:
    given, page = given_log("wta__PurchasingExample"), tmp_path / "report.html"
    log = purchases(ana, store, tmp_path)
    report = ana.web.get(f"/logs/{log}/report")
    assert report.headers["content-disposition"].startswith("attachment")
    with pytest.raises(SystemExit):
        main(["diagnose", str(given), "--html", str(page)])
    assert report.content.decode() == page.read_text("utf-8")


def test_a_case_of_which_only_ends_are_recorded_is_marked(ana: Visitor, store: Store, tmp_path: Path) -> None:
    given = given_log("opm__raw_itsm_2024")
    log = id_in(ana.post(str(bring(ana, given.name, given.read_bytes()).url), {"do": "read"}))
    diagnosed(store, tmp_path, log)
    listed = ana.get(f"/logs/{log}/cases")
    one = re.search(r'class="row-link" href="([^"]+)">([^<]+)</a>', listed)
    assert one is not None and "at most" in plain(listed) and "at least" in plain(listed)
    case = plain(ana.get(one.group(1)))
    assert "Estimated where marked" in case and "not recorded" in case and "0 to" in case
    assert "busy with earlier work" not in case, "nobody knows when anybody was busy"


def test_logs_that_are_kept_reveal_the_process_that_they_form(ana: Visitor) -> None:
    made = {name: bring(ana, f"{name}.csv", text.encode()) for name, text in linked_logs().items()}
    ids = {name: id_in(ana.post(str(one.url), {"do": "read", "title": name.title()})) for name, one in made.items()}
    assert 'href="/logs/links"' in ana.get("/logs")
    page = ana.get("/logs/links")
    said = plain(page)
    assert "Orders, Deliveries and Invoices seem to form a process." in said
    assert f"{ORDERS} of {ORDERS}" in said and "A log cannot be connected" in said
    for log in ids.values():
        assert f'href="/logs/{log}"' in page
    case = re.search(r'href="(/logs/[0-9a-f-]+/case\?case=O\d+)"', page)
    assert case is not None, "each link has examples"
    ana.post(f"/logs/{ids['orders']}/delete", {})
    assert "seem to form a process" not in plain(ana.get("/logs/links")), "two logs are no process"
