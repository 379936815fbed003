"""What is wrong with a definition, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""Errors forbid publishing, warnings can be accepted with a reason, notes are for the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that `check` or the reader of a file has to say."""

    code: str
    """Stable, such as `unknown_step`; `procession.engine.check.CODES` lists them all."""
    sentence: str
    """What is wrong, in words."""
    hint: str | None = None
    """What would be right."""
    severity: Severity = "error"
    file: str = ""
    line: int = 0
    """From 1; 0 where a definition did not come from a file."""
    column: int = 0
    path: tuple[str, ...] = ()
    """Titles of the steps of the shortest run that shows it."""
    example: Mapping[str, str] | None = None
    """Input of a decision table that shows it."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place + ': ' if place else ''}{self.severity} {self.code}: {self.sentence}{hint}"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a definition was read: its file, and the position of every part by its path.

    A path names the part: `steps/approve/when`, `fields/amount/min`, `start/form`, `handoffs/a.completed->b/carry/x`.
    """

    file: str = ""
    positions: Mapping[str, Position] = field(default_factory=dict[str, Position])

    def at(self, path: str, line: int = 0) -> Position:
        """The position of the part, or of the nearest part around it; `line` where nothing is known of it."""
        while path:
            found = self.positions.get(path)
            if found is not None:
                return found
            path = path.rpartition("/")[0]
        return Position(line, 1 if line else 0)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    words = [one for one in known if one]
    folded = {one.casefold(): one for one in reversed(words)}
    if word.casefold() in folded:
        return folded[word.casefold()]
    close = get_close_matches(word.casefold()[:80], folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "there is {}") -> str | None:
    """A hint that names the nearest known word, or else all of them where they are few."""
    words = [one for one in known if one]
    near = nearest(word, words)
    if near is not None:
        return f"did you mean {near}?"
    if not 0 < len(words) <= 24:
        return None
    if otherwise.startswith("there is ") and len(words) > 1:
        otherwise = otherwise.replace("there is ", "there are ", 1)
    return otherwise.format(listed(words))


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    all_words = list(words)
    if len(all_words) < 2:
        return "".join(all_words)
    return f"{', '.join(all_words[:-1])} {last} {all_words[-1]}"
