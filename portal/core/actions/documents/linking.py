"""Documents that act on an earlier one: correction, supersession, revocation (更正、替代、撤销)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actions.documents.drafting import (
    Draft,
    create_document,
    enter,
    lock_document,
)
from portal.core.actor import Actor
from portal.core.constants import DOCUMENT_RELATION_CHOICES
from portal.core.document_queries import template_texts
from portal.core.documents.wording import fill
from portal.core.errors import Stale, require
from portal.core.models import DocumentLink, OfficialDocument
from portal.core.policies.documents import may_act_on

KIND_OF_RELATION = {
    "corrects": "correction",
    "supersedes": "supersession",
    "revokes": "revocation",
}


@transaction.atomic
def draft_on(*, actor: Actor, target_id: int, relation: str, reason: str) -> OfficialDocument:
    """Draft the document that corrects, supersedes or revokes an issued one of the own office.

    The earlier one stands as it is until the new one is issued; both then name each other.
    """
    target = lock_document(actor, target_id)
    require(may_act_on(actor, target))
    if relation not in KIND_OF_RELATION:
        raise ValidationError({"relation": "请选择更正、替代或者撤销。"})
    if not reason.strip():
        raise ValidationError({"reason": "请写明原因，公文中将据此表述。"})
    require_standing(target)
    under_way = target.acted_on_by.exclude(document__state="issued").first()
    if under_way is not None:
        raise Stale(f"已经有一份拟稿对该公文作{under_way.get_relation_display()}，请先办结或撤销。")
    kind = KIND_OF_RELATION[relation]
    texts = template_texts(target.office, kind)
    year = str(target.year or "")
    values = {
        "发文机关": target.office.name,
        "行政区划": target.office.region.name,
        "年度": year,
        "原文标题": target.title,
        "原文字号": target.number,
        "原因": reason.strip().rstrip("。"),
    }
    filled = fill(texts, values)._replace(addressees=target.addressees, copy_to=target.copy_to)
    document = create_document(actor, kind, Draft(filled, {"attachments": []}, target.openness))
    DocumentLink.objects.create(
        document=document, target=target, relation=relation, reason=reason.strip()
    )
    word = dict(DOCUMENT_RELATION_CHOICES)[relation]
    enter(actor, document, "draft_document", f"拟稿《{document.title}》", target=target.pk)
    enter(actor, target, "draft_on", f"拟稿{word}该公文：{reason.strip()}", later=document.pk)
    return document


def standing_of(document: OfficialDocument) -> DocumentLink | None:
    """What an issued document has done to this one; the last one counts. None: it stands."""
    return (
        document.acted_on_by.filter(document__state="issued")
        .select_related("document")
        .order_by("-document__issued_on", "-pk")
        .first()
    )


def require_standing(target: OfficialDocument) -> None:
    """Stale when an issued document has superseded or revoked it: there is nothing to act on."""
    ended = standing_of(target)
    if ended is not None and ended.relation in ("supersedes", "revokes"):
        done = f"{ended.get_relation_display()}该公文的公文已经印发"
        raise Stale(f"{done}：{ended.document.number}。")


def act_on_targets(actor: Actor, document: OfficialDocument) -> None:
    """What an issued document does to earlier ones: their own kind undoes it, their chain says so.

    Called inside the issuing transaction; earlier ones are locked by their keys.
    """
    for link in document.acts_on.order_by("target_id"):
        target = lock_document(actor, link.target_id)
        target.spec.acted_on(actor, target, document, link.relation)
        enter(
            actor,
            target,
            link.relation,
            f"{document.number}《{document.title}》{link.get_relation_display()}该公文",
            later=document.pk,
            reason=link.reason,
        )
