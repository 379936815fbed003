"""Tokens that open a door: random, kept only as a hash."""

from __future__ import annotations

import secrets
from hashlib import sha256


def new_token() -> str:
    """A token with 256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a token. Its 256 random bits need no salt and no slow hash."""
    return sha256(token.encode()).digest()
