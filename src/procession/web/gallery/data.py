"""Invented data for the gallery. Nothing here is read by the product."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from procession.drawing import charts
from procession.web import formats
from procession.web.forms import Field, Option
from procession.web.shell import Choice, NavItem, NavSection, Shell, Viewer

PEOPLE = ("Amara Osei", "Dana Kim", "Jonas Lind", "Marta Rossi", "Chidi Wole", "Priti Shah")


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
            {"label": "Open the process map", "href": "/dev/ui/map", "icon": "waypoints", "keys": "g p"},
            {"label": "Start a case", "href": "/dev/ui/cases", "icon": "play", "keys": "c"},
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


def _now() -> datetime:
    return formats.eyes().now


def _at(days: int, hour: int, minute: int = 0) -> datetime:
    """A moment some days from today."""
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=days), time(hour, minute), UTC)


def page(name: str, chosen: str) -> dict[str, Any]:
    """The context of one example page."""
    makers = {
        "home": _home,
        "inbox": lambda: _inbox(chosen),
        "cases": _cases,
        "case": _case,
        "map": _map,
        "workflow": _workflow,
        "publish": _publish,
        "guest": _guest,
        "requester": _requester,
        "error": _error,
    }
    return makers.get(name, dict)()


def components() -> dict[str, Any]:
    """The context of the gallery itself."""
    now = _now()
    return {
        "now": now,
        "moments": {
            "late": now - timedelta(days=2, hours=1),
            "today": now + timedelta(minutes=30) if now.hour < 23 else now - timedelta(minutes=10),
            "week": now + timedelta(days=3),
            "later": now + timedelta(days=24),
            "past": now - timedelta(hours=5),
        },
        "form": all_fields(),
        "wrong": wrong_fields(),
        "people": PEOPLE,
        "pareto": _pareto(620),
        "pareto_narrow": _pareto(340),
        "bars": _by_group(),
        "stacked": _where_time_goes(),
        "line": _trend(),
        "spark": _spark(),
        "findings": FINDINGS,
        "flow": _flow(),
        "timeline": _timeline(),
    }


COUNTRIES = tuple(
    Option(code, name)
    for code, name in (("be", "Belgium"), ("de", "Germany"), ("nl", "Netherlands"), ("no", "Norway"), ("se", "Sweden"))
)


def all_fields() -> list[Field]:
    """One field of every type."""
    lines = (
        Field(name="item", label="Item", required=True),
        Field(name="quantity", label="Quantity", type="integer"),
        Field(name="price", label="Price", type="money", currency="EUR"),
        Field(name="needed", label="Needed on", type="date"),
    )
    return [
        Field(
            name="item",
            label="What are you buying",
            value="Forklift battery",
            required=True,
            hint="As it should stand on the order.",
        ),
        Field(
            name="why", label="Why", type="long text", value="The old one holds no charge.\nIt stops the night shift."
        ),
        Field(name="pieces", label="Pieces", type="integer", value=2, unit="pcs", wide=False),
        Field(name="weight", label="Weight", type="number", value=Decimal("41.5"), unit="kg", wide=False),
        Field(
            name="amount",
            label="Amount",
            type="money",
            currency="EUR",
            value=Decimal("7480.00"),
            required=True,
            wide=False,
        ),
        Field(name="discount", label="Discount", type="percent", value=Decimal("0.02"), wide=False),
        Field(name="received", label="Goods received on", type="date", value="2026-11-20", wide=False),
        Field(name="meeting", label="Handover", type="datetime", value="2026-11-23T09:30:00+00:00", wide=False),
        Field(name="lead", label="Lead time", type="duration", value="P2D", wide=False),
        Field(name="new", label="Is the vendor new", type="yes/no", value=False, wide=False),
        Field(
            name="level",
            label="Decision",
            type="choice",
            value="approve",
            required=True,
            options=(Option("approve", "Approve"), Option("reject", "Reject"), Option("back", "Send back to AP clerk")),
        ),
        Field(name="country", label="Country", type="choice", value="nl", options=COUNTRIES, wide=False),
        Field(name="contact", label="Contact", type="email", value="sales@brightline.example", wide=False),
        Field(
            name="systems",
            label="Systems",
            type="choices",
            value=["mail", "erp"],
            options=(Option("mail", "Mail"), Option("erp", "ERP"), Option("crm", "CRM"), Option("git", "Source code")),
        ),
        Field(name="link", label="Quote online", type="url", wide=False),
        Field(
            name="buyer",
            label="Buyer",
            type="person",
            value="Dana Kim",
            options=tuple(Option(n, n) for n in PEOPLE),
            wide=False,
        ),
        Field(
            name="team",
            label="Team",
            type="group",
            options=(Option("it", "IT support"), Option("fin", "Finance")),
            wide=False,
        ),
        Field(
            name="total",
            label="Total with tax",
            type="calculated",
            shown="€9,050.80",
            hint="Amount and 21 % tax.",
            wide=False,
        ),
        Field(name="locked", label="Cost centre", value="4100 Distribution", read_only=True, wide=False),
        Field(name="quote", label="Quote", type="file", hint="PDF, up to 10 MB.", accept=".pdf"),
        Field(
            name="lines",
            label="Lines",
            type="table",
            columns=lines,
            rows=({"item": "Battery", "quantity": 2, "price": "3740.00", "needed": "2026-12-01"}, {}),
        ),
    ]


def wrong_fields() -> list[Field]:
    """Fields that came back."""
    lines = (
        Field(name="item", label="Item", required=True),
        Field(name="price", label="Price", type="money", currency="EUR"),
    )
    return [
        Field(
            name="w_received",
            label="Goods received on",
            type="date",
            value="2027-11-23",
            required=True,
            error="This date is in the future. Pick today or earlier.",
            wide=False,
        ),
        Field(
            name="w_amount",
            label="Amount",
            type="money",
            currency="EUR",
            value="a lot",
            error="“a lot” is not an amount. Write it as 7480.00.",
            wide=False,
        ),
        Field(
            name="w_level",
            label="Decision",
            type="choice",
            required=True,
            error="Choose one of the three.",
            options=(Option("a", "Approve"), Option("r", "Reject"), Option("s", "Send back")),
        ),
        Field(name="w_file", label="Quote", type="file", required=True, error="Three quotes are needed over €5,000."),
        Field(
            name="w_lines",
            label="Lines",
            type="table",
            columns=lines,
            rows=({"item": "Battery", "price": "x"},),
            errors={"0.price": "Write it as 3740.00."},
        ),
    ]


def _pareto(width: float) -> str:
    items = [
        ("Access ready handoff", 6.2),
        ("Vendor check", 5.2),
        ("Approve permissions", 4.8),
        ("Approve spend", 3.4),
        ("Check passed handoff", 3.1),
        ("Order and configure", 2.2),
        ("Security review", 1.9),
        ("Choose equipment", 1.7),
        ("All others", 1.6),
    ]
    chosen = items if width > 500 else items[:5]
    return charts.pareto(
        [charts.Bar(label, [days]) for label, days in chosen],
        lambda value: f"{value:g} d",
        "Waiting per case by place: seven of nine places hold 80 % of it, access ready handoff first with 6.2 days",
        vital=7 if width > 500 else 4,
        width=width,
    )


def _by_group() -> str:
    bars = [charts.Bar("People ops", [6.1]), charts.Bar("IT support", [4.4]), charts.Bar("Facilities", [2.0])]
    return charts.bars(
        bars, lambda value: f"{value:g} d", "Waiting by group: People ops longest with 6.1 days", width=268
    )


def _where_time_goes() -> str:
    rows = [
        ("Background check", (0.4, 7.6, 0.9)),
        ("Access setup", (0.9, 4.6, 1.4)),
        ("Equipment", (1.8, 4.9, 0.2)),
        ("Offer and contract", (0.8, 1.9, 0.5)),
        ("First week", (3.1, 1.9, 0.0)),
    ]
    series = [charts.Series("working", "c2"), charts.Series("waiting", "c3"), charts.Series("rework", "c4")]
    return charts.stacked(
        [charts.Bar(name, values) for name, values in rows],
        series,
        lambda value: f"{value:.1f} d",
        "Where time goes per case: background check takes 8.9 days, most of it waiting",
        width=520,
    )


def _trend() -> str:
    weeks = (
        "3 Aug",
        "10 Aug",
        "17 Aug",
        "24 Aug",
        "31 Aug",
        "7 Sep",
        "14 Sep",
        "21 Sep",
        "28 Sep",
        "5 Oct",
        "12 Oct",
        "19 Oct",
    )
    medians = (19.6, 20.2, 18.8, 21.4, 20.6, 20.0, 17.2, 15.1, 14.4, 13.2, 13.6, 12.4)
    return charts.line(
        [charts.Point(week, value, value * 1.45) for week, value in zip(weeks, medians, strict=True)],
        lambda value: f"{value:g} d",
        "Time to finish by week started: the median fell from 20 to 12.4 days",
        mark=(6, "Change starts, 14 Sep"),
    )


def _spark() -> str:
    return charts.sparkline((20, 19, 21, 20, 18, 16, 15, 13, 12.4), "falling from 20 to 12.4 days")


# --- pages ---------------------------------------------------------------------------------------------------------


def _home() -> dict[str, Any]:
    return {
        "verdict": {
            "headline": "61% of the lost time lies between workflows. No one person can fix it.",
            "first": "nobody is told when access is ready. New hires wait 6.2 days for something that is done.",
            "sure": "401 finished cases in 90 days · the same answer in 97 of 100 resamples",
        },
        "lost": [
            {
                "title": "Access ready, nobody is told",
                "detail": "handoff Access setup → First week",
                "share": 0.31,
                "value": "6.2 d",
            },
            {
                "title": "Vendor check",
                "detail": "Background check · waits for Checkright",
                "share": 0.24,
                "value": "5.2 d",
            },
            {
                "title": "Check passed, equipment starts late",
                "detail": "handoff Background check → Equipment",
                "share": 0.19,
                "value": "3.1 d",
            },
            {
                "title": "Approve permissions",
                "detail": "Access setup · hiring manager",
                "share": 0.11,
                "value": "2.4 d",
            },
        ],
        "due": _at(0, 23, 30),
    }


TASKS: list[dict[str, Any]] = [
    {"id": "1", "title": "Approve permissions", "sub": "Onboard Priya Nair", "days": -2, "hour": 9},
    {"id": "2", "title": "Manager approval", "sub": "Invoice 20418 · Halden Paper", "days": -1, "hour": 21},
    {"id": "3", "title": "Manager approval", "sub": "Invoice 20433 · Brightline Logistics", "days": 0, "hour": 23},
    {"id": "4", "title": "Choose equipment", "sub": "Onboard Tomás Vega", "days": 0, "hour": 23},
    {"id": "5", "title": "Assign buddy", "sub": "Onboard Hana Suzuki", "days": 2, "hour": 17},
    {"id": "6", "title": "Approve contract", "sub": "Onboard Ben Achterberg", "days": 3, "hour": 17},
    {"id": "7", "title": "Review supplier risk", "sub": "Supplier: Meridian Foods", "days": 4, "hour": 17},
    {"id": "8", "title": "Sign off monthly close", "sub": "Close October 2026", "days": 5, "hour": 17},
    {"id": "9", "title": "30-day check-in", "sub": "Onboard Ola Bakke", "days": 11, "hour": 17, "waiting": True},
    {"id": "10", "title": "Renew certificate", "sub": "Policy: Food safety", "days": 17, "hour": 17, "waiting": True},
]
HEADINGS = (("overdue", "Overdue"), ("today", "Today"), ("week", "This week"), ("later", "Later"))


def _inbox(chosen: str) -> dict[str, Any]:
    tasks = [{"waiting": False, **task, "due_at": _at(task["days"], task["hour"], 30)} for task in TASKS]
    groups = [
        (heading, [task for task in tasks if formats.due(task["due_at"]).group == group]) for group, heading in HEADINGS
    ]
    task = next((task for task in tasks if task["id"] == chosen), tasks[2])
    return {
        "groups": [group for group in groups if group[1]],
        "task": task,
        "form": [
            Field(
                name="decision",
                label="Decision",
                type="choice",
                required=True,
                value="approve",
                options=(
                    Option("approve", "Approve"),
                    Option("reject", "Reject"),
                    Option("back", "Send back to AP clerk"),
                ),
            ),
            Field(
                name="account",
                label="Ledger account",
                type="choice",
                value="6210",
                wide=False,
                options=tuple(
                    Option(c, f"{c} {n}")
                    for c, n in (
                        ("6210", "Freight"),
                        ("6220", "Storage"),
                        ("6230", "Customs"),
                        ("6240", "Insurance"),
                        ("6250", "Packaging"),
                    )
                ),
            ),
            Field(
                name="received",
                label="Goods received on",
                type="date",
                required=True,
                wide=False,
                value="2027-11-23",
                error="This date is in the future. Pick today or earlier.",
            ),
            Field(
                name="note",
                label="Note for the director",
                type="long text",
                value="Rate matches the May contract; extra $310 is the fuel surcharge.",
            ),
        ],
        "how": "1. Check the amount against the purchase order.\n2. Approve if goods arrived. Reject with a reason if anything is wrong.\n3. Over $5,000 the director approves after you.",
        "yesterday": _at(-1, 10, 12),
    }


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


def _cases() -> dict[str, Any]:
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
                "due_at": None if days is None else _at(days, 23 if days == 0 else 9, 30),
                "age": timedelta(hours=hours),
            }
            for name, note, workflow, track, now_at, who, shown, days, hours in CASES
        ]
    }


def _timeline() -> list[dict[str, Any]]:
    now = _now()
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


def _case() -> dict[str, Any]:
    now = _now()
    step = {"kind": "step"}
    return {
        "flow": _flow(),
        "now": now,
        "due_at": _at(-2, 17),
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
        "timeline": _timeline(),
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


def _map() -> dict[str, Any]:
    return {"map": _flow(), "bars": _by_group()}


def _workflow() -> dict[str, Any]:
    return {"flow": _flow(), "now": _now(), "spark": _spark()}


YAML_TEXT = """workflow: purchase-approval
title: Purchase approval
name: "{item} for {starter.name}"
fields:
  item:   {type: text, label: What are you buying?}
  amount: {type: money, currency: USD, min: 0}
  level:  {type: choice, options: [auto, manager, director]}
steps:
  - decide: Who signs off?
    inputs: [amount]
    outputs: [level]
    hit: unique
    rules:
      - ["< 500",          auto]
      - ["[500..5000]",    manager]
      - ["> 6000",         director]
  - approval: Sign off the purchase
    when: levle != "auto"
    assign: role:{level}
    due: 1 business day
"""
FINDINGS: list[dict[str, Any]] = [
    {
        "severity": "error",
        "code": "unknown_field",
        "sentence": "The condition names levle, which is no field of this workflow.",
        "hint": "Nearest: level.",
        "line": 18,
        "column": 11,
    },
    {
        "severity": "warning",
        "code": "table_gap",
        "sentence": "No rule answers amounts over 5,000 and up to 6,000.",
        "hint": "For example amount = 5500. Write the last rule as “> 5000”.",
        "line": 13,
        "column": 5,
    },
]


def _publish() -> dict[str, Any]:
    return {"text": YAML_TEXT, "findings": FINDINGS}


def _guest() -> dict[str, Any]:
    return {
        "organisation": "Northwind Foods",
        "form": [
            Field(name="name", label="Full legal name", value="Tomás Vega Ruiz", required=True, autocomplete="name"),
            Field(name="born", label="Date of birth", type="date", required=True, autocomplete="bday"),
            Field(
                name="passport",
                label="Passport or ID",
                type="file",
                required=True,
                hint="PDF, JPG or PNG, up to 10 MB.",
            ),
            Field(name="agree", label="I agree to the check", type="yes/no", required=True),
        ],
        "until": _at(14, 22, 59),
    }


def _requester() -> dict[str, Any]:
    return {"organisation": "Northwind Foods", **_case()}


def _error() -> dict[str, Any]:
    return {
        "status": 409,
        "headline": "Somebody else was faster",
        "explanation": "Marta Rossi completed this task at 14:01, so your answer was not sent.",
        "kept": "Your answer is kept as a draft.",
        "reference": "0194-7f3a-22c1",
        "retry_href": "",
        "home_href": "/dev/ui/home",
    }


def _flow() -> str:
    """A small drawing; real ones come from `drawing`."""
    boxes = [
        ("Capture invoice", "AP clerk", "ok"),
        ("Match purchase order", "Automatic", "ok"),
        ("Manager approval", "Cost-centre owner", "info"),
        ("Schedule payment", "Treasury", "h0"),
    ]
    parts = [
        f'<g><rect x="20" y="{16 + 76 * n}" width="180" height="44" rx="6" fill="var(--surface)" stroke="var(--line-2)"/>'
        f'<rect x="20" y="{22 + 76 * n}" width="4" height="32" rx="2" fill="var(--{tone})"/>'
        f'<text x="36" y="{35 + 76 * n}" font-size="12" font-weight="600" fill="var(--text)">{name}</text>'
        f'<text x="36" y="{51 + 76 * n}" font-size="10.5" fill="var(--text-3)">{who}</text></g>'
        for n, (name, who, tone) in enumerate(boxes)
    ]
    arrows = [
        f'<path d="M110 {60 + 76 * n}v28m-3.5-5 3.5 5 3.5-5" fill="none" stroke="var(--text-3)" stroke-width="1.25"/>'
        for n in range(3)
    ]
    return f'<svg viewBox="0 0 220 308" width="220" height="308" role="img" aria-label="Four steps, the third is open">{"".join(parts + arrows)}</svg>'
