"""The verdict in the manager's words: subject, number, cause, action.

Every figure comes from the verdict. Where it is not sure it says so, and what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from procession.analytics.attribution import SiteCost
from procession.analytics.critical_path import Phase
from procession.analytics.log import in_words
from procession.analytics.sentences_of_table import cause_and_action
from procession.analytics.verdict import HANDOFF_SHARE, Excess, Verdict
from procession.analytics.words import AROUND_THE_CLOCK, listed, percent, spell


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict in sentences; a part that has nothing to say is empty."""

    subject: str
    """What it is: `Process problem`."""
    number: str
    """Where the lost time lies, and who can do something about it."""
    cause: str
    """What goes wrong at the worst place."""
    detail: str
    """How much it costs there, and who has to act together."""
    action: str
    """What to do about it."""

    @property
    def text(self) -> str:
        """The one line for the start page."""
        first = f"First: {self.cause}." if self.cause else ""
        return " ".join(part for part in (f"{self.subject}.", f"{self.number}." if self.number else "", first) if part)


def diagnosis(verdict: Verdict) -> Diagnosis:
    """Say what the verdict says."""
    said = _diagnosis(verdict)
    return replace(said, subject=f"{said.subject}, as stated") if verdict.stated else said


def _diagnosis(verdict: Verdict) -> Diagnosis:
    match verdict.kind:
        case "process":
            return _with_cause(verdict, "Process problem", _process_number(verdict))
        case "workflow":
            return _with_cause(verdict, "Workflow problem", _workflow_number(verdict))
        case "target":
            return _target(verdict)
        case "healthy":
            return _healthy(verdict)
        case "undecided":
            return _undecided(verdict)
        case "not enough data":
            count = "No case has" if not verdict.cases else _cases(verdict.cases)
            return Diagnosis(
                "Not enough data yet", f"{count} finished; a diagnosis needs {listed(verdict.missing)}", "", "", ""
            )


def _cases(count: int) -> str:
    return "1 case has" if count == 1 else f"{count} cases have"


def _with_cause(verdict: Verdict, subject: str, number: str) -> Diagnosis:
    top = verdict.top
    if top is None:
        return Diagnosis(subject, number, "", "", "")
    cause, action = _cause(verdict, top)
    day = verdict.measured.day
    place = (
        f"{top.cost.title} costs a case {spell(top.seconds, day)} of {spell(verdict.cycle, day)}{_missed(verdict, top)}"
    )
    if top.cost.causes or top.cost.unsure:  # of a table: who has to act is said by the quick test
        guessed = "; when it could begin is estimated" if verdict.measured.evidence == "estimated" else ""
        return Diagnosis(subject, number, cause, f"{place}{guessed}", action)
    takes = f"; {listed(verdict.departments)} have to act together" if len(verdict.departments) > 1 else ""
    guessed = "; times of opening and starting are estimated" if verdict.measured.evidence == "estimated" else ""
    return Diagnosis(subject, number, cause, f"{place}{takes}{guessed}", action)


def _missed(verdict: Verdict, top: Excess) -> str:
    """Before a meeting or a payment run: what else loses time, so that it is missed."""
    other = next((one for one in verdict.evidence if not one.cost.gate), None) if top.cost.gate else None
    if other is None:
        return ""
    lost = spell(other.seconds, verdict.measured.day)
    return f", and {other.cost.title}, which comes {lost} later than it should, lets cases miss it"


def _process_number(verdict: Verdict) -> str:
    if verdict.end_to_end:
        return f"{_late(verdict)}, though no single place holds them up; {_who(verdict)}"
    if verdict.handoff_share >= HANDOFF_SHARE:
        where = f"{percent(verdict.handoff_share)} of the lost time lies between {verdict.measured.part_kind}s"
    else:
        worst = f"the worst of them holds {percent(verdict.top_share)}"
        where = f"The lost time is spread over {verdict.parts} {verdict.measured.part_kind}s, {worst}"
    return f"{where}; {_who(verdict)}"


def _who(verdict: Verdict) -> str:
    """The quick test in words: can one person fix it."""
    if len(verdict.departments) == 1:
        kind = verdict.measured.part_kind
        return f"one {'department' if kind == 'workflow' else kind}, {verdict.departments[0]}, can fix it"
    return "no one person can fix it"


def _late(verdict: Verdict) -> str:
    return f"{percent(verdict.late or 0.0)} of the cases end later than the target"


def _workflow_number(verdict: Verdict) -> str:
    if verdict.end_to_end:
        return f"{_late(verdict)}, though no single step holds them up"
    part = verdict.top_part or ""
    title = verdict.measured.part_titles.get(part) or in_words(part)
    owner = verdict.measured.owners.get(part)
    answers = "its owner" if verdict.measured.part_kind == "workflow" else "whoever leads it"
    fix = f"{owner}, its owner, can fix it" if owner else f"{answers} can fix it"
    if owner and len(verdict.departments) == 1 and verdict.departments[0] != owner:
        fix = f"{verdict.departments[0]}, where it is done, can fix it with {owner}, its owner"
    return f"{percent(verdict.top_share)} of the lost time lies inside {title}; {fix}"


def _healthy(verdict: Verdict) -> Diagnosis:
    cycle = spell(verdict.cycle, verdict.measured.day)
    if verdict.measured.day < AROUND_THE_CLOCK and "working" not in cycle:
        cycle = f"{cycle} of working time"
    lost = percent(verdict.effect) if verdict.effect else "none"
    late = ""
    if verdict.late:
        late = f"; {_late(verdict)}"
    number = f"A case takes {cycle}, and {lost} of it is lost at slow steps or handoffs{late}"
    return Diagnosis("No single place holds cases up", number, "", "", "")


def _target(verdict: Verdict) -> Diagnosis:
    """Late, because cases wait for dates that they name themselves."""
    measured = verdict.measured
    waits = sorted(((sum(cost.path_planned), cost.title) for cost in measured.costs), reverse=True)
    seconds, title = waits[0]
    anyway = percent(verdict.late_anyway) if verdict.late_anyway else "none"
    number = (
        f"{_late(verdict)}, and no place loses time: {spell(seconds / measured.cases, measured.day)} of "
        f"{spell(verdict.cycle, measured.day)} are waiting at {title}, for a date that the case names itself; without "
        f"that {anyway} would be late"
    )
    return Diagnosis("The target does not fit", number, "", "", "Count the target to that date, or lengthen it")


def _undecided(verdict: Verdict) -> Diagnosis:
    looks = {
        "process": "a process problem",
        "workflow": "a workflow problem",
        "target": "a target that does not fit",
        "healthy": "no problem",
        None: "nothing",
    }[verdict.leaning]
    sure = f"It looks like {looks}, but only {percent(verdict.confidence)} of the repeated counts agree"
    return Diagnosis("Not sure yet", f"{sure}. Missing: {'; '.join(verdict.missing)}", "", "", "")


def _cause(verdict: Verdict, worst: Excess) -> tuple[str, str]:
    """What goes wrong at the worst place, and what to do, from what its time on the path was spent on."""
    cost = worst.cost
    if cost.causes or cost.unsure:
        return cause_and_action(cost, verdict.measured)
    phase = max(cost.phases, key=lambda p: cost.phases[p], default=None)
    visits = sum(cost.path_visits)
    time = spell(cost.phases[phase] / visits, verdict.measured.day) if phase and visits else ""
    if cost.site.kind == "step":
        return _step_cause(phase, cost, time)
    titles = verdict.measured.part_titles
    target = titles.get(cost.site.part) or in_words(cost.site.part)
    source = titles.get(cost.site.source or "")
    ready = f"{_lower(source)} is ready" if source else "a case is submitted"
    return _handoff_cause(phase, ready, target, time, told=cost.unassigned < 0.5)


def _handoff_cause(phase: Phase | None, ready: str, target: str, time: str, *, told: bool) -> tuple[str, str]:
    if phase == "transit":
        cause = f"{_lower(target)} starts only {time} after {ready}"
        return cause, f"Connect the two, so that {_lower(target)} starts by itself when {ready}"
    if not told:
        return f"nobody is told when {ready}", f"Assign {_lower(target)} to one person as soon as {ready}"
    if phase == "unopened":
        cause = f"whoever does {_lower(target)} first looks {time} after {ready}"
        return cause, f"Remind them when {ready}, and escalate when nobody looks"
    return f"{_lower(target)} waits {time} after {ready}", f"Give {_lower(target)} a due date and a substitute"


def _step_cause(phase: Phase | None, cost: SiteCost, time: str) -> tuple[str, str]:
    if cost.gate:
        return (
            f"{cost.title} is held {cost.gate} only, and cases wait {time} for it",
            f"Hold {cost.title} more often or let cases in later, or end earlier what makes them miss it",
        )
    match phase:
        case "outside":
            return (
                f"{cost.title} waits {time} for somebody outside",
                "Agree with them how long it may take, and chase before that",
            )
        case "working":
            return (
                f"the work of {cost.title} itself takes {time}",
                f"Split {cost.title}, or give it what it lacks when it begins",
            )
        case "unopened":
            due = f"Remind sooner at {cost.title}, and name" if cost.has_target else f"Give {cost.title} a due date and"
            return f"{cost.title} lies {time} before anyone looks", f"{due} a substitute"
        case _:
            return (
                f"{cost.title} waits {time} before it is dealt with",
                f"Share {cost.title} among more people, or let a rule decide the plain cases",
            )


def _lower(title: str) -> str:
    """A title inside a sentence: `Access` is `access`, but `IT setup` stays."""
    return title[:1].lower() + title[1:] if title[1:2].islower() or len(title) == 1 else title
