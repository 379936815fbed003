"""Refusals as RFC 9457 problems: one table from kind to status, and the JSON that tells what was wrong and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procession.engine.rejections import FieldRejection, InvalidForm, Rejection

STATUS: Mapping[str, int] = {
    "invalid_json": 400,
    "unauthenticated": 401,
    "separation_of_duties": 403,
    "not_assignee": 403,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "task_closed": 409,
    "conflict": 409,
    "illegal_transition": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "unknown_field": 422,
    "invalid_field": 422,
    "missing_field": 422,
    "unknown_key": 422,
    "invalid_definition": 422,
    "not_available": 422,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
    "storage_full": 507,
}
"""The kind of a refusal is the problem's `code`, and stable."""

TITLES: Mapping[str, str] = {
    "invalid_json": "The body is not valid JSON",
    "unauthenticated": "Not logged in",
    "separation_of_duties": "Somebody else must do this",
    "not_assignee": "Somebody else's task",
    "forbidden": "Not allowed",
    "not_found": "Not found",
    "method_not_allowed": "The address does not take this method",
    "task_closed": "The task is closed",
    "conflict": "Changed meanwhile",
    "illegal_transition": "No such outcome now",
    "too_large": "Too large",
    "unsupported_media_type": "Unknown kind of content",
    "unknown_field": "Unknown field",
    "invalid_field": "A value does not fit",
    "missing_field": "A value is missing",
    "unknown_key": "Unknown key",
    "invalid_definition": "The definition has errors",
    "not_available": "Not available yet",
    "rate_limited": "Too many requests",
    "internal": "Something went wrong here",
    "unavailable": "Not reachable just now",
    "storage_full": "The disk is full",
}


def status_of(kind: str) -> int:
    """The HTTP status of a kind; one that is not in the table counts as a bad value."""
    return STATUS.get(kind, 422)


def problem(rejection: Rejection, *, form: str | None = None, keys: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The body of an `application/problem+json` answer.

    `form` is the key under which values of fields stand and `keys` the request's own keys: together they make the
    JSON pointer of each error.
    """
    kind = rejection.kind
    body: dict[str, Any] = {
        "type": f"/problems/{kind}",
        "title": TITLES.get(kind, "Refused"),
        "status": status_of(kind),
        "code": kind,
        "detail": rejection.message,
    }
    if rejection.hint:
        body["hint"] = rejection.hint
    fields = rejection.problems if isinstance(rejection, InvalidForm) else (rejection,)
    errors = [_error(one, form, keys) for one in fields if isinstance(one, FieldRejection)]
    if errors:
        body["errors"] = errors
    details = {name: value for name, value in rejection.details.items() if name != "field" and value is not None}
    if details:
        body["details"] = details
    return body


def _error(one: FieldRejection, form: str | None, keys: frozenset[str]) -> dict[str, Any]:
    if one.kind == "unknown_key":
        form = None  # a key of the request itself
    error: dict[str, Any] = {"pointer": pointer(one.field, form, keys), "field": one.field, "code": one.kind,
                             "detail": one.message}  # fmt: skip
    if one.hint:
        error["hint"] = one.hint
    return error


def pointer(field: str, form: str | None, keys: frozenset[str]) -> str:
    """The RFC 6901 pointer to a value of the request."""
    if not field:
        return ""
    parts = field.replace("[", ".").replace("]", "").split(".")
    if form is not None and parts[0] not in keys:
        parts = [form, *parts]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
