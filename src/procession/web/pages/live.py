"""The stream of news that an open page listens to."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from procession.operations.loading import case_of
from procession.web.live import Live
from procession.web.visiting import site_of, visit

router = APIRouter()
MOST_TOPICS = 10


def live_of(request: Request) -> Live:
    """The streams of this server."""
    state = request.app.state
    if not hasattr(state, "live"):
        state.live = Live(site_of(request).store)
    return state.live


@router.get("/events")
def events(request: Request, topics: str = "") -> Response:
    """Says `changed` whenever something happens that the topics name. Raises `NotFound` for a case that is not shown."""
    ctx = visit(request)
    wanted = topics.split(",")[:MOST_TOPICS]
    with ctx.store.transaction(ctx.organisation) as tx:
        for one in wanted:
            if one.startswith("case:"):
                case_of(ctx, tx, one.removeprefix("case:"))
    stream = live_of(request).stream(ctx.organisation, ctx.caller.id, wanted)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
