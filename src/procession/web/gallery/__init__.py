"""The component gallery at `/dev/ui`, for development only: every part in its states, and pages with invented data.

`application()` is a small application of its own; `python -m procession.web.gallery` serves it.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from procession.web.gallery import data, frame
from procession.web.templating import install, render

router = APIRouter(prefix="/dev/ui", include_in_schema=False)

PAGES = (
    "home",
    "inbox",
    "cases",
    "case",
    "map",
    "workflow",
    "publish",
    "guest",
    "requester",
    "login",
    "setup",
    "error",
)
"""The example pages, in the order in which the gallery lists them."""


@router.get("")
def components(request: Request) -> HTMLResponse:
    """Every component in its states."""
    return render(request, "gallery/index.html", pages=PAGES, **data.components())


@router.get("/search")
def search(request: Request, q: str = "") -> HTMLResponse:
    """What the command palette gets: groups of results that contain the words."""
    wanted = q.casefold()
    groups = [
        {"title": title, "items": [item for item in items if wanted in item["label"].casefold()]}
        for title, items in frame.SEARCHABLE
    ]
    return render(request, "gallery/search.html", groups=[group for group in groups if group["items"]])


@router.get("/{name}")
def page(request: Request, name: str) -> HTMLResponse:
    """One example page."""
    if name not in PAGES:
        raise HTTPException(404)
    return render(request, f"gallery/{name}.html", **data.page(name, request.query_params.get("task", "3")))


@router.post("/{name}")
def sent(name: str) -> Response:
    """Examples change nothing; they come back."""
    return RedirectResponse(f"/dev/ui/{name}" if name in PAGES else "/dev/ui", 303)


def application() -> FastAPI:
    """The gallery alone, as tests and designers run it."""
    app = FastAPI(openapi_url=None)
    install(app, shell_of=lambda request: frame.shell())
    app.include_router(router)
    return app
