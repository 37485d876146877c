"""文件和上传: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile

from portal.core.actions.uploads import append_chunk, begin_upload, finish_upload
from portal.core.models import FilePage, StoredFile, Upload
from tests.papers import PDF

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County

STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.begin_upload": lambda held: {"name": "证明.pdf", "size": len(PDF)},
    "core.append_chunk": lambda held: {
        "upload": upload_of(held.world, "begun"),
        "offset": 0,
        "content": PDF,
    },
    "core.finish_upload": lambda held: {"upload": upload_of(held.world, "whole")},
    "core.drop_upload": lambda held: {"upload": upload_of(held.world, "begun")},
    "core.take_upload": lambda held: {"key": upload_of(held.world, "stored").pk},
    "core.take_uploads": lambda held: {"ids": [upload_of(held.world, "stored").pk]},
}


def upload_of(world: World, state: str) -> Upload:
    """An upload of the filer's, begun, whole or stored."""
    actor = world.actor("puxian.filer")
    upload = begin_upload(actor=actor, name="证明.pdf", size=len(PDF), fingerprint=state)
    if state != "begun" and not upload.received:
        upload = append_chunk(actor=actor, upload=upload, offset=0, content=PDF)
    return finish_upload(actor=actor, upload=upload) if state == "stored" else upload


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    stored = county.case.application.evidence.get().file
    make_page(stored)
    upload = {"pk": upload_of(county.world, "begun").pk}
    return {
        "upload": upload,
        "upload-append": upload,
        "upload-finish": upload,
        "upload-remove": upload,
        "file-preview": {"pk": stored.pk},
        "file-download": {"pk": stored.pk},
        "file-page": {"pk": stored.pk, "number": 1},
    }


def make_page(stored: StoredFile) -> None:
    """One page image, as the job leaves it."""
    if not stored.page_images.exists():
        page = FilePage(source=stored, number=1, width=10, height=10)
        page.image.save(f"{stored.pk}-1.webp", ContentFile(b"RIFF"))
