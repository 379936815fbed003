"""What people type: a sensible value for each field of a form, as a history file says, or else from the field's type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from random import Random
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from procession.engine.case import Json
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


class Drawing(NamedTuple):
    """What an answer may depend on."""

    at: datetime
    rng: Random
    given: Mapping[str, Json]
    """The case's data, and the answers of the same form so far."""
    done_by: Mapping[str, str] = MappingProxyType({})
    """Step → who did it last in this case."""


class Answer(Protocol):
    """How the value of one field is found."""

    def draw(self, of: Drawing) -> Json:
        """A value, in the form in which it is handed in."""
        ...


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of these, the more often the heavier; alike without weights."""

    values: tuple[Json, ...]
    weights: tuple[float, ...] | None = None

    def draw(self, of: Drawing) -> Json:
        return of.rng.choices(self.values, self.weights)[0]


@dataclass(frozen=True, slots=True)
class Always:
    """The same every time."""

    value: Json

    def draw(self, of: Drawing) -> Json:
        return self.value


@dataclass(frozen=True, slots=True)
class ByWhom:
    """As whoever did an earlier step is wont to; nothing where that is somebody else."""

    step: str
    """Its id."""
    people: Mapping[str, Answer]

    def draw(self, of: Drawing) -> Json:
        answer = self.people.get(of.done_by.get(self.step, ""))
        return answer.draw(of) if answer is not None else None


@dataclass(frozen=True, slots=True)
class Chance:
    """Yes in this share of cases."""

    share: float

    def draw(self, of: Drawing) -> Json:
        return of.rng.random() < self.share


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of a range, both ends included."""

    least: int
    most: int

    def draw(self, of: Drawing) -> Json:
        return of.rng.randint(self.least, self.most)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money around a median, log-normal, in multiples of a step."""

    around: float
    spread: float
    most: float
    step: float

    def draw(self, of: Drawing) -> Json:
        drawn = min(of.rng.lognormvariate(math.log(self.around), self.spread), self.most)
        return f"{max(self.step, round(drawn / self.step) * self.step):.2f}"


@dataclass(frozen=True, slots=True)
class Day:
    """A day so many days from now, or after the day of another field; negative ones lie before."""

    days: tuple[int, ...]
    """Any of these."""
    after: str | None = None

    def draw(self, of: Drawing) -> Json:
        base = of.at.date()
        if self.after is not None:
            base = datetime.fromisoformat(str(of.given[self.after])).date()
        return (base + timedelta(days=of.rng.choice(self.days))).isoformat()


@dataclass(frozen=True, slots=True)
class Minute:
    """A moment so many minutes from now, or after another field; after a day they count from its midnight."""

    minutes: tuple[int, ...]
    after: str | None = None

    def draw(self, of: Drawing) -> Json:
        base = of.at
        if self.after is not None:
            base = datetime.fromisoformat(str(of.given[self.after]))
            if base.tzinfo is None:
                base = datetime.combine(base.date(), time(), of.at.tzinfo)
        return (base + timedelta(minutes=of.rng.choice(self.minutes))).isoformat()


_PIECE: Final = re.compile(r"\{([^{}]+)\}")
_RANGE: Final = re.compile(r"(\d+)\.\.(\d+)")


@dataclass(frozen=True, slots=True)
class Written:
    """Text with `{10..99}`, `{first name}`, `{last name}` and the names of other fields in it."""

    text: str
    lower: bool = False
    """Without capitals, and with dots for spaces, as in an address."""

    def draw(self, of: Drawing) -> Json:
        text = _PIECE.sub(lambda piece: self._piece(piece[1], of), self.text)
        return text.lower().replace(" ", ".") if self.lower else text

    def _piece(self, name: str, of: Drawing) -> str:
        bounds = _RANGE.fullmatch(name)
        if bounds:
            return str(of.rng.randint(int(bounds[1]), int(bounds[2])))
        if name == "first name":
            return of.rng.choice(FIRST_NAMES)
        if name == "last name":
            return of.rng.choice(LAST_NAMES)
        return str(of.given.get(name) or "somebody")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table."""

    least: int
    most: int
    columns: Mapping[str, Answer]

    def draw(self, of: Drawing) -> Json:
        count = of.rng.randint(self.least, self.most)
        return [{name: column.draw(of) for name, column in self.columns.items()} for _ in range(count)]


@dataclass(frozen=True, slots=True)
class If:
    """Only where another field is yes; else nothing."""

    field: str
    then: Answer

    def draw(self, of: Drawing) -> Json:
        return self.then.draw(of) if of.given.get(self.field) is True else None


# --- where nothing is said -------------------------------------------------------------------------------------------


def of_type(field: Field, moment: Moment, rng: Random) -> Json:
    """What somebody enters into a field of which only the type is known."""
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
