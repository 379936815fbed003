"""What stands around every page: navigation, the person who looks, the switch between people of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A line of the sidebar. Only pages that exist are listed."""

    label: str
    href: str
    icon: str
    keys: str = ""
    """Two keys pressed one after the other, such as `g i`."""
    count: int | None = None
    alert: bool = False
    """Whether late work is inside: the count is then red."""


@dataclass(frozen=True, slots=True)
class NavSection:
    """A group of lines; the first has no title."""

    title: str
    items: Sequence[NavItem]


@dataclass(frozen=True, slots=True)
class Choice:
    """A person that one can be in the demo."""

    id: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at the page."""

    name: str
    detail: str = ""
    """Under the name: the organisation, or the role."""
    zone: tzinfo = UTC
    keys: bool = True
    """Whether single-key shortcuts are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Everything that `layouts/base.html` shows beside the page itself."""

    nav: Sequence[NavSection]
    viewer: Viewer
    search_url: str = ""
    """Where the command palette asks, as `GET search_url?q=`; empty hides search and Ctrl K."""
    people: Sequence[Choice] = ()
    """Demo mode: the people one can be; switching posts `person` to `switch_url`."""
    switch_url: str = ""
    account_url: str = ""
    told_url: str = ""
    """Where what one was told stands; empty hides the bell."""
    unread: int = 0
    """How much of it is unread."""
    sign_out_url: str = ""
    """Where signing out is posted; empty hides it."""
    links: Sequence[NavItem] = field(default_factory=tuple)
    """Further lines of the person's menu."""

    def current(self, path: str) -> str:
        """The address of the nav item that this path belongs to: the longest that begins it."""
        held = [
            item.href
            for section in self.nav
            for item in section.items
            if path == item.href or (item.href != "/" and path.startswith(item.href.rstrip("/") + "/"))
        ]
        return max(held, key=len, default=self.told_url if path == self.told_url else "")
