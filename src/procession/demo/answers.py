"""What people type: a sensible value for each field of a form, drawn from short lists and from the field's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final

from procession.engine.case import Case, Json
from procession.engine.definition import Field
from procession.engine.moment import Moment

FIRST_NAMES: Final = (
    "Adam", "Alice", "Anton", "Beatriz", "Bruno", "Chiara", "Clara", "David", "Elif", "Emma", "Erik", "Fatima", "Finn",
    "Gabriel", "Hana", "Hugo", "Ida", "Jakub", "Julia", "Karim", "Lea", "Leon", "Lucia", "Magda", "Marta", "Mateo",
    "Mia", "Milan", "Nadia", "Nils", "Oskar", "Paula", "Rafael", "Rosa", "Samir", "Selma", "Simon", "Tara", "Theo",
    "Yusuf",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adler", "Almeida", "Bauer", "Bianchi", "Carvalho", "Demir", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen",
    "Ionescu", "Jansen", "Keller", "Kowalski", "Lambert", "Larsen", "Martin", "Meyer", "Moreau", "Nowak", "Olsen",
    "Pereira", "Richter", "Rossi", "Santos", "Schmidt", "Silva", "Torres", "Wagner",
)  # fmt: skip

_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "purchase-approval.item": (
        "Label printer",
        "Forklift inspection",
        "Cold-room sensors",
        "Standing desk",
        "Barcode scanners",
        "Tasting kit",
        "Packaging film",
        "Conveyor belt",
        "Safety shoes",
        "Trade-fair stand",
        "Laptop",
        "Pallet racks",
        "Ad campaign",
        "Oven spare parts",
        "Water filter",
        "Team workshop",
        "Delivery van lease",
        "Lab scale",
    ),
    "purchase-approval.reason": (
        "The old one broke.",
        "We open a second line.",
        "Needed for the audit in spring.",
        "Replaces a rented one.",
        "Asked for by two customers.",
    ),
    "support-ticket.subject": (
        "Invoice shows the wrong address",
        "Cannot log in to the shop",
        "Delivery is a day late",
        "Two jars arrived broken",
        "Discount code does not work",
        "Where is my order?",
        "Allergen list for granola",
        "Change our delivery day",
        "Order was charged twice",
        "Login mail never arrives",
    ),
    "support-ticket.description": (
        "It worked last week. Since this morning it does not.",
        "We noticed when the goods arrived.",
        "Please tell us what to do; our kitchen waits for it.",
    ),
    "support-ticket.solution": (
        "Corrected, and a new invoice sent.",
        "The account was locked; it is open again.",
        "Replacement ships today.",
        "Refunded in full.",
        "The code is valid from Monday.",
    ),
    "document-approval.title": (
        "Hygiene plan, bakery",
        "Recall procedure",
        "Supplier code",
        "Label guideline",
        "Cleaning schedule, line 2",
        "Cold-chain manual",
        "Complaint handling",
        "Allergen policy",
        "Sampling plan",
    ),
    "document-approval.changes": ("All comments are answered.", "Chapter 3 is shorter; the limits are in a table."),
    "document-approval.comments": ("Page 4: name who signs.", "The limits need a source.", "Clear and complete."),
    "proposal-review.title": (
        "Second oven for Warsaw",
        "Oat drink range",
        "Returnable jars",
        "Solar roof",
        "Own delivery in Paris",
        "Regional farm shop",
        "Warehouse automation",
    ),
    "proposal-review.summary": ("What it is, what it costs, and what happens if we do not do it: two pages.",),
    "proposal-review.legal_view": (
        "Allowed. The supplier contract needs a clause on returns.",
        "Allowed without conditions.",
    ),
    "proposal-review.finance_view": ("Pays back within three years.", "Fits the budget of next year."),
    "proposal-review.technical_view": ("Can be built; the power line is the largest risk.", "Nothing new for us."),
    "reset-password.account": ("m.keller", "shop-admin", "warehouse-2", "p.rossi", "line3-terminal", "j.meyer"),
    "expense-management.occasion": (
        "Supplier fair in Lyon",
        "Customer visit in Warsaw",
        "Audit in the bakery",
        "Workshop in Berlin",
        "Safety training",
        "Tasting with a buyer",
        "Replacement tools",
        "Team day",
        "Trip to the farm",
        "Course on labels",
    ),
    "expense-audit.question": ("Does a stand at a fair count as material?", "Is a taxi before six o'clock allowed?"),
    "expense-rule.rule": ("It does, up to 3,000 EUR.", "It is, when no train runs."),
    "reimbursement.reason": ("The cheaper hotel was full.", "Four guests came along."),
    "background-check.findings": ("A reference could not be reached.", "A gap of eight months in the papers."),
}

_WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "employee-onboarding.country": {"Germany": 6, "France": 3, "Poland": 2, "other": 1},
    "employee-onboarding.site": {"Berlin": 6, "Paris": 3, "Warsaw": 2, "remote": 2},
    "background-check.result": {"clear": 0.93, "consider": 0.05, "fail": 0.02},
    "access-setup.level": {"user": 0.9, "administrator": 0.1},
    "support-ticket.priority": {"P1": 0.05, "P2": 0.4, "P3": 0.55},
    "time-off.kind": {"holiday": 0.75, "sick leave": 0.15, "unpaid": 0.06, "parental": 0.04},
}


def full_name(rng: Random) -> str:
    """Somebody who may be hired."""
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def answer(
    workflow: str, field: Field, case: Case | None, moment: Moment, rng: Random, given: Mapping[str, Json]
) -> Json:
    """What somebody enters into a field. `given` holds the answers of the same form so far."""
    name = f"{workflow}.{field.name}"
    special = _SPECIAL.get(name)
    if special is not None:
        return special(moment.at, rng, given)
    if name in _TEXTS:
        return rng.choice(_TEXTS[name])
    if name in _WEIGHTS:
        weights = _WEIGHTS[name]
        return rng.choices(list(weights), list(weights.values()))[0]
    return _of_type(field, moment, rng)


def _of_type(field: Field, moment: Moment, rng: Random) -> Json:
    today = moment.at.date()
    match field.type:
        case "choice":
            return rng.choice(field.options)
        case "choices":
            return rng.sample(field.options, min(len(field.options), rng.randint(2, 3)))
        case "yes/no":
            return rng.random() < 0.5
        case "integer" | "number":
            return rng.randint(int(str(field.min or 1)), min(int(str(field.max or 9)), 9))
        case "money":
            return f"{round(rng.lognormvariate(7, 1.5))}.00"
        case "date":
            return (today + timedelta(days=rng.randint(5, 40))).isoformat()
        case "datetime":
            return (moment.at + timedelta(days=rng.randint(1, 9))).isoformat()
        case "person":
            return rng.choice(sorted(moment.directory.people))
        case "email":
            return f"{rng.choice(FIRST_NAMES).lower()}.{rng.choice(LAST_NAMES).lower()}@mail.example"
        case "file":
            return sample_file(rng)
        case _:
            return f"{field.title.rstrip('?')} {rng.randint(100, 999)}"


SAMPLE: Final = b"This document belongs to the demo of Marlow & Finch Foods, an invented company.\n"
SAMPLE_SHA256: Final = sha256(SAMPLE).hexdigest()


def sample_file(rng: Random) -> dict[str, Json]:
    """A file of the demo: all of them hold the same sentence."""
    name = f"{rng.choice(('form', 'draft', 'signed', 'scan'))}-{rng.randint(100, 999)}.txt"
    id_ = f"{rng.getrandbits(32):08x}-0000-7000-8000-{rng.getrandbits(48):012x}"
    return {"id": id_, "name": name, "size": len(SAMPLE), "sha256": SAMPLE_SHA256}


def _later(days: int, at_most: int) -> Callable[[datetime, Random, Mapping[str, Json]], Json]:
    return lambda at, rng, given: (at + timedelta(days=rng.randint(days, at_most))).date().isoformat()


def _last_day(at: datetime, rng: Random, given: Mapping[str, Json]) -> Json:
    first = datetime.fromisoformat(str(given["first_day"]))
    return (first + timedelta(days=rng.choice((0, 0, 1, 2, 4, 4, 6, 11, 13)))).date().isoformat()


def _ends(at: datetime, rng: Random, given: Mapping[str, Json]) -> Json:
    return (datetime.fromisoformat(str(given["begins"])) + timedelta(minutes=rng.choice((30, 60, 90)))).isoformat()


def _begins(at: datetime, rng: Random, given: Mapping[str, Json]) -> Json:
    day = datetime.fromisoformat(str(given["day"])).replace(tzinfo=at.tzinfo)
    return (day + timedelta(hours=rng.randint(8, 14))).isoformat()


def _receipts(at: datetime, rng: Random, given: Mapping[str, Json]) -> Json:
    return [
        {
            "day": (at - timedelta(days=rng.randint(1, 12))).date().isoformat(),
            "category": rng.choice(("travel", "hotel", "meals", "material", "other")),
            "amount": f"{rng.lognormvariate(4.3, 1.0):.2f}",
        }
        for _ in range(rng.randint(1, 5))
    ]


def _mail(at: datetime, rng: Random, given: Mapping[str, Json]) -> Json:
    return f"{str(given.get('employee', 'somebody')).lower().replace(' ', '.')}@mail.example"


_SPECIAL: Final[Mapping[str, Callable[[datetime, Random, Mapping[str, Json]], Json]]] = {
    "employee-onboarding.employee": lambda at, rng, given: full_name(rng),
    "employee-onboarding.email": _mail,
    "employee-onboarding.start_date": _later(24, 45),
    "purchase-approval.amount": lambda at, rng, given: f"{min(round(rng.lognormvariate(7.1, 1.5), 2), 95_000):.2f}",
    "proposal-review.cost": lambda at, rng, given: f"{rng.randint(8, 240) * 1000}.00",
    "time-off.last_day": _last_day,
    "time-off.days_left": lambda at, rng, given: rng.randint(2, 28),
    "time-off.away_together": lambda at, rng, given: rng.choice((0, 0, 0, 1, 1, 2, 3)),
    "conference-room.day": _later(1, 6),
    "conference-room.begins": _begins,
    "conference-room.ends": _ends,
    "conference-room.people": lambda at, rng, given: rng.choice((2, 3, 4, 5, 6, 8, 12, 24)),
    "conference-room.guests": lambda at, rng, given: rng.random() < 0.2,
    "conference-room.free": lambda at, rng, given: rng.random() < 0.92,
    "reset-password.proofs": lambda at, rng, given: (
        ["callback to the known number", "identity card"] if rng.random() < 0.94 else ["manager confirms"]
    ),
    "reset-password.privileged": lambda at, rng, given: rng.random() < 0.1,
    "reset-password.works": lambda at, rng, given: rng.random() < 0.95,
    "support-ticket.simple": lambda at, rng, given: rng.random() < 0.25,
    "support-ticket.satisfaction": lambda at, rng, given: rng.choices((1, 2, 3, 4, 5), (1, 1, 2, 5, 6))[0],
    "expense-management.expected": lambda at, rng, given: f"{round(rng.lognormvariate(5.6, 0.9))}.00",
    "budget-approval.budget": lambda at, rng, given: f"{rng.randint(4, 60) * 250}.00",
    "reimbursement.lines": _receipts,
    "reimbursement.breach": lambda at, rng, given: rng.random() < 0.08,
    "morning-routine.leave_by": lambda at, rng, given: (at + timedelta(minutes=rng.randint(50, 75))).isoformat(),
    "commute.left_at": lambda at, rng, given: at.isoformat(),
    "access-setup.account": lambda at, rng, given: (
        f"{rng.choice(FIRST_NAMES)[:1].lower()}.{rng.choice(LAST_NAMES).lower()}"
    ),
    "background-check.reference": lambda at, rng, given: f"A-{rng.randint(10_000, 99_999)}",
    "equipment-provisioning.serial": lambda at, rng, given: f"SN-{rng.randint(100_000, 999_999)}",
    "equipment-provisioning.tracking": lambda at, rng, given: f"TR{rng.randint(10**8, 10**9 - 1)}",
}
