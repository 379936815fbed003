"""What stands around the example pages."""

from __future__ import annotations

from procession.web.gallery.fields import PEOPLE
from procession.web.shell import Choice, NavItem, NavSection, Shell, Viewer


def shell() -> Shell:
    """The frame of the example pages."""
    return Shell(
        nav=(
            NavSection(
                "",
                (
                    NavItem(label="Home", href="/dev/ui/home", icon="house", keys="g h"),
                    NavItem(label="My tasks", href="/dev/ui/inbox", icon="inbox", keys="g i", count=5, alert=True),
                    NavItem(label="Running cases", href="/dev/ui/cases", icon="list-checks", keys="g c", count=128),
                ),
            ),
            NavSection(
                "Improve",
                (NavItem(label="Processes", href="/dev/ui/map", icon="waypoints", keys="g p"),),
            ),
            NavSection(
                "Design",
                (
                    NavItem(label="Workflows", href="/dev/ui/workflow", icon="layout-template", keys="g w"),
                    NavItem(label="Components", href="/dev/ui", icon="layers"),
                ),
            ),
        ),
        viewer=Viewer(name="Amara Osei", detail="Northwind Foods"),
        search_url="/dev/ui/search",
        people=tuple(Choice(name, name, detail) for name, detail in zip(PEOPLE, ROLES, strict=True)),
        switch_url="/dev/ui/home",
        account_url="/dev/ui/home",
        sign_out_url="/dev/ui/login",
    )


ROLES = (
    "Finance manager",
    "Hiring manager",
    "IT support",
    "Controller",
    "Chief financial officer",
    "People operations",
)

SEARCHABLE: list[tuple[str, list[dict[str, str]]]] = [
    (
        "Pages",
        [
            {"label": "Open the process map", "href": "/dev/ui/map", "icon": "waypoints", "detail": ""},
            {"label": "Start a case", "href": "/dev/ui/cases", "icon": "play", "detail": ""},
        ],
    ),
    (
        "Cases",
        [
            {"label": "Onboard Priya Nair", "href": "/dev/ui/case", "icon": "file-text", "detail": "9 d"},
            {
                "label": "Invoice 20433 · Brightline Logistics",
                "href": "/dev/ui/case",
                "icon": "file-text",
                "detail": "1 d 3 h",
            },
        ],
    ),
    (
        "People",
        [
            {"label": name, "href": "/dev/ui/home", "icon": "user", "detail": role}
            for name, role in zip(PEOPLE, ROLES, strict=True)
        ],
    ),
]
