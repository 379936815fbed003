"""Jinja as the pages use it: every macro of `ui/` as `ui.name`, icons, filters, one `render`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from procession.drawing import charts
from procession.web import formats, forms
from procession.web.security import HeadIsGet, SameOrigin, SecurityHeaders
from procession.web.shell import Shell

HERE = Path(__file__).parent
STATIC = HERE / "static"
ICONS = HERE / "icons"
DIAGRAM_STYLES = HERE.parent / "drawing" / "diagram.css"
DIAGRAM_ICONS = HERE.parent / "drawing" / "vendor" / "lucide"
"""Icons of the kinds of step: a page shows the same ones as the diagram beside it."""

ShellOf = Callable[[Request], Shell | None]


def install(app: FastAPI, *, shell_of: ShellOf | None = None) -> None:
    """Give an application its templates, its static files and the security of a browser door.

    `shell_of` says what stands around a page for the person who asks; None for pages without a sidebar.
    """
    app.state.templates = make_templates()
    app.state.shell_of = shell_of or _no_shell
    app.mount("/static", CachedFiles(directory=STATIC), name="static")
    app.add_middleware(HeadIsGet)
    app.add_middleware(SameOrigin)
    app.add_middleware(SecurityHeaders)


def _no_shell(request: Request) -> None:
    """Nothing stands around the page."""


def make_templates() -> Environment:
    """The environment: autoescaping, undefined names are errors, macros and filters at hand."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    # jinja's stubs know only its own filters and globals
    filters: dict[str, Any] = environment.filters
    filters.update(
        counted=formats.counted,
        number=formats.number,
        percent=formats.percent,
        money=formats.money,
        duration=formats.duration,
        span=formats.span,
        file_size=formats.file_size,
        plural=formats.plural,
        time=formats.time,
        day=formats.day,
        clock=formats.clock,
        full_time=formats.full,
        due=formats.due_time,
        due_parts=formats.due,
        initials=formats.initials,
        hue=formats.hue,
        markdown=formats.markdown,
        local_input=formats.local_input,
        currency_sign=formats.currency_sign,
        answer=formats.answer,
        duration_parts=forms.duration_parts,
    )
    shared: dict[str, Any] = environment.globals
    shared.update(
        ui=Macros(environment),
        icon=icon,
        static=static,
        charts=charts,
        DURATION_UNITS=forms.DURATION_UNITS,
        MISSING=formats.MISSING,
    )
    return environment


def render(
    request: Request,
    name: str,
    /,
    *,
    status_code: int = 200,
    block: str = "",
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Render a template for the person who asks.

    The template sees `request`, `shell`, `theme` and the context. `block` renders only that block of it, for an htmx
    request that replaces a part of the page.
    """
    shell: Shell | None = request.app.state.shell_of(request)
    template = request.app.state.templates.get_template(name)
    everything = {
        "request": request,
        "shell": shell,
        "current": shell.current(request.url.path) if shell else "",
        "theme": theme_of(request),
        **context,
    }
    seen = formats.Eyes(zone=shell.viewer.zone) if shell else formats.eyes()
    with formats.seen_by(seen):
        if block:
            html = "".join(template.blocks[block](template.new_context(everything)))
        else:
            html = template.render(everything)
    response = HTMLResponse(html, status_code, dict(headers or {}))
    if context.get("said"):
        response.delete_cookie("said")  # it was said; the next page does not repeat it
    return response


def theme_of(request: Request) -> str:
    """`light`, `dark`, or nothing when the system decides."""
    theme = request.cookies.get("theme", "")
    return theme if theme in ("light", "dark") else ""


class Macros:
    """All macros of `ui/*.html` by name, so that a template needs no imports: `{{ ui.button("Save") }}`."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._found: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if not self._found:
            self._found = self._collect()
        try:
            return self._found[name]
        except KeyError:
            raise AttributeError(f"no macro {name!r} in ui/") from None

    def _collect(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in sorted((HERE / "ui").glob("*.html")):
            exported: dict[str, Any] = self._environment.get_template(f"ui/{path.name}").module.__dict__
            for name, macro in exported.items():
                if name.startswith("_") or not callable(macro):
                    continue
                if name in found:
                    raise ValueError(f"two macros are called {name}; the second is in ui/{path.name}")
                found[name] = macro
        return found


_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@lru_cache(maxsize=256)
def _strokes(name: str) -> Markup:
    path = next((one for one in (ICONS / f"{name}.svg", DIAGRAM_ICONS / f"{name}.svg") if one.is_file()), None)
    if path is None:
        raise LookupError(f"no icon {name!r}; add it to tools/vendored.json and run tools/vendor.py fetch --accept")
    found = _SVG.search(path.read_text(encoding="utf-8"))
    assert found is not None, f"{path} is no SVG"
    return Markup(" ".join(found.group(1).split()).replace("> <", "><"))  # noqa: S704 our own files


def icon(name: str, size: int = 16, label: str = "") -> Markup:
    """A Lucide icon drawn in the text's colour; hidden from screen readers unless it stands alone and has a label."""
    role = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" {1}>{2}</svg>'
    ).format(size, role, _strokes(name))


@lru_cache(maxsize=64)
def static(path: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it for good."""
    file = DIAGRAM_STYLES if path == DIAGRAM_STYLES.name else STATIC / path
    return f"/static/{path}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


class CachedFiles(StaticFiles):
    """Static files; fonts, and addresses that carry the file's version, may be kept for a year."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Where the file lies; the style sheet of the diagrams lies with them."""
        if path == DIAGRAM_STYLES.name:
            return str(DIAGRAM_STYLES), DIAGRAM_STYLES.stat()
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        lasting = scope["query_string"].startswith(b"v=") or path.startswith("fonts/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        return response
