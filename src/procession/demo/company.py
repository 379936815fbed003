"""Marlow & Finch Foods, an invented company: its people, groups, roles, hours and absences. Any likeness is
accidental."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from procession.engine.calendar import WorkCalendar
from procession.engine.moment import Absence, Directory, Moment, Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from procession.store.transaction import Transaction

TITLE: Final = "Marlow & Finch Foods"
DOMAIN: Final = "marlowfinch.example"
DEFAULT_PERSON: Final = "maya"
"""Whose desk the demo opens at: head of operations, who signs purchases and answers for a team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One of the company's people."""

    id: str
    name: str
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    manager: str | None = None
    admin: bool = False


def _one(
    id_: str, name: str, manager: str | None, groups: str = "", roles: str = "", *, admin: bool = False
) -> Employee:
    listed = tuple(one.strip() for one in roles.split(",") if one.strip())
    return Employee(id=id_, name=name, groups=tuple(groups.split()), roles=listed, manager=manager, admin=admin)


EMPLOYEES: Final = (
    _one("helena", "Helena Marlow", None, "board strategy", "director, approver"),
    _one(
        "maya",
        "Maya Okafor",
        "helena",
        "operations board strategy reviewers",
        "manager, director, hiring manager",
        admin=True,
    ),
    _one("viktor", "Viktor Lindqvist", "helena", "board", "cfo, controller, manager"),
    _one("noor", "Noor Rahimi", "helena", "people-ops board", "manager, people lead"),
    _one("stefan", "Stefan Brandt", "helena", "it engineering board", "manager, director, hiring manager"),
    _one("carla", "Carla Mendes", "helena", "sales strategy", "manager, hiring manager, director, editor"),
    _one("ines", "Ines Laurent", "noor", "people-ops"),
    _one("jonas", "Jonas Weber", "noor", "people-ops"),
    _one("priya", "Priya Nair", "noor", "people-ops"),
    _one("tomasz", "Tomasz Zielinski", "stefan", "it service-desk"),
    _one("aiko", "Aiko Tanaka", "stefan", "it engineering service-desk"),
    _one("ruben", "Ruben Castillo", "stefan", "it service-desk"),
    _one("dana", "Dana Whitfield", "stefan", "security", "security, manager"),
    _one("omar", "Omar Haddad", "dana", "security", "security"),
    _one("greta", "Greta Sorensen", "maya", "facilities office"),
    _one("luis", "Luis Ferreira", "maya", "facilities"),
    _one("emil", "Emil Novak", "viktor", "finance purchasing", "manager"),
    _one("sofia", "Sofia Ricci", "viktor", "finance purchasing"),
    _one("hannah", "Hannah Vogel", "viktor", "legal reviewers audit", "legal lead, manager"),
    _one("pavel", "Pavel Horak", "maya", "quality reviewers"),
    _one("amara", "Amara Diallo", "maya", "quality reviewers", "approver"),
    _one("felix", "Felix Aubert", "carla", "support", "support lead, manager"),
    _one("zoe", "Zoe Kaplan", "felix", "support"),
    _one("ivan", "Ivan Petrov", "felix", "support"),
    _one("ingrid", "Ingrid Solberg", "helena", "compliance", "compliance lead, manager"),
    _one("milo", "Milo Serrano", "ingrid", "compliance"),
    _one("judit", "Judit Varga", "ingrid", "compliance"),
    _one("oskar", "Oskar Lind", "hannah", "legal"),
    _one("elsa", "Elsa Brunner", "carla", "content", "editor, manager"),
    _one("rafi", "Rafi Stein", "elsa", "content"),
    _one("lena", "Lena Hofmann", "carla", "sales"),
    _one("marcus", "Marcus Bell", "carla", "sales"),
)

GROUPS: Final = {
    "audit": "Internal audit",
    "board": "Board",
    "compliance": "Compliance",
    "content": "Content",
    "engineering": "Engineering",
    "facilities": "Facilities",
    "finance": "Finance",
    "hiring": "Hiring managers",
    "it": "IT",
    "legal": "Legal",
    "office": "Office",
    "operations": "Operations",
    "people-ops": "People operations",
    "purchasing": "Purchasing",
    "quality": "Quality",
    "reviewers": "Reviewers",
    "sales": "Sales",
    "security": "Security",
    "service-desk": "Service desk",
    "strategy": "Strategy",
    "support": "Support",
}

SETTINGS: Final = {"erp": "https://erp.marlowfinch.example", "rooms": "https://rooms.marlowfinch.example"}
"""Addresses that the examples call; nothing answers there, so a case started by hand shows what happens then."""

_OFFICE_HOURS: Final = (((540, 1020),),) * 5 + ((), ())
_FIXED_HOLIDAYS: Final = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))


def office_calendar(now: datetime) -> WorkCalendar:
    """Monday to Friday, nine to five, in Berlin, without the fixed public holidays of the years around now."""
    years = range(now.year - 2, now.year + 3)
    holidays = frozenset(date(year, month, day) for year in years for month, day in _FIXED_HOLIDAYS)
    return WorkCalendar(id="office", zone="Europe/Berlin", hours=_OFFICE_HOURS, holidays=holidays)


def absences(now: datetime) -> dict[str, tuple[Absence, ...]]:
    """Who is away these days: one of finance, with a substitute."""
    today = now.date()
    away = Absence(begins=today - timedelta(days=2), ends=today + timedelta(days=5), substitute="sofia")
    return {"emil": (away,)}


def directory(employees: Iterable[Employee], away: dict[str, tuple[Absence, ...]]) -> Directory:
    """The people as decisions see them."""
    people: dict[str, Person] = {}
    groups: dict[str, list[str]] = {name: [] for name in GROUPS}
    roles: dict[str, list[str]] = {}
    for one in employees:
        people[one.id] = Person(
            id=one.id,
            name=one.name,
            email=f"{one.id}@{DOMAIN}",
            manager=one.manager,
            groups=one.groups,
            roles=one.roles,
            absences=away.get(one.id, ()),
            admin=one.admin,
        )
        for name in one.groups:
            groups[name].append(one.id)
        for name in one.roles:
            roles.setdefault(name, []).append(one.id)
    return Directory(
        people=people,
        groups={name: tuple(members) for name, members in groups.items()},
        roles={name: tuple(members) for name, members in roles.items()},
    )


def moment(now: datetime) -> Moment:
    """The company as decisions see it."""
    calendar = office_calendar(now)
    return Moment(
        at=now, directory=directory(EMPLOYEES, absences(now)), calendars={calendar.id: calendar}, calendar=calendar,
        settings=dict(SETTINGS),
    )  # fmt: skip


def save(tx: Transaction, now: datetime) -> None:
    """Enter the company into the transaction's organisation."""
    tx.run("UPDATE organisations SET title = :title WHERE organisation = :organisation", title=TITLE)
    calendar = office_calendar(now)
    tx.calendars.save(calendar)
    tx.calendars.set_own(calendar.id)
    for one in EMPLOYEES:
        tx.people.save(one.id, name=one.name, email=f"{one.id}@{DOMAIN}", manager=one.manager, admin=one.admin)
    for name, title in GROUPS.items():
        tx.groups.save(name, title, [one.id for one in EMPLOYEES if name in one.groups])
    for role in dict.fromkeys(role for one in EMPLOYEES for role in one.roles):
        tx.roles.save(role, role.capitalize(), [one.id for one in EMPLOYEES if role in one.roles])
    for person, spans in absences(now).items():
        for span in spans:
            tx.absences.add(person, span.begins, span.ends, span.substitute)
    for name, value in SETTINGS.items():
        tx.settings.set(name, value, by="system", at=now)
