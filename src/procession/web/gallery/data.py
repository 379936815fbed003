"""Invented data for the gallery. Nothing here is read by the product."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from procession.web import formats
from procession.web.forms import Field, Option
from procession.web.gallery import pictures
from procession.web.gallery.case_data import case, cases, timeline
from procession.web.gallery.fields import PEOPLE, all_fields, wrong_fields
from procession.web.gallery.moments import at, present


def page(name: str, chosen: str) -> dict[str, Any]:
    """The context of one example page."""
    makers = {
        "home": _home,
        "inbox": lambda: _inbox(chosen),
        "cases": cases,
        "case": case,
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
    now = present()
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
        "pareto": pictures.pareto(620),
        "pareto_narrow": pictures.pareto(340),
        "bars": pictures.by_group(),
        "stacked": pictures.where_time_goes(),
        "line": pictures.trend(),
        "spark": pictures.spark(),
        "findings": FINDINGS,
        "flow": pictures.flow(),
        "timeline": timeline(),
    }


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
                "share": 1.0,
                "value": "6.2 d",
                "tone": "c3",
            },
            {
                "title": "Vendor check",
                "detail": "Background check · waits for Checkright",
                "share": 0.839,
                "value": "5.2 d",
                "tone": "c5",
            },
            {
                "title": "Check passed, equipment starts late",
                "detail": "handoff Background check → Equipment",
                "share": 0.5,
                "value": "3.1 d",
                "tone": "c3",
            },
            {
                "title": "Approve permissions",
                "detail": "Access setup · hiring manager",
                "share": 0.387,
                "value": "2.4 d",
                "tone": "c5",
            },
        ],
        "due": at(0, 23, 30),
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
    tasks: list[dict[str, Any]] = [
        {"waiting": False, **task, "due_at": at(task["days"], task["hour"], 30)} for task in TASKS
    ]
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
        "how": "1. Check the amount against the purchase order.\n"
        "2. Approve if goods arrived. Reject with a reason if anything "
        "is wrong.\n"
        "3. Over $5,000 the director approves after you.",
        "yesterday": at(-1, 10, 12),
    }


def _map() -> dict[str, Any]:
    return {"map": pictures.process_map(), "bars": pictures.by_group()}


def _workflow() -> dict[str, Any]:
    return {"flow": pictures.flow(running=False), "now": present(), "spark": pictures.spark()}


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
        "until": at(14, 22, 59),
    }


def _requester() -> dict[str, Any]:
    return {"organisation": "Northwind Foods", **case()}


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
