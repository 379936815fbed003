"""Figures per case: asked by a survey, entered by hand, heard from a member; and what is asked back along a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Json
from procession.engine.decide.assignment import people_for
from procession.engine.decide.values import person_name
from procession.engine.definition import Assignee, Definition, Field, HandoffSource, Step, Text
from procession.engine.durations import Span
from procession.engine.fields import TEXT_LIMIT
from procession.engine.findings import did_you_mean
from procession.engine.instants import to_instant
from procession.engine.rejections import Conflict, FieldRejection, InvalidField, NotAssignee, NotFound, UnknownField

if TYPE_CHECKING:
    from procession.engine import commands as ask_
    from procession.engine.decide.deciding import Deciding, Place

SURVEY_LASTS = Span(30, "days")
"""How long a survey can be answered, where its step does not say."""
ASKED, NOT_ASKED = "asked", "not asked"
"""How a survey's step ends."""


def measure_field(definition: Definition, name: str) -> Field | None:
    """A measure as a field, so that what is given is read and shown like any other value."""
    kind = definition.measures.get(name)
    return None if kind is None else Field(name=name, type=kind)


def open_survey(deciding: Deciding, step: Step, place: Place) -> None:
    """Ask, and go on at once: the answer may come whenever it comes."""
    config = step.config
    activation = deciding.open_step(step, place)
    people = people_for(deciding, config.to, activation, deciding.item_scope(place))
    if not people:
        deciding.finish(activation, NOT_ASKED)
        return
    until = (config.expires or SURVEY_LASTS).add_to(deciding.moment.at, deciding.moment.calendar)
    question = deciding.values.render_text(config.ask or Text(step.title), activation, deciding.item_scope(place))
    deciding.emit(
        ev.SurveyAsked(
            survey=activation, step=step.id, measure=config.measure, question=question, to=people[0],
            expires_at=to_instant(until),
        )
    )  # fmt: skip
    deciding.finish(activation, ASKED)


def answer_survey(deciding: Deciding, ask: ask_.AnswerSurvey) -> None:
    """Take the answer, once; a case that has ended takes it too."""
    asked = deciding.case.surveys.get(ask.survey)
    if asked is None:
        raise Conflict("This question has been answered already.")
    if asked["to"] != deciding.moment.actor.id:
        raise NotAssignee("Somebody else is asked here.")
    if asked["expires_at"] <= deciding.at:
        raise Conflict("This question can no longer be answered.", hint="Its time is over.")
    name = str(asked["measure"])
    value = _coerced(deciding, name, ask.value)
    if value is None:
        raise InvalidField(name, "An answer is needed.")
    _give(deciding, ev.MeasureGiven(name=name, value=value, how="survey", survey=ask.survey))


def enter_measures(deciding: Deciding, ask: ask_.EnterMeasures) -> None:
    """Take what somebody knows of the case; what stays the same is not recorded again."""
    values = {name: _coerced(deciding, name, raw) for name, raw in ask.values.items()}
    for name, value in values.items():
        if deciding.case.measures.get(name) != value:
            _give(deciding, ev.MeasureGiven(name=name, value=value))


def _coerced(deciding: Deciding, name: str, raw: Json) -> Json:
    definition = deciding.program.definition
    known = measure_field(definition, name)
    if known is None:
        hint = did_you_mean(name, definition.measures, otherwise="it has {}") if definition.measures else None
        raise UnknownField(name, f"{definition.title} has no measure '{name[:80]}'.", hint=hint)
    return fields.coerce(known, raw)


def _give(deciding: Deciding, given: ev.MeasureGiven) -> None:
    """Record it, and let the process this case is a part of know."""
    deciding.emit(given)
    case = deciding.case
    if case.process_case is not None and case.process_case != case.id:
        deciding.emit(
            ev.ParentTold(
                parent=case.process_case, activation=case.parent_activation or "", what="measure", name=given.name,
                data={"value": given.value},
            )
        )  # fmt: skip


def hear_measure(deciding: Deciding, ask: ask_.HearChild) -> None:
    """A member, or a case below one, was given a figure: it is the process's too where it has a measure of that name."""
    if ask.name not in deciding.program.definition.measures:
        return
    try:
        value = _coerced(deciding, ask.name, ask.data.get("value"))
    except FieldRejection:
        return  # the two mean different things by one name; `check` says so
    if deciding.case.measures.get(ask.name) != value:
        deciding.emit(ev.MeasureGiven(name=ask.name, value=value, how="member", source=ask.child))


# --- feedback ---------------------------------------------------------------------------------------------------------


def answer_feedback(deciding: Deciding, ask: ask_.AnswerFeedback) -> None:
    """One of those asked answers for all of them."""
    asked = deciding.case.feedback.get(ask.feedback)
    if asked is None:
        raise NotFound("Nothing like that is asked here.")
    actor = deciding.moment.actor.id
    group = deciding.moment.directory.groups.get(asked["group"], ())
    if actor not in group and actor not in asked["to"]:
        raise NotAssignee(f"This is asked of {asked['group']}.")
    if "good" in asked:
        raise Conflict(f"{person_name(deciding.moment, asked['by'])} has answered this already.")
    text = ask.text.strip()
    if len(text) > TEXT_LIMIT:
        raise InvalidField("text", f"The answer has at most {TEXT_LIMIT:,} characters.")
    deciding.emit(ev.FeedbackGiven(feedback=ask.feedback, good=ask.good, text=text))


def put_question(deciding: Deciding, source: HandoffSource, group: str, question: str) -> None:
    """Ask a group something about what has just happened, and tell its members."""
    people = people_for(deciding, [Assignee("group", Text(group))])
    if not people:
        return
    asked = deciding.new_id("f")
    deciding.emit(ev.FeedbackAsked(feedback=asked, source=str(source), group=group, question=question, to=people))
    deciding.emit(ev.PeopleNotified(to=people, what="feedback", text=question))
