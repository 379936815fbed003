"""Reading and writing values of a definition: codecs for single values, shapes for groups of named keys.

Every form of the language is a `Codec`, which says three things at once: how it is read from a node, how it is written
back, and its JSON Schema. The reader, the writer, the published schema and the reference therefore cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from procession.engine.findings import Finding, Position, Severity, did_you_mean, listed
from procession.interchange.yaml.nodes import Node

Plain = Any
"""What a file holds: dict, list, str, bool, Decimal or int, None."""

Schema = dict[str, Any]


class Unreadable(Exception):
    """A value was left out; the finding that says why is recorded already."""


@dataclass
class Reading:
    """What is known while a file is read."""

    file: str = ""
    findings: list[Finding] = field(default_factory=list[Finding])
    positions: dict[str, Position] = field(default_factory=dict[str, Position])
    path: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Title or id of every step → its id; filled by a first pass over the same nodes."""
    ids: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """Step id → its title and line, as met in this pass."""

    def add(
        self, code: str, at: Node | Position, sentence: str, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        """Record a finding."""
        self.findings.append(
            Finding(
                code=code,
                file=self.file,
                line=at.line,
                column=at.column,
                sentence=sentence,
                hint=hint,
                severity=severity,
            )
        )

    def wrong(self, at: Node, sentence: str, hint: str | None = None, code: str = "type_mismatch") -> Unreadable:
        """Record a finding about a value that is then left out; `raise` what this returns."""
        self.add(code, at, sentence, hint)
        return Unreadable()

    @contextmanager
    def inside(self, *names: str, at: Node | None = None, absolute: bool = False) -> Generator[None]:
        """While reading a part: its path, and where it stands."""
        before = self.path
        self.path = names if absolute else (*before, *names)
        if at is not None:
            self.mark(at.position)
        try:
            yield
        finally:
            self.path = before

    def mark(self, position: Position) -> None:
        """Remember where the part now being read stands."""
        self.positions["/".join(self.path)] = position

    @property
    def key(self) -> str:
        """The name of the part now being read, for messages."""
        return self.path[-1] if self.path else "the file"


class Codec:
    """One form of value."""

    what: str = "a value"
    """What it is, for messages: `a length of time such as 2 hours`."""

    def read(self, node: Node, ctx: Reading) -> Any:
        """The value; raises `Unreadable` once the finding is recorded."""
        raise NotImplementedError

    def write(self, value: Any) -> Plain:
        """The value as it stands in a file."""
        return value

    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {}

    def mismatch(self, node: Node, ctx: Reading, hint: str | None = None) -> Unreadable:
        """The finding for a node of another form."""
        return ctx.wrong(node, f"{ctx.key} must be {self.what}, not {shown(node)}.", hint)


def shown(node: Node) -> str:
    """A node in a message."""
    if node.kind == "list":
        return "a list"
    if node.kind == "map":
        return "a group of keys"
    return "nothing" if node.is_null else repr(node.text if len(node.text) <= 60 else node.text[:60] + "…")


@dataclass(frozen=True)
class Key:
    """One key of a group: its name in the file, the attribute it fills, and its form."""

    name: str
    attr: str
    codec: Codec
    required: bool = False
    default: Any = None
    doc: str = ""


class Shape(Codec):
    """A group of known keys that makes an object."""

    def __init__(
        self, what: str, keys: Sequence[Key], make: Callable[..., Any], *, shorthand: str | None = None
    ) -> None:
        self.what = what
        self.keys = {key.name: key for key in keys}
        self.make = make
        self.shorthand = shorthand
        """The key that a value which is not a group stands for."""

    def read(self, node: Node, ctx: Reading) -> Any:
        if node.kind != "map" and self.shorthand is not None:
            key = self.keys[self.shorthand]
            return self.make(**{key.attr: key.codec.read(node, ctx)})
        return self.make(**self.read_keys(node, ctx))

    def read_keys(
        self,
        node: Node,
        ctx: Reading,
        *,
        other: Callable[[Node, Node], bool] | None = None,
        known: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The attributes that the node's keys fill. `other` may take further keys; `known` joins the hints."""
        if node.kind != "map":
            raise self.mismatch(node, ctx, f"write it as keys: {listed(list(self.keys)[:4])}")
        found: dict[str, Any] = {}
        failed = False
        for name, value in node.entries:
            key = self.keys.get(name.text)
            if key is None:
                if other is None or not other(name, value):
                    hint = did_you_mean(name.text, (*self.keys, *known), otherwise="its keys are {}")
                    if "\xa0" in name.text:
                        hint = "indent with ordinary spaces; these are non-breaking ones, from a web page or a letter"
                    ctx.add("unknown_key", name, f"{self.what.capitalize()} has no key {name.text!r}.", hint)
                continue
            if value.is_null and not key.required:
                continue
            try:
                with ctx.inside(name.text, at=value):
                    found[key.attr] = key.codec.read(value, ctx)
            except Unreadable:
                failed = failed or key.required
        missing = [key for key in self.keys.values() if key.required and node.get(key.name) is None]
        for key in missing:
            ctx.add(
                "missing_key",
                node,
                f"{self.what.capitalize()} needs {key.name}:.",
                f"write {key.name}: {key.codec.what}",
            )
        if failed or missing:
            raise Unreadable
        return found

    def write(self, value: Any) -> Plain:
        return self.write_keys(value)

    def write_keys(self, value: Any) -> dict[str, Plain]:
        """The keys whose value is not the default."""
        plain: dict[str, Plain] = {}
        for key in self.keys.values():
            held = getattr(value, key.attr)
            if key.required or held != key.default:
                plain[key.name] = key.codec.write(held)
        return plain

    def schema(self) -> Schema:
        out: Schema = {
            "type": "object",
            "properties": {key.name: described(key.codec.schema(), key.doc) for key in self.keys.values()},
            "additionalProperties": False,
        }
        needed = [key.name for key in self.keys.values() if key.required]
        if needed:
            out["required"] = needed
        if self.shorthand is not None:
            return {"anyOf": [self.keys[self.shorthand].codec.schema(), out]}
        return out


def described(schema: Schema, doc: str) -> Schema:
    """The schema with its explanation, which editors show."""
    return {**schema, "description": doc} if doc else schema
