"""Processes that reveal themselves: separate workflows whose records show that they follow each other.

What is found rests on all cases of the workflows, so it is worked out of those whose cases the caller may all see, and
of fields that the caller may see. It is kept for ten minutes: links do not change with every case.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import WeakKeyDictionary

from procession.engine.definition import Process, Workflow
from procession.engine.rejections import NotAvailable, NotFound
from procession.interchange import yaml
from procession.interchange.yaml import editing
from procession.operations import access, definitions, publishing
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.publishing import FindingView, SourceFile, finding_view
from procession.operations.values import CaseRef
from procession.store.store import Store

if TYPE_CHECKING:
    from procession.analytics.discovery import Link, Proposal, Revelation, WorkflowLog
    from procession.analytics.discovery.drafting import Draft

MOST_CASES: Final = 10_000
"""Of each workflow the newest so many cases are looked at."""
KEPT_FOR: Final = 600.0
"""In seconds."""


# --- answers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """Two fields whose values agree."""

    source_field: str
    source_title: str
    target_field: str
    target_title: str
    likeness: Literal["identical", "normalised", "person", "inside text"]
    """How the values agree: as they are; but for capitals, spaces, marks and leading zeros; as the address of a person;
    as a reference inside a text."""
    matched: int
    """Cases that it links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryView:
    """Data that people take over from one case to the next."""

    source_title: str
    target_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleView:
    """Two cases that belong together."""

    source: CaseRef
    target: CaseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEvidence:
    """What shows that the cases of one workflow are followed by those of another. Times are in seconds, nights and weekends
    included."""

    source: str
    """The id of the workflow, or of the log of it."""
    source_title: str
    target: str
    target_title: str
    sentence: str
    """All of it in words."""
    doubts: tuple[str, ...]
    """What speaks against relying on it."""
    keys: tuple[KeyView, ...]
    matched: int
    """Cases of the target with exactly one plausible source."""
    cases: int
    """All cases of the target."""
    coverage: float
    """The first as a share of the second."""
    forward: float
    """Of the cases whose key the source has, the share whose source came first."""
    lag_low: float
    """A tenth of the targets begins sooner after its source."""
    lag_median: float
    lag_high: float
    """A tenth begins later."""
    p: float
    """The probability that chance does it, corrected for all pairs that were compared."""
    optional: bool
    instead_of: tuple[str, ...]
    """Other sources of the target of which one is enough."""
    thin: bool
    """The evidence is too little to rely on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView(LinkEvidence):
    """One workflow that hands over to another."""

    milestone: str | None
    """The target follows this milestone of the source; null: its end."""
    outcome: str | None
    """The only outcome that it follows."""
    when: str | None
    """The condition under which it follows."""
    carries: tuple[CarryView, ...]
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMember:
    """A workflow of a proposed process."""

    id: str
    title: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """Workflows that seem to form a process, and the draft that would connect them."""

    id: str
    sentence: str
    members: tuple[ProposedMember, ...]
    links: tuple[LinkView, ...]
    thin: bool
    process: str | None
    """The published process that would grow; null: a new one."""
    definition: str
    """The id of the drafted process."""
    title: str
    text: str
    """The draft as YAML."""
    questions: tuple[str, ...]
    """What the records do not tell."""
    findings: tuple[FindingView, ...]
    """What check says about the draft."""
    publishable: bool
    """Nothing forbids publishing it; warnings have to be accepted."""
    can_connect: bool
    """The caller may publish it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealView:
    """What the records say about processes."""

    proposals: tuple[ProposalView, ...]
    pairs: tuple[LinkView, ...]
    """Links that are too few for a process."""
    sentence: str
    """Why nothing is proposed; empty where something is."""
    workflows: int
    """Workflows with enough cases to look at."""
    cases: int
    as_of: datetime
    """When the records were read."""


# --- operations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal(Ask):
    """Which separate workflows seem to form a process, with the evidence for every link and a draft that connects them.

    Nothing is proposed under three workflows.
    """


@operation("process.reveal", scope="insights:read", http="GET /process-proposals")
def reveal_processes(ctx: Context, ask: Reveal) -> RevealView:
    access.member(ctx.caller)
    kept = _revelation(ctx)
    from procession.analytics.discovery.sentences import silence

    found = kept.found
    return RevealView(
        proposals=tuple(_proposal_view(ctx, kept, one) for one in found.proposals),
        pairs=tuple(_link_view(ctx, kept, one) for one in found.pairs), sentence=silence(found),
        workflows=found.workflows, cases=found.cases, as_of=kept.as_of,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectProcess(Ask):
    """Publish the draft of a proposal: a new process, or a published one with the handoffs added."""

    proposal: str
    """Its id, as `process.reveal` gives it."""
    accept: str | None = None
    """Why the warnings of check may stand. Without it, warnings forbid publishing."""


@operation("process.connect", scope="definitions:write", http="POST /process-proposals/{proposal}")
def connect(ctx: Context, ask: ConnectProcess) -> definitions.Published:
    access.member(ctx.caller)
    kept = _revelation(ctx)
    proposal = next((one for one in kept.found.proposals if one.id == ask.proposal), None)
    if proposal is None:
        raise NotFound(
            "There is no such proposal any more.", hint="The records have changed, or it is connected: look again."
        )
    _, file = _drafted(ctx, kept, proposal)
    return definitions.publish(ctx, definitions.Publish(files=(file,), accept=ask.accept))


# --- views ------------------------------------------------------------------------------------------------------------


def _proposal_view(ctx: Context, kept: _Kept, one: Proposal) -> ProposalView:
    from procession.analytics.discovery.sentences import proposal_sentence

    made, file = _drafted(ctx, kept, one)
    found = publishing.findings(ctx, publishing.read_files((file,)))
    workflows = kept.workflows
    rules = [made.process] if one.process is None else [made.process, ctx.definition(one.process)]
    return ProposalView(
        id=one.id, sentence=proposal_sentence(one, {id_: workflows[id_].title for id_ in one.members}),
        members=tuple(
            ProposedMember(id=id_, title=workflows[id_].title, owner=workflows[id_].owner) for id_ in one.members
        ),
        links=tuple(_link_view(ctx, kept, link) for link in one.links), thin=one.is_thin, process=one.process,
        definition=made.process.id, title=made.process.title, text=file.text, questions=made.questions,
        findings=tuple(finding_view(finding) for finding in found),
        publishable=not any(finding.severity == "error" for finding in found),
        can_connect=all(access.is_owner(ctx.caller, rule) for rule in rules),
    )  # fmt: skip


def _drafted(ctx: Context, kept: _Kept, one: Proposal) -> tuple[Draft, SourceFile]:
    from procession.analytics.discovery.drafting import draft

    base, text = None, ""
    if one.process is not None:
        base = ctx.definition(one.process)
        assert isinstance(base, Process)
        with ctx.store.transaction(ctx.organisation) as tx:
            text = tx.definitions.latest(one.process).text
    with ctx.store.transaction(ctx.organisation) as tx:
        taken = {row.id for row in tx.definitions.list(None, retired=True)}
    made = draft(one, kept.workflows, base=base, taken=taken)
    written = editing.update(text, made.process) if base is not None else yaml.write(made.process)
    return made, SourceFile(text=written, name=f"{made.process.id}.yaml")


def evidence_of(link: Link) -> dict[str, Any]:
    """The fields of `LinkEvidence`."""
    from procession.analytics.discovery.sentences import doubts, link_sentence

    return {
        "source": link.pair.source, "source_title": link.source_title, "target": link.pair.target,
        "target_title": link.target_title, "sentence": link_sentence(link), "doubts": doubts(link),
        "keys": tuple(
            KeyView(
                source_field=key.source_field, source_title=key.source_title, target_field=key.target_field,
                target_title=key.target_title, likeness=key.likeness, matched=key.matched,
            )
            for key in link.keys
        ),
        "matched": link.matched, "cases": link.cases, "coverage": link.coverage, "forward": link.forward,
        "lag_low": link.lag.low, "lag_median": link.lag.median, "lag_high": link.lag.high, "p": link.p,
        "optional": link.optional, "instead_of": link.instead_of, "thin": link.is_thin,
    }  # fmt: skip


def _link_view(ctx: Context, kept: _Kept, link: Link) -> LinkView:
    source, target = (kept.workflows[one].fields for one in link.pair)
    return LinkView(
        **evidence_of(link), milestone=link.milestone, outcome=link.outcome, when=link.when,
        carries=tuple(
            CarryView(source_title=source[own].title, target_title=target[other].title)
            for other, own in link.carries.items()
        ),
        examples=_examples(ctx, link),
    )  # fmt: skip


def _examples(ctx: Context, link: Link) -> tuple[ExampleView, ...]:
    ids = [one for pair in link.examples for one in pair]
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.rows_of(
            "SELECT id::text, name, status FROM cases WHERE organisation = :organisation "
            "AND id = ANY(CAST(:ids AS uuid[]))",
            ids=ids,
        )
    refs = {id_: CaseRef(id=id_, name=name, status=status) for id_, name, status in rows}
    return tuple(
        ExampleView(source=refs[source], target=refs[target])
        for source, target in link.examples
        if source in refs and target in refs
    )


def links_of(ctx: Context) -> tuple[Link, ...]:
    """All links between workflows that nothing connects, as far as the caller may see. Raises NotAvailable."""
    found = _revelation(ctx).found
    return (*(link for one in found.proposals for link in one.links), *found.pairs)


# --- working it out, and keeping it -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Revelation
    workflows: Mapping[str, Workflow]
    as_of: datetime
    at: float


@dataclass(slots=True)
class _Shelf:
    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[object, _Kept] = field(default_factory=dict[object, _Kept])


_shelves: WeakKeyDictionary[Store, _Shelf] = WeakKeyDictionary()
_shelves_lock = threading.Lock()
_MOST_KEPT: Final = 50


def _revelation(ctx: Context) -> _Kept:
    """What was found for everybody who may see as much as the caller, in the definitions in force."""
    seen = {
        id_: definition
        for id_ in sorted(ctx.surroundings.latest)
        if access.sees_all_of(ctx.caller, definition := ctx.definition(id_))
    }
    workflows = {id_: one for id_, one in seen.items() if isinstance(one, Workflow)}
    hidden = {id_: access.hidden_fields(ctx.caller, one, None) for id_, one in workflows.items()}
    key = (ctx.organisation, frozenset(ctx.surroundings.latest.items()), frozenset(hidden.items()))
    with _shelves_lock:
        shelf = _shelves.setdefault(ctx.store, _Shelf())
    with shelf.lock:  # whoever asks at the same time waits, rather than doing the same work
        kept = shelf.kept.get(key)
        if kept is None or time.monotonic() - kept.at > KEPT_FOR:
            processes = [one for one in seen.values() if isinstance(one, Process)]
            found = _work_out(ctx, workflows, hidden, processes)
            kept = _Kept(found, workflows, ctx.at, time.monotonic())
            while len(shelf.kept) >= _MOST_KEPT:
                shelf.kept.pop(next(iter(shelf.kept)))
            shelf.kept[key] = kept
    return kept


def _work_out(
    ctx: Context,
    workflows: Mapping[str, Workflow],
    hidden: Mapping[str, frozenset[str]],
    processes: Sequence[Process],
) -> Revelation:
    try:
        from procession.analytics.discovery import reveal
        from procession.analytics.discovery.drafting import pairs_of
    except ImportError as missing:
        raise NotAvailable(
            "Discovering processes needs numpy and scipy, which are not installed.",
            hint="Install them: pip install 'procession[analytics]'.",
        ) from missing
    logs = [_log(ctx, one, hidden[id_]) for id_, one in workflows.items()]
    people = {
        person.email.casefold(): person.id for person in ctx.surroundings.directory.people.values() if person.email
    }
    return reveal(logs, processes={one.id: pairs_of(one) for one in processes}, people=people)


_CASES: Final = """
SELECT id::text, extract(epoch FROM started_at)::float8,
    CASE WHEN status = 'done' THEN extract(epoch FROM closed_at)::float8 END, outcome,
    snapshot -> 'data', snapshot -> 'milestones'
FROM cases WHERE organisation = :organisation AND definition = :definition ORDER BY id DESC LIMIT :most
"""


def _log(ctx: Context, workflow: Workflow, hidden: frozenset[str]) -> WorkflowLog:
    """The newest cases of a workflow, with the fields that may be seen."""
    import numpy as np

    from procession.analytics.discovery import Column, WorkflowLog
    from procession.analytics.discovery.logs import as_text

    with ctx.store.transaction(ctx.organisation) as tx:
        rows: list[tuple[Any, ...]] = [
            tuple(row) for row in tx.rows_of(_CASES, definition=workflow.id, most=MOST_CASES)
        ]
    rows.reverse()
    data: list[dict[str, Any]] = [row[4] or {} for row in rows]
    reached: list[dict[str, str]] = [row[5] or {} for row in rows]
    begins = np.array([row[1] for row in rows], dtype=np.float64)
    ends = np.array([np.nan if row[2] is None else row[2] for row in rows], dtype=np.float64)
    milestones = {
        name: np.array([_seconds(one.get(name)) for one in reached], dtype=np.float64)
        for name in dict.fromkeys(name for one in reached for name in one)
    }
    return WorkflowLog(
        id=workflow.id, title=workflow.title, cases=[row[0] for row in rows], begins=begins,
        ends=np.maximum(ends, begins), outcomes=[row[3] for row in rows], milestones=milestones,
        columns=tuple(
            Column(name=name, title=one.title, type=one.type, values=[as_text(held.get(name)) for held in data])
            for name, one in workflow.fields.items()
            if name not in hidden
        ),
    )  # fmt: skip


def _seconds(instant: str | None) -> float:
    return datetime.fromisoformat(instant).timestamp() if instant else float("nan")
