"""A real browser for tests: Chromium, an application on a port of its own, axe for accessibility."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # loaded only by the tests that need a browser
    from playwright.sync_api import Browser, Page, Playwright

AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
INSTALL = "No Chromium found: set CHROMIUM to one, `apt-get install chromium`, or run `playwright install chromium`."


def chromium_path() -> str | None:
    """`$CHROMIUM`, then one on the path; None leaves the choice to Playwright."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium; fails with one line that says what to install."""
    path = chromium_path() or playwright.chromium.executable_path
    if not Path(path).exists():
        pytest.fail(INSTALL, pytrace=False)
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address at which an ASGI application answers inside the block."""
    import uvicorn

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


class Watch:
    """What a page complains about: policy violations, script errors, errors on the console."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the page as it stands, one line each with the place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        f"{each['id']}: {each['help']} at {' '.join(node['target'][0] for node in each['nodes'][:3])}" for each in found
    ]


def sideways(page: Page) -> int:
    """By how many pixels the page can be scrolled sideways."""
    return page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
