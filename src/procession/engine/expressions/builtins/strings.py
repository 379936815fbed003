"""Functions of texts. Lengths and positions count characters, from 1."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..numbers import truncate
from ..regex import compile_pattern, expand_replacement
from ..runtime import Run
from ..text import write_value
from .registry import built_in


@built_in("string length(string: string)")
def string_length(_run: Run, string: str) -> Decimal:
    return Decimal(len(string))


@built_in("substring(string: string, start position: number, length: number?)")
def substring(run: Run, string: str, start: Decimal, length: Decimal | None) -> str | None:
    """A negative start counts from the end."""
    first = truncate(start)
    count = None if length is None else truncate(length)
    if not first or abs(first) > len(string) or (length is not None and (count is None or count < 1)):
        run.warn("The start position or length of 'substring' lies outside the text")
        return None
    begin = first - 1 if first > 0 else len(string) + first
    return string[begin:] if count is None else string[begin : begin + count]


@built_in("upper case(string: string)")
def upper_case(run: Run, string: str) -> str:
    return run.check_text(string.upper())


@built_in("lower case(string: string)")
def lower_case(run: Run, string: str) -> str:
    return run.check_text(string.lower())


@built_in("substring before(string: string, match: string)")
def substring_before(_run: Run, string: str, match: str) -> str:
    at = string.find(match)
    return string[:at] if at > 0 else ""


@built_in("substring after(string: string, match: string)")
def substring_after(_run: Run, string: str, match: str) -> str:
    at = string.find(match)
    return string[at + len(match) :] if at >= 0 else ""


@built_in("contains(string: string, match: string)")
def contains(run: Run, string: str, match: str) -> bool:
    run.check_text(string)
    return match in string


@built_in("starts with(string: string, match: string)")
def starts_with(_run: Run, string: str, match: str) -> bool:
    return string.startswith(match)


@built_in("ends with(string: string, match: string)")
def ends_with(_run: Run, string: str, match: str) -> bool:
    return string.endswith(match)


@built_in("matches(input: string, pattern: string, flags: string?)")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> bool | None:
    run.check_text(text)
    compiled = compile_pattern(run, pattern, flags or "")
    return None if compiled is None else compiled.search(text) is not None


@built_in("replace(input: string, pattern: string, replacement: string, flags: string?)")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> str | None:
    run.check_text(text)
    compiled = compile_pattern(run, pattern, flags or "")
    if compiled is None:
        return None
    return expand_replacement(run, compiled, text, replacement, literal="q" in (flags or ""))


@built_in("split(string: string, delimiter: string)")
def split(run: Run, text: str, delimiter: str) -> list[Any] | None:
    run.check_text(text)
    compiled = compile_pattern(run, delimiter, "")
    if compiled is None:
        return None
    parts: list[Any] = []
    last = 0
    for match in compiled.finditer(text):
        if match.end() > match.start():
            parts.append(text[last : match.start()])
            last = match.end()
    parts.append(text[last:])
    return run.check_list(parts)


@built_in("string join(list: list, delimiter: string?)")
def string_join(run: Run, items: list[Any], delimiter: str | None) -> str | None:
    """Nulls are left out."""
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        run.warn("The list of 'string join' holds something other than texts")
        return None
    run.spend(len(texts))
    size = sum(map(len, texts)) + len(delimiter or "") * len(texts)
    run.check_size(size)
    return (delimiter or "").join(texts)


@built_in("string(from: any)")
def string(run: Run, value: Any) -> str | None:
    return None if value is None else write_value(run, value)
