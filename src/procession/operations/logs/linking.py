"""Processes that reveal themselves in imported logs: each is taken for the log of one workflow."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from procession.operations import access
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.logs.keeping import files_of, sees
from procession.operations.revealing import LinkEvidence, evidence_of

if TYPE_CHECKING:
    from procession.analytics.discovery import Link, Revelation, WorkflowLog
    from procession.store.imported_logs import LogRow

MOST_STEPS: Final = 200_000
"""Steps of a log that is compared here; the command line has no such limit."""
_MOST_KEPT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLog:
    """A log that seems to belong to a process."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLink(LinkEvidence):
    """One log whose cases are followed by those of another."""

    examples: tuple[tuple[str, str], ...]
    """Pairs of cases: the source's name, the target's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProcess:
    """Logs that seem to be those of one process."""

    sentence: str
    members: tuple[MemberLog, ...]
    """Sources before targets."""
    links: tuple[LogLink, ...]
    thin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProcesses:
    """What logs say about processes."""

    proposals: tuple[LogProcess, ...]
    pairs: tuple[LogLink, ...]
    """Links that are too few for a process."""
    sentence: str
    """Why nothing is proposed; empty where something is."""
    workflows: int
    """Logs with enough cases to look at."""
    cases: int
    left_out: tuple[str, ...] = ()
    """Titles of logs that are too large to be compared here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealLogs(Ask):
    """Which imported logs seem to be those of one process, with the evidence for every link: three logs and more, each
    taken for the log of one workflow."""


@operation("log.reveal", scope="insights:read", http="GET /log-processes")
def reveal_logs(ctx: Context, ask: RevealLogs) -> LogProcesses:
    access.member(ctx.caller)
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = [one for one in tx.imported_logs.list() if sees(ctx, one) and _is_there(ctx, one)]
    small = [one for one in rows if (one.events or 0) <= MOST_STEPS]
    found = _found(ctx, small)
    large = tuple(one.title for one in rows if one not in small)
    return told(found, {one.id: one.title for one in small}, large)


def _is_there(ctx: Context, row: LogRow) -> bool:
    """Whether the log was read, and its file is where files lie: a restored database may have lost it."""
    return row.log_sha256 is not None and files_of(ctx).path(row.log_sha256).exists()


def told(found: Revelation, titles: Mapping[str, str], left_out: Sequence[str] = ()) -> LogProcesses:
    """What was found, in words and figures."""
    from procession.analytics.discovery.sentences import proposal_sentence, silence

    return LogProcesses(
        proposals=tuple(
            LogProcess(
                sentence=proposal_sentence(one, dict(titles)), thin=one.is_thin,
                members=tuple(MemberLog(id=name, title=titles[name]) for name in one.members),
                links=tuple(_link(link) for link in one.links),
            )
            for one in found.proposals
        ),
        pairs=tuple(_link(link) for link in found.pairs), sentence=silence(found), workflows=found.workflows,
        cases=found.cases, left_out=tuple(left_out),
    )  # fmt: skip


def _link(link: Link) -> LogLink:
    return LogLink(**evidence_of(link), examples=link.examples)


_kept: dict[tuple[tuple[str, str], ...], Revelation] = {}
_lock = threading.Lock()


def _found(ctx: Context, rows: Sequence[LogRow]) -> Revelation:
    """Worked out once for the same logs under the same titles: a log that is kept does not change."""
    from procession.analytics.discovery import reveal

    key = tuple(sorted((f"{one.log_sha256}/{one.id}", one.title) for one in rows))
    with _lock:  # whoever asks at the same time waits, rather than doing the same work
        if key not in _kept:
            found = reveal([_log(ctx, one) for one in rows])
            while len(_kept) >= _MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[key] = found
        return _kept[key]


def _log(ctx: Context, row: LogRow) -> WorkflowLog:
    from procession.analytics.discovery import log_of_table
    from procession.interchange.event_log.reading import read_log

    assert row.log_sha256 is not None
    return log_of_table(read_log(files_of(ctx).path(row.log_sha256)).table, row.id, title=row.title)
