"""Files: taken in by ``portal.core.uploads``, given out here, never served inline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse

from portal.core.errors import require
from portal.core.models.files import StoredFile
from portal.core.stream import observe
from portal.core.uploads import (
    ACCEPTED,
    ACCEPTED_TEXT,
    Accepted,
    Prepared,
    check_upload,
    keep_upload,
    may_download,
    prepare_upload,
    store_bytes,
    store_path,
    store_upload,
)

if TYPE_CHECKING:
    from portal.core.actor import Actor

__all__ = [
    "ACCEPTED",
    "ACCEPTED_TEXT",
    "Accepted",
    "Prepared",
    "check_upload",
    "keep_upload",
    "prepare_upload",
    "send",
    "store_bytes",
    "store_path",
    "store_upload",
]


def send(stored: StoredFile, *, actor: Actor, path: str, subject: str = "") -> FileResponse:
    """The file as a download: never inline, never sniffed, never run.

    The only way a file leaves the portal, so every download is noted: by whom, under which
    address, of what (``subject``), with the file's digest. Refused when it is infected, or not yet
    scanned where the settings ask for that.
    """
    require(may_download(stored, actor))
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
