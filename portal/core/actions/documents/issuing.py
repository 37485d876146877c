"""Issuing (签发、印发): number, code, effects, deliveries at once; a job makes the PDF."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock, jobs
from portal.core.actions.documents.delivering import deliver_to
from portal.core.actions.documents.drafting import check_characters, enter, lock_unissued
from portal.core.actions.documents.linking import act_on_targets, require_standing
from portal.core.actions.documents.numbering import take_number
from portal.core.actions.documents.sheet import write_line
from portal.core.actor import Actor
from portal.core.documents.codes import new_code
from portal.core.errors import Stale, require
from portal.core.models import DocumentLink, Job, OfficialDocument, hold_in_scope
from portal.core.policies.documents import may_issue


@transaction.atomic
def issue_document(
    *,
    actor: Actor,
    document: OfficialDocument,
    issued_on: date,
    number: str = "",
    opinion: str = "",
    revision: int | None = None,
) -> OfficialDocument:
    """Issue once: number, code, what the kind does, deliveries, and the job that makes the PDF.

    ``number`` is that of the office's own register, where the document is numbered there.
    ``revision`` is that of the text which the signer has read; Stale when there is a later one.
    Everything commits together or not at all; a rollback gives the number back.
    """
    document = lock_unissued(actor, document.pk)
    require(may_issue(actor, document))
    if revision is not None and revision != document.revision:
        raise Stale("正文已经修改，请重新核对后再签发。")
    spec = document.spec
    registered = spec.numbered and (document.number_source == "register" or bool(number))
    _check_day(issued_on, registered)
    for link in document.acts_on.select_related("target"):
        require_standing(link.target)
        _not_before(link, issued_on)
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


def _check_day(issued_on: date, registered: bool) -> None:
    """成文日期: of this year, and for a number of the own register also of the last one."""
    today = clock.today()
    if issued_on > today:
        raise ValidationError({"issued_on": "成文日期不能晚于今天。"})
    if registered and issued_on.year < today.year - 1:
        years = f"{today.year - 1} 年或者 {today.year} 年"
        raise ValidationError({"issued_on": f"成文日期应在{years}之内，请核对发文登记簿。"})
    if not registered and issued_on.year != today.year:
        raise ValidationError(
            {"issued_on": f"发文字号按年度编排，成文日期应在 {today.year} 年之内。"}
        )


def _not_before(link: DocumentLink, issued_on: date) -> None:
    """A document is not older than the one that it acts on."""
    day = link.target.issued_on
    if day is not None and issued_on < day:
        name = link.target.number or f"《{link.target.title}》"
        raise ValidationError(
            {
                "issued_on": f"本公文{link.get_relation_display()}{name}，"
                f"成文日期不能早于该公文的成文日期 {day:%Y-%m-%d}，请改为当日或者以后的日期。"
            }
        )


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
