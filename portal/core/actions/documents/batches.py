"""Batches (批量文件): started, made item after item by a job, bundled, tried again."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, cast

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import DatabaseError, transaction

from portal.core import clock, jobs
from portal.core.actor import Actor, acting_office
from portal.core.documents.batches import BatchKind, Subject, batch_kind
from portal.core.documents.bundling import Part, numbered_names, write_merged, write_zip
from portal.core.documents.printing import printed
from portal.core.documents.typesetting import Rendered
from portal.core.errors import Refused, Stale, require
from portal.core.files import store_bytes, store_path
from portal.core.ledger import record
from portal.core.models import DocumentBatch, DocumentBatchItem, Job, hold_in_scope

logger = logging.getLogger(__name__)

JOB: Final = "core.make_batch"
MOST: Final = 2000
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
# After the last item: the zip, the merged PDF.
BUNDLES: Final = 2
Progress = Callable[[int, int, str], None]


def kind_or_refuse(key: str) -> BatchKind:
    """The kind of that key."""
    kind = batch_kind(key)
    if kind is None:
        raise ValidationError({"kind": "没有这一种批量文件，请重新选择。"})
    return kind


@transaction.atomic
def start_batch(
    *, actor: Actor, kind: str, arguments: Mapping[str, Any], key: str
) -> DocumentBatch:
    """Queue a batch; asked for twice on one form it is one batch."""
    made = kind_or_refuse(kind)
    require(made.may(actor))
    office = acting_office(actor)
    label = next((c.label for c in made.choices(actor) if c.value == arguments.get("what")), "")
    if not label:
        raise Stale("所选的一项现在不能由本办公室制作，请重新选择。")
    subjects = made.items(actor, arguments)
    if not subjects:
        raise ValidationError({"what": "这一项没有可以制作的内容，请选择另一项。"})
    if len(subjects) > MOST:
        raise ValidationError(
            {"what": f"共 {len(subjects)} 份，超过一批 {MOST} 份的上限，请分批。"}
        )
    batch, created = DocumentBatch.objects.get_or_create(
        key=f"{office.pk}:{key}"[:160],
        defaults={
            "office": office,
            "kind": kind,
            "label": f"{made.label}：{label}"[:200],
            "arguments": dict(arguments),
            "created_by": actor.user,
            "created_name": actor.name,
            "created_at": clock.now(),
        },
    )
    if not created:
        return batch
    hold_in_scope(batch, actor)
    DocumentBatchItem.objects.bulk_create(
        DocumentBatchItem(batch=batch, position=place, subject=row.key, label=row.label[:200])
        for place, row in enumerate(subjects, 1)
    )
    _queue(actor, batch)
    _enter(actor, batch, "start_batch", f"批量制作“{batch.label}”", items=len(subjects))
    return batch


@transaction.atomic
def retry_batch(*, actor: Actor, batch_id: int) -> DocumentBatch:
    """Make what could not be made once more; what is done stays as it is."""
    batch = (
        DocumentBatch.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("job", "office__region")
        .get(pk=batch_id)
    )
    require(kind_or_refuse(batch.kind).may(actor))
    if batch.job is not None and not batch.job.is_finished:
        raise Stale("这一批正在制作，请等它完成。")
    failed = batch.items.filter(state="failed").update(state="waiting", reason="")
    if not failed and not _unfinished(batch):
        raise Stale("这一批已经全部完成，没有需要重新制作的。")
    batch.bundle = batch.merged = None
    _queue(actor, batch)
    _enter(actor, batch, "retry_batch", f"重新制作“{batch.label}”中未完成的", items=failed)
    return batch


def _unfinished(batch: DocumentBatch) -> bool:
    """Whether something is still to be made, the bundles included."""
    waiting = batch.items.filter(state="waiting").exists()
    unbundled = batch.bundle_id is None or batch.merged_id is None
    return waiting or (unbundled and batch.items.filter(state="done").exists())


def _queue(actor: Actor, batch: DocumentBatch) -> None:
    """A job each time: the rows of the batch say what is left for it."""
    earlier = Job.objects.filter(key__startswith=f"batch:{batch.pk}:").count()
    batch.job = jobs.enqueue(
        JOB,
        actor=actor,
        label=f"批量制作 {batch.label}",
        key=f"batch:{batch.pk}:{earlier + 1}",
        arguments={"batch": batch.pk},
    )
    batch.save()


def _enter(actor: Actor, batch: DocumentBatch, verb: str, summary: str, **data: Any) -> None:
    data |= {"kind": batch.kind, "arguments": batch.arguments}
    record(actor, verb, batch, summary, data=data, scope_code=batch.office.region.code)


# --- by the job ---------------------------------------------------------------------------------


def make_batch(*, actor: Actor, batch_id: int, progress: Progress) -> DocumentBatch:
    """Make what waits, item after item, then the bundles. Goes on where a killed worker stopped.

    An item that cannot be made is left with its reason, and the next one follows.
    """
    batch = (
        DocumentBatch.objects.visible_to(actor).select_related("office__region").get(pk=batch_id)
    )
    kind = kind_or_refuse(batch.kind)
    require(kind.may(actor))
    items = batch.items.order_by("position")
    total, done = items.count() + BUNDLES, items.exclude(state="waiting").count()
    waiting = items.filter(state="waiting").values_list("pk", "subject", "label")
    for pk, subject, label in list(waiting):
        progress(done, total, f"正在制作第 {done + 1} 份：{label}")
        _make_item(actor, batch, kind, pk, Subject(subject, label))
        done += 1
    keep_bundles(actor=actor, batch=batch, kind=kind, progress=progress)
    return batch


def _make_item(
    actor: Actor, batch: DocumentBatch, kind: BatchKind, item_id: int, subject: Subject
) -> None:
    try:
        rendered = printed(kind.content(actor, subject.key, batch.arguments))
    except (Refused, Stale, ValidationError) as error:
        reason = "；".join(error.messages) if isinstance(error, ValidationError) else str(error)
    except DatabaseError:
        # No fault of the item: the job stops here and is tried again as a whole.
        raise
    except Exception as error:
        # The boundary of an item: whatever its content raises becomes its reason.
        logger.exception("batch %s: %s failed", batch.pk, subject)
        reason = f"制作时出错（{type(error).__name__}），请联系系统管理员查看运行日志。"
    else:
        keep_item(actor=actor, item_id=item_id, rendered=rendered)
        return
    fail_item(item_id=item_id, reason=f"{subject.label}：{reason}")


@transaction.atomic
def keep_item(*, actor: Actor, item_id: int, rendered: Rendered) -> None:
    """Store the PDF of an item, once."""
    item = DocumentBatchItem.objects.select_for_update().get(pk=item_id)
    if item.state != "waiting":
        return
    item.file = store_bytes(rendered.pdf, f"{item.label}.pdf", PDF, actor)
    item.pages = rendered.pages
    item.state, item.reason = "done", ""
    item.save(update_fields=["file", "pages", "state", "reason"])


@transaction.atomic
def fail_item(*, item_id: int, reason: str) -> None:
    """Leave an item with the reason why it could not be made."""
    waiting = DocumentBatchItem.objects.filter(pk=item_id, state="waiting")
    waiting.update(state="failed", reason=reason[:400])


def keep_bundles(
    *, actor: Actor, batch: DocumentBatch, kind: BatchKind, progress: Progress
) -> None:
    """Store the zip and the merged PDF of all items that are done, each once."""
    rows = list(batch.items.filter(state="done").select_related("file").order_by("position"))
    total = batch.items.count() + BUNDLES
    if not rows:
        return
    # Places of the whole batch, so that a paper keeps its name when others follow later.
    names = numbered_names(list(batch.items.order_by("position").values_list("label", flat=True)))
    parts = [Part(row.label, _opener(row)) for row in rows]
    if batch.bundle_id is None:
        progress(total - BUNDLES, total, "正在打包")
        with tempfile.TemporaryFile() as handle:
            named = [
                Part(names[row.position - 1].replace("/", "_"), part.open)
                for row, part in zip(rows, parts, strict=True)
            ]
            write_zip(cast("BinaryIO", handle), named, clock.now())
            _keep(actor, batch, "bundle", File(handle), f"{batch.label[:80]}.zip", ZIP)
    if batch.merged_id is None:
        progress(total - 1, total, "正在合并为一份")
        with tempfile.TemporaryFile() as handle:
            target = cast("BinaryIO", handle)
            author = batch.office.name
            write_merged(target, parts, title=batch.label, author=author, made_at=clock.now())
            _keep(actor, batch, "merged", File(handle), f"{batch.label[:80]}.pdf", PDF)


def _opener(row: DocumentBatchItem) -> Callable[[], Any]:
    stored = row.file
    assert stored is not None
    return lambda: stored.file.storage.open(str(stored.file.name), "rb")


@transaction.atomic
def _keep(
    actor: Actor, batch: DocumentBatch, field: str, content: File[bytes], name: str, sort: str
) -> None:
    locked = DocumentBatch.objects.select_for_update().get(pk=batch.pk)
    if getattr(locked, field) is None:
        setattr(locked, field, store_path(content, name, sort, actor))
        locked.save(update_fields=[field])
    setattr(batch, field, getattr(locked, field))
