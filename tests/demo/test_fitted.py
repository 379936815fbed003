"""Nearly every shipped history can be simulated from its own records: what a change would do may be asked of those."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from procession.analytics.log import ProcessLog
from procession.analytics.simulation.fitting import FAR, Calibration, distance, fit
from procession.analytics.simulation.laying import Ground
from procession.demo import company
from procession.demo.histories import compile_all
from procession.engine.definition import Workflow
from tests.demo.past import NOW, Plan, histories, loaded, published

SCATTERED: Final = "purchase-approval"
"""Its times scatter so much that 71 cases do not say how they are distributed; all that are shipped do."""
FEW: Final = Plan(inbox=False, others=72)
REFUSED: Final = {
    # What people send back by hand is in no definition, and no model does it.
    "time-off",
    # One person agrees twice to the same draft; a model lets her queue for both, and ends a twentieth too late.
    "contract-management",
}
"""What a change would do there may not be asked: their models do not behave like their histories."""
NAMES = sorted({one.definition for one in histories()} - REFUSED)


def ground(name: str) -> Ground:
    """The organisation of the demo around one definition."""
    programs, moment = compile_all(published()), company.moment(NOW)
    return Ground(
        program=programs[name],
        workflows={key: one for key, one in programs.items() if isinstance(one.definition, Workflow)},
        directory=moment.directory, calendar=moment.calendar, calendars=moment.calendars,
    )  # fmt: skip


def past(name: str) -> ProcessLog:
    return loaded(Plan(inbox=False), name).log


def held(name: str, log: ProcessLog) -> Calibration:
    return fit(log, ground(name)).calibration


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_its_history_behaves_like_it(name: str) -> None:
    found = held(name, past(name))
    assert found.is_good, found


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_model_that_does_not_behave_like_its_history_is_refused(name: str) -> None:
    assert not held(name, past(name)).is_good


def test_few_cases_that_scatter_widely_are_refused_for_they_do_not_agree_with_themselves() -> None:
    log = loaded(FEW, SCATTERED).log
    assert not held(SCATTERED, log).is_good
    times = np.array([(one.end - one.begin).total_seconds() for one in log.cases])
    chance = np.random.default_rng(1)
    again = [distance(times, chance.choice(times, len(times))) / times.mean() for _ in range(200)]
    assert np.mean(again) > FAR, "another log of as many cases would lie farther away than a model may"


@pytest.mark.parametrize("name", ["client-onboarding", "employee-onboarding", "time-off", "customer-support"])
def test_without_the_recorded_turns_it_may_not_speak(name: str) -> None:
    """Branches without steps, conditions and handoffs leave no time behind: only their records say how often."""
    log = past(name)
    blind = replace(log, cases=tuple(replace(one, ways=(), handings=()) for one in log.cases))
    assert not held(name, blind).is_good


def test_a_quorum_whose_late_answers_are_left_out_looks_faster_than_it_is() -> None:
    """Two of three reviewers decide; the third one's time is seen only by being cut short."""
    log = past("document-approval")
    assert any(one.called_off for one in log.cases)
    seen = replace(log, cases=tuple(replace(one, called_off=()) for one in log.cases))
    assert held("document-approval", seen).simulated < 0.9 * held("document-approval", log).simulated
