"""Cells of a CSV file that a spreadsheet would take for a formula."""

from __future__ import annotations

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would calculate; a number keeps its sign.

    See the OWASP notes on CSV injection.
    """
    if not text.startswith(DANGEROUS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
