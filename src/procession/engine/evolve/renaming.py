"""Steps of a case that are called otherwise in the version it moves to: everything that the case knows of them goes along."""

from __future__ import annotations

from collections.abc import Mapping

from procession.engine.case import Activation, Case

_LISTS = ("ran", "ended", "passed", "touched")
"""What an activation knows of branches, which are named by their first step."""


def rename_steps(case: Case, steps: Mapping[str, str]) -> None:
    """Give every place of the case that names a step its new name.

    Args:
        steps: old → new id.
    """

    def new(name: str) -> str:
        return steps.get(name, name)

    for name, one in list(case.activations.items()):
        if _names(one) & steps.keys():
            twin = case.changing(name)
            twin.step, twin.branch = new(one.step), new(one.branch)
            for attribute in _LISTS:
                setattr(twin, attribute, [new(branch) for branch in getattr(one, attribute)])
    case.visits = {new(step): count for step, count in case.visits.items()}
    case.last = {new(step): outcome for step, outcome in case.last.items()}
    case.did = {new(step): people for step, people in case.did.items()}
    case.loops = {"/".join(map(new, place.split("/"))): count for place, count in case.loops.items()}
    for name, incident in list(case.incidents.items()):
        step = incident.step
        if step is not None and step in steps:
            twin_of = incident.copied()
            twin_of.step = new(step)
            case.incidents = {**case.incidents, name: twin_of}


def _names(one: Activation) -> set[str]:
    found = {one.step, one.branch}
    return found.union(one.ran, one.ended, one.passed, one.touched)
