"""The drafting sheet (发文稿纸): checked (核稿), signed jointly (会签), returned, recalled.

Each act is a line of the sheet with the person, the opinion and the moment; a line speaks of the
revision of the text that it saw. A returned document begins again with its check.

``revision`` of an act is the text that was read: Stale when it has been changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.documents.drafting import (
    check_characters,
    enter,
    lock_unissued,
    require_unchanged,
)
from portal.core.actions.notifications import tell
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.constants import Can
from portal.core.documents.stored import texts_of
from portal.core.documents.wording import unfilled
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import (
    Cosigner,
    Office,
    OfficialDocument,
    SheetEntry,
    hold_in_scope,
)
from portal.core.policies.documents import (
    may_check,
    may_cosign,
    may_draft,
    may_issue,
    may_recall,
)

MOST_JOINT, MOST_COSIGNERS = 5, 20  # the joint issuers with the drafting office itself


class Organ(NamedTuple):
    """An organ asked to sign jointly: of the portal (``office``), or another by its name."""

    name: str
    office: Office | None = None
    joint: bool = False


def write_line(
    actor: Actor,
    document: OfficialDocument,
    step: str,
    decision: str,
    opinion: str = "",
    organ_name: str = "",
) -> SheetEntry:
    """A line of the sheet."""
    office = acting_office(actor)
    return SheetEntry.objects.create(
        document=document,
        step=step,
        decision=decision,
        opinion=opinion,
        revision=document.revision,
        office=office,
        organ_name=organ_name or office.name,
        user=acting_user(actor),
        name=actor.name,
        post_label=actor.post_label,
        at=clock.now(),
    )


def _next_revision(document: OfficialDocument) -> None:
    document.revision += 1
    document.save(update_fields=["revision"])


def _move(actor: Actor, document: OfficialDocument, state: str) -> None:
    document.state = state
    document.save(update_fields=["state"])
    hold_in_scope(document, actor)


@transaction.atomic
def set_cosigners(*, actor: Actor, document_id: int, organs: Sequence[Organ]) -> OfficialDocument:
    """Say who signs jointly, in order; those that issue it jointly stand in its header."""
    document = lock_unissued(actor, document_id)
    require(may_draft(actor, document))
    names = [organ.name for organ in organs]
    if len(set(names)) != len(names) or document.office.name in names:
        raise ValidationError({"organs": "会签机关不能重复，也不能是拟稿机关自己。"})
    if sum(organ.joint for organ in organs) >= MOST_JOINT:
        words = f"联合发文的机关连同本机关最多 {MOST_JOINT} 个，请取消多出的“联合发文”勾选。"
        raise ValidationError({"organs": words})
    if len(organs) > MOST_COSIGNERS:
        raise ValidationError(
            {"organs": f"会签机关最多 {MOST_COSIGNERS} 个，请删去不必会签的再送核稿。"}
        )
    document.cosigners.all().delete()
    Cosigner.objects.bulk_create(
        Cosigner(
            document=document,
            office=organ.office,
            organ_name=organ.name,
            joint=organ.joint,
            position=position,
        )
        for position, organ in enumerate(organs, 1)
    )
    document.joint_organs = [organ.name for organ in organs if organ.joint]
    if acting_user(actor).pk not in document.writers:
        document.writers = [*document.writers, acting_user(actor).pk]
    document.revision += 1
    document.save(update_fields=["joint_organs", "writers", "revision"])
    hold_in_scope(document, actor)
    enter(
        actor, document, "set_cosigners", f"设定会签机关{len(organs)}个", organs=names,
        joint=document.joint_organs,
    )  # fmt: skip
    return document


def organs_of(document: OfficialDocument) -> list[Organ]:
    """The organs asked to sign it jointly, in their order."""
    rows = document.cosigners.select_related("office").order_by("position", "pk")
    return [Organ(row.organ_name, row.office, row.joint) for row in rows]


@transaction.atomic
def send_for_check(
    *,
    actor: Actor,
    document_id: int,
    opinion: str = "",
    organs: Sequence[Organ] | None = None,
    revision: int | None = None,
) -> OfficialDocument:
    """The drafter hands the text over: nothing unfilled, every character printable.

    ``organs`` says who signs jointly; None leaves that as it is. A text that is handed over once
    more as it was counts as another revision: what was opened before is of an earlier round.
    """
    document = lock_unissued(actor, document_id)
    require(may_draft(actor, document))
    require_unchanged(document, revision)
    if organs is not None and list(organs) != organs_of(document):
        document = set_cosigners(actor=actor, document_id=document_id, organs=organs)
    faults = unfilled(texts_of(document), document.spec.layout, document.content)
    if faults:
        raise ValidationError([fault.message for fault in faults])
    check_characters(document)
    document.cosigners.update(state="waiting")
    sent = document.sheet.filter(step="draft", decision="submit", revision=document.revision)
    if sent.exists():
        _next_revision(document)
    write_line(actor, document, "draft", "submit", opinion)
    _move(actor, document, "checking")
    enter(actor, document, "send_for_check", f"《{document.title}》送核稿", opinion=opinion)
    return document


@transaction.atomic
def check_document(
    *, actor: Actor, document_id: int, opinion: str = "", revision: int | None = None
) -> OfficialDocument:
    """核稿 agreed: on to those who sign jointly, else to be issued."""
    document = lock_unissued(actor, document_id)
    verdict = may_check(actor, document)
    own = actor.office is not None and actor.office.pk == document.office_id
    if not verdict.ok and document.state != "checking" and own and actor.can(Can.CHECK):
        raise Stale(f"该公文现处于“{document.get_state_display()}”，已经有人办理。")
    require(verdict)
    require_unchanged(document, revision)
    line = write_line(actor, document, "check", "agree", opinion)
    waiting = list(document.cosigners.all())
    _move(actor, document, "cosigning" if waiting else "signing")
    enter(actor, document, "check_document", f"《{document.title}》核稿同意", opinion=opinion)
    tell(
        [row.office_id for row in waiting if row.office_id is not None],
        kind="document-cosign",
        key=f"cosign:{document.pk}:{line.pk}",
        title=f"请会签《{document.title}》",
        text=f"{document.office.name}送会签",
        url_name="document",
        url_args=[document.pk],
    )
    return document


@transaction.atomic
def cosign_document(
    *,
    actor: Actor,
    document_id: int,
    cosigner_id: int,
    agrees: bool,
    opinion: str = "",
    revision: int | None = None,
) -> OfficialDocument:
    """会签 of one organ. The last agreement sends it on; a refusal returns it to the drafter."""
    document = lock_unissued(actor, document_id)
    cosigner = document.cosigners.filter(pk=cosigner_id).first()
    if cosigner is None:
        raise Stale("会签机关已经调整，请刷新后查看。")
    if cosigner.state != "waiting" or document.state != "cosigning":
        raise Stale(f"{cosigner.organ_name}已会签，或者该公文已不在会签环节。")
    require(may_cosign(actor, document, cosigner))
    require_unchanged(document, revision)
    if not agrees and not opinion:
        raise ValidationError({"opinion": "退回修改请写明理由。"})
    cosigner.state = "agreed" if agrees else "returned"
    cosigner.save(update_fields=["state"])
    decision = "agree" if agrees else "return"
    write_line(actor, document, "cosign", decision, opinion, cosigner.organ_name)
    record(
        actor,
        "cosign_document",
        document,
        f"{cosigner.organ_name}会签{'同意' if agrees else '退回'}《{document.title}》",
        data={"opinion": opinion},
        scope_code=_readable_code(actor, document),
    )
    # What is returned to its drafter is no longer among what the organ sees, so no hold here.
    if not agrees:
        document.state = "draft"
    elif not document.cosigners.exclude(state="agreed").exists():
        document.state = "signing"
    document.save(update_fields=["state"])
    return document


def _readable_code(actor: Actor, document: OfficialDocument) -> str:
    """The region of the document, or the organ's own where that lies outside its region."""
    code: str = document.office.region.code
    if actor.scope is not None and code not in actor.scope:
        code = acting_office(actor).region.code
    return code


@transaction.atomic
def return_for_revision(
    *, actor: Actor, document_id: int, opinion: str, revision: int | None = None
) -> OfficialDocument:
    """The checker or the signer sends it back to the drafter, with the reason."""
    document = lock_unissued(actor, document_id)
    step = {"checking": "check", "signing": "issue"}.get(document.state)
    if step is None:
        raise Stale(f"该公文现处于“{document.get_state_display()}”，没有可以退回的。")
    require((may_check if step == "check" else may_issue)(actor, document))
    require_unchanged(document, revision)
    if not opinion.strip():
        raise ValidationError({"opinion": "退回修改请写明理由。"})
    write_line(actor, document, step, "return", opinion)
    _move(actor, document, "draft")
    enter(actor, document, "return_for_revision", f"退回修改《{document.title}》", opinion=opinion)
    return document


@transaction.atomic
def recall_document(
    *, actor: Actor, document_id: int, revision: int | None = None
) -> OfficialDocument:
    """The drafting office takes it back to change it; what was agreed so far is void.

    Another revision begins, so that forms opened before are overtaken.
    """
    document = lock_unissued(actor, document_id)
    if document.state == "draft":
        raise Stale("该公文已在拟稿人处。")
    require(may_recall(actor, document))
    require_unchanged(document, revision)
    write_line(actor, document, "draft", "recall")
    _next_revision(document)
    _move(actor, document, "draft")
    enter(actor, document, "recall_document", f"撤回《{document.title}》修改")
    return document
