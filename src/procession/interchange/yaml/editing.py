"""Changing a file without losing its comments, its order, or the way its author wrote what stays the same."""

from __future__ import annotations

import io
from difflib import SequenceMatcher
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from procession.interchange.yaml import AnyDefinition, read, to_plain, write
from procession.interchange.yaml.emit import emitter, styled
from procession.interchange.yaml.reading import Plain


def update(text: str, definition: AnyDefinition) -> str:
    """The file's text with the definition in it. Parts that mean the same stay as they were written.

    Where that is not possible (another kind of file, text that cannot be read), the definition is written anew.
    """
    before = read(text).definition
    if before == definition:
        return text
    if before is None or before.kind != definition.kind:
        return write(definition)
    loader: Any = YAML(pure=True)
    loader.preserve_quotes = True
    try:
        tree = loader.load(text)
    except YAMLError:
        return write(definition)
    _merge(tree, to_plain(before), to_plain(definition))
    out = io.StringIO()
    dumper = emitter()
    dumper.preserve_quotes = True
    dumper.dump(tree, out)
    changed = out.getvalue()
    return changed if read(changed).definition == definition else write(definition)


def _merge(tree: Any, before: dict[str, Plain], after: dict[str, Plain]) -> None:
    """Bring a group of keys from one state to another, touching only what differs."""
    for key in before:
        if key not in after and key in tree:
            del tree[key]
    place = 0
    for key, value in after.items():
        if key in tree and key in before and before[key] == value:
            pass
        elif key not in tree:
            tree.insert(place, key, styled(value, block=isinstance(value, str), key=key))
        elif not _merge_inside(tree[key], before.get(key), value):
            tree[key] = styled(value, block=isinstance(value, str), key=key)
        place = list(tree).index(key) + 1


def _merge_inside(tree: Any, before: Plain, after: Plain) -> bool:
    """Merge two groups or two lists; False where they are something else, or written in another form."""
    if isinstance(tree, dict) and isinstance(before, dict) and isinstance(after, dict):
        _merge(tree, cast("dict[str, Plain]", before), cast("dict[str, Plain]", after))
        return True
    if isinstance(tree, list) and isinstance(before, list) and isinstance(after, list):
        entries = cast("list[Plain]", before)
        if len(cast("list[Any]", tree)) == len(entries):
            _merge_list(tree, entries, cast("list[Plain]", after))
            return True
    return False


def _merge_list(tree: Any, before: list[Plain], after: list[Plain]) -> None:
    """Bring a list from one state to another; entries are matched by what they are called."""
    matcher = SequenceMatcher(None, [_called(one) for one in before], [_called(one) for one in after], autojunk=False)
    for what, first, last, start, stop in reversed(matcher.get_opcodes()):
        if what == "equal":
            for old, new in zip(range(first, last), range(start, stop), strict=True):
                if before[old] != after[new] and not _merge_inside(tree[old], before[old], after[new]):
                    tree[old] = styled(after[new])
            continue
        for old in reversed(range(first, last)):
            del tree[old]
        for new in reversed(range(start, stop)):
            tree.insert(first, styled(after[new]))


def _called(entry: Plain) -> str:
    """What an entry is called: a step's kind and title, otherwise the entry itself."""
    named = cast("dict[str, Plain]", entry) if isinstance(entry, dict) else {}
    key = next(iter(named), None)
    return repr(cast(object, entry)) if key is None else f"{key}: {named.get('id') or named[key]}"
