"""When a running case usually finishes, judged by finished cases that had come as far.

For each open step: the working time that finished cases took from being ready there to their end, among those that
took longer than this one has already been waiting. No distribution is assumed, and below 20 such cases nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from procession.analytics.attribution import quantile
from procession.analytics.log import OpenActivity, ProcessLog, Site

FEWEST_CASES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a case ends, or why that cannot be said."""

    usually: datetime | None
    """Half of the comparable cases had finished by then."""
    by: datetime | None
    """85 of 100 comparable cases had finished by then."""
    cases: int
    """How many finished cases it rests on."""
    site: Site | None
    """The open step that decides it."""
    reason: str | None
    """Why nothing is said."""


class Forecaster:
    """Remaining working time by step reached, measured once for a log and asked for many running cases."""

    def __init__(self, log: ProcessLog) -> None:
        self._log = log
        self._remaining: dict[Site, list[float]] = {}
        for case in log.cases:
            latest: dict[Site, datetime] = {}
            for instance in case.instances:
                latest[instance.site] = max(instance.ready, latest.get(instance.site, instance.ready))
            for site, ready in latest.items():
                left = log.calendar.working_between(ready, case.end).total_seconds()
                self._remaining.setdefault(site, []).append(left)

    @property
    def known(self) -> Mapping[Site, int]:
        """How many finished cases reached each step."""
        return {site: len(left) for site, left in self._remaining.items()}

    def forecast(self, open_now: Sequence[OpenActivity], now: datetime) -> Forecast:
        """Forecast one case from all that is open in it: the latest of its branches decides."""
        if not open_now:
            return _silent("nothing is open in this case", 0, None)
        found = [self._branch(activity, now) for activity in open_now]
        for branch in found:
            if branch.reason:
                return branch
        return max(found, key=lambda branch: (branch.by or now, branch.usually or now))

    def _branch(self, activity: OpenActivity, now: datetime) -> Forecast:
        calendar = self._log.calendar
        history = self._remaining.get(activity.site, [])
        waited = calendar.working_between(activity.ready, max(now, activity.ready)).total_seconds()
        comparable = [left for left in history if left >= waited]
        if len(comparable) < FEWEST_CASES:
            reason = f"needs {FEWEST_CASES} comparable finished cases, there are {len(comparable)}"
            if len(history) >= FEWEST_CASES:
                reason = (
                    f"it has been at this step longer than {len(history) - len(comparable)} of {len(history)} cases"
                )
            return _silent(reason, len(comparable), activity.site)

        def moment(p: float) -> datetime:
            rest = timedelta(seconds=max(0.0, quantile(comparable, p) - waited))
            return calendar.add_business_time(max(now, activity.ready), rest)

        return Forecast(usually=moment(0.5), by=moment(0.85), cases=len(comparable), site=activity.site, reason=None)


def _silent(reason: str, cases: int, site: Site | None) -> Forecast:
    return Forecast(usually=None, by=None, cases=cases, site=site, reason=reason)
