"""Mail: of `email:` steps, to people who are told something, to guests who are asked to do a task.

Every mail is a row in the outbox before it is sent, under a name that repeats find again; so a repeat sends only what
has not gone out. Without a mail server it stays there, for the outbox page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from procession.connectors.email import Attachment, Mail, MailFailed
from procession.engine.calendar import WorkCalendar
from procession.engine.case import Json, task_id
from procession.engine.events import JobRequested, StepOpened, SurveyAsked, TaskDelegated
from procession.engine.instants import from_instant
from procession.jobs.work import JobFailed, Work
from procession.operations.notifications import wants_mail
from procession.store.files import FileRow
from procession.store.mails import MailRow
from procession.store.tasks import TaskRow
from procession.store.transaction import Transaction

INVITATION_LASTS = timedelta(days=30)
"""How long the link of an invitation is good; the case's page gives out new ones."""
_GUEST = "guest:"


def run_email(work: Work) -> Json:
    """Send the mail of a step, to each address once."""
    config = cast("JobRequested", work.event).config
    addresses = [str(one) for one in cast("list[Json]", config.get("to") or [])]
    attached = cast("list[Mapping[str, Json]]", config.get("attach") or [])
    files = [str(one["id"]) for one in attached]
    names: list[str] = []
    with work.store.transaction(work.organisation) as tx:
        for address in addresses:
            name = f"{work.key}.{hashlib.sha256(address.lower().encode()).hexdigest()[:12]}"
            names.append(name)
            tx.mails.put(
                name, address=address, subject=str(config.get("subject") or ""), text=str(config.get("text") or ""),
                what="step", at=work.now(), case_id=work.case.id, attachments=files,
            )  # fmt: skip
    for name in names:
        send(work, name)
    return {"to": addresses}


def run_tell_people(work: Work) -> Json:
    """Tell by mail what stands in people's inboxes, unless they do not want mail."""
    names: list[str] = []
    with work.store.transaction(work.organisation) as tx:
        for told in tx.notifications.of_event(work.row.case_id, work.row.seq):
            person = tx.people.find(told.person)
            address = _address(told.person, person.email if person is not None else "")
            if not address or (person is not None and not wants_mail(person.preferences, told.what, told.case_id)):
                continue
            name = f"{work.row.case_id}.{work.row.seq}.{told.person}"
            names.append(name)
            if tx.mails.get(name) is not None:
                continue
            tx.mails.put(
                name, address=address, subject=f"{told.text} · {told.case_name}",
                text=f"{told.text}\n\n{told.case_name}\n{_link(work, tx, told.person, told.activation)}\n",
                what=told.what, at=work.now(),
                person=told.person, case_id=work.row.case_id,
            )  # fmt: skip
    for name in names:
        send(work, name)
    return None


def run_invite_guest(work: Work) -> Json:
    """Send a guest the private link to the task."""
    event = cast("StepOpened | TaskDelegated", work.event)
    guest = event.assignee if isinstance(event, StepOpened) else event.person
    name = f"{work.row.case_id}.{work.row.seq}.invitation"
    task = work.case.activations.get(event.activation)
    if task is None or not guest or task.assignee != guest:
        return None
    calendar = work.store.surroundings(work.organisation).calendar
    with work.store.transaction(work.organisation) as tx:
        if tx.mails.get(name) is None:
            _write_invitation(work, tx, calendar, name, tx.tasks.get(task_id(work.case.id, event.activation)), guest)
    send(work, name)
    return None


def _write_invitation(
    work: Work, tx: Transaction, calendar: WorkCalendar, name: str, task: TaskRow, guest: str
) -> None:
    """Say who asks, what for, by when and how long the link is good: a guest may never have heard of the task."""
    asking = tx.run("SELECT title FROM organisations WHERE organisation = :organisation").scalar_one()
    wanted = f"Wanted by {_day(calendar, task.due_at)}.\n\n" if task.due_at is not None else ""
    tx.mails.put(
        name, address=guest.removeprefix(_GUEST), subject=f"{task.title} · {asking}",
        text=f"{asking} asks you: {task.title}\n\n{wanted}"
             f"Open this private link to do it; nobody else should have it:\n"
             f"{_private_link(work, tx, guest, task.activation)}\n\n"
             f"It is good until {_day(calendar, work.now() + INVITATION_LASTS)}.\n",
        what="invitation", at=work.now(), case_id=work.row.case_id,
    )  # fmt: skip


def _day(calendar: WorkCalendar, at: datetime) -> str:
    """`8 December 2026`, as the calendar's wall says it."""
    day = calendar.local_day(at)
    return f"{day.day} {day:%B %Y}"


def _private_link(work: Work, tx: Transaction, guest: str, activation: str) -> str:
    """A new link to a guest's task: of those given out before, only the hashes are kept."""
    token = tx.guest_links.create(
        kind="task", case_id=work.row.case_id, guest=guest, at=work.now(), activation=activation,
        expires_at=work.now() + INVITATION_LASTS,
    )  # fmt: skip
    return f"{work.tools.base_url}/g/{token}"


def run_ask_survey(work: Work) -> Json:
    """Send the private link of a survey."""
    event = cast("SurveyAsked", work.event)
    name = f"{work.row.case_id}.{work.row.seq}.survey"
    if event.survey not in work.case.surveys:
        return None  # it has been answered meanwhile
    with work.store.transaction(work.organisation) as tx:
        person = tx.people.find(event.to)
        address = _address(event.to, person.email if person is not None else "")
        if not address:
            return None
        if tx.mails.get(name) is None:
            token = tx.guest_links.create(
                kind="survey", case_id=work.row.case_id, guest=event.to, at=work.now(), activation=event.survey,
                expires_at=from_instant(event.expires_at),
            )  # fmt: skip
            tx.mails.put(
                name, address=address, subject=event.question,
                text=f"{event.question}\n\nAnswer with this private link, once; nobody else should have it:\n"
                     f"{work.tools.base_url}/q/{token}\n",
                what="survey", at=work.now(), case_id=work.row.case_id,
            )  # fmt: skip
    send(work, name)
    return None


def _address(person: str, email: str) -> str:
    if person.startswith(_GUEST):
        return person.removeprefix(_GUEST)
    return email or (person if "@" in person else "")


def _link(work: Work, tx: Transaction, person: str, activation: str | None) -> str:
    if person.startswith(_GUEST):
        task = work.case.activations.get(activation or "")
        theirs = task is not None and task.assignee == person
        return _private_link(work, tx, person, activation) if theirs and activation else ""
    if activation is not None and activation in work.case.activations:
        return f"{work.tools.base_url}/tasks/{work.case.id}.{activation}"
    return f"{work.tools.base_url}/cases/{work.case.id}"


def send(work: Work, name: str) -> None:
    """Send a mail of the outbox that has not gone out. Raises JobFailed."""
    with work.store.transaction(work.organisation) as tx:
        row = tx.mails.get(name)
        files = [tx.files.get(one) for one in row.attachments] if row is not None else []
        if row is None or row.status == "sent":
            return
        if work.tools.mailer is None:
            tx.mails.mark(name, "kept")
            return
    try:
        work.tools.mailer.send(_mail(work, row, files))
    except MailFailed as failed:
        with work.store.transaction(work.organisation) as tx:
            tx.mails.mark(name, "waiting" if failed.again else "failed", error=str(failed))
        raise JobFailed(str(failed), again=failed.again) from None
    with work.store.transaction(work.organisation) as tx:
        tx.mails.mark(name, "sent", at=work.now())


def _mail(work: Work, row: MailRow, files: list[FileRow]) -> Mail:
    attachments = [Attachment(one.name, one.type, work.tools.files.read(one.sha256)) for one in files]
    return Mail(id=row.id, to=row.address, subject=row.subject, text=row.text, attachments=attachments)
