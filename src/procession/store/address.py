"""Database addresses in the two spellings that are needed."""

from __future__ import annotations


def sqlalchemy_url(url: str) -> str:
    """The address for SQLAlchemy on psycopg 3."""
    return "postgresql+psycopg://" + _rest(url)


def psycopg_url(url: str) -> str:
    """The address for psycopg itself."""
    return "postgresql://" + _rest(url)


def _rest(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("The database address must begin with postgresql://")
    return rest
