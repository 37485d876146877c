"""公文的签章版、扫描版: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core import jobs
from portal.core.models import Rendition
from tests.core.documents_process.papers import appended

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def signed(county: County) -> SimpleUploadedFile:
    """A file to hand in: what the portal made, with a seal behind it."""
    with _rendition(county).file.file.open("rb") as file:
        return SimpleUploadedFile("签章.pdf", appended(file.read()), "application/pdf")


def _rendition(county: County) -> Rendition:
    found = county.document.renditions.first()
    if found is None:
        jobs.run(county.job.pk)
        found = county.document.renditions.get()
    return found


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    _rendition(county)


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-rendition-add": lambda held: {"kind": "signed", "file": signed(held.county)},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.add_rendition": lambda held: {
        "document_id": held.county.document.pk,
        "kind": "signed",
        "upload": signed(held.county),
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    document = {"pk": county.document.pk}
    one = {**document, "rendition": _rendition(county).pk}
    return {
        "document-rendition-add": document,
        "document-rendition": one,
        "public-document-rendition": one,
        "verify-document": {"code": county.document.code},
    }
