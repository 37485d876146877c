"""Every action of the reviews app, called by people whose business it is not.

The pages answer strangers with 404 before an action is reached (``tests/test_access.py``); the
actions hold by themselves, whoever calls them and with whatever keys.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from portal.core import clock
from portal.core.actions.documents import (
    Draft,
    check_document,
    discard_document,
    draft_on,
    issue_document,
    recall_document,
    return_for_revision,
    revise_document,
    send_for_check,
    set_cosigners,
    void_number,
)
from portal.core.actor import PUBLIC, Actor
from portal.core.documents.kinds import Texts
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from reviews.actions import (
    ask_units,
    assign_experts,
    close_notice,
    convene_meeting,
    decide_step,
    draft_certification,
    give_opinion,
    publish_notice,
    record_meeting,
    save_scores,
    submit_application,
    withdraw_application,
)
from reviews.models import Case
from tests import scenario
from tests.factories import World, make_world
from towns.models import Application

pytestmark = pytest.mark.django_db

Call = Callable[[Actor], object]
# Posts of the neighbour county, of a county of another city, above, below and beside.
STRANGERS = (
    "xixian.clerk", "xixian.office_director", "xixian.submitter", "xixian.expert", "xixian.member",
    "zezhou.office_director", "jincheng.office_director", "puxian.filer", "puxian.auditor",
    "puxian.system_admin",
)  # fmt: skip


@pytest.fixture
def world() -> World:
    return make_world()


def refused_to_all(world: World, call: Call, *others: str) -> None:
    """Nobody of these may do it, and nothing is entered in the ledger."""
    entries = LedgerEntry.objects.count()
    for name in (*STRANGERS, *others):
        with pytest.raises((Refused, Stale, Application.DoesNotExist)):
            call(world.actor(name))
    with pytest.raises((Refused, Stale, Application.DoesNotExist)):
        call(PUBLIC)
    assert LedgerEntry.objects.count() == entries


def test_submitting_and_withdrawing(world: World) -> None:
    application = scenario.ready(world, "county")
    refused_to_all(
        world,
        lambda actor: submit_application(actor=actor, application=application),
        "puxian.clerk",
        "sx.office_director",
    )
    case = submit_application(actor=world.actor("puxian.submitter"), application=application)
    refused_to_all(
        world,
        lambda actor: withdraw_application(actor=actor, case_id=case.pk, reason="撤"),
        "puxian.clerk",
        "sx.office_director",
    )


@pytest.mark.parametrize("outcome", ["accept", "return", "reject"])
def test_deciding(world: World, outcome: str) -> None:
    case = scenario.file(world, "county")
    run = scenario.open_run(case)
    refused_to_all(
        world,
        lambda actor: decide_step(
            actor=actor,
            case_id=case.pk,
            run_id=run.pk,
            outcome=outcome,
            opinion="理由",
            corrections=scenario.everything(case),
        ),
        "linfen.office_director",
        "sx.office_director",
        "puxian.submitter",
        "puxian.leader",
        "puxian.signer",
    )


def test_asking_and_answering(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    unit = world.actor("puxian.member")
    assert unit.office is not None
    ids = [unit.office.pk]
    refused_to_all(
        world,
        lambda actor: ask_units(actor=actor, case_id=case.pk, office_ids=ids),
        "sx.office_director",
        "puxian.member",
    )
    [opinion] = ask_units(actor=world.actor("puxian.clerk"), case_id=case.pk, office_ids=ids)
    refused_to_all(
        world,
        lambda actor: give_opinion(
            actor=actor, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text=""
        ),
        "puxian.clerk",
        "puxian.member2",
        "sx.member",
    )


def test_assigning_and_scoring(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "expert_scoring")
    expert = world.actor("puxian.expert")
    assert expert.post is not None
    ids = [expert.post.pk]
    refused_to_all(
        world,
        lambda actor: assign_experts(actor=actor, case_id=case.pk, post_ids=ids),
        "sx.office_director",
        "puxian.expert",
    )
    [sheet] = assign_experts(actor=world.actor("puxian.clerk"), case_id=case.pk, post_ids=ids)
    refused_to_all(
        world,
        lambda actor: save_scores(
            actor=actor,
            case_id=case.pk,
            sheet_id=sheet.pk,
            scores={"scale": (Decimal(10), "好")},
            comment="",
            submit=False,
        ),
        "puxian.clerk",
        "puxian.expert2",
        "sx.expert",
    )


def test_units_and_experts_of_another_office_are_not_asked(world: World) -> None:
    """Keys of another office's units and experts in the request give nothing."""
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    clerk, unit = world.actor("puxian.clerk"), world.actor("xixian.member").office
    assert unit is not None
    with pytest.raises(Exception, match="请至少选择一个成员单位"):
        ask_units(actor=clerk, case_id=case.pk, office_ids=[unit.pk])
    case = scenario.drive(world, case, "expert_scoring")
    for name in ("xixian.expert", "puxian.checker"):
        post = world.actor(name).post
        assert post is not None
        with pytest.raises(Exception, match="请至少选择一位专家"):
            assign_experts(actor=clerk, case_id=case.pk, post_ids=[post.pk])


def test_a_criterion_that_the_set_does_not_have_gets_no_mark(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "expert_scoring")
    expert = world.actor("puxian.expert")
    assert expert.post is not None
    [sheet] = assign_experts(
        actor=world.actor("puxian.clerk"), case_id=case.pk, post_ids=[expert.post.pk]
    )
    with pytest.raises(Exception, match="没有这一条"):
        save_scores(
            actor=expert,
            case_id=case.pk,
            sheet_id=sheet.pk,
            scores={"no_such_criterion": (Decimal(9999), "")},
            comment="",
            submit=False,
        )
    assert not sheet.scores.exists()


def test_meetings(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "meeting")
    refused_to_all(
        world,
        lambda actor: convene_meeting(
            actor=actor, case_ids=[case.pk], title="会议", held_on=clock.today()
        ),
        "sx.office_director",
        "puxian.signer",
    )
    meeting = scenario.convene(world, case)
    results = {item.pk: ("approve", "") for item in meeting.items.all()}
    refused_to_all(
        world,
        lambda actor: record_meeting(actor=actor, meeting=meeting, results=results, minutes="记"),
        "sx.office_director",
        "puxian.signer",
    )


def test_public_notices(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "public_notice")
    refused_to_all(
        world,
        lambda actor: publish_notice(
            actor=actor,
            case_ids=[case.pk],
            title="公示",
            body="现予公示。",
            starts_on=clock.today(),
            working_days=5,
            first_day_counts=True,
            contact="某科",
            phone="1",
        ),
        "sx.office_director",
        "puxian.signer",
    )
    notice = scenario.publish(world, case)
    results = {item.pk: ("clear", "") for item in notice.items.all()}
    refused_to_all(
        world,
        lambda actor: close_notice(actor=actor, notice=notice, results=results),
        "sx.office_director",
        "puxian.signer",
    )


def test_documents(world: World) -> None:
    """At every stage of a document; ``inside``: people of the office who may not do this either."""
    case = scenario.drive(world, scenario.file(world, "county"), "issue")
    texts = Texts("通知", "各乡镇", "决定。")

    def refused(call: Call, *inside: str) -> None:
        refused_to_all(world, call, "sx.office_director", *inside)

    refused(
        lambda actor: draft_certification(actor=actor, case_ids=[case.pk], texts=texts),
        "puxian.signer",
    )
    document = scenario.draft_notice(world, case)
    key, draft = document.pk, Draft(texts, document.content)
    for call in (
        lambda actor: revise_document(actor=actor, draft=draft, document_id=key),
        lambda actor: set_cosigners(actor=actor, organs=[], document_id=key),
        lambda actor: send_for_check(actor=actor, document_id=key),
        lambda actor: discard_document(actor=actor, document_id=key),
    ):
        refused(call, "puxian.signer", "puxian.checker")
    send_for_check(actor=world.actor("puxian.clerk"), document_id=key)
    for call in (
        lambda actor: check_document(actor=actor, document_id=key),
        lambda actor: return_for_revision(actor=actor, opinion="请核对", document_id=key),
    ):
        refused(call, "puxian.signer", "puxian.clerk")
    refused(
        lambda actor: recall_document(actor=actor, document_id=key),
        "puxian.signer",
        "puxian.checker",
    )
    check_document(actor=world.actor("puxian.checker"), document_id=key)
    document.refresh_from_db()
    refused(
        lambda actor: issue_document(actor=actor, document=document, issued_on=clock.today()),
        "puxian.clerk",
        "puxian.checker",
    )
    refused(
        lambda actor: draft_on(
            actor=actor, target_id=document.pk, relation="corrects", reason="有误"
        ),
        "puxian.clerk",  # nothing is issued yet
    )
    with pytest.raises(Refused):
        void_number(actor=world.actor("puxian.signer"), word=document.word, reason="占用")
    assert Case.objects.get().state == "open"
