"""Issuing: number, certifications and roster entries in one transaction; a job makes the PDF."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.constants import Can
from portal.core.documents.fonts import FontsUnavailableError
from portal.core.documents.notice import missing_glyphs, render_notice
from portal.core.errors import Stale, require
from portal.core.files import store_bytes
from portal.core.ledger import record
from portal.core.models import Job, OfficialDocument, Rendition, hold_in_scope
from portal.core.numbers import next_number
from reviews.actions.moving import lock_cases, move_case, open_run
from reviews.chain import OUTCOMES, Mode
from reviews.documents import DEFAULT_NOTE, notice_content, stored_content
from reviews.models import StepRun
from reviews.policies import may_collect, may_draft, may_issue, may_take_step
from towns.actions import certify_town, freeze_application
from towns.actions.entries import lock_towns
from towns.constants import Filing


@transaction.atomic
def draft_document(
    *,
    actor: Actor,
    case_ids: list[int],
    title: str,
    addressees: str,
    body: str,
    copy_to: str = "",
    note: str = DEFAULT_NOTE,
) -> OfficialDocument:
    """Draft the certification notice for cases that wait at the issuing step."""
    require(may_collect(actor, Mode.ISSUE, Can.PUBLISH))
    assert actor.office is not None
    cases = lock_cases(actor, case_ids)
    runs = []
    for case in cases:
        if case.current.mode != Mode.ISSUE or case.office_id != actor.office.pk:
            raise Stale(f"{case.town_name}当前不在本办公室的认定环节，请刷新后重新选择。")
        run = open_run(case, reader=actor)
        if run.document_id is not None:
            raise ValidationError({"cases": f"{case.town_name}已列入另一份拟稿。"})
        runs.append(run)
    if not actor.office.document_word:
        raise ValidationError(
            "本办公室还没有设定机关代字（文件未载明），请联系系统管理员设定后再拟稿。"
        )
    document = OfficialDocument.objects.create(
        office=actor.office,
        kind="certification_notice",
        title=title,
        addressees=addressees,
        body=body,
        copy_to=copy_to,
        note=note,
        content=stored_content(actor.office, cases),
        drafted_by=actor.user,
        drafted_name=actor.name,
        created_at=clock.now(),
    )
    hold_in_scope(document, actor)
    StepRun.objects.filter(pk__in=[run.pk for run in runs]).update(document=document)
    for case in cases:
        record(
            actor,
            "draft_document",
            case,
            f"拟稿《{title}》",
            data={"document": document.pk},
            scope_code=case.scope_code,
        )
    return document


def _lock_document(actor: Actor, document_id: int) -> OfficialDocument:
    """The document, locked, from what the actor sees; Stale when it is gone from there."""
    document = (
        OfficialDocument.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .filter(pk=document_id)
        .first()
    )
    if document is None:
        raise Stale("该公文拟稿已撤销。")
    if document.state == "issued":
        raise Stale(f"该公文已印发，文号{document.number}，无需重复办理。")
    return document


@transaction.atomic
def revise_document(
    *,
    actor: Actor,
    document_id: int,
    title: str,
    addressees: str,
    body: str,
    copy_to: str,
    note: str,
) -> OfficialDocument:
    """Change the words of a draft; the list of towns stays."""
    document = _lock_document(actor, document_id)
    require(may_draft(actor, document))
    document.title, document.addressees, document.body = title, addressees, body
    document.copy_to, document.note = copy_to, note
    document.save(update_fields=["title", "addressees", "body", "copy_to", "note"])
    hold_in_scope(document, actor)
    record(
        actor,
        "revise_document",
        document,
        f"修改拟稿《{title}》",
        data={"title": title, "addressees": addressees, "body": body, "copy_to": copy_to},
        scope_code=document.office.region.code,
    )
    return document


@transaction.atomic
def discard_document(*, actor: Actor, document_id: int) -> None:
    """Give up a draft: its cases wait for issue again, free for another draft."""
    document = _lock_document(actor, document_id)
    require(may_draft(actor, document))
    cases = lock_cases(actor, list(document.content["case_ids"]))
    StepRun.objects.filter(document=document, finished_at__isnull=True).update(document=None)
    for case in cases:
        record(
            actor,
            "discard_document",
            case,
            f"撤销拟稿《{document.title}》",
            data={"document": document.pk},
            scope_code=case.scope_code,
        )
    record(
        actor,
        "discard_document",
        document,
        f"撤销拟稿《{document.title}》",
        scope_code=document.office.region.code,
    )
    document.delete()


def missing_characters(document: OfficialDocument) -> list[str]:
    """A sentence for every character that no font of its stack has, or for missing fonts."""
    try:
        gaps = missing_glyphs(notice_content(document, draft=False, on=clock.today()))
    except FontsUnavailableError as error:
        return [f"{error}。"]
    return [f"{gap.message}。" for gap in gaps]


def check_characters(document: OfficialDocument) -> None:
    """Refuse a document with a character that no font of its stack has.

    One such glyph makes some readers lose all the text of that font in the document.
    """
    gaps = missing_characters(document)
    if gaps:
        raise ValidationError(gaps)


@transaction.atomic
def issue_document(
    *, actor: Actor, document: OfficialDocument, issued_on: date
) -> OfficialDocument:
    """Issue once: number, certification of every town, roster entries, cases closed, job queued.

    Everything commits together or not at all; a rollback gives the number back.
    """
    document = _lock_document(actor, document.pk)
    require(may_issue(actor, document))
    if issued_on > clock.today():
        raise ValidationError({"issued_on": "成文日期不能晚于今天。"})
    if issued_on.year != clock.today().year:
        raise ValidationError(
            {"issued_on": f"发文字号按年度编排，成文日期应在 {clock.today().year} 年之内。"}
        )
    cases = lock_cases(actor, list(document.content["case_ids"]))
    for case in cases:
        require(may_take_step(actor, case, case.current))
    document.content = {
        **document.content,
        "rows": stored_content(document.office, cases)["rows"],
    }
    check_characters(document)
    year, serial = next_number(document.office, "document")
    document.number = f"{document.office.document_word}〔{year}〕{serial}号"
    document.year, document.serial, document.issued_on = year, serial, issued_on
    document.issued_by, document.state = actor.user, "issued"
    document.issued_name, document.organ_name = actor.name, document.office.name
    document.save()
    hold_in_scope(document, actor)
    lock_towns([case.application.town_id for case in cases])
    for case in cases:
        run = open_run(case, reader=actor)
        hold_in_scope(certify_town(actor, case.application, document, issued_on), actor)
        hold_in_scope(case.application.town, actor)
        move_case(case, run, actor, OUTCOMES["issue"], "", document=document)
        freeze_application(case.application, state=Filing.CERTIFIED)
    record(
        actor,
        "issue_document",
        document,
        f"印发《{document.title}》{document.number}",
        data={"number": document.number, "cases": [case.pk for case in cases]},
        scope_code=document.office.region.code,
    )
    request_rendition(actor, document)
    return document


def request_rendition(actor: Actor, document: OfficialDocument) -> Job:
    """Queue the job that makes the issued document's PDF; asking again returns the same job."""
    return jobs.enqueue(
        "reviews.render_document",
        actor=actor,
        label=f"生成{document.number}版式文件",
        key=f"render:{document.pk}",
        arguments={"document": document.pk},
    )


def request_preview(actor: Actor, document: OfficialDocument) -> Job:
    """Queue a rendering of the draft marked 样稿."""
    return jobs.enqueue(
        "reviews.preview_document",
        actor=actor,
        label=f"生成样稿《{document.title}》",
        key=f"preview:{document.pk}:{clock.now():%Y%m%d%H%M%S}",
        arguments={"document": document.pk},
    )


def store_rendition(document_id: int) -> Rendition:
    """Render an issued document once and store it with its digest; a second call returns the first.

    Rendering runs outside the transaction; the unique constraint on (document, kind) decides
    between two workers.
    """
    document = OfficialDocument.objects.select_related("office__region").get(pk=document_id)
    present = document.renditions.filter(kind="unsigned").select_related("file").first()
    if present is not None:
        return present
    assert document.issued_on is not None
    content = render_notice(notice_content(document, draft=False, on=document.issued_on))
    with transaction.atomic():
        OfficialDocument.objects.select_for_update().get(pk=document_id)
        present = document.renditions.filter(kind="unsigned").select_related("file").first()
        if present is not None:
            return present
        stored = store_bytes(content, f"{document.number}.pdf", "application/pdf", SYSTEM)
        rendition = Rendition.objects.create(
            document=document, kind="unsigned", file=stored, created_at=clock.now()
        )
        record(
            SYSTEM,
            "store_rendition",
            document,
            f"生成版式文件 {document.number}",
            data={"sha256": stored.sha256, "size": stored.size},
            scope_code=document.office.region.code,
        )
    return rendition
