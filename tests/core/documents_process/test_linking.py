"""Correction, supersession, revocation: new documents, linked both ways, with their effects."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actions.documents import (
    Draft,
    begin_document,
    discard_document,
    draft_on,
    issue_document,
    revise_document,
    send_for_check,
)
from portal.core.actions.documents.delivering import deliver_document, remind_unread
from portal.core.actions.documents.linking import standing_of
from portal.core.document_queries import find_document
from portal.core.document_tables import steps
from portal.core.documents.kinds import Texts
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import Delivery, DocumentLink, LedgerEntry, OfficialDocument
from portal.core.rendition_queries import what_became_of
from portal.core.web import office_url
from tests.core.documents_process.papers import issued as paper
from tests.factories import World, client_of, make_world
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
    # The organ is said once: that of the new document.
    assert notice.title.startswith(notice.organ)
    inner = notice.title.removeprefix(notice.organ)
    assert draft.title == f"{notice.organ}关于更正《{inner}》的通知"
    assert f"《{notice.title}》（{notice.number}）" in draft.body
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


def test_revoking_the_superseding_notice_ends_what_the_first_one_certified(world: World) -> None:
    notice = certified(world)
    second = issue(world, act_on(world, notice, "supersedes"))
    third = issue(world, act_on(world, second, "supersedes"))
    inner = notice.title.removeprefix(notice.organ)
    assert third.title == f"{notice.organ}关于替代《关于替代〈{inner}〉的通知》的通知"
    assert Certification.objects.get().state == "valid"
    revocation = issue(world, act_on(world, third, "revokes"))
    row = Certification.objects.get()
    assert (row.state, row.document) == ("revoked", notice)
    # Each of the chain says so once.
    for pk in (notice.pk, second.pk, third.pk):
        chain = f"core.officialdocument:{pk}"
        entry = LedgerEntry.objects.get(chain=chain, verb="revokes")
        assert revocation.number in entry.summary
        assert first_broken_link(chain) is None
    assert second.number in LedgerEntry.objects.get(
        chain=f"core.officialdocument:{notice.pk}", verb="revokes"
    ).summary  # fmt: skip


@pytest.mark.parametrize("how", ["corrects", "revokes"])
def test_what_only_acts_on_another_is_corrected_and_nothing_else(world: World, how: str) -> None:
    notice = paper(world)
    later = issue(world, act_on(world, notice, how))
    word = "须另行印发新的公文" if how == "revokes" else "直接对原文"
    for relation in ("revokes", "supersedes"):
        with pytest.raises(ValidationError, match=word) as caught:
            act_on(world, later, relation)
        assert list(caught.value.message_dict) == ["relation"]
    corrected = issue(world, act_on(world, later, "corrects"))
    link = standing_of(later)
    assert link is not None and link.document == corrected
    # The page of the choice says the same.
    clerk = world.of_office(later.office, "clerk")
    address = office_url(clerk, "document-act-on", later.pk)
    answer = client_of(clerk).post(address, {"relation": "revokes", "reason": "有误"})
    assert answer.status_code == 422 and word in answer.content.decode()


def test_who_had_the_first_one_gets_the_later_one(world: World) -> None:
    notice = certified(world, "province")
    county = world.actor(f"{world.county_of('province')}.clerk")
    other = world.actor("xixian.clerk")
    assert other.office is not None
    sender = world.of_office(notice.office, "clerk")
    deliver_document(actor=sender, document_id=notice.pk, office_ids=[other.office.pk])
    had = set(notice.deliveries.values_list("office_id", flat=True))
    draft = act_on(world, notice, "corrects")
    assert find_document(other, draft.pk) is None
    correction = issue(world, draft)
    assert set(correction.deliveries.values_list("office_id", flat=True)) == had
    assert correction.number in client_of(other).get(
        office_url(other, "document", notice.pk)
    ).content.decode()  # fmt: skip
    # Whoever reads the notice for its town reads what came of it, sent or not.
    revocation = issue(world, act_on(world, notice, "revokes"))
    for later in (correction, revocation):
        Delivery.objects.filter(document=later).delete()
        assert find_document(county, later.pk) == later
        assert find_document(other, later.pk) is None


def test_a_long_title_and_one_without_number(world: World) -> None:
    long = paper(world, title="关于" + "做好专业镇培育" * 27 + "的通知")
    assert len(long.title) == 194
    draft = act_on(world, long, "supersedes")
    assert len(draft.title) <= 200 and draft.title.endswith("…》的通知")
    assert long.title in draft.body
    clerk = world.of_office(long.office, "clerk")
    with pytest.raises(ValidationError) as caught:
        draft_on(actor=clerk, target_id=paper(world).pk, relation="corrects", reason="误" * 401)
    assert list(caught.value.message_dict) == ["reason"]
    posted = paper(world, kind="publicity", title="关于拟认定专业镇名单的公示")
    day = posted.issued_on
    assert day is not None and not posted.number
    body = act_on(world, posted, "corrects").body
    assert f"《{posted.title}》（{day.year}年{day.month}月{day.day}日公示）" in body


def test_bare_numerals_and_minutes_without_people_are_not_sent(world: World) -> None:
    clerk = world.actor("puxian.clerk")

    def begun(kind: str, body: str, people: object = ()) -> OfficialDocument:
        content = {"attachments": [], "people": people}
        draft = Draft(Texts("关于测试的通知", "各有关单位", body), content)
        return begin_document(actor=clerk, kind=kind, draft=draft)

    for bare in ("一、", "（二）", "1.", "（3）。"):
        document = begun("notice", f"现将有关事项通知如下：\n\n{bare}\n一、请办理。")
        with pytest.raises(ValidationError, match="正文第2段") as caught:
            send_for_check(actor=clerk, document_id=document.pk)
        assert f"“{bare}”只有序号" in caught.value.messages[0]
    minutes = begun("minutes", "会议研究了有关事项。", [["请假", "王五"], ["出席", " "]])
    with pytest.raises(ValidationError, match="出席"):
        send_for_check(actor=clerk, document_id=minutes.pk)
    texts = Texts("专业镇会议纪要", "", "会议研究了有关事项。")
    revise_document(
        actor=clerk, document_id=minutes.pk, draft=Draft(texts, {"people": [["出席", "张三"]]})
    )
    assert send_for_check(actor=clerk, document_id=minutes.pk).state == "checking"


def test_what_has_ended_is_neither_acted_on_nor_urged(world: World) -> None:
    notice = paper(world)
    clerk, other = world.of_office(notice.office, "clerk"), world.actor("xixian.clerk")
    assert other.office is not None
    deliver_document(actor=clerk, document_id=notice.pk, office_ids=[other.office.pk])
    address = office_url(clerk, "document", notice.pk)
    words = ("更正、替代、撤销", "催阅未查阅的单位")

    def offered() -> list[bool]:
        texts = [row["text"] for row in steps.other(clerk, notice)]
        page = client_of(clerk).get(address).content.decode()
        return [words[0] in texts, words[1] in page]

    correction = issue(world, act_on(world, notice, "corrects"))
    assert offered() == [True, True]
    revocation = issue(world, act_on(world, notice, "revokes"))
    assert offered() == [False, False]
    assert [row.document for row in what_became_of(notice)] == [revocation, correction]
    with pytest.raises(Stale, match=revocation.number):
        remind_unread(actor=clerk, document_id=notice.pk)
    page = client_of(clerk).get(office_url(clerk, "document-act-on", notice.pk), follow=True)
    assert page.redirect_chain[0][0] == address
    assert f"公文已经印发：{revocation.number}" in page.content.decode()
