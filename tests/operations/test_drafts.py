"""Drafts of definitions: kept right or wrong, by owners only, and never overwritten unread."""

from __future__ import annotations

import pytest

from procession.engine.rejections import Conflict, Forbidden, NotFound
from tests.operations.conftest import PURCHASE, Office

WRONG = [{"name": "purchase.yaml", "text": "workflow: purchase\nsteps: nonsense\n"}]


def test_a_draft_begins_with_what_is_published(office: Office) -> None:
    draft = office.ask("bo", "draft.get", definition="purchase")
    assert [one.text for one in draft.files] == [PURCHASE]
    assert (draft.revision, draft.based_on, draft.saved_by) == (0, 1, None)


def test_a_draft_is_kept_however_wrong_it_is_and_publishes_nothing(office: Office) -> None:
    saved = office.ask("bo", "draft.save", definition="purchase", files=WRONG, revision=0)
    assert (saved.revision, saved.saved_by.id) == (1, "bo")
    again = office.ask("finn", "draft.get", definition="purchase")
    assert [one.text for one in again.files] == [WRONG[0]["text"]]
    assert office.ask("bo", "definition.get", definition="purchase").text == PURCHASE


def test_what_a_colleague_saved_since_is_not_overwritten(office: Office) -> None:
    office.ask("bo", "draft.save", definition="purchase", files=WRONG, revision=0)
    office.ask("finn", "draft.save", definition="purchase", files=WRONG, revision=1)
    with pytest.raises(Conflict, match="changed this draft at"):
        office.ask("bo", "draft.save", definition="purchase", files=WRONG, revision=1)
    with pytest.raises(Conflict):
        office.ask("bo", "draft.save", definition="purchase", files=WRONG, revision=0)
    assert office.ask("bo", "draft.get", definition="purchase").revision == 2


def test_a_draft_that_was_discarded_is_not_saved_again(office: Office) -> None:
    office.ask("bo", "draft.save", definition="purchase", files=WRONG, revision=0)
    office.ask("bo", "draft.discard", definition="purchase")
    assert office.ask("bo", "draft.get", definition="purchase").revision == 0
    with pytest.raises(Conflict, match="published or discarded"):
        office.ask("bo", "draft.save", definition="purchase", files=WRONG, revision=1)


def test_drafts_are_for_owners(office: Office) -> None:
    with pytest.raises(Forbidden, match="the group finance or an administrator"):
        office.ask("ana", "draft.get", definition="purchase")
    with pytest.raises(NotFound):
        office.ask("bo", "draft.get", definition="nothing")
