"""Starting, cancelling, reopening and correcting a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Json
from procession.engine.decide import pausing
from procession.engine.decide.data import accept_form, calculate, case_name, proposed_values, write
from procession.engine.decide.members import settle
from procession.engine.decide.places import CLEANING_UP, Place
from procession.engine.decide.process import begin_process
from procession.engine.decide.timing import as_given
from procession.engine.definition import FormEntry, Process, Workflow
from procession.engine.instants import to_instant
from procession.engine.rejections import Conflict, FieldRejection, InvalidForm, MissingField, UnknownField

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def start_case(deciding: Deciding, ask: ask_.StartCase) -> None:
    """Check what was given, begin, and go to the first step."""
    if deciding.case.status != "new":
        raise Conflict("This case has started already.")
    definition = deciding.program.definition
    case = deciding.case
    case.starter = ask.starter or deciding.moment.actor.id
    case.number = ask.number
    case.data = _start_data(deciding, ask)
    given = dict(case.data)
    calculated = calculate(deciding)
    case.data.update({name: value for name, value in calculated.items() if value is not None})
    origin = "carried" if ask.parent is not None else "typed"
    origins = {name: "calculated" if name in calculated else origin for name in case.data}
    due = (
        definition.target.add_to(deciding.moment.at, deciding.moment.calendar)
        if definition.target is not None
        else None
    )
    started = ev.CaseStarted(
        definition=definition.id, version=deciding.program.version, kind=definition.kind, name=case_name(deciding),
        number=ask.number, starter=case.starter, due_at=to_instant(due) if due is not None else None,
        data={**given, **{name: value for name, value in calculated.items() if value is not None}}, origins=origins,
        parent=ask.parent, parent_activation=ask.parent_activation, process_case=ask.process_case, member=ask.member,
    )  # fmt: skip
    deciding.emit(started)
    if isinstance(definition, Process):
        begin_process(deciding)
    else:
        body = definition.body
        first = body.initial if body.initial is not None else body.steps[0].id
        deciding.arrive(first, Place())


def _start_data(deciding: Deciding, ask: ask_.StartCase) -> dict[str, Json]:
    """A person answers the start form; another case may fill any field that is not calculated."""
    if ask.parent is None:
        return {
            name: value
            for name, value in accept_form(deciding, deciding.program.start_form, ask.data).items()
            if value is not None
        }
    accepted = _coerce_any(deciding, ask.data)
    proposed = proposed_values(deciding, accepted, "")
    known = deciding.program.definition.fields
    missing = [
        entry.field
        for entry in deciding.program.start_form
        if known[entry.field].formula is None
        and fields.is_missing(known[entry.field], accepted.get(entry.field))
        and _is_required(deciding, entry, proposed)
    ]
    if missing:
        titles = ", ".join(deciding.program.definition.fields[name].title for name in missing)
        raise MissingField(
            missing[0], f"{deciding.program.definition.title} cannot start without {titles}.", missing=missing
        )
    return {name: value for name, value in accepted.items() if value is not None}


def _is_required(deciding: Deciding, entry: FormEntry, proposed: Mapping[str, object]) -> bool:
    """Whether a start needs the field, with the values it is given."""

    def holds(condition: str) -> bool:
        return deciding.values.evaluate(condition, "", proposed).value is True

    if entry.show_when is not None and not holds(entry.show_when):
        return False
    if entry.required_when is not None:
        return holds(entry.required_when)
    return deciding.program.definition.fields[entry.field].required if entry.required is None else entry.required


def _coerce_any(deciding: Deciding, values: dict[str, Json]) -> dict[str, Json]:
    problems: list[FieldRejection] = []
    accepted: dict[str, Json] = {}
    known = deciding.program.definition.fields
    for name, value in values.items():
        field = known.get(name)
        if field is None or field.formula is not None:
            problems.append(UnknownField(name, f"{deciding.program.definition.title} has no field '{name}' to write."))
            continue
        try:
            accepted[name] = fields.coerce(field, value)
        except FieldRejection as problem:
            problems.append(problem)
    if problems:
        raise problems[0] if len(problems) == 1 else InvalidForm(problems)
    return accepted


def cancel_case(deciding: Deciding, ask: ask_.CancelCase) -> None:
    """Withdraw everything, then run what `on cancel:` asks for."""
    _need_open(deciding)
    definition = deciding.program.definition
    clean_up = definition.on_cancel if isinstance(definition, Workflow) else None
    cleaning = any(one.branch == CLEANING_UP for one in deciding.case.activations.values())
    if clean_up is None or not clean_up.steps or cleaning:
        deciding.cancel_case(ask.reason)
        return
    deciding.emit(ev.CaseCancelling(reason=ask.reason))
    deciding.withdraw_all(f"the case was cancelled: {ask.reason}")
    deciding.arrive(clean_up.steps[0].id, Place(branch=CLEANING_UP))


def _need_open(deciding: Deciding) -> None:
    if not deciding.case.is_open:
        state = "finished" if deciding.case.status == "done" else deciding.case.status
        raise Conflict(f"This case is {state}.", hint="Reopen it first.")


def reopen_case(deciding: Deciding, ask: ask_.ReopenCase) -> None:
    """Go on at a step outside any block."""
    if deciding.case.is_open:
        raise Conflict("This case is still running.")
    _reason(ask.reason)
    step = deciding.program.step(ask.step)
    definition = deciding.program.definition
    legal = definition.body.steps if isinstance(definition, Workflow) else ()
    if isinstance(definition, Process):
        raise Conflict(
            "A process goes on where one of its members does.",
            hint="Reopen the member's own case; the process follows.",
        )
    if step is None or not any(one.id == step.id for one in legal):
        titles = ", ".join(one.title for one in legal) or "nothing"
        raise UnknownField("step", f"The case cannot go on at '{ask.step}'.", hint=f"Possible: {titles}.")
    deciding.emit(ev.CaseReopened(reason=ask.reason))
    deciding.tell_process_reopened()
    for loop in list(deciding.case.loops):
        deciding.emit(ev.LoopCounted(loop=loop, count=0))
    deciding.arrive(step.id, Place())


def resume_case(deciding: Deciding, ask: ask_.ResumeCase) -> None:
    """Go on; a process begins what its handoffs have brought meanwhile."""
    pausing.resume_case(deciding, ask)
    if isinstance(deciding.program.definition, Process) and not deciding.case.is_paused:
        settle(deciding)


def edit_data(deciding: Deciding, ask: ask_.EditData) -> None:
    """Correct fields; what is calculated from them follows, sealed ones stay."""
    _need_open(deciding)
    _reason(ask.reason)
    sealed = [name for name in ask.values if "*" in deciding.case.sealed or name in deciding.case.sealed]
    if sealed:
        raise Conflict(f"{', '.join(sealed)}: sealed, and can no longer be changed.")
    write(deciding, _coerce_any(deciding, ask.values), "edited", reason=ask.reason)


def change_case_due(deciding: Deciding, ask: ask_.ChangeCaseDue) -> None:
    _need_open(deciding)
    _reason(ask.reason)
    due = as_given(ask.due_at, deciding, "due_at")
    deciding.emit(ev.CaseDueChanged(due_at=to_instant(due) if due is not None else None, reason=ask.reason))


def add_comment(deciding: Deciding, ask: ask_.AddComment) -> None:
    text = ask.text.strip()
    if not text:
        raise MissingField("text", "A comment needs words.")
    people = deciding.moment.directory.people
    unknown = [one for one in ask.mentions if one not in people]
    if unknown:
        raise UnknownField("mentions", f"There is nobody called '{unknown[0]}' here.")
    deciding.emit(ev.CommentAdded(text=text, mentions=list(ask.mentions), activation=ask.activation))
    if ask.mentions:
        deciding.emit(ev.PeopleNotified(to=list(ask.mentions), what="mention", text=text, activation=ask.activation))


def note_forecast(deciding: Deciding, ask: ask_.NoteForecast) -> None:
    if not deciding.case.is_open:
        return  # it has ended meanwhile: nothing is left to say
    ends = to_instant(ask.ends_at)
    deciding.emit(ev.ForecastNoted(ends_at=ends, begins=dict(ask.begins)))
    for text, people in ask.told:
        if people:
            deciding.emit(ev.PeopleNotified(to=list(people), what="forecast", text=text))


def tell_people(deciding: Deciding, ask: ask_.TellPeople) -> None:
    if ask.people:
        deciding.emit(ev.PeopleNotified(to=list(ask.people), what=ask.what, text=ask.text))


def _reason(reason: str) -> None:
    if not reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
