"""Home, workflows, publishing, processes and their cases, as they come over HTTP without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from urllib.parse import quote

import pytest
from httpx import Client, Response

from procession.demo import DEFAULT_PERSON
from procession.store.store import Store
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import COMPANY, application, asked, company

PROCESS = "employee-onboarding"

NOTE = """\
workflow: {id}
title: A note
purpose: Somebody has read it.
fields:
  what: text
start: {{form: [what]}}
steps:
  - task: Read it
    assign: starter
    instructions: From top to bottom.
"""
WARNED = (
    NOTE
    + """\
  - email: Say so
    to: starter
    subject: It was read
"""
)
"""With a mail without text, which check warns of."""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


@contextmanager
def visiting(store: Store, organisation: str = COMPANY, person: str = DEFAULT_PERSON) -> Iterator[Client]:
    """The pages over HTTP, seen by this person."""
    with (
        served(application(store, organisation, person)) as address,
        Client(base_url=address, follow_redirects=True, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def web(store: Store) -> Iterator[Client]:
    with visiting(store) as client:
        yield client


def text(response: Response) -> str:
    """What people read of a page."""
    assert response.status_code < 500, response.text[:500]
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def links(response: Response, within: str = "") -> list[str]:
    """The addresses a page leads to."""
    found = [unescape(one) for one in re.findall(r'href="([^"]+)"', response.text)]
    return [one for one in dict.fromkeys(found) if one.startswith(within)]


# --- home -------------------------------------------------------------------------------------------------------------


def test_home_says_the_verdict_of_the_records_and_how_sure_it_is(web: Client, store: Store) -> None:
    verdict = asked(store, "insight.home").verdict
    page = text(web.get("/"))
    assert verdict.number in page
    assert f"{round(100 * verdict.confidence)} of 100 repeated counts agree" in page
    assert f"from {verdict.cases} finished cases" in page
    assert page.lower().count(verdict.cause.lower()) >= 1


def test_home_has_at_most_four_lines_and_each_leads_to_what_is_behind_it(web: Client, store: Store) -> None:
    wrong = [line for line in asked(store, "insight.home").lines if line.wrong]
    page = web.get("/")
    block = page.text.split('class="wrong-list"', 1)[1].split("</ul>", 1)[0]
    behind = re.findall(r'href="([^"]+)"', block)
    assert 0 < len(behind) == len(wrong) <= 4
    for href, line in zip(behind, wrong, strict=True):
        assert line.text in text(page)
        assert web.get(unescape(href)).status_code == 200, href


def test_home_offers_a_task_the_map_and_a_change(web: Client, store: Store) -> None:
    insight = asked(store, "insight.home")
    task = asked(store, "task.list", view="mine").items[0]
    instant = asked(store, "insight.make_instant", process=PROCESS, place=insight.verdict.top)
    page = web.get("/")
    assert f"/tasks/{task.id}" in links(page)
    assert f"/processes/{PROCESS}/map" in links(page)
    (change,) = links(page, f"/processes/{PROCESS}/whatif?site=")
    assert instant.sentence in text(web.get(change))
    assert instant.sentence in text(page)


def test_workflow_and_process_are_explained_until_somebody_has_understood(web: Client) -> None:
    assert "Workflow or process?" in text(web.get("/"))
    assert web.post("/told", follow_redirects=False).headers["location"] == "/"
    assert "Workflow or process?" not in text(web.get("/"))


def test_an_organisation_without_anything_says_what_this_is_and_how_to_begin(store: Store) -> None:
    store.create_organisation("new", "New")
    with store.transaction("new") as tx:
        tx.people.save("ada", name="Ada", email="ada@example.org", admin=True)
    with visiting(store, "new", "ada") as web:
        page = web.get("/")
        assert "Nothing runs here yet" in text(page)
        assert "/workflows/publish" in links(page)
        assert "workflow: morning-coffee" in text(web.get("/workflows/publish?example=morning-coffee"))


# --- the library ------------------------------------------------------------------------------------------------------


def titles(page: Response) -> list[str]:
    return [unescape(one) for one in re.findall(r'class="row-link" href="[^"]+">([^<]+)<', page.text)]


def test_the_library_lists_every_workflow_and_no_process(web: Client, store: Store) -> None:
    known = [one.title for one in asked(store, "definition.list", kind="workflow")]
    assert titles(web.get("/workflows")) == known
    assert "Employee onboarding" not in known


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("shape=State machine", ["Closing a ticket", "Support ticket"]),
        ("q=coffee", ["Breakfast", "Morning coffee"]),
        ("owner=people-ops&q=time", ["Time off"]),
        ("shape=Sequential&owner=security", []),
    ],
)
def test_filters_of_the_library_stand_in_its_address(web: Client, query: str, wanted: list[str]) -> None:
    page = web.get(f"/workflows?{query}")
    assert titles(page) == wanted
    if not wanted:
        assert "Clear filters" in text(page)


def test_a_filter_is_taken_away_alone(web: Client) -> None:
    page = web.get("/workflows?q=e&shape=Parallel&owner=people-ops")
    assert "/workflows?q=e&owner=people-ops" in links(page)
    assert "/workflows?q=e&shape=Parallel" in links(page)


# --- one workflow -----------------------------------------------------------------------------------------------------


def test_a_workflow_says_that_it_is_one_and_how_it_is_done(web: Client, store: Store) -> None:
    view = asked(store, "definition.get", definition="purchase-approval")
    page = web.get("/workflows/purchase-approval")
    said = text(page)
    assert "Purchase approval Workflow Overview" in said
    for step in view.steps:
        assert step.title in said
        if step.instructions:
            assert step.instructions.split("*")[0].split("\n")[0].strip() in said
    assert "/start/purchase-approval" in links(page)


def test_figures_of_a_workflow_stand_only_where_there_are_cases_enough(web: Client, store: Store) -> None:
    insight = asked(store, "insight.process", process="access-setup")
    assert insight.cases >= 5
    assert f"{insight.cases} finished cases" in text(web.get("/workflows/access-setup"))
    send(web, NOTE.format(id="without-cases"))
    assert "Half finish within" not in text(web.get("/workflows/without-cases"))


def test_every_page_of_a_workflow_says_that_it_is_one(web: Client) -> None:
    for part in ("", "/sop", "/yaml", "/versions"):
        assert re.search(r"Time off\s+Workflow", text(web.get(f"/workflows/time-off{part}"))), part


def test_a_workflow_of_a_process_leads_to_it(web: Client) -> None:
    assert f"/processes/{PROCESS}" in links(web.get("/workflows/access-setup"))


def test_the_file_is_shown_and_downloaded_as_it_was_published(web: Client, store: Store) -> None:
    view = asked(store, "definition.get", definition="time-off")
    shown = web.get("/workflows/time-off/yaml")
    assert view.text.strip() in unescape(shown.text)
    file = web.get("/workflows/time-off/yaml?download=1")
    assert file.text == view.text
    assert 'filename="time-off.yaml"' in file.headers["content-disposition"]


@pytest.mark.parametrize(("form", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_diagrams_are_downloaded(web: Client, form: str, begins: bytes) -> None:
    for place in ("workflows/time-off/diagram", f"processes/{PROCESS}/map"):
        light, dark = (web.get(f"/{place}.{form}?theme={theme}") for theme in ("light", "dark"))
        assert light.content.startswith(begins)
        assert light.content != dark.content
        assert "attachment" in light.headers["content-disposition"]


def test_processes_and_workflows_have_each_their_own_address(web: Client) -> None:
    assert web.get(f"/workflows/{PROCESS}", follow_redirects=False).headers["location"] == f"/processes/{PROCESS}"
    assert web.get("/processes/time-off", follow_redirects=False).headers["location"] == "/workflows/time-off"


@pytest.mark.parametrize(
    "place", ["/workflows/nothing", "/workflows/nothing/sop", "/workflows/time-off?version=9",
              "/processes/nothing/map", "/workflows/time-off/diagram.gif", f"/processes/{PROCESS}/map?step=nowhere",
              "/workflows/publish?example=../etc"],
)  # fmt: skip
def test_what_is_not_there_is_said_plainly(web: Client, place: str) -> None:
    page = web.get(place)
    assert page.status_code == 404
    assert "There is nothing here" in text(page)


# --- publishing -------------------------------------------------------------------------------------------------------


def send(web: Client, source: str, do: str = "publish", **more: str) -> Response:
    """Send the form of the editor."""
    data = {"text": source, "name": "file.yaml", "do": do, **more}
    return web.post("/workflows/publish", data=data, follow_redirects=False)


def test_what_the_editor_begins_with_can_be_published(web: Client) -> None:
    page = web.get("/workflows/publish")
    assert "Nothing is wrong" in text(page)


def test_check_says_what_is_wrong_in_place_and_publishing_is_refused(web: Client, store: Store) -> None:
    wrong = NOTE.format(id="wrong-one").replace("assign: starter", "assign: group:nobody-at-all")
    page = send(web, wrong, "check")
    assert page.status_code == 200
    assert "1 error" in text(page)
    line = wrong.split("\n").index("    assign: group:nobody-at-all") + 1
    assert f'<a class="bad" id="line-{line}"' in page.text
    assert "Put the errors right first" in page.text
    refused = send(web, wrong)
    assert refused.status_code == 422
    assert "group:nobody-at-all" in unescape(refused.text)
    assert "wrong-one" not in [one.id for one in asked(store, "definition.list")]


def test_a_warning_is_accepted_with_a_reason(web: Client, store: Store) -> None:
    source = WARNED.format(id="warned")
    refused = send(web, source)
    assert refused.status_code == 422
    assert "A warning needs a reason" in text(refused)
    assert "warned" not in [one.id for one in asked(store, "definition.list")]
    done = send(web, source, accept="The subject says it all.")
    assert done.headers["location"] == "/workflows/warned"
    assert "The subject says it all." in text(web.get("/workflows/warned"))


def test_a_changed_file_becomes_the_next_version_and_says_what_changed(web: Client) -> None:
    first = NOTE.format(id="changing")
    assert send(web, first).headers["location"] == "/workflows/changing"
    second = first.replace("title: A note", "title: A long note").replace("assign: starter", "assign: group:finance")
    before = text(send(web, second, "check"))
    assert "Becomes version 2" in before
    assert "Title: A note, now A long note" in before
    send(web, second)
    page = text(web.get("/workflows/changing"))
    assert "Versions 2" in page
    assert "Who: whoever started it, now the group finance" in page
    older = text(web.get("/workflows/changing?version=1"))
    assert "This is version 1" in older
    again = web.get(send(web, second).headers["location"])
    assert "Versions 2" in text(again)
    assert "Title: A note, now A long note" in text(web.get("/workflows/changing/versions"))


def test_lines_ended_as_browsers_send_them_change_nothing(web: Client) -> None:
    source = NOTE.format(id="lines")
    send(web, source)
    assert "stays" in text(send(web, source.replace("\n", "\r\n"), "check"))


def test_files_are_uploaded_together(web: Client) -> None:
    files = [("upload", ("a.yaml", NOTE.format(id="file-a"))), ("upload", ("b.yaml", NOTE.format(id="file-b")))]
    page = web.post("/workflows/publish", data={"do": "check"}, files=files)
    assert page.text.count("<textarea") >= 2
    assert "workflow: file-a" in page.text
    assert "workflow: file-b" in page.text
    assert text(page).count("It is published as version 1") == 2


def test_an_upload_that_is_no_text_is_refused_and_the_editor_keeps_its_text(web: Client) -> None:
    page = web.post("/workflows/publish", data={"do": "check", "text": NOTE.format(id="kept"), "name": ""},
                    files=[("upload", ("picture.png", b"\x89PNG\xff\xfe"))])  # fmt: skip
    assert page.status_code == 422
    assert "picture.png is not a text file" in text(page)
    assert "workflow: kept" in page.text


def test_while_somebody_types_only_the_findings_come(web: Client) -> None:
    answer = web.post("/workflows/publish/check", data={"text": "workflow: x\nstepps: []\n", "name": ""})
    assert "<html" not in answer.text
    assert 'hx-target="#lines"' in answer.text
    assert "error" in text(answer)


def test_somebody_who_does_not_own_it_may_not_publish(store: Store) -> None:
    source = asked(store, "definition.get", definition="time-off").text
    with visiting(store, person="lena") as web:
        refused = send(web, source.replace("title: Time off", "title: Time on"))
    assert refused.status_code == 422
    assert "may publish" in text(refused)
    assert asked(store, "definition.get", definition="time-off").ref.version == 1


def test_a_workflow_is_retired_and_brought_back(web: Client) -> None:
    send(web, NOTE.format(id="retiring"))
    web.post("/workflows/retiring/retire")
    assert "Retired: no new case can start" in text(web.get("/workflows/retiring"))
    assert "retiring" not in text(web.get("/workflows?q=retiring")).replace("q=retiring", "")
    assert "A note" in titles(web.get("/workflows?q=retiring&retired=1"))
    web.post("/workflows/retiring/restore")
    assert "Retired: no new case can start" not in text(web.get("/workflows/retiring"))


# --- processes --------------------------------------------------------------------------------------------------------


def test_processes_are_listed_with_how_they_are(web: Client, store: Store) -> None:
    page = text(web.get("/processes"))
    assert "Employee onboarding" in page
    assert asked(store, "insight.process", process=PROCESS).verdict.subject in page


def test_a_process_says_that_it_is_one_what_it_is_for_and_where_it_hurts(web: Client, store: Store) -> None:
    insight = asked(store, "insight.process", process=PROCESS)
    page = web.get(f"/processes/{PROCESS}")
    said = text(page)
    assert re.search(r"Employee onboarding\s+Process", said)
    for words in ("The new hire is productive in the first week", "15 business days", "speed", "People operations"):
        assert words in said
    assert insight.verdict.number in said
    for place in insight.verdict.places:
        assert place.text in said
    for workflow in ("background-check", "equipment-provisioning", "access-setup"):
        assert f"/workflows/{workflow}" in links(page)


def test_every_place_of_the_map_can_be_looked_at(web: Client) -> None:
    page = web.get(f"/processes/{PROCESS}/map")
    places = [one for one in links(page, f"/processes/{PROCESS}/map?") if "step=" in one]
    assert len(places) > 15
    for place in places:
        seen = web.get(place)
        assert seen.status_code == 200, place
        assert 'id="inspector"' in seen.text, place


def test_the_inspector_shows_the_figures_of_the_place(web: Client, store: Store) -> None:
    places = asked(store, "insight.process", process=PROCESS).places
    one = next(place for place in places if place.map_key == "access/create-the-accounts")
    said = text(web.get(f"/processes/{PROCESS}/map?step={one.map_key}"))
    assert f"Times so far {one.visits}" in said
    assert f"Open now {one.open_now}" in said
    assert "Make this step instant" in said


def test_a_place_is_also_found_by_the_key_of_its_figures(web: Client, store: Store) -> None:
    handoffs = [one for one in asked(store, "insight.process", process=PROCESS).places if one.kind == "handoff"]
    assert handoffs
    for one in handoffs:
        said = text(web.get(f"/processes/{PROCESS}/map?step={quote(one.key, safe='')}"))
        assert f"Times so far {one.visits}" in said, one.key


def test_the_map_changes_its_measure_and_not_its_shape(web: Client) -> None:
    measures = ("waiting", "working", "rework", "open")
    pages = [web.get(f"/processes/{PROCESS}/map?colour={name}") for name in measures]
    drawings = [page.text.split('class="diagram-view"', 1)[1].split("</svg>", 1)[0] for page in pages]
    assert len(set(drawings)) == len(measures)
    assert len({tuple(re.findall(r'viewBox="([^"]+)"', one)) for one in drawings}) == 1
    assert len({page.text.split('class="heat-legend"', 1)[1].split("</span></span>", 1)[0] for page in pages}) == len(
        measures
    )


def test_what_if_answers_with_sentence_and_interval(web: Client, store: Store) -> None:
    top = asked(store, "insight.process", process=PROCESS).verdict.top
    for remove in ("everything", "waiting"):
        answer = asked(store, "insight.make_instant", process=PROCESS, place=top, remove=remove)
        said = text(web.get(f"/processes/{PROCESS}/whatif?site={quote(top, safe='')}&remove={remove}"))
        assert answer.sentence in said
        assert answer.interval in said


def test_what_if_of_a_place_that_is_not_there_says_so(web: Client) -> None:
    page = web.get(f"/processes/{PROCESS}/whatif?site=nowhere")
    assert page.status_code == 422
    assert "No finished case has a step or handoff 'nowhere'." in text(page)


# --- the case of a process --------------------------------------------------------------------------------------------


def test_the_case_of_a_process_has_one_page_across_departments(web: Client, store: Store) -> None:
    running = asked(store, "case.list", workflow=PROCESS, status="open").items
    case = next(one for one in running if asked(store, "case.get", case_id=one.id).children)
    redirect = web.get(f"/cases/{case.id}?do=cancel", follow_redirects=False)
    assert redirect.headers["location"] == f"/processes/{PROCESS}/cases/{case.id}?do=cancel"
    page = web.get(f"/processes/{PROCESS}/cases/{case.id}")
    said = text(page)
    assert re.search(rf"{re.escape(case.name)}\s+Process", said)
    whole = asked(store, "process.case", case_id=case.id)
    for member in whole.members:
        assert member.title in said
    for child in whole.children:
        assert f"/cases/{child.case.id}" in links(page)
        if child.case.status == "open":
            assert all(person.name in unescape(page.text) for person in child.with_)
            assert all(now in said for now in child.now)
    forecast = asked(store, "insight.forecast", case_id=case.id)
    assert (forecast.sentence if forecast.usually else "No forecast yet.") in said


def test_its_timeline_tells_of_every_department(web: Client, store: Store) -> None:
    case = asked(store, "case.list", workflow=PROCESS, status="done").items[0]
    page = text(web.get(f"/processes/{PROCESS}/cases/{case.id}?all=1"))
    for child in asked(store, "process.case", case_id=case.id).children:
        own = asked(store, "case.get", case_id=child.case.id)
        done = [one.sentence for one in own.timeline if one.type == "TaskCompleted"]
        assert done
        assert all(sentence in page for sentence in done)


def test_handoffs_that_happened_and_those_that_cannot_any_more(web: Client, store: Store) -> None:
    case = asked(store, "case.list", workflow=PROCESS, status="done", outcome="ready").items[0]
    handoffs = asked(store, "process.case", case_id=case.id).handoffs
    page = text(web.get(f"/processes/{PROCESS}/cases/{case.id}"))
    assert page.count("did not happen") == sum(one.happened_at is None for one in handoffs)
    assert "awaited" not in page


def test_a_case_under_the_wrong_address_leads_to_its_own(web: Client, store: Store) -> None:
    case = asked(store, "case.list", workflow=PROCESS).items[0]
    other = asked(store, "case.list", workflow="time-off").items[0]
    wrong = web.get(f"/processes/other/cases/{case.id}", follow_redirects=False)
    assert wrong.headers["location"] == f"/processes/{PROCESS}/cases/{case.id}"
    plain = web.get(f"/processes/{PROCESS}/cases/{other.id}", follow_redirects=False)
    assert plain.headers["location"] == f"/cases/{other.id}"


def test_a_comment_on_the_case_of_a_process_comes_back_to_its_page(web: Client, store: Store) -> None:
    case = asked(store, "case.list", workflow=PROCESS, status="open").items[0]
    page = web.post(f"/cases/{case.id}/comment", data={"text": "The courier is told."})
    assert page.url.path == f"/processes/{PROCESS}/cases/{case.id}"
    assert "The courier is told." in text(page)
