"""Requests for information (补充说明) that do not return the case: ask, answer, take back.

The application stays frozen. What is asked and answered is read by the asking office, those above
it and the town; the ledger, which lower offices read too, says that it was asked and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.actions.uploads import take_uploads
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.calendar import add_working_days
from portal.core.errors import Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload
from portal.core.formatting import cn_date
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from reviews.actions.moving import lock_case, open_run
from reviews.actions.pausing import KIND, pause_term, resume_term
from reviews.inquiry_queries import answering
from reviews.models import Case, Inquiry
from reviews.term_policies import may_answer, may_ask, may_take_back

LONGEST, LONGEST_DAYS, LONGEST_REASON, MOST_FILES = 2000, 60, 200, 20


@transaction.atomic
def ask_information(
    *, actor: Actor, case_id: int, question: str, days: int | None = None, pauses: bool = True
) -> Inquiry:
    """Ask the town of an open case; its filing units are told. One question waits at a time.

    ``days``: working days to answer, without a term when there are none. ``pauses``: the term of
    the step stands still until it is answered or taken back; such a question has a term of its
    own, or a case could stand still for ever and nobody be reminded.
    """
    case = lock_case(actor, case_id)
    require(may_ask(actor, case))
    question = question.strip()
    errors = {}
    if not question or len(question) > LONGEST:
        errors["question"] = f"请写明需要说明的事项，最多 {LONGEST} 字。"
    if days is not None and not 0 < days <= LONGEST_DAYS:
        errors["days"] = f"答复期限为 1 至 {LONGEST_DAYS} 个工作日。"
    elif days is None and pauses:
        errors["days"] = "等待答复期间停止计时的，请填写答复期限；不限期的，请取消停止计时。"
    waiting = case.inquiries.filter(answered_at__isnull=True, closed_at__isnull=True)
    if waiting.exists():
        errors["question"] = "还有一项补充说明没有答复，请等待答复，或者先收回。"
    if errors:
        raise ValidationError(errors)
    office = acting_office(actor)
    inquiry = Inquiry.objects.create(
        case=case,
        run=open_run(case, reader=actor),
        office=office,
        office_name=office.name,
        question=question,
        due_on=add_working_days(clock.today(), days) if days else None,
        pauses=pauses,
        asked_by=acting_user(actor),
        asked_name=actor.name,
        asked_at=clock.now(),
    )
    if pauses:
        pause_term(case)
    hold_in_scope(case, actor)
    term = f"请于{cn_date(inquiry.due_on)}前答复" if inquiry.due_on else "未规定答复期限"
    record(
        actor,
        "ask_information",
        case,
        f"要求申报单位补充说明，{term}{'，等待期间停止计时' if pauses else ''}",
        data={
            "inquiry": inquiry.pk,
            "sha256": hashlib.sha256(question.encode()).hexdigest(),
            "due_on": inquiry.due_on,
            "pauses": pauses,
        },
        scope_code=case.scope_code,
        audience="filer",
    )
    tell(
        answering(case),
        kind=KIND,
        key=f"{KIND}:{inquiry.pk}",
        title=f"请补充说明：{case.town_name}",
        text=f"{office.name}对受理编号 {case.number} 的申报提出了需要说明的事项，{term}。"
        "申报内容不退回，不能修改。",
        url_name="inquiry",
        url_args=[case.pk, inquiry.pk],
    )
    return inquiry


def answer_information(
    *,
    actor: Actor,
    case_id: int,
    inquiry_id: int,
    answer: str,
    files: Iterable[UploadedFile] = (),
    uploads: Iterable[str] = (),
) -> Inquiry:
    """Answer with words and files, all or nothing; the term of the step goes on."""
    prepared, problems = [], []
    for file in files:
        try:
            prepared.append(prepare_upload(file, actor))
        except ValidationError as error:
            problems += error.messages
    if problems:
        raise ValidationError({"file": problems})
    return _answer(actor, case_id, inquiry_id, answer, prepared, list(dict.fromkeys(uploads)))


@transaction.atomic
def _answer(
    actor: Actor,
    case_id: int,
    inquiry_id: int,
    answer: str,
    prepared: list[Prepared],
    uploads: list[str],
) -> Inquiry:
    case, inquiry = _lock(actor, case_id, inquiry_id)
    if not inquiry.is_open:
        raise Stale(_gone(inquiry))
    require(may_answer(actor, inquiry))
    answer = answer.strip()
    if not answer or len(answer) > LONGEST:
        raise ValidationError({"answer": f"请填写说明，最多 {LONGEST} 字。"})
    if len(prepared) + len(uploads) > MOST_FILES:
        raise ValidationError({"file": f"最多附 {MOST_FILES} 份材料。"})
    stored = [keep_upload(row, actor) for row in prepared]
    try:
        stored += take_uploads(uploads, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    inquiry.answer, inquiry.answered_at = answer, clock.now()
    inquiry.answered_by, inquiry.answered_name = acting_user(actor), actor.name
    inquiry.save(update_fields=["answer", "answered_at", "answered_by", "answered_name"])
    for row in {row.pk: row for row in stored}.values():
        inquiry.files.create(file=row, title=row.name[:120])
    waited = resume_term(case, inquiry.run)
    hold_in_scope(case, actor)
    record(
        actor,
        "answer_information",
        case,
        f"答复补充说明{f'，附材料 {len(stored)} 份' if stored else ''}",
        data={
            "inquiry": inquiry.pk,
            "sha256": hashlib.sha256(answer.encode()).hexdigest(),
            "files": [row.sha256 for row in stored],
            "waited": waited,
        },
        scope_code=case.scope_code,
        audience="filer",
    )
    tell(
        [inquiry.office_id],
        kind=KIND,
        key=f"{KIND}-answer:{inquiry.pk}",
        title=f"已答复补充说明：{case.town_name}",
        text=f"受理编号 {case.number}。{_goes_on(case, waited)}",
        url_name="inquiry",
        url_args=[case.pk, inquiry.pk],
    )
    return inquiry


@transaction.atomic
def take_back_inquiry(*, actor: Actor, case_id: int, inquiry_id: int, reason: str) -> Inquiry:
    """Wait no longer; what was asked stays to be read, with the reason."""
    case, inquiry = _lock(actor, case_id, inquiry_id)
    if not inquiry.is_open:
        raise Stale(_gone(inquiry))
    require(may_take_back(actor, inquiry))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise ValidationError({"reason": f"请填写收回的理由，最多 {LONGEST_REASON} 字。"})
    inquiry.closed_at, inquiry.closed_reason = clock.now(), reason
    inquiry.save(update_fields=["closed_at", "closed_reason"])
    waited = resume_term(case, inquiry.run)
    hold_in_scope(case, actor)
    record(
        actor,
        "take_back_inquiry",
        case,
        "收回补充说明的要求",
        data={"inquiry": inquiry.pk, "waited": waited},
        scope_code=case.scope_code,
        audience="filer",
    )
    tell(
        answering(case),
        kind=KIND,
        key=f"{KIND}-closed:{inquiry.pk}",
        title=f"不再需要补充说明：{case.town_name}",
        text=f"{inquiry.organ}已收回补充说明的要求，受理编号 {case.number}。",
        url_name="inquiry",
        url_args=[case.pk, inquiry.pk],
    )
    return inquiry


def _lock(actor: Actor, case_id: int, inquiry_id: int) -> tuple[Case, Inquiry]:
    case = lock_case(actor, case_id)
    inquiry = (
        Inquiry.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("run", "office", "case__application")
        .filter(case=case, pk=inquiry_id)
        .first()
    )
    if inquiry is None:
        raise Stale("没有这项补充说明，或者它不在您的可见范围内。")
    return case, inquiry


def _gone(inquiry: Inquiry) -> str:
    if inquiry.answered_at is not None:
        return "该补充说明已经答复，没有重复保存。"
    return f"该补充说明已经收回（{inquiry.closed_reason}），不再需要答复。"


def _goes_on(case: Case, waited: int) -> str:
    if case.due_on is None:
        return ""
    moved = f"等待 {waited} 个工作日，" if waited else ""
    return f"{moved}办理期限 {cn_date(case.due_on)}。"
