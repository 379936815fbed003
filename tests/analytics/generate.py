"""Logs and measurements drawn at random, for laws and for grading the verdict."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog
from procession.engine.calendar import STANDARD, WorkCalendar
from tests.analytics.build import ALWAYS, MONDAY

KINDS = ("task", "task", "approval", "automate", "wait")


@st.composite
def cases(draw: st.DrawFn, name: str = "case") -> ProcessCase:
    """A case whose links are true: everything is ready when, or some time after, its last releaser ended."""
    minutes = st.integers(0, 60 * 80)
    instances: list[ActivityInstance] = []
    for index in range(draw(st.integers(1, 8))):
        before = draw(st.sets(st.sampled_from(instances), max_size=3)) if instances else set[ActivityInstance]()
        released = max((b.ended for b in before), default=MONDAY)
        ready = released + timedelta(minutes=draw(st.sampled_from((0, 0, 0, 30, 900))))
        opened = ready + timedelta(minutes=draw(minutes))
        started = opened + timedelta(minutes=draw(minutes))
        ended = started + timedelta(minutes=draw(minutes))
        member = draw(st.sampled_from(("background", "equipment", "access")))
        crossing = any(b.member != member for b in before)
        instances.append(
            ActivityInstance(
                id=f"i{index}",
                case_id=member,
                member=member,
                workflow=member,
                step=draw(st.sampled_from(("one", "two", "three"))),
                department=draw(st.sampled_from(("hr", "it", None))),
                kind=draw(st.sampled_from(KINDS)),
                fixed_end=draw(st.booleans()),
                ready=ready,
                first_opened=draw(st.sampled_from((opened, None))),
                started=draw(st.sampled_from((started, None))),
                ended=ended,
                releasers=tuple(b.id for b in before),
                handoff="over" if crossing else None,
            )
        )
    end = max(i.ended for i in instances) + timedelta(minutes=draw(st.sampled_from((0, 0, 45))))
    return ProcessCase(id=name, begin=MONDAY, end=end, instances=tuple(instances))


@st.composite
def logs(draw: st.DrawFn, most: int = 4) -> ProcessLog:
    calendar: WorkCalendar = draw(st.sampled_from((STANDARD, ALWAYS)))
    drawn = [draw(cases(f"case {n}")) for n in range(draw(st.integers(1, most)))]
    return ProcessLog(process="drawn", cases=tuple(drawn), calendar=calendar)
