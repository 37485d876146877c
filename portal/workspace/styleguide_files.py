"""Sample files of the style guide: invented, never stored."""

from __future__ import annotations

from django.utils import timezone

from portal.core.constants import Scan
from portal.core.models import StoredFile

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SAMPLES: tuple[tuple[str, Scan, list[str]], ...] = (
    ("营业收入证明.pdf", Scan.CLEAN, []),
    ("产值证明.xlsx", Scan.UNSCANNED, ["external_links", "attachments"]),
    ("来源不明.docx", Scan.INFECTED, []),
)


def stored_files() -> list[StoredFile]:
    """Files with what was found out about them: clean, not scanned with findings, infected."""
    return [
        StoredFile(
            name=name,
            size=1_258_291,
            sha256=DIGEST,
            scan=scan,
            flags=flags,
            pages=3,
            created_at=timezone.now(),
        )
        for name, scan, flags in SAMPLES
    ]
