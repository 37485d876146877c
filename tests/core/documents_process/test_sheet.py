"""The drafting sheet: who drafts neither checks nor issues; each act is a line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from portal.core import clock
from portal.core.actions.documents import (
    Draft,
    begin_document,
    check_document,
    cosign_document,
    discard_document,
    issue_document,
    recall_document,
    return_for_revision,
    revise_document,
    send_for_check,
    set_cosigners,
)
from portal.core.actions.documents.sheet import Organ
from portal.core.actor import Actor
from portal.core.document_register_queries import waiting_for
from portal.core.documents.kinds import Texts
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import Notification, OfficialDocument, SheetEntry
from tests.factories import World, make_world

TEXTS = Texts("关于报送年度数据的通知", "各乡镇", "一、报送范围\n全县专业镇。")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def begin(world: World, kind: str = "notice", who: str = "puxian.clerk") -> OfficialDocument:
    """A draft of the county's office."""
    return begin_document(actor=world.actor(who), kind=kind, draft=Draft(TEXTS, {}))


def send(world: World, document: OfficialDocument, who: str = "puxian.clerk") -> OfficialDocument:
    return send_for_check(actor=world.actor(who), document_id=document.pk)


def check(world: World, document: OfficialDocument) -> OfficialDocument:
    checker = world.actor("puxian.checker")
    return check_document(actor=checker, document_id=document.pk, opinion="同意")


def issue(world: World, document: OfficialDocument, who: str = "puxian.signer") -> OfficialDocument:
    return issue_document(
        actor=world.actor(who), document=document, issued_on=clock.today(), opinion="同意印发"
    )


def lines(document: OfficialDocument) -> list[tuple[str, str, str]]:
    """The sheet: step, decision, opinion."""
    return list(document.sheet.values_list("step", "decision", "opinion"))


def test_every_act_is_a_line_with_its_person_and_the_text_it_saw(world: World) -> None:
    document = begin(world)
    send(world, document)
    returned = return_for_revision(
        actor=world.actor("puxian.checker"), document_id=document.pk, opinion="请写明时限"
    )
    assert returned.state == "draft"
    better = TEXTS._replace(body=TEXTS.body + "\n请于月底前报送。")
    revise_document(
        actor=world.actor("puxian.clerk"), document_id=document.pk, draft=Draft(better, {})
    )
    send(world, document)
    assert check(world, document).state == "signing"
    issued = issue(world, document)
    assert lines(issued) == [
        ("draft", "submit", ""),
        ("check", "return", "请写明时限"),
        ("draft", "submit", ""),
        ("check", "agree", "同意"),
        ("issue", "agree", "同意印发"),
    ]
    sheet = list(issued.sheet.all())
    assert [row.revision for row in sheet] == [0, 0, 1, 1, 1]
    assert sheet[1].name == world.actor("puxian.checker").name
    assert sheet[1].post_label == "审核" and sheet[1].organ_name == issued.office.name
    assert first_broken_link(f"core.officialdocument:{document.pk}") is None
    with pytest.raises(IntegrityError, match="只增不改"), transaction.atomic():
        SheetEntry.objects.filter(pk=sheet[0].pk).update(opinion="改")
    with pytest.raises(IntegrityError, match="只增不改"), transaction.atomic():
        SheetEntry.objects.filter(pk=sheet[0].pk).delete()


def test_four_eyes_by_person_whatever_the_post(world: World) -> None:
    """The director may draft, check and issue; not two of them for one text of the own hand."""
    document = begin(world, who="puxian.office_director")
    send(world, document, "puxian.office_director")
    director = world.actor("puxian.office_director")
    with pytest.raises(Refused, match="须由另一人核稿"):
        check_document(actor=director, document_id=document.pk)
    check(world, document)
    with pytest.raises(Refused, match="须由另一人签发"):
        issue(world, document, "puxian.office_director")
    with pytest.raises(Refused, match="须由另一人签发"):
        return_for_revision(actor=director, document_id=document.pk, opinion="重拟")
    # Who changed somebody else's text is one of its writers, too; so is who set its cosigners.
    other = begin(world)
    set_cosigners(actor=director, document_id=other.pk, organs=[])
    send(world, other)
    with pytest.raises(Refused, match="须由另一人核稿"):
        check_document(actor=director, document_id=other.pk)
    # Where the clerk drafts, the director may check and issue: two persons see it.
    third = begin(world)
    send(world, third)
    check_document(actor=director, document_id=third.pk)
    assert issue(world, third, "puxian.office_director").state == "issued"


def test_the_text_rests_while_others_have_it(world: World) -> None:
    document = begin(world)
    clerk = world.actor("puxian.clerk")
    send(world, document)
    for attempt in (
        lambda: revise_document(actor=clerk, document_id=document.pk, draft=Draft(TEXTS, {})),
        lambda: set_cosigners(actor=clerk, document_id=document.pk, organs=[]),
        lambda: send(world, document),
    ):
        with pytest.raises(Refused, match="正在核稿"):
            attempt()
    with pytest.raises(Refused, match="核稿、会签完成后才能签发"):
        issue(world, document)
    assert recall_document(actor=clerk, document_id=document.pk).state == "draft"
    with pytest.raises(Stale, match="现处于"):
        check(world, document)
    with pytest.raises(Stale):
        recall_document(actor=clerk, document_id=document.pk)


def test_a_return_needs_its_reason_and_placeholders_are_filled_first(world: World) -> None:
    document = begin(world)
    clerk = world.actor("puxian.clerk")
    open_text = TEXTS._replace(title="关于【事由】的通知")
    revise_document(actor=clerk, document_id=document.pk, draft=Draft(open_text, {}))
    with pytest.raises(ValidationError, match="“【事由】”还没有填写"):
        send(world, document)
    revise_document(actor=clerk, document_id=document.pk, draft=Draft(TEXTS, {}))
    send(world, document)
    with pytest.raises(ValidationError) as caught:
        return_for_revision(
            actor=world.actor("puxian.checker"), document_id=document.pk, opinion="  "
        )
    assert "opinion" in caught.value.message_dict


# --- joint signature ------------------------------------------------------------------------------


def cosigned(world: World) -> OfficialDocument:
    """Checked, and with a member unit of the county and an organ outside the portal."""
    document = begin(world)
    unit = world.actor("puxian.member").office
    assert unit is not None
    set_cosigners(
        actor=world.actor("puxian.clerk"),
        document_id=document.pk,
        organs=[Organ(unit.name, unit, joint=True), Organ("县税务局")],
    )
    send(world, document)
    return check(world, document)


def sign(world: World, document: OfficialDocument, who: str, place: int, **given: object) -> None:
    row = document.cosigners.all()[place]
    cosign_document(actor=world.actor(who), document_id=document.pk, cosigner_id=row.pk, **given)  # type: ignore[arg-type]
    document.refresh_from_db()


def test_every_organ_signs_before_the_signer(world: World) -> None:
    document = cosigned(world)
    unit = document.cosigners.all()[0]
    assert document.state == "cosigning" and document.joint_organs == [unit.organ_name]
    told = Notification.objects.get(kind="document-cosign")
    assert told.office_id == unit.office_id
    member = world.actor("puxian.member")
    assert OfficialDocument.objects.visible_to(member).get() == document
    for who in ("puxian.clerk", "puxian.member2", "sx.member"):
        with pytest.raises((Refused, Stale)):
            sign(world, document, who, 0, agrees=True)
    sign(world, document, "puxian.member", 0, agrees=True, opinion="无意见")
    assert document.state == "cosigning"
    with pytest.raises(Stale):
        sign(world, document, "puxian.member", 0, agrees=True)
    # What came back on paper is entered by the drafting office, under the organ's name.
    with pytest.raises((Refused, Stale)):
        sign(world, document, "puxian.member", 1, agrees=True)
    # Whoever enters it did not write the text.
    with pytest.raises(Refused, match="须由本办公室另一人登记"):
        sign(world, document, "puxian.clerk", 1, agrees=True)
    with pytest.raises(Refused, match="经办、审核或主任岗位"):
        sign(world, document, "puxian.signer", 1, agrees=True)
    waits = {
        who: waiting_for(world.actor(f"puxian.{who}")).filter(pk=document.pk).exists()
        for who in ("clerk", "checker", "office_director", "signer")
    }
    assert waits == {"clerk": False, "checker": True, "office_director": True, "signer": False}
    sign(world, document, "puxian.checker", 1, agrees=True, opinion="同意（纸质）")
    assert document.state == "signing"
    assert list(document.sheet.values_list("organ_name", flat=True))[-2:] == [
        unit.organ_name,
        "县税务局",
    ]
    assert issue(world, document).state == "issued"
    assert OfficialDocument.objects.visible_to(member).get() == document


def test_a_refused_signature_returns_the_text_and_all_sign_again(world: World) -> None:
    document = cosigned(world)
    with pytest.raises(ValidationError, match="请写明理由"):
        sign(world, document, "puxian.member", 0, agrees=False)
    sign(world, document, "puxian.member", 0, agrees=False, opinion="职责表述不准")
    assert document.state == "draft"
    send(world, document)
    check(world, document)
    assert set(document.cosigners.values_list("state", flat=True)) == {"waiting"}
    # The organ is told in every round.
    assert Notification.objects.filter(kind="document-cosign").count() == 2


def test_nobody_decides_on_a_text_other_than_the_one_that_was_read(world: World) -> None:
    document = begin(world)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    signer, pk = world.actor("puxian.signer"), document.pk
    unit = world.actor("puxian.member").office
    assert unit is not None
    read = document.revision
    better = Draft(TEXTS._replace(body="完全不同的内容。"), {})
    revise_document(actor=clerk, document_id=pk, draft=better)
    for act in (send_for_check, discard_document):
        with pytest.raises(Stale, match="正文已经修改，请重新打开公文核对后再办理"):
            act(actor=clerk, document_id=pk, revision=read)  # type: ignore[operator]
    document.refresh_from_db()
    sent = send_for_check(
        actor=clerk, document_id=pk, organs=[Organ(unit.name, unit)], revision=document.revision
    )
    read = sent.revision
    # Taken back and sent again, as it was.
    recall_document(actor=clerk, document_id=pk, revision=read)
    sent = send(world, document)
    with pytest.raises(Stale, match="正文已经修改"):
        check_document(actor=checker, document_id=pk, revision=read)
    with pytest.raises(Stale, match="正文已经修改"):
        return_for_revision(actor=checker, document_id=pk, opinion="改", revision=read)
    check_document(actor=checker, document_id=pk, revision=sent.revision)
    # A form of an earlier round of joint signatures, of the same text.
    read = sent.revision
    sign(world, document, "puxian.member", 0, agrees=False, opinion="再核", revision=read)
    send(world, document)
    check(world, document)
    with pytest.raises(Stale, match="正文已经修改"):
        sign(world, document, "puxian.member", 0, agrees=True, revision=read)
    document.refresh_from_db()
    sign(world, document, "puxian.member", 0, agrees=True, revision=document.revision)
    with pytest.raises(Stale, match="正文已经修改"):
        return_for_revision(actor=signer, document_id=pk, opinion="改", revision=read)
    with pytest.raises(Stale, match="正文已经修改"):
        recall_document(actor=clerk, document_id=pk, revision=read)
    assert document.state == "signing"


def test_an_organ_is_named_once_and_not_the_drafter_itself(world: World) -> None:
    document = begin(world)
    for organs in ([Organ("县税务局"), Organ("县税务局")], [Organ(document.office.name)]):
        with pytest.raises(ValidationError) as caught:
            set_cosigners(actor=world.actor("puxian.clerk"), document_id=document.pk, organs=organs)
        assert "organs" in caught.value.message_dict


def test_as_many_organs_as_a_document_can_carry(world: World) -> None:
    document, clerk = begin(world), world.actor("puxian.clerk")

    def ask(organs: list[Organ]) -> OfficialDocument:
        return set_cosigners(actor=clerk, document_id=document.pk, organs=organs)

    names = [f"县第{n}局" for n in range(1, 22)]
    assert len(ask([Organ(name, joint=True) for name in names[:4]]).joint_organs) == 4
    for organs, words in (
        ([Organ(name, joint=True) for name in names[:5]], "连同本机关最多 5 个"),
        ([Organ(name) for name in names], "会签机关最多 20 个"),
    ):
        with pytest.raises(ValidationError) as caught:
            ask(organs)
        assert words in str(caught.value.message_dict["organs"])
    assert ask([Organ(name) for name in names[:20]]).cosigners.count() == 20


# --- two at once ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_checkers_at_once_give_one_decision_and_one_clear_message() -> None:
    with transaction.atomic():
        world = make_world()
        document = begin(world)
        send(world, document)

    def attempt(act: Callable[[], object]) -> str:
        try:
            act()
        except (Stale, Refused) as said:
            return str(said)
        finally:
            connection.close()
        return ""

    def agree(actor: Actor) -> object:
        return check_document(actor=actor, document_id=document.pk)

    checkers = [world.actor("puxian.checker"), world.actor("puxian.office_director")]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(attempt, [lambda who=who: agree(who) for who in checkers]))
    assert sorted(bool(words) for words in said) == [False, True]
    assert any("已经有人办理" in words for words in said)
    document.refresh_from_db()
    assert document.state == "signing"
    assert document.sheet.filter(step="check").count() == 1
