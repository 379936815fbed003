"""The pieces that the page is made of: sections, paragraphs, tables, pictures and their legends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from procession.analytics.log_diagnosis import SHARES, LogDiagnosis
from procession.drawing.svg import element, words
from procession.interchange.log_report.sentences import counted

SHOWN = 12
"""Places, transitions, variants that are shown; how many there are is said."""

SERIES = tuple(zip(SHARES, ("c2", "c3", "c1", "guest", "c5"), strict=True))
"""The parts of a cycle and their colours."""

UNKNOWN = ("work or waiting", "line-2")
"""Where beginnings are not recorded."""


def section(title: str, *parts: str) -> str:
    return element("section", {}, element("h2", {}, words(title)), *parts)


def said(*texts: str) -> list[str]:
    """Paragraphs; empty ones are left out."""
    return [element("p", {}, words(text)) for text in texts if text]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """A table; all but the first `left` columns are numbers."""

    def cells(kind: str, row: Sequence[str]) -> str:
        return "".join(element(kind, {"class": None if at < left else "n"}, words(cell)) for at, cell in enumerate(row))

    body = "".join(element("tr", {}, cells("td", row)) for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{cells("th", head)}</tr></thead><tbody>{body}</tbody></table></div>'


def legend(meant: Sequence[tuple[str, str]] = SERIES) -> str:
    items = "".join(f'<li><i class="{colour}"></i>{words(part)}</li>' for part, colour in meant)
    return f'<ul class="legend">{items}</ul>'


def figure(svg: str) -> str:
    return element("figure", {}, svg)


def more(count: int, one: str, shown: int = SHOWN) -> str:
    """That a list goes on; empty where it does not."""
    return f"Shown are {shown} of {counted(count, one)}." if count > shown else ""


def hours(parts: Sequence[int], times: int, found: LogDiagnosis) -> list[float]:
    """Hours each time, by what they are; all of them as work or waiting where that is not known."""
    each = [part / times / 3.6e9 for part in parts]
    return [*(0.0 for _ in each), sum(each)] if found.is_guessed else each


def series(found: LogDiagnosis) -> tuple[tuple[str, str], ...]:
    """What `hours` are of."""
    return (*SERIES, UNKNOWN) if found.is_guessed else SERIES
