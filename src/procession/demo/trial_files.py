"""Reads what a history file says of a version that is tried with some.

```yaml
pilot:
  finds: Tickets end about a third sooner.   # the effect that is planted, in words
  begun: 50                                  # days ago
  by: felix
  share: 0.5                                 # of the cases that begin since, by lot
  why: A ticket waits for a name.
  change: {at: "In progress:", from: "assign: group:support", to: "assign: least busy of group:support"}
  places:                                    # where cases go otherwise than without the change
    support-ticket/in-progress: {looks: 1 hour}
  feedback: {share: 0.1, better: 0.8, when better: [I knew it was mine.], when not: [It came at a bad time.]}
```
The changed definition is the text of the one for everybody with one place of it written otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from procession.demo.company import EMPLOYEES
from procession.demo.habits import Place
from procession.demo.history_file import Feedback, Trial
from procession.demo.looking import At
from procession.engine.definition import Definition, Workflow
from procession.interchange.yaml import read

_KEYS = ("finds", "begun", "by", "share", "why", "change", "places", "feedback")


def trial_of(at: At, definition: Definition, text: str, place: Callable[[str, At], tuple[str, Place]]) -> Trial:
    """The version that is tried. Raises HistoryFileError.

    Args:
        text: how the definition for everybody is written.
        place: reads a place of the file.
    """
    at.only(_KEYS)
    changed_text, changed = _changed(at.need("change"), definition, text)
    begun, share = at.need("begun"), at.need("share")
    if begun.number <= 0:
        raise begun.wrong(f"{begun.text} days ago is not in the past.", "write a number above 0")
    if not 0 < share.share < 1:
        raise share.wrong("A share of all or of nothing leaves nothing to compare.", "write 0.5 for one half")
    return Trial(
        finds=at.need("finds").text,
        begun=begun.number,
        by=at.need("by").name_among((one.id for one in EMPLOYEES), "person"),
        share=share.share,
        why=at.need("why").text,
        text=changed_text,
        definition=changed,
        places=dict(place(name, one) for name, one in at.entries("places")),
        feedback=_feedback(at.need("feedback")),
    )


def _changed(at: At, definition: Definition, text: str) -> tuple[str, Definition]:
    at.only(("at", "from", "to"))
    mark, before, after = at.need("at"), at.need("from"), at.need("to")
    head, found, tail = text.partition(mark.text)
    if not found:
        raise mark.wrong(f"{mark.text!r} does not stand in {definition.id}.", "copy the words from the definition")
    if before.text not in tail:
        raise before.wrong(f"{before.text!r} does not stand below {mark.text!r}.", "copy the words from the definition")
    changed = head + found + tail.replace(before.text, after.text, 1)
    got = read(changed, at.file)
    errors = [one for one in got.findings if one.severity == "error"]
    if errors or not isinstance(got.definition, Workflow):
        said = errors[0].sentence if errors else "It is no workflow."
        raise after.wrong(f"With the change {definition.id} cannot be read: {said}", errors[0].hint if errors else None)
    return changed, got.definition


def _feedback(at: At) -> Feedback:
    at.only(("share", "better", "when better", "when not"))
    return Feedback(
        share=at.need("share").share,
        better=at.need("better").share,
        when_better=_texts(at.need("when better")),
        when_not=_texts(at.need("when not")),
    )


def _texts(at: At) -> tuple[str, ...]:
    """Texts, of which null is none."""
    found = tuple(one.text if one.value is not None else "" for one in at.items)
    if not found:
        raise at.wrong("The list is empty.", "write at least one answer, or [null]")
    return found
