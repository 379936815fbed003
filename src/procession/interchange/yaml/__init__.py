"""Definitions as YAML, and back.

```python
got = read(text, "purchase-approval.yaml")   # never raises
got.definition                               # Workflow, Process, Decision, … or None
got.findings                                 # what is wrong, with line and column
write(got.definition)                        # YAML again; read(write(d)).definition == d
editing.update(text, changed)                # the old text with the change in it, comments kept
schema.schema()                              # JSON Schema for editors
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding, Source, did_you_mean, listed
from procession.engine.other_definitions import OtherDefinition
from procession.interchange.yaml.emit import emit
from procession.interchange.yaml.nodes import Node, parse
from procession.interchange.yaml.others import CALENDAR, CONNECTION, DATA_SET, DECISION, PEOPLE_FILE
from procession.interchange.yaml.processes import PROCESS
from procession.interchange.yaml.reading import Codec, Plain, Reading, Unreadable
from procession.interchange.yaml.workflows import WORKFLOW

AnyDefinition = Workflow | Process | OtherDefinition

CODECS: Mapping[str, Codec] = {
    "workflow": WORKFLOW,
    "process": PROCESS,
    "decision": DECISION,
    "data set": DATA_SET,
    "calendar": CALENDAR,
    "connection": CONNECTION,
    "people": PEOPLE_FILE,
}
"""What a file may be, by the key that says so."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds."""

    definition: AnyDefinition | None
    """None where too little could be read; otherwise it may lack parts that findings with severity error name."""
    findings: tuple[Finding, ...]
    source: Source
    text: str

    @property
    def ok(self) -> bool:
        """Whether nothing forbids using it."""
        return self.definition is not None and not any(one.severity == "error" for one in self.findings)


def read(text: str, filename: str = "") -> Read:
    """Read the text of a file. Never raises: whatever is wrong is among the findings."""
    root, findings = parse(text, filename)
    if root is None:
        if not findings:
            findings = [_says_nothing(filename)]
        return Read(None, tuple(findings), Source(filename), text)
    codec, problem = _codec_of(root, filename)
    if codec is None:
        return Read(None, (*findings, problem or _says_nothing(filename)), Source(filename), text)
    # Arrows may name steps further down by their titles, so the nodes are read twice: first for the names.
    first = Reading(filename)
    _read_with(codec, root, first)
    names = {title: step_id for step_id, (title, _) in reversed(first.ids.items())} | {name: name for name in first.ids}
    ctx = Reading(filename, findings, names=names)
    definition = _read_with(codec, root, ctx)
    ordered = sorted(ctx.findings, key=lambda one: (one.line, one.column))
    return Read(definition, tuple(ordered), Source(filename, ctx.positions), text)


def write(definition: AnyDefinition) -> str:
    """The definition as YAML."""
    return emit(to_plain(definition))


def to_plain(definition: AnyDefinition) -> Plain:
    """The definition as the dict that its file holds."""
    return CODECS[definition.kind].write(definition)


def _read_with(codec: Codec, root: Node, ctx: Reading) -> AnyDefinition | None:
    try:
        return codec.read(root, ctx)
    except Unreadable:
        return None


def _codec_of(root: Node, filename: str) -> tuple[Codec | None, Finding | None]:
    if root.kind == "map":
        keys = [name for name in root.names() if name in CODECS]
        if keys:
            return CODECS[keys[0]], None
        first = root.entries[0][0] if root.entries else root
        near = did_you_mean(first.text, CODECS, otherwise="begin the file with one of {}, such as workflow: my-first")
        sentence = "The file does not say what it is" + (f": {first.text!r} is not known." if first.text else ".")
        code = "unknown_key" if first.text else "yaml_error"
        return None, Finding(
            code=code, file=filename, line=first.line, column=first.column, sentence=sentence, hint=near
        )
    sentence = f"The file must consist of keys with values, not of {'a list' if root.kind == 'list' else 'text'}."
    hint = f"begin it with one of {listed(CODECS, 'or')}, such as workflow: my-first"
    return None, Finding(
        code="yaml_error", file=filename, line=root.line, column=root.column, sentence=sentence, hint=hint
    )


def _says_nothing(filename: str) -> Finding:
    return Finding(
        code="yaml_error",
        file=filename,
        line=1,
        column=1,
        sentence="The file is empty.",
        hint=f"begin it with one of {listed(CODECS, 'or')}, such as workflow: my-first",
    )


__all__ = ["CODECS", "AnyDefinition", "Read", "read", "to_plain", "write"]
