"""The words of a sketch: lengths of time, people by the beginning of their names, tables as lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from procession.engine.durations import Span, SpanError, Unit
from procession.engine.findings import did_you_mean, listed
from procession.engine.step_ids import kebab

UNITS: Final[Mapping[str, Unit]] = {
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days", "w": "weeks", "week": "weeks", "weeks": "weeks",
    "mo": "months", "month": "months", "months": "months",
    "bh": "business hours", "business hour": "business hours", "business hours": "business hours",
    "bd": "business days", "business day": "business days", "business days": "business days",
}  # fmt: skip
"""How a unit of time may be written."""

_TIME = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z]+(?: [a-z]+)?)", re.IGNORECASE)
_YES = ("y", "yes", "x", "?", "true", "1")


@dataclass(frozen=True, slots=True)
class Known:
    """The groups, roles and people there are, by what a line may call them."""

    names: Mapping[str, str]
    """`group:it` → `IT`."""
    closed: bool = True
    """Whether others are wrong. Otherwise (files far from any organisation) they are taken as groups."""


def read_time(text: str) -> Span | None:
    """`10m`, `2 days`; None for nothing, `-` and `0`. Raises `SpanError`."""
    plain = " ".join(text.lower().split())
    if plain in ("", "-", "–", "0"):
        return None
    match = _TIME.fullmatch(plain)
    unit = UNITS.get(match[2]) if match else None
    if match is None or unit is None:
        raise SpanError(f"{text!r} is not a length of time", "write 10m, 4h, 2d, 1w, or 3bd for business days")
    number = match[1].replace(",", ".")
    if "." not in number:
        return Span(int(number), unit)
    if unit in ("minutes", "hours", "business hours"):
        minutes = round(float(number) * (1 if unit == "minutes" else 60))
        return Span(minutes, "minutes")
    raise SpanError(f"{text!r}: {unit} are whole", "use hours for parts of a day, such as 12h")


def who_is(word: str, known: Known) -> tuple[str | None, str]:
    """Who a word means (`group:it`), completed from what there is; else None and what to do instead."""
    plain = " ".join(word.split())
    folded = plain.casefold()
    if folded in ("starter", "requester", "me"):
        return "starter", ""
    names = {key: (key.partition(":")[2].casefold(), title.casefold()) for key, title in known.names.items()}
    exact = [key for key, called in names.items() if folded in (key.casefold(), *called)]
    if exact:
        return exact[0], ""
    begun = [key for key, called in names.items() if any(_begins(one, folded) for one in called)]
    kinds = [[key for key in begun if key.startswith(kind)] for kind in ("group:", "role:", "person:")]
    best = next(filter(None, kinds), list[str]())
    if len(best) == 1:
        return best[0], ""
    if best:
        return None, f"it may be {listed((known.names[key] for key in best[:6]), 'or')}; type more of it"
    if not known.closed and kebab(plain):
        return f"group:{kebab(plain)}", ""
    groups = [title for key, title in known.names.items() if key.startswith("group:")]
    return None, did_you_mean(plain, groups, otherwise="the groups are {}") or "make the group first, under People"


def _begins(name: str, part: str) -> bool:
    """Whether a name, or a word in it, begins so."""
    return any(word.startswith(part) for word in (name, *re.split(r"[\s-]+", name)))


COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "workflow": ("workflow", "phase", "stage", "part"),
    "owner": ("owner", "group", "department", "team"),
    "step": ("step", "task", "activity", "action", "what"),
    "who": ("who", "role", "person", "responsible", "done by", "by whom"),
    "work": ("work", "work time", "working time", "effort", "takes", "duration"),
    "wait": ("wait", "waiting", "waiting time", "wait before", "delay", "waits"),
    "decision": ("decision", "decision?", "decides"),
    "back": ("back", "back to"),
    "milestone": ("milestone", "reached"),
}
"""What a column of a table may be called."""
_NAMED = {name: column for column, names in COLUMNS.items() for name in names}


def plain_rows(lines: Sequence[str]) -> list[str]:
    """Lines with `|` between the cells, as Markdown draws tables, as lines with tabs; their rules as empty lines."""
    drawn = [one.strip() for one in lines]
    found: list[str] = []
    for raw, line in zip(lines, drawn, strict=True):
        if not (len(line) > 1 and line.startswith("|") and line.endswith("|")):
            found.append(raw)
        elif not line.strip("|-: "):
            found.append("")
        else:
            found.append("\t".join(cell.strip() for cell in line.strip("|").split("|")))
    return found


def as_table(lines: Sequence[str]) -> list[tuple[int, str]] | None:
    """A table with a heading as lines of a sketch, what stands above the heading first; None where there is none."""
    for place, line in enumerate(lines):
        mark = max(",;\t", key=line.count)
        if mark not in line:
            continue
        heading = [_NAMED.get(cell.strip().strip('"').casefold(), "") for cell in line.split(mark)]
        if "step" in heading and len(set(heading) - {"", "step"}) > 0:
            above = [*enumerate(lines[:place], start=1)]
            return [*above, *_rows(lines[place + 1 :], heading, mark, place + 2, _title_of(lines[:place]))]
    return None


def _title_of(above: Sequence[str]) -> str:
    """What the one workflow of a table without names of workflows is called."""
    title = next((one.strip().lstrip("#").strip() for one in above if one.strip()), "")
    return title or "Steps"


def _rows(lines: Sequence[str], heading: list[str], mark: str, first: int, alone: str) -> Iterator[tuple[int, str]]:
    rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)
    workflow = ""
    if "workflow" not in heading:
        yield first - 1, f"## {alone}"
    for row in rows:
        number = first + rows.line_num - 1
        cells = {name: value.strip().replace("\t", " ") for name, value in zip(heading, row, strict=False) if name}
        if cells.get("workflow", "") not in ("", workflow):
            workflow = cells["workflow"]
            yield number, f"## {workflow}\t{cells.get('owner', '')}"
        step = cells.get("step", "").rstrip("? ")
        if step:
            decides = cells["step"].endswith("?") or cells.get("decision", "").casefold() in _YES
            reached = f" !{cells['milestone']}" if cells.get("milestone") else ""
            rest = [cells.get(name, "") for name in ("who", "work", "wait", "back")]
            yield number, "\t".join((step + reached + ("?" if decides else ""), *rest))
