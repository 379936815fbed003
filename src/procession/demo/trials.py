"""The versions that the demo tries with some: published beside those for everybody, and what people say of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from procession.demo.acting import id_at
from procession.demo.company import office_calendar
from procession.demo.histories import Plan, Published, Trying
from procession.demo.history_file import Feedback, History
from procession.engine.pilots import Pilot
from procession.operations.pilots import DEFAULT_GUARDS, QUESTION
from procession.store.transaction import Transaction

_ANSWERED_WITHIN: Final = timedelta(hours=6)


def begin(
    tx: Transaction, histories: Sequence[History], published: Published, plan: Plan, now: datetime
) -> dict[str, Trying]:
    """Publish what is tried and begin its pilots; by definition."""
    calendar = office_calendar(now)
    found: dict[str, Trying] = {}
    for one in histories:
        trial = one.trial
        if trial is None:
            continue
        since = calendar.next_working(now - timedelta(days=trial.begun))
        definition, baseline = published[one.definition]
        row = tx.definitions.publish(
            trial.text, id=one.definition, kind=definition.kind, title=trial.definition.title, by=trial.by, at=since,
            pilot=True,
        )  # fmt: skip
        id_ = id_at(since, Random(f"{plan.seed}/{one.definition}/pilot"))
        tx.pilots.begin(
            definition=one.definition, baseline=baseline, version=row.version, share=trial.share, audience={},
            why=trial.why, question=QUESTION, guards=DEFAULT_GUARDS, by=trial.by, at=since, id_=id_,
        )  # fmt: skip
        pilot = Pilot(id=id_, definition=one.definition, version=row.version, share=trial.share)
        found[one.definition] = Trying(pilot=pilot, trial=trial, since=since)
    return found


_WHO: Final = """
SELECT c.id::text, c.closed_at, array_agg(DISTINCT w.person ORDER BY w.person)
FROM cases c CROSS JOIN LATERAL (
  SELECT c.starter AS person UNION SELECT t.completed_by FROM tasks t
  WHERE t.organisation = c.organisation AND t.case_id = c.id AND t.completed_by IS NOT NULL) w
WHERE c.organisation = :organisation AND c.definition = :definition AND c.version = :version AND c.status = 'done'
GROUP BY c.id, c.closed_at ORDER BY c.closed_at, c.id
"""
"""Finished cases of a version, each with those who are asked about it."""


def answer(tx: Transaction, trials: Iterable[Trying], plan: Plan, now: datetime) -> None:
    """Some of those who worked with a version that is tried say what they think of it, soon after the case ended."""
    for one in trials:
        rng = Random(f"{plan.seed}/{one.pilot.definition}/answers")
        asked = tx.rows_of(_WHO, definition=one.pilot.definition, version=one.pilot.version)
        for case, closed, people in asked:
            for said in _said(one.trial.feedback, people, closed, now, rng):
                tx.pilots.answer(one.pilot.id, case, said.person, better=said.better, text=said.text, at=said.at)


@dataclass(frozen=True, slots=True)
class _Said:
    person: str
    better: bool
    text: str
    at: datetime


def _said(told: Feedback, people: Iterable[str], closed: datetime, now: datetime, rng: Random) -> Iterable[_Said]:
    for person in people:
        chance, better, delay = rng.random(), rng.random() < told.better, rng.random()
        text = rng.choice(told.when_better if better else told.when_not)
        at = closed + delay * _ANSWERED_WITHIN
        if chance < told.share and at < now:
            yield _Said(person, better, text, at)
