"""The bytes of files: in the data folder, under their SHA-256, each once."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from procession.engine.rejections import TooLarge

LARGEST: Final = 25_000_000
"""In bytes."""

_CHUNK = 1 << 16


class FileStore:
    """Files below one folder, `ab/cd/abcd…`. A file is written beside its place and moved there whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, parts: Iterable[bytes], largest: int = LARGEST) -> tuple[str, int]:
        """Store bytes; returns their SHA-256 and size. Raises TooLarge."""
        drafts = self.folder / "drafts"
        drafts.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = drafts / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(_private(draft), "wb") as file:
                for part in parts:
                    size += len(part)
                    if size > largest:
                        raise TooLarge(f"The file is larger than {largest // 1_000_000} MB.")
                    digest.update(part)
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            place = self.path(digest.hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.replace(place)
            _flush_folder(place.parent)
        finally:
            draft.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def path(self, sha256: str) -> Path:
        """Where the bytes of a hash lie. Raises ValueError for what is no hash."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash."""
        return self.path(sha256).read_bytes()

    def parts(self, sha256: str) -> Iterator[bytes]:
        """The bytes of a hash, piece by piece."""
        with self.path(sha256).open("rb") as file:
            while part := file.read(_CHUNK):
                yield part

    def remove(self, sha256: str) -> None:
        """Forget the bytes of a hash that nothing else has."""
        self.path(sha256).unlink(missing_ok=True)

    # --- files on their way, by a name of their own -------------------------------------------------------------------

    def upload(self, name: str) -> Path:
        """Where a file lies that is to become something else. Raises ValueError for a name that is no id."""
        if not re.fullmatch(r"[0-9a-f-]{36}", name):
            raise ValueError("not an id")
        return self.folder / "uploads" / name

    def keep_upload(self, name: str, parts: Iterable[bytes]) -> int:
        """Store a file on its way; returns its size."""
        place = self.upload(name)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        size = 0
        try:
            with os.fdopen(_private(place), "wb") as file:
                for part in parts:
                    size += file.write(part)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        return size

    def drop_upload(self, name: str) -> None:
        """Forget a file on its way."""
        self.upload(name).unlink(missing_ok=True)

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are there and still have their hash."""
        try:
            digest = hashlib.sha256()
            for part in self.parts(sha256):
                digest.update(part)
        except OSError:
            return False
        return digest.hexdigest() == sha256


def safe_name(name: str) -> str:
    """A file name that is only a name: no folders, no control characters, at most 150 characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > 150:
        name = (stem[: 149 - len(ending)] + dot + ending) if dot and len(ending) < 20 else name[:150]
    return name or "file"


def _private(path: Path) -> int:
    """A new file that only its owner can read."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
