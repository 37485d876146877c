"""Evidence of an application: given into a slot, used again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core.actions.uploads import take_upload
from portal.core.actor import Actor
from portal.core.files import Prepared, keep_upload, prepare_upload
from portal.core.ledger import record
from portal.core.models import StoredFile, Upload
from portal.core.uploads import find_same, same_as
from towns.actions.evidence_places import (
    Place,
    checked_pages,
    create_piece,
    in_place,
    lock_place,
    require_place,
    touch,
)
from towns.evidence_index import BadReference, page_reference
from towns.evidence_queries import is_frozen_for, living
from towns.models import Application, Evidence, EvidenceSlot

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class FilesSaved(NamedTuple):
    """What became of the files sent with a form, each by itself.

    ``unplaced``: why a page reference that was typed with a file was not kept.
    """

    attached: list[Evidence]
    remarks: list[str]
    refused: list[str]
    unplaced: list[str]


def attach_files(
    *,
    actor: Actor,
    application: Application,
    criterion: str,
    slot: str = "",
    files: Iterable[UploadedFile] = (),
    uploads: Iterable[str] = (),
    title: str = "",
    pages: str = "",
) -> FilesSaved:
    """Attach many files, sent with the form or before it: the good ones stay, others say why not.

    ``title`` and ``pages`` describe a file that comes alone.
    """
    require_place(actor, application, criterion)
    looked = looked_into(actor, files)
    return attach_looked(actor, application, criterion, slot, looked, uploads, title, pages)


@transaction.atomic
def attach_looked(
    actor: Actor,
    application: Application,
    criterion: str,
    slot: str,
    looked: Iterable[Prepared | list[str]],
    uploads: Iterable[str],
    title: str = "",
    pages: str = "",
) -> FilesSaved:
    """Attach what was looked into before the transaction, and what was sent in pieces."""
    application, place = lock_place(actor, application, criterion, slot)
    saved = FilesSaved([], [], [], [])
    taken: list[StoredFile] = []
    for found in looked:
        if isinstance(found, Prepared):
            taken.append(keep_upload(found, actor))
        else:
            saved.refused.extend(found)
    for key in dict.fromkeys(uploads):
        try:
            taken.append(take_upload(actor=actor, key=key))
        except ValidationError as error:
            saved.refused.extend(error.messages)
    alone = len(taken) + len(saved.refused) == 1
    for stored in taken:
        evidence, remarks, new = _attach(actor, application, place, title if alone else "", stored)
        saved.attached.append(evidence)
        saved.remarks.extend(remarks)
        if new and alone and pages:
            saved.unplaced.extend(_describe_pages(evidence, pages))
    return saved


def _describe_pages(evidence: Evidence, text: str) -> list[str]:
    """Keep a page reference that came with its file, or say why not: the file stays."""
    try:
        evidence.pages = page_reference(text, evidence.file.pages)
    except BadReference as error:
        return [f"《{evidence.title}》已加入，页码没有保存：{error}可以点该材料后的“修改”填写。"]
    evidence.save(update_fields=["pages"])
    return []


def attach_evidence(
    *,
    actor: Actor,
    application: Application,
    criterion: str,
    title: str,
    upload: UploadedFile,
    slot: str = "",
) -> Evidence:
    """Attach a file to a criterion; the same content attached twice to it stays one."""
    require_place(actor, application, criterion)
    try:
        prepared = prepare_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    with transaction.atomic():
        application, place = lock_place(actor, application, criterion, slot)
        return _attach(actor, application, place, title, keep_upload(prepared, actor))[0]


@transaction.atomic
def reuse_evidence(
    *,
    actor: Actor,
    application: Application,
    criterion: str,
    slot: str,
    evidence_id: int,
    title: str = "",
    pages: str = "",
) -> Evidence:
    """Use a file again that was given in this application, or in an earlier one of the town.

    The same stored file stands in both places; nothing is copied.
    """
    application, place = lock_place(actor, application, criterion, slot)
    seen = Application.objects.visible_to(actor).filter(town=application.town_id)
    source = (
        Evidence.objects.filter(
            pk=evidence_id, application__in=seen.order_by().values("pk"), removed_at__isnull=True
        )
        .select_related("file", "application__round")
        .first()
    )
    if source is None or not _offered(actor, application, source):
        raise ValidationError({"source": "这份文件已不在可以选用的范围内，请重新选择。"})
    present = find_same(in_place(application, place), source.file.sha256)
    if present is not None:
        raise ValidationError({"source": f"这份文件已在“{place.words}”，名为《{present.title}》。"})
    evidence = create_piece(
        application, place, title or source.title, source.file, checked_pages(pages, source.file)
    )
    touch(actor, application)
    record(
        actor,
        "reuse_evidence",
        application,
        f"选用已有材料《{evidence.title}》，用于“{place.words}”"[:200],
        data={
            "criterion": criterion,
            "slot": slot,
            "from": source.pk,
            "from_application": source.application_id,
            "sha256": source.file.sha256,
        },
        scope_code=application.scope_code,
        audience="unit",
    )
    return evidence


def _offered(actor: Actor, application: Application, source: Evidence) -> bool:
    """Whether the actor sees the piece: of another application, as that one may be read."""
    other = source.application
    if other.pk == application.pk or not is_frozen_for(other, actor):
        return True
    return source.pk in {row["id"] for row in other.snapshot.get("evidence", [])}


def looked_into(actor: Actor, files: Iterable[UploadedFile]) -> list[Prepared | list[str]]:
    """Files looked into before anything is locked, or why they stay out."""
    looked: list[Prepared | list[str]] = []
    for file in files:
        try:
            looked.append(prepare_upload(file, actor))
        except ValidationError as error:
            looked.append(error.messages)
    return looked


def _attach(
    actor: Actor, application: Application, place: Place, title: str, stored: StoredFile
) -> tuple[Evidence, list[str], bool]:
    """The piece of evidence, what to say of it, and whether it has just been added."""
    present = find_same(in_place(application, place), stored.sha256)
    if present is not None:
        if present.file_id != stored.pk and not Upload.objects.filter(stored=stored).exists():
            stored.delete()
        return present, [f"{same_as(stored.name, present.title)}没有重复加入。"], False
    remarks = []
    other = find_same(living(application), stored.sha256)
    if other is not None:
        where = _words_of(application, other)
        remarks.append(
            f"{same_as(stored.name, other.title)}那一份在“{where}”，两处都保留，目录中只计一份。"
        )
    evidence = create_piece(application, place, title or stored.name, stored)
    remarks.extend(too_many_pages(place.asked, stored))
    touch(actor, application)
    record(
        actor,
        "attach_evidence",
        application,
        f"上传佐证材料《{evidence.title}》",
        data={
            "criterion": place.criterion,
            "slot": place.slot,
            "sha256": stored.sha256,
            "size": stored.size,
        },
        scope_code=application.scope_code,
        audience="unit",
    )
    return evidence, remarks, True


def _words_of(application: Application, evidence: Evidence) -> str:
    for row in spec_of(application.criteria_set).criteria:
        if row.key == evidence.criterion:
            return row.title
    return evidence.criterion


def too_many_pages(slot: EvidenceSlot | None, stored: StoredFile) -> list[str]:
    """What to say of a file with more pages than the office asked for: it is taken all the same."""
    if slot is None or slot.pages_max is None or not stored.pages or stored.pages <= slot.pages_max:
        return []
    remark = (
        f"“{stored.name}”共 {stored.pages} 页，超过“{slot.title}”要求的 {slot.pages_max} 页。"
        "页数上限由设立批次的机构规定，认定文件没有规定；材料已加入，可以提交，建议精简。"
    )
    return [remark]
