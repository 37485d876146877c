"""文件和上传: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile

from portal.core.models import FilePage, StoredFile

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    stored = county.case.application.evidence.get().file
    make_page(stored)
    return {
        "file-preview": {"pk": stored.pk},
        "file-download": {"pk": stored.pk},
        "file-page": {"pk": stored.pk, "number": 1},
    }


def make_page(stored: StoredFile) -> None:
    """One page image, as the job leaves it."""
    if not stored.page_images.exists():
        page = FilePage(source=stored, number=1, width=10, height=10)
        page.image.save(f"{stored.pk}-1.webp", ContentFile(b"RIFF"))
