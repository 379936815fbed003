"""Surveys, measures and feedback: what people say of a case, and that it never holds the case up."""

from __future__ import annotations

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.moment import Actor
from procession.engine.rejections import Conflict, InvalidField, NotAssignee, UnknownField
from tests.engine.story import Story

SUPPORT = """
workflow: support
fields: {customer: email}
start: {form: [customer]}
measures: {csat: rating, minutes: integer, solved: yes/no}
steps:
  - task: Solve it
  - survey: How was it
    to: field:customer
    measure: csat
    ask: How did we do, {starter.name}?
    expires: 5 days
  - task: File it
"""


def asked() -> tuple[Story, str]:
    story = Story(SUPPORT).start(customer="Zoe@example.org").do("Solve it")
    (survey,) = story.case.surveys
    return story, survey


def answer(story: Story, survey: str, value: object, by: str = "guest:zoe@example.org") -> None:
    story.world.ask(story.case.id, ask_.AnswerSurvey(survey=survey, value=value), Actor(by, "guest"))


def test_the_case_does_not_wait_for_an_answer() -> None:
    story, survey = asked()
    assert story.open == ["File it"]
    (event,) = story.events(ev.SurveyAsked)
    assert (event.to, event.measure, event.question) == ("guest:zoe@example.org", "csat", "How did we do, Ana?")
    assert story.case.measures == {}
    answer(story, survey, 4)
    assert story.case.measures == {"csat": "4"}
    story.replayed()


def test_a_survey_is_answered_once_by_whom_it_asks_with_what_fits() -> None:
    story, survey = asked()
    with pytest.raises(NotAssignee):
        answer(story, survey, 4, by="guest:eve@example.org")
    with pytest.raises(InvalidField, match="at most 5"):
        answer(story, survey, 6)
    with pytest.raises(InvalidField, match="needed"):
        answer(story, survey, "")
    answer(story, survey, "5")
    with pytest.raises(Conflict, match="answered already"):
        answer(story, survey, "1")
    assert story.case.measures == {"csat": "5"}


def test_the_answer_may_come_after_the_case_has_ended() -> None:
    story, survey = asked()
    story.do("File it")
    assert not story.case.is_open
    answer(story, survey, 2)
    assert story.case.measures == {"csat": "2"}
    story.replayed()


def test_a_survey_that_nobody_answers_in_time_leaves_the_measure_unknown() -> None:
    story, survey = asked()
    story.passes("6 days")
    with pytest.raises(Conflict, match="no longer"):
        answer(story, survey, 5)
    assert story.case.measures == {}


def test_with_nobody_to_ask_the_case_goes_on_and_says_so() -> None:
    story = Story(SUPPORT.replace("{customer: email}", "{customer: email?}")).start().do("Solve it")
    assert story.case.last["how-was-it"] == "not asked"
    assert story.open == ["File it"] and not story.case.surveys


def test_measures_are_entered_by_hand_and_made_unknown_again() -> None:
    story, _ = asked()
    story.ask(ask_.EnterMeasures(values={"minutes": "12", "solved": "yes"}))
    assert story.case.measures == {"minutes": "12", "solved": True}
    assert story.ask(ask_.EnterMeasures(values={"minutes": 12})) == []
    story.ask(ask_.EnterMeasures(values={"minutes": None}))
    assert story.case.measures == {"solved": True}
    with pytest.raises(UnknownField, match="no measure 'mood'"):
        story.ask(ask_.EnterMeasures(values={"mood": 3}))
    story.replayed()


PROCESS = """
process: care
owner: team
fields: {customer: email}
workflows: {support: {use: support}}
handoffs: [{from: start, to: support, carry: {customer: customer}}]
measures: {csat: rating}
feedback: {from: support.completed, to: team, ask: Was it filed well?}
"""


def test_what_a_member_is_told_is_the_processs_measure_too_even_after_its_end() -> None:
    story = Story(PROCESS, SUPPORT).start(customer="zoe@example.org")
    member = story.member("support")
    story.do("Solve it", case=member).do("File it", case=member)
    assert not story.case.is_open
    (survey,) = member.surveys
    story.world.ask(member.id, ask_.AnswerSurvey(survey=survey, value=3), Actor("guest:zoe@example.org", "guest"))
    assert (member.measures, story.case.measures) == ({"csat": "3"}, {"csat": "3"})
    (given,) = story.events(ev.MeasureGiven)
    assert (given.how, given.source) == ("member", member.id)
    story.replayed()


def test_feedback_is_asked_of_a_group_and_one_of_them_answers_for_all() -> None:
    story = Story(PROCESS, SUPPORT).start(customer="zoe@example.org")
    member = story.member("support")
    story.do("Solve it", case=member).do("File it", case=member)
    ((feedback, asked_),) = story.case.feedback.items()
    assert (asked_["group"], asked_["source"], asked_["to"]) == ("team", "support.done", ["bo", "cy", "eve"])
    assert "Was it filed well?" in story.told("cy")
    with pytest.raises(NotAssignee, match="asked of team"):
        story.ask(ask_.AnswerFeedback(feedback=feedback, good=True), by="ana")
    story.ask(ask_.AnswerFeedback(feedback=feedback, good=False, text=" The bill was missing. "), by="cy")
    with pytest.raises(Conflict, match="Cy has answered"):
        story.ask(ask_.AnswerFeedback(feedback=feedback, good=True), by="bo")
    kept = story.case.feedback[feedback]
    assert (kept["good"], kept["text"], kept["by"]) == (False, "The bill was missing.", "cy")
    story.replayed()
