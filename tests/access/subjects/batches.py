"""材料、批量文件: what their addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.actions.documents.batches import keep_item, start_batch
from portal.core.documents.typesetting import Rendered
from portal.core.models import DocumentBatch, Job
from towns.models import Certification

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"
FORM_KEY = "0" * 32


def batch_of(county: County) -> DocumentBatch:
    """A batch of certificates of the document, the same one each time."""
    return DocumentBatch.objects.get(key__endswith=f":{county.document.pk}")


def prepare(county: County) -> None:
    """What the addresses name, made once with the world: two batches, one of them failed."""
    clerk = county.world.actor(f"{HOME}.clerk")
    batch = start_batch(
        actor=clerk, kind="certificate", arguments=_what(county), key=str(county.document.pk)
    )
    item = batch.items.get()
    keep_item(actor=clerk, item_id=item.pk, rendered=Rendered(b"%PDF-1.7 paper", 1, 1))
    item.refresh_from_db()
    batch.bundle = batch.merged = item.file
    batch.save()
    failed = start_batch(
        actor=clerk,
        kind="certificate",
        arguments=_what(county),
        key=f"{county.document.pk}:failed",
    )
    failed.items.update(state="failed", reason="缺字。")
    assert failed.job is not None
    Job.objects.filter(pk=failed.job.pk).update(state="done")


def _what(county: County) -> dict[str, str]:
    return {"what": f"document:{county.document.pk}"}


def _certified(county: County) -> int:
    return Certification.objects.get(document=county.document).pk


def _to_retry(county: County) -> dict[str, Any]:
    """A batch whose only paper could not be made."""
    return {"pk": DocumentBatch.objects.get(key__endswith=f":{county.document.pk}:failed").pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "paper:receipt": lambda held: {"kind": "receipt", "pk": held.county.case.application_id},
    "paper:explanation": lambda held: {"kind": "explanation", "pk": held.county.case.pk},
    "paper:meeting": lambda held: {"kind": "meeting", "pk": held.county.meeting.pk},
    "paper:summary": lambda held: {"kind": "summary", "pk": held.county.case.round_id},
    "paper:blank-form": lambda held: {"kind": "blank-form", "pk": held.county.case.round_id},
    "paper:application": lambda held: {
        "kind": "application",
        "pk": held.county.case.application_id,
    },
    "paper:certificate": lambda held: {"kind": "certificate", "pk": _certified(held.county)},
    "batch POST": lambda held: _to_retry(held.county),
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "batch-new": lambda held: {
        "kind": "certificate",
        "key": FORM_KEY,
        **_what(held.county),
    },
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.start_batch": lambda held: {
        "kind": "certificate",
        "arguments": _what(held.county),
        "key": FORM_KEY,
    },
    "core.retry_batch": lambda held: {"batch_id": _to_retry(held.county)["pk"]},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    batch = batch_of(county)
    return {
        "paper": {"kind": "explanation", "pk": county.case.pk},
        "batch": {"pk": batch.pk},
        "batch-file": {"pk": batch.pk, "which": "zip"},
        "batch-item-file": {"pk": batch.pk, "item": batch.items.get().pk},
    }
