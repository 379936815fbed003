"""What may link two cases: the values of a field in a form in which they can be compared.

A column gives one or more *views*. `same` compares values without case, spaces, marks and leading zeros; `person` turns
an e-mail address into the person it belongs to; `inside` finds references in a text. Every value of every view is a
number of one common dictionary, so that comparing columns is comparing numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from procession.analytics.discovery.logs import Column, WorkflowLog

Ints = NDArray[np.int64]
ViewKind = Literal["same", "person", "inside"]

FEWEST_BITS: Final = 4.0
"""Entropy of a key: below sixteen equally frequent values, cases match by chance."""

OWN_NUMBER: Final = 0.7

NO_KEYS: Final = frozenset(
    {"yes/no", "date", "datetime", "time", "duration", "percent", "file", "files", "image", "table", "choices",
     "calculated", "signature", "rating", "location"}
)  # fmt: skip
"""Types whose values say nothing about which case is meant."""

_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_APART = re.compile(r"[\W_]+")
_SEAM = re.compile(r"(?<=[^\W\d_])-(?=\d)|(?<=\d)-(?=[^\W\d_])")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}([T ].*)?)?$|\d{1,2}[./]\d{1,2}[./]\d{2,4}$")
_WORD = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[^\W_]+(?:[-_/.][^\W_]+)*")
_DIGITS = re.compile(r"\d+")
_SHORTEST_REFERENCE = 3


def normal(text: str) -> str:
    """The form in which keys are compared: `PO-00123`, `po 123` and `Po123` are the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if "@" in folded:
        return "".join(folded.split())
    spaced = _APART.sub("-", _ZEROS.sub("", folded)).strip("-")
    return _SEAM.sub("", spaced)


def references(text: str) -> Iterator[str]:
    """What in a text may name a case: words with a digit in them, with the word before (`PO 123`), and addresses."""
    before = ""
    for found in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        word: str = found
        if "@" in word:
            yield normal(word)
        elif _DIGITS.search(word) and not _DATE.match(word):
            own = normal(word)
            if len(own) >= _SHORTEST_REFERENCE:
                yield own
            if before.isalpha() and len(before) <= 8 and own.isdigit():
                yield before + own
        before = word


class Codes:
    """The common dictionary: each normal form has a number."""

    def __init__(self) -> None:
        self._of: dict[str, int] = {}
        self._normal: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._of)

    def of(self, key: str) -> int:
        """The number of a normal form."""
        return self._of.setdefault(key, len(self._of))

    def of_text(self, text: str) -> int:
        """The number of a text's normal form; -1 where nothing of it is left."""
        known = self._normal.get(text)
        if known is None:
            key = normal(text)
            known = self._normal[text] = self.of(key) if key else -1
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way to read a column: for each entry the case's place in the log, and the number of the value."""

    log: int
    """The workflow's place among the logs."""
    column: Column
    kind: ViewKind
    rows: Ints
    codes: Ints
    filled: Ints
    """The cases that have a value here, each once."""
    is_bare_number: bool
    """Digits and nothing else, so that the value itself does not say which of several series it belongs to."""
    is_own_number: bool
    """The workflow numbers its own cases with it, in the order they begin."""
    repeats: float
    """The share of entries whose value another entry has as well."""

    def allows(self, source: View) -> bool:
        """Whether the two views can be compared, this one being the target's."""
        kinds = (self.kind, source.kind)
        if kinds == ("same", "same"):
            return True
        if "person" in kinds:
            other = source if self.kind == "person" else self
            return other.kind == "same" and other.column.type != "email"
        return kinds in {("inside", "same"), ("same", "inside")}


@dataclass(frozen=True, slots=True)
class Directory:
    """Whose address is whose."""

    people: Mapping[str, str] = field(default_factory=dict[str, str])
    """E-mail address, folded to small letters → the person's id."""

    def person_of(self, address: str) -> str:
        """The id of the person; where nobody is known, what stands before the @."""
        folded = address.strip().casefold()
        return self.people.get(folded) or folded.partition("@")[0]


def views_of(place: int, log: WorkflowLog, codes: Codes, directory: Directory) -> Iterator[View]:
    """The views of a log's columns that can tell cases apart."""
    for column in log.columns:
        if column.type in NO_KEYS or not len(log):
            continue
        values = column.values
        if column.type != "long text":
            found = [codes.of_text(value) if value is not None else -1 for value in values]
            if not _are_dates(values):
                yield from _view(place, log, column, "same", list(range(len(values))), found)
        if column.type == "email" or _share(values, "@") > 0.5:
            people = [codes.of(normal(directory.person_of(v))) if v is not None and "@" in v else -1 for v in values]
            yield from _view(place, log, column, "person", list(range(len(values))), people)
        if column.type in ("text", "long text") and _share(values, " ") > 0.5:
            rows: list[int] = []
            tokens: list[int] = []
            for row, value in enumerate(values):
                if value is not None:
                    inside = {codes.of(token) for token in references(value)}
                    rows.extend([row] * len(inside))
                    tokens.extend(inside)
            yield from _view(place, log, column, "inside", rows, tokens)


def _view(
    place: int, log: WorkflowLog, column: Column, kind: ViewKind, rows: Sequence[int], codes: Sequence[int]
) -> Iterator[View]:
    """The view, unless its values are too few, or only say when a case began."""
    all_rows, all_codes = np.array(rows, dtype=np.int64), np.array(codes, dtype=np.int64)
    there = all_codes >= 0
    kept_rows, kept_codes = all_rows[there], all_codes[there]
    if len(kept_codes) and _bits(kept_codes) >= FEWEST_BITS and not _is_period(log, kept_rows, kept_codes):
        filled = np.unique(kept_rows)
        yield View(
            log=place, column=column, kind=kind, rows=kept_rows, codes=kept_codes, filled=filled,
            is_bare_number=kind == "same" and _are_bare([column.values[int(row)] or "" for row in filled[:200]]),
            is_own_number=_is_own_number(log, column), repeats=_repeats(kept_codes),
        )  # fmt: skip


def _share(values: Sequence[str | None], mark: str) -> float:
    filled = [value for value in values if value is not None]
    return sum(mark in value for value in filled) / len(filled) if filled else 0.0


def _are_dates(values: Sequence[str | None]) -> bool:
    filled = [value for value in values if value is not None]
    return bool(filled) and sum(_DATE.match(value) is not None for value in filled) > 0.9 * len(filled)


def _bits(codes: Ints) -> float:
    counts = np.unique(codes, return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _is_period(log: WorkflowLog, rows: Ints, codes: Ints) -> bool:
    """Whether the value follows from the time, as a month or a week does: each stands in one stretch of time."""
    distinct = len(np.unique(codes))
    if len(codes) < 2 * distinct:
        return False
    in_time = codes[np.argsort(log.begins[rows], kind="stable")]
    stretches = 1 + int((in_time[1:] != in_time[:-1]).sum())
    return stretches <= 1.5 * distinct


def _are_bare(values: Sequence[str]) -> bool:
    return sum(not any(letter.isalpha() for letter in value) for value in values) > 0.5 * len(values)


def _is_own_number(log: WorkflowLog, column: Column) -> bool:
    """Whether values count the cases: between most neighbours in time, the last number grows by one for each case."""
    offsets: list[int] = []
    for place, row in enumerate(np.argsort(log.begins, kind="stable")):
        digits = _DIGITS.findall(column.values[int(row)] or "")
        if digits:
            offsets.append(int(digits[-1][-15:]) - place)
    steady = sum(one == other for one, other in pairwise(offsets))
    return len(offsets) >= 8 and steady >= OWN_NUMBER * (len(offsets) - 1)


def _repeats(codes: Ints) -> float:
    counts = np.unique(codes, return_counts=True)[1]
    return float(counts[counts > 1].sum() / counts.sum())


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 0; equal values share their mean rank."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts + 1) / 2.0)[places]


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's correlation; 0 where one of them does not vary."""
    first, second = ranks(one), ranks(other)
    first, second = first - first.mean(), second - second.mean()
    size = math.sqrt(float((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size else 0.0
