"""What may be refused, and why. Every door translates `kind` into its own words (status, exit code, message).

```
Rejection
├── Unauthenticated         401
├── NotFound                404   also what one may not see
├── TaskClosed              409
├── SeparationOfDuties      403
├── NotAssignee             403
├── Forbidden               403
├── Conflict                409   stale version, key reused with another body
├── IllegalTransition       409   no such outcome, or the action's `when` is not true
├── FieldRejection          422
│   ├── UnknownField
│   ├── InvalidField
│   └── MissingField
├── InvalidDefinition       422
├── NotAvailable            422
├── TooLarge                413
└── RateLimited             429
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Rejection(Exception):
    """A command was refused; nothing has changed."""

    kind = "rejected"

    def __init__(self, message: str, *, hint: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: Mapping[str, object] = details


class Unauthenticated(Rejection):
    """Nobody is logged in, or the token is not valid."""

    kind = "unauthenticated"


class NotFound(Rejection):
    """There is no such thing, or none that you may see."""

    kind = "not_found"


class TaskClosed(Rejection):
    """The task is no longer open."""

    kind = "task_closed"


class SeparationOfDuties(Rejection):
    """Somebody who did one part may not do this one."""

    kind = "separation_of_duties"


class NotAssignee(Rejection):
    """The task is somebody else's."""

    kind = "not_assignee"


class Forbidden(Rejection):
    """You may not do this."""

    kind = "forbidden"


class Conflict(Rejection):
    """Somebody changed it meanwhile, or the key was used with another request."""

    kind = "conflict"


class IllegalTransition(Rejection):
    """The step has no such outcome now."""

    kind = "illegal_transition"


class FieldRejection(Rejection):
    """A value does not fit its field."""

    kind = "invalid_field"

    def __init__(self, field: str, message: str, *, hint: str | None = None, **details: object) -> None:
        super().__init__(message, hint=hint, field=field, **details)
        self.field = field


class UnknownField(FieldRejection):
    """No such field is asked here."""

    kind = "unknown_field"


class InvalidField(FieldRejection):
    """The value has the wrong type or lies outside its limits."""

    kind = "invalid_field"


class MissingField(FieldRejection):
    """A required value is missing."""

    kind = "missing_field"


class InvalidForm(Rejection):
    """Several fields of a form were refused; its kind is the first one's."""

    def __init__(self, problems: Sequence[FieldRejection]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)
        self.kind = problems[0].kind


class InvalidDefinition(Rejection):
    """The definition has errors and cannot be published."""

    kind = "invalid_definition"


class NotAvailable(Rejection):
    """The language has it, this version does not run it yet."""

    kind = "not_available"


class TooLarge(Rejection):
    """The request is larger than allowed."""

    kind = "too_large"


class RateLimited(Rejection):
    """Too many requests."""

    kind = "rate_limited"
