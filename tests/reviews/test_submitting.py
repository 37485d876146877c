"""Submitting: what was read, until the last second, on trial, its receipt and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actions.uploads import append_chunk, begin_upload, finish_upload
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Notification
from reviews.actions import submit_application, submit_on_trial
from reviews.actions.filing import digest_of_declaration
from reviews.actions.moving import Corrections
from reviews.models import Case
from tests import scenario
from tests.factories import World, make_world
from tests.papers import PDF
from tests.reviews.asking import followed, get, post, text
from towns.actions import (
    attach_request,
    grant_extension,
    hand_over,
    save_answer,
    save_overview,
    send_back_to_filer,
)
from towns.actions.on_behalf import start_on_behalf
from towns.models import Application, Round, Submission
from towns.queries import declared_now

pytestmark = pytest.mark.django_db
PLEDGE = {"pledge": "on", "accept_unmet": "on"}


@pytest.fixture
def world() -> World:
    return make_world()


class Undone(Exception):
    """What was tried is taken back."""


def submits(world: World, application: Application) -> bool:
    """Whether it can be submitted now; taken back at once."""
    try:
        with transaction.atomic():
            submit_application(actor=world.actor("puxian.submitter"), application=application)
            raise Undone
    except Undone:
        return True
    except Refused:
        return False


def test_only_what_was_read_is_submitted(world: World) -> None:
    application = scenario.ready(world, "county")
    filer, submitter = world.actor("puxian.filer"), world.actor("puxian.submitter")
    page = get(submitter, "application-submit", application.pk)
    seen = page.context["form"]["seen"].value()
    assert seen == digest_of_declaration(declared_now(application))
    for words in ("截止", "由县级领导小组办公室办理“县级受理”", "不能再修改", "填报人已作出的承诺"):
        assert words in text(page)

    # It goes back, is changed and handed over again while the submitter's page stands open.
    send_back_to_filer(actor=submitter, application=application, reason="请核对")
    save_overview(
        actor=filer,
        application=application,
        contact="李四",
        contact_phone="0357-5322001",
        summary="改过。",
    )
    hand_over(actor=filer, application=application)
    answer = followed(submitter, "application-submit", application.pk, seen=seen, **PLEDGE)
    assert "打开本页以后，申报内容有改动，没有提交" in answer
    assert "李四" in answer
    assert not Case.objects.exists()
    now = get(submitter, "application-submit", application.pk).context["form"]["seen"].value()
    assert "申报已提交" in followed(
        submitter, "application-submit", application.pk, seen=now, **PLEDGE
    )
    application.refresh_from_db()
    assert application.snapshot_sha256 == now
    # The same form again, from wherever: led to the receipt, nothing is made twice.
    again = followed(submitter, "application-submit", application.pk, seen=seen, **PLEDGE)
    assert "无需重复提交" in again and application.number in again
    assert Case.objects.count() == Submission.objects.count() == 1


def test_until_the_last_second_an_extension_and_an_upload_under_way(world: World) -> None:
    application = scenario.ready(world, "county")
    call, closing = application.round, application.round.closing
    inside = closing + timedelta(microseconds=999_999)
    with clock.at(inside):
        assert submits(world, application)
    with clock.at(closing + timedelta(seconds=1)):
        assert not submits(world, application)
        answer = post(
            world.actor("puxian.submitter"), "application-submit", application.pk, **PLEDGE
        )
        assert answer.status_code == 403
    until = closing + timedelta(days=2)
    with transaction.atomic():
        grant_extension(
            actor=world.actor("puxian.office_director"),
            call=call,
            town=application.town,
            until=until,
            reason="停电",
            approver="王主任",
        )
        with clock.at(until + timedelta(microseconds=999_999)):
            assert submits(world, application)
        with clock.at(until + timedelta(seconds=1)):
            assert not submits(world, application)
        transaction.set_rollback(True)


def test_a_request_under_way_at_the_end_can_still_be_handed_in(world: World) -> None:
    filer = world.actor("puxian.filer")
    application = scenario.ready(world, "county")
    call, closing = application.round, application.round.closing
    late = closing + timedelta(minutes=5)
    application = send_back_to_filer(actor=filer, application=application)
    with clock.at(closing - timedelta(seconds=10)):
        upload = begin_upload(actor=filer, name="请示.pdf", size=len(PDF) + 1)
    with clock.at(late):
        upload = append_chunk(actor=filer, upload=upload, offset=0, content=PDF + b"\n")
        finish_upload(actor=filer, upload=upload)
        with pytest.raises(Refused, match="已截止"):
            hand_over(actor=filer, application=application)
        attach_request(actor=filer, application=application, number="新文号", key=str(upload.pk))
        hand_over(actor=filer, application=application)
        assert submits(world, application)
    with clock.at(closing + timedelta(minutes=call.upload_grace, seconds=1)):
        assert not submits(world, application)


def test_on_trial_it_is_frozen_and_assessed_and_nothing_else_happens(world: World) -> None:
    call = world.rounds["county"]
    Round.objects.filter(pk=call.pk).update(trial=True)
    call.refresh_from_db()
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    application = start_on_behalf(actor=clerk, town=world.towns["puxian"], call=call)
    save_overview(
        actor=clerk,
        application=application,
        contact="甲",
        contact_phone="0357-5322001",
        summary="试填。",
    )
    for criterion in spec_of(application.criteria_set).criteria:
        save_answer(actor=clerk, application=application, criterion=criterion.key, text="试填。")
    hand_over(actor=clerk, application=scenario.complete(world, application, clerk))
    with pytest.raises(Refused, match="试填"):
        submit_application(actor=checker, application=application)
    with pytest.raises(Refused, match="不能是同一人"):
        submit_on_trial(actor=clerk, application=application)
    told = Notification.objects.count()
    assert "试运行" in text(get(checker, "application-submit", application.pk))
    page = followed(checker, "application-submit", application.pk, **PLEDGE)
    assert "不作为受理凭据" in page and "没有受理编号" in page
    application.refresh_from_db()
    assert (application.state, application.number, application.revision) == ("submitted", "", 1)
    assert application.snapshot["summary"] == "试填。"
    assert application.assessments.count() == 1
    assert not Case.objects.exists() and not Submission.objects.exists()
    assert Notification.objects.count() == told
    with pytest.raises(Stale, match="无需重复"):
        submit_on_trial(actor=checker, application=application)
    entries = LedgerEntry.objects.filter(verb="submit_on_trial")
    assert entries.get().audience == "unit"
    assert (
        get(world.actor("puxian.filer"), "application-receipt", application.pk).status_code == 404
    )


def heads(world: World, name: str) -> list[str]:
    """What the office of somebody was told of submissions, newest first."""
    rows = Notification.objects.filter(
        office=world.actor(name).office, kind__in=("submission", "receipt")
    )
    return list(rows.values_list("title", flat=True))


def test_receipt_and_notifications_of_a_submission_and_a_resubmission(world: World) -> None:
    filer, submitter = world.actor("puxian.filer"), world.actor("puxian.submitter")
    Round.objects.filter(pk=world.rounds["county"].pk).update(
        contact="赵科长", contact_phone="0357-5320000", step_days={"county_accept": 5}
    )
    world.rounds["county"].refresh_from_db()
    case = scenario.file(world, "county")
    scenario.decide(
        world, case, "return", "请更正", corrections=Corrections({"contact": "写手机号"}, 3)
    )
    application = Application.objects.get(pk=case.application_id)
    save_overview(
        actor=filer,
        application=application,
        contact="赵六",
        contact_phone=application.contact_phone,
        summary=application.summary,
    )
    scenario.complete(world, application)
    hand_over(actor=filer, application=application)
    submit_application(actor=submitter, application=application)

    assert [("重新" in head) for head in heads(world, "puxian.clerk")] == [True, False]
    assert [("重新" in head) for head in heads(world, "puxian.filer")] == [True, False]
    assert all(case.number in head for head in heads(world, "puxian.filer"))
    assert not heads(world, "linfen.clerk")

    application.refresh_from_db()
    page = get(submitter, "application-receipt", application.pk)
    assert application.submitted_at is not None
    moment = timezone.localtime(application.submitted_at)
    shown = text(page)
    for words in (
        case.number,
        f"{moment:%Y-%m-%d %H:%M:%S}",
        application.snapshot_sha256,
        "第 2 次提交",
        "第 1 次补正",
        "赵科长 0357-5320000",
        "history.pdf",
        "蒲政请〔2026〕12号",
        "5 个工作日",
        "未载明",
    ):
        assert words in shown, words
    steps: list[dict[str, Any]] = page.context["steps"]
    assert [row["name"] for row in steps] == [step.name for step in case.chain.steps]


def test_what_is_missing_is_asked_for_again_at_submission(world: World) -> None:
    """An application that waits for its submitter without request and promises goes back."""
    application, submitter = scenario.ready(world, "county"), world.actor("puxian.submitter")
    Application.objects.filter(pk=application.pk).update(
        request_file=None, request_number="", commitments=[]
    )
    with pytest.raises(ValidationError, match="请退回填报人补齐") as refused:
        submit_application(actor=submitter, application=application)
    assert "加盖公章的申报请示" in str(refused.value) and "作出承诺" in str(refused.value)
    assert not Case.objects.exists()
    page = post(submitter, "application-submit", application.pk, **PLEDGE)
    assert page.status_code == 422 and "作出承诺" in text(page)
