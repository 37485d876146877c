"""Documents that act on an earlier one: correction, supersession, revocation (更正、替代、撤销)."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField

from portal.core.actions.documents.delivering import deliver_to
from portal.core.actions.documents.drafting import (
    Draft,
    create_document,
    enter,
    lock_document,
)
from portal.core.actor import Actor
from portal.core.constants import DOCUMENT_RELATION_CHOICES
from portal.core.document_queries import end_of, standing_of, template_texts
from portal.core.documents.kinds import Layout, Texts
from portal.core.documents.wording import fill
from portal.core.errors import Stale, require
from portal.core.models import DocumentLink, Office, OfficialDocument
from portal.core.policies.documents import may_act_on

__all__ = ["act_on_targets", "draft_on", "require_standing", "standing_of"]

KIND_OF_RELATION = {
    "corrects": "correction",
    "supersedes": "supersession",
    "revokes": "revocation",
}
# Documents that only act on another one: undoing them would leave that one neither valid nor not.
NOT_UNDONE = {
    "revocation": "撤销通知不能再撤销或者替代：被撤销的公文恢复效力，须另行印发新的公文；"
    "只是文字有误的，请选择更正。",
    "correction": "更正通知不能再撤销或者替代：更正仍有误的，请选择更正；"
    "原文不应继续有效的，请直接对原文拟替代或者撤销。",
}
# 《》 within 《》 are written 〈〉.
INSIDE = str.maketrans("《》〈〉", "〈〉《》")


def _longest(model: type[OfficialDocument | DocumentLink], name: str) -> int:
    field = model._meta.get_field(name)
    assert isinstance(field, CharField)
    assert field.max_length is not None
    return field.max_length


LONGEST_TITLE = _longest(OfficialDocument, "title")
LONGEST_NOTE = _longest(OfficialDocument, "note")
LONGEST_REASON = _longest(DocumentLink, "reason")


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
    if len(reason.strip()) > LONGEST_REASON:
        raise ValidationError({"reason": f"原因最多 {LONGEST_REASON} 字，请写得简短一些。"})
    require_standing(target)
    require_undoable(target, relation)
    under_way = target.acted_on_by.exclude(document__state="issued").first()
    if under_way is not None:
        raise Stale(f"已经有一份拟稿对该公文作{under_way.get_relation_display()}，请先办结或撤销。")
    kind = KIND_OF_RELATION[relation]
    filled = _texts_on(target, template_texts(target.office, kind), reason)
    document = create_document(actor, kind, Draft(filled, {"attachments": []}, target.openness))
    DocumentLink.objects.create(
        document=document, target=target, relation=relation, reason=reason.strip()
    )
    word = dict(DOCUMENT_RELATION_CHOICES)[relation]
    enter(actor, document, "draft_document", f"拟稿《{document.title}》", target=target.pk)
    enter(actor, target, "draft_on", f"拟稿{word}该公文：{reason.strip()}", later=document.pk)
    return document


def _texts_on(target: OfficialDocument, texts: Texts, reason: str) -> Texts:
    """The wording about an earlier document, within the lengths that are stored.

    The new title does not name the organ twice: 关于撤销《关于公布……的通知》的通知.
    """
    issued_on = target.issued_on
    assert issued_on is not None
    word = target.spec.genre if target.spec.layout == Layout.PUBLICITY else "印发"
    values = {
        "发文机关": target.office.name,
        "行政区划": target.office.region.name,
        "年度": str(target.year or ""),
        "原文标题": target.title.translate(INSIDE),
        "原文字号": target.number
        or f"{issued_on.year}年{issued_on.month}月{issued_on.day}日{word}",
        "原因": reason.strip().rstrip("。"),
    }
    filled = fill(texts, values)
    inner = values["原文标题"]
    for organ in (target.organ, target.office.name):
        inner = inner.removeprefix(organ) or inner
    title = fill(texts, values | {"原文标题": inner}).title
    over = len(title) - LONGEST_TITLE
    if 0 < over < len(inner) - 1:
        title = fill(texts, values | {"原文标题": f"{inner[: -over - 1]}…"}).title
    return filled._replace(
        title=_within(title, LONGEST_TITLE),
        note=_within(filled.note, LONGEST_NOTE),
        addressees=target.addressees,
        copy_to=target.copy_to,
    )


def _within(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def require_undoable(target: OfficialDocument, relation: str) -> None:
    """Refuse to undo what only acts on another document; correcting it stays possible."""
    if relation != "corrects" and target.kind in NOT_UNDONE:
        raise ValidationError({"relation": NOT_UNDONE[target.kind]})


def require_standing(target: OfficialDocument) -> None:
    """Stale when an issued document has superseded or revoked it: there is nothing to act on."""
    ended = end_of(target)
    if ended is not None:
        done = f"{ended.get_relation_display()}该公文的公文已经印发"
        raise Stale(f"{done}：{ended.document.number}。")


def act_on_targets(actor: Actor, document: OfficialDocument) -> None:
    """What an issued document does to earlier ones: their own kind undoes it, their chain says so.

    Revoking one that superseded others revokes those with it: none of them is in force again.
    Whoever received the earlier ones receives this one. Called inside the issuing transaction;
    earlier ones are locked by their keys.
    """
    for link in document.acts_on.order_by("target_id"):
        target = lock_document(actor, link.target_id)
        require_undoable(target, link.relation)
        done = f"{document.number}《{document.title}》{link.get_relation_display()}该公文"
        _act(actor, document, target, link, done)
        if link.relation != "revokes":
            continue
        for earlier, successor in _superseded_by(actor, target):
            done = (
                f"{document.number}《{document.title}》撤销替代该公文的"
                f"{successor.number or successor.title}，该公文一并撤销"
            )
            _act(actor, document, earlier, link, done)


def _act(
    actor: Actor,
    document: OfficialDocument,
    target: OfficialDocument,
    link: DocumentLink,
    summary: str,
) -> None:
    target.spec.acted_on(actor, target, document, link.relation)
    enter(actor, target, link.relation, summary, later=document.pk, reason=link.reason)
    deliver_to(document, Office.objects.standing().filter(deliveries__document=target))


def _superseded_by(
    actor: Actor, document: OfficialDocument
) -> list[tuple[OfficialDocument, OfficialDocument]]:
    """Every earlier document that it superseded, directly or through others, with its successor."""
    found: list[tuple[OfficialDocument, OfficialDocument]] = []
    left = [document]
    while left:
        later = left.pop()
        for link in later.acts_on.filter(relation="supersedes").order_by("target_id"):
            earlier = lock_document(actor, link.target_id)
            found.append((earlier, later))
            left.append(earlier)
    return found
