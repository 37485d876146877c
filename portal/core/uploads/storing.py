"""Keeping files: checked, scanned, the same bytes once on disk, one row for each that was sent."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, default_storage
from django.db import models

from portal.core import clock
from portal.core.constants import Scan
from portal.core.models.files import StoredFile
from portal.core.uploads.checking import Checked, check
from portal.core.uploads.kinds import Accepted
from portal.core.uploads.names import clean_name, extension_of
from portal.core.uploads.scanning import Scanned, scan_or_refuse

if TYPE_CHECKING:
    from portal.core.actor import Actor

Row = TypeVar("Row", bound=models.Model)


def check_upload(upload: File[bytes]) -> Accepted:
    """The kind of an uploaded file, by its content.

    Raises ValidationError in Chinese, naming the file, the reason and what to do.
    """
    return check(upload, upload.name or "").kind


class Prepared(NamedTuple):
    """A file that was looked into and scanned, and may be kept."""

    content: File[bytes]
    checked: Checked
    scanned: Scanned


def prepare_upload(upload: File[bytes], actor: Actor, *, name: str = "") -> Prepared:
    """Check and scan an uploaded file; ValidationError when it may not come in.

    Takes up to a minute: call it before the transaction, so that nobody waits for a lock meanwhile.
    """
    checked = check(upload, name or upload.name or "")
    return Prepared(upload, checked, scan_or_refuse(upload, checked.name, actor))


def keep_upload(prepared: Prepared, actor: Actor) -> StoredFile:
    """Store what was prepared: quick, inside the transaction that uses it."""
    return keep(prepared.content, prepared.checked, prepared.scanned, actor)


def store_upload(upload: File[bytes], actor: Actor, *, name: str = "") -> StoredFile:
    """Check, scan and store an uploaded file at once, where no transaction is open."""
    return keep_upload(prepare_upload(upload, actor, name=name), actor)


def store_bytes(content: bytes, name: str, content_type: str, actor: Actor) -> StoredFile:
    """Store a file the portal has made itself."""
    return store_path(ContentFile(content, name=name), name, content_type, actor)


def store_path(file: File[bytes], name: str, content_type: str, actor: Actor) -> StoredFile:
    """Store a large file the portal has made on disk."""
    name = clean_name(name.replace("/", "_"))
    kind = Accepted(extension_of(name) or "bin", content_type, ())
    made = Checked(kind, name, file.size, digest_of(file), (), None)
    return keep(file, made, Scanned(Scan.MADE), actor)


def keep(content: File[bytes], checked: Checked, scanned: Scanned, actor: Actor) -> StoredFile:
    """Write the row, and the bytes unless they lie there already."""
    stored = StoredFile(
        name=checked.name,
        content_type=checked.kind.content_type,
        size=checked.size,
        sha256=checked.sha256,
        pages=checked.pages,
        flags=list(checked.flags),
        scan=scanned.state,
        scan_note=scanned.note,
        scanned_at=scanned.at,
        created_at=clock.now(),
        created_by=actor.user,
    )
    stored.file.name = _place(content, checked)
    stored.save()
    return stored


def _place(content: File[bytes], checked: Checked) -> str:
    """Where the bytes lie. The name on disk is the digest: nothing typed reaches the file system.

    A file that a killed server has left half written does not have its digest and is not used.
    """
    storage: Storage = default_storage
    name = f"stored/{checked.sha256[:2]}/{checked.sha256}.{checked.kind.extension}"
    if storage.exists(name) and storage.size(name) == checked.size:
        with storage.open(name) as there:
            same = digest_of(there) == checked.sha256
        if same:
            touch(storage, name)
            return name
    content.seek(0)
    placed = storage.save(name, content)
    settle(storage, placed)
    return placed


def digest_of(content: File[bytes]) -> str:
    """SHA-256 of a whole file, read in pieces."""
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()


def touch(storage: Storage, name: str) -> None:
    """Say that a file is used again: what has just been taken up is not cleared away."""
    path = _path(storage, name)
    if path:
        os.utime(path)


def settle(storage: Storage, name: str) -> None:
    """Have the bytes on the disk before anybody relies on them."""
    path = _path(storage, name)
    if path:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _path(storage: Storage, name: str) -> str:
    """The path of a file, empty where the storage is no folder."""
    try:
        return storage.path(name)
    except NotImplementedError:
        return ""


def find_same(rows: models.QuerySet[Row], sha256: str, field: str = "file") -> Row | None:
    """The first of an owner's rows that holds the same bytes; ``field`` leads to its file."""
    return rows.filter(**{f"{field}__sha256": sha256}).select_related(field).first()


def same_as(name: str, other: str) -> str:
    """What a person is told of a file that is there already."""
    return f"“{name}”与已上传的“{other}”内容相同。"
