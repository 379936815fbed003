"""Dataclasses written out, so that mypyc makes them classes of C: its own dataclasses keep the `__init__` of Python.

    unrolled(source) -> source

A class that `value`, `record` or `dataclass` decorates gets its `__init__`, `__eq__`, `__hash__` and `__repr__` as plain
methods, and `given` and `copied` (see `procession.engine.records`) spelt out attribute by attribute. What is written out
means the same to the interpreter, so that tests compare both without a compiler.

Nothing else of the source changes. Lines after such a class move, which is why a traceback of the compiled engine names
the function, but not always the line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

DECORATORS = ("value", "record", "dataclass")
HELP = (
    "from typing import Final as _Final; "
    "from procession.engine.records import NOTHING as _NOTHING, described as _described, mypyc_attr as _mypyc_attr, "
    "rebuilt as _rebuilt"
)


@dataclass(frozen=True)
class Attribute:
    """One attribute of a dataclass, as its source says it."""

    name: str
    type: str
    default: str | None
    factory: str | None
    compare: bool
    shown: bool
    """In its `repr`."""

    def parameter(self) -> str:
        if self.factory is not None:
            return f"{self.name}: {self.type} | None = None"
        return f"{self.name}: {self.type}" + ("" if self.default is None else f" = {self.default}")

    def assignment(self) -> str:
        if self.factory is not None:
            made = {"list": "[]", "dict": "{}"}.get(self.factory, f"{self.factory}()")
            return f"self.{self.name} = {made} if {self.name} is None else {self.name}"
        return f"self.{self.name} = {self.name}"

    def differs(self) -> str:
        """Whether an object's attribute is not at its default."""
        if self.factory in ("list", "dict"):
            return f"if self.{self.name}:"
        if self.factory is not None:
            return f"if self.{self.name} != {self.factory}():"
        if self.default is None:
            return "if True:"
        known = {"None": "is not None", "False": "", "''": "!= ''"}
        said = known.get(self.default, f"!= {self.default}")
        return f"if self.{self.name} {said}:".replace(" :", ":")

    def description(self) -> str:
        default, factory = self.default or "_NOTHING", self.factory or "_NOTHING"
        return f"({self.name!r}, {self.type!r}, {default}, {factory}, {self.compare})"


def unrolled(source: str) -> str:
    """The source with its decorated classes written out."""
    tree = ast.parse(source)
    lines = source.split("\n")
    classes = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef) and _decorator(one) is not None}
    bases = {ast.unparse(base) for one in tree.body if isinstance(one, ast.ClassDef) for base in one.bases}
    for one in reversed(tree.body):
        if isinstance(one, ast.ClassDef) and one.name in classes:
            first = min(one.lineno, *(decorator.lineno for decorator in one.decorator_list))
            lines[first - 1 : one.end_lineno] = _written_out(one, classes, source, is_base=one.name in bases)
        elif isinstance(one, ast.ClassDef) and any(ast.unparse(part) == "__slots__ = ()" for part in one.body):
            lines[one.lineno - 1] = f"@_mypyc_attr(acyclic=True)\n{lines[one.lineno - 1]}"
        elif isinstance(one, ast.Assign | ast.AnnAssign) and (constant := _constant(one)):
            lines[one.lineno - 1] = _made_final(lines[one.lineno - 1], constant)
    place = next(one.lineno for one in tree.body if isinstance(one, ast.ImportFrom) and one.module == "__future__")
    lines[place - 1] += f"; {HELP}"
    return "\n".join(lines)


def _constant(one: ast.Assign | ast.AnnAssign) -> ast.expr | None:
    """What stands before the `=` of a constant, by its name in capitals."""
    target = one.targets[0] if isinstance(one, ast.Assign) else one.target
    return target if isinstance(target, ast.Name) and target.id.isupper() and one.value is not None else None


def _made_final(line: str, name: ast.expr) -> str:
    """The line with the constant as `Final`, which spares looking it up in the module each time."""
    before, after = line[: name.end_col_offset], line[name.end_col_offset :]
    if after.startswith(": Final"):
        return line
    if not after.startswith(":"):
        return f"{before}: _Final{after}"
    hint, equals, value = after[1:].partition(" = ")
    return f"{before}: _Final[{hint.strip()}]{equals}{value}"


def _decorator(one: ast.ClassDef) -> ast.Call | None:
    """The decorator that makes it a dataclass."""
    for decorator in one.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
        if isinstance(call.func, ast.Name) and call.func.id in DECORATORS:
            return call
    return None


def _written_out(one: ast.ClassDef, classes: Mapping[str, ast.ClassDef], source: str, *, is_base: bool) -> list[str]:
    decorator = _decorator(one)
    assert decorator is not None
    assert isinstance(decorator.func, ast.Name)
    if len(one.decorator_list) > 1:
        raise ValueError(f"{one.name} has a second decorator")
    kind = decorator.func.id
    said = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
    attributes = _with_inherited(one, classes)
    own = {part.name for part in one.body if isinstance(part, ast.FunctionDef)}
    bases = [ast.unparse(base) for base in one.bases]
    hashed = kind == "value" or bool(said.get("frozen"))
    owned = {name for name in ("given", "copied") if bases and name not in own}
    lines = _for_the_compiler(kind, attributes, at_doors="__pydantic_config__" in source)
    lines += [f"class {one.name}({', '.join(bases)}):" if bases else f"class {one.name}:"]
    doc = ast.get_docstring(one, clean=False)
    lines += [f"    {doc!r}"] if doc else []
    lines += _kept(one, source)
    lines += [f"    {each.name}: {each.type}" for each in _attributes(one)]
    lines += _init(attributes, kw_only=bool(said.get("kw_only")), after="__post_init__" in own)
    lines += [] if said.get("eq") is False else _equality(one.name, attributes, hashed=hashed)
    lines += _representation(one.name, attributes) if "__repr__" not in own else []
    lines += _given(attributes) if "given" in owned else []
    lines += _copied(one.name, attributes, owns=said.get("owns", ())) if "copied" in owned and kind == "record" else []
    values = ", ".join(f"{each.name!r}: self.{each.name}" for each in attributes)
    descriptions = "".join(f"{each.description()}, " for each in attributes)
    # The compiler lets no class derive from one that says its slots.
    how = f"frozen={bool(said.get('frozen'))}, kw_only={bool(said.get('kw_only'))}, slots={not is_base}"
    return [
        *lines,
        "    def __reduce__(self) -> tuple[object, object]:",
        f"        return _rebuilt, ({one.name}, {{{values}}})",
        "",
        f"_described({one.name}, ({descriptions}), {how})",
    ]


def _for_the_compiler(kind: str, attributes: list[Attribute], *, at_doors: bool) -> list[str]:
    """What mypyc is told of the class: that its objects are in no circle, and that Pydantic makes some of them."""
    words: list[str] = []
    if kind in ("value", "record") and not any("Callable" in each.type for each in attributes):
        words.append("acyclic=True")
    if at_doors:  # only then can an object be made by `__new__` without arguments
        words.append("allow_interpreted_subclasses=True")
    return [f"@_mypyc_attr({', '.join(words)})"] if words else []


def _kept(one: ast.ClassDef, source: str) -> Iterator[str]:
    """What the class says besides its attributes: constants and methods, as they are written."""
    lines = source.split("\n")
    for part in one.body:
        constant = isinstance(part, ast.Assign) or (isinstance(part, ast.AnnAssign) and _is_constant(part))
        if isinstance(part, ast.FunctionDef) or constant:
            first = min([part.lineno, *(each.lineno for each in getattr(part, "decorator_list", ()))])
            yield from lines[first - 1 : part.end_lineno]
        elif not isinstance(part, ast.AnnAssign | ast.Expr | ast.Pass):
            raise ValueError(f"{one.name}, line {part.lineno}: this cannot stand in a dataclass that is compiled")


def _is_constant(part: ast.AnnAssign) -> bool:
    return ast.unparse(part.annotation).startswith("ClassVar")


def _with_inherited(one: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> list[Attribute]:
    """Its attributes, after those of the dataclasses of the same module that it derives from."""
    found: dict[str, Attribute] = {}
    for base in one.bases:
        if ast.unparse(base) in classes:
            found |= {each.name: each for each in _with_inherited(classes[ast.unparse(base)], classes)}
    return list((found | {each.name: each for each in _attributes(one)}).values())


def _attributes(one: ast.ClassDef) -> Iterator[Attribute]:
    for part in one.body:
        if not isinstance(part, ast.AnnAssign) or _is_constant(part):
            continue
        assert isinstance(part.target, ast.Name)
        default = factory = None
        compare = shown = True
        if isinstance(part.value, ast.Call) and ast.unparse(part.value.func).rpartition(".")[2] == "field":
            words = {str(word.arg): word.value for word in part.value.keywords}
            compare = ast.unparse(words.pop("compare", ast.Constant(value=True))) == "True"
            shown = ast.unparse(words.pop("repr", ast.Constant(value=True))) == "True"
            if "default_factory" in words:
                made = words.pop("default_factory")
                factory = ast.unparse(made.value if isinstance(made, ast.Subscript) else made)
            if "default" in words:
                default = ast.unparse(words.pop("default"))
            if words:
                raise ValueError(f"{one.name}.{part.target.id}: {', '.join(words)} is not known here")
        elif part.value is not None:
            default = ast.unparse(part.value)
        yield Attribute(part.target.id, ast.unparse(part.annotation), default, factory, compare, shown)


def _init(attributes: list[Attribute], *, kw_only: bool, after: bool) -> list[str]:
    named = "*, " if kw_only and attributes else ""
    lines = [f"    def __init__(self, {named}{', '.join(each.parameter() for each in attributes)}) -> None:"]
    lines += [f"        {each.assignment()}" for each in attributes]
    return [*lines, "        self.__post_init__()" if after else "        pass"]


def _equality(name: str, attributes: list[Attribute], *, hashed: bool) -> list[str]:
    compared = [each.name for each in attributes if each.compare]
    same = "".join(f" and self.{each} == other.{each}" for each in compared)
    lines = ["    def __eq__(self, other: object) -> bool:", f"        return isinstance(other, {name}){same}"]
    if hashed:
        held = "".join(f"self.{each}, " for each in compared)
        lines += ["    def __hash__(self) -> int:", f"        return hash(({held}))"]
    return lines


def _representation(name: str, attributes: list[Attribute]) -> list[str]:
    said = ", ".join(f"{each.name}={{self.{each.name}!r}}" for each in attributes if each.shown)
    return ["    def __repr__(self) -> str:", f'        return f"{name}({said})"']


def _given(attributes: list[Attribute]) -> list[str]:
    lines = ["    def given(self) -> dict[str, object]:", "        out: dict[str, object] = {}"]
    for each in attributes:
        lines += [f"        {each.differs()}", f"            out[{each.name!r}] = self.{each.name}"]
    return [*lines, "        return out"]


def _copied(name: str, attributes: list[Attribute], *, owns: Sequence[str]) -> list[str]:
    copies = [f"self.{each.name}" + (".copy()" if each.name in owns else "") for each in attributes]
    return [f'    def copied(self) -> "{name}":', f"        return {name}({', '.join(copies)})"]
