"""Diagrams on a page under the policy of the product: they look right, can be tabbed through, and axe is content."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import procession.drawing
from procession.drawing.flow import draw_flow
from procession.drawing.palette import COLOURS
from procession.drawing.process_map import draw_map
from tests.drawing import samples
from tests.support.browser import Watch, served, violations

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'"
STYLE = (Path(procession.drawing.__file__).parent / "diagram.css").read_text(encoding="utf-8")
TOKENS = ":root{" + "".join(f"--{name}:light-dark({c.light},{c.dark});" for name, c in COLOURS.items()) + "}"
PICTURES = {
    **{make.__name__: draw_flow(make()) for make in samples.FLOWS},
    "onboarding": draw_map(samples.onboarding()),
}


def page_of(request: Request) -> Response:
    picture, theme = request.path_params["name"], request.query_params.get("theme", "light")
    links = '<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">'
    head = f'<meta charset="utf-8"><title>Diagram</title>{links}'
    body = f"<main><h1>Diagram</h1>{PICTURES[picture]}</main>"
    return HTMLResponse(
        f'<!doctype html><html lang="en" data-theme="{theme}"><head>{head}</head><body>{body}</body></html>',
        headers={"Content-Security-Policy": POLICY},
    )


def style(request: Request) -> Response:
    themes = "[data-theme=light]{color-scheme:light}[data-theme=dark]{color-scheme:dark}"
    page = "body{background:var(--bg);color:var(--text);margin:16px;font-family:sans-serif}"
    return Response(TOKENS + themes + page + STYLE, media_type="text/css")


APP = Starlette(routes=[Route("/style.css", style), Route("/pictures/{name}", page_of)])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_diagrams_keep_the_policy_and_axe_is_content(browser: Browser, theme: str) -> None:
    with served(APP) as address:
        page = browser.new_page()
        watch = Watch(page)
        for name in PICTURES:
            page.goto(f"{address}/pictures/{name}?theme={theme}")
            assert violations(page) == [], name
            box = page.locator("rect.dg-face").first
            colour = COLOURS["surface"].on("dark" if theme == "dark" else "light")
            expected = f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"
            if name in ("support_ticket", "document_approval"):
                assert box.evaluate("part => getComputedStyle(part).fill") == expected
        assert watch.complaints == []
        page.close()


def test_tab_goes_through_the_steps_in_order_and_shows_where_it_is(browser: Browser) -> None:
    with served(APP) as address:
        page = browser.new_page()
        page.goto(f"{address}/pictures/onboarding")
        seen: list[str] = []
        for _ in range(6):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
        assert seen == [
            "?w=offer",
            "?step=record-accepted-offer",
            "?step=draft-contract",
            "?step=approve-contract",
            "?step=send-for-signature",
            "?h=0",
        ]
        focused = page.locator("a:focus .dg-pill")
        vendor = page.get_by_role("link", name="Vendor check, Checkright (guest) · 1 h work, 6.2 d", exact=True)
        assert vendor.count() == 1
        assert focused.evaluate("part => getComputedStyle(part).strokeWidth") == "2.5px"
        page.close()
