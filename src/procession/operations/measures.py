"""Figures per case: entered by hand, asked by a private link, averaged; and what a process asks back along its way."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from procession.engine.case import Case, Json
from procession.engine.commands import AnswerFeedback, AnswerSurvey, EnterMeasures
from procession.engine.decide.measuring import measure_field
from procession.engine.rejections import Conflict, Forbidden, NotFound
from procession.operations import access, identity
from procession.operations.cases import CaseChanged, changed
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.executing import execute, execute_as_owner
from procession.operations.values import FormFieldView, form_field
from procession.store.guest_links import GuestLinkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter(Ask):
    """Say what measures of a case are, running or ended; it stays on record who said so."""

    case_id: str
    """The case."""
    values: dict[str, Json] = field(default_factory=dict[str, Json])
    """Measures and their values; null makes one unknown again."""


@operation("measure.enter", scope="cases:write", http="POST /cases/{case_id}/measures", form="values")
def enter_measures(ctx: Context, ask: Enter) -> CaseChanged:
    command = EnterMeasures(values=ask.values)
    return execute_as_owner(ctx, ask.case_id, command, CaseChanged, changed(ctx), to="enter measures")


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveFeedback(Ask):
    """Answer what a process asks back, for the whole group that is asked."""

    case_id: str
    """The case of the process."""
    feedback: str
    """The question's id within the case."""
    good: bool
    """Yes or no."""
    text: str = ""
    """What there is to say about it."""


@operation("feedback.give", scope="cases:write", http="POST /cases/{case_id}/feedback/{feedback}")
def give_feedback(ctx: Context, ask: GiveFeedback) -> CaseChanged:
    command = AnswerFeedback(feedback=ask.feedback, good=ask.good, text=ask.text)
    return execute(ctx, ask.case_id, command, CaseChanged, changed(ctx))


# --- over all cases ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSummary:
    """One measure over all cases in which it is known."""

    name: str
    title: str
    type: str
    count: int
    """Cases in which it is known; all others are unknown, and count in nothing."""
    average: Decimal | None
    """Of a yes/no it is the share of yes, as a fraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSummary:
    """One question over all cases in which it was asked."""

    question: str
    group: str
    asked: int
    answered: int
    yes: Decimal | None
    """The share of yes among the answers, as a fraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What people said of the cases of a workflow or process."""

    measures: tuple[MeasureSummary, ...]
    feedback: tuple[FeedbackSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMeasured(Ask):
    """The averages of a workflow's or process's measures, and the share of yes among what it asks back."""

    definition: str
    """Its id."""


_AVERAGES = """
SELECT m.key, count(*),
  avg(CASE jsonb_typeof(m.value) WHEN 'boolean' THEN CAST(CAST(m.value AS boolean) AS integer)
      ELSE CAST(m.value #>> '{}' AS numeric) END)
FROM cases c CROSS JOIN LATERAL jsonb_each(c.snapshot -> 'measures') m
WHERE c.organisation = :organisation AND c.definition = :definition GROUP BY m.key
"""
_SHARES = """
SELECT f.value ->> 'question', f.value ->> 'group', count(*), count(f.value ->> 'good'),
  avg(CAST(CAST(f.value ->> 'good' AS boolean) AS integer))
FROM cases c CROSS JOIN LATERAL jsonb_each(c.snapshot -> 'feedback') f
WHERE c.organisation = :organisation AND c.definition = :definition
GROUP BY 1, 2 ORDER BY min(f.value ->> 'at')
"""


@operation("measure.summary", scope="insights:read", http="GET /definitions/{definition}/measures")
def get_measured(ctx: Context, ask: GetMeasured) -> Measured:
    definition = ctx.definition(ask.definition)
    if not access.sees_all_of(ctx.caller, definition):
        raise Forbidden("Figures over all cases are for those who may see all cases.")
    with ctx.store.transaction(ctx.organisation) as tx:
        found = {row[0]: row for row in tx.rows_of(_AVERAGES, definition=ask.definition)}
        asked = tx.rows_of(_SHARES, definition=ask.definition)
    measures: list[MeasureSummary] = []
    for name in definition.measures:
        known = measure_field(definition, name)
        assert known is not None
        _, count, average = found.get(name, (name, 0, None))
        measures.append(MeasureSummary(name=name, title=known.title, type=known.type, count=count, average=average))
    return Measured(
        measures=tuple(measures),
        feedback=tuple(
            FeedbackSummary(question=row[0], group=row[1], asked=row[2], answered=row[3], yes=row[4]) for row in asked
        ),
    )


# --- surveys ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyView:
    """What a private link asks, and nothing of the case."""

    organisation: str
    question: str
    answered: bool
    """It has been, and can be once only."""
    field: FormFieldView | None
    """How it is answered; None once it has been."""
    nonce: str
    """Send it back with the answer."""
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSurvey(Ask):
    """The question of a survey's private link. Looking never answers."""

    token: str
    """The link's last part."""


def _asked(ctx: Context, token: str) -> tuple[Context, GuestLinkRow, Case]:
    """Who is asked, by which link, in which case. Raises `NotFound`."""
    organisation, link, caller = identity.guest(ctx.store, ctx.organisation, token, "survey", ctx.at)
    with ctx.store.transaction(organisation) as tx:
        case = tx.cases.find(link.case_id)
    if case is None or link.activation is None:
        raise NotFound("This link does not open anything.")
    return replace(ctx, organisation=organisation, caller=caller), link, case


def _nonce(token: str, link: GuestLinkRow) -> str:
    return hashlib.sha256(f"survey\n{token}\n{link.id}".encode()).hexdigest()[:32]


@operation("survey.get", scope="public", http="GET /surveys/{token}", who="anyone")
def get_survey(ctx: Context, ask: GetSurvey) -> SurveyView:
    there, link, case = _asked(ctx, ask.token)
    with there.store.transaction(there.organisation) as tx:
        title = tx.run("SELECT title FROM organisations WHERE organisation = :organisation").scalar_one()
    asked = case.surveys.get(link.activation or "")
    known = None
    if asked is not None:
        known = measure_field(there.definition(case.definition, case.version), str(asked["measure"]))
    return SurveyView(
        organisation=title, question=str(asked["question"]) if asked is not None else "", answered=asked is None,
        field=replace(form_field(known), title="Your answer") if asked is not None and known is not None else None,
        nonce=_nonce(ask.token, link), expires_at=link.expires_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSurvey(Ask):
    """Answer a survey: once, also after the case has ended."""

    token: str
    """The link's last part."""
    nonce: str
    """As the question was given with."""
    value: Json
    """The answer."""


@operation("survey.answer", scope="public", http="POST /surveys/{token}", who="anyone")
def answer_survey(ctx: Context, ask: SendSurvey) -> Done:
    there, link, case = _asked(ctx, ask.token)
    if not hmac.compare_digest(ask.nonce.encode(errors="replace"), _nonce(ask.token, link).encode()):
        raise Conflict("This page is out of date.", hint="Open the link again.")
    command = AnswerSurvey(survey=link.activation or "", value=ask.value)
    return execute(there, case.id, command, Done, lambda _case, _events: Done())
