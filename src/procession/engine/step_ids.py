"""Ids of steps: kebab-case, by default from the title."""

from __future__ import annotations

import re
import unicodedata

RESERVED = ("start", "end")
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def kebab(title: str) -> str:
    """The title in kebab-case, accents dropped; empty where it has no letter a to z."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    found = "-".join(re.findall(r"[a-z0-9]+", plain))[:100].strip("-")
    return found if re.search("[a-z]", found) else ""


def is_kebab(word: str) -> bool:
    """Whether the word is an id as files write it."""
    return len(word) <= 100 and bool(_KEBAB.fullmatch(word))
