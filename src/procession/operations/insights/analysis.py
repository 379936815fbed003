"""What is worked out of a log, once, and kept until the log has changed.

The first to ask waits for it. After that everybody gets what is there; when something has happened since, it is
worked out anew beside the requests, at most every few seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from procession.analytics.attribution import Attribution, attribute
from procession.analytics.forecast import Forecaster
from procession.analytics.log import ProcessLog, Site
from procession.analytics.measures import Measures, measure
from procession.analytics.pareto import Pareto, pareto
from procession.analytics.sentences import Diagnosis, diagnosis
from procession.analytics.verdict import FEWEST_CASES, Verdict, judge
from procession.analytics.whatif import Removed, WhatIf, make_instant
from procession.engine.definition import Definition, Process, Workflow
from procession.operations.context import Context
from procession.operations.insights import facts
from procession.operations.insights.facts import Fact, Version
from procession.operations.insights.loader import Loaded, Setting, load, setting_of
from procession.operations.insights.stated import Said, said_of
from procession.store.store import Store

if TYPE_CHECKING:
    from procession.analytics.simulation.fitting import Fit

LOOK_AFTER: Final = 5.0
"""In seconds: so long nobody asks whether anything has happened."""

_logger = logging.getLogger(__name__)


@dataclass
class Analysis:
    """Everything diagnosis says about one process or workflow; what Home does not need is worked out when asked for."""

    definition: Definition
    loaded: Loaded
    measured: Attribution
    verdict: Verdict
    words: Diagnosis
    forecaster: Forecaster
    version: Version
    as_of: datetime
    """When the events were read."""
    said: Said | None = None
    """What people say it takes; None where nobody does."""
    instants: dict[tuple[Site, Removed], WhatIf] = field(default_factory=dict[tuple[Site, Removed], WhatIf])
    fit: Fit | None = None
    """A model of it, once somebody has asked for a simulation."""

    @property
    def log(self) -> ProcessLog:
        return self.loaded.log

    @cached_property
    def measures(self) -> Measures:
        """Times, counts and rework, for each place."""
        return measure(self.log)

    @cached_property
    def pareto(self) -> Pareto:
        """The few places that cause most of the lost time."""
        return pareto(self.measured, "place")

    @property
    def has_enough(self) -> bool:
        """Whether there is history enough for a figure with a basis."""
        return len(self.log.cases) >= FEWEST_CASES

    @property
    def rests_on_said(self) -> bool:
        """Whether the verdict is that of what people say: there are too few cases, and enough is said."""
        return not self.has_enough and self.said is not None and self.said.verdict is not None

    @property
    def lacking(self) -> str:
        """Why nothing is said."""
        count = len(self.log.cases)
        return f"needs {FEWEST_CASES} finished cases, there {'is' if count == 1 else 'are'} {count}"

    def instant(self, site: Site, remove: Removed) -> WhatIf:
        """What it would have saved; worked out once for each place."""
        known = self.instants.get((site, remove))
        if known is None:
            known = make_instant(self.log, site, remove, measured=self.measured)
            self.instants[site, remove] = known
        return known


def analyse(definition: Definition, loaded: Loaded, version: Version, as_of: datetime) -> Analysis:
    """Work everything out."""
    measured = attribute(loaded.log)
    verdict = judge(measured)
    return Analysis(
        definition=definition,
        loaded=loaded,
        measured=measured,
        verdict=verdict,
        words=diagnosis(verdict),
        forecaster=Forecaster(loaded.log),
        version=version,
        as_of=as_of,
    )


def setting(ctx: Context, definition: Definition) -> Setting:
    """The organisation as the log needs it."""
    surroundings = ctx.store.surroundings(ctx.organisation)
    used = {definition.id}
    if isinstance(definition, Process):
        used = {member.use for member in definition.members.values()}
    found = {one: ctx.store.definition(ctx.organisation, one) for one in used if one in surroundings.latest}
    workflows: Mapping[str, Workflow] = {name: one for name, one in found.items() if isinstance(one, Workflow)}
    with ctx.store.transaction(ctx.organisation) as tx:
        departments = {group.id: group.title for group in tx.groups.list()}
    return setting_of(
        definition, workflows, surroundings.directory, departments, surroundings.calendar, surroundings.calendars
    )


def load_from_store(ctx: Context, definition: Definition, around: Setting | None = None) -> tuple[Loaded, Version]:
    """The log as the events say now, and the mark of what was read."""
    with ctx.store.transaction(ctx.organisation) as tx:
        version = facts.version_of(tx, definition.id)
        found: list[Fact] = facts.of_store(tx, definition.id)
    return load(found, around or setting(ctx, definition)), version


# --- keeping ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    analysis: Analysis | None = None
    organisation_version: int = -1
    looked_at: float = 0.0
    worker: threading.Thread | None = None


_kept: WeakKeyDictionary[Store, dict[tuple[str, str], _Kept]] = WeakKeyDictionary()
_kept_lock = threading.Lock()


def analysis_of(ctx: Context, definition: Definition) -> Analysis:
    """What is known of a process or workflow. Works it out only for the first to ask; see the module's first lines."""
    with _kept_lock:
        kept = _kept.setdefault(ctx.store, {}).setdefault((ctx.organisation, definition.id), _Kept())
    if kept.analysis is None:
        with kept.lock:
            if kept.analysis is None:
                _work_out(ctx, definition, kept)
    elif time.monotonic() - kept.looked_at > LOOK_AFTER:
        _look_again(ctx, definition, kept)
    assert kept.analysis is not None
    return kept.analysis


def _work_out(ctx: Context, definition: Definition, kept: _Kept) -> None:
    organisation_version = ctx.store.surroundings(ctx.organisation).version
    around = setting(ctx, definition)
    loaded, version = load_from_store(ctx, definition, around)
    analysis = analyse(definition, loaded, version, ctx.at)
    analysis.said = said_of(ctx, around, loaded.log)
    if kept.analysis is not None:
        analysis.forecaster.go_on_from(kept.analysis.forecaster)
    kept.analysis = analysis
    kept.organisation_version = organisation_version
    kept.looked_at = time.monotonic()


def _look_again(ctx: Context, definition: Definition, kept: _Kept) -> None:
    """Where something has happened, work it out anew beside this request."""
    if not kept.lock.acquire(blocking=False):
        return  # somebody is at it
    started = False
    try:
        kept.looked_at = time.monotonic()
        if not _is_current(ctx, definition, kept):
            kept.worker = threading.Thread(
                target=_work_out_beside, args=(ctx, definition, kept), name=f"insight {definition.id}", daemon=True
            )
            kept.worker.start()
            started = True
    finally:
        if not started:
            kept.lock.release()


def _is_current(ctx: Context, definition: Definition, kept: _Kept) -> bool:
    if kept.organisation_version != ctx.store.surroundings(ctx.organisation).version:
        return False
    with ctx.store.transaction(ctx.organisation) as tx:
        return kept.analysis is not None and kept.analysis.version == facts.version_of(tx, definition.id)


def _work_out_beside(ctx: Context, definition: Definition, kept: _Kept) -> None:
    try:
        _work_out(ctx, definition, kept)
    except Exception:
        _logger.exception("insight of %s could not be worked out anew", definition.id)
    finally:
        kept.lock.release()


def settled(ctx: Context, definition_id: str) -> None:
    """Wait until whatever is being worked out is there; and let the next to ask look at once."""
    kept = _kept.get(ctx.store, {}).get((ctx.organisation, definition_id))
    if kept is not None:
        if kept.worker is not None:
            kept.worker.join()
        kept.looked_at = 0.0
