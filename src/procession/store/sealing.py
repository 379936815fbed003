"""Sealing a stream with a passphrase, in the age format (age-encryption.org/v1), which other programs read as well.

A passphrase alone would need the whole content in memory. So each seal has a key of its own: the content is encrypted
to this key part by part, and the key is encrypted with the passphrase (scrypt).
"""

from __future__ import annotations

import importlib
from typing import IO, Any

_age: Any = importlib.import_module("pyrage")  # compiled, and without types


class WrongPassphrase(Exception):
    """The passphrase is not the one it was sealed with."""


class Damaged(Exception):
    """What was sealed is not whole any more."""


def seal(content: IO[bytes], sealed: IO[bytes], passphrase: str) -> bytes:
    """Write `content` to `sealed`, encrypted; returns its key, sealed with the passphrase."""
    key = _age.x25519.Identity.generate()
    _age.encrypt_io(content, sealed, [key.to_public()])
    return _age.passphrase.encrypt(str(key).encode(), passphrase)


def unseal(sealed: IO[bytes], content: IO[bytes], sealed_key: bytes, passphrase: str) -> None:
    """Write what was sealed to `content`.

    Raises:
        WrongPassphrase: nothing was written.
        Damaged: a part was changed or is missing; what was written until then must not be used.
    """
    try:
        key = _age.x25519.Identity.from_str(_age.passphrase.decrypt(sealed_key, passphrase).decode())
    except _age.DecryptError:
        raise WrongPassphrase from None
    except (_age.IdentityError, ValueError):
        raise Damaged from None
    try:
        _age.decrypt_io(sealed, content, [key])
    except (_age.DecryptError, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise  # the disk's own complaint
        raise Damaged from None
