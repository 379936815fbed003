"""What people said of a case, as its page shows it: its measures, and the answers to what was asked back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine.decide.measuring import measure_field
from procession.engine.fields import outward, show
from procession.operations.case_shapes import FeedbackView, MeasureView
from procession.operations.values import moment as moment_of

if TYPE_CHECKING:
    from procession.operations.case_views import Seen


def measures(seen: Seen) -> tuple[MeasureView, ...]:
    """The figures of the case, known or not."""
    asked = {str(one["measure"]): str(one["to"]) for one in seen.case.surveys.values()}
    found: list[MeasureView] = []
    for name in seen.program.definition.measures:
        known = measure_field(seen.program.definition, name)
        value = seen.case.measures.get(name)
        if known is not None:
            found.append(
                MeasureView(
                    name=name, title=known.title, type=known.type, value=outward(known, value), shown=show(known, value),
                    asked=seen.names.ref(asked[name]) if name in asked else None,
                )
            )  # fmt: skip
    return tuple(found)


def feedback(seen: Seen) -> tuple[FeedbackView, ...]:
    """What was asked back along the process, the oldest first."""
    person = seen.caller.person
    return tuple(
        FeedbackView(
            id=key, question=one["question"], group=one["group"], source=one["source"], asked_at=moment_of(one["at"]),
            good=one.get("good"), text=one.get("text", ""), by=seen.names.ref(one["by"]) if "by" in one else None,
            answered_at=moment_of(one.get("answered_at")),
            can_answer="good" not in one and person is not None
            and (person.id in one["to"] or one["group"] in person.groups),
        )
        for key, one in seen.case.feedback.items()
    )  # fmt: skip
