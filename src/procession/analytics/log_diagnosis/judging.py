"""The verdict on a table: workflow problem or process problem, and what the wrong fix would gain.

Where beginnings are not recorded, the time between two ends may be work of one part or the handoff to it. Then both are
judged, and the verdict is spoken only where both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from procession.analytics.attribution import Attribution
from procession.analytics.attribution_of_table import Known, attribute_table
from procession.analytics.log_diagnosis.parts import Parts
from procession.analytics.retiming import Instant
from procession.analytics.sentences import Diagnosis, diagnosis
from procession.analytics.verdict import EFFECT, HANDOFF_SHARE, Verdict, judge
from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.decompose import Decomposition
from procession.analytics.words import listed, percent, spell

BEGINNINGS: Final = "recorded beginnings: without them work and handoffs cannot be told apart"
TIMES: Final = "moments with a time of day, that differ within a case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the verdict on a log is, in figures and words."""

    verdict: Verdict
    words: Diagnosis
    measured: Attribution
    """With guessed time as work."""
    quick_test: str
    """"Can one person fix it?", answered; empty where nothing is lost or known."""
    takes: str
    """How long such a fix usually takes, and who must agree; empty where there is nothing to fix."""
    also: str
    """That it is both, where it is; or that no place stands out because cases wait everywhere."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it as a manager would say it, a sentence each."""
        words = self.words
        said = (
            f"{words.subject}: {words.number}" if words.number else words.subject,
            words.cause,
            words.detail,
            words.action,
        )
        whole = [f"{one[:1].upper()}{one[1:]}." for one in said if one]
        return (*whole, *(one for one in (self.also, self.quick_test, self.takes) if one))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFix:
    """What looks like the fix and gains little."""

    what: str
    gain: float
    """The most that it takes off, as a share of the cycle."""
    sentence: str


def judge_table(causes: Decomposition, parts: Parts, gates: Mapping[int, str]) -> Judgement:
    """Judge a table that is relabelled by its parts."""
    known = Known(causes=causes, gates=gates, part_kind=parts.kind or "workflow")
    measured = attribute_table(causes.table, causes.hours, known)
    verdict = judge(measured)
    words = diagnosis(verdict)
    if verdict.kind != "not enough data" and not verdict.cycle:
        verdict = replace(verdict, kind="undecided", confidence=0.0, missing=(TIMES,))
        words = Diagnosis(
            "No time can be measured", f"Every case begins and ends at the same moment. Missing: {TIMES}", "", "", ""
        )
    elif parts.kind is None:
        words = _without_parts(verdict, words)
    elif causes.table.start_estimated.any() and verdict.kind != "not enough data" and verdict.cycle:
        other = judge(attribute_table(causes.table, causes.hours, replace(known, guessed_as="handoff")))
        verdict, words = _of_both(verdict, other, parts.kind)
    return Judgement(
        verdict=verdict, words=words, measured=measured, quick_test=_quick_test(verdict, parts), takes=_takes(verdict, parts),
        also=_also(verdict) or _slow_alike(verdict, causes),
    )  # fmt: skip


_LOOKS: Final[Mapping[str | None, str]] = {
    "workflow": "a workflow problem",
    "process": "a process problem",
    "target": "a target that does not fit",
    "healthy": "no problem",
}


def _of_both(one: Verdict, other: Verdict, kind: str) -> tuple[Verdict, Diagnosis]:
    """Of two ways to read the same log: what both say, as sure as the less sure one."""
    if one.leaning == other.leaning:
        same = other if other.confidence < one.confidence else one
        found = replace(same, departments=max(one.departments, other.departments, key=len))
        return found, diagnosis(found)
    missing = (BEGINNINGS, *(reason for reason in one.missing if "recorded times" not in reason))
    silent = replace(one, kind="undecided", confidence=0.0, missing=missing)
    number = (
        f"The log says when steps ended, not when they were begun. If that time is work, it looks like {_LOOKS[one.leaning]}; "
        f"if it lies between {kind}s, like {_LOOKS[other.leaning]}. Missing: {'; '.join(missing)}"
    )
    return silent, Diagnosis("Not sure yet", number, "", "", "")


def _also(verdict: Verdict) -> str:
    """Where the connections are the problem and one part has one of its own besides: both."""
    if verdict.kind != "process" or verdict.handoff_share < HANDOFF_SHARE or verdict.top_part is None:
        return ""
    inside = verdict.top_share * verdict.lost
    if not verdict.cycle or inside / verdict.cycle <= EFFECT:
        return ""
    day, title = verdict.measured.day, verdict.measured.part_titles.get(verdict.top_part, verdict.top_part)
    return (
        f"It is both: inside {title} alone a case loses {spell(inside, day)} of {spell(verdict.cycle, day)}. Begin there, which "
        "is quicker, and then connect."
    )


WAITING: Final = 0.5
"""The share of a cycle, without closed hours, from which on waiting is worth a word though no place stands out."""


def _slow_alike(verdict: Verdict, causes: Decomposition) -> str:
    """That no place stands out may be because cases wait everywhere."""
    if verdict.kind != "healthy" or causes.table.start_estimated.mean() > WAITING:
        return ""
    path = causes.on_path
    waits = causes.waits[path]
    waited = float(waits.sum() - waits[:, Cause.UNAVAILABILITY].sum() - waits[:, Cause.PAUSED].sum())
    whole = waited + float(causes.working[path].sum())
    if not whole or waited < WAITING * whole:
        return ""
    return (
        f"That does not mean that cases flow: they wait {percent(waited / whole)} of their time, closed hours left out, but at "
        "most places alike. What would have to change is how work is planned, rather than one place."
    )


def _without_parts(verdict: Verdict, words: Diagnosis) -> Diagnosis:
    """Without parts only where time is lost can be said, not whose problem it is."""
    if verdict.kind in ("not enough data", "healthy"):
        return words
    if not verdict.evidence:
        return Diagnosis("No single place holds cases up", words.number, "", "", "")
    day = verdict.measured.day
    worst = verdict.evidence[0]
    count = len(verdict.evidence)
    title = worst.cost.title
    where = title if count == 1 else f"{count} slow steps, {percent(worst.share)} of it at {title}"
    number = (
        f"{percent(verdict.effect)} of the time of a case, {spell(verdict.lost, day)} of {spell(verdict.cycle, day)}, is lost "
        f"at {where}; whether that is one workflow's problem stays open, for the log names no departments"
    )
    said = replace(verdict, kind="workflow", leaning="workflow", top_part=worst.cost.site.part)
    return replace(diagnosis(said), subject="Time is lost at single steps", number=number)


def _quick_test(verdict: Verdict, parts: Parts) -> str:
    if parts.kind is None or not verdict.evidence or verdict.kind not in ("workflow", "process"):
        return ""
    who = verdict.departments
    kind = "department" if parts.kind == "workflow" else parts.kind
    if len(who) == 1:
        return f"Can one person fix it? Yes, as far as the log shows: whoever leads {who[0]} can remove most of the lost time."
    if not who:
        return f"Can one person fix it? The log does not say which {kind} the slow places belong to."
    return f"Can one person fix it? No: {len(who)} {kind}s have to act together, {listed(who)}."


def _takes(verdict: Verdict, parts: Parts) -> str:
    """The article's rule of thumb, said to be one."""
    if parts.kind is None:
        return ""
    if verdict.kind == "workflow":
        return "Such a fix usually takes days, and one person may decide it (a rule of thumb, not measured here)."
    if verdict.kind == "process":
        who = ", and all of them must agree" if len(verdict.departments) > 1 else ""
        return f"Such a fix usually takes weeks or months{who} (a rule of thumb, not measured here)."
    return ""


def wrong_fix(found: Judgement, instants: Sequence[Instant]) -> WrongFix | None:
    """What people would try first and what it would gain; None where the verdict is silent.

    In a process problem: automating the step with the most work. In a workflow problem: putting the handoffs right.
    """
    verdict = found.verdict
    if verdict.kind == "process" and instants:
        busiest = max(instants, key=lambda one: one.spent_work)
        gain = busiest.work.mean / busiest.cycle if busiest.cycle else 0.0
        connected = verdict.handoff_share >= HANDOFF_SHARE
        worth = verdict.effect * (verdict.handoff_share if connected else 1.0)
        if gain > worth / 2:  # then it is not the wrong fix
            return None
        at_most = "at most " if busiest.work_least.mean < busiest.work.mean else ""
        what = f"automating {busiest.step}, the step with the most work"
        where = f"between {verdict.measured.part_kind}s" if connected else "at slow places"
        sentence = f"The wrong fix: {what}, would make cases {at_most}{percent(gain)} shorter; {percent(worth)} is lost {where}."
        return WrongFix(what=what, gain=gain, sentence=sentence)
    if verdict.kind == "workflow" and len({cost.site.part for cost in verdict.measured.costs}) > 1:
        gain = verdict.effect * verdict.handoff_share
        what = f"redesigning how the {verdict.measured.part_kind}s hand over to each other"
        sentence = f"The wrong fix: {what}, would make cases at most {percent(gain)} shorter."
        return WrongFix(what=what, gain=gain, sentence=sentence)
    return None
