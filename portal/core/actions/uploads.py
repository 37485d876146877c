"""Resumable uploads: begun, gone on with piece by piece, finished, given up, taken by a form.

Like autosave these are not entered in the ledger; what a form does with a file is. A piece is on
the disk before the row says so: whatever happens to the server, what was confirmed is there.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction

from portal.core import clock
from portal.core.actor import acting_seat, acting_user
from portal.core.errors import Stale, require
from portal.core.models import Post, StoredFile, Upload
from portal.core.policies.uploads import may_upload
from portal.core.uploads.checking import check_size, kind_of, megabytes
from portal.core.uploads.names import clean_name
from portal.core.uploads.parts import part_of, remove_part, safe_size, write_at
from portal.core.uploads.storing import Prepared, keep_upload, prepare_upload

if TYPE_CHECKING:
    from portal.core.actor import Actor

GONE = "有一份文件的上传已经过期或被取消，没有加入。请重新选择该文件。"


class WrongOffset(Stale):
    """The piece does not begin where the bytes on disk end; ``received`` is where they do."""

    def __init__(self, received: int) -> None:
        super().__init__(f"已接收 {received} 字节，请从这里继续。")
        self.received = received


@transaction.atomic
def begin_upload(*, actor: Actor, name: str, size: int, fingerprint: str = "") -> Upload:
    """Begin an upload, or find the same person's unfinished or finished one of the same file."""
    require(may_upload(actor))
    post = acting_seat(actor)
    name = clean_name(name)
    kind_of(name)
    check_size(name, size)
    # One at a time for each post: the limits below are counted.
    Post.objects.select_for_update().get(pk=post.pk)
    own = Upload.objects.visible_to(actor).filter(expires_at__gt=clock.now())
    if fingerprint:
        same = own.filter(name=name, size=size, fingerprint=fingerprint, problem="").first()
        if same is not None:
            _extend(same)
            return same
    _within_limits(own.filter(stored__isnull=True, problem=""), size)
    return Upload.objects.create(
        post=post,
        created_by=acting_user(actor),
        name=name,
        size=size,
        fingerprint=fingerprint[:64],
        created_at=clock.now(),
        expires_at=_term(),
    )


def _within_limits(unfinished: Iterable[Upload], size: int) -> None:
    files, most = settings.PORTAL_UPLOAD_OPEN_FILES, settings.PORTAL_UPLOAD_OPEN_BYTES
    sizes = [upload.size for upload in unfinished]
    if len(sizes) >= files:
        raise ValidationError(
            f"正在上传的文件已有 {len(sizes)} 份，最多 {files} 份。请等其中一些完成或取消后再选择。"
        )
    if sum(sizes) + size > most:
        raise ValidationError(
            f"正在上传的文件合计超过 {megabytes(most)}。请等其中一些完成或取消后再选择。"
        )


def _term() -> datetime:
    return clock.now() + timedelta(hours=settings.PORTAL_UPLOAD_HOURS)


def _extend(upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(expires_at=_term())


def _locked(actor: Actor, upload: Upload) -> Upload:
    rows = Upload.objects.visible_to(actor).select_for_update(of=("self",))
    return rows.get(pk=upload.pk, expires_at__gt=clock.now())


@transaction.atomic
def append_chunk(*, actor: Actor, upload: Upload, offset: int, content: bytes) -> Upload:
    """Add the next piece; WrongOffset says where the next one begins."""
    upload = _locked(actor, upload)
    if upload.stored_id or upload.problem:
        raise WrongOffset(upload.received)
    there = min(upload.received, safe_size(upload.pk))
    if offset != there:
        # Bytes that were confirmed and are gone again are asked for anew.
        raise WrongOffset(there)
    if offset + len(content) > upload.size:
        raise ValidationError(
            "收到的内容超过了文件大小，文件可能在上传时被修改。请重新选择该文件。"
        )
    if content:
        write_at(upload.pk, offset, content)
    upload.received, upload.expires_at = offset + len(content), _term()
    upload.save(update_fields=["received", "expires_at"])
    return upload


def finish_upload(*, actor: Actor, upload: Upload) -> Upload:
    """Check the whole file and store it; a refusal stays with the upload as its problem.

    It is checked while nothing is locked. When two requests finish the same upload, both look into
    it and the first one keeps it.
    """
    upload, handle = _opened(actor, upload)
    if handle is None:
        return upload
    with handle:
        try:
            found: Prepared | str = prepare_upload(File(handle), actor, name=upload.name)
        except ValidationError as error:
            found = "".join(error.messages)[:300]
        return _finish(actor, upload, found)


@transaction.atomic
def _opened(actor: Actor, upload: Upload) -> tuple[Upload, IO[bytes] | None]:
    """The upload and its whole content, open; without it when the upload is finished already.

    Under the lock, because whoever finishes an upload takes its bytes away.
    """
    upload = _locked(actor, upload)
    if upload.stored_id or upload.problem:
        return upload, None
    there = safe_size(upload.pk)
    if not upload.is_whole or there < upload.size:
        raise WrongOffset(min(there, upload.received))
    # It does not end while it is looked into.
    _extend(upload)
    return upload, part_of(upload.pk).open("rb")


@transaction.atomic
def _finish(actor: Actor, upload: Upload, found: Prepared | str) -> Upload:
    """Keep what was found to be in order, or why it stays out, unless another was faster."""
    upload = _locked(actor, upload)
    if upload.stored_id or upload.problem:
        return upload
    if isinstance(found, Prepared):
        upload.stored = keep_upload(found, actor)
    else:
        upload.problem = found
    upload.expires_at = _term()
    upload.save(update_fields=["stored", "problem", "expires_at"])
    transaction.on_commit(lambda: remove_part(upload.pk))
    return upload


@transaction.atomic
def drop_upload(*, actor: Actor, upload: Upload) -> None:
    """Give an upload up: its bytes go, and what was stored of it goes with the next clearing."""
    upload = _locked(actor, upload)
    upload.expires_at = clock.now()
    upload.fingerprint = ""
    upload.save(update_fields=["expires_at", "fingerprint"])
    transaction.on_commit(lambda: remove_part(upload.pk))


@transaction.atomic
def take_upload(*, actor: Actor, key: str | uuid.UUID) -> StoredFile:
    """The stored file of a finished upload of one's own; taking it twice gives the same file."""
    try:
        rows = Upload.objects.visible_to(actor).select_for_update(of=("self",))
        upload = rows.select_related("stored").get(pk=uuid.UUID(str(key)))
    except (ValueError, Upload.DoesNotExist):
        raise ValidationError(GONE, code="gone") from None
    if upload.problem:
        raise ValidationError(upload.problem, code="refused")
    if upload.stored is None:
        raise ValidationError(
            f"“{upload.name}”还没有传完，没有加入。请等上传完成后再保存。", code="unfinished"
        )
    return upload.stored


@transaction.atomic
def take_uploads(ids: Iterable[str | uuid.UUID], actor: Actor) -> list[StoredFile]:
    """The stored files of several finished uploads; ValidationError names every one that is not."""
    taken, problems = [], []
    for key in dict.fromkeys(str(key) for key in ids):
        try:
            taken.append(take_upload(actor=actor, key=key))
        except ValidationError as error:
            problems += error.messages
    if problems:
        raise ValidationError(problems)
    return taken
