"""What the machine does, for administrators: mails in the outbox, incidents, jobs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import NotFound, Rejection
from procession.web.showing import address, said, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go

router = APIRouter()
MAIL_STATES = ("waiting", "sent", "kept", "failed")
JOB_STATES = ("waiting", "failed", "done", "moot")
TABS = (("Mail", "/admin/mails"), ("Incidents", "/admin/incidents"), ("Jobs", "/admin/jobs"))


@router.get("/admin/mails")
def mails(request: Request, status: str = "", after: str = "") -> Response:
    """The outbox, the latest first."""
    chosen = status if status in MAIL_STATES else ""
    page = ask(request, "mail.list", status=chosen or None, after=after or None)
    more = address("/admin/mails", {"status": chosen, "after": page.next}) if page.next else ""
    return render(request, "pages/mails.html", page=page, status=chosen, states=MAIL_STATES, more=more, tabs=TABS)


@router.get("/admin/incidents")
def incidents(request: Request) -> Response:
    """What keeps cases from going on, the longest first."""
    return render(
        request, "pages/incidents.html", incidents=ask(request, "incident.list"), tabs=TABS, said=said(request)
    )


@router.get("/admin/jobs")
def jobs(request: Request, status: str = "") -> Response:
    """The machine work of all cases."""
    return _jobs(request, status)


def _jobs(request: Request, status: str = "", code: int = 200, problem: str = "") -> Response:
    chosen = status if status in JOB_STATES else ""
    return render(request, "pages/jobs.html", status_code=code, jobs=ask(request, "job.list", status=chosen or None),
                  status=chosen, states=JOB_STATES, tabs=TABS, problem=problem, said=said(request))  # fmt: skip


@router.post("/admin/jobs/{job}/retry")
def retry(request: Request, job: str, form: Posted) -> Response:
    try:
        ask(request, "job.retry", job=job)
    except NotFound:
        raise
    except Rejection as refused:
        return _jobs(request, code=409, problem=sentence_of(refused))
    return go("/admin/jobs", said="It is tried again")
