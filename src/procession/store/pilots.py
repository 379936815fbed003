"""Versions that are tried with some of the new cases, and what people say of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procession.engine.commands import StartCase
from procession.engine.pilots import Pilot, takes_part
from procession.store.ids import is_id, new_id
from procession.store.noun import Noun
from procession.store.requests import Request
from procession.store.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class PilotRow:
    """One pilot, running or ended."""

    id: str
    definition: str
    baseline: int
    """The version that all others take."""
    version: int
    """The version that is tried now; each adjustment makes another."""
    status: str
    """running, paused, rolled out or rolled back."""
    share: float
    audience: dict[str, Any]
    """people, groups, field, values."""
    why: str
    """What it is hoped to do."""
    question: str
    """What those who worked with it are asked; empty: nothing."""
    guards: dict[str, float]
    """What pauses it."""
    history: list[dict[str, Any]]
    """What happened to it, in order: at, by, what."""
    begun_at: datetime
    since: datetime
    """The comparison counts cases from here."""
    begun_by: str
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """It has not ended."""
        return self.status in {"running", "paused"}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What somebody said of a case of a pilot."""

    case_id: str
    person: str
    better: bool
    text: str
    at: datetime


_COLUMNS = (
    "id::text, definition, baseline, version, status, share, audience, why, question, guards, history, begun_at, since, "
    "begun_by, ended_at"
)


class Pilots(Noun):
    """Pilots of the organisation's definitions; at most one of each is open."""

    def open_of(self, definition: str) -> PilotRow | None:
        """The one that runs or is paused; None where there is none."""
        return self.one(
            PilotRow,
            f"SELECT {_COLUMNS} FROM pilots WHERE organisation = :organisation AND definition = :definition "
            "AND status IN ('running', 'paused')",
            definition=definition,
        )

    def find(self, id_: str, *, lock: bool = False) -> PilotRow | None:
        """By id; None where there is none. Locked until the transaction ends where it is to be changed."""
        if not is_id(id_):
            return None
        return self.one(
            PilotRow,
            f"SELECT {_COLUMNS} FROM pilots WHERE organisation = :organisation AND id = CAST(:id AS uuid)"
            + (" FOR UPDATE" if lock else ""),
            id=id_,
        )

    def list(self, definition: str | None = None) -> list[PilotRow]:
        """All, or those of one definition; open ones first, then the newest."""
        return self.all(
            PilotRow,
            f"SELECT {_COLUMNS} FROM pilots WHERE organisation = :organisation "
            "AND definition = coalesce(:definition, definition) "
            "ORDER BY status NOT IN ('running', 'paused'), begun_at DESC, id",
            definition=definition,
        )

    def begin(
        self, *, definition: str, baseline: int, version: int, share: float, audience: Mapping[str, Any], why: str,
        question: str, guards: Mapping[str, float], by: str, at: datetime, id_: str | None = None,
    ) -> str:  # fmt: skip
        """Try a version; the pilot's id, a new one where none is given."""
        id_ = id_ or new_id()
        self.run(
            "INSERT INTO pilots (organisation, id, definition, baseline, version, status, share, audience, why, question, "
            "guards, history, begun_at, since, begun_by) VALUES (:organisation, CAST(:id AS uuid), :definition, "
            ":baseline, :version, 'running', :share, CAST(:audience AS jsonb), :why, :question, CAST(:guards AS jsonb), "
            "CAST(:history AS jsonb), :at, :at, :by)",
            id=id_, definition=definition, baseline=baseline, version=version, share=share,
            audience=json.dumps(dict(audience)), why=why, question=question, guards=json.dumps(dict(guards)),
            history=json.dumps([{"at": at.isoformat(), "by": by, "what": f"began with version {version}"}]), at=at, by=by,
        )  # fmt: skip
        self.tx.changed_surroundings()
        return id_

    def change(
        self, row: PilotRow, *, by: str, at: datetime, what: str, status: str | None = None, share: float | None = None,
        version: int | None = None, restart: bool = False,
    ) -> None:  # fmt: skip
        """Let something happen to it, and note it.

        Args:
            restart: the comparison begins anew, since what is compared has changed.
        """
        note = [{"at": at.isoformat(), "by": by, "what": what}]
        ends = status in {"rolled out", "rolled back"}
        self.run(
            "UPDATE pilots SET status = coalesce(:status, status), share = coalesce(:share, share), "
            "version = coalesce(:version, version), since = CASE WHEN :restart THEN :at ELSE since END, "
            "ended_at = CASE WHEN :ends THEN coalesce(ended_at, :at) ELSE ended_at END, "
            "history = history || CAST(:note AS jsonb) "
            "WHERE organisation = :organisation AND id = CAST(:id AS uuid)",
            id=row.id, status=status, share=share, version=version, restart=restart, at=at, ends=ends,
            note=json.dumps(note),
        )  # fmt: skip
        self.tx.changed_surroundings()

    # --- what people say ----------------------------------------------------------------------------------------------

    def answer(self, pilot: str, case_id: str, person: str, *, better: bool, text: str, at: datetime) -> None:
        """Keep what somebody says of a case; said again, it replaces what was said."""
        self.run(
            "INSERT INTO pilot_answers (organisation, pilot, case_id, person, better, text, at) VALUES (:organisation, "
            "CAST(:pilot AS uuid), CAST(:case AS uuid), :person, :better, :text, :at) "
            "ON CONFLICT (organisation, pilot, case_id, person) DO UPDATE SET better = excluded.better, "
            "text = excluded.text, at = excluded.at",
            pilot=pilot, case=case_id, person=person, better=better, text=text, at=at,
        )  # fmt: skip

    def answers(self, pilot: str) -> Sequence[AnswerRow]:
        """What was said, the latest first."""
        return self.all(
            AnswerRow,
            "SELECT case_id::text, person, better, text, at FROM pilot_answers WHERE organisation = :organisation "
            "AND pilot = CAST(:pilot AS uuid) ORDER BY at DESC",
            pilot=pilot,
        )


def pilot_of(row: PilotRow) -> Pilot:
    """The pilot as the choice of versions needs it."""
    return Pilot.tried(row.id, row.definition, row.version, row.share, row.audience)


def starting_version(surroundings: Surroundings, request: Request) -> int | None:
    """The version that a new case takes: the one that is asked for, the one that is tried where the case takes part,
    else the newest; None where there is none."""
    definition = request.starts
    assert definition is not None
    if request.version is not None:
        return request.version
    pilot = surroundings.pilots.get(definition)
    if pilot is not None and isinstance(request.command, StartCase):
        command = request.command
        starter = command.starter or request.actor.id
        person = surroundings.directory.people.get(starter)
        if takes_part(pilot, command.process_case or request.case_id, starter, person, command.data):
            return pilot.version
    return surroundings.latest.get(definition)
