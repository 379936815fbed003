"""What busywork costs: the calculator, and the same from the records of a process or workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.drawing import charts
from procession.engine.rejections import Rejection
from procession.operations.definitions import DefinitionLine
from procession.operations.insights.saving import GetSavings, MeasuredWasteView, SavingsView
from procession.operations.insights.wasting import FindingOfWaste
from procession.web import formats
from procession.web.forms import Field, FieldType, Option
from procession.web.showing import problems_of
from procession.web.templating import render
from procession.web.visiting import ask

router = APIRouter()

SAID: Final[Mapping[str, tuple[str, FieldType, str, str]]] = {
    # name: (label, type, unit, hint)
    "people": ("People", "integer", "", "Who do busywork: between 1 and 150,000."),
    "hours": ("Hours a week of each", "number", "h", "Between 0.5 and 40."),
    "rate": ("What an hour costs", "money", "", "Between 10 and 1,000, in any currency."),
    "worth": ("What an hour could be worth", "number", "×", "As a multiple of what it costs; 0 leaves the gain out."),
    "growth": ("Growth of the gain a week", "percent", "", "Between 0 and 5 %."),
    "weeks": ("Weeks to look ahead", "integer", "", "Between 1 and 520."),
}
"""What the calculator asks, in the order of the form."""


@router.get("/savings")
def savings(request: Request) -> Response:
    """Both modes stand in the address, so that a calculation can be sent to somebody."""
    query = {name: value.strip() for name, value in request.query_params.items()}
    said, problems = _read(query)
    view: SavingsView | None = None
    if not problems:
        try:
            view = ask(request, "savings.calculate", **said)
        except Rejection as refused:
            problems = problems_of(refused)
    listed = ask(request, "definition.list")
    measured, refusals = _measured(request, query, said, [one.id for one in listed])
    wrong = problems or refusals
    return render(
        request, "pages/savings.html", status_code=422 if wrong else 200, view=view,
        fields=[_field(name, query, problems) for name in SAID], records=_records(query, listed, refusals),
        measured=measured, found=_found(request, measured), finding_address=_address,
        chart=_chart(view), rows=_rows(view), rate=said.get("rate", _DEFAULTS["rate"]), money=_money,
        assumed=[label for name, (label, *_) in SAID.items() if name not in query], hidden=query,
    )  # fmt: skip


_DEFAULTS: Final = {name: getattr(GetSavings(), name) for name in SAID}


def _read(query: Mapping[str, str]) -> tuple[dict[str, Decimal], dict[str, str]]:
    """The inputs that are given, as decimals, and what is wrong with those that are no numbers."""
    said, problems = dict[str, Decimal](), dict[str, str]()
    for name in SAID:
        text = query.get(name, "")
        if not text:
            continue
        value = _decimal(text)
        if value is None:
            problems[name] = f"“{text}” is no number."
        else:
            said[name] = value / 100 if name == "growth" else value
    return said, problems


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "").replace(" ", ""))
    except ArithmeticError:
        return None


def _field(name: str, query: Mapping[str, str], problems: Mapping[str, str]) -> Field:
    label, type_, unit, hint = SAID[name]
    error = problems.get(name, "")
    typed = query.get(name, "")
    value: Any = typed if error else (_decimal(typed) if typed else None)
    if value is None:
        value = _DEFAULTS[name]
    elif name == "growth" and not error:
        value = value / 100
    shown = "" if typed else "Assumption. "
    return Field(name=name, label=label, type=type_, value=value, unit=unit, hint=shown + hint, error=error)


def _records(query: Mapping[str, str], listed: Sequence[DefinitionLine], problems: Mapping[str, str]) -> list[Field]:
    options = tuple(Option(one.id, f"{one.title} ({one.kind})") for one in listed)
    return [
        Field(name="of", label="Process or workflow", type="choice", value=query.get("of", ""), options=options,
              error=problems.get("of", "")),
        Field(name="cost", label="What the change costs, once", type="money", value=query.get("cost", ""),
              hint="Without it nothing is said of payback.", error=problems.get("cost", "")),
    ]  # fmt: skip


def _measured(
    request: Request, query: Mapping[str, str], said: Mapping[str, Decimal], known: list[str]
) -> tuple[MeasuredWasteView | None, dict[str, str]]:
    of, cost = query.get("of", ""), query.get("cost", "")
    if not of:
        return None, {}
    if of not in known:
        return None, {"of": "There is no such process or workflow. Choose one."}
    price = _decimal(cost) if cost else None
    if cost and price is None:
        return None, {"cost": f"“{cost}” is no number."}
    asked: dict[str, Any] = {"process": of, "cost": price} | ({"rate": said["rate"]} if "rate" in said else {})
    if query.get("waste") or query.get("place"):
        asked |= {"waste": query.get("waste"), "place": query.get("place"), "waiting": query.get("waiting") != "no"}
    try:
        return ask(request, "savings.measured", **asked), {}
    except Rejection as refused:
        found = problems_of(refused)
        found.pop("rate", None)  # the calculator above has said so
        return None, found or {"of": refused.message}


def _found(request: Request, measured: MeasuredWasteView | None) -> list[FindingOfWaste]:
    """What else is wasted there and has a measured cost, to be counted in its turn."""
    if measured is None or (measured.waste is None and measured.hours_a_week is None):
        return []
    view = ask(request, "insight.findings", process=measured.process.id)
    here = (measured.waste, measured.place)
    return [one for one in view.findings if one.costs is not None and (one.waste, one.place) != here]


def _address(query: Mapping[str, str], **other: str | None) -> str:
    """The same calculation with something else in its address; None takes it out."""
    kept = {name: value for name, value in {**query, **other}.items() if value}
    return f"/savings?{urlencode(kept)}"


def _money(amount: Decimal | float | None) -> str:
    """Whole units and separators: cents would promise an exactness that no assumption has."""
    return "" if amount is None else formats.number(Decimal(round(amount)))


def _chart(view: SavingsView | None) -> str:
    if view is None:
        return ""
    points = [charts.Point(f"week {one.week}", float(one.lost), float(one.total)) for one in view.weeks]
    label = f"After {view.weeks[-1].week} weeks {_money(view.lost)} are lost, and {_money(view.total)} with what was missed."
    return charts.line(points, _money, label)


def _rows(view: SavingsView | None) -> list[tuple[str, ...]]:
    weeks = view.weeks if view is not None else ()
    return [(str(one.week), _money(one.lost), _money(one.gained), _money(one.total)) for one in weeks]
