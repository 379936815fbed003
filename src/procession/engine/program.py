"""A definition made ready to run: every step by its id with its place, every expression compiled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from procession.engine.decide.waiting import KEPT_FOR
from procession.engine.definition import Assignee, Definition, Field, Form, FormEntry, Process, Scope, Step, Workflow
from procession.engine.durations import Span
from procession.engine.expressions import Expression, Template, compile_expression, compile_template
from procession.engine.records import value
from procession.engine.steps import StepType, step_types

if TYPE_CHECKING:
    from procession.engine.decision_table import DecisionTable

EXTRA_NAMES = ("starter", "settings", "message", "result", "assignee", "case")
"""What expressions see besides the fields."""


@value()
class Node:
    """A step and where it stands, with what every command asks of it looked up once."""

    step: Step
    type: StepType
    scope: Scope
    owner: str
    """The block whose child scope it stands in; empty at the top."""
    index: int
    """Its place in the scope; a step written in place has its owner's."""
    inline: bool
    is_task: bool
    """A person works on it."""
    outcomes: tuple[str, ...]
    assign: tuple[Assignee, ...]
    """Who is asked; a mail's draft names its own."""
    not_by: tuple[str, ...]
    form: Form
    checklist: tuple[str, ...]


STARTER = (Assignee("starter"),)


def _node(step: Step, scope: Scope, owner: str, index: int, *, inline: bool) -> Node:
    type_, config = step_types()[step.kind], step.config
    return Node(
        step, type_, scope, owner, index, inline, type_.is_task, type_.outcomes(step),
        getattr(config, "assign", ()) or getattr(config, "draft_for", ()) or STARTER, getattr(config, "not_by", ()),
        getattr(config, "form", ()), getattr(config, "checklist", ()),
    )  # fmt: skip


@value()
class Asked:
    """A form made ready: what it asks, which is everything but calculated fields."""

    entries: dict[str, tuple[FormEntry, Field]]
    conditional: bool
    """Whether what is asked, or required, depends on the answers."""
    form: Form


@dataclass
class Program:
    """One version of a workflow or process, compiled."""

    definition: Definition
    version: int = 0
    library: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Shared decisions by id."""

    def __post_init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self._expressions: dict[str, Expression] = {}
        self._templates: dict[str, Template] = {}
        self._tables: dict[str, DecisionTable] = {}
        self._forms: dict[int, Asked] = {}
        if isinstance(self.definition, Workflow):
            self._place(self.definition.body, "")
            if self.definition.on_cancel is not None:
                self._place(self.definition.on_cancel, "")
        self.names = self._names()
        self.calculated = tuple(one for one in self.definition.fields.values() if one.formula is not None)
        self.is_process = isinstance(self.definition, Process)
        self.has_each = any(node.step.kind == "each" for node in self.nodes.values())
        self.needs_workload = any(
            word.kind in ("least busy of", "round robin of")
            for node in self.nodes.values()
            for word in words_of(node.step)
        )
        self._columns = self._columns_of_items()
        self.keeps = self._times_kept()
        """Message → how long each wait for it lets an early one wait; 7 days where it does not say."""
        self.written = self._written_by_steps()
        """Fields that some step, or a member of the process, writes."""
        self.start_form = self._asked_at_the_start()
        """What starting asks: the form, or every field that no step writes and that is not calculated."""

    def _place(self, scope: Scope, owner: str) -> None:
        for index, step in enumerate(scope.steps):
            self._place_step(step, scope, owner, index, inline=False)

    def _place_step(self, step: Step, scope: Scope, owner: str, index: int, *, inline: bool) -> None:
        self.nodes[step.id] = _node(step, scope, owner, index, inline=inline)
        for inside in step.scopes():
            self._place(inside, step.id)
        for _, target in step.targets():
            if target.inline is not None:
                self._place_step(target.inline, scope, owner, index, inline=True)

    def _names(self) -> frozenset[str]:
        items = {node.step.config.as_ for node in self.nodes.values() if node.step.kind == "each"}
        return frozenset({*self.definition.fields, *EXTRA_NAMES, *items})

    def expression(self, text: str) -> Expression:
        """The compiled form of an expression of this definition."""
        found = self._expressions.get(text)
        if found is None:
            found = self._expressions[text] = compile_expression(text, self.names)
        return found

    def template(self, text: str) -> Template:
        """The compiled form of a text with `{expr}`, or of `= expr`."""
        found = self._templates.get(text)
        if found is None:
            found = self._templates[text] = compile_template(text, self.names)
        return found

    def field(self, name: str) -> Field:
        """The field a form entry names; `item.column` is a column of the table an `each` runs over."""
        return self.definition.fields.get(name) or self._columns.get(name) or Field(name=name)

    def _columns_of_items(self) -> dict[str, Field]:
        """`item.column` → the column, for the items of every `each`."""
        found: dict[str, Field] = {}
        for node in self.nodes.values():
            if node.step.kind == "each":
                table = self.definition.fields.get(node.step.config.of.strip())
                for column in table.columns if table is not None else ():
                    found.setdefault(f"{node.step.config.as_}.{column.name}", column)
        return found

    def asked(self, form: Form) -> Asked:
        """A form of this definition, made ready once."""
        found = self._forms.get(id(form))
        if found is None:
            entries = {entry.field: (entry, self.field(entry.field)) for entry in form}
            entries = {name: one for name, one in entries.items() if one[1].formula is None}
            conditional = any(entry.show_when or entry.required_when for entry, _ in entries.values())
            # It keeps its form, so that no other form can come to have the same id.
            found = self._forms[id(form)] = Asked(entries, conditional, form)
        return found

    def table(self, step: Step) -> DecisionTable:
        """The compiled decision table of a `decide:` step."""
        found = self._tables.get(step.id)
        if found is None:
            found = self._tables[step.id] = self._make_table(step)
        return found

    def _make_table(self, step: Step) -> DecisionTable:
        config = step.config
        if config.use is not None:
            config = self.library[config.use]
            fields = {**config.fields, **self.definition.fields}
            return decision_table(config, fields, self.names | frozenset(config.fields))
        return decision_table(config, self.definition.fields, self.names)

    def _times_kept(self) -> Mapping[str, tuple[Span, ...]]:
        found: dict[str, tuple[Span, ...]] = {}
        for node in self.nodes.values():
            if node.step.kind == "wait" and node.step.config.message is not None:
                name, keep = node.step.config.message, node.step.config.keep or KEPT_FOR
                found[name] = (*found.get(name, ()), keep)
        return found

    def step(self, name: str) -> Step | None:
        """A step by id, title or state name."""
        node = self.nodes.get(name)
        if node is not None:
            return node.step
        return next((node.step for node in self.nodes.values() if node.step.title == name), None)

    def _asked_at_the_start(self) -> Form:
        if self.definition.start.form is not None:
            return self.definition.start.form
        written = self.written
        return tuple(
            FormEntry(field=name)
            for name, one in self.definition.fields.items()
            if one.formula is None and name not in written
        )

    def _written_by_steps(self) -> frozenset[str]:
        found: set[str] = set()
        if isinstance(self.definition, Process):
            for member in self.definition.members.values():
                found.update(member.take)
        for node in self.nodes.values():
            config = node.step.config
            found.update(node.step.set)
            found.update(entry.field for entry in getattr(config, "form", ()))
            found.update(getattr(config, "take", {}) if isinstance(getattr(config, "take", None), Mapping) else ())
            found.update(getattr(config, "values", ()))
            if node.step.kind == "decide":
                found.update(config.outputs or getattr(self.library.get(config.use), "outputs", ()))
        return frozenset(name.partition(".")[0] for name in found)


def words_of(step: Step) -> Iterator[Assignee]:
    """Every word of the step that names people."""
    config = step.config
    for name in ("assign", "to", "draft_for"):
        yield from getattr(config, name, ())
    for notice in (*step.remind, *step.escalate):
        yield from notice.to


def decision_table(config: Any, fields: Mapping[str, Field], names: frozenset[str]) -> DecisionTable:
    """Compile the table of a `decide:` step or of a shared decision, with the types and options of the fields it
    uses."""
    from procession.engine.decision_table import make_table

    return make_table(config.inputs, config.outputs, config.hit, config.rules, fields, names)


def compile_definition(definition: Definition, library: Mapping[str, Any] | None = None, version: int = 0) -> Program:
    """Make a checked definition ready to run.

    Raises ExpressionError where an expression does not parse; `check` has found that before anything is published.
    """
    return Program(definition, version, library or {})
