"""Taking files in and giving them out: checked by content, digested, never served inline."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.http import FileResponse

from portal.core import clock
from portal.core.models.files import StoredFile
from portal.core.stream import observe

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from portal.core.actor import Actor


class Accepted(NamedTuple):
    """A kind of file that may be uploaded: its extension, its media type and how it begins."""

    extension: str
    content_type: str
    magic: tuple[bytes, ...]


ACCEPTED: dict[str, Accepted] = {
    row.extension: row
    for row in (
        Accepted("pdf", "application/pdf", (b"%PDF-",)),
        Accepted("png", "image/png", (b"\x89PNG\r\n\x1a\n",)),
        Accepted("jpg", "image/jpeg", (b"\xff\xd8\xff",)),
        Accepted("jpeg", "image/jpeg", (b"\xff\xd8\xff",)),
        Accepted(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            (b"PK\x03\x04",),
        ),
        Accepted(
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            (b"PK\x03\x04",),
        ),
    )
}
MAIN_PARTS = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}
NAME_LENGTH = 200
ACCEPTED_TEXT = "PDF、PNG、JPG、XLSX、DOCX"


def check_upload(upload: UploadedFile) -> Accepted:
    """The kind of an uploaded file, by its content.

    Raises ValidationError in Chinese when it is empty, too large, or not what its name says.
    """
    name = upload.name or ""
    extension = name.rpartition(".")[2].lower()
    limit = settings.PORTAL_UPLOAD_MAX_BYTES
    if extension not in ACCEPTED:
        raise ValidationError(f"“{name}”不是可上传的格式。请上传 {ACCEPTED_TEXT} 文件。")
    if not upload.size:
        raise ValidationError(f"“{name}”是空文件。请检查后重新选择。")
    if upload.size > limit:
        raise ValidationError(f"“{name}”超过 {limit // 1024 // 1024} MB。请压缩或拆分后重新上传。")
    kind = ACCEPTED[extension]
    upload.seek(0)
    head = upload.read(8192)
    upload.seek(0)
    if not head.startswith(kind.magic):
        raise ValidationError(
            f"“{name}”的内容不是 {extension.upper()} 文件。请用原软件另存为该格式后再上传。"
        )
    if extension in MAIN_PARTS and not _is_office_file(upload, extension):
        raise ValidationError(f"“{name}”不是有效的 {extension.upper()} 文件。请重新导出后再上传。")
    return kind


def _is_office_file(upload: UploadedFile, extension: str) -> bool:
    """Whether an archive is the office document its name says, by the part every such file has."""
    try:
        with zipfile.ZipFile(upload) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False  # what zipfile says of damaged archives and of versions it does not know
    finally:
        upload.seek(0)
    return {"[Content_Types].xml", MAIN_PARTS[extension]} <= names


def store_upload(upload: UploadedFile, actor: Actor) -> StoredFile:
    """Check and store an uploaded file."""
    kind = check_upload(upload)
    return _store(upload, upload.name or "file", kind.content_type, actor)


def store_bytes(content: bytes, name: str, content_type: str, actor: Actor) -> StoredFile:
    """Store a file the portal has made itself."""
    return _store(ContentFile(content, name=name), name, content_type, actor)


def store_path(file: File[bytes], name: str, content_type: str, actor: Actor) -> StoredFile:
    """Store a large file the portal has made on disk."""
    return _store(file, name, content_type, actor)


def _store(content: File[bytes], name: str, content_type: str, actor: Actor) -> StoredFile:
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    extension = name.rpartition(".")[2].lower()
    stored = StoredFile(
        name=_short(name),
        content_type=content_type,
        size=content.size,
        sha256=digest.hexdigest(),
        created_at=clock.now(),
        created_by=actor.user,
    )
    # The name on disk is the digest: nothing of what was typed reaches the file system.
    stored.file.save(f"{digest.hexdigest()}.{extension}", content, save=False)
    stored.save()
    return stored


def _short(name: str) -> str:
    """A file name that fits its column and keeps its extension."""
    if len(name) <= NAME_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    return stem[: NAME_LENGTH - len(dot + extension)] + dot + extension


def send(stored: StoredFile, *, actor: Actor, path: str, subject: str = "") -> FileResponse:
    """The file as a download: never inline, never sniffed, never run.

    The only way a file leaves the portal, so every download is noted: by whom, under which
    address, of what (``subject``), with the file's digest.
    """
    observe(
        actor,
        "download",
        subject=f"{subject} {stored.name}".strip(),
        path=path,
        summary=f"SHA-256 {stored.sha256}",
    )
    response = FileResponse(
        stored.file.open("rb"),
        as_attachment=True,
        filename=stored.name,
        content_type=stored.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
