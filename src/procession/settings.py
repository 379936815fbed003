"""What an administrator sets, read from environment variables once, at the start."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlsplit

from procession import compiled

_OWN_PREFIX = "PROCESSION_"
_FREE_PREFIXES = ("PROCESSION_CONNECTION_", "PROCESSION_TEST_", "PROCESSION_TOKEN")
"""Variables with names that users choose (secrets of connections), those of the test suite, and the command line's."""


SHORTEST_PASSPHRASE = 12


class SettingsError(Exception):
    """An environment variable has a value that cannot be used; the message names it and says what would be right."""


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or int(text) > 65535:
        raise ValueError("a port from 0 to 65535, where 0 is any free one")
    return int(text)


def _yes_or_no(text: str) -> bool:
    known = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if text.lower() not in known:
        raise ValueError("yes or no")
    return known[text.lower()]


def _postgresql_url(text: str) -> str:
    if urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError("an address such as postgresql://procession_app:password@db.example.org/procession")
    return re.sub(r"^postgres:", "postgresql:", text)


def _smtp_url(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts[0] not in ("smtp", "smtps") or not parts[1]:
        raise ValueError("an address such as smtp://user:password@mail.example.org:587 (smtps for TLS from the start)")
    return text


def _web_url(text: str) -> str:
    parts = _parts(text)
    if parts is None or parts[0] not in ("http", "https") or not parts[1]:
        raise ValueError("an address such as https://procession.example.org")
    return text.rstrip("/")


def _parts(text: str) -> tuple[str, str] | None:
    """Scheme and host of an address, or None when it has none or its port is no number."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts.scheme, parts.hostname or ""


def _long_secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("at least 32 characters, for instance what 'openssl rand -base64 32' prints")
    return text


def _passphrase(text: str) -> str:
    if len(text) < SHORTEST_PASSPHRASE:
        raise ValueError(f"at least {SHORTEST_PASSPHRASE} characters")
    return text


def _engine(text: str) -> str:
    if text not in compiled.CHOICES:
        raise ValueError(" or ".join(compiled.CHOICES))
    return text


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for host in hosts:
        if "/" in host:
            try:
                ipaddress.ip_network(host, strict=False)
            except ValueError:
                raise ValueError("host names, IP addresses or networks like 10.1.0.0/16, with commas between") from None
        elif not re.fullmatch(r"[\w.:*-]+", host):
            raise ValueError("host names, IP addresses or networks like 10.1.0.0/16, with commas between")
    return hosts


def _read_from(variable: str, parse: Callable[[str], Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType({"variable": variable, "parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation. Each has a default that works on one machine."""

    data: Path = field(
        default=Path("data"), metadata=_read_from("PROCESSION_DATA", lambda text: Path(text).expanduser())
    )
    """The folder that holds the embedded database, uploaded files and the secret key. Made at the first start."""

    database_url: str | None = field(default=None, metadata=_read_from("DATABASE_URL", _postgresql_url), repr=False)
    """A PostgreSQL server of your own, as the role held by row-level security; without it, the embedded one."""

    database_owner_url: str | None = field(
        default=None, metadata=_read_from("DATABASE_OWNER_URL", _postgresql_url), repr=False
    )
    """The same database as the role that owns the tables; needed beside `DATABASE_URL` to migrate."""

    host: str = field(default="127.0.0.1", metadata=_read_from("PROCESSION_HOST", str))
    """The network address the web server listens on; 0.0.0.0 for all."""

    port: int = field(default=8000, metadata=_read_from("PROCESSION_PORT", _port))
    """The port the web server listens on; the demo takes the next free one when it is in use."""

    url: str | None = field(default=None, metadata=_read_from("PROCESSION_URL", _web_url))
    """The address people reach the server at, for links in e-mail; without it, the address it listens on."""

    secret_key: str | None = field(default=None, metadata=_read_from("PROCESSION_SECRET_KEY", _long_secret), repr=False)
    """Signs and encrypts what leaves the server; without it, a key is made at first start, in the data folder."""

    backup_passphrase: str | None = field(
        default=None, metadata=_read_from("PROCESSION_BACKUP_PASSPHRASE", _passphrase), repr=False
    )
    """Encrypts backups that no person starts; without it, `backup` and `restore` ask. Keep it where the backups are not."""

    smtp_url: str | None = field(default=None, metadata=_read_from("SMTP_URL", _smtp_url), repr=False)
    """The server that sends e-mail; without it, mail waits on the outbox page."""

    mail_from: str = field(default="Procession <procession@localhost>", metadata=_read_from("MAIL_FROM", str))
    """The sender of e-mail."""

    allow_hosts: tuple[str, ...] = field(default=(), metadata=_read_from("PROCESSION_ALLOW_HOSTS", _hosts))
    """Private hosts that workflows may call, with commas between; all other private addresses are refused."""

    demo: bool = field(default=False, metadata=_read_from("PROCESSION_DEMO", _yes_or_no))
    """Whether this is the demo: anybody on this machine may act as any of its people."""

    engine: str = field(default="", metadata=_read_from("PROCESSION_ENGINE", _engine))
    """`interpreted` or `compiled`; without it, the compiled engine where there is one that was made of these sources."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; a variable that is empty counts as not set.

        Raises:
            SettingsError: a variable has a value that cannot be used, or a name that is not known.
        """
        known = {each.metadata["variable"]: each for each in fields(cls)}
        for name in environment:
            if name.startswith(_OWN_PREFIX) and name not in known and not name.startswith(_FREE_PREFIXES):
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}."
                raise SettingsError(f"{name} is not a setting; {hint}")
        values: dict[str, Any] = {}
        for name, each in known.items():
            if text := environment.get(name, "").strip():
                try:
                    values[each.name] = each.metadata["parse"](text)
                except ValueError as expected:
                    raise SettingsError(f"{name} must be {expected}.") from None
        return cls(**values)

    def secret(self) -> str:
        """The secret key: the one that was set, else the one in the data folder, made by the first call (mode 0600)."""
        return self.secret_key or _kept_secret(self.data / "secret_key")


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # unlike a rename, it keeps the key of a process that was quicker
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
