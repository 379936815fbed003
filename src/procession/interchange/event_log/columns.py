"""Which column means what: by hand, by the way a known program names them, or by words and by what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from procession.interchange.event_log.errors import ColumnsUnknown, LogFileError
from procession.interchange.event_log.words import DIALECTS, HINTS, MEANING, ROLES, WORDS, Role, plain

JOIN = "+"
"""Two columns that together say when: `UDATE+UTIME`."""

NEEDED: tuple[Role, ...] = ("case", "step", "end")

HoldsMoments = Callable[[str], bool]
"""Whether nearly all values of a column are moments."""


@dataclass(frozen=True, slots=True)
class Columns:
    """For each meaning the column that has it."""

    by_role: Mapping[Role, str]
    dialect: str = ""
    others: tuple[str, ...] = field(default=())

    def get(self, role: Role) -> str | None:
        return self.by_role.get(role)

    def parts(self, role: Role) -> tuple[str, ...]:
        """The column, or the two that together say when."""
        return parts_of(self.by_role[role], ()) if role in self.by_role else ()


def parts_of(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """A column's own name, or the two names that are joined by a plus."""
    if name in names or JOIN not in name:
        return (name,)
    return tuple(one.strip() for one in name.split(JOIN))


def recognise(
    names: Sequence[str],
    holds_moments: HoldsMoments,
    by_hand: Mapping[str, str] | None = None,
    left_out: Collection[str] = (),
    example_of: Callable[[str], str] | None = None,
) -> Columns:
    """Find the column of each meaning among `names`, but for the meanings that are to be left out.

    What is named by hand counts first. Then the dialect that explains most of what is needed and of the rest; then words
    of five languages; then parts of names together with what the columns hold. Raises `ColumnsUnknown` when the case, the
    step or the time cannot be told (`example_of` gives a value of a column, to say what is wrong with it), `LogFileError`
    when a column named by hand does not exist.
    """
    found = _named_by_hand(names, by_hand or {})
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    dialect, theirs = _best_dialect(by_plain, names, holds_moments)
    for role, name in theirs.items():
        _take(found, role, name)
    for role in ROLES:
        for word in WORDS[role].split("|"):
            if role not in found and word in by_plain and _may_be(role, by_plain[word], holds_moments):
                _take(found, role, by_plain[word])
    for role, pattern in HINTS.items():
        for name in names:
            if role not in found and _sounds_like(role, pattern, name) and _may_be(role, name, holds_moments):
                _take(found, role, name)
    _settle_times(found, names, holds_moments)
    for role in ROLES:
        if role in left_out and role not in NEEDED:
            found.pop(role, None)
    missing = [MEANING[role] for role in NEEDED if role not in found]
    if missing:
        called = next((by_plain[word] for word in WORDS["end"].split("|") if word in by_plain), None)
        example = example_of(called) if "end" not in found and called is not None and example_of is not None else ""
        raise ColumnsUnknown(missing, names, (called, example) if called is not None and example else None)
    used = {part for name in found.values() for part in parts_of(name, names)}
    return Columns(found, dialect, tuple(name for name in names if name not in used))


def _named_by_hand(names: Sequence[str], by_hand: Mapping[str, str]) -> dict[Role, str]:
    found: dict[Role, str] = {}
    for role, name in by_hand.items():
        if role not in ROLES:
            raise LogFileError(f"'{role}' is no meaning of a column.", f"The meanings are {', '.join(ROLES)}.")
        for part in parts_of(name, names):
            if part not in names:
                near = get_close_matches(part, names, n=1)
                raise LogFileError(
                    f"There is no column '{part}'.",
                    f"Did you mean '{near[0]}'?" if near else f"The columns are {', '.join(names)}.",
                )
        found[role] = name
    return found


def _best_dialect(
    by_plain: Mapping[str, str], names: Sequence[str], holds_moments: HoldsMoments
) -> tuple[str, dict[Role, str]]:
    best: tuple[str, dict[Role, str]] = ("", {})
    for dialect, wanted in DIALECTS.items():
        theirs: dict[Role, str] = {}
        for role, alternatives in wanted.items():
            for word in alternatives.split("|"):
                parts = [by_plain.get(part) for part in word.split(JOIN)]
                if role not in theirs and all(parts):
                    name = JOIN.join(part for part in parts if part)
                    if name not in theirs.values() and _may_be(role, name, holds_moments, names):
                        theirs[role] = name
        if all(role in theirs for role in NEEDED) and len(theirs) > len(best[1]):
            best = (dialect, theirs)
    return best


def _may_be(role: Role, name: str, holds_moments: HoldsMoments, names: Sequence[str] = ()) -> bool:
    """A time has to hold moments; what names something must not."""
    is_time = all(holds_moments(part) for part in parts_of(name, names)) if JOIN not in name else True
    return is_time if role in ("end", "start", "ready") else JOIN in name or not is_time or role == "case"


def _sounds_like(role: Role, pattern: str, name: str) -> bool:
    is_person = role == "case" and re.search(HINTS["resource"], plain(name))
    return bool(re.search(pattern, plain(name))) and not is_person


def _take(found: dict[Role, str], role: Role, name: str) -> None:
    if role not in found and name not in found.values():
        found[role] = name


def _settle_times(found: dict[Role, str], names: Sequence[str], holds_moments: HoldsMoments) -> None:
    """A log needs one time at least: the only column of moments, or where only beginnings are recorded, those."""
    if "end" in found:
        return
    if "start" in found:
        found["end"] = found.pop("start")
        return
    free = [name for name in names if name not in found.values() and holds_moments(name)]
    if len(free) == 1:
        found["end"] = free[0]
