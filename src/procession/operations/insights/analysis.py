"""What is worked out of a log, once, and kept until the log has changed.

Pages show figures (`figures`), which outlive the process that made them: they stand in the database, with a mark of
the records they rest on. The log itself is read when somebody asks for what needs it, a forecast for example, and is
let go when nobody has asked for a while.

The first to ask waits, unless figures of just these records are kept. After that everybody gets what is there; when
something has happened since, it is worked out anew beside the requests, at most every few seconds. A server reads what
is kept when it starts (`recall`), so that it goes on where the one before it stopped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar
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
from procession.operations.insights.facts import Version
from procession.operations.insights.figures import (
    Figure,
    Made,
    fingerprint_of,
    finished_mark,
    learned_again,
    learned_texts,
    mark_of,
)
from procession.operations.insights.loader import Loaded, Setting, load, setting_of
from procession.operations.insights.memory import give_back
from procession.operations.insights.stated import Said, said_of
from procession.store.store import Store

if TYPE_CHECKING:
    from procession.analytics.simulation.fitting import Fit

LOOK_AFTER: Final = 5.0
"""In seconds: so long nobody asks whether anything has happened."""

LET_GO_AFTER: Final = 120.0
"""In seconds: a log that nobody has asked for leaves the memory."""

_T = TypeVar("_T")

_logger = logging.getLogger(__name__)


@dataclass
class Analysis:
    """Everything diagnosis says about one process or workflow, worked out when it is asked for."""

    definition: Definition
    loaded: Loaded
    forecaster: Forecaster
    version: Version
    as_of: datetime
    """When the events were read."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Person → the groups they are in, as people call these."""
    said: Said | None = None
    """What people say it takes; None where nobody does."""
    is_learned_kept: bool = False
    """What forecasts have learned stands in the database."""
    instants: dict[tuple[Site, Removed], WhatIf] = field(default_factory=dict[tuple[Site, Removed], WhatIf])
    fit: Fit | None = None
    """A model of it, once somebody has asked for a simulation."""

    @property
    def log(self) -> ProcessLog:
        return self.loaded.log

    @cached_property
    def measured(self) -> Attribution:
        """Where the time of the cases went."""
        return attribute(self.log)

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.measured)

    @cached_property
    def words(self) -> Diagnosis:
        """The verdict in words."""
        return diagnosis(self.verdict)

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
    """What can be asked about a log."""
    return Analysis(
        definition=definition, loaded=loaded, forecaster=Forecaster(loaded.log), version=version, as_of=as_of
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
    around = around or setting(ctx, definition)
    with ctx.store.transaction(ctx.organisation) as tx:
        version = facts.version_of(tx, definition.id)
        return load(facts.of_store(tx, definition.id), around), version


# --- keeping ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    made: Made | None = None
    analysis: Analysis | None = None
    asked_at: float = -LET_GO_AFTER
    """When somebody asked for the log last."""
    looked_at: float = 0.0
    behind: bool = False
    """Something has happened since."""
    worker: threading.Thread | None = None
    is_watched: bool = False
    """A timer will look whether its log can go."""


_kept: WeakKeyDictionary[Store, dict[tuple[str, str], _Kept]] = WeakKeyDictionary()
_kept_lock = threading.Lock()
_beside = threading.Lock()
"""One at a time is worked out beside the requests, so that pages get their share of the processor."""


def figure_of(ctx: Context, definition: Definition, figure: Figure[_T]) -> _T:
    """One figure of a process or workflow; see the module's first lines."""
    kept = _entry(ctx, definition.id)
    if kept.made is None or not kept.made.is_whole:
        with kept.lock:
            if kept.made is None or not kept.made.is_whole:
                _find_or_work_out(ctx, definition, kept)
    elif time.monotonic() - kept.looked_at > LOOK_AFTER:
        _look_again(ctx, definition, kept)
    assert kept.made is not None
    return kept.made.get(figure)


def read_at(ctx: Context, definition: Definition) -> tuple[datetime, bool]:
    """When the records were read that the figures rest on, and whether anything has happened since."""
    kept = _entry(ctx, definition.id)
    return (kept.made.as_of if kept.made is not None else ctx.at), kept.behind


def analysis_of(ctx: Context, definition: Definition) -> Analysis:
    """The log and all that can be asked about it. The first to ask waits until it is read."""
    kept = _entry(ctx, definition.id)
    kept.asked_at = time.monotonic()
    found = kept.analysis
    if found is None:
        with kept.lock:
            if kept.analysis is None:
                _work_out(ctx, definition, kept)
            found = kept.analysis
    elif time.monotonic() - kept.looked_at > LOOK_AFTER:
        _look_again(ctx, definition, kept)
    assert found is not None
    return found


def recall(store: Store, organisation: str) -> int:
    """Read what is kept of an organisation; returns of how many processes and workflows. What has happened since is
    worked in when somebody asks."""
    fingerprint = fingerprint_of(store.surroundings(organisation).version)
    with store.transaction(organisation) as tx:
        rows = tx.kept_figures.with_fingerprint(fingerprint)
    with _kept_lock:
        entries = _kept.setdefault(store, {})
        for row in rows:
            entries.setdefault((organisation, row.definition), _Kept(made=Made.read(row), behind=True))
    return len(rows)


def keep_learned(ctx: Context, definition: Definition, analysis: Analysis) -> None:
    """Keep what forecasts have learned from finished cases, the first time after it was learned."""
    if analysis.is_learned_kept or "calibration" not in vars(analysis.forecaster):
        return
    analysis.is_learned_kept = True
    learned_from = finished_mark(_fingerprint(ctx), analysis.log.cases)
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.kept_figures.learn(definition.id, learned_from, learned_texts(analysis.forecaster.calibration))


def _entry(ctx: Context, definition_id: str) -> _Kept:
    with _kept_lock:
        entries = _kept.setdefault(ctx.store, {})
        _let_go(entries.values())
        return entries.setdefault((ctx.organisation, definition_id), _Kept())


@contextmanager
def studied(ctx: Context, definition: Definition) -> Generator[Analysis]:
    """The log for the length of a `with` block, for work that nobody waits for: after it the log leaves the memory,
    unless somebody else has asked for it."""
    kept = _entry(ctx, definition.id)
    before = kept.asked_at
    found = analysis_of(ctx, definition)
    asked_at = kept.asked_at
    try:
        yield found
    finally:
        del found
        if kept.asked_at == asked_at:
            kept.asked_at = before
            _let_go([kept])


def _let_go(entries: Iterable[_Kept]) -> None:
    """Let go of the logs that nobody has asked for lately."""
    before = time.monotonic() - LET_GO_AFTER
    passed = [one for one in entries if one.analysis is not None and one.asked_at <= before]
    for one in passed:
        one.analysis = None
    if passed:
        give_back()


def _let_go_later(kept: _Kept) -> None:
    """Let the log go by the clock, also where nobody asks for anything any more."""
    with _kept_lock:
        if kept.is_watched:
            return
        kept.is_watched = True
    left = max(1.0, kept.asked_at + LET_GO_AFTER - time.monotonic())
    timer = threading.Timer(left, _time_is_up, (kept,))
    timer.daemon = True
    timer.start()


def _time_is_up(kept: _Kept) -> None:
    kept.is_watched = False
    _let_go([kept])
    if kept.analysis is not None:
        _let_go_later(kept)


def _fingerprint(ctx: Context) -> str:
    return fingerprint_of(ctx.store.surroundings(ctx.organisation).version)


def _find_or_work_out(ctx: Context, definition: Definition, kept: _Kept) -> None:
    """Take the figures that are kept, if nothing has happened since; else work them out."""
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.kept_figures.find(definition.id)
        is_current = (
            row is not None
            and row.fingerprint == _fingerprint(ctx)
            and row.events == mark_of(facts.version_of(tx, definition.id))
        )
    found = Made.read(row) if row is not None and is_current else None
    if found is None or not found.is_whole:
        _work_out(ctx, definition, kept)
    else:
        kept.made, kept.behind, kept.looked_at = found, False, time.monotonic()


def _work_out(ctx: Context, definition: Definition, kept: _Kept) -> None:
    fingerprint = _fingerprint(ctx)
    around = setting(ctx, definition)
    loaded, version = load_from_store(ctx, definition, around)
    analysis = analyse(definition, loaded, version, ctx.at)
    analysis.groups, analysis.said = around.groups, said_of(ctx, around, loaded.log)
    if kept.analysis is not None:
        analysis.forecaster.go_on_from(kept.analysis.forecaster)
    else:
        _learned_before(ctx, definition, analysis, fingerprint)
    made = kept.made
    if made is None or not made.is_whole or (made.fingerprint, made.events) != (fingerprint, mark_of(version)):
        made = Made.of(analysis, fingerprint)
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.kept_figures.save(made.row())
    kept.looked_at = time.monotonic()
    kept.made, kept.behind = made, False
    kept.analysis = analysis if kept.looked_at - kept.asked_at < LET_GO_AFTER else None
    if kept.analysis is not None:
        _let_go_later(kept)
    else:
        del analysis
        give_back()


def _learned_before(ctx: Context, definition: Definition, analysis: Analysis, fingerprint: str) -> None:
    with ctx.store.transaction(ctx.organisation) as tx:
        learned = tx.kept_figures.learned(definition.id, finished_mark(fingerprint, analysis.log.cases))
    if learned is not None:
        analysis.forecaster.calibration = learned_again(learned)
        analysis.is_learned_kept = True


def _look_again(ctx: Context, definition: Definition, kept: _Kept) -> None:
    """Where something has happened, work it out anew beside this request."""
    if not kept.lock.acquire(blocking=False):
        return  # somebody is at it
    started = False
    try:
        kept.looked_at = time.monotonic()
        kept.behind = not _is_current(ctx, definition, kept)
        if kept.behind:
            kept.worker = threading.Thread(
                target=_work_out_beside, args=(ctx, definition, kept), name=f"insight {definition.id}", daemon=True
            )
            kept.worker.start()
            started = True
    finally:
        if not started:
            kept.lock.release()


def _is_current(ctx: Context, definition: Definition, kept: _Kept) -> bool:
    if kept.made is None or kept.made.fingerprint != _fingerprint(ctx):
        return False
    with ctx.store.transaction(ctx.organisation) as tx:
        return kept.made.events == mark_of(facts.version_of(tx, definition.id))


def _work_out_beside(ctx: Context, definition: Definition, kept: _Kept) -> None:
    try:
        with _beside:
            if kept.analysis is None:
                _find_or_work_out(ctx, definition, kept)  # another server may have done it
            else:
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


def wait_for_all(store: Store) -> None:
    """Wait until nothing is worked out beside requests any more: before a store is closed."""
    for kept in list(_kept.get(store, {}).values()):
        if kept.worker is not None:
            kept.worker.join()
