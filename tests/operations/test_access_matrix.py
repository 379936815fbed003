"""Every operation asked by every role. The table in `access_matrix.txt` is the rule; the test asks for real and
compares."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest

from procession.connectors.files import FileStore
from procession.engine.commands import FailJob, HearChild
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Rejection
from procession.operations import calling
from procession.operations.access import Caller
from procession.operations.catalogue import catalogue
from procession.operations.logs.received import Received
from procession.store.store import Store
from tests.operations.conftest import ORGANISATION, Office, people

ROLES = ("starter", "assignee", "candidate", "colleague", "owner", "administrator", "guest", "foreign", "nobody")
PERSON = {
    "starter": "ana",
    "assignee": "dana",
    "candidate": "eve",
    "colleague": "sven",
    "owner": "finn",
    "administrator": "bo",
}
FOREIGN = "zoo"

ERRAND = """\
workflow: errand
title: Errand
owner: finance
visible to: [starter]
fields: {what: text}
start: {form: [what]}
measures: {csat: {type: rating}}
steps:
  - parallel: Side by side
    steps:
      - {task: Assigned, assign: person:dana}
      - {task: Shared, assign: group:buyers}
      - {task: Outside, assign: "guest:gus@example.org"}
  - {task: After, assign: person:dana}
"""

PROCESS = """\
process: journey
title: Journey
owner: finance
visible to: [starter]
fields: {what: text}
start: {form: [what]}
workflows:
  first: {use: errand}
handoffs:
  - {from: start, to: first, carry: {what: what}}
feedback: {from: first.completed, to: finance, ask: Was it right?}
"""

STUCK = """\
workflow: stuck
title: Stuck
owner: finance
visible to: [starter]
fields: {what: text}
start: {form: [what]}
steps:
  - {task: For nobody, assign: manager of starter}
"""

ROBOT = """\
workflow: robot
title: Robot
owner: finance
visible to: [starter]
fields: {what: text}
start: {form: [what]}
steps:
  - {automate: Call, do: http, with: {url: "https://example.org/"}, retry: 0}
"""

POLL = """\
workflow: poll
title: Poll
owner: finance
visible to: [starter]
fields: {what: text}
start: {form: [what]}
measures: {csat: {type: rating}}
steps:
  - {survey: How was it, to: gus@example.org, measure: csat}
  - {task: After, assign: person:dana}
"""

RULES = Path(__file__).with_name("access_matrix.txt")


@dataclass
class Scene:
    """One errand with three open tasks: dana's, the buyers', a guest's."""

    office: Office
    case: str
    tasks: Mapping[str, str]
    role: str

    @property
    def me(self) -> str:
        return PERSON.get(self.role, "zoe")


Values = Callable[[Scene], dict[str, Any]]


def case(**more: Any) -> Values:
    return lambda scene: {"case_id": scene.case, **more}


def assigned(**more: Any) -> Values:
    return lambda scene: {"task_id": scene.tasks["Assigned"], **more}


def shared(**more: Any) -> Values:
    return lambda scene: {"task_id": scene.tasks["Shared"], **more}


def plain(**values: Any) -> Values:
    return lambda scene: dict(values)


SOURCE = [{"name": "errand.yaml", "text": ERRAND.replace("title: Errand", "title: Errand again")}]
NEW_PERSON = {"name": "Nia", "email": "nia@example.org"}
HOURS = {"monday": ["09:00-17:00"]}


def absence_of(scene: Scene, person: str) -> str:
    with scene.office.store.transaction(ORGANISATION) as tx:
        return tx.absences.add(person, date(2026, 5, 1), date(2026, 5, 2))


def calendar(scene: Scene) -> str:
    scene.office.ask("bo", "calendar.save", calendar="spare", zone="UTC", hours=HOURS)
    return "spare"


def group(scene: Scene) -> str:
    scene.office.ask("bo", "group.save", group="spare")
    return "spare"


def role(scene: Scene) -> str:
    scene.office.ask("bo", "role.save", role="spare")
    return "spare"


def setting(scene: Scene) -> str:
    scene.office.ask("bo", "setting.save", name="spare", value=1)
    return "spare"


def link(scene: Scene) -> str:
    scene.office.ask("bo", "link.make", case_id=scene.case)
    return scene.office.ask("bo", "link.list", case_id=scene.case)[0].id


def closed(scene: Scene) -> str:
    scene.office.ask("bo", "case.cancel", case_id=scene.case, reason="not needed")
    return scene.case


def claimed(scene: Scene) -> str:
    scene.office.ask("eve", "task.claim", task_id=scene.tasks["Shared"])
    return scene.tasks["Shared"]


def late_task(scene: Scene) -> str:
    """The task after the block."""
    scene.office.ask("bo", "task.finish_now", task_id=f"{scene.case}.a1", reason="enough")
    return scene.office.task_of(scene.case)


def file_of(scene: Scene) -> str:
    context = replace(scene.office.context("ana"), files=Kept())
    return calling.call(context, "file.upload", {"name": "a.txt", "content": b"a", "case_id": scene.case}).id


def journey(scene: Scene) -> str:
    return scene.office.ask("ana", "case.start", workflow="journey", data={"what": "milk"}).id


def revision_of(scene: Scene) -> int:
    return scene.office.ask("bo", "draft.get", definition="errand").revision


def in_use(scene: Scene) -> str:
    scene.office.ask("bo", "definition.restore", definition="purchase")
    return "purchase"


def outside(scene: Scene) -> dict[str, Any]:
    """The guest's private link, as the page has it."""
    made = scene.office.ask("bo", "link.make", case_id=scene.case, task_id=scene.tasks["Outside"])
    return {"token": made.token, "nonce": scene.office.ask(None, "guest.get", token=made.token).nonce}


def stuck(scene: Scene) -> dict[str, Any]:
    """A case of Ana's that an incident stops."""
    started = scene.office.ask("ana", "case.start", workflow="stuck", data={"what": "milk"})
    return {"case_id": started.id, "incident": scene.office.ask("bo", "case.get", case_id=started.id).incidents[0].id}


def failed_job(scene: Scene) -> str:
    started = scene.office.ask("ana", "case.start", workflow="robot", data={"what": "milk"})
    fail = FailJob(activation="a1", attempt=1, error="the other side is away", retry=False)
    scene.office.store.execute(ORGANISATION, started.id, fail, SYSTEM, at=scene.office.at)
    return scene.office.ask("bo", "job.list", case_id=started.id)[0].id


def paused(scene: Scene) -> str:
    scene.office.ask("bo", "case.pause", case_id=scene.case, reason="not now")
    return scene.case


def asked_back(scene: Scene) -> dict[str, Any]:
    """A journey of Ana's whose only member has ended."""
    case_id = journey(scene)
    ended = HearChild(activation="a1", child="none", what="ended", name="done")
    scene.office.store.execute(ORGANISATION, case_id, ended, SYSTEM, at=scene.office.at)
    return {"case_id": case_id, "feedback": scene.office.ask("bo", "case.get", case_id=case_id).feedback[0].id}


def changed(scene: Scene) -> dict[str, str]:
    """The errand, changed as it never was before."""
    scene.office.keys += 1
    text = ERRAND.replace("task: After, assign", f"task: After, due: {scene.office.keys} hours, assign")
    return {"name": "errand.yaml", "text": text}


def untried(scene: Scene) -> dict[str, Any]:
    """What begins a pilot of the errand, now that none is open."""
    for one in scene.office.ask("bo", "pilot.list", definition="errand"):
        if one.ended_at is None:
            scene.office.ask("bo", "pilot.roll_back", pilot=one.id)
    return {"file": changed(scene), "share": 0.5}


def pilot(scene: Scene) -> str:
    """A changed errand that is tried with cases of Ana's, and running."""
    return scene.office.ask("bo", "pilot.begin", **(untried(scene) | {"share": 1, "people": ["ana"]})).id


def tried_case(scene: Scene) -> str:
    pilot(scene)
    return scene.office.ask("ana", "case.start", workflow="errand", data={"what": "milk"}).id


def paused_pilot(scene: Scene) -> str:
    return scene.office.ask("bo", "pilot.pause", pilot=pilot(scene)).id


def older(scene: Scene) -> str:
    """A running errand of Ana's, on a version that is not the newest."""
    started = scene.office.ask("ana", "case.start", workflow="errand", data={"what": "milk"}).id
    scene.office.ask("bo", "definition.publish", files=[changed(scene)])
    return started


def moved(scene: Scene) -> str:
    started = older(scene)
    scene.office.ask("bo", "case.move", case_id=started, reason="better rules")
    return started


def survey(scene: Scene) -> dict[str, Any]:
    """The private link of a survey, as the page has it."""
    started = scene.office.ask("ana", "case.start", workflow="poll", data={"what": "milk"})
    with scene.office.store.transaction(ORGANISATION) as tx:
        token = tx.guest_links.create(
            kind="survey", case_id=started.id, guest="guest:gus@example.org", at=scene.office.at, activation="a1"
        )
    return {"token": token, "nonce": scene.office.ask(None, "survey.get", token=token).nonce}


LOG = b"case,step,end\n1,ask,2026-01-05 08:00\n1,check,2026-01-06 10:00\n"


def a_log() -> Received:
    return Received(BytesIO(LOG), len(LOG))


def brought(scene: Scene) -> str:
    context = replace(scene.office.context("bo"), files=Kept())
    return calling.call(context, "log.upload", {"name": "log.csv", "content": a_log()}).line.id


def kept_log(scene: Scene) -> str:
    """A log that Bo has brought for everybody."""
    context = replace(scene.office.context("bo"), files=Kept())
    return calling.call(context, "log.import", {"name": "log.csv", "content": a_log()}).line.id


FOLDER = Path(mkdtemp(prefix="procession-kept-"))
atexit.register(rmtree, FOLDER, ignore_errors=True)


class Kept(FileStore):
    """Bytes in a folder of this run."""

    def __init__(self) -> None:
        super().__init__(FOLDER)


ASKS: Mapping[str, Values] = {
    "absence.add": plain(begins="2026-03-02", ends="2026-03-03"),
    "absence.list": plain(),
    "absence.remove": lambda scene: {"absence": absence_of(scene, "dana")},
    "calendar.delete": lambda scene: {"calendar": calendar(scene)},
    "calendar.list": plain(),
    "calendar.save": plain(calendar="late", zone="UTC", hours=HOURS),
    "case.cancel": case(reason="not needed"),
    "case.change_due": case(due_at="2026-04-01T12:00:00Z", reason="later"),
    "case.change_many": lambda scene: {"case_ids": [scene.case], "change": "cancel", "reason": "not needed"},
    "case.comment": case(text="Well done"),
    "case.count": plain(),
    "case.edit": case(values={"what": "bread"}, reason="typo"),
    "case.export": case(),
    "case.find": lambda scene: {"prefix": scene.case},
    "case.get": case(),
    "case.history": case(),
    "case.list": plain(),
    "case.message": case(name="hello"),
    "case.move": lambda scene: {"case_id": older(scene), "reason": "better rules"},
    "case.move_back": lambda scene: {"case_id": moved(scene)},
    "case.move_many": plain(definition="errand", reason="better rules"),
    "case.preview_move": plain(definition="errand"),
    "case.pause": case(reason="not now"),
    "case.reopen": lambda scene: {"case_id": closed(scene), "step": "after", "reason": "once more"},
    "case.resume": lambda scene: {"case_id": paused(scene)},
    "case.start": plain(workflow="errand", data={"what": "milk"}),
    "case.verify": case(),
    "definition.check": plain(files=SOURCE),
    "definition.get": plain(definition="errand"),
    "definition.list": plain(),
    "definition.publish": plain(files=SOURCE),
    "definition.restore": plain(definition="errand"),
    "definition.retire": lambda scene: {"definition": in_use(scene)},
    "definition.sketch": plain(text="Tea\n\nMake tea, buyers\nBoil water, , 3m"),
    "definition.versions": plain(definition="errand"),
    "draft.discard": plain(definition="errand"),
    "draft.get": plain(definition="errand"),
    "draft.save": lambda scene: {"definition": "errand", "files": SOURCE, "revision": revision_of(scene)},
    "feedback.give": lambda scene: {**asked_back(scene), "good": True},
    "file.get": lambda scene: {"file": file_of(scene)},
    "file.upload": case(name="a.txt", content=b"a"),
    "group.delete": lambda scene: {"group": group(scene)},
    "group.list": plain(),
    "group.save": plain(group="cooks"),
    "guest.complete": outside,
    "guest.fill": lambda scene: {**outside(scene), "values": {}},
    "guest.get": lambda scene: {"token": outside(scene)["token"]},
    "guest.hand_over": lambda scene: {**outside(scene), "to": "max@example.org"},
    "guest.save_draft": lambda scene: {**outside(scene), "values": {}},
    "incident.list": plain(),
    "incident.retry": stuck,
    "incident.skip": lambda scene: {**stuck(scene), "reason": "no"},
    "insight.behind": plain(process="errand", place="errand/after"),
    "insight.delay": case(place="errand/first"),
    "insight.fix_first": plain(),
    "insight.event_log": plain(process="errand"),
    "insight.findings": plain(process="errand"),
    "insight.forecast": case(),
    "insight.home": plain(),
    "insight.make_instant": plain(process="errand", place="errand/first"),
    "insight.places": plain(process="errand", days=30),
    "insight.past_delay": plain(process="errand", place="errand/first"),
    "insight.process": plain(process="errand"),
    "insight.readiness": plain(workflow="errand", step="after"),
    "insight.scales": plain(process="errand"),
    "insight.simulate": plain(
        process="errand", scenario="scenario: x\narrivals: 5 per week\ncases: 5\nreplications: 3"
    ),
    "insight.trend": plain(process="errand"),
    "insight.waiting_on": plain(process="errand", place="errand/after"),
    "job.list": case(),
    "job.retry": lambda scene: {"job": failed_job(scene)},
    "link.list": case(),
    "link.make": case(),
    "link.revoke": lambda scene: {"case_id": scene.case, "link": link(scene)},
    "log.case": lambda scene: {"log": kept_log(scene), "case": "1"},
    "log.cases": lambda scene: {"log": kept_log(scene)},
    "log.delete": lambda scene: {"log": kept_log(scene)},
    "log.diagnosis": lambda scene: {"log": kept_log(scene)},
    "log.errors": lambda scene: {"log": kept_log(scene)},
    "log.file": lambda scene: {"log": kept_log(scene)},
    "log.get": lambda scene: {"log": kept_log(scene)},
    "log.import": lambda scene: {"name": "log.csv", "content": a_log()},
    "log.list": plain(),
    "log.preview": lambda scene: {"log": brought(scene)},
    "log.read": lambda scene: {"log": brought(scene)},
    "log.report": lambda scene: {"log": kept_log(scene)},
    "log.reveal": plain(),
    "log.upload": lambda scene: {"name": "log.csv", "content": a_log()},
    "mail.list": plain(),
    "me.change": plain(preferences={"theme": "dark"}),
    "me.change_password": plain(current="wrong", password="four plain words here"),
    "me.end_session": plain(session="00"),
    "me.get": plain(),
    "me.make_token": plain(name="mine", scopes=["me"]),
    "me.revoke_token": plain(token="none"),
    "me.sessions": plain(),
    "me.tokens": plain(),
    "measure.enter": case(values={"csat": 4}),
    "measure.summary": plain(definition="errand"),
    "message.send": plain(name="hello", key="k"),
    "notification.choose_mail": plain(mailed=["assigned"]),
    "notification.count": plain(),
    "notification.list": plain(),
    "notification.mailed": plain(),
    "notification.mute": case(),
    "notification.read": plain(),
    "person.add": plain(**NEW_PERSON),
    "person.change": plain(person="sven", name="Sven Sundin"),
    "person.get": plain(person="ana"),
    "person.list": plain(),
    "pilot.adjust": lambda scene: {"pilot": pilot(scene), "file": changed(scene)},
    "pilot.answer": lambda scene: {"case_id": tried_case(scene), "better": True},
    "pilot.begin": untried,
    "pilot.get": lambda scene: {"pilot": pilot(scene)},
    "pilot.list": plain(),
    "pilot.of_case": case(),
    "pilot.pause": lambda scene: {"pilot": pilot(scene)},
    "pilot.resume": lambda scene: {"pilot": paused_pilot(scene)},
    "pilot.roll_back": lambda scene: {"pilot": pilot(scene)},
    "pilot.roll_out": lambda scene: {"pilot": pilot(scene)},
    "pilot.widen": lambda scene: {"pilot": pilot(scene), "share": 0.5},
    "process.case": lambda scene: {"case_id": journey(scene)},
    "process.connect": plain(proposal="no-such-one"),
    "process.get": plain(process="journey"),
    "process.lacks": plain(process="journey"),
    "process.list": plain(),
    "process.reveal": plain(),
    "role.delete": lambda scene: {"role": role(scene)},
    "role.list": plain(),
    "role.save": plain(role="cook"),
    "savings.calculate": plain(),
    "savings.measured": plain(process="errand"),
    "schedule.list": plain(),
    "search": plain(text="err"),
    "session.close": plain(),
    "session.open": plain(email="somebody@example.com", password="wrong"),
    "setting.delete": lambda scene: {"name": setting(scene)},
    "setting.list": plain(),
    "setting.save": plain(name="erp", value="https://erp.example.org"),
    "setup.first_administrator": plain(**NEW_PERSON, password="four plain words here"),
    "setup.status": plain(),
    "start.fill": plain(workflow="errand", values={}),
    "start.get": plain(workflow="errand"),
    "start.list": plain(),
    "status.get": lambda scene: {"token": scene.office.ask("bo", "link.make", case_id=scene.case).token},
    "survey.answer": lambda scene: {**survey(scene), "value": 4},
    "survey.get": lambda scene: {"token": survey(scene)["token"]},
    "task.begin": assigned(),
    "task.change_due": assigned(due_at="2026-04-01T12:00:00Z", reason="later"),
    "task.claim": shared(),
    "task.complete": assigned(),
    "task.count": plain(),
    "task.delegate": assigned(to="fay"),
    "task.drop_draft": assigned(),
    "task.fill": assigned(values={}),
    "task.finish_now": lambda scene: {"task_id": f"{scene.case}.a1", "reason": "enough"},
    "task.get": assigned(),
    "task.list": plain(),
    "task.look": assigned(),
    "task.reassign": assigned(to="fay"),
    "task.report": assigned(),
    "task.release": lambda scene: {"task_id": claimed(scene)},
    "task.save_draft": assigned(values={}),
    "task.send_back": lambda scene: {"task_id": late_task(scene), "to": "side-by-side", "reason": "again"},
    "task.skip": assigned(reason="not needed"),
    "view.delete": lambda scene: {"view": scene.office.ask("bo", "view.save", name="Mine", query="late=1").id},
    "view.list": plain(),
    "view.save": plain(name="Mine", query="late=1"),
}

SIGNS = {"not_found": "0", "forbidden": "-", "not_assignee": "x", "unauthenticated": "?"}


def outcome(office: Office, name: str, who: str) -> str:
    """Ask for real, on an errand of its own, and take back what was done to the organisation."""
    started = office.ask("ana", "case.start", workflow="errand", data={"what": "milk"})
    tasks = {task.title: task.id for task in office.ask("bo", "case.get", case_id=started.id).tasks}
    scene = Scene(office, started.id, tasks, who)
    values = ASKS[name](scene)
    context = office.context(None)
    if who in PERSON:
        context = office.context(PERSON[who])
    elif who == "foreign":
        context = office.context("zoe", organisation=FOREIGN)
    elif who == "guest":
        context = replace(context, caller=Caller(kind="guest", guest="guest:gus@example.org", task_id=tasks["Outside"]))
    try:
        calling.call(replace(context, files=Kept()), name, values)
    except Rejection as refused:
        return SIGNS.get(refused.kind, "!")
    return "+"


@pytest.fixture
def company(office: Office, store: Store) -> Office:
    office.ask(
        "bo",
        "definition.publish",
        files=[
            {"name": "e", "text": ERRAND},
            {"name": "j", "text": PROCESS},
            {"name": "s", "text": STUCK},
            {"name": "r", "text": ROBOT},
            {"name": "p", "text": POLL},
        ],
        accept="for tests",
    )
    people(store, FOREIGN)
    with store.transaction(FOREIGN) as tx:
        tx.people.save("zoe", name="Zoe", email="zoe@zoo.example")
    return office


def rules() -> dict[str, tuple[str, ...]]:
    lines = RULES.read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {name: tuple(signs) for name, *signs in rows}


def test_each_operation_has_its_row() -> None:
    assert sorted(rules()) == sorted(catalogue())
    assert sorted(ASKS) == sorted(catalogue())


NOUNS = sorted({name.partition(".")[0] for name in ASKS})


@pytest.mark.parametrize("noun", NOUNS)
def test_who_may_ask_what(company: Office, noun: str) -> None:
    for name in (one for one in ASKS if one.partition(".")[0] == noun):
        found = tuple(outcome(company, name, who) for who in ROLES)
        assert found == rules().get(name), f"{name}: {dict(zip(ROLES, found, strict=True))}"
