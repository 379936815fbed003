"""Passwords: argon2id, and the rules for new ones."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from procession.engine.rejections import InvalidField

SHORTEST, LONGEST = 10, 1000
"""Characters. Length is what makes a password strong; no kinds of characters are asked."""

_TOO_COMMON = frozenset(
    {"password12", "password123", "1234567890", "qwertyuiop", "procession", "letmein123", "0123456789"}
)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106 for low memory


def hash_password(password: str, *, field: str = "password", person: str = "") -> str:
    """The hash to keep. Raises `InvalidField` where the password is too weak."""
    if len(password) < SHORTEST:
        raise InvalidField(
            field, f"A password has at least {SHORTEST} characters.", hint="Three or four words do well."
        )
    if len(password) > LONGEST:
        raise InvalidField(field, f"A password has at most {LONGEST} characters.")
    if password.lower() in _TOO_COMMON or len(set(password)) < 4 or (person and password.lower() == person.lower()):
        raise InvalidField(field, "This password is too easy to guess.", hint="Three or four words do well.")
    return _hasher().hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Whether the password is right. Takes as long when there is none, so that time tells nothing."""
    try:
        return _hasher().verify(kept if kept is not None else _decoy(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(kept)


@cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")
