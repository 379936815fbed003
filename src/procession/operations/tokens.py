"""Secrets handed out once: sessions, API tokens, private links. Only their hash is kept.

A token is `ORGANISATION.SECRET`: the organisation must be known before anything can be looked up in it.
"""

from __future__ import annotations

import hashlib
import re
import secrets

_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})")


def mint(organisation: str) -> tuple[str, bytes]:
    """A new token (256 random bits) and the hash to keep."""
    token = f"{organisation}.{secrets.token_urlsafe(32)}"
    return token, hashed(token)


def hashed(token: str) -> bytes:
    """What is kept of a token. It is random, so a plain hash is enough; passwords need more."""
    return hashlib.sha256(token.encode()).digest()


def organisation_of(token: str) -> str | None:
    """The organisation that a token names; None where the text is no token."""
    found = _TOKEN.fullmatch(token)
    return found.group(1) if found else None
