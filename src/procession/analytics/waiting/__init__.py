"""Why work waits: each moment between ready and begun gets one cause, and the causes add up exactly (`decompose`)."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_KERNEL: Final = "procession.analytics.waiting.kernel"


def compiled() -> Any:
    """The compiled part. Importing it imports numba, which start-up must not."""
    keep_compiled()
    return import_module(_KERNEL)


def keep_compiled() -> None:
    """Let numba keep what it compiles where this program may write, unless `NUMBA_CACHE_DIR` says where. It has to be
    said before numba is imported; beside the sources, where it would go otherwise, only a developer may write."""
    if "NUMBA_CACHE_DIR" in os.environ or "numba" in sys.modules:
        return
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if os.access(folder, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = str(folder)


def is_prepared() -> bool:
    """Whether the compiled part lies ready from an earlier run; the first time takes most of a minute."""
    if _KERNEL in sys.modules:
        return True
    keep_compiled()
    folder = os.environ.get("NUMBA_CACHE_DIR")
    if folder is None:
        return False
    changed = Path(__file__).with_name("kernel.py").stat().st_mtime
    return any(one.stat().st_mtime >= changed for one in Path(folder).rglob("kernel.walk_back*.nbi"))


def _folder() -> Path:
    windows = os.environ.get("LOCALAPPDATA", "") if os.name == "nt" else ""
    base = os.environ.get("XDG_CACHE_HOME") or windows
    return (Path(base) if base else Path("~/.cache").expanduser()) / "procession" / "numba"
