"""How many requests one caller may make: a bucket that fills steadily and may be emptied in a burst."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from procession.engine.rejections import RateLimited

MOST_CALLERS = 10_000
"""Buckets kept; the one used longest ago makes room."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second on average, so many at once."""

    per_second: float
    burst: int


class RateLimit:
    """Buckets by caller, in this process.

    In memory, because a bucket in the database would make a write of every read. It keeps one caller from taking a server
    for itself; what must hold for all servers together (starts through public forms) is counted in the database instead,
    by `store.rate_limits`.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one request. Raises `RateLimited` with the seconds to wait."""
        now = self._clock()
        with self._lock:
            left, at = self._buckets.pop(caller, (float(self._rate.burst), now))
            left = min(self._rate.burst, left + (now - at) * self._rate.per_second)
            allowed = left >= 1
            self._buckets[caller] = (left - 1 if allowed else left, now)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        if not allowed:
            wait = max(1, round((1 - left) / self._rate.per_second))
            raise RateLimited(f"Too many requests. Try again in {wait} s.", retry_after=wait)
