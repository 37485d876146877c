"""Correction, supersession, revocation: new documents, linked both ways, with their effects."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actions.documents import discard_document, draft_on, issue_document
from portal.core.actions.documents.linking import standing_of
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import DocumentLink, LedgerEntry, OfficialDocument
from tests.factories import World, make_world
from tests.scenario import drive, file, ready_to_issue
from towns.models import Certification, StageMove, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def certified(world: World, level: str = "county") -> OfficialDocument:
    """The issued notice that certified the county's town."""
    drive(world, file(world, level))
    return OfficialDocument.objects.filter(state="issued").latest("pk")


def act_on(world: World, target: OfficialDocument, how: str) -> OfficialDocument:
    clerk = world.of_office(target.office, "clerk")
    reason = "名单中一处县名有误"
    return draft_on(actor=clerk, target_id=target.pk, relation=how, reason=reason)


def issue(world: World, document: OfficialDocument) -> OfficialDocument:
    ready_to_issue(world, document)
    signer = world.of_office(document.office, "signer")
    return issue_document(actor=signer, document=document, issued_on=clock.today())


def test_a_correction_names_the_document_and_both_know_each_other(world: World) -> None:
    notice = certified(world)
    draft = act_on(world, notice, "corrects")
    assert notice.title in draft.title and notice.number in draft.body
    assert "名单中一处县名有误，现予更正" in draft.body
    assert (draft.addressees, draft.openness) == (notice.addressees, "open")
    assert standing_of(notice) is None  # nothing is changed by a draft
    issued = issue(world, draft)
    link = standing_of(notice)
    assert link is not None and (link.document, link.relation) == (issued, "corrects")
    assert issued.acts_on.get().target == notice
    for pk in (notice.pk, issued.pk):
        assert first_broken_link(f"core.officialdocument:{pk}") is None
    entry = LedgerEntry.objects.get(chain=f"core.officialdocument:{notice.pk}", verb="corrects")
    assert issued.number in entry.summary
    # What was certified stands, and may be corrected once more.
    assert Certification.objects.get().state == "valid"
    assert act_on(world, notice, "corrects").state == "draft"


def test_a_revoked_notice_certifies_nobody(world: World) -> None:
    notice = certified(world)
    town = Town.objects.get(pk=Certification.objects.get().town_id)
    assert town.stage == "county"
    StageMove.objects.create(
        town=town, stage="cultivating", on=town.stage_moves.latest("on").on - timedelta(days=9),
        created_at=clock.now(),
    )  # fmt: skip
    issued = issue(world, act_on(world, notice, "revokes"))
    row = Certification.objects.get()
    assert (row.state, row.valid_to, row.document) == ("revoked", clock.today(), notice)
    town.refresh_from_db()
    assert town.stage == "cultivating"
    move = town.stage_moves.first()
    assert move is not None and issued.number in move.source
    assert LedgerEntry.objects.filter(verb="end_certification").count() == 1
    for how in ("corrects", "revokes"):
        with pytest.raises(Stale, match=issued.number):
            act_on(world, notice, how)
    # The town may be certified anew.
    again = drive(world, file(world, "county"))
    assert again.outcome == "certified"


def test_a_town_keeps_the_level_that_is_left(world: World) -> None:
    county = certified(world)
    province = certified(world, "province")
    assert county != province
    town = Town.objects.get(pk=Certification.objects.first().town_id)  # type: ignore[union-attr]
    assert town.stage == "province"
    issue(world, act_on(world, province, "revokes"))
    town.refresh_from_db()
    assert town.stage == "county"


def test_one_draft_at_a_time_and_only_of_the_own_issued_documents(world: World) -> None:
    notice = certified(world)
    draft = act_on(world, notice, "supersedes")
    with pytest.raises(Stale, match="已经有一份拟稿"):
        act_on(world, notice, "revokes")
    clerk = world.of_office(notice.office, "clerk")
    with pytest.raises(Refused, match="公文印发后才能"):
        draft_on(actor=clerk, target_id=draft.pk, relation="revokes", reason="有误")
    for who in ("sx.clerk", "xixian.clerk"):
        with pytest.raises((Refused, Stale)):
            draft_on(actor=world.actor(who), target_id=notice.pk, relation="revokes", reason="有误")
    for given, field in (({"reason": " "}, "reason"), ({"relation": "eats"}, "relation")):
        asked = {"relation": "revokes", "reason": "有误"} | given
        discard = OfficialDocument.objects.filter(pk=draft.pk).exists()
        if discard:
            discard_document(actor=clerk, document_id=draft.pk)
        with pytest.raises(ValidationError) as caught:
            draft_on(actor=clerk, target_id=notice.pk, **asked)
        assert field in caught.value.message_dict
    assert not DocumentLink.objects.exists()
