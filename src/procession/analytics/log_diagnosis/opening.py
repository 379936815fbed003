"""When steps open that are done in few hours of the week only, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from procession.analytics.waiting.clusters import SHARE, SLOTS
from procession.analytics.waiting.decompose import Decomposition

_HOUR: Final = 3_600_000_000
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def openings(found: Decomposition, zone: ZoneInfo | None) -> dict[int, str]:
    """By step the hours of the week in which it is begun: `on Tuesday at 10:00`, of steps that are gates."""
    said: dict[int, str] = {}
    table = found.table
    for step in np.flatnonzero(found.gates).tolist():
        begun = table.start[(table.step == step) & ~table.start_estimated]
        hours, counts = np.unique(begun // _HOUR * _HOUR, return_counts=True)
        slots: dict[tuple[int, int], int] = {}
        for hour, count in zip(hours.tolist(), counts.tolist(), strict=True):
            at = datetime.fromtimestamp(hour / 1e6, UTC).astimezone(zone or UTC)
            slots[at.weekday(), at.hour] = slots.get((at.weekday(), at.hour), 0) + count
        chosen: list[tuple[int, int]] = []
        held = 0
        for slot, count in sorted(slots.items(), key=lambda pair: -pair[1])[:SLOTS]:
            chosen.append(slot)
            held += count
            if held >= SHARE * len(begun):
                break
        said[step] = " and ".join(f"on {_WEEKDAYS[day]} at {hour:02d}:00" for day, hour in sorted(chosen))
    return said
