"""Forms for the gallery: one field of every type, and some that came back with errors."""

from __future__ import annotations

from decimal import Decimal

from procession.web.forms import Field, Option

PEOPLE = ("Amara Osei", "Dana Kim", "Jonas Lind", "Marta Rossi", "Chidi Wole", "Priti Shah")

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
        Field(name="served", label="How well were you served", type="rating", value="4", wide=False),
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
