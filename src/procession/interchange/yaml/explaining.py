"""What the YAML parser's messages mean to somebody who writes a workflow."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from procession.engine.findings import Finding

BRACES = 'put text that begins with { or [ in quotes, such as "{item}"'


def yaml_error(file: str, line: int, column: int, sentence: str, hint: str | None = None) -> Finding:
    """The finding for text that is not YAML we read."""
    return Finding(code="yaml_error", file=file, line=line, column=column, sentence=sentence, hint=hint)


def tab_indentation(text: str) -> int | None:
    """The first line (from 0) that a tab indents."""
    for number, line in enumerate(text.splitlines()):
        if "\t" in line[: len(line) - len(line.lstrip())] and line.strip():
            return number
    return None


def unreadable(problem: YAMLError, text: str, filename: str) -> Finding:
    at = getattr(problem, "position", None)
    before = text[:at] if isinstance(at, int) else ""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return yaml_error(
        filename,
        line,
        column,
        "The file holds a character that YAML does not allow.",
        "save the file as UTF-8 in your editor" if text.count("\0") > 1 else "remove it",
    )


def explained(problem: MarkedYAMLError, text: str, filename: str, tabs: int | None) -> Finding:
    """What the parser's message means to somebody who writes a workflow."""
    parser: Any = problem  # ruamel.yaml does not say what its errors hold
    mark = parser.problem_mark or parser.context_mark
    line: int = mark.line if mark is not None else 0
    column: int = mark.column if mark is not None else 0
    start: int = parser.context_mark.line if parser.context_mark is not None else line
    said = str(parser.problem or parser.context or "it cannot be read")
    lines = text.splitlines() or [""]
    shown = lines[line] if line < len(lines) else ""
    if tabs is not None and start <= tabs <= line + 1:
        return yaml_error(
            filename, tabs + 1, 1, f"Line {tabs + 1} is indented with a tab.", "indent with spaces, two for each level"
        )
    if "could not find expected ':'" in said:
        line = start
        word = lines[line].strip() if line < len(lines) else ""
        return yaml_error(
            filename,
            line + 1,
            1 + len(lines[line]) - len(lines[line].lstrip()) if line < len(lines) else 1,
            f"A colon is missing after {_short(word)!r}.",
            f"write {_short(word.split(' ')[0])}: and then its value",
        )
    if re.search(r"\bfrom:\s+any of:", shown):
        return yaml_error(
            filename,
            line + 1,
            shown.index("any of:") + 1,
            "any of: is a key, so it cannot stand beside from: on one line without brackets.",
            "write from: {any of: [a.completed, b.completed]}",
        )
    if "mapping values are not allowed here" in said:
        return _second_colon(lines, line, column, filename)
    if "unexpected end of stream" in said and start < len(lines):
        return yaml_error(filename, start + 1, 1, "A quotation mark is opened here and never closed.", "close it")
    value = re.match(r"\s*(?:- )?[^\s:#][^:#]*:\s+(.*)", shown)
    if value and value[1][:1] in ("{", "[") and "expected <block end>" in said:
        return yaml_error(
            filename, line + 1, column + 1, f"{_short(value[1])!r} is text that begins like a group.", BRACES
        )
    if value and value[1][:1] in ('"', "'") and "expected <block end>" in said:
        return yaml_error(
            filename,
            line + 1,
            column + 1,
            f"After the closing quotation mark comes more text: {_short(value[1])!r}.",
            f"put the whole value in single quotes: '{_short(value[1])}'",
        )
    if "expected ',' or" in said:
        opened = "]" if "']'" in said else "}"
        return yaml_error(
            filename,
            line + 1,
            column + 1,
            f"The {'list' if opened == ']' else 'group'} opened on line {start + 1} is not closed with {opened} "
            "or lacks a comma.",
            f'close it with {opened}, and put text with {{ }} or [ ] in quotes, such as "role:{{level}}"',
        )
    if "cannot start any token" in said:
        sign = re.search(r"character '(.)'", said)
        return yaml_error(
            filename,
            line + 1,
            column + 1,
            f"Text cannot begin with {sign[1] if sign else 'this character'}.",
            "put the text in quotes",
        )
    if "expected <block end>" in said:
        return yaml_error(
            filename,
            line + 1,
            column + 1,
            f"Line {line + 1} does not line up with what is above it (the part that begins on line {start + 1}).",
            "indent the keys of one part alike, and begin every entry of a list with '- '",
        )
    return yaml_error(filename, line + 1, column + 1, f"The YAML cannot be read here: {said}.")


def _second_colon(lines: list[str], line: int, column: int, filename: str) -> Finding:
    shown = lines[line] if line < len(lines) else ""
    match = re.match(r"\s*(?:- )*([^:#]+):\s+(.+)", shown)
    if match and ":" in match[2]:
        return yaml_error(
            filename,
            line + 1,
            column + 1,
            f"{_short(match[2])!r} holds a colon, so YAML reads it as a key.",
            f'put the value in quotes: {match[1].strip()}: "{_short(match[2])}"',
        )
    above = lines[line - 1].strip() if line else ""
    return yaml_error(
        filename,
        line + 1,
        column + 1,
        f"A key begins here although {_short(above)!r} above is not finished.",
        "end the line above with a colon, or line the two up",
    )


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
