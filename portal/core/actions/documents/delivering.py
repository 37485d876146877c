"""Deliveries (分发): who an issued document was sent to inside the portal, and who has read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.documents.drafting import enter, lock_document
from portal.core.actions.notifications import tell
from portal.core.actor import Actor, acting_user
from portal.core.document_queries import end_of
from portal.core.document_register_queries import standing_offices
from portal.core.errors import Stale, require
from portal.core.models import Delivery, DeliveryRead, Office, OfficialDocument
from portal.core.policies.documents import may_deliver

CHOOSE = "请至少选择一个收文单位。"
HAVE_IT = "所选单位都已经收到该公文，请另选单位，或者返回查看签收情况。"


def deliver_to(document: OfficialDocument, offices: Iterable[Office]) -> list[Delivery]:
    """Send an issued document to offices that do not have it yet, and tell them of it."""
    wanted: dict[int, Office] = {row.pk: row for row in offices}
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


@transaction.atomic
def deliver_document(
    *, actor: Actor, document_id: int, office_ids: Sequence[int]
) -> list[Delivery]:
    """Send an issued document to offices; those that have it already are passed over."""
    document = lock_document(actor, document_id)
    require(may_deliver(actor, document))
    offices = list(standing_offices(office_ids))
    if not offices:
        raise ValidationError({"offices": CHOOSE})
    sent = deliver_to(document, offices)
    if not sent:
        raise ValidationError({"offices": HAVE_IT})
    enter(
        actor,
        document,
        "deliver_document",
        f"分发《{document.title}》，收文单位 {len(sent)} 个",
        offices=[row.organ_name for row in sent],
    )
    return sent


@transaction.atomic
def remind_unread(*, actor: Actor, document_id: int) -> int:
    """Tell every office in which nobody has opened the document; at most once a day."""
    document = lock_document(actor, document_id)
    require(may_deliver(actor, document))
    ended = end_of(document)
    if ended is not None:
        done = f"该公文已由{ended.document.number}{ended.get_relation_display()}"
        raise Stale(f"{done}，无需催阅。")
    unread = list(document.deliveries.filter(reads__isnull=True).order_by("pk"))
    if not unread:
        raise Stale("收文单位都已经查阅，无需催阅。")
    tell(
        [row.office_id for row in unread],
        kind="document-remind",
        key=f"document-remind:{document.pk}:{clock.today():%Y%m%d}",
        title=f"请及时查阅公文《{document.title}》",
        text=f"{document.organ} {document.number}".strip(),
        url_name="document",
        url_args=[document.pk],
    )
    enter(
        actor,
        document,
        "remind_unread",
        f"催阅《{document.title}》，未查阅的单位 {len(unread)} 个",
        offices=[row.organ_name for row in unread],
    )
    return len(unread)


@transaction.atomic
def mark_document_read(*, actor: Actor, document_id: int) -> bool:
    """The person has opened a document that the acting office received. Not entered in the ledger.

    Says whether the office received it at all.
    """
    delivery = Delivery.objects.filter(document=document_id, office=actor.office).first()
    if actor.user is None or actor.office is None or delivery is None:
        return False
    DeliveryRead.objects.bulk_create(
        [
            DeliveryRead(
                delivery=delivery, user=acting_user(actor), name=actor.name, read_at=clock.now()
            )
        ],
        ignore_conflicts=True,
    )
    return True
