"""Reads history files: `NAME.history.yaml` beside the definitions of an example.

```yaml
history: expense-management              # the definition whose cases begin
cases:
  - {begin: 404, days ago: [400, 0]}
finds: Budget approval holds the money up; reimbursement is healthy.
planted:                                 # what holds cases up: which share of visits, for how many working days
  - {at: budget-approval/look-up-the-budget, before: beginning, share: 0.75, days: [3, 9]}
places:                                  # a step, all steps of a workflow, or a handoff into a member
  into reimbursement: {looks: [1 hour, 0.5]}
  budget-approval/agree-to-the-spending: {outcomes: {approve: 0.93, reject: 0.07}}
answers:                                 # definition → field → what people enter (see `answer_files`)
  expense-management:
    occasion: [Supplier fair in Lyon, Customer visit in Warsaw]
```
A time is a median in working time, `1.5 hours`, or the median and the spread of its logarithm, `[1.5 hours, 0.4]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from procession.demo import trouble_files
from procession.demo.answer_files import answer_of, json_of, said_with
from procession.demo.answers import Answer
from procession.demo.company import DEFAULT_PERSON
from procession.demo.habits import Cause, Lying, Place
from procession.demo.history_file import NOTHING, SHIPPED, USUAL_SPAN, History, OnDesk, Plant, Spell, Stuck, Trial
from procession.demo.looking import At, HistoryFileError
from procession.demo.trial_files import trial_of
from procession.engine.definition import Definition, Field, Process, Step, Workflow, walk
from procession.engine.durations import SpanError, parse_span
from procession.engine.steps import step_types
from procession.interchange.neighbours import HISTORIES
from procession.interchange.yaml.nodes import parse

_HOURS: Final = {"minutes": 1 / 60, "hours": 1.0, "business hours": 1.0, "business days": 8.0}
_TOP: Final = (
    "history", "cases", "finds", "planted", "other plants", "places", "answers", "counts", "messages", "desk", "stuck",
    "then",
    "pilot",
)  # fmt: skip
_OF_STEPS: Final = (
    "outcomes", "with", "unanswered", "gives", "fails", "collected", "asked about", "reviewed", "sends back",
)  # fmt: skip
_PLACE: Final = ("looks", "begins", "works", *_OF_STEPS)

Definitions = Mapping[str, Definition]
_T = TypeVar("_T")


def read_histories(folder: Path, definitions: Definitions, texts: Mapping[str, str]) -> tuple[History, ...]:
    """Every history below a folder, in the order of the definitions. Raises HistoryFileError.

    Args:
        texts: how the definitions are written, by id: a version that is tried is one of them with a change in it.
    """
    found: dict[str, History] = {}
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(HISTORIES):
            one = read_history(path.read_text(encoding="utf-8"), str(path), definitions, texts)
            if one.definition in found:
                said = f"{one.definition} has a history in {found[one.definition].file} already."
                raise HistoryFileError(str(path), 1, said, "keep one of the two")
            found[one.definition] = one
    _said_once(found.values())
    return tuple(one for _, one in sorted(found.items()))


def _said_once(histories: Iterable[History]) -> None:
    """No place and no answer stands in two files: which of them counts would be a matter of their order."""
    said: dict[str, str] = {}
    for one in histories:
        fields = [f"{name}.{field}" for name, answers in one.answers.items() for field in answers]
        counts = [f"counts of {name}" for name in one.counts]
        for name in (*one.places, *fields, *one.messages, *counts):
            if name in said:
                raise HistoryFileError(one.file, 1, f"{name} stands in {said[name]} too.", "say it in one of the two")
            said[name] = one.file


def read_history(text: str, file: str, definitions: Definitions, texts: Mapping[str, str]) -> History:
    """One file. Raises HistoryFileError with the line and what would be right."""
    root, wrong = parse(text, file)
    if root is None or wrong:
        first = wrong[0] if wrong else None
        raise HistoryFileError(file, first.line if first else 1, first.sentence if first else "The file is empty.",
                               first.hint if first else "begin with history: and the id of a definition")  # fmt: skip
    return _File(At(file, root), definitions, texts).history()


class _File:
    def __init__(self, root: At, definitions: Definitions, texts: Mapping[str, str]) -> None:
        self.root = root
        self.definitions = definitions
        self.texts = texts
        root.only(_TOP)
        self.id = root.need("history").name_among(definitions, "definition")

    def history(self) -> History:
        root = self.root
        shipped = Plant(finds=root.need("finds").text, causes=self._causes(root.get("planted")))
        others = {name: self._plant(name, one) for name, one in root.entries("other plants")}
        return History(
            definition=self.id,
            file=root.file,
            cases=tuple(self._spell(one) for one in root.need("cases").items),
            plants={SHIPPED: shipped, **others},
            places=dict(self._place(name, one) for name, one in root.entries("places")),
            answers={name: self._answers(name, one) for name, one in root.entries("answers")},
            counts={name: self._count(name, one) for name, one in root.entries("counts")},
            messages={name: one.share for name, one in root.entries("messages")},
            on_desk=tuple(self._on_desk(one) for one in root.list("desk")),
            stuck=tuple(self._stuck(one) for one in root.list("stuck")),
            trial=self._trial(root.get("pilot")),
            following=tuple(
                trouble_files.following(one, self.definitions[self.id], self.definitions) for one in root.list("then")
            ),
        )

    def _trial(self, at: At | None) -> Trial | None:
        if at is None:
            return None
        definition = self.definitions[self.id]
        if not isinstance(definition, Workflow):
            raise at.wrong("The demo tries versions of workflows that stand alone, and this is a process.")
        return trial_of(at, definition, self.texts[self.id], self._place)

    # --- cases --------------------------------------------------------------------------------------------------------

    def _spell(self, at: At) -> Spell:
        at.only(("begin", "days ago", "on"))
        first, last = at.need("days ago").pair()
        if first <= last:
            raise at.wrong(f"From {first:g} to {last:g} days ago is no stretch of time.", "the longer ago comes first")
        on = at.get("on")
        weekday, weeks = trouble_files.rhythm(on) if on else (None, 1)
        return Spell(at.need("begin").whole, first, last, weekday, weeks)

    def _on_desk(self, at: At) -> OnDesk:
        at.only(("step", "due", "with", "starter", "takes", "person"))
        step = self._step_of(self.id, at.need("step"))
        due = at.need("due").name_among(("overdue", "today", "soon"), "due date")
        takes, person, given = at.get("takes"), at.get("person"), at.get("with")
        return OnDesk(
            step=step.id,
            due=due,
            starter=at.need("starter").text,
            values={name: json_of(one) for name, one in given.map()} if given else {},
            span=_hours(takes) if takes else USUAL_SPAN,
            person=person.text if person else DEFAULT_PERSON,
        )

    def _stuck(self, at: At) -> Stuck:
        at.only(("at", "begun"))
        _, step = self._workflow_and_step(at.need("at"))
        return Stuck(step=step.id, days=at.need("begun").number)

    # --- what is planted ----------------------------------------------------------------------------------------------

    def _plant(self, name: str, at: At) -> Plant:
        at.only(("finds", "planted"))
        if name in (SHIPPED, NOTHING):
            raise at.wrong(f"The plant {name!r} is always there.", "choose another name")
        return Plant(finds=at.need("finds").text, causes=self._causes(at.get("planted")))

    def _causes(self, at: At | None) -> tuple[Cause, ...]:
        return tuple(self._cause(one) for one in at.items) if at else ()

    def _cause(self, at: At) -> Cause:
        at.only(("at", "share", "days", "before", "after", "without", "says"))
        place, before, says = at.need("at"), at.get("before"), at.get("says")
        after, without = at.get("after"), at.get("without")
        workflow = place.text.partition("/")[0]
        least, most = at.need("days").pair()
        if least > most:
            raise at.wrong(f"From {least:g} to {most:g} days is no range.", "the smaller number comes first")
        return Cause(
            place=self._place_name(place.text, place),
            share=at.need("share").share,
            least=least,
            most=most,
            before=before.name_among(("looking", "beginning"), "moment") if before else "looking",
            after=self._step_of(workflow, after).id if after else "",
            without=without.name_among(self.definitions[workflow].fields, f"field of {workflow}") if without else "",
            says=says.text if says else "",
        )

    # --- places -------------------------------------------------------------------------------------------------------

    def _place_name(self, name: str, at: At) -> str:
        if name.startswith("into "):
            process = self.definitions[self.id]
            member = name.removeprefix("into ")
            members = tuple(process.members) if isinstance(process, Process) else ()
            if member not in members:
                raise at.unknown(member, members, f"member of {self.id}")
            return f"into {self.id} {member}"
        workflow, _, step = name.partition("/")
        if workflow not in self.definitions:
            raise at.unknown(workflow, self.definitions, "definition")
        if step:
            self._step_of(workflow, at, step)
        return name

    def _place(self, name: str, at: At) -> tuple[str, Place]:
        at.only(_PLACE)
        place = self._place_name(name, at)
        workflow, _, step_id = place.partition("/")
        step = self._step_of(workflow, at, step_id) if step_id else None
        for key in _OF_STEPS:
            if step is None and at.get(key):
                raise at.wrong(f"{key} belongs to a step, and {name} is none.", "name it as workflow/step")
        fields: Mapping[str, Field] = self.definitions[workflow].fields if step is not None else {}
        collected, asked, reviewed, back = (
            at.get(key) for key in ("collected", "asked about", "reviewed", "sends back")
        )
        return place, Place(
            looks=_lying(at.get("looks")),
            begins=_lying(at.get("begins")),
            works=_lying(at.get("works")),
            outcomes=self._outcomes(step, at.get("outcomes"), lambda one: one.number),
            together=self._outcomes(
                step, at.get("with"), lambda one: {n: said_with(v, fields.get(n)) for n, v in one.map()}
            ),
            unanswered=_share(at.get("unanswered")),
            gives={key: answer_of(one) for key, one in at.entries("gives")},
            fails=_share(at.get("fails")),
            collected=trouble_files.weekly(collected) if collected else None,
            asked=trouble_files.asking(asked, _hours) if asked else None,
            reviewed=trouble_files.review(reviewed) if reviewed else None,
            sends_back=(
                trouble_files.sending_back(back, lambda one: self._step_of(workflow, one).id) if back else None
            ),
        )

    def _outcomes(self, step: Step | None, at: At | None, value: Callable[[At], _T]) -> dict[str, _T]:
        if at is None or step is None:
            return {}
        offered = step_types()[step.kind].outcomes(step)
        for name, one in at.map():
            if name not in offered:
                raise one.unknown(name, offered, f"outcome of {step.title}")
        return {name: value(one) for name, one in at.map()}

    def _workflow_and_step(self, at: At) -> tuple[str, Step]:
        workflow, _, step = at.text.partition("/")
        if workflow not in self.definitions:
            raise at.unknown(workflow, self.definitions, "definition")
        return workflow, self._step_of(workflow, at, step)

    def _step_of(self, workflow: str, at: At, step: str | None = None) -> Step:
        definition = self.definitions[workflow]
        steps = {one.id: one for one in walk(definition.body)} if isinstance(definition, Workflow) else {}
        wanted = at.text if step is None else step
        if wanted not in steps:
            raise at.unknown(wanted, steps, f"step of {workflow}")
        return steps[wanted]

    # --- answers ------------------------------------------------------------------------------------------------------

    def _answers(self, name: str, at: At) -> dict[str, Answer]:
        if name not in self.definitions:
            raise at.unknown(name, self.definitions, "definition")
        fields = self.definitions[name].fields
        found: dict[str, Answer] = {}
        for key, one in at.map():
            if key not in fields:
                raise one.unknown(key, fields, f"field of {name}")
            found[key] = answer_of(one, fields[key])
        return found

    def _count(self, name: str, at: At) -> Answer:
        """What `count of cases` of a definition answers: a whole number."""
        if name not in self.definitions:
            raise at.unknown(name, self.definitions, "definition")
        return answer_of(at, Field(name=name, type="integer"))


def _lying(at: At | None) -> Lying | None:
    if at is None:
        return None
    if not at.is_list:
        return Lying(_hours(at))
    if len(at.items) != 2:
        raise at.wrong("A time with its spread is a list of two.", "write [1.5 hours, 0.4]")
    median, spread = at.items
    if not 0 < spread.number <= 3:
        raise spread.wrong(f"{spread.number:g} is no spread of a logarithm.", "write a number above 0, up to 3")
    return Lying(_hours(median), spread.number)


def _hours(at: At) -> float:
    """Working hours."""
    try:
        span = parse_span(at.text)
    except SpanError as wrong:
        raise at.wrong(f"{wrong}.", wrong.hint) from wrong
    if span.unit not in _HOURS or not span.amount:
        raise at.wrong(f"{at.text} is no working time above zero.", "write minutes, hours or business days")
    return float(span.amount) * _HOURS[span.unit]


def _share(at: At | None) -> float:
    return at.share if at else 0.0
