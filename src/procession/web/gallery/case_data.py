"""Invented cases for the gallery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from procession.web import formats
from procession.web.gallery import pictures
from procession.web.gallery.moments import at, present

CASES: list[tuple[str, str, str, str, str, str, str, int | None, int]] = [
    (
        "Invoice 20433 · Brightline Logistics",
        "$7,480",
        "Vendor invoice",
        "ddnttt",
        "Manager approval",
        "Amara Osei",
        "You",
        0,
        27,
    ),
    (
        "Onboard Priya Nair",
        "Starts 30 Nov",
        "New-hire onboarding",
        "ddddlnttt",
        "Approve permissions +1",
        "Dana Kim",
        "",
        -2,
        216,
    ),
    (
        "Onboard Tomás Vega",
        "Starts 7 Dec",
        "New-hire onboarding",
        "ddnnttttt",
        "Choose equipment +1",
        "Dana Kim",
        "",
        0,
        102,
    ),
    (
        "Invoice 20418 · Halden Paper",
        "$3,120",
        "Vendor invoice",
        "ddltt",
        "Manager approval",
        "Amara Osei",
        "You",
        -1,
        49,
    ),
    (
        "Supplier: Meridian Foods",
        "High risk",
        "Supplier review",
        "dddnttt",
        "Review supplier risk",
        "Marta Rossi",
        "",
        4,
        144,
    ),
    (
        "Close October 2026",
        "Entity NL-02",
        "Month-end close",
        "ddddddnt",
        "Sign off monthly close",
        "Chidi Wole",
        "",
        5,
        122,
    ),
    (
        "Onboard Hana Suzuki",
        "Starts 1 Dec",
        "New-hire onboarding",
        "ddddddntt",
        "Assign buddy",
        "Jonas Lind",
        "",
        2,
        264,
    ),
    ("Invoice 20427 · Ortiz & Lund", "$640", "Vendor invoice", "dnttt", "Fix mismatch", "Amara Osei", "You", 0, 22),
    (
        "Onboard Ben Achterberg",
        "Starts 14 Dec",
        "New-hire onboarding",
        "dnttttttt",
        "Approve contract",
        "Priti Shah",
        "",
        3,
        48,
    ),
    ("Policy: Food safety", "Yearly", "Policy renewal", "dntt", "Renew certificate", "Chidi Wole", "", 17, 24),
    ("Invoice 20431 · Kestrel Print", "$212", "Vendor invoice", "dddn", "Schedule payment", "Treasury", "", 2, 14),
    (
        "Supplier: Nordvik Seafood",
        "Medium risk",
        "Supplier review",
        "ddsnttt",
        "Waiting for supplier",
        "Guest",
        "",
        None,
        76,
    ),
]
STATES = {"d": "done", "n": "now", "l": "late", "t": "todo", "s": "skipped"}


def cases() -> dict[str, Any]:
    return {
        "cases": [
            {
                "name": name,
                "note": note,
                "workflow": workflow,
                "states": [STATES[letter] for letter in track],
                "now_at": now_at,
                "who": who,
                "shown": shown,
                "due_at": None if days is None else at(days, 23 if days == 0 else 9, 30),
                "age": timedelta(hours=hours),
            }
            for name, note, workflow, track, now_at, who, shown, days, hours in CASES
        ]
    }


def timeline() -> list[dict[str, Any]]:
    now = present()
    return [
        {
            "icon": "circle-alert",
            "tone": "bad",
            "text": "Approve permissions is late",
            "detail": "Dana Kim was reminded twice",
            "at": now - timedelta(hours=3),
        },
        {
            "icon": "skip-forward",
            "tone": "",
            "text": "Courier was skipped",
            "detail": 'because site = "remote" is not true: site is Rotterdam',
            "at": now - timedelta(days=1, hours=2),
        },
        {
            "icon": "check",
            "tone": "ok",
            "text": "Background check came back clear",
            "detail": "handed over: employee, site, start date",
            "at": now - timedelta(days=2),
        },
        {
            "icon": "link",
            "tone": "guest",
            "text": "Checkright opened its private link",
            "detail": "",
            "at": now - timedelta(days=6),
        },
        {
            "icon": "play",
            "tone": "info",
            "text": "Marta Rossi started the case",
            "detail": "",
            "at": now - timedelta(days=9),
        },
    ]


def case() -> dict[str, Any]:
    now = present()
    step = {"kind": "step"}
    return {
        "flow": pictures.flow(),
        "now": now,
        "due_at": at(-2, 17),
        "states": [STATES[letter] for letter in "ddddlnttt"],
        "steps": [
            {
                **step,
                "icon": "check",
                "tone": "ok",
                "text": "Offer and contract",
                "detail": "Priti Shah · 2 d, 25 min working",
                "note": "12 Nov",
            },
            {
                **step,
                "icon": "check",
                "tone": "ok",
                "text": "Background check",
                "detail": "Checkright · 5 d 4 h",
                "note": "19 Nov",
            },
            {
                **step,
                "icon": "skip-forward",
                "text": "Courier",
                "detail": "skipped: site is Rotterdam, not remote",
                "note": "19 Nov",
            },
            {
                **step,
                "icon": "circle-alert",
                "tone": "bad",
                "text": "Approve permissions",
                "detail": "with Dana Kim since Thursday, 2 days late",
                "note": "now",
            },
            {
                **step,
                "icon": "circle-dot",
                "tone": "info",
                "text": "Choose equipment",
                "detail": "with Dana Kim since yesterday",
                "note": "now",
            },
            {"icon": "circle", "kind": "todo", "text": "Assign buddy", "detail": "People ops", "note": ""},
        ],
        "timeline": timeline(),
        "comments": [
            {
                "author": "Dana Kim",
                "at": now - timedelta(hours=26),
                "text": "Is **finance** the right role? The old one had *reporting* too.",
            },
            {"author": "Jonas Lind", "at": now - timedelta(hours=4), "text": "Yes, reporting follows from it."},
        ],
        "facts": [
            ("Employee", "Priya Nair"),
            ("Starts on", "30 Nov"),
            ("Site", "Rotterdam"),
            ("Manager", "Dana Kim"),
            ("Laptop", formats.MISSING),
        ],
    }
