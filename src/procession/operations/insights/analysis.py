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
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from procession.engine.definition import Definition
from procession.operations.context import Context
from procession.operations.insights import facts
from procession.operations.insights.figures import (
    Figure,
    Made,
    fingerprint_of,
    finished_mark,
    learned_again,
    learned_texts,
    mark_of,
)
from procession.operations.insights.memory import give_back
from procession.operations.insights.read_log import Analysis, analyse, load_from_store, setting
from procession.operations.insights.stated import said_of
from procession.store.store import Store

LOOK_AFTER: Final = 5.0
"""In seconds: so long nobody asks whether anything has happened."""

LET_GO_AFTER: Final = 120.0
"""In seconds: a log that nobody has asked for leaves the memory."""

_T = TypeVar("_T")

_logger = logging.getLogger(__name__)


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
            found = kept.analysis or _read(ctx, definition, kept)
            _hold(kept, found)
        if not _is_of(kept.made, found):
            _look_again(ctx, definition, kept)  # whoever asks for the log does not wait for the figures
    elif time.monotonic() - kept.looked_at > LOOK_AFTER:
        _look_again(ctx, definition, kept)
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
    """Keep what forecasts have learned from finished cases, the first time after it was learned; beside its figures,
    so not before these are kept."""
    if analysis.is_learned_kept or "calibration" not in vars(analysis.forecaster):
        return
    learned_from = finished_mark(analysis.fingerprint, analysis.log.cases)
    texts = learned_texts(analysis.forecaster.calibration)
    with ctx.store.transaction(ctx.organisation) as tx:
        analysis.is_learned_kept = tx.kept_figures.learn(definition.id, learned_from, texts)


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
    analysis = _read(ctx, definition, kept)
    _make(ctx, kept, analysis)
    if kept.looked_at - kept.asked_at < LET_GO_AFTER:
        _hold(kept, analysis)
    else:
        kept.analysis = None
        del analysis
        give_back()


def _read(ctx: Context, definition: Definition, kept: _Kept) -> Analysis:
    """The log as it is now, with what was learned of it before."""
    fingerprint = _fingerprint(ctx)
    around = setting(ctx, definition)
    loaded, version = load_from_store(ctx, definition, around)
    analysis = analyse(definition, loaded, version, ctx.at)
    analysis.groups, analysis.said = around.groups, said_of(ctx, around, loaded.log)
    analysis.fingerprint = fingerprint
    if kept.analysis is not None:
        analysis.forecaster.go_on_from(kept.analysis.forecaster)
    else:
        _learned_before(ctx, definition, analysis, fingerprint)
    return analysis


def _make(ctx: Context, kept: _Kept, analysis: Analysis) -> None:
    """The figures of a log, where those that are kept are of another."""
    if not _is_of(kept.made, analysis):
        kept.made = Made.of(analysis, analysis.fingerprint)
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.kept_figures.save(kept.made.row())
        keep_learned(ctx, analysis.definition, analysis)
    kept.looked_at, kept.behind = time.monotonic(), False


def _is_of(made: Made | None, analysis: Analysis) -> bool:
    mark = (analysis.fingerprint, mark_of(analysis.version))
    return made is not None and made.is_whole and (made.fingerprint, made.events) == mark


def _hold(kept: _Kept, analysis: Analysis) -> None:
    """Keep a log in memory for a while."""
    kept.analysis = analysis
    _let_go_later(kept)


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


def _is_now(ctx: Context, definition: Definition, analysis: Analysis) -> bool:
    """Whether nothing has happened since the log was read."""
    with ctx.store.transaction(ctx.organisation) as tx:
        version = facts.version_of(tx, definition.id)
    return (analysis.fingerprint, mark_of(analysis.version)) == (_fingerprint(ctx), mark_of(version))


def _work_out_beside(ctx: Context, definition: Definition, kept: _Kept) -> None:
    try:
        with _beside:
            analysis = kept.analysis
            if analysis is None:
                _find_or_work_out(ctx, definition, kept)  # another server may have done it
            elif _is_now(ctx, definition, analysis):
                _make(ctx, kept, analysis)
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
