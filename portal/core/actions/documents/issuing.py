"""Issuing (签发、印发): number, code, effects, deliveries at once; a job makes the PDF."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock, jobs
from portal.core.actions.documents.drafting import check_characters, enter, lock_unissued
from portal.core.actions.documents.linking import act_on_targets, require_standing
from portal.core.actions.documents.numbering import take_number
from portal.core.actions.documents.sheet import write_line
from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.documents.codes import new_code
from portal.core.errors import require
from portal.core.models import Delivery, Job, Office, OfficialDocument, hold_in_scope
from portal.core.policies.documents import may_issue


@transaction.atomic
def issue_document(
    *,
    actor: Actor,
    document: OfficialDocument,
    issued_on: date,
    number: str = "",
    opinion: str = "",
) -> OfficialDocument:
    """Issue once: number, code, what the kind does, deliveries, and the job that makes the PDF.

    ``number`` is that of the office's own register, where the document is numbered there.
    Everything commits together or not at all; a rollback gives the number back.
    """
    document = lock_unissued(actor, document.pk)
    require(may_issue(actor, document))
    if issued_on > clock.today():
        raise ValidationError({"issued_on": "成文日期不能晚于今天。"})
    if issued_on.year != clock.today().year:
        raise ValidationError(
            {"issued_on": f"发文字号按年度编排，成文日期应在 {clock.today().year} 年之内。"}
        )
    spec = document.spec
    for link in document.acts_on.select_related("target"):
        require_standing(link.target)
    spec.prepare(actor, document)
    check_characters(document)
    write_line(actor, document, "issue", "agree", opinion)
    if spec.numbered:
        taken = take_number(actor, document, issued_on, number)
        document.number, document.word = taken.text, taken.word
        document.year, document.serial = taken.year, taken.serial
    else:
        document.year = issued_on.year
    document.issued_on, document.code = issued_on, new_code()
    document.issued_by, document.state = actor.user, "issued"
    document.issued_name, document.organ_name = actor.name, document.office.name
    document.save()
    hold_in_scope(document, actor)
    spec.issued(actor, document, issued_on)
    act_on_targets(actor, document)
    deliver_to(document, spec.recipients(document))
    enter(
        actor,
        document,
        "issue_document",
        f"印发《{document.title}》{document.number}",
        number=document.number,
        code=document.code,
        opinion=opinion,
    )
    request_rendition(actor, document)
    return document


def deliver_to(document: OfficialDocument, offices: object) -> list[Delivery]:
    """Send an issued document to offices that do not have it yet, and tell them of it."""
    wanted: dict[int, Office] = {row.pk: row for row in offices}  # type: ignore[attr-defined]
    wanted.pop(document.office_id, None)
    present = set(document.deliveries.values_list("office_id", flat=True))
    rows = Delivery.objects.bulk_create(
        Delivery(document=document, office=office, organ_name=office.name, sent_at=clock.now())
        for pk, office in wanted.items()
        if pk not in present
    )
    tell(
        [row.office_id for row in rows],
        kind="document",
        key=f"document:{document.pk}",
        title=f"收到公文《{document.title}》",
        text=f"{document.organ} {document.number}".strip(),
        url_name="document",
        url_args=[document.pk],
    )
    return rows


def request_rendition(actor: Actor, document: OfficialDocument) -> Job:
    """Queue the job that makes the issued document's PDF; asking again returns the same job."""
    return jobs.enqueue(
        "core.render_document",
        actor=actor,
        label=f"生成{document.number or document.title}版式文件",
        key=f"render:{document.pk}",
        arguments={"document": document.pk},
    )


def request_preview(actor: Actor, document: OfficialDocument) -> Job:
    """Queue a rendering of the draft marked 样稿."""
    return jobs.enqueue(
        "core.preview_document",
        actor=actor,
        label=f"生成样稿《{document.title}》",
        key=f"preview:{document.pk}:{clock.now():%Y%m%d%H%M%S}",
        arguments={"document": document.pk},
    )
