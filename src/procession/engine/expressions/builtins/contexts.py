"""Functions of contexts."""

from __future__ import annotations

from typing import Any, cast

from ..runtime import Run
from .registry import built_in


@built_in("get value(m: context, key: string)")
def get_value(run: Run, context: dict[str, Any], key: str) -> Any:
    if key not in context:
        run.warn(f"The context has no entry '{key}'")
    return context.get(key)


@built_in("get value(m: context, keys: list)")
def get_nested_value(run: Run, context: dict[str, Any], keys: list[Any]) -> Any:
    value: Any = context
    for key in keys:
        run.spend(1)
        if not isinstance(value, dict) or not isinstance(key, str) or key not in value:
            run.warn("The context has no entry at these keys")
            return None
        value = cast("dict[str, Any]", value)[key]
    return value if keys else None


@built_in("get entries(m: context)")
def get_entries(run: Run, context: dict[str, Any]) -> list[Any]:
    return run.check_list([{"key": key, "value": value} for key, value in context.items()])


@built_in("context(entries: list)")
def context(run: Run, entries: list[Any]) -> dict[str, Any] | None:
    """From contexts that each have a ``key`` and a ``value``."""
    made: dict[str, Any] = {}
    run.spend(len(entries))
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:  # type: ignore[reportUnknownMemberType]
            run.warn("An entry given to 'context' has no key or no value")
            return None
        pair = cast("dict[str, Any]", entry)
        if pair["key"] in made:
            run.warn(f"The key '{pair['key']}' is given to 'context' twice")
            return None
        made[pair["key"]] = pair["value"]
    return made


@built_in("context put(context: context, key: string, value: any)")
def context_put(run: Run, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    run.spend(len(context) + 1)
    return {**context, key: value}


@built_in("context put(context: context, keys: list, value: any)")
def context_put_nested(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        run.warn("The keys of 'context put' are not texts")
        return None
    run.spend(len(context) + 1)
    first, rest = cast(str, keys[0]), keys[1:]
    if not rest:
        return {**context, first: value}
    inner = context.get(first)
    if not isinstance(inner, dict):
        run.warn(f"The entry '{first}' is not a context")
        return None
    changed = context_put_nested(run, cast("dict[str, Any]", inner), rest, value)
    return None if changed is None else {**context, first: changed}


@built_in("context merge(contexts: list)")
def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any] | None:
    """Later entries win."""
    merged: dict[str, Any] = {}
    for part in contexts:
        if not isinstance(part, dict):
            run.warn("The list of 'context merge' holds something other than contexts")
            return None
        run.spend(len(cast("dict[str, Any]", part)) + 1)
        merged.update(cast("dict[str, Any]", part))
    return merged
