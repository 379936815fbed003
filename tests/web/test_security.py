"""The two guards in front of every page, and what templates and static files promise."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from procession.web.security import CONTENT_SECURITY_POLICY
from procession.web.shell import NavItem, NavSection, Shell, Viewer
from procession.web.templating import icon, install, make_templates, static
from tests.support.browser import served


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    app = FastAPI()
    install(app)

    @app.get("/page")
    def page() -> Response:
        return PlainTextResponse("page")

    @app.post("/change")
    def change(request: Request) -> Response:
        return PlainTextResponse("changed")

    with served(app) as address, httpx.Client(base_url=address, headers={"Host": "procession.test"}) as asking:
        yield asking


def test_every_answer_carries_the_policy(client: httpx.Client) -> None:
    for path in ("/page", "/no-such-page", "/static/app.js"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),  # no browser, hence no session that a page could abuse
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://procession.test"}, True),
        ({"Origin": "https://procession.test"}, True),  # behind a proxy that ends TLS
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "http://procession.test.evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://procession.test", "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_changes_come_from_our_own_pages_only(client: httpx.Client, headers: dict[str, str], allowed: bool) -> None:
    answer = client.post("/change", headers=headers)
    assert answer.status_code == (200 if allowed else 403)
    assert (answer.text == "changed") is allowed


def test_reading_is_not_restricted(client: httpx.Client) -> None:
    assert client.get("/page", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_look_at_the_head_gets_the_headers_alone(client: httpx.Client) -> None:
    whole, head = client.get("/page"), client.head("/page")
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_static_files_are_kept_when_their_address_names_the_version(client: httpx.Client) -> None:
    assert client.get(static("app.css")).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/app.css").headers["cache-control"] == "no-cache"
    assert client.get("/page").headers["cache-control"] == "private, no-cache"
    assert client.get(static("diagram.css")).status_code == 200
    assert client.get("/static/%2e%2e/security.py").status_code == 404


def test_an_unknown_icon_says_what_to_do() -> None:
    with pytest.raises(LookupError, match=r"vendored\.json"):
        icon("no-such-icon")


def test_an_icon_is_hidden_unless_it_stands_alone() -> None:
    assert 'aria-hidden="true"' in icon("flame")
    assert 'role="img" aria-label="Late &lt;"' in icon("flame", label="Late <")


def test_a_name_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(Exception, match="nothing"):
        make_templates().from_string("{{ nothing }}").render()
    with pytest.raises(AttributeError, match="no macro"):
        _ = make_templates().globals["ui"].no_such_macro  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "/"), ("/cases", "/cases"), ("/cases/1", "/cases"), ("/cases/late", "/cases/late"), ("/casesx", "")],
)
def test_the_current_line_of_the_sidebar_is_the_longest_that_fits(path: str, current: str) -> None:
    items = [NavItem(label=href, href=href, icon="house") for href in ("/", "/cases", "/cases/late")]
    shell = Shell(nav=[NavSection("", items)], viewer=Viewer(name="Ana"))
    assert shell.current(path) == current
