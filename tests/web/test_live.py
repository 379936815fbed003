"""A page that is open follows what happens: one stream, the changed part fetched again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from procession.web.gallery import frame
from procession.web.templating import install
from tests.support.browser import Watch, served

PAGE = """{% extends "layouts/base.html" %}{% block title %}Live{% endblock %}
{% block page_attrs %}data-live="/events?topics=tasks" data-live-fragment="#list"{% endblock %}
{% block content %}<ul id="list">{% for item in items %}<li id="item-{{ loop.index }}">{{ item }}</li>{% endfor %}</ul>
<input aria-label="Note" id="note">{% endblock %}"""


@pytest.fixture
def live() -> Iterator[SimpleNamespace]:
    """An application whose list can be changed from the test."""
    app, state = FastAPI(), SimpleNamespace(items=["first"], version=0)
    install(app, shell_of=lambda request: frame.shell())

    @app.get("/")
    def page(request: Request) -> Response:
        environment = app.state.templates
        context = {"request": request, "shell": frame.shell(), "current": "", "theme": "", "items": state.items}
        return HTMLResponse(environment.from_string(PAGE).render(context))

    @app.get("/events")
    def events() -> Response:
        async def tell() -> AsyncIterator[str]:
            seen = state.version
            yield ": hello\n\n"
            for _ in range(400):
                await asyncio.sleep(0.05)
                if state.version != seen:
                    seen = state.version
                    yield "event: changed\ndata: tasks\n\n"

        return StreamingResponse(tell(), media_type="text/event-stream")

    with served(app) as address:
        state.address = address
        yield state


def test_the_part_that_changed_is_fetched_again_and_the_rest_is_kept(browser: Browser, live: SimpleNamespace) -> None:
    page = browser.new_page()
    watch = Watch(page)
    with page.expect_response("**/events*"):
        page.goto(live.address)
    page.locator("#note").fill("half a sentence")
    live.items.append("second <b>")
    live.version += 1
    expect(page.locator("#list li")).to_have_text(["first", "second <b>"])
    expect(page.locator("#note")).to_have_value("half a sentence")
    expect(page.locator("#note")).to_be_focused()
    assert page.url == f"{live.address}/"
    assert watch.complaints == []
    page.close()


def test_nothing_moves_under_the_pointer(browser: Browser, live: SimpleNamespace) -> None:
    page = browser.new_page()
    with page.expect_response("**/events*"):
        page.goto(live.address)
    page.locator("#list").hover()
    live.items.append("second")
    live.version += 1
    button = page.get_by_role("button", name="Something changed. Show")
    expect(button).to_be_visible()
    expect(page.locator("#list li")).to_have_text(["first"])
    button.click()
    expect(page.locator("#list li")).to_have_text(["first", "second"])
    page.close()
