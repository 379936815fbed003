"""What a log says beyond who did what when: decisions and their reasons, what was passed on by mail, what no person did.

A log says it in columns and in names of steps. What is not said there nobody guesses: then the finders that need it do
not run, and why is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting.decompose import flag
from procession.analytics.waste.material import AGAINST, IN_FAVOUR, NO_DECISION, Decisions, Flags, Floats, Ints
from procession.analytics.words import listed

OUTCOME, REASON = "outcome", "reason"
"""The traits that an import makes of the columns that mean so."""

_YES: Final = frozenset(
    "approved approve accepted accept ok yes granted passed pass authorised authorized confirmed "
    "genehmigt angenommen freigegeben ja bewilligt zugestimmt approuve accepte valide oui accorde "
    "aprobado aceptado si concedido approvato accettato concesso".split()
)
_NO: Final = frozenset(
    "rejected reject refused refuse declined decline denied deny no disapproved failed fail returned "
    "abgelehnt zuruckgewiesen nein verweigert zuruckgegeben refusee rejete non renvoye "
    "rechazado denegado devuelto rifiutato respinto negato restituito".split()
)
KNOWN: Final = 0.8
"""The share of outcomes whose words must be known, so that they say yes or no."""
_MAIL: Final = re.compile(r"(?<![^\W\d_])(e-?mails?|mails?|mailed|courriel|correo|fax)(?![^\W\d_])", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"(^| )(amount|value|price|sum|betrag|summe|montant|importe|importo)( |$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What whoever brings a log says about it that it does not say itself."""

    outside: tuple[str, ...] = ()
    """Steps that others do."""
    mail: tuple[str, ...] = ()
    """Steps in which somebody passes work on by mail, beside those whose name says so."""
    automatic: tuple[str, ...] = ()
    """Steps that no person does."""
    refused: tuple[str, ...] = ()
    """Outcomes that say no; then all others say yes."""

    def unknown(self, table: InstanceTable) -> str | None:
        """A step that is named and is not there."""
        known = set(table.step_names)
        return next((name for name in (*self.outside, *self.mail, *self.automatic) if name not in known), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What finders of waste read of it, and why some cannot be run."""

    decisions: Decisions | None = None
    sent: Flags | None = None
    why: Mapping[str, str] = field(default_factory=dict[str, str])
    """By what a finder needs, why this log does not say it."""


def with_said(table: InstanceTable, said: Said) -> InstanceTable:
    """The table with what somebody says of its steps."""
    for trait, names in (("outside", said.outside), ("machine", said.automatic)):
        if names:
            steps = [place for place, name in enumerate(table.step_names) if name in set(names)]
            marked = np.isin(table.step, np.array(steps, np.int64)) | flag(table, trait)
            table = replace(table, traits={**table.traits, trait: marked.tolist()})
    return table


def evidence_of(table: InstanceTable, said: Said) -> Evidence:
    """What a table with rows says of decisions and mails."""
    person = (table.resource >= 0) & ~flag(table, "machine") & ~flag(table, "outside")
    outcome, reasons, why_not = _outcomes(table, said)
    decisions = None if outcome is None else _decisions(table, outcome, reasons, person)
    steps = np.array([name in set(said.mail) or bool(_MAIL.search(name)) for name in table.step_names], dtype=bool)
    sent = steps[table.step] & person if steps.any() else None
    why: dict[str, str] = {}
    if decisions is None:
        why["what was decided"] = why["what was decided, and why"] = why_not
    elif not any(reasons):
        why["what was decided, and why"] = "outcomes are there, and no column says why something was refused"
    if sent is None:
        why["what was sent"] = "no step is called mail or e-mail, and none was named as one"
    elif not sent.any():
        why["what was sent"] = f"{listed(_named(table, steps))} is done by nobody who is named, or by a program"
    why["several workflows"] = "one log is one workflow here"
    if table.department_names:
        why["departments"] = "no step gets work often from its own department and from another, to compare"
    return Evidence(decisions=decisions, sent=sent, why=why)


def _named(table: InstanceTable, steps: Flags) -> list[str]:
    return [name for name, chosen in zip(table.step_names, steps.tolist(), strict=True) if chosen][:3]


def _outcomes(
    table: InstanceTable, said: Said
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int8]] | None, list[str], str]:
    """By row what was decided and why; None and the reason where the log does not say it."""
    told = table.traits.get(OUTCOME)
    if told is None:
        if OUTCOME in table.case_traits:
            return (
                None,
                [],
                "its column of outcomes says the same at every step of a case, so which step decided stays open",
            )
        return None, [], "no column says what was decided, such as approved or rejected"
    refused = {plain(one) for one in said.refused}
    by_value: dict[str, int] = {}
    values = ["" if one is None else str(one) for one in told]
    for value in dict.fromkeys(values):
        by_value[value] = _meaning(plain(value), refused)
    meant = np.array([by_value[value] for value in values], dtype=np.int8)
    there = sum(1 for value in values if value)
    unknown = [value for value, meaning in by_value.items() if value and meaning == NO_DECISION]
    if not there or (meant != NO_DECISION).sum() < KNOWN * there:
        such = f", such as '{unknown[0][:60]}'," if unknown else ""
        return None, [], f"its outcomes{such} say neither yes nor no in words that are known"
    why = table.traits.get(REASON)
    reasons = ["" if one is None else str(one) for one in why] if why is not None else [""] * len(table)
    return meant, [reason if against else "" for reason, against in zip(reasons, meant == AGAINST, strict=True)], ""


def _meaning(value: str, refused: set[str]) -> int:
    if not value:
        return NO_DECISION
    if refused:
        return AGAINST if value in refused else IN_FAVOUR
    first = value.split(" ", maxsplit=1)[0]
    if value in _NO or first in _NO:
        return AGAINST
    return IN_FAVOUR if value in _YES or first in _YES else NO_DECISION


def plain(value: str) -> str:
    """A text in small letters without accents, its words split by one space."""
    decomposed = unicodedata.normalize("NFKD", value.strip().replace("ß", "ss"))
    letters = "".join(one for one in decomposed if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", " ", letters.casefold()).strip()


def _decisions(
    table: InstanceTable, outcome: np.ndarray[tuple[int], np.dtype[np.int8]], reasons: Sequence[str], person: Flags
) -> Decisions:
    released = table.released_by.astype(np.int64)
    decided = outcome != NO_DECISION
    origin = np.full(len(table), -1, dtype=np.int64)
    for row in np.flatnonzero(decided).tolist():
        at = int(released[row])
        while at >= 0 and (decided[at] or not person[at]):
            at = int(released[at])
        origin[row] = at
    return Decisions(
        outcome=outcome, reason=reasons, amount=_amounts(table), origin=origin, told=_told(table, outcome, origin)
    )


def _told(table: InstanceTable, outcome: np.ndarray[tuple[int], np.dtype[np.int8]], origin: Ints) -> Flags:
    """Whether the work came back to whoever had done it: a log does not say who was told otherwise."""
    told = np.zeros(len(table), dtype=bool)
    first = table.first_rows
    for row in np.flatnonzero((outcome == AGAINST) & (origin >= 0)).tolist():
        rows = slice(int(first[table.case[row]]), int(first[table.case[row] + 1]))
        again = (table.resource[rows] == table.resource[origin[row]]) & (table.ready[rows] >= table.end[row])
        told[row] = bool(again.any())
    return told


def _amounts(table: InstanceTable) -> Floats:
    """The one amount that cases have; NaN where there are several such columns, or none."""
    found = [
        values for name, values in table.case_traits.items()
        if _AMOUNT.search(plain(name)) and all(one is None or isinstance(one, float) for one in values)
    ]  # fmt: skip
    if len(found) != 1:
        return np.full(len(table), np.nan)
    of_case = np.array([np.nan if one is None else float(one) for one in found[0]], dtype=np.float64)
    return of_case[table.case]
