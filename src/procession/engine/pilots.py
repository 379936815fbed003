"""Which version a new case takes while another one is tried with some.

The lot falls once for a case and stays: it is a hash of the pilot and the case, or of the process case that the case belongs
to, so that all members of one process case meet the same side and any server decides alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from procession.engine.case import Json
from procession.engine.moment import Person
from procession.engine.records import value

_LOTS = 1_000_000


@value(kw_only=True)
class Pilot:
    """A version that is tried with some of the new cases."""

    id: str
    definition: str
    version: int
    """The one that is tried."""
    share: float
    """Of the new cases that it is meant for, how many take part; from 0 to 1."""
    people: frozenset[str] = frozenset()
    """Ids of those whose cases it is meant for."""
    groups: frozenset[str] = frozenset()
    """Whose members' cases it is meant for, too."""
    field: str | None = None
    """A field of the start form, such as the site."""
    values: frozenset[str] = frozenset()
    """The values of that field that it is meant for."""

    @classmethod
    def tried(cls, id_: str, definition: str, version: int, share: float, audience: Mapping[str, Any]) -> Pilot:
        """From how it is kept; `audience` has people, groups, field and values, each where it is named."""
        return cls(
            id=id_, definition=definition, version=version, share=share,
            people=frozenset(audience.get("people") or ()), groups=frozenset(audience.get("groups") or ()),
            field=audience.get("field"), values=frozenset(audience.get("values") or ()),
        )  # fmt: skip

    @property
    def is_for_all(self) -> bool:
        """It is meant for the cases of everybody."""
        return not (self.people or self.groups or self.field)


def is_meant_for(pilot: Pilot, starter: str, person: Person | None, data: Mapping[str, Json]) -> bool:
    """Whether a case of this starter, with this start data, may take part. What is named is enough alone: a person, a
    group, a value."""
    if pilot.is_for_all or starter in pilot.people:
        return True
    if person is not None and not pilot.groups.isdisjoint(person.groups):
        return True
    return pilot.field is not None and str(data.get(pilot.field)) in pilot.values


def lot_of(pilot: str, case: str) -> float:
    """What the lot says, from 0 up to 1: under the share, the case takes part."""
    return int.from_bytes(sha256(f"{pilot}/{case}".encode()).digest()[:8]) % _LOTS / _LOTS


def takes_part(pilot: Pilot, case: str, starter: str, person: Person | None, data: Mapping[str, Json]) -> bool:
    """Whether a new case takes the version that is tried.

    Args:
        case: its id, or that of the process case that it belongs to.
    """
    return is_meant_for(pilot, starter, person, data) and lot_of(pilot.id, case) < pilot.share
