"""Small values that many answers share: people, workflows, cases, fields, pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from procession.engine.case import Case
from procession.engine.definition import Definition, Field, FormEntry
from procession.engine.fields import outward, show
from procession.engine.instants import Instant, from_instant
from procession.engine.moment import Person

T = TypeVar("T")


class KeptWithCommand:
    """Base of answers that are kept under the request's key in the commit of the command itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    next: str | None = None
    """Hand it in as `after` for the page that follows; null on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRef:
    """A person, as far as a line of a list needs."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRef:
    """A workflow or process, and which version of it."""

    id: str
    title: str
    version: int
    kind: str
    """`workflow` or `process`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRef:
    """A case, as far as a link to it needs."""

    id: str
    name: str
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """The value of one field of a case."""

    name: str
    title: str
    type: str
    value: Any
    """Numbers, money and percent as JSON numbers with all their digits."""
    shown: str
    """As people read it."""
    origin: str | None = None
    """How the value came: typed, carried, calculated, imported, set, decided, taken, edited."""
    sealed: bool = False
    """An archive step sealed it; it can no longer change."""
    editable: bool = False
    """The caller may correct it."""
    source: str | None = None
    """Where a carried value began: workflow, step, person."""
    source_case: str | None = None
    """The case where it began, if you may see it."""
    columns: tuple[FormFieldView, ...] = ()
    """Of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFieldView:
    """One field that a form asks."""

    name: str
    title: str
    type: str
    required: bool
    help: str | None = None
    options: tuple[str, ...] = ()
    currency: str | None = None
    min: Any = None
    max: Any = None
    columns: tuple[FormFieldView, ...] = ()
    """Of a table."""
    value: Any = None
    """What stands in it now: the draft's value, else the last answer."""
    shown: str = ""
    visible: bool = True
    """False while its `show when` is not true."""
    show_when: str | None = None
    required_when: str | None = None
    read_only: bool = False
    """The caller may not write it."""


class Names:
    """Turns ids of people into what is shown of them."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = people

    def __call__(self, person: str) -> str:
        if person in ("system", ""):
            return "Procession"
        known = self._people.get(person)
        return known.name if known is not None else person.removeprefix("guest:")

    def ref(self, person: str) -> PersonRef:
        """The person as a value of an answer."""
        return PersonRef(id=person, name=self(person))

    def refs(self, people: Sequence[str]) -> tuple[PersonRef, ...]:
        return tuple(self.ref(person) for person in people)

    def listed(self, people: Sequence[str]) -> str:
        """`Ana, Bo and Carol`."""
        return in_words([self(person) for person in people])


def in_words(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def moment(instant: Instant | None) -> datetime | None:
    """The moment that an instant names, if there is one."""
    return from_instant(instant) if instant else None


def definition_ref(definition: Definition, version: int) -> DefinitionRef:
    """A link to a version of a definition."""
    return DefinitionRef(id=definition.id, title=definition.title, version=version, kind=definition.kind)


def shown_value(field: Field, stored: Any, names: Names) -> str:
    """As people read it; people by their names."""
    if stored is not None and field.type == "person":
        return names(str(stored))
    return show(field, stored)


def field_views(
    case: Case, definition: Definition, names: Names, *, hidden: frozenset[str], editable: Callable[[Field], bool]
) -> tuple[FieldView, ...]:
    """The data of a case, in the order of its fields, without what is hidden."""
    sealed = frozenset(case.sealed)
    return tuple(
        FieldView(
            name=name,
            title=field.title,
            type=field.type,
            value=outward(field, case.data.get(name)),
            shown=shown_value(field, case.data.get(name), names),
            origin=case.origins.get(name),
            sealed=bool(sealed & {"*", name}),
            editable=not sealed & {"*", name} and field.type != "calculated" and editable(field),
            columns=tuple(form_field(column) for column in field.columns),
        )
        for name, field in definition.fields.items()
        if name not in hidden
    )


def form_field(
    field: Field, entry: FormEntry | None = None, *, value: Any = None, shown: str = "", visible: bool = True,
    required: bool | None = None, read_only: bool = False,
) -> FormFieldView:  # fmt: skip
    """A field as a form asks it."""
    own = field.required if entry is None or entry.required is None else entry.required
    return FormFieldView(
        name=entry.field if entry is not None else field.name,
        title=field.title,
        type=field.type,
        required=own if required is None else required,
        help=(entry.help if entry is not None else None) or field.help,
        options=field.options,
        currency=field.currency,
        min=_limit(field.min),
        max=_limit(field.max),
        columns=tuple(form_field(column) for column in field.columns),
        value=value,
        shown=shown,
        visible=visible,
        show_when=entry.show_when if entry is not None else None,
        required_when=entry.required_when if entry is not None else None,
        read_only=read_only,
    )


def _limit(limit: object) -> Any:
    """A bound as JSON holds it; an expression stays text."""
    return limit if limit is None or isinstance(limit, (int, str)) else str(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Bytes to keep: a file, an export."""

    name: str
    """The name to save it under."""
    type: str
    """Its media type."""
    content: bytes
