"""Who may see and do what, judged on values alone."""

from __future__ import annotations

import pytest

from procession.engine.case import Activation, Case
from procession.engine.definition import Field, Scope, Start, Workflow
from procession.engine.moment import Person
from procession.engine.rejections import Forbidden, NotAssignee, NotFound, Unauthenticated
from procession.operations import access
from procession.operations.access import NOBODY, Caller


def caller(id_: str, *, groups: tuple[str, ...] = (), roles: tuple[str, ...] = (), admin: bool = False) -> Caller:
    return Caller(kind="person", person=Person(id=id_, name=id_.title(), groups=groups, roles=roles, admin=admin))


ANA = caller("ana")  # the starter
DANA = caller("dana")  # the assignee
CARL = caller("carl")  # a candidate of another task
OLD = caller("old")  # finished a step earlier
FINN = caller("finn", groups=("finance",))  # the owner group
LEA = caller("lea", roles=("lawyer",))
STRANGER = caller("sven")
BOSS = caller("bo", admin=True)
GUEST = Caller(kind="guest", task_id="c1.a3", guest="guest:gus@example.org")


def workflow(*visible_to: str, by: str = "everyone", owner: str | None = "finance", **fields: Field) -> Workflow:
    return Workflow(
        id="w", title="Purchase", fields=fields, start=Start(by=by), body=Scope(name="main", steps=()), owner=owner,
        visible_to=visible_to,
    )  # fmt: skip


def case() -> Case:
    return Case(
        id="c1",
        status="open",
        starter="ana",
        did={"first": ["old"]},
        activations={
            "a1": Activation(step="sign", assignee="dana"),
            "a2": Activation(step="check", candidates=["carl"]),
            "a3": Activation(step="tell", assignee="guest:gus@example.org", guest=True),
        },
    )


SEES = {
    # visible to        ana   dana  carl  old   finn  lea    sven   boss  guest  nobody
    (): (True, True, True, True, True, True, True, True, False, False),
    ("starter",): (True, True, True, True, True, False, False, True, False, False),
    ("group:finance",): (True, True, True, True, True, False, False, True, False, False),
    ("starter", "role:lawyer"): (True, True, True, True, True, True, False, True, False, False),
    ("person:sven",): (True, True, True, True, True, False, True, True, False, False),
    ("members",): (True, True, True, True, True, True, True, True, False, False),
}
CALLERS = (ANA, DANA, CARL, OLD, FINN, LEA, STRANGER, BOSS, GUEST, NOBODY)


@pytest.mark.parametrize("words", SEES)
def test_who_sees_a_case(words: tuple[str, ...]) -> None:
    assert tuple(access.sees(one, case(), workflow(*words)) for one in CALLERS) == SEES[words]


def test_what_one_may_not_see_answers_as_though_it_did_not_exist() -> None:
    with pytest.raises(NotFound):
        access.may_see(STRANGER, case(), workflow("starter"))


def test_the_records_may_know_of_a_task_that_the_case_has_forgotten() -> None:
    assert access.sees(STRANGER, case(), workflow("starter"), had_task=True)


@pytest.mark.parametrize("one", CALLERS)
def test_only_the_owner_group_and_administrators_act_as_owner(one: Caller) -> None:
    if one in (FINN, BOSS):
        access.may_act_as_owner(one, workflow(), "skip steps")
        return
    with pytest.raises(Forbidden, match="Only the group finance or an administrator may skip steps"):
        access.may_act_as_owner(one, workflow(), "skip steps")


def test_a_workflow_without_an_owner_belongs_to_administrators() -> None:
    assert not access.is_owner(caller("x", groups=("",)), workflow(owner=None))
    assert access.is_owner(BOSS, workflow(owner=None))


@pytest.mark.parametrize(("one", "task", "works"), [
    (DANA, "a1", True), (BOSS, "a1", False), (ANA, "a1", False), (FINN, "a1", False), (GUEST, "a1", False),
    (CARL, "a2", True), (DANA, "a2", False), (BOSS, "a2", False), (NOBODY, "a2", False),
    (GUEST, "a3", True), (BOSS, "a3", False),
])  # fmt: skip
def test_nobody_works_on_anothers_task(one: Caller, task: str, works: bool) -> None:
    activation = case().activations[task]
    assert access.works_on(one, f"c1.{task}", activation) is works
    if not works:
        with pytest.raises(NotAssignee):
            access.may_work_on(one, f"c1.{task}", activation)


def test_a_candidate_of_a_claimed_task_may_no_longer_work_on_it() -> None:
    assert not access.works_on(CARL, "c1.a2", Activation(step="check", assignee="dana", candidates=["carl", "dana"]))


def test_a_guest_works_on_no_other_guests_task() -> None:
    other = Caller(kind="guest", task_id="c2.a3", guest="guest:gus@example.org")
    assert not access.works_on(other, "c1.a3", case().activations["a3"])


def test_see_of_a_field_holds_for_administrators_too() -> None:
    salary = Field(name="salary", see=("role:lawyer", "starter"))
    assert [access.sees_field(one, salary, case()) for one in (ANA, LEA, BOSS, DANA, GUEST)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert access.hidden_fields(BOSS, workflow(salary=salary), case()) == {"salary"}


def test_edit_of_a_field_names_who_may_write_it() -> None:
    definition = workflow(level=Field(name="level", edit=("group:finance",)))
    access.may_write(FINN, definition, case(), ["level"])
    with pytest.raises(Forbidden, match="Level may only be written by group:finance"):
        access.may_write(BOSS, definition, case(), ["level"])


@pytest.mark.parametrize(("by", "one", "may"), [
    ("everyone", STRANGER, True), ("group:finance", FINN, True), ("group:finance", STRANGER, False),
    ("role:lawyer", LEA, True), ("nobody", BOSS, False), ("public", STRANGER, True),
])  # fmt: skip
def test_who_may_start(by: str, one: Caller, may: bool) -> None:
    assert access.can_start(one, workflow(by=by)) is may
    if not may:
        with pytest.raises(Forbidden):
            access.may_start(one, workflow(by=by))


def test_a_public_start_needs_no_log_in_and_any_other_does() -> None:
    access.may_start(NOBODY, workflow(by="public"))
    with pytest.raises(Unauthenticated):
        access.may_start(NOBODY, workflow())


def test_a_token_is_held_to_its_scopes() -> None:
    limited = Caller(kind="person", person=BOSS.person, scopes=frozenset({"cases:read"}))
    access.scope(limited, "cases:read")
    with pytest.raises(Forbidden, match="tasks:write"):
        access.scope(limited, "tasks:write")


def test_somebody_who_left_is_nobody() -> None:
    with pytest.raises(Unauthenticated):
        access.member(Caller(kind="person", person=Person(id="x", name="X", active=False)))
