"""A proposal as the definition of a process: members, handoffs, the data they carry, and what the records cannot tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from procession.analytics.discovery.revealing import Link, Pair, Proposal
from procession.engine.check import check
from procession.engine.check.context import outcomes_of_workflow
from procession.engine.check.library import Library
from procession.engine.check.references import missing_inputs
from procession.engine.definition import (
    Expr,
    Field,
    FormEntry,
    Handoff,
    HandoffSource,
    Member,
    Process,
    Start,
    Workflow,
)
from procession.engine.findings import Position, Source
from procession.engine.step_ids import kebab

LONGEST_ID = 60
ALWAYS = 0.8
"""A source that is followed less often than this needs a condition, which somebody has to give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A process definition, and what somebody should look at before it is used."""

    process: Process
    questions: tuple[str, ...]


def draft(
    proposal: Proposal,
    workflows: Mapping[str, Workflow],
    *,
    base: Process | None = None,
    taken: Collection[str] = (),
) -> Draft:
    """The process of a proposal, free of errors as far as handoffs and their data go.

    Args:
        workflows: the definitions of all members.
        base: the published process that it extends, where the proposal names one.
        taken: ids that other definitions have.
    """
    making = _Making(proposal, workflows, base, taken)
    process = _without_misfits(making.process(), workflows)
    return Draft(process=process, questions=tuple(making.questions))


@dataclass(slots=True)
class _Making:
    """A draft while it is made."""

    proposal: Proposal
    workflows: Mapping[str, Workflow]
    base: Process | None
    taken: Collection[str]
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    """The process's own."""
    form: list[FormEntry] = field(default_factory=list[FormEntry])
    questions: list[str] = field(default_factory=list[str])

    def process(self) -> Process:
        members = self._members()
        names = {member.use: name for name, member in members.items()}
        into = {one: [link for link in self.proposal.links if link.pair.target == one] for one in self.proposal.members}
        new = set(self.proposal.members) - ({one.use for one in self.base.members.values()} if self.base else set())
        self.fields = dict(self.base.fields) if self.base is not None else {}
        handoffs: list[Handoff] = []
        for id_ in self.proposal.members:
            if into[id_]:
                handoffs.extend(self._handoffs_into(id_, into[id_], names, whole=id_ in new))
            elif id_ in new:
                handoffs.append(self._start(id_, names[id_]))
        handoffs.extend(self._ends(names))
        if self.base is not None:
            fields = self.fields
            return replace(self.base, fields=fields, members=members, handoffs=(*self.base.handoffs, *handoffs))
        return self._new(members, handoffs)

    def _new(self, members: Mapping[str, Member], handoffs: Sequence[Handoff]) -> Process:
        first, last = self.workflows[self.proposal.members[0]], self.workflows[self.proposal.members[-1]]
        start = Start(by=first.start.by if first.start.by != "nobody" else "everyone", form=tuple(self.form))
        key = self.proposal.links[0].keys[0].source_field
        return Process(
            id=self._id(first.id, last.id), title=f"{first.title} to {last.title[:1].lower()}{last.title[1:]}",
            fields=self.fields, start=start, members=members, handoffs=tuple(handoffs), owner=first.owner,
            subject=key if key in self.fields else None,
            visible_to=self._visible_to(),
        )  # fmt: skip

    def _visible_to(self) -> tuple[str, ...]:
        """Whoever may see one member's cases does not get to see the others' through the process."""
        closed = [one.visible_to for one in (self.workflows[id_] for id_ in self.proposal.members) if one.visible_to]
        shared = [word for word in (closed[0] if closed else ()) if all(word in other for other in closed)]
        return tuple(shared) if shared else (("starter",) if closed else ())

    def _id(self, first: str, last: str) -> str:
        wanted = kebab(f"{first}-to-{last}"[:LONGEST_ID])
        number, found = 1, wanted
        while found in self.taken:
            number += 1
            found = f"{wanted}-{number}"
        return found

    def _members(self) -> dict[str, Member]:
        found = dict(self.base.members) if self.base is not None else {}
        there = {member.use for member in found.values()}
        for id_ in self.proposal.members:
            if id_ not in there:
                name = id_ if id_ not in found and id_ not in ("start", "end") else f"{id_}-workflow"
                found[name] = Member(id=name, use=id_)
        return found

    # --- handoffs -----------------------------------------------------------------------------------------------------

    def _start(self, id_: str, name: str) -> Handoff:
        """The start of the process opens a member that follows no other: its form becomes the process's."""
        workflow = self.workflows[id_]
        carry: dict[str, Expr] = {}
        for entry in workflow.start.form or tuple(FormEntry(field=one) for one in missing_inputs(workflow)):
            known = workflow.fields.get(entry.field)
            if known is None or known.formula is not None:
                continue
            own = self._own_field(known, id_, asked=True)
            carry[entry.field] = Expr(own)
            if self.base is None and all(own != asked.field for asked in self.form):
                self.form.append(replace(entry, field=own, line=0, show_when=None))
        return Handoff(id=f"start->{name}", sources=(HandoffSource(),), to=name, carry=carry)

    def _own_field(self, wanted: Field, id_: str, *, asked: bool) -> str:
        """The process's field of that name and type; a new one where there is none, or one of another type."""
        name = wanted.name
        known = self.fields.get(name)
        if known is not None and (known.type, known.options, known.currency) != (
            wanted.type, wanted.options, wanted.currency,
        ):  # fmt: skip
            name = f"{id_.replace('-', '_')}_{name}"
        if name not in self.fields:
            required = asked and wanted.required and self.base is None
            self.fields[name] = replace(wanted, name=name, label=wanted.title, required=required, edit=(), line=0)
        return name

    def _handoffs_into(
        self, id_: str, links: Sequence[Link], names: Mapping[str, str], *, whole: bool
    ) -> Iterator[Handoff]:
        """The handoffs into a member; each value is carried over one of them, the best first."""
        ranked = sorted(links, key=lambda link: (link.optional, -link.coverage))
        needed = self._inputs(id_) if whole else {}
        instead = [link for link in ranked if link.instead_of]
        groups = ([instead] if instead else []) + [[link] for link in ranked if not link.instead_of]
        waiting = dict(needed)
        for group in groups:
            carry: dict[str, Expr] = {}
            for name in list(waiting):
                found = {link.carries.get(name) for link in group}
                if len(found) == 1 and (source := found.pop()) is not None:
                    carry[name] = Expr(source)
                    del waiting[name]
            carry |= self._references(id_, group, waiting)
            if group is groups[-1]:
                carry |= self._from_process(id_, waiting)
            yield self._handoff(group, names, carry)
            for link in group:
                self._ask_about(link)

    def _references(self, id_: str, group: Sequence[Link], waiting: dict[str, bool]) -> dict[str, Expr]:
        """A text in which people name the source's case carries that reference alone."""
        carry: dict[str, Expr] = {}
        for key in (key for link in group for key in link.keys if len(group) == 1 and key.likeness == "inside text"):
            workflow = self.workflows[id_]
            if key.target_field in waiting and workflow.fields[key.target_field].type in ("text", "long text"):
                carry[key.target_field] = Expr(key.source_field)
                del waiting[key.target_field]
                self.questions.append(
                    f"“{key.target_title}” of {workflow.title} gets the reference alone; people wrote more. Is that enough?"
                )
        return carry

    def _inputs(self, id_: str) -> dict[str, bool]:
        """The fields that the start of a workflow asks → whether it has to have them."""
        workflow = self.workflows[id_]
        needed = missing_inputs(workflow)
        asked = [entry.field for entry in workflow.start.form or () if entry.field in workflow.fields]
        inputs = [name for name in dict.fromkeys((*asked, *needed)) if workflow.fields[name].formula is None]
        return {name: name in needed for name in inputs}

    def _from_process(self, id_: str, waiting: Mapping[str, bool]) -> dict[str, Expr]:
        """What no source hands over: asked at the start already, or given when the member waits for it."""
        workflow = self.workflows[id_]
        carry: dict[str, Expr] = {}
        for name, needed in waiting.items():
            wanted = workflow.fields[name]
            known = self.fields.get(name)
            if known is not None and known.type == wanted.type and known.required:
                carry[name] = Expr(name)
            elif needed:
                carry[name] = Expr(self._own_field(wanted, id_, asked=False))
                self.questions.append(
                    f"Where does {workflow.title} get “{wanted.title}” from? Until a handoff carries it, the case waits "
                    "there for somebody to enter it."
                )
        return carry

    def _handoff(self, group: Sequence[Link], names: Mapping[str, str], carry: Mapping[str, Expr]) -> Handoff:
        sources = tuple(
            HandoffSource(
                member=names[link.pair.source],
                outcome=self._outcome(link),
                milestone=link.milestone,
            )
            for link in group
        )
        to = names[group[0].pair.target]
        when = group[0].when if len(group) == 1 else None
        return Handoff(
            id=f"{'|'.join(str(source) for source in sources)}->{to}", sources=sources, to=to, carry=carry,
            when=Expr(when) if when is not None else None, optional=all(link.optional for link in group),
        )  # fmt: skip

    def _outcome(self, link: Link) -> str | None:
        known = outcomes_of_workflow(self.workflows[link.pair.source])
        return link.outcome if link.outcome in known else None

    def _ask_about(self, link: Link) -> None:
        if link.followed < ALWAYS and not link.instead_of:
            share = f"{round(100 * link.followed)} %"
            self.questions.append(
                f"{link.target_title} follows about {share} of {link.source_title}. As drafted it would follow every "
                "time: say when, with a condition on the handoff."
            )

    def _ends(self, names: Mapping[str, str]) -> Iterator[Handoff]:
        """Where each handoff out of a member needs an outcome or a condition, the other ways end the process."""
        for id_ in self.proposal.members:
            out = [link for link in self.proposal.links if link.pair.source == id_]
            outcomes = {self._outcome(link) for link in out if link.milestone is None}
            if not out or (self.base is not None and self._leads_on(names[id_])):
                continue
            if None not in outcomes and all(link.milestone is None for link in out):
                for outcome in outcomes_of_workflow(self.workflows[id_]):
                    if outcome not in outcomes:
                        source = HandoffSource(member=names[id_], outcome=outcome)
                        yield Handoff(id=f"{source}->end {outcome}", sources=(source,), end=outcome)
            if all(link.when is not None for link in out):
                for outcome in outcomes:
                    conditions = dict.fromkeys(link.when for link in out if self._outcome(link) == outcome)
                    source = HandoffSource(member=names[id_], outcome=outcome)
                    none = " and ".join(f"not({condition})" for condition in conditions)
                    yield Handoff(id=f"{source}->end", sources=(source,), end="", when=Expr(none))

    def _leads_on(self, member: str) -> bool:
        """Whether the published process has a handoff out of the member already."""
        assert self.base is not None
        return any(source.member == member for handoff in self.base.handoffs for source in handoff.sources)


def _without_misfits(process: Process, workflows: Mapping[str, Workflow]) -> Process:
    """The process without values that do not fit the type of the field they are carried to; where such a field is needed,
    the process has one of its own for it."""
    places = [f"handoffs/{one.id}/carry/{name}" for one in process.handoffs for name in one.carry]
    source = Source(positions={place: Position(number, 1) for number, place in enumerate(places, 1)})
    errors = [one for one in check(process, Library(workflows=workflows), source) if one.severity == "error"]
    found = {places[one.line - 1] for one in errors if one.line}
    fields, handoffs = dict(process.fields), list[Handoff]()
    for handoff in process.handoffs:
        carry = dict(handoff.carry)
        target = workflows[process.members[handoff.to].use] if handoff.to is not None else None
        for name in handoff.carry:
            if f"handoffs/{handoff.id}/carry/{name}" in found and target is not None:
                del carry[name]
                if name in missing_inputs(target):
                    own = name if name not in fields else f"{target.id.replace('-', '_')}_{name}"
                    fields[own] = replace(target.fields[name], name=own, required=False, edit=(), line=0)
                    carry[name] = Expr(own)
        handoffs.append(replace(handoff, carry=carry))
    return replace(process, fields=fields, handoffs=tuple(handoffs))


def pairs_of(process: Process) -> frozenset[Pair]:
    """The pairs of workflows that a process connects."""
    uses = {name: member.use for name, member in process.members.items()}
    return frozenset(
        Pair(uses[source.member], uses[handoff.to])
        for handoff in process.handoffs
        for source in handoff.sources
        if source.member in uses and handoff.to in uses
    )
